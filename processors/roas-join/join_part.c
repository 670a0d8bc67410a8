// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/join_part.h"

#include <stdlib.h>

static void add(int64_t *to, int64_t what, int sign)
{
	*to = (int64_t)((uint64_t)*to + (uint64_t)(int64_t)sign * (uint64_t)what);
}

static void add_numbers(struct roas_part *to, const struct roas_part *what, int sign)
{
	add(&to->revenue.placed_micros, what->revenue.placed_micros, sign);
	add(&to->revenue.confirmed_micros, what->revenue.confirmed_micros, sign);
	add(&to->revenue.delivered_micros, what->revenue.delivered_micros, sign);
	add(&to->revenue.net_micros, what->revenue.net_micros, sign);
	add(&to->conversions.placed_nanos, what->conversions.placed_nanos, sign);
	add(&to->conversions.confirmed_nanos, what->conversions.confirmed_nanos, sign);
	add(&to->conversions.delivered_nanos, what->conversions.delivered_nanos, sign);
}

static bool is_same(const struct roas_part *a, const struct roas_part *b)
{
	return a->by_order_day == b->by_order_day && view_eq(a->rate_day, b->rate_day) && view_eq(a->goal, b->goal) &&
		view_eq(a->currency, b->currency);
}

void join_part_add(struct join_parts *to, const struct roas_part *part, int sign, struct arena *arena)
{
	for (size_t i = to->n; i-- > 0;) {
		if (is_same(&to->p[i], part)) {
			add_numbers(&to->p[i], part, sign);
			return;
		}
	}
	if (to->n == to->room) {
		to->room = to->room ? 2 * to->room : 4;
		struct roas_part *more = arena_take(arena, to->room * sizeof *more);

		if (to->n)
			memcpy(more, to->p, to->n * sizeof *more);
		to->p = more;
	}
	struct roas_part *fresh = &to->p[to->n++];
	*fresh =
		(struct roas_part){.goal = part->goal, .by_order_day = part->by_order_day, .currency = part->currency, .rate_day = part->rate_day};
	add_numbers(fresh, part, sign);
}

void join_part_add_all(struct join_parts *to, const struct roas_part *parts, size_t count, int sign, struct arena *arena)
{
	for (size_t i = 0; i < count; i++)
		join_part_add(to, &parts[i], sign, arena);
}

bool join_part_has_money(const struct roas_part *p)
{
	const struct revenue *r = &p->revenue;

	return r->placed_micros || r->confirmed_micros || r->delivered_micros || r->net_micros;
}

static bool is_zero(const struct roas_part *p)
{
	const struct counts *c = &p->conversions;

	return !join_part_has_money(p) && !c->placed_nanos && !c->confirmed_nanos && !c->delivered_nanos;
}

static int by_all(const void *x, const void *y)
{
	const struct roas_part *a = x, *b = y;
	int order = view_cmp(a->goal, b->goal);

	if (order == 0)
		order = a->by_order_day - b->by_order_day;
	if (order == 0)
		order = view_cmp(a->currency, b->currency);
	return order ? order : view_cmp(a->rate_day, b->rate_day);
}

void join_part_tidy(struct join_parts *parts)
{
	size_t kept = 0;

	for (size_t i = 0; i < parts->n; i++)
		if (!is_zero(&parts->p[i]))
			parts->p[kept++] = parts->p[i];
	parts->n = kept;
	if (kept > 1)
		qsort(parts->p, kept, sizeof *parts->p, by_all);
}
