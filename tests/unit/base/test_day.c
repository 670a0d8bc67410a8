// SPDX-License-Identifier: Apache-2.0
// A day's number and its text are the same day, for every day of the calendar.
#include "base/day.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void test_every_day_reads_back_as_libc_says_it(void **state)
{
	(void)state;
	for (int32_t day = -719162; day <= 2932896; day++) {
		char text[DAY_TEXT_SIZE], wanted[32];
		time_t seconds = (time_t)day * 86400;
		struct tm tm;
		int32_t again = 0;

		gmtime_r(&seconds, &tm);
		snprintf(wanted, sizeof wanted, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		assert_string_equal(day_print(day, text), wanted);
		assert_int_equal(day_parse(view_text(text), &again), 0);
		assert_int_equal(again, day);
	}
}

static void test_what_is_no_day_is_refused(void **state)
{
	(void)state;
	static const char *const bad[] = {"", "2026-02-29", "2026-13-01", "2026-00-01", "2026-01-00", "2026-04-31", "0000-01-01", "2026-1-01",
		"2026/01/01", "2026-01-01 ", "2026-01-0a", "-026-01-01", "1900-02-29"};
	int32_t day;

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		if (day_parse(view_text(bad[i]), &day) == 0)
			fail_msg("'%s' was taken as %d", bad[i], day);
}

static void test_an_instant_is_on_the_day_that_has_begun(void **state)
{
	(void)state;
	assert_int_equal(day_of_ms(0), 0);
	assert_int_equal(day_of_ms(DAY_MS - 1), 0);
	assert_int_equal(day_of_ms(DAY_MS), 1);
	assert_int_equal(day_of_ms(-1), -1);
	assert_int_equal(day_of_ms(-DAY_MS), -1);
	assert_int_equal(day_of_ms(INT64_MIN), -719162);
	assert_int_equal(day_of_ms(INT64_MAX), 2932896);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_day_reads_back_as_libc_says_it),
		cmocka_unit_test(test_what_is_no_day_is_refused),
		cmocka_unit_test(test_an_instant_is_on_the_day_that_has_begun),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
