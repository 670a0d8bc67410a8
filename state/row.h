// SPDX-License-Identifier: Apache-2.0
// What RocksDB holds under one hash, packed: users (more than one if their hashes are equal) in byte order, each with clicks and conversions. A merge
// operand has the same form. Disk bytes are outside bytes: decoding checks every bound. An empty row says that nothing is left.
//
//   row = user*    user = sized bytes, clicks, conversions
//   clicks = count, { time (zigzag; then the difference), sized id, sized attrs }*    conversions = count, { sized key, time (zigzag), sized value }*
#pragma once
#include "state/trim.h"

struct row_user {
	struct view user;
	struct state_user rows;
};

void row_add(struct buf *out, struct view user, const struct state_user *rows); // nothing if there are no rows

// Views into `row`, arrays in `arena`. 0, or -1 if the bytes are no row.
int row_decode(struct view row, struct arena *arena, struct row_user **users, size_t *count) MUST_USE;
int row_find(struct view row, struct view user, struct arena *arena, struct state_user *out) MUST_USE; // none: no rows

// Operands, the oldest first, into one row at the end of `out`. 0, or -1 if one is no row.
int row_merge(const struct view *operands, size_t n, size_t flood_keep, int64_t expire_before, struct buf *out) MUST_USE;

// What a row may lose when it is whole, that is no layer below it is left: clicks as everywhere, and conversions, of which an older layer would otherwise
// come back. INT64_MIN: nothing.
struct row_cutoffs {
	int64_t clicks, conversions; // before these times; clicks by their hour
};
// Does the row hold something that may go? A row that cannot be read: false.
bool row_may_shrink(struct view row, struct row_cutoffs cutoffs);
int row_shrink(struct view row, size_t flood_keep, struct row_cutoffs cutoffs, struct buf *out) MUST_USE;

// The index under one key has the same operands: rows without clicks and conversions, thus users alone.
void row_add_name(struct buf *out, struct view user);
int row_decode_names(struct view row, struct arena *arena, struct view **users, size_t *count) MUST_USE;
int row_merge_names(const struct view *operands, size_t n, struct buf *out) MUST_USE;
