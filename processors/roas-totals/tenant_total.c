// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-totals/tenant_total.h"

#include <stdlib.h>

#include "base/ratio.h"
#include "base/when.h"

// A sum in the row's currency, or why there is none.
struct total_money {
	__int128 micros;
	const char *reason;
};

struct total_goal {
	struct view goal;
	struct counts conversions;
	int64_t shipped_nanos, returned_nanos;
	struct total_money all[BASIS_COUNT], attributed[BASIS_COUNT];
};

struct total {
	const struct tenant_total_rules *rules;
	struct view currency;
	bool spend_known;
	struct total_money spend;
	struct total_goal *goals;
	size_t count;
};

// ---- currencies

// Empty: there are none, or several.
static struct view only_currency(const struct daily_part *parts, size_t count)
{
	struct view only = VIEW_LIT("");

	for (size_t i = 0; i < count; i++) {
		struct view currency = parts[i].currency;

		if (currency.n == 0)
			continue;
		if (only.n > 0 && !view_eq(only, currency))
			return VIEW_LIT("");
		only = currency;
	}
	return only;
}

static const char *convert(const struct total *t, const struct daily_part *p, int64_t micros, int64_t *out)
{
	int32_t day;

	*out = micros;
	if (micros == 0 || (t->currency.n > 0 && view_eq(p->currency, t->currency)))
		return NULL;
	if (t->currency.n == 0 || p->currency.n == 0)
		return "no_currency";
	if (when_parse_day(p->rate_day, &day) != 0)
		return "no_rate";
	return rates_convert(t->rules->rates, p->currency, t->currency, day, micros, out) ? NULL : "no_rate";
}

// Of several reasons the smallest word, so that the order of the parts does not matter.
static void add(const struct total *t, struct total_money *sum, const struct daily_part *p, int64_t micros)
{
	int64_t converted;
	const char *reason = convert(t, p, micros, &converted);

	if (reason && (!sum->reason || strcmp(reason, sum->reason) < 0))
		sum->reason = reason;
	if (!reason)
		sum->micros += converted;
}

static int64_t money_of(const struct total_money *sum)
{
	if (sum->reason || sum->micros >= INT64_MAX || sum->micros <= INT64_MIN + 1)
		return TIME_ABSENT;
	return (int64_t)sum->micros;
}

static const char *reason_of(const struct total_money *sum)
{
	if (sum->reason)
		return sum->reason;
	return money_of(sum) == TIME_ABSENT ? "too_large" : NULL;
}

// ---- parts of the same goal, currency and rate are one sum, whatever their sources, and are converted once

static int by_sum(const void *a, const void *b)
{
	const struct daily_part *x = a, *y = b;
	int order = view_cmp(x->goal, y->goal);

	if (!order)
		order = x->attributed - y->attributed;
	if (!order)
		order = view_cmp(x->currency, y->currency);
	return order ? order : view_cmp(x->rate_day, y->rate_day);
}

static void merge_into(struct daily_part *sum, const struct daily_part *p)
{
	sum->spend_micros += p->spend_micros;
	sum->revenue.placed_micros += p->revenue.placed_micros;
	sum->revenue.confirmed_micros += p->revenue.confirmed_micros;
	sum->revenue.delivered_micros += p->revenue.delivered_micros;
	sum->revenue.net_micros += p->revenue.net_micros;
	sum->conversions.placed_nanos += p->conversions.placed_nanos;
	sum->conversions.confirmed_nanos += p->conversions.confirmed_nanos;
	sum->conversions.delivered_nanos += p->conversions.delivered_nanos;
	sum->shipped_nanos += p->shipped_nanos;
	sum->returned_nanos += p->returned_nanos;
}

static struct daily_part *merged(const struct daily_part *parts, size_t *count, struct arena *arena)
{
	struct daily_part *out = arena_take(arena, (*count + 1) * sizeof *out);
	size_t n = 0;

	memcpy(out, parts, *count * sizeof *out);
	qsort(out, *count, sizeof *out, by_sum);
	for (size_t i = 0; i < *count; i++)
		if (n > 0 && by_sum(&out[n - 1], &out[i]) == 0)
			merge_into(&out[n - 1], &out[i]);
		else
			out[n++] = out[i];
	*count = n;
	return out;
}

// ---- goals

static int by_name(const void *a, const void *b)
{
	return view_cmp(((const struct total_goal *)a)->goal, ((const struct total_goal *)b)->goal);
}

static struct total_goal *goal_named(const struct total *t, struct view name)
{
	for (size_t i = 0; i < t->count; i++)
		if (view_eq(t->goals[i].goal, name))
			return &t->goals[i];
	return NULL;
}

static void list_goals(struct total *t, const struct daily_part *parts, size_t count, struct arena *arena)
{
	t->goals = arena_take(arena, (count + 1) * sizeof *t->goals);
	for (size_t i = 0; i < count; i++)
		if (parts[i].goal.n > 0 && !goal_named(t, parts[i].goal))
			t->goals[t->count++] = (struct total_goal){.goal = parts[i].goal};
	qsort(t->goals, t->count, sizeof *t->goals, by_name);
}

