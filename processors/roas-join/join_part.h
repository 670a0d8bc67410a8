// SPDX-License-Identifier: Apache-2.0
// Sums of credits by goal, view, currency and the order's UTC day. They are added up modulo 2^64: whatever the order, the same comes out, and what is
// taken back is gone to the last cent.
#pragma once
#include "base/arena.h"
#include "schemas/records.h"

struct join_parts {
	struct roas_part *p;
	size_t n, room;
};

// Texts are borrowed. `sign` 1 or -1.
void join_part_add(struct join_parts *to, const struct roas_part *part, int sign, struct arena *arena);
void join_part_add_all(struct join_parts *to, const struct roas_part *parts, size_t count, int sign, struct arena *arena);
// Drops what is zero and sorts by goal, view, currency, day.
void join_part_tidy(struct join_parts *parts);
bool join_part_has_money(const struct roas_part *part);
