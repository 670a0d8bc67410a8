// SPDX-License-Identifier: Apache-2.0
// The body of a shard, for shard.c and restore.c alone.
#pragma once
#include "runtime/shard.h"

enum { LANE_RECORDS = 1000, EXPECT_AHEAD = 20 };

// One input of a shard: records fetched and decoded ahead, taken in merge order.
struct lane {
	struct record records[LANE_RECORDS];
	struct prepared prepared[LANE_RECORDS];
	size_t count, taken;
	bool at_end;  // the broker had nothing more at the last fetch
	int64_t time; // of the record taken last; INT64_MIN before the first
	struct arena arena;
};

enum shard_state { SHARD_RESTORING, SHARD_LIVE };

struct shard {
	struct shard_options options;
	enum shard_state state;
	struct store *store;
	void *self;                // the processor's
	struct position position;  // with the running transaction
	struct position committed; // as of the last commit
	struct lane *lanes;        // input_count of them
	bool dirty, leaving;
	uint64_t random;
	struct buf metadata[POSITION_INPUTS];
	struct buf packed;
	struct shard_stats stats;
};

// Moves the store's directory aside (loudly) and opens an empty one: a stranger's, a corrupt or an older store.
int shard_replace_store(struct shard *shard, const char *why, struct err *err) MUST_USE;

// Writes `position` with what the store holds and makes it the committed one.
int shard_settle(struct shard *shard, struct err *err) MUST_USE;

// What tells a record from another one in its place.
uint64_t shard_record_hash(const struct record *record);

// Before record `i` of `n` is taken: tells the processor what comes later. By the time that is taken, memory has answered.
static inline void shard_expect(const struct shard *s, const struct record *records, size_t n, size_t i)
{
	if (s->options.processor->expect && i + EXPECT_AHEAD < n)
		s->options.processor->expect(s->self, &records[i + EXPECT_AHEAD]);
}

// shard_lanes.c
static inline bool shard_lane_empty(const struct lane *lane)
{
	return lane->taken == lane->count;
}

void shard_lane_drop(struct lane *lane, struct bus *bus);
void shard_lane_prepare(struct shard *shard, const struct record *record, struct lane *lane, struct prepared *out);
int shard_lane_refill(struct shard *shard, struct bus *bus, int input, struct err *err) MUST_USE;
// The input whose record goes next; -1: none may.
int shard_lane_pick(struct shard *shard);
