// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_sum.h"

#include <stdlib.h>

#include "base/ratio.h"
#include "base/when.h"
#include "runtime/key_table.h"

enum { KEYS_MOST = 100 * 1000 * 1000, LINES_MOST = 1000 * 1000, DAY_TEXT = 10 };

// What is kept of a key: what it adds to its line.
struct kept {
	uint64_t line;                                                                // its index + 1; 0: none
	int64_t spend_micros, revenue_micros, tiktok_value_micros, conversions_nanos; // spend, revenue: TIME_ABSENT: not known
	int64_t impressions, clicks, tiktok_conversions;
};

// The line's name is of this day.
struct named {
	int32_t day;
};

struct roas_sum {
	const struct roas_query *query;
	char from[WHEN_ISO_SIZE], to[WHEN_ISO_SIZE];
	struct key_table *keys;  // -> struct kept
	struct key_table *index; // -> uint64_t, a line's index + 1
	struct roas_line *lines, *shown;
	struct named *named;
	size_t count, room;
	struct key_table *unplaced_keys; // -> int64_t, nanos
	struct roas_unplaced unplaced;
	struct arena texts;
	struct buf name;
};

struct roas_sum *roas_sum_new(const struct roas_query *query)
{
	struct roas_sum *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->query = query;
	when_print_day(query->from, s->from);
	when_print_day(query->to, s->to);
	s->keys = key_table_new(sizeof(struct kept), KEYS_MOST);
	s->index = key_table_new(sizeof(uint64_t), LINES_MOST);
	s->unplaced_keys = key_table_new(2 * sizeof(int64_t), KEYS_MOST);
	return s;
}

void roas_sum_free(struct roas_sum **sum)
{
	struct roas_sum *s = *sum;

	if (!s)
		return;
	key_table_free(&s->keys);
	key_table_free(&s->index);
	key_table_free(&s->unplaced_keys);
	arena_clear(&s->texts);
	buf_clear(&s->name);
	free(s->lines);
	free(s->named);
	free(s->shown);
	free(s);
	*sum = NULL;
}

// ---- which rows

static struct view day_of_key(struct view key)
{
	const char *bar = key.n ? memrchr(key.p, '|', key.n) : NULL;

	return bar ? view_of(bar + 1, (size_t)(key.p + key.n - bar - 1)) : VIEW_LIT("");
}

// A row without a day only says names.
static bool is_name_alone(struct view key)
{
	return day_of_key(key).n == 0;
}

bool roas_sum_wants(const struct roas_sum *s, struct view key)
{
	struct view tenant = s->query->tenant, day = day_of_key(key);

	if (key.n <= tenant.n || memcmp(key.p, tenant.p, tenant.n) != 0 || key.p[tenant.n] != '|')
		return false;
	if (day.n == 0)
		return true;
	return day.n >= DAY_TEXT && memcmp(day.p, s->from, DAY_TEXT) >= 0 && memcmp(day.p, s->to, DAY_TEXT) <= 0;
}

static int level_of(enum roas_by by)
{
	switch (by) {
	case ROAS_BY_CAMPAIGN:
		return ROAS_CAMPAIGN;
	case ROAS_BY_ADGROUP:
		return ROAS_ADGROUP;
	case ROAS_BY_AD:
		return ROAS_AD;
	default:
		return ROAS_ADVERTISER;
	}
}

// ---- lines

static void add_part(struct buf *name, struct view part)
{
	buf_addf(name, "%zu:", part.n);
	buf_add_view(name, part);
}

static bool is_of_entities(const struct roas_sum *s)
{
	return s->query->by != ROAS_BY_DAY && s->query->by != ROAS_BY_TOTAL;
}

static size_t add_line(struct roas_sum *s, const struct roas_row *r, int32_t day)
{
	bool entity = is_of_entities(s);

	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->lines = realloc(s->lines, s->room * sizeof *s->lines);
		s->named = realloc(s->named, s->room * sizeof *s->named);
		if (!s->lines || !s->named)
			err_out_of_memory();
	}
	s->lines[s->count] = (struct roas_line){
		.advertiser_id = entity ? arena_dup(&s->texts, r->advertiser_id) : VIEW_ABSENT,
		.id = entity ? arena_dup(&s->texts, s->query->by == ROAS_BY_ADVERTISER ? r->advertiser_id : r->entity_id) : VIEW_ABSENT,
		.campaign_id = entity ? arena_dup(&s->texts, r->campaign_id) : VIEW_ABSENT,
		.adgroup_id = entity ? arena_dup(&s->texts, r->adgroup_id) : VIEW_ABSENT,
		.day = s->query->by == ROAS_BY_DAY ? day : 0,
		.currency = arena_dup(&s->texts, r->currency),
		.additive = true,
	};
	s->named[s->count] = (struct named){INT32_MIN};
	return s->count++;
}

