// SPDX-License-Identifier: Apache-2.0
// A restore in its steps, for the files restore*.c alone.
#pragma once
#include "runtime/restore.h"
#include "runtime/shard_private.h"

// What is known of it.
struct restore_plan {
	struct shard *shard;
	struct bus *bus;
	const struct processor *processor;
	struct restore_progress *progress;
	struct position target; // C
	int commits;            // how many inputs have one
	struct position_goal *goals;
	size_t goal_count;
	int64_t output_low, output_high;
	int64_t unsettled, settle_every; // records restored since the store was last told
};

static inline int32_t restore_partition(const struct restore_plan *r)
{
	return r->shard->options.partition;
}

static inline bool restore_reads_input(const struct restore_plan *r, int input)
{
	return r->processor->restore_inputs >> input & 1;
}

static inline const char *restore_topic(const struct restore_plan *r, int topic)
{
	return r->shard->options.topic_names[topic];
}

// restore_read.c

// The first record in a range.
struct restore_glimpse {
	bool found;
	int64_t offset, timestamp;
	uint64_t hash;
};
int restore_read_first(struct restore_plan *r, int topic, int64_t from, int64_t to, struct restore_glimpse *out, struct err *err) MUST_USE;
// [from, to) of the shard's outputs, or of a restore input, into the store; settles now and then.
enum { RESTORE_OUTPUTS = -1 };
int restore_read_back(struct restore_plan *r, int input, int64_t from, int64_t to, struct err *err) MUST_USE;
int restore_read_settle(struct restore_plan *r, struct err *err) MUST_USE;

// restore_judge.c

// Offsets alone do not tell: what an aborted transaction wrote takes some, too.
int restore_judge_published(struct restore_plan *r, bool *has, struct err *err) MUST_USE;
// What was committed was read once, so it was there.
int restore_judge_inputs(struct restore_plan *r, struct err *err) MUST_USE;
int restore_judge_outputs(const struct restore_plan *r, struct err *err) MUST_USE;
// Is the store ours, and can it be brought forward? If not it is replaced by an empty one, and the position says from where that must be read.
int restore_judge_store(struct restore_plan *r, struct err *err) MUST_USE;
