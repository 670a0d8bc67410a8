// SPDX-License-Identifier: Apache-2.0
// Waits double at their top, are spread over all of it, stay under the ceiling, and repeat with the seed.
#include "tiktok/backoff.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void waits_are_spread_up_to_a_top_that_doubles(void **state)
{
	struct backoff b = {100, 1000, 42};
	static const int64_t tops[] = {0, 100, 200, 400, 800, 1000, 1000};

	(void)state;
	for (int failures = 1; failures <= 6; failures++) {
		int low = 0, high = 0;

		for (int i = 0; i < 1000; i++) {
			int64_t ms = backoff_ms(&b, failures);

			assert_in_range(ms, 1, tops[failures]);
			low += ms <= tops[failures] / 4;
			high += ms > tops[failures] * 3 / 4;
		}
		assert_in_range(low, 200, 300);
		assert_in_range(high, 200, 300);
	}
	assert_in_range(backoff_ms(&b, 1000000), 1, 1000);
	assert_in_range(backoff_ms(&b, 0), 1, 100);
}

static void the_seed_gives_the_sequence(void **state)
{
	struct backoff a = {100, 100000, 5}, same = a, other = {100, 100000, 6};
	int differ = 0;

	(void)state;
	for (int i = 1; i < 20; i++) {
		int64_t ms = backoff_ms(&a, i);

		assert_int_equal(ms, backoff_ms(&same, i));
		differ += ms != backoff_ms(&other, i);
	}
	assert_true(differ > 10);
}

static void odd_settings_do_no_harm(void **state)
{
	struct backoff none = {0, 0, 0}, huge = {INT64_MAX / 2, INT64_MAX, 1};

	(void)state;
	assert_int_equal(backoff_ms(&none, 5), 1);
	assert_true(backoff_ms(&huge, 1) > 0);
	assert_true(backoff_ms(&huge, 9) > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(waits_are_spread_up_to_a_top_that_doubles),
		cmocka_unit_test(the_seed_gives_the_sequence),
		cmocka_unit_test(odd_settings_do_no_harm),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
