// SPDX-License-Identifier: Apache-2.0
// A status and a refund give the four bases and the counts of docs/attribution.md 3, never below zero.
#include "attribution/revenue.h"
#include "tests/unit/attribution/story.h"

static void assert_order(enum revenue_status status, int64_t refunded, int64_t confirmed, int64_t delivered, int64_t net)
{
	struct amounts amounts = {0};

	revenue_of_order(status, 1000, refunded, &amounts);
	assert_int_equal(amounts.basis[GOAL_PLACED], 1000);
	assert_int_equal(amounts.basis[GOAL_CONFIRMED], confirmed);
	assert_int_equal(amounts.basis[GOAL_DELIVERED], delivered);
	assert_int_equal(amounts.basis[GOAL_NET], net);
	assert_true(amounts.counts[GOAL_PLACED]);
	assert_int_equal(amounts.counts[GOAL_CONFIRMED], confirmed > 0);
	assert_int_equal(amounts.counts[GOAL_DELIVERED], delivered > 0);
}

static void each_status_gives_its_bases(void **state)
{
	(void)state;
	assert_order(REV_PLACED, REVENUE_NO_REFUND, 0, 0, 0);
	assert_order(REV_CONFIRMED, REVENUE_NO_REFUND, 1000, 0, 0);
	assert_order(REV_SHIPPED, REVENUE_NO_REFUND, 1000, 0, 0);
	assert_order(REV_DELIVERED, REVENUE_NO_REFUND, 1000, 1000, 1000);
	assert_order(REV_CANCELLED, REVENUE_NO_REFUND, 0, 0, 0);
	assert_order(REV_RETURNED, REVENUE_NO_REFUND, 0, 0, 0);
	assert_order(REV_REFUNDED, REVENUE_NO_REFUND, 1000, 1000, 0);
}

static void refunds_lower_only_what_was_delivered(void **state)
{
	(void)state;
	assert_order(REV_DELIVERED, 100, 1000, 1000, 900);
	assert_order(REV_REFUNDED, 100, 1000, 1000, 900);
	assert_order(REV_REFUNDED, 0, 1000, 1000, 1000);
	assert_order(REV_CONFIRMED, 100, 1000, 0, 0);
	assert_order(REV_RETURNED, 100, 0, 0, 0);
	assert_order(REV_PLACED, 100, 0, 0, 0);
}

static void a_refund_above_the_value_is_clamped_and_told(void **state)
{
	(void)state;
	assert_order(REV_DELIVERED, 1001, 1000, 1000, 0);
	assert_order(REV_REFUNDED, INT64_MAX, 1000, 1000, 0);
	assert_true(revenue_refund_is_clamped(1000, 1001));
	assert_false(revenue_refund_is_clamped(1000, 1000));
	assert_false(revenue_refund_is_clamped(0, REVENUE_NO_REFUND));
}

static void a_conversion_counts_in_full_on_every_basis(void **state)
{
	struct amounts amounts = {0};

	(void)state;
	revenue_of_conversion(77, &amounts);
	for (int basis = 0; basis < GOAL_BASES; basis++)
		assert_int_equal(amounts.basis[basis], 77);
	for (int basis = 0; basis < GOAL_NET; basis++)
		assert_true(amounts.counts[basis]);
}

static void an_order_worth_nothing_still_counts(void **state)
{
	struct amounts amounts;

	(void)state;
	revenue_of_order(REV_DELIVERED, 0, REVENUE_NO_REFUND, &amounts);
	assert_int_equal(amounts.basis[GOAL_NET], 0);
	assert_true(amounts.counts[GOAL_DELIVERED]);
}

// Ten orders of 50.00: six delivered (one of them refunds 20.00), three came back, one was cancelled.
static void cash_on_delivery_shows_on_three_bases(void **state)
{
	int64_t sums[GOAL_BASES] = {0};
	int64_t delivered_orders = 0;

	(void)state;
	for (int i = 0; i < 10; i++) {
		struct amounts amounts;

		revenue_of_order(i < 6 ? REV_DELIVERED : i < 9 ? REV_RETURNED : REV_CANCELLED, 5000, i == 0 ? 2000 : REVENUE_NO_REFUND, &amounts);
		for (int basis = 0; basis < GOAL_BASES; basis++)
			sums[basis] += amounts.basis[basis];
		delivered_orders += amounts.counts[GOAL_DELIVERED];
	}
	assert_int_equal(sums[GOAL_PLACED], 50000);
	assert_int_equal(sums[GOAL_DELIVERED], 30000);
	assert_int_equal(sums[GOAL_NET], 28000);
	assert_int_equal(delivered_orders, 6);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_status_gives_its_bases),
		cmocka_unit_test(refunds_lower_only_what_was_delivered),
		cmocka_unit_test(a_refund_above_the_value_is_clamped_and_told),
		cmocka_unit_test(a_conversion_counts_in_full_on_every_basis),
		cmocka_unit_test(an_order_worth_nothing_still_counts),
		cmocka_unit_test(cash_on_delivery_shows_on_three_bases),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
