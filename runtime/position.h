// SPDX-License-Identifier: Apache-2.0
// Where a shard stands: per input the next offset, its stream time and the last record's mark, plus the shard's horizon. It is committed to Kafka as
// the metadata of each offset (printable, below 4,096 bytes), and to RocksDB with the data it belongs to.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

enum { POSITION_INPUTS = 3, POSITION_FORMAT = 1, POSITION_BOUNDS = 18 };
#define POSITION_NO_TIME INT64_MIN

struct position_input {
	int64_t next;        // offset to read next; -1: nothing read yet
	int64_t stream_time; // POSITION_NO_TIME before the first record
	int64_t last_offset; // of the last record applied; -1: none
	int64_t last_timestamp;
	uint64_t last_hash; // XXH64 of its key and value
};

// From this offset of the restore input on, the horizon stood at `horizon`, ahead of that input's own stream time. So a shard that is restored judges
// these records as they were judged, if the role moves its horizon in steps so large that those which still matter are no more than there is room for.
struct position_bound {
	int64_t offset, horizon;
};

struct position {
	struct position_input inputs[POSITION_INPUTS];
	int64_t horizon;                               // POSITION_NO_TIME: none yet
	struct position_bound bounds[POSITION_BOUNDS]; // the latest ones, by offset
	int32_t bound_count;
	int64_t output_next; // the shard's outputs below this offset are in the state
	int32_t partitions;  // the run's partition count
};

// A goal as two hashes: of tenant and name, and of its canonical definition. For a disk that is lost while the config changes.
struct position_goal {
	uint32_t name, meaning;
};

// The metadata of input `i`: everything of `position` (for that input alone: offset, stream time, mark) and the goals that fall to
// that input (name modulo inputs), as many as fit: about 1,000 in all.
void position_print(const struct position *position, int input, int input_count, const struct position_goal *goals, size_t goal_count,
	struct buf *out);
// Reads one input's metadata into `position`. FATAL bad_metadata.
int position_parse(struct view metadata, int input, struct position *position, struct position_goal *goals, size_t room, size_t *goal_count,
	struct err *err) MUST_USE;

// Nothing read yet.
void position_clear(struct position *out);

// Remembers the horizon as a bound of this input, if it is ahead of the input's stream time.
void position_note_bound(struct position *position, int input);
// The horizon that bound this offset of the restore input, POSITION_NO_TIME if none did.
int64_t position_bound_at(const struct position *position, int64_t offset);

// Compact bytes for RocksDB.
void position_pack(const struct position *position, struct buf *out);
int position_unpack(struct view bytes, struct position *out, struct err *err) MUST_USE;
