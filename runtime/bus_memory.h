// SPDX-License-Identifier: Apache-2.0
// A log in memory with one partition per topic: inputs are put in from outside, outputs appear at each commit. For `lookback try` and tests: shard,
// commit and recovery are the code that runs on Kafka.
#pragma once
#include "runtime/bus.h"

struct bus_memory_options {
	int topic_count, input_count;
	// Told of every committed emission, in order. Bytes are borrowed.
	void (*committed)(void *context, const struct emission *emission);
	void *context;
	bool keep_outputs; // so that a shard can restore itself from them
};

struct bus *bus_memory_new(const struct bus_memory_options *options);
void bus_memory_free(struct bus **bus);

// Appends to an input; copies. The offset is the place in the input.
void bus_memory_put(struct bus *bus, int input, int64_t timestamp, struct view key, struct view value);
// An offset without a record, as a transaction's marker takes one.
void bus_memory_skip(struct bus *bus, int input);

// Drops the committed offsets' memory of fetches: the next fetch begins at the committed offsets (a new owner).
void bus_memory_rewind(struct bus *bus);
