// SPDX-License-Identifier: Apache-2.0
// Steady time never goes back; wall time is today's.
#include "base/now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void test_steady_time_never_goes_back(void **state)
{
	(void)state;
	int64_t before = now_steady_us();

	for (int i = 0; i < 10000; i++) {
		int64_t now = now_steady_us();

		assert_true(now >= before);
		before = now;
	}
	int64_t ms = now_steady_ms();
	assert_true(ms >= before / 1000 && ms <= now_steady_us() / 1000);
}

static void test_wall_time_is_in_milliseconds_since_1970(void **state)
{
	(void)state;
	int64_t before = (int64_t)time(NULL) * 1000;
	int64_t now = now_wall_ms();

	assert_true(now >= before);
	assert_true(now < ((int64_t)time(NULL) + 2) * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_steady_time_never_goes_back),
		cmocka_unit_test(test_wall_time_is_in_milliseconds_since_1970),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
