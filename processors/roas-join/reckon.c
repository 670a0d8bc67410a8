// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/reckon.h"

#include "base/when.h"

enum { BASES = 4, COUNTED = 3 };
#define NANOS 1000000000LL

// Why there is no number; of several the last one named here counts.
enum lack { LACK_NOTHING, LACK_ROOM, LACK_RATE, LACK_CURRENCY, LACK_ONE_CURRENCY };

static struct view lack_word(enum lack lack)
{
	static const char *const words[] = {NULL, "too_large", "no_rate", "no_currency", "mixed_currency"};

	return view_text(words[lack]);
}

int64_t reckon_ratio(int64_t times, int64_t by, int64_t over)
{
	__int128 product = (__int128)times * by, quotient = product / over, rest = product % over;

	if (rest < 0) {
		rest += over;
		quotient--;
	}
	quotient += 2 * rest > over || (2 * rest == over && (quotient & 1));
	return quotient > INT64_MAX || quotient <= INT64_MIN ? TIME_ABSENT : (int64_t)quotient;
}

// ---- the row's currency

struct common {
	struct view code;
	bool differ;
};

static void meet(struct common *c, struct view code)
{
	if (code.n == 0)
		return;
	c->differ |= c->code.n > 0 && !view_eq(c->code, code);
	c->code = code;
}

static struct view currency_of(const struct reckon_facts *f)
{
	struct common c = {VIEW_LIT(""), false};

	if (f->account_currency.n)
		return f->account_currency;
	if (f->tenant->currency.n)
		return f->tenant->currency;
	for (size_t i = 0; i < f->parts->n; i++)
		if (join_part_has_money(&f->parts->p[i]))
			meet(&c, f->parts->p[i].currency);
	for (size_t i = 0; i < f->spend->n; i++)
		meet(&c, f->spend->p[i].currency);
	for (size_t i = 0; i < f->own->n; i++)
		meet(&c, f->own->p[i].currency);
	return c.differ ? VIEW_LIT("") : c.code;
}

// ---- money

static void lacks(enum lack *worst, enum lack lack)
{
	if (lack > *worst)
		*worst = lack;
}

// Adds an amount in the row's currency.
static void add_exchanged(int64_t *sum, const struct rates_quote *quote, int64_t micros, enum lack *lack)
{
	int64_t exchanged;

	if (!rates_apply(quote, micros, &exchanged) || __builtin_add_overflow(*sum, exchanged, sum))
		lacks(lack, LACK_ROOM);
}

static bool find_rate(const struct reckon_facts *f, struct view from, struct view to, int32_t day, struct rates_quote *quote,
	enum lack *lack)
{
	if (from.n == 0)
		lacks(lack, LACK_CURRENCY);
	else if (to.n == 0)
		lacks(lack, LACK_ONE_CURRENCY);
	else if (rates_find(f->rates, from, to, day, quote))
		return true;
	else
		lacks(lack, LACK_RATE);
	return false;
}

// A money figure of a report; TIME_ABSENT if nothing says it, or for a lack.
static int64_t money_figure(const struct reckon_facts *f, const struct join_spend *spend, enum join_figure which, struct view to,
	enum lack *lack)
{
	enum lack own = LACK_NOTHING;
	struct rates_quote quote;
	int64_t sum = 0;
	bool known = false;

	for (size_t i = 0; i < spend->n; i++) {
		const struct join_figures *c = &spend->p[i];

		if (!c->known[which])
			continue;
		known = true;
		if (find_rate(f, c->currency, to, f->day, &quote, &own))
			add_exchanged(&sum, &quote, c->sum[which], &own);
	}
	lacks(lack, own);
	return known && own == LACK_NOTHING ? sum : TIME_ABSENT;
}

static int64_t count_figure(const struct join_spend *spend, enum join_figure which)
{
	uint64_t sum = 0;
	bool known = false;

	for (size_t i = 0; i < spend->n; i++) {
		known |= spend->p[i].known[which] != 0;
		sum += (uint64_t)spend->p[i].sum[which];
	}
	return known ? (int64_t)sum : TIME_ABSENT;
}

static void reckon_spend(const struct reckon_facts *f, struct arena *arena, struct roas_row *row)
{
	struct join_spend whole = join_spend_whole(f->spend, f->own, arena);
	enum lack lack = LACK_NOTHING, ignored = LACK_NOTHING;

	row->spend_micros = money_figure(f, &whole, FIGURE_SPEND, row->currency, &lack);
	row->ads_spend_micros = f->is_account ? money_figure(f, f->spend, FIGURE_SPEND, row->currency, &ignored) : TIME_ABSENT;
	row->account_spend_micros = f->is_account ? money_figure(f, f->own, FIGURE_SPEND, row->currency, &ignored) : TIME_ABSENT;
	row->impressions = count_figure(&whole, FIGURE_IMPRESSIONS);
	row->clicks = count_figure(&whole, FIGURE_CLICKS);
	row->tiktok_conversions = count_figure(&whole, FIGURE_CONVERSIONS);
	row->tiktok_value_micros = money_figure(f, &whole, FIGURE_VALUE, row->currency, &ignored);
	row->reason = lack_word(lack);
}