// The line's index + 1; 0 if there are too many.
static uint64_t line_of(struct roas_sum *s, const struct roas_row *r, int32_t day)
{
	buf_reset(&s->name);
	if (is_of_entities(s)) {
		add_part(&s->name, r->advertiser_id);
		add_part(&s->name, r->entity_id);
	}
	if (s->query->by == ROAS_BY_DAY)
		buf_addf(&s->name, "%d:", (int)day);
	add_part(&s->name, r->currency);
	uint64_t *line = key_table_at(s->index, buf_view(&s->name));

	if (line && !*line)
		*line = add_line(s, r, day) + 1;
	return line ? *line : 0;
}

// ---- what a row adds

static const struct roas_goal *goal_of(const struct roas_sum *s, const struct roas_row *r)
{
	for (size_t i = 0; i < r->goals.n; i++)
		if (view_eq(r->goals.p[i].goal, s->query->goal))
			return &r->goals.p[i];
	return NULL;
}

static int64_t revenue_of(const struct roas_view *v, enum value_basis basis)
{
	const int64_t by_basis[BASIS_COUNT] = {v->placed_micros, v->confirmed_micros, v->delivered_micros, v->net_micros};

	return by_basis[basis];
}

// What is net was delivered.
static int64_t conversions_of(const struct roas_view *v, enum value_basis basis)
{
	const int64_t by_basis[BASIS_COUNT] = {v->conversions.placed_nanos, v->conversions.confirmed_nanos, v->conversions.delivered_nanos,
		v->conversions.delivered_nanos};

	return by_basis[basis];
}

static const struct roas_view *view_of_goal(const struct roas_sum *s, const struct roas_goal *g)
{
	return s->query->order_day ? &g->order_day : &g->click_day;
}

static int64_t or_zero(int64_t number)
{
	return number == TIME_ABSENT ? 0 : number;
}

static void fill(const struct roas_sum *s, const struct roas_row *r, struct kept *out)
{
	const struct roas_goal *g = goal_of(s, r);

	out->spend_micros = r->spend_micros;
	out->revenue_micros = g ? revenue_of(view_of_goal(s, g), s->query->basis) : 0;
	out->conversions_nanos = g ? conversions_of(view_of_goal(s, g), s->query->basis) : 0;
	out->tiktok_value_micros = or_zero(r->tiktok_value_micros);
	out->tiktok_conversions = or_zero(r->tiktok_conversions);
	out->impressions = or_zero(r->impressions);
	out->clicks = or_zero(r->clicks);
}

static void count(struct roas_line *l, const struct kept *k, int sign)
{
	l->rows += (uint64_t)(int64_t)sign;
	l->no_spend += k->spend_micros == TIME_ABSENT ? (uint64_t)(int64_t)sign : 0;
	l->no_revenue += k->revenue_micros == TIME_ABSENT ? (uint64_t)(int64_t)sign : 0;
	l->spend_micros += (__int128)or_zero(k->spend_micros) * sign;
	l->revenue_micros += (__int128)or_zero(k->revenue_micros) * sign;
	l->tiktok_value_micros += (__int128)k->tiktok_value_micros * sign;
	l->conversions_nanos += (__int128)k->conversions_nanos * sign;
	l->impressions += sign * k->impressions;
	l->clicks += sign * k->clicks;
	l->tiktok_conversions += sign * k->tiktok_conversions;
}

static void note(struct roas_sum *s, struct roas_line *l, const struct roas_row *r)
{
	const struct roas_goal *g = goal_of(s, r);

	if (r->spend_micros == TIME_ABSENT && view_is_set(r->reason))
		l->spend_reason = arena_dup(&s->texts, r->reason);
	if (g && !g->additive)
		l->additive = false;
	if (g && revenue_of(view_of_goal(s, g), s->query->basis) == TIME_ABSENT)
		l->reason = arena_dup(&s->texts, view_of_goal(s, g)->reason);
}

// The name that was heard last for the latest day.
static void take_name(struct roas_sum *s, size_t line, const struct roas_row *r, int32_t day)
{
	if (!is_of_entities(s) || !view_is_set(r->name) || day < s->named[line].day)
		return;
	s->named[line].day = day;
	if (!view_eq(s->lines[line].name, r->name))
		s->lines[line].name = arena_dup(&s->texts, r->name);
}

static int too_many(struct err *err)
{
	return err_set(err, ERR_FATAL, "too_many", "there are more rows than can be summed up at once: ask for fewer days (--from, --to)");
}

// ---- records

static int take_unplaced(struct roas_sum *s, struct view key, const struct roas_row *r, struct err *err)
{
	int64_t *known = r ? key_table_at(s->unplaced_keys, key) : key_table_find(s->unplaced_keys, key);
	const struct roas_goal *g = r ? goal_of(s, r) : NULL;

	if (!known)
		return r ? too_many(err) : 0;
	s->unplaced.rows -= (uint64_t)known[0];
	s->unplaced.conversions_nanos -= known[1];
	known[0] = g != NULL;
	known[1] = g ? conversions_of(&g->click_day, s->query->basis) : 0;
	s->unplaced.rows += (uint64_t)known[0];
	s->unplaced.conversions_nanos += known[1];
	return 0;
}

