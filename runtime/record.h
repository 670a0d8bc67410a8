// SPDX-License-Identifier: Apache-2.0
// A record as it came from the log, and one on its way there. Bytes are borrowed.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

struct header {
	struct view name, value;
};

struct record {
	int input; // index into the role's inputs
	int32_t partition;
	int64_t offset;
	int64_t timestamp; // of Kafka, ms; -1 if it has none
	struct view key;   // absent if null
	struct view value; // absent if null
	void *raw;         // the bus's own
};

struct emission {
	int topic;              // index into the role's topics
	int32_t partition;      // -1: by key, as Java's default partitioner does
	struct view key, value; // value absent: tombstone
	const struct header *headers;
	size_t header_count;
};

// Where outputs go: the running transaction. `send` copies. ABORT: the transaction is lost; POISON too_large: over the topic's limit.
// `refuse` makes a record that was taken before, and turned out to be unusable, a dead letter; its `raw` may be NULL.
struct emit {
	int (*send)(struct emit *emit, const struct emission *emission, struct err *err);
	int (*refuse)(struct emit *emit, const struct record *record, const struct err *reason, struct err *err);
};