// ---- a goal

struct sums {
	int64_t revenue[BASES];
	uint64_t conversions[COUNTED];
	enum lack lack;
};

static void add_part(const struct reckon_facts *f, const struct roas_part *p, struct view to, struct sums *sums)
{
	const int64_t revenue[BASES] = {p->revenue.placed_micros, p->revenue.confirmed_micros, p->revenue.delivered_micros,
		p->revenue.net_micros};
	struct rates_quote quote;
	int32_t day = 0;

	sums->conversions[0] += (uint64_t)p->conversions.placed_nanos;
	sums->conversions[1] += (uint64_t)p->conversions.confirmed_nanos;
	sums->conversions[2] += (uint64_t)p->conversions.delivered_nanos;
	if (!join_part_has_money(p))
		return;
	if (when_parse_day(p->rate_day, &day) != 0) {
		lacks(&sums->lack, LACK_RATE);
		return;
	}
	if (!find_rate(f, p->currency, to, day, &quote, &sums->lack))
		return;
	for (int i = 0; i < BASES; i++)
		add_exchanged(&sums->revenue[i], &quote, revenue[i], &sums->lack);
}

static void fill_view(const struct roas_row *row, const struct sums *s, struct roas_view *out)
{
	int64_t *const revenue[BASES] = {&out->placed_micros, &out->confirmed_micros, &out->delivered_micros, &out->net_micros};
	int64_t *const roas[BASES] = {&out->placed_roas_nanos, &out->confirmed_roas_nanos, &out->delivered_roas_nanos, &out->net_roas_nanos};
	int64_t *const cpa[COUNTED] = {&out->placed_cpa_micros, &out->confirmed_cpa_micros, &out->delivered_cpa_micros};
	bool spent = row->spend_micros != TIME_ABSENT && row->spend_micros > 0;

	out->conversions = (struct counts){(int64_t)s->conversions[0], (int64_t)s->conversions[1], (int64_t)s->conversions[2]};
	out->reason = lack_word(s->lack);
	for (int i = 0; i < BASES; i++) {
		*revenue[i] = s->lack ? TIME_ABSENT : s->revenue[i];
		*roas[i] = s->lack || !spent ? TIME_ABSENT : reckon_ratio(s->revenue[i], NANOS, row->spend_micros);
	}
	for (int i = 0; i < COUNTED; i++) {
		int64_t count = (int64_t)s->conversions[i];

		*cpa[i] = row->spend_micros == TIME_ABSENT || count <= 0 ? TIME_ABSENT : reckon_ratio(row->spend_micros, NANOS, count);
	}
}

// Credits of a participation add up to more than the value; what the config does not know may.
static bool is_additive(const struct tenant *tenant, struct view goal)
{
	for (size_t i = 0; i < tenant->goal_count; i++)
		if (view_eq(tenant->goals[i].name, goal))
			return tenant->goals[i].model != MODEL_PARTICIPATION;
	return false;
}

static void reckon_goals(const struct reckon_facts *f, struct arena *arena, struct roas_row *row)
{
	const struct join_parts *parts = f->parts;

	row->goals = (struct roas_goals){arena_zero(arena, parts->n * sizeof *row->goals.p), 0};
	for (size_t i = 0; i < parts->n;) {
		struct roas_goal *goal = &row->goals.p[row->goals.n++];
		struct sums sums[2] = {{.lack = LACK_NOTHING}, {.lack = LACK_NOTHING}};

		*goal = (struct roas_goal){.goal = parts->p[i].goal, .additive = is_additive(f->tenant, parts->p[i].goal)};
		for (; i < parts->n && view_eq(parts->p[i].goal, goal->goal); i++)
			add_part(f, &parts->p[i], row->currency, &sums[parts->p[i].by_order_day != 0]);
		fill_view(row, &sums[0], &goal->click_day);
		fill_view(row, &sums[1], &goal->order_day);
	}
}

void reckon_row(const struct reckon_facts *f, struct arena *arena, struct roas_row *row)
{
	row->currency = currency_of(f);
	reckon_spend(f, arena, row);
	reckon_goals(f, arena, row);
	row->parts = (struct roas_parts){f->parts->p, f->parts->n};
}