static int take_row(struct roas_sum *s, struct view key, const struct roas_row *r, struct err *err)
{
	struct kept *kept = r ? key_table_at(s->keys, key) : key_table_find(s->keys, key);
	int32_t day = 0;

	if (!kept)
		return r ? too_many(err) : 0;
	if (kept->line)
		count(&s->lines[kept->line - 1], kept, -1);
	*kept = (struct kept){0};
	if (!r || when_parse_day(r->day, &day) != 0)
		return 0;
	fill(s, r, kept);
	kept->line = line_of(s, r, day);
	if (!kept->line)
		return too_many(err);
	count(&s->lines[kept->line - 1], kept, +1);
	note(s, &s->lines[kept->line - 1], r);
	take_name(s, kept->line - 1, r, day);
	return 0;
}

// A deletion does not say its level, but its key is known under one of them.
int roas_sum_take(struct roas_sum *s, struct view key, const struct roas_row *r, struct err *err)
{
	if (is_name_alone(key))
		return 0;
	if (!r)
		return take_unplaced(s, key, NULL, err) == 0 ? take_row(s, key, NULL, err) : -1;
	if (r->level == ROAS_UNPLACED)
		return take_unplaced(s, key, r, err);
	return r->level == level_of(s->query->by) ? take_row(s, key, r, err) : 0;
}

void roas_sum_partition_end(struct roas_sum *s)
{
	key_table_reset(s->keys);
	key_table_reset(s->unplaced_keys);
}

// ---- ratios

bool roas_sum_knows_spend(const struct roas_line *l)
{
	return l->no_spend < l->rows;
}

bool roas_sum_knows_revenue(const struct roas_line *l)
{
	return l->no_revenue == 0;
}

bool roas_sum_roas(const struct roas_line *l, int64_t *nanos)
{
	return roas_sum_knows_spend(l) && roas_sum_knows_revenue(l) && ratio_nanos(l->revenue_micros, l->spend_micros, nanos);
}

bool roas_sum_tiktok_roas(const struct roas_line *l, int64_t *nanos)
{
	return roas_sum_knows_spend(l) && ratio_nanos(l->tiktok_value_micros, l->spend_micros, nanos);
}

bool roas_sum_cpa(const struct roas_line *l, __int128 *micros)
{
	const __int128 one = 1000000000, most = ((__int128)1 << 96);

	if (!roas_sum_knows_spend(l) || l->conversions_nanos <= 0 || l->spend_micros > most)
		return false;
	*micros = ratio_round(l->spend_micros * one, l->conversions_nanos);
	return true;
}

// ---- order

static int down(__int128 a, __int128 b)
{
	return (a < b) - (a > b);
}

static int by_ratio(const struct roas_line *a, const struct roas_line *b)
{
	int64_t x = -1, y = -1;
	bool has_a = roas_sum_roas(a, &x), has_b = roas_sum_roas(b, &y);

	return has_a != has_b ? has_b - has_a : down(x, y);
}

static int by_identity(const struct roas_line *a, const struct roas_line *b)
{
	int order = view_cmp(a->name, b->name);

	if (!order)
		order = (a->day > b->day) - (a->day < b->day);
	if (!order)
		order = view_cmp(a->advertiser_id, b->advertiser_id);
	if (!order)
		order = view_cmp(a->id, b->id);
	return order ? order : view_cmp(a->currency, b->currency);
}

static int compare(const void *a, const void *b, void *context)
{
	const struct roas_query *q = context;
	const struct roas_line *x = a, *y = b;
	int order = 0;

	if (q->by == ROAS_BY_DAY || q->sort == ROAS_SORT_NAME)
		return by_identity(x, y);
	if (q->sort == ROAS_SORT_SPEND)
		order = down(x->spend_micros, y->spend_micros);
	else if (q->sort == ROAS_SORT_REVENUE)
		order = down(x->revenue_micros, y->revenue_micros);
	else if (q->sort == ROAS_SORT_CONVERSIONS)
		order = down(x->conversions_nanos, y->conversions_nanos);
	else
		order = by_ratio(x, y);
	return order ? order : by_identity(x, y);
}

const struct roas_line *roas_sum_lines(struct roas_sum *s, size_t *n, size_t *left_out)
{
	free(s->shown);
	s->shown = calloc(s->count + 1, sizeof *s->shown);
	if (!s->shown)
		err_out_of_memory();
	*n = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->lines[i].rows)
			s->shown[(*n)++] = s->lines[i];
	qsort_r(s->shown, *n, sizeof *s->shown, compare, (void *)(uintptr_t)s->query);
	*left_out = *n > s->query->most ? *n - s->query->most : 0;
	*n -= *left_out;
	return s->shown;
}

struct roas_unplaced roas_sum_unplaced(const struct roas_sum *s)
{
	return s->unplaced;
}
