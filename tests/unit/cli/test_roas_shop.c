// SPDX-License-Identifier: Apache-2.0
// Promise: a shop's figures over several days are sums of its days, and what is left is computed from the sums; an unknown day is counted, not guessed.
#include "cli/roas_shop.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#include "base/own.h"
#include "base/when.h"

#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)

static struct roas_query query;

static int setup(void **state)
{
	int32_t day = 0;

	(void)state;
	assert_int_equal(0, when_parse_day(VIEW_LIT("2026-03-01"), &day));
	query = (struct roas_query){.tenant = VIEW_LIT("shop"), .goal = VIEW_LIT("buy"), .by = ROAS_BY_TOTAL, .from = day, .to = day + 6};
	return 0;
}

static void take(struct roas_shop *s, const char *key, int64_t spend, int64_t placed, int64_t cogs)
{
	struct tenant_goal goal = {.goal = VIEW_LIT("buy"),
		.placed_micros = placed * MICROS,
		.delivered_micros = placed * MICROS / 2,
		.net_micros = placed * MICROS / 2,
		.conversions = {ONE, ONE, ONE},
		.cogs_micros = cogs < 0 ? TIME_ABSENT : cogs * MICROS,
		.shipping_micros = TIME_ABSENT,
		.returns_micros = TIME_ABSENT,
		.fees_micros = TIME_ABSENT};
	struct tenant_day day = {.currency = VIEW_LIT("EUR"),
		.spend_micros = spend < 0 ? TIME_ABSENT : spend * MICROS,
		.reason = spend < 0 ? VIEW_LIT("no_report") : VIEW_ABSENT,
		.goals = {&goal, 1}};

	if (placed < 0) {
		goal.placed_micros = TIME_ABSENT;
		goal.reason = VIEW_LIT("no_rate");
	}
	roas_shop_take(s, view_text(key), &day);
}

static void days_are_summed_up(void **state)
{
	// The latest record of each; ratios and profit are of the sums.
	OWN(roas_shop_free) struct roas_shop *s = roas_shop_new(&query);
	int64_t nanos;
	__int128 profit;
	size_t n;

	(void)state;
	take(s, "shop|2026-03-01", 999, 999, 9);
	take(s, "shop|2026-03-01", 10, 100, 5);
	take(s, "shop|2026-03-07", 30, 100, 6);
	take(s, "shop|2026-03-03", 30, 100, 6);
	roas_shop_take(s, VIEW_LIT("shop|2026-03-03"), NULL);
	const struct roas_shop_line *l = roas_shop_lines(s, &n);
	assert_int_equal(1, n);
	assert_int_equal(2, l->days);
	assert_true(roas_shop_blended(l, BASIS_PLACED, &nanos) && nanos == 5 * ONE);
	assert_true(roas_shop_mer(l, &nanos) && nanos == ONE / 5);
	assert_true(roas_shop_profit(l, &profit) && profit == 49 * MICROS);
}

static void an_unknown_day_is_counted(void **state)
{
	// Unknown revenue leaves no ratio; without any cost there is no profit.
	OWN(roas_shop_free) struct roas_shop *s = NULL;
	int64_t nanos;
	__int128 profit;
	size_t n;

	(void)state;
	query.by = ROAS_BY_DAY;
	s = roas_shop_new(&query);
	take(s, "shop|2026-03-01", 10, 100, -1);
	take(s, "shop|2026-03-02", -1, 100, 5);
	take(s, "shop|2026-03-03", 10, -1, 5);
	const struct roas_shop_line *l = roas_shop_lines(s, &n);
	assert_int_equal(3, n);
	assert_int_equal(query.from, l[0].day);
	assert_false(roas_shop_profit(&l[0], &profit));
	assert_true(l[1].no_spend == 1 && view_eq(l[1].spend_reason, VIEW_LIT("no_report")));
	assert_false(roas_shop_profit(&l[1], &profit) || roas_shop_mer(&l[1], &nanos));
	assert_true(l[2].no_revenue == 1 && view_eq(l[2].revenue_reason, VIEW_LIT("no_rate")));
	assert_false(roas_shop_blended(&l[2], BASIS_PLACED, &nanos));
}

static void only_the_tenants_days_are_wanted(void **state)
{
	// Both ends of the span are in it.
	OWN(roas_shop_free) struct roas_shop *s = roas_shop_new(&query);

	(void)state;
	assert_true(roas_shop_wants(s, VIEW_LIT("shop|2026-03-01")) && roas_shop_wants(s, VIEW_LIT("shop|2026-03-07")));
	assert_false(roas_shop_wants(s, VIEW_LIT("shop|2026-03-08")) || roas_shop_wants(s, VIEW_LIT("shop|2026-02-28")));
	assert_false(roas_shop_wants(s, VIEW_LIT("shop2|2026-03-01")) || roas_shop_wants(s, VIEW_LIT("shop|2026-3-1")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(days_are_summed_up, setup),
		cmocka_unit_test_setup(an_unknown_day_is_counted, setup),
		cmocka_unit_test_setup(only_the_tenants_days_are_wanted, setup),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
