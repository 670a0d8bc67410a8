// SPDX-License-Identifier: Apache-2.0
// Promise: a line is the sum of the latest rows of its keys, of one goal, basis and view; ratios are of the sums; names are the latest day's.
#include "cli/roas_sum.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#include "base/own.h"
#include "base/when.h"

#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)

static struct err err;
static struct roas_query query;

static int setup(void **state)
{
	int32_t day = 0;

	(void)state;
	assert_int_equal(0, when_parse_day(VIEW_LIT("2026-03-01"), &day));
	query = (struct roas_query){.tenant = VIEW_LIT("shop"),
		.goal = VIEW_LIT("buy"),
		.by = ROAS_BY_CAMPAIGN,
		.basis = BASIS_DELIVERED,
		.from = day,
		.to = day + 6,
		.most = 100};
	return 0;
}

struct given {
	int level;
	const char *id, *day, *name;
	int64_t spend, revenue, conversions; // units; spend, revenue -1: not known
};

static void take(struct roas_sum *s, const struct given *g)
{
	OWN(buf_clear) struct buf key = {0};
	int64_t spend = g->spend < 0 ? TIME_ABSENT : g->spend * MICROS, revenue = g->revenue < 0 ? TIME_ABSENT : g->revenue * MICROS;
	struct roas_goal goals[] = {{.goal = VIEW_LIT("lead"), .additive = false}, {.goal = VIEW_LIT("buy"), .additive = true}};
	struct roas_row row = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("7"),
		.level = (int8_t)g->level,
		.entity_id = view_text(g->id),
		.day = view_text(g->day),
		.name = view_text(g->name),
		.currency = VIEW_LIT("EUR"),
		.spend_micros = spend,
		.reason = g->spend == -2 ? VIEW_LIT("mixed_currency") : VIEW_ABSENT,
		.impressions = TIME_ABSENT,
		.clicks = 5,
		.tiktok_conversions = TIME_ABSENT,
		.tiktok_value_micros = 4 * MICROS,
		.goals = {goals, 2}};

	goals[1].click_day = (struct roas_view){.delivered_micros = revenue,
		.placed_micros = 1,
		.conversions = {.delivered_nanos = g->conversions * ONE},
		.reason = g->revenue < 0 ? VIEW_LIT("no_rate") : VIEW_ABSENT};
	goals[1].order_day = (struct roas_view){.delivered_micros = 1000 * MICROS};
	buf_addf(&key, "shop|7|%d|%s|%s", g->level, g->id, g->day);
	if (roas_sum_take(s, buf_view(&key), &row, &err) != 0)
		fail_msg("%s", err.words);
}

