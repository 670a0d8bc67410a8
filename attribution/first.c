// SPDX-License-Identifier: Apache-2.0
#include "attribution/first.h"

// The earliest time at which another conversion still takes the place of one at `time`.
static int64_t scope_start(const struct goal *goal, int64_t time)
{
	int64_t start;

	if (goal->first_scope_ms == GOAL_LIFETIME || __builtin_sub_overflow(time, goal->first_scope_ms, &start))
		return INT64_MIN;
	return start;
}

static bool comes_before(const struct first_entry *a, const struct first_entry *b)
{
	return a->time < b->time || (a->time == b->time && view_cmp(a->id, b->id) < 0);
}

bool first_is(const struct goal *goal, const struct first_entry *asked, const struct first_entry *others, size_t n)
{
	int64_t start = scope_start(goal, asked->time);

	if (!goal->only_first_conversion)
		return true;
	for (size_t i = 0; i < n; i++)
		if (others[i].time >= start && comes_before(&others[i], asked))
			return false;
	return true;
}

bool first_may_change(const struct goal *goal, int64_t time, int64_t from, int64_t to)
{
	int64_t start = scope_start(goal, time);
	bool was_inside = from >= start && from <= time;
	bool is_inside = to >= start && to <= time;

	if (!goal->only_first_conversion || (!was_inside && !is_inside))
		return false;
	// At `time` itself the ids decide; strictly before it the other one wins, from wherever to wherever it moved.
	return !(was_inside && is_inside && (from < time) == (to < time));
}
