// SPDX-License-Identifier: Apache-2.0
// Promise: a shop's day is the sum of its sources' parts in one currency, exact, in whatever order they come; what has no rate has no number and says why.
#include "processors/roas-totals/tenant_total.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)
#define DAY VIEW_LIT("2026-03-01")

static struct arena arena;
static struct err err;

static struct daily_part spend(int64_t units, struct view currency)
{
	return (struct daily_part){.goal = VIEW_LIT(""), .currency = currency, .rate_day = DAY, .spend_micros = units * MICROS};
}

static struct daily_part revenue(struct view goal, bool attributed, int64_t units, struct view currency)
{
	return (struct daily_part){.goal = goal,
		.attributed = attributed,
		.currency = currency,
		.rate_day = DAY,
		.revenue = {units * MICROS, units * MICROS, units * MICROS / 2, units * MICROS / 4},
		.conversions = {ONE, ONE, ONE}};
}

static int setup(void **state)
{
	(void)state;
	arena_reset(&arena);
	return 0;
}

static void the_example_of_the_reference(void **state)
{
	// 10 orders of 50, spend 100: blended ROAS 5.0 placed, 3.0 delivered; MER 20 %; 39 are left.
	struct tenant_total_rules rules = {.day_zone = VIEW_LIT("UTC"), .currency = VIEW_LIT("EUR")};
	const struct tenant_costs costs = {.cogs = VIEW_LIT("15"), .shipping = VIEW_LIT("4"), .returned = VIEW_LIT("3"), .fee = VIEW_LIT("1")};
	const struct daily_part parts[] = {spend(100, VIEW_LIT("EUR")),
		{.goal = VIEW_LIT("buy"),
			.currency = VIEW_LIT("EUR"),
			.rate_day = DAY,
			.revenue = {500 * MICROS, 450 * MICROS, 300 * MICROS, 280 * MICROS},
			.conversions = {10 * ONE, 9 * ONE, 6 * ONE},
			.shipped_nanos = 9 * ONE,
			.returned_nanos = 3 * ONE}};
	struct tenant_day day;

	(void)state;
	costs_read(&costs, rules.currency, &rules.costs);
	tenant_total_of(&rules, parts, 2, &arena, &day);
	const struct tenant_goal *g = &day.goals.p[0];
	assert_int_equal(1, day.goals.n);
	assert_int_equal(100 * MICROS, day.spend_micros);
	assert_int_equal(500 * MICROS, g->placed_micros);
	assert_int_equal(280 * MICROS, g->net_micros);
	assert_int_equal(5 * ONE, g->blended_roas_nanos);
	assert_int_equal(3 * ONE, g->delivered_blended_roas_nanos);
	assert_int_equal(ONE / 5, g->mer_nanos);
	assert_int_equal(39 * MICROS, g->profit_micros);
	assert_int_equal(0, g->attributed_placed_micros);
	assert_false(view_is_set(g->reason) || view_is_set(day.reason));
}

static void goals_stay_apart_and_attributed_is_beside_all(void **state)
{
	// Two accounts' spend is one; what is attributed does not count as a conversion again.
	const struct tenant_total_rules rules = {.day_zone = VIEW_LIT("UTC")};
	const struct daily_part parts[] = {revenue(VIEW_LIT("lead"), false, 8, VIEW_LIT("EUR")), spend(3, VIEW_LIT("EUR")),
		revenue(VIEW_LIT("buy"), false, 40, VIEW_LIT("EUR")), revenue(VIEW_LIT("buy"), true, 12, VIEW_LIT("EUR")),
		spend(5, VIEW_LIT("EUR")), revenue(VIEW_LIT("buy"), false, 4, VIEW_LIT("EUR"))};
	struct tenant_day day;

	(void)state;
	tenant_total_of(&rules, parts, 6, &arena, &day);
	assert_true(view_eq(day.currency, VIEW_LIT("EUR")));
	assert_int_equal(8 * MICROS, day.spend_micros);
	assert_int_equal(2, day.goals.n);
	assert_true(view_eq(day.goals.p[0].goal, VIEW_LIT("buy")));
	assert_int_equal(44 * MICROS, day.goals.p[0].placed_micros);
	assert_int_equal(2 * ONE, day.goals.p[0].conversions.placed_nanos);
	assert_int_equal(12 * MICROS, day.goals.p[0].attributed_placed_micros);
	assert_int_equal(3 * MICROS, day.goals.p[0].attributed_net_micros);
	assert_int_equal(8 * MICROS, day.goals.p[1].placed_micros);
	assert_true(day.goals.p[0].profit_micros == TIME_ABSENT);
}