static void a_later_row_replaces_an_earlier_one(void **state)
{
	// And a deletion takes it out; what nothing is left of is no line.
	OWN(roas_sum_free) struct roas_sum *s = roas_sum_new(&query);
	size_t n, left_out;
	int64_t nanos;

	(void)state;
	take(s, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-01", "a", 99, 99, 9});
	take(s, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-01", "a", 10, 30, 2});
	take(s, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-02", "b", 30, 90, 3});
	take(s, &(struct given){ROAS_CAMPAIGN, "2", "2026-03-02", "c", 1, 1, 1});
	take(s, &(struct given){ROAS_AD, "8", "2026-03-02", "d", 500, 500, 1});
	assert_int_equal(0, roas_sum_take(s, VIEW_LIT("shop|7|1|2|2026-03-02"), NULL, &err));
	assert_int_equal(0, roas_sum_take(s, VIEW_LIT("shop|7|1|3|2026-03-02"), NULL, &err));
	const struct roas_line *l = roas_sum_lines(s, &n, &left_out);
	assert_int_equal(1, n);
	assert_int_equal(0, left_out);
	assert_true(l->spend_micros == 40 * MICROS && l->revenue_micros == 120 * MICROS && l->conversions_nanos == 5 * ONE);
	assert_true(view_eq(l->name, VIEW_LIT("b")));
	assert_true(roas_sum_roas(l, &nanos) && nanos == 3 * ONE);
	assert_true(roas_sum_tiktok_roas(l, &nanos) && nanos == ONE / 5);
	assert_int_equal(10, l->clicks);
	assert_int_equal(0, l->impressions);
	assert_true(l->additive);
}

static void the_view_and_the_basis_choose(void **state)
{
	// By the order's day; placed; another goal without anything.
	OWN(roas_sum_free) struct roas_sum *by_order = NULL, *placed = NULL;
	size_t n, left_out;

	(void)state;
	query.order_day = true;
	by_order = roas_sum_new(&query);
	take(by_order, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-01", "a", 10, 30, 2});
	assert_true(roas_sum_lines(by_order, &n, &left_out)->revenue_micros == 1000 * MICROS);
	query.order_day = false;
	query.basis = BASIS_PLACED;
	placed = roas_sum_new(&query);
	take(placed, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-01", "a", 10, 30, 2});
	assert_true(roas_sum_lines(placed, &n, &left_out)->revenue_micros == 1);
}

static void what_is_not_known_is_not_guessed(void **state)
{
	// Revenue of one day without a rate leaves the sum without a number; spend is the sum of what is known.
	OWN(roas_sum_free) struct roas_sum *s = roas_sum_new(&query);
	size_t n, left_out;
	int64_t nanos;
	__int128 cpa;

	(void)state;
	take(s, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-01", "a", -1, 30, 2});
	take(s, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-02", "a", 10, -1, 2});
	take(s, &(struct given){ROAS_CAMPAIGN, "2", "2026-03-02", "b", -2, 5, 0});
	take(s, &(struct given){ROAS_CAMPAIGN, "3", "2026-03-02", "c", 0, 5, 1});
	const struct roas_line *l = roas_sum_lines(s, &n, &left_out);
	assert_int_equal(3, n);
	assert_true(roas_sum_knows_spend(&l[0]) && !roas_sum_knows_revenue(&l[0]) && !roas_sum_roas(&l[0], &nanos));
	assert_true(view_eq(l[0].reason, VIEW_LIT("no_rate")));
	assert_int_equal(1, l[0].no_spend);
	assert_true(!l[0].spend_reason.p && view_eq(l[1].spend_reason, VIEW_LIT("mixed_currency")));
	assert_true(roas_sum_cpa(&l[0], &cpa) && cpa == 2500000);
	assert_true(!roas_sum_knows_spend(&l[1]) && !roas_sum_roas(&l[1], &nanos) && !roas_sum_cpa(&l[1], &cpa));
	assert_true(!roas_sum_roas(&l[2], &nanos) && roas_sum_cpa(&l[2], &cpa) && cpa == 0);
}

static void only_the_tenants_days_are_wanted(void **state)
{
	// Both ends of the span are in it; a tenant whose name begins alike is another.
	OWN(roas_sum_free) struct roas_sum *s = roas_sum_new(&query);

	(void)state;
	assert_true(roas_sum_wants(s, VIEW_LIT("shop|7|ad|1|2026-03-01")));
	assert_true(roas_sum_wants(s, VIEW_LIT("shop|7|ad|1|2026-03-07")));
	assert_true(roas_sum_wants(s, VIEW_LIT("shop|7|unplaced||2026-03-02T10:15Z")));
	assert_false(roas_sum_wants(s, VIEW_LIT("shop|7|ad|1|2026-03-08")));
	assert_false(roas_sum_wants(s, VIEW_LIT("shop|7|ad|1|2026-02-28")));
	assert_false(roas_sum_wants(s, VIEW_LIT("shop2|7|ad|1|2026-03-01")));
	assert_false(roas_sum_wants(s, VIEW_LIT("shop")));
	assert_false(roas_sum_wants(s, VIEW_LIT("")));
}

static void days_are_in_their_order_and_others_as_asked(void **state)
{
	// No more than the most; the rest is counted.
	OWN(roas_sum_free) struct roas_sum *days = NULL, *sorted = NULL;
	size_t n, left_out;

	(void)state;
	query.by = ROAS_BY_DAY;
	days = roas_sum_new(&query);
	take(days, &(struct given){ROAS_ADVERTISER, "7", "2026-03-02", "a", 10, 30, 2});
	take(days, &(struct given){ROAS_ADVERTISER, "7", "2026-03-01", "a", 99, 30, 2});
	assert_int_equal(query.from, roas_sum_lines(days, &n, &left_out)->day);
	query.by = ROAS_BY_CAMPAIGN;
	query.sort = ROAS_SORT_ROAS;
	query.most = 2;
	sorted = roas_sum_new(&query);
	take(sorted, &(struct given){ROAS_CAMPAIGN, "1", "2026-03-01", "a", -1, 900, 2});
	take(sorted, &(struct given){ROAS_CAMPAIGN, "2", "2026-03-01", "b", 10, 30, 2});
	take(sorted, &(struct given){ROAS_CAMPAIGN, "3", "2026-03-01", "c", 10, 31, 2});
	const struct roas_line *l = roas_sum_lines(sorted, &n, &left_out);
	assert_int_equal(2, n);
	assert_int_equal(1, left_out);
	assert_true(view_eq(l[0].id, VIEW_LIT("3")) && view_eq(l[1].id, VIEW_LIT("2")));
}

static void credits_without_a_day_are_counted_apart(void **state)
{
	// Until they have one.
	OWN(roas_sum_free) struct roas_sum *s = roas_sum_new(&query);
	size_t n, left_out;

	(void)state;
	take(s, &(struct given){ROAS_UNPLACED, "", "2026-03-02T10:15Z", NULL, -1, -1, 2});
	take(s, &(struct given){ROAS_UNPLACED, "", "2026-03-02T10:30Z", NULL, -1, -1, 3});
	assert_int_equal(0, roas_sum_take(s, VIEW_LIT("shop|7|4||2026-03-02T10:15Z"), NULL, &err));
	assert_int_equal(1, roas_sum_unplaced(s).rows);
	assert_true(roas_sum_unplaced(s).conversions_nanos == 3 * ONE);
	roas_sum_lines(s, &n, &left_out);
	assert_int_equal(0, n);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(a_later_row_replaces_an_earlier_one, setup),
		cmocka_unit_test_setup(the_view_and_the_basis_choose, setup),
		cmocka_unit_test_setup(what_is_not_known_is_not_guessed, setup),
		cmocka_unit_test_setup(only_the_tenants_days_are_wanted, setup),
		cmocka_unit_test_setup(days_are_in_their_order_and_others_as_asked, setup),
		cmocka_unit_test_setup(credits_without_a_day_are_counted_apart, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
