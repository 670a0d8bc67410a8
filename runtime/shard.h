// SPDX-License-Identifier: Apache-2.0
// One shard: its store, its processor, its lanes (one per input, merged by time) and its position. Works on any bus.
//
//   shard_open --> restoring --> restore_shard --> live --> shard_close
#pragma once
#include "runtime/bus.h"
#include "runtime/processor.h"

struct shard;

struct shard_options {
	const struct processor *processor;
	void *role_state;
	int32_t partition, partitions;
	struct store_options store;
	int64_t lane_slack_ms; // how far one input may run ahead of another that is not at its end; 0 = 10,000
	int64_t settle_every;  // records that a restore reads back before the store is told; 0 = 100,000
	uint32_t max_record;
	bool dead_letter_digest; // headers and digest instead of the value
	const struct position_goal *goals;
	size_t goal_count;
	const char *const *topic_names; // by topic index, for dead letter headers
	int64_t (*clock)(void);         // for the processor's ticks; NULL: now_wall_ms
	uint64_t interleave_seed;       // not 0: inputs are merged at random instead of by time (tests)
	// Told of every record of an input that was judged: the dead letter's reason, or NULL for a good one. FATAL failure_budget stops the run.
	int (*judged)(void *context, int input, const char *reason, struct err *err);
	void *judged_context;
};

struct shard_stats {
	uint64_t records[POSITION_INPUTS];
	uint64_t dead_letters;
};

int shard_open(const struct shard_options *options, struct shard **out, struct err *err) MUST_USE;
void shard_close(struct shard **shard);

// Live work: ticks, refills lanes, merges, steps up to `most` records, flushes the processor. `did` = records consumed, a tick counts as one. Begins the
// bus's transaction when needed.
// ABORT/FATAL/RETRY as the bus or store say.
int shard_work(struct shard *shard, struct bus *bus, size_t most, size_t *did, struct err *err) MUST_USE;
bool shard_is_dirty(const struct shard *shard); // has consumed since the last commit
bool shard_is_idle(const struct shard *shard);  // all inputs at their end, lanes empty
bool shard_is_held_up(struct shard *shard);     // what it could do next waits for a commit
bool shard_leaves(struct shard *shard); // no new work from here on; true: answers from outside are still to come, which shard_work takes

// Around the worker's commit. `shard_offsets` appends POSITION_INPUTS elements (views live until the next call).
void shard_offsets(struct shard *shard, struct bus_offset *out, size_t *count);
int shard_committed(struct shard *shard, struct bus *bus, struct err *err) MUST_USE;
// Rewinds: lanes dropped, store truncated, position back, inputs sought.
int shard_aborted(struct shard *shard, struct bus *bus, struct err *err) MUST_USE;

const struct position *shard_position(const struct shard *shard);
struct store *shard_store(struct shard *shard);
void *shard_processor(struct shard *shard);
int32_t shard_partition(const struct shard *shard);
void shard_stats(const struct shard *shard, struct shard_stats *out);
