// SPDX-License-Identifier: Apache-2.0
// What a shard has published, in its store (state/store.h): a digest of each row, each entity as it was, each account's connection and status. Users of the
// store are a day of an account, or its entities of a level, so that reading a window costs a few look-ups a day.
#pragma once
#include "schemas/records.h"
#include "state/store.h"

// The account's name is its key in Kafka, "tenant|advertiser".
struct known {
	struct store *store;
	struct buf user; // scratch
	struct buf day;  // of known_day
	int8_t day_level;
};
void known_clear(struct known *known);

// The day of an account, of one level, that the next calls are about.
void known_day(struct known *known, struct view account, int8_t level, int32_t day);
// The row of a report; digest SNAPSHOT_GONE: it is deleted.
void known_put_row(struct known *known, struct view entity, uint64_t digest);
struct known_row {
	struct view entity;
	uint64_t digest;
};
// In the order of their entities' bytes, those that are deleted left out.
int known_rows(struct known *known, struct arena *arena, struct known_row **rows, size_t *n, struct err *err) MUST_USE;

// `body` as struct haul_entity has it; absent: it is deleted.
void known_put_entity(struct known *known, struct view account, int8_t level, struct view id, struct view body);
struct known_entity {
	struct view id, body;
};
int known_entities(struct known *known, struct view account, int8_t level, struct arena *arena, struct known_entity **entities, size_t *n,
	struct err *err) MUST_USE;
// Absent: not known.
int known_entity(struct known *known, struct view account, int8_t level, struct view id, struct arena *arena, struct view *body,
	struct err *err) MUST_USE;

// Values as they came or went; absent: none.
void known_put_connection(struct known *known, struct view account, struct view value);
void known_put_status(struct known *known, struct view account, struct view value);
int known_account(struct known *known, struct view account, struct arena *arena, struct view *connection, struct view *status,
	struct err *err) MUST_USE;
// Every account that ever had either.
int known_accounts(struct known *known, struct arena *arena, struct view **accounts, size_t *n, struct err *err) MUST_USE;
