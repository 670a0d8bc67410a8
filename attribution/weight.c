// SPDX-License-Identifier: Apache-2.0
#include "attribution/weight.h"

#include <stdlib.h>

#include "attribution/decay.h"
#include "attribution/split.h"

struct ends {
	uint64_t first, middle, last;
};

static struct ends ends_of(const struct goal *goal)
{
	switch (goal->model) {
	case MODEL_FIRST_TOUCH:
		return (struct ends){1, 0, 0};
	case MODEL_LAST_TOUCH:
		return (struct ends){0, 0, 1};
	case MODEL_POSITION_BASED:
		return (struct ends){40, 20, 40};
	case MODEL_J_SHAPED:
		return (struct ends){20, 20, 60};
	case MODEL_INVERSE_J:
		return (struct ends){60, 20, 20};
	default:
		CHECK(goal->model == MODEL_CUSTOM && goal->weights[0] >= 0 && goal->weights[1] >= 0 && goal->weights[2] >= 0);
		return (struct ends){(uint64_t)goal->weights[0], (uint64_t)goal->weights[1], (uint64_t)goal->weights[2]};
	}
}

// The middle weight is shared by n - 2; all weights are scaled by that number instead, so they stay integers.
static void weigh_by_position(struct ends ends, size_t n, uint64_t *weight)
{
	uint64_t middles = n > 2 ? n - 2 : 1;

	for (size_t i = 1; i + 1 < n; i++)
		weight[i] = ends.middle;
	weight[0] = ends.first * middles;
	weight[n - 1] = ends.last * middles;
	if (n == 1 || (n == 2 && ends.first == 0 && ends.last == 0))
		weight[0] = weight[n - 1] = 1;
}

static void weigh_by_age(int64_t half_life_ms, const struct landing *const *touches, size_t n, uint64_t *weight)
{
	for (size_t i = 0; i < n; i++)
		weight[i] = decay_weight(touches[n - 1]->time - touches[i]->time, half_life_ms);
}

static void weigh_alike(size_t n, uint64_t *weight)
{
	for (size_t i = 0; i < n; i++)
		weight[i] = 1;
}

static struct view group_id(enum goal_group group, const struct landing *touch)
{
	switch (group) {
	case GROUP_AD:
		return touch->ad;
	case GROUP_ADGROUP:
		return touch->adgroup;
	case GROUP_CAMPAIGN:
		return touch->campaign;
	default:
		return VIEW_ABSENT;
	}
}

static int group_cmp(enum goal_group group, const struct landing *a, const struct landing *b)
{
	if (group == GROUP_CLICK)
		return view_cmp(a->id, b->id);

	int order = view_cmp(a->channel, b->channel);

	return order != 0 ? order : view_cmp(group_id(group, a), group_id(group, b));
}

struct grouping {
	enum goal_group group;
	const struct landing *const *touches;
};

static int cmp_grouped(const void *x, const void *y, void *context)
{
	const struct grouping *g = context;
	size_t a = *(const size_t *)x, b = *(const size_t *)y;
	int order = group_cmp(g->group, g->touches[a], g->touches[b]);

	return order != 0 ? order : (a > b) - (a < b);
}

static void group_touches(const struct grouping *g, struct weight_set *set)
{
	qsort_r(set->touch, set->n, sizeof *set->touch, cmp_grouped, (void *)g);
	set->group_count = 0;
	for (size_t i = 1; i <= set->n; i++)
		if (i == set->n || group_cmp(g->group, g->touches[set->touch[i - 1]], g->touches[set->touch[i]]) != 0)
			set->group_end[set->group_count++] = i;
}

static void set_start(size_t n, struct arena *arena, struct weight_set *out)
{
	out->n = n;
	out->weight = arena_take(arena, n * sizeof *out->weight);
	out->touch = arena_take(arena, n * sizeof *out->touch);
	out->group_end = arena_take(arena, n * sizeof *out->group_end);
	out->group_end[0] = n;
	out->group_count = 1;
	for (size_t i = 0; i < n; i++)
		out->touch[i] = i;
}

void weight_assign(const struct goal *goal, const struct landing *const *touches, size_t n, struct arena *arena, struct weight_set *out)
{
	CHECK(n >= 1 && n <= GOAL_TOUCHPOINTS_MAX);
	set_start(n, arena, out);
	switch (goal->model) {
	case MODEL_PARTICIPATION:
		group_touches(&(struct grouping){goal->participation_group, touches}, out);
		weigh_alike(n, out->weight);
		break;
	case MODEL_LINEAR:
		weigh_alike(n, out->weight);
		break;
	case MODEL_TIME_DECAY:
		weigh_by_age(goal->half_life_ms, touches, n, out->weight);
		break;
	default:
		weigh_by_position(ends_of(goal), n, out->weight);
	}
}

void weight_split(const struct weight_set *set, int64_t amount, struct arena *arena, int64_t *out)
{
	struct arena_mark mark = arena_mark(arena);
	int64_t *parts = arena_take(arena, set->n * sizeof *parts);
	size_t start = 0;

	for (size_t g = 0; g < set->group_count; g++) {
		size_t end = set->group_end[g];

		split_amount(amount, set->weight + start, end - start, arena, parts + start);
		start = end;
	}
	for (size_t i = 0; i < set->n; i++)
		out[set->touch[i]] = parts[i];
	arena_return(arena, mark);
}
