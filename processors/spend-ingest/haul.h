// SPDX-License-Identifier: Apache-2.0
// What readers brought of one account: taken from their rows by the fetcher's thread, kept until a shard publishes it.
#pragma once
#include "base/arena.h"
#include "base/zone.h"
#include "schemas/records.h"
#include "tiktok/report.h"

// What one report says of an entity and a day. Counts are TIME_ABSENT where TikTok does not say.
struct haul_row {
	int32_t day;
	int8_t level; // enum entity_level: LEVEL_AD or LEVEL_ADVERTISER
	struct view entity, campaign, adgroup;
	int64_t spend_micros, impressions, clicks, conversions, cta_conversions, vta_conversions, value_micros;
};

// An entity as it will be published, but for fetched_at: the record's Avro body with fetched_at 0.
struct haul_entity {
	int8_t level;
	struct view id, body;
	struct view campaign, adgroup; // of an ad
	bool deleted;
};

struct haul {
	struct arena arena;
	struct view tenant, advertiser; // in the arena
	bool keep_query;
	bool days_in_utc; // rows are of hours; each counts for the day of UTC that it begins in
	int32_t from, to; // rows of other days are not kept
	struct haul_row *rows;
	size_t rows_n, rows_room;
	struct haul_entity *entities;
	size_t entities_n, entities_room;
	struct { // of haul_take_account; absent: TikTok does not know it
		struct view name, currency, zone;
		bool found;
	} account;
};

struct haul *haul_new(struct view tenant, struct view advertiser);
void haul_free(void *haul);

// The `rows` of struct fetch_job, for each kind of reader.
void haul_take_account(void *haul, const void *rows, size_t n);
void haul_take_structure(void *haul, const void *rows, size_t n);
void haul_take_report(void *haul, const void *rows, size_t n);

// Orders rows by level, day and entity; several of one become one, their sum.
void haul_sort_rows(struct haul *haul);
// Forgets what was brought, but not whose it is.
void haul_reset(struct haul *haul);
