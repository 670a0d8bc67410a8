// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_shop.h"

#include <stdlib.h>

#include "base/ratio.h"
#include "base/when.h"

enum { DAY_TEXT = 10 };

// What one day says; the latest of its records.
struct said {
	bool there;
	struct view currency, spend_reason, revenue_reason;
	int64_t spend_micros; // TIME_ABSENT: not known
	bool has_goal;
	struct tenant_goal goal;
};

struct roas_shop {
	const struct roas_query *query;
	struct said *days; // from query->from on
	size_t day_count;
	struct roas_shop_line *lines;
	struct arena texts;
};

struct roas_shop *roas_shop_new(const struct roas_query *query)
{
	struct roas_shop *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->query = query;
	s->day_count = (size_t)((int64_t)query->to - query->from + 1);
	s->days = calloc(s->day_count, sizeof *s->days);
	s->lines = calloc(s->day_count, sizeof *s->lines);
	if (!s->days || !s->lines)
		err_out_of_memory();
	return s;
}

void roas_shop_free(struct roas_shop **shop)
{
	if (!*shop)
		return;
	free((*shop)->days);
	free((*shop)->lines);
	arena_clear(&(*shop)->texts);
	free(*shop);
	*shop = NULL;
}

// tenant|day
static bool find_day(const struct roas_shop *s, struct view key, size_t *index)
{
	struct view tenant = s->query->tenant;
	int32_t day;

	if (key.n != tenant.n + 1 + DAY_TEXT || memcmp(key.p, tenant.p, tenant.n) != 0 || key.p[tenant.n] != '|')
		return false;
	if (when_parse_day(view_of(key.p + tenant.n + 1, DAY_TEXT), &day) != 0 || day < s->query->from || day > s->query->to)
		return false;
	*index = (size_t)((int64_t)day - s->query->from);
	return true;
}

bool roas_shop_wants(const struct roas_shop *s, struct view key)
{
	size_t index;

	return find_day(s, key, &index);
}

void roas_shop_take(struct roas_shop *s, struct view key, const struct tenant_day *d)
{
	struct said *said;
	size_t index;

	if (!find_day(s, key, &index))
		return;
	said = &s->days[index];
	*said = (struct said){.there = d != NULL};
	if (!d)
		return;
	said->currency = arena_dup(&s->texts, d->currency);
	said->spend_reason = arena_dup(&s->texts, d->reason);
	said->spend_micros = d->spend_micros;
	for (size_t i = 0; i < d->goals.n; i++)
		if (view_eq(d->goals.p[i].goal, s->query->goal)) {
			said->has_goal = true;
			said->goal = d->goals.p[i];
			said->revenue_reason = arena_dup(&s->texts, d->goals.p[i].reason);
		}
}

// ---- sums

static int64_t or_zero(int64_t number)
{
	return number == TIME_ABSENT ? 0 : number;
}

static void add_cost(__int128 *sum, bool *given, int64_t micros)
{
	*sum += or_zero(micros);
	*given |= micros != TIME_ABSENT;
}

static void add_goal(struct roas_shop_line *l, const struct said *d)
{
	const struct tenant_goal *g = &d->goal;
	const int64_t revenue[BASIS_COUNT] = {g->placed_micros, g->confirmed_micros, g->delivered_micros, g->net_micros};
	const int64_t attributed[BASIS_COUNT] = {g->attributed_placed_micros, g->attributed_confirmed_micros, g->attributed_delivered_micros,
		g->attributed_net_micros};
	const int64_t counts[BASIS_COUNT] = {g->conversions.placed_nanos, g->conversions.confirmed_nanos, g->conversions.delivered_nanos,
		g->conversions.delivered_nanos};
	bool known = true;

	for (int i = 0; i < BASIS_COUNT; i++) {
		known &= revenue[i] != TIME_ABSENT && attributed[i] != TIME_ABSENT;
		l->revenue_micros[i] += or_zero(revenue[i]);
		l->attributed_micros[i] += or_zero(attributed[i]);
		l->conversions_nanos[i] += counts[i];
	}
	l->no_revenue += !known;
	if (!known)
		l->revenue_reason = d->revenue_reason;
	add_cost(&l->cogs_micros, &l->cogs_given, g->cogs_micros);
	add_cost(&l->shipping_micros, &l->shipping_given, g->shipping_micros);
	add_cost(&l->returns_micros, &l->returns_given, g->returns_micros);
	add_cost(&l->fees_micros, &l->fees_given, g->fees_micros);
}

static void add_day(struct roas_shop_line *l, const struct said *d)
{
	l->days++;
	l->no_spend += d->spend_micros == TIME_ABSENT;
	if (d->spend_micros == TIME_ABSENT)
		l->spend_reason = d->spend_reason;
	l->spend_micros += or_zero(d->spend_micros);
	if (d->has_goal)
		add_goal(l, d);
}

// The line of that currency, or a new one; by day each has its own.
static struct roas_shop_line *line_of(struct roas_shop *s, size_t *n, const struct said *d, int32_t day)
{
	for (size_t i = 0; s->query->by != ROAS_BY_DAY && i < *n; i++)
		if (view_eq(s->lines[i].currency, d->currency))
			return &s->lines[i];
	s->lines[*n] = (struct roas_shop_line){.day = day, .currency = d->currency};
	return &s->lines[(*n)++];
}

const struct roas_shop_line *roas_shop_lines(struct roas_shop *s, size_t *n)
{
	*n = 0;
	for (size_t i = 0; i < s->day_count; i++)
		if (s->days[i].there)
			add_day(line_of(s, n, &s->days[i], s->query->from + (int32_t)i), &s->days[i]);
	return s->lines;
}

// ---- ratios

static bool knows_spend(const struct roas_shop_line *l)
{
	return l->no_spend < l->days;
}

bool roas_shop_blended(const struct roas_shop_line *l, enum value_basis basis, int64_t *nanos)
{
	return knows_spend(l) && l->no_revenue == 0 && ratio_nanos(l->revenue_micros[basis], l->spend_micros, nanos);
}

bool roas_shop_mer(const struct roas_shop_line *l, int64_t *nanos)
{
	return knows_spend(l) && l->no_revenue == 0 && l->spend_micros > 0 &&
		ratio_nanos(l->spend_micros, l->revenue_micros[BASIS_PLACED], nanos);
}

bool roas_shop_profit(const struct roas_shop_line *l, __int128 *micros)
{
	bool given = l->cogs_given || l->shipping_given || l->returns_given || l->fees_given;

	if (!given || !knows_spend(l) || l->no_revenue > 0)
		return false;
	*micros = l->revenue_micros[BASIS_NET] - l->cogs_micros - l->shipping_micros - l->returns_micros - l->fees_micros - l->spend_micros;
	return true;
}
