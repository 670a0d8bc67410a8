// SPDX-License-Identifier: Apache-2.0
// What a worker needs of the log, so that the same shard, commit and recovery code runs on Kafka (bus_kafka.c) and in memory
// (bus_memory.c: `lookback try`, tests). One bus per worker; one thread.
#pragma once
#include "base/arena.h"
#include "runtime/position.h"
#include "runtime/record.h"

struct bus;
struct bus_reader;

// What one commit says of one input partition.
struct bus_offset {
	int input;
	int32_t partition;
	int64_t next;
	struct view metadata;
};

struct bus_ops {
	// Up to `room` records of one input of a shard, in offset order, without waiting. `at_end`: the broker has nothing more now.
	// The records live until `release`.
	int (*fetch)(struct bus *bus, int input, int32_t partition, struct record *out, size_t room, size_t *count, bool *at_end,
		struct err *err);
	void (*release)(struct bus *bus, struct record *records, size_t count);
	// Back to `offset`; what was fetched of it is void.
	int (*seek)(struct bus *bus, int input, int32_t partition, int64_t offset, struct err *err);
	// Headers of a fetched record; returns how many were put into `out`.
	size_t (*headers)(struct bus *bus, const struct record *record, struct header *out, size_t room);

	// The transaction. `begin` is idempotent within one. `commit` sends the offsets and commits: ERR_ABORT = it did not happen, call abort;
	// ERR_FATAL = in doubt, the process ends and recovery decides.
	int (*begin)(struct bus *bus, struct err *err);
	int (*send)(struct bus *bus, const struct emission *emission, struct err *err);
	int (*commit)(struct bus *bus, const struct bus_offset *offsets, size_t count, struct err *err);
	int (*abort)(struct bus *bus, struct err *err);
	// Highest offset + 1 that our outputs to this topic and partition are known to have reached (delivery reports); -1 unknown.
	int64_t (*output_next)(struct bus *bus, int topic, int32_t partition);

	// Recovery, also from another thread with its own bus. Stable committed offsets: waits while a transaction that touches them is undecided.
	// next = -1 and metadata absent where there is no commit. Metadata in `arena`.
	int (*committed)(struct bus *bus, int32_t partition, struct bus_offset *out, struct arena *arena, struct err *err);
	// Log start and high watermark (read_uncommitted) of any topic of the role.
	int (*bounds)(struct bus *bus, int topic, int32_t partition, int64_t *low, int64_t *high, struct err *err);
	// Earliest offset whose record timestamp is >= time; the end if none.
	int (*offset_at)(struct bus *bus, int topic, int32_t partition, int64_t time, int64_t *offset, struct err *err);
	// Reads [from, to) of any topic, read_committed, waiting for open transactions. `done` when position >= to.
	int (*reader_open)(struct bus *bus, int topic, int32_t partition, int64_t from, int64_t to, struct bus_reader **out, struct err *err);
	int (*reader_next)(struct bus_reader *reader, struct record *out, size_t room, size_t *count, bool *done, struct err *err);
	void (*reader_close)(struct bus_reader **reader);
};

struct bus {
	const struct bus_ops *ops;
};
