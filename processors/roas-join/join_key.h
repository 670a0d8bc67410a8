// SPDX-License-Identifier: Apache-2.0
// Keys of rows: tenant|advertiser|level|entity|day, the same text in Kafka and in the shard's store. Ids are others' text: in keys `|`, `%`, `/` and control
// characters stand as %XX, so that no two rows share a key.
#pragma once
#include "base/arena.h"
#include "schemas/records.h"

enum { JOIN_ID_MAX = 256, JOIN_DAY_SIZE = 20 };
#define JOIN_QUARTER_MS 900000LL

// What a row is about. `campaign` and `adgroup` are part of the key of unplaced rows alone.
struct join_name {
	struct view tenant, advertiser;
	int8_t level; // enum roas_level
	struct view entity, campaign, adgroup;
};

// tenant|advertiser|level|entity, in `arena`; room for join_key_row is behind it.
struct view join_key_entity(const struct join_name *name, struct arena *arena);
// With |day.
struct view join_key_row(struct view entity_key, struct view day, struct arena *arena);
// tenant|advertiser, escaped alike.
struct view join_key_account(struct view tenant, struct view advertiser, struct arena *arena);

// An escaped id as it was.
struct view join_key_id(struct view escaped, struct arena *arena);

// A bucket is the number of a day, or of a row that is unplaced the number of a quarter of an hour since 1970. Returns `out` of JOIN_DAY_SIZE bytes.
char *join_key_day(int8_t level, int64_t bucket, char *out);
int join_key_bucket(int8_t level, struct view day, int64_t *bucket) MUST_USE;

const char *join_key_level(int8_t level);
