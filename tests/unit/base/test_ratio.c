// SPDX-License-Identifier: Apache-2.0
// Promise: ratios are rounded once, half to even, on both sides of zero; what does not fit is said, never wrapped.
#include "base/ratio.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

static void halves_go_to_the_even_neighbour(void **state)
{
	// 0.5 to 0, 1.5 to 2, and the same below zero.
	static const int halves[][2] = {{1, 0}, {3, 2}, {5, 2}, {7, 4}, {-1, 0}, {-3, -2}, {-5, -2}, {-7, -4}, {0, 0}, {4, 2}};

	(void)state;
	for (size_t i = 0; i < sizeof halves / sizeof halves[0]; i++)
		assert_int_equal(halves[i][1], (int)ratio_round(halves[i][0], 2));
	assert_int_equal(3, (int)ratio_round(10, 3));
	assert_int_equal(-4, (int)ratio_round(-11, 3));
}

static void a_ratio_is_in_billionths(void **state)
{
	// 500 over 100 is 5.0; two thirds are rounded; nothing over nothing is none.
	int64_t nanos;

	(void)state;
	assert_true(ratio_nanos(500, 100, &nanos) && nanos == 5000000000);
	assert_true(ratio_nanos(2, 3, &nanos) && nanos == 666666667);
	assert_true(ratio_nanos(-2, 3, &nanos) && nanos == -666666667);
	assert_true(ratio_nanos(0, 3, &nanos) && nanos == 0);
	assert_false(ratio_nanos(5, 0, &nanos));
	assert_false(ratio_nanos(5, -1, &nanos));
}

static void what_does_not_fit_is_said(void **state)
{
	// The product of two large numbers fits when it is divided again.
	int64_t out;

	(void)state;
	assert_true(ratio_scale(INT64_MAX, 1000000000, 1000000000, &out) && out == INT64_MAX);
	assert_false(ratio_scale(INT64_MAX, 2, 1, &out));
	assert_false(ratio_scale(INT64_MIN, 2, 1, &out));
	assert_false(ratio_nanos((__int128)1 << 80, 1, &out));
	assert_false(ratio_nanos((__int128)1 << 120, 1, &out));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(halves_go_to_the_even_neighbour),
		cmocka_unit_test(a_ratio_is_in_billionths),
		cmocka_unit_test(what_does_not_fit_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
