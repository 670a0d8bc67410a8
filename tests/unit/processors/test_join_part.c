// SPDX-License-Identifier: Apache-2.0
// Sums of credits do not depend on the order, and what is taken back is gone, even past the largest number.
#include "processors/roas-join/join_part.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static struct roas_part part(const char *goal, bool by_order, const char *currency, const char *day, int64_t amount)
{
	return (struct roas_part){.goal = view_text(goal),
		.by_order_day = by_order,
		.currency = view_text(currency),
		.rate_day = view_text(day),
		.revenue = {amount, amount + 1, amount + 2, amount + 3},
		.conversions = {amount + 4, amount + 5, amount + 6}};
}

static void test_equal_parts_are_one(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct join_parts sum = {NULL, 0, 0};
	struct roas_part all[] = {part("b", false, "USD", "2026-03-01", 1), part("a", true, "USD", "2026-03-01", 2),
		part("a", false, "USD", "2026-03-01", 3), part("a", false, "PEN", "2026-03-01", 4), part("a", false, "PEN", "2026-02-01", 5),
		part("b", false, "USD", "2026-03-01", 10)};

	join_part_add_all(&sum, all, 6, 1, &arena);
	join_part_tidy(&sum);
	assert_int_equal(sum.n, 5);
	assert_int_equal(sum.p[0].revenue.placed_micros, 5); // goal, view, currency, day
	assert_int_equal(sum.p[1].revenue.placed_micros, 4);
	assert_int_equal(sum.p[2].revenue.placed_micros, 3);
	assert_int_equal(sum.p[3].revenue.placed_micros, 2);
	assert_int_equal(sum.p[4].revenue.placed_micros, 11);
	assert_int_equal(sum.p[4].conversions.delivered_nanos, 23);
}

static void test_what_is_taken_back_is_no_part(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct join_parts sum = {NULL, 0, 0};
	struct roas_part large = part("a", false, "USD", "2026-03-01", INT64_MAX - 10);

	for (int i = 0; i < 9; i++)
		join_part_add(&sum, &large, 1, &arena);
	for (int i = 0; i < 9; i++)
		join_part_add(&sum, &large, -1, &arena);
	join_part_tidy(&sum);
	assert_int_equal(sum.n, 0);
}

static void test_a_count_alone_is_a_part(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct join_parts sum = {NULL, 0, 0};
	const struct roas_part free = {.goal = VIEW_LIT("a"),
		.currency = VIEW_LIT(""),
		.rate_day = VIEW_LIT("2026-03-01"),
		.conversions = {1, 0, 0}};

	join_part_add(&sum, &free, 1, &arena);
	join_part_tidy(&sum);
	assert_int_equal(sum.n, 1);
	assert_false(join_part_has_money(&sum.p[0]));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_equal_parts_are_one),
		cmocka_unit_test(test_what_is_taken_back_is_no_part),
		cmocka_unit_test(test_a_count_alone_is_a_part),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