static void add_revenue(const struct total *t, struct total_money sums[BASIS_COUNT], const struct daily_part *p)
{
	const int64_t micros[BASIS_COUNT] = {p->revenue.placed_micros, p->revenue.confirmed_micros, p->revenue.delivered_micros,
		p->revenue.net_micros};

	for (int i = 0; i < BASIS_COUNT; i++)
		add(t, &sums[i], p, micros[i]);
}

static void add_counts(struct total_goal *g, const struct daily_part *p)
{
	g->conversions.placed_nanos += p->conversions.placed_nanos;
	g->conversions.confirmed_nanos += p->conversions.confirmed_nanos;
	g->conversions.delivered_nanos += p->conversions.delivered_nanos;
	g->shipped_nanos += p->shipped_nanos;
	g->returned_nanos += p->returned_nanos;
}

static void add_part(struct total *t, const struct daily_part *p)
{
	struct total_goal *g = goal_named(t, p->goal);

	if (!g) {
		t->spend_known = true;
		add(t, &t->spend, p, p->spend_micros);
		return;
	}
	add_revenue(t, p->attributed ? g->attributed : g->all, p);
	if (!p->attributed)
		add_counts(g, p);
}

// ---- the row

static int64_t over(int64_t above, int64_t below)
{
	int64_t nanos;

	if (above == TIME_ABSENT || below == TIME_ABSENT || !ratio_nanos(above, below, &nanos))
		return TIME_ABSENT;
	return nanos;
}

static const char *first_reason(const struct total_goal *g)
{
	for (int i = 0; i < 2 * BASIS_COUNT; i++) {
		const char *reason = reason_of(i < BASIS_COUNT ? &g->all[i] : &g->attributed[i - BASIS_COUNT]);

		if (reason)
			return reason;
	}
	return NULL;
}

static void add_profit(const struct total *t, const struct total_goal *g, int64_t spend_micros, struct tenant_goal *out)
{
	const struct costs_day day = {g->conversions.delivered_nanos, g->shipped_nanos, g->returned_nanos, out->delivered_micros,
		out->net_micros, spend_micros};
	struct costs_result left;

	costs_apply(&t->rules->costs, &day, &left);
	out->cogs_micros = left.cogs_micros;
	out->shipping_micros = left.shipping_micros;
	out->returns_micros = left.returns_micros;
	out->fees_micros = left.fees_micros;
	out->profit_micros = left.profit_micros;
}

static struct tenant_goal goal_row(const struct total *t, const struct total_goal *g, int64_t spend_micros)
{
	struct tenant_goal out = {
		.goal = g->goal,
		.conversions = g->conversions,
		.placed_micros = money_of(&g->all[BASIS_PLACED]),
		.confirmed_micros = money_of(&g->all[BASIS_CONFIRMED]),
		.delivered_micros = money_of(&g->all[BASIS_DELIVERED]),
		.net_micros = money_of(&g->all[BASIS_NET]),
		.attributed_placed_micros = money_of(&g->attributed[BASIS_PLACED]),
		.attributed_confirmed_micros = money_of(&g->attributed[BASIS_CONFIRMED]),
		.attributed_delivered_micros = money_of(&g->attributed[BASIS_DELIVERED]),
		.attributed_net_micros = money_of(&g->attributed[BASIS_NET]),
		.reason = view_text(first_reason(g)),
	};

	out.blended_roas_nanos = over(out.placed_micros, spend_micros);
	out.delivered_blended_roas_nanos = over(out.delivered_micros, spend_micros);
	out.mer_nanos = over(spend_micros, out.placed_micros);
	if (spend_micros == 0)
		out.mer_nanos = TIME_ABSENT;
	add_profit(t, g, spend_micros, &out);
	return out;
}

void tenant_total_of(const struct tenant_total_rules *rules, const struct daily_part *parts, size_t count, struct arena *arena,
	struct tenant_day *out)
{
	struct total t = {.rules = rules};

	if (count > 0)
		parts = merged(parts, &count, arena);
	t.currency = view_is_set(rules->currency) ? rules->currency : only_currency(parts, count);
	list_goals(&t, parts, count, arena);
	for (size_t i = 0; i < count; i++)
		add_part(&t, &parts[i]);
	const char *reason = t.spend_known ? reason_of(&t.spend) : "no_report";

	*out = (struct tenant_day){
		.day_zone = rules->day_zone,
		.currency = t.currency,
		.spend_micros = reason ? TIME_ABSENT : money_of(&t.spend),
		.reason = view_text(reason),
		.goals = {arena_take(arena, (t.count + 1) * sizeof *out->goals.p), t.count},
	};
	for (size_t i = 0; i < t.count; i++)
		out->goals.p[i] = goal_row(&t, &t.goals[i], out->spend_micros);
}
