// SPDX-License-Identifier: Apache-2.0
// Promise: costs are those of the config, to the micro; what is not given costs nothing, what is not known leaves no profit.
#include "processors/roas-totals/costs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#define MICROS INT64_C(1000000)
#define ONE INT64_C(1000000000)

static struct costs of(const struct tenant_costs *written)
{
	struct costs costs;

	costs_read(written, VIEW_LIT("EUR"), &costs);
	return costs;
}

// 6 of 10 delivered for 300, 280 after a refund; 9 were sent out, 3 came back; 100 were spent.
static const struct costs_day golden_day = {6 * ONE, 9 * ONE, 3 * ONE, 300 * MICROS, 280 * MICROS, 100 * MICROS};

static void the_example_of_the_reference_leaves_39(void **state)
{
	// 280 - 6 x 15 - 9 x 4 - 3 x 3 - 6 x 1 - 100.
	const struct costs costs =
		of(&(struct tenant_costs){.cogs = VIEW_LIT("15"), .shipping = VIEW_LIT("4.00"), .returned = VIEW_LIT("3"), .fee = VIEW_LIT("1")});
	struct costs_result left;

	(void)state;
	costs_apply(&costs, &golden_day, &left);
	assert_int_equal(90 * MICROS, left.cogs_micros);
	assert_int_equal(36 * MICROS, left.shipping_micros);
	assert_int_equal(9 * MICROS, left.returns_micros);
	assert_int_equal(6 * MICROS, left.fees_micros);
	assert_int_equal(39 * MICROS, left.profit_micros);
}

static void percentages_are_of_delivered_revenue(void **state)
{
	// 42.5 % of 300, and 2.9999 % beside 0.35 for each of 6; what is not given is told as unknown and costs nothing.
	const struct costs costs =
		of(&(struct tenant_costs){.cogs_percent = VIEW_LIT("42.5"), .fee = VIEW_LIT("0.35"), .fee_percent = VIEW_LIT("2.9999")});
	struct costs_result left;

	(void)state;
	costs_apply(&costs, &golden_day, &left);
	assert_int_equal(127500000, left.cogs_micros);
	assert_int_equal(2100000 + 8999700, left.fees_micros);
	assert_true(left.shipping_micros == TIME_ABSENT && left.returns_micros == TIME_ABSENT);
	assert_int_equal(280 * MICROS - 127500000 - 11099700 - 100 * MICROS, left.profit_micros);
}

static void without_any_cost_there_is_no_profit(void **state)
{
	// Nor without a currency, spend or revenue.
	const struct tenant_costs written = {.cogs = VIEW_LIT("15")};
	struct costs costs = of(&(struct tenant_costs){0});
	struct costs_day day = golden_day;
	struct costs_result left;

	(void)state;
	costs_apply(&costs, &day, &left);
	assert_true(left.profit_micros == TIME_ABSENT && left.cogs_micros == TIME_ABSENT);
	costs_read(&written, VIEW_ABSENT, &costs);
	assert_false(costs.given);
	costs = of(&written);
	day.spend_micros = TIME_ABSENT;
	costs_apply(&costs, &day, &left);
	assert_int_equal(90 * MICROS, left.cogs_micros);
	assert_true(left.profit_micros == TIME_ABSENT);
	day = golden_day;
	day.net_micros = TIME_ABSENT;
	costs_apply(&costs, &day, &left);
	assert_true(left.profit_micros == TIME_ABSENT);
}

static void other_costs_have_another_digest(void **state)
{
	// Zero is a cost that is given.
	struct costs none = of(&(struct tenant_costs){0}), zero = of(&(struct tenant_costs){.fee = VIEW_LIT("0")});

	(void)state;
	assert_true(zero.given);
	assert_true(costs_digest(&none) != costs_digest(&zero));
	assert_true(costs_digest(&zero) == costs_digest(&zero));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_example_of_the_reference_leaves_39),
		cmocka_unit_test(percentages_are_of_delivered_revenue),
		cmocka_unit_test(without_any_cost_there_is_no_profit),
		cmocka_unit_test(other_costs_have_another_digest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