static void without_spend_there_is_no_ratio(void **state)
{
	// None reported, or none spent.
	const struct tenant_total_rules rules = {.day_zone = VIEW_LIT("UTC")};
	const struct daily_part parts[] = {revenue(VIEW_LIT("buy"), false, 8, VIEW_LIT("EUR")), spend(0, VIEW_LIT("EUR"))};
	struct tenant_day day;

	(void)state;
	tenant_total_of(&rules, parts, 1, &arena, &day);
	assert_true(day.spend_micros == TIME_ABSENT && view_eq(day.reason, VIEW_LIT("no_report")));
	assert_true(day.goals.p[0].blended_roas_nanos == TIME_ABSENT && day.goals.p[0].mer_nanos == TIME_ABSENT);
	tenant_total_of(&rules, parts, 2, &arena, &day);
	assert_int_equal(0, day.spend_micros);
	assert_false(view_is_set(day.reason));
	assert_true(day.goals.p[0].blended_roas_nanos == TIME_ABSENT && day.goals.p[0].mer_nanos == TIME_ABSENT);
}

static void money_is_converted_once_for_each_sum(void **state)
{
	// Halves of two sources are one whole before they are rounded; the other way round works too.
	struct tenant_total_rules rules = {.day_zone = VIEW_LIT("UTC"), .currency = VIEW_LIT("EUR")};
	struct rates *rates;
	struct daily_part parts[] = {revenue(VIEW_LIT("buy"), false, 0, VIEW_LIT("USD")), revenue(VIEW_LIT("buy"), false, 0, VIEW_LIT("USD")),
		spend(2, VIEW_LIT("GBP"))};
	struct tenant_day day;

	(void)state;
	assert_int_equal(0, rates_parse(VIEW_LIT("day,from,to,rate\n2026-03-01,USD,EUR,0.5\n2026-03-01,EUR,GBP,0.8\n"), "r", &rates, &err));
	rules.rates = rates;
	parts[0].revenue.placed_micros = parts[1].revenue.placed_micros = 1;
	tenant_total_of(&rules, parts, 3, &arena, &day);
	assert_int_equal(1, day.goals.p[0].placed_micros);
	assert_int_equal(2500000, day.spend_micros);
	rates_free(&rates);
}

static void without_a_rate_there_is_no_number_and_a_reason(void **state)
{
	// Counts stay; nothing of another currency is guessed. Of no money no rate is needed.
	struct tenant_total_rules rules = {.day_zone = VIEW_LIT("UTC"), .currency = VIEW_LIT("EUR")};
	struct daily_part parts[] = {revenue(VIEW_LIT("buy"), false, 8, VIEW_LIT("EUR")), revenue(VIEW_LIT("buy"), false, 8, VIEW_LIT("USD")),
		spend(1, VIEW_LIT("EUR")), revenue(VIEW_LIT("lead"), false, 0, VIEW_LIT(""))};
	struct rates *rates;
	struct tenant_day day;

	(void)state;
	assert_int_equal(0, rates_load(NULL, &rates, &err));
	rules.rates = rates;
	tenant_total_of(&rules, parts, 4, &arena, &day);
	assert_true(day.goals.p[0].placed_micros == TIME_ABSENT && view_eq(day.goals.p[0].reason, VIEW_LIT("no_rate")));
	assert_int_equal(2 * ONE, day.goals.p[0].conversions.placed_nanos);
	assert_int_equal(MICROS, day.spend_micros);
	assert_int_equal(0, day.goals.p[1].placed_micros);
	assert_false(view_is_set(day.goals.p[1].reason));
	rules.currency = VIEW_ABSENT;
	tenant_total_of(&rules, parts, 4, &arena, &day);
	assert_int_equal(0, day.currency.n);
	assert_true(view_eq(day.reason, VIEW_LIT("no_currency")) && view_eq(day.goals.p[0].reason, VIEW_LIT("no_currency")));
	rates_free(&rates);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(the_example_of_the_reference, setup),
		cmocka_unit_test_setup(goals_stay_apart_and_attributed_is_beside_all, setup),
		cmocka_unit_test_setup(without_spend_there_is_no_ratio, setup),
		cmocka_unit_test_setup(money_is_converted_once_for_each_sum, setup),
		cmocka_unit_test_setup(without_a_rate_there_is_no_number_and_a_reason, setup),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_clear(&arena);
	return failed;
}
