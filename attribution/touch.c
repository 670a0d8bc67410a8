// SPDX-License-Identifier: Apache-2.0
#include "attribution/touch.h"

#include <stdlib.h>

struct range {
	int64_t from, to; // both included
};

static struct range range_of(int64_t time, int64_t max_lookback_ms)
{
	struct range range = {INT64_MIN, time};
	int64_t reach;

	if (__builtin_mul_overflow(max_lookback_ms, 2, &reach) || __builtin_sub_overflow(time, reach, &range.from))
		range.from = INT64_MIN;
	return range;
}

// Milliseconds from the older to the newer instant, however far apart.
static uint64_t gap(int64_t older, int64_t newer)
{
	return (uint64_t)newer - (uint64_t)older;
}

static bool range_has(struct range range, int64_t time)
{
	return time >= range.from && time <= range.to;
}

// So that most comparisons need no look at the text. Equal texts share a bucket; who forges collisions gains only slower comparisons.
static uint64_t bucket_of(struct view id)
{
	uint64_t tail = 0, middle = 0;
	size_t n = id.n < sizeof tail ? id.n : sizeof tail;

	if (n == 0)
		return 0;
	memcpy(&tail, id.p + id.n - n, n);
	memcpy(&middle, id.p + (id.n - n) / 2, n);
	return (tail ^ middle << 1) * UINT64_C(0x9E3779B97F4A7C15) + id.n;
}

static void add(struct touch_list *list, const struct landing *landing)
{
	list->touches[list->n++] = (struct touch){.landing = landing, .bucket = bucket_of(landing->id)};
}

// The known landing whose attributes an own ttclid takes: one at its time, else the earliest; NULL if the identity is not known.
static const struct landing *known_landing(const struct touch_list *known, const struct landing *own)
{
	const struct landing *best = NULL;

	for (size_t i = 0; i < known->n; i++) {
		const struct landing *each = known->touches[i].landing;
		if (!view_eq(each->id, own->id))
			continue;

		bool now = each->time == own->time, best_now = best && best->time == own->time;
		if (!best || now > best_now || (now == best_now && landing_cmp_full(each, best) < 0))
			best = each;
	}
	return best;
}

static const struct landing *own_landing(const struct facts *facts, const struct touch_list *known, struct arena *arena)
{
	struct landing *own = arena_zero(arena, sizeof *own);

	own->time = facts->own_time;
	own->id = facts->own_ttclid;

	const struct landing *model = known_landing(known, own);
	if (model)
		*own = *model;
	else
		own->channel = VIEW_LIT("tiktok");
	own->time = facts->own_time;
	own->is_ttclid = true;
	return own;
}

static int cmp_full(const void *x, const void *y)
{
	const struct touch *a = x, *b = y;

	return landing_cmp_full(a->landing, b->landing);
}

// Sorts by (time, identity) and keeps one landing of each.
static void settle(struct touch_list *list)
{
	size_t kept = 0;
	bool sorted = true; // as state hands them out, usually

	for (size_t i = 1; sorted && i < list->n; i++)
		sorted = cmp_full(&list->touches[i - 1], &list->touches[i]) <= 0;
	if (!sorted)
		qsort(list->touches, list->n, sizeof *list->touches, cmp_full);
	for (size_t i = 0; i < list->n; i++)
		if (kept == 0 || landing_cmp(list->touches[kept - 1].landing, list->touches[i].landing) != 0)
			list->touches[kept++] = list->touches[i];
	list->n = kept;
}

static bool same_identity(const struct touch *a, const struct touch *b)
{
	return a->bucket == b->bucket && view_eq(a->landing->id, b->landing->id);
}

// Identities in any fixed order; the touches of one by time, which is their order in the list.
static int cmp_identity(const void *x, const void *y)
{
	const struct touch *a = *(struct touch *const *)x, *b = *(struct touch *const *)y;

	if (a->bucket != b->bucket)
		return a->bucket < b->bucket ? -1 : 1;

	int order = view_cmp(a->landing->id, b->landing->id);

	return order != 0 ? order : (a > b) - (a < b);
}

static void mark_repeats(struct touch_list *list, int64_t max_lookback_ms, struct arena *arena)
{
	struct touch **by_identity = arena_take(arena, list->n * sizeof(struct touch *));

	for (size_t i = 0; i < list->n; i++)
		by_identity[i] = &list->touches[i];
	qsort(by_identity, list->n, sizeof(struct touch *), cmp_identity);
	for (size_t i = 1; i < list->n; i++) {
		struct touch *before = by_identity[i - 1], *after = by_identity[i];

		if (same_identity(before, after) && gap(before->landing->time, after->landing->time) <= (uint64_t)max_lookback_ms)
			after->fate = TOUCH_REPEAT;
	}
}

static bool has_channel(const struct goal *goal, struct view channel)
{
	for (size_t i = 0; i < goal->channel_count; i++)
		if (view_eq(goal->channels[i], channel))
			return true;
	return goal->channel_count == 0;
}

static void mark_fates(const struct goal *goal, int64_t time, struct touch_list *list)
{
	for (size_t i = 0; i < list->n; i++) {
		struct touch *touch = &list->touches[i];

		if (touch->fate == TOUCH_REPEAT)
			continue;
		if (!has_channel(goal, touch->landing->channel)) {
			touch->fate = TOUCH_OTHER_CHANNEL;
		} else if (gap(touch->landing->time, time) > (uint64_t)goal->lookback_ms) {
			touch->fate = TOUCH_OUTSIDE_WINDOW;
			list->outside = true;
		} else {
			list->eligible++;
		}
	}
}

static void keep_newest(struct touch_list *list, size_t limit)
{
	list->truncated = list->eligible > limit;
	for (struct touch *oldest = list->touches; list->eligible > limit; oldest++) {
		if (oldest->fate == TOUCH_ELIGIBLE) {
			oldest->fate = TOUCH_OVER_LIMIT;
			list->eligible--;
		}
	}
}

// ceiling: what F is asked for one conversion, and where the answer goes
void touch_judge(const struct goal *goal, int64_t max_lookback_ms, const struct facts *facts, const struct landing *landings, size_t n,
	struct arena *arena, struct touch_list *out)
{
	CHECK(goal->lookback_ms >= 0 && goal->lookback_ms <= max_lookback_ms);
	CHECK(goal->max_touchpoints >= 1 && goal->max_touchpoints <= GOAL_TOUCHPOINTS_MAX);

	struct range range = range_of(facts->time, max_lookback_ms);
	*out = (struct touch_list){.touches = arena_take(arena, (n + 1) * sizeof *out->touches)};
	for (size_t i = 0; i < n; i++)
		if (range_has(range, landings[i].time))
			add(out, &landings[i]);
	if (view_is_set(facts->own_ttclid) && range_has(range, facts->own_time))
		add(out, own_landing(facts, out, arena));
	settle(out);
	mark_repeats(out, max_lookback_ms, arena);
	mark_fates(goal, facts->time, out);
	keep_newest(out, (size_t)goal->max_touchpoints);
}

const char *touch_fate_name(enum touch_fate fate)
{
	static const char *const names[] = {
		[TOUCH_ELIGIBLE] = "eligible",
		[TOUCH_REPEAT] = "repeat",
		[TOUCH_OTHER_CHANNEL] = "other_channel",
		[TOUCH_OUTSIDE_WINDOW] = "outside_window",
		[TOUCH_OVER_LIMIT] = "over_limit",
	};

	CHECK((unsigned int)fate < sizeof names / sizeof *names);
	return names[fate];
}
