// SPDX-License-Identifier: Apache-2.0
// Instants and durations are read exactly or refused, and what we print we read back.
#include "base/when.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

static void iso_gives_this(const char *text, int64_t expected)
{
	int64_t ms = -1;

	if (when_parse_iso(view_text(text), &ms) != 0)
		fail_msg("%s was refused", text);
	assert_int_equal(ms, expected);
}

static void test_iso_with_zone_is_milliseconds_utc(void **state)
{
	(void)state;
	iso_gives_this("1970-01-01T00:00:00Z", 0);
	iso_gives_this("2026-03-01T10:00:00.123Z", 1772359200123);
	iso_gives_this("2026-03-01T15:30:00.123+05:30", 1772359200123);
	iso_gives_this("2026-03-01T05:00:00-0500", 1772359200000);
	iso_gives_this("2026-03-01T05:00:00-05", 1772359200000);
	iso_gives_this("2026-03-01T10:00Z", 1772359200000);
	iso_gives_this("2024-02-29T00:00:00Z", 1709164800000);
	iso_gives_this("2000-02-29T23:59:59.999Z", 951868799999);
	iso_gives_this("1969-12-31T23:59:59.999Z", -1);
	iso_gives_this("9999-12-31T23:59:59.999Z", 253402300799999);
	iso_gives_this("0001-01-01T00:00:00Z", -62135596800000);
}

static void test_finer_than_a_millisecond_is_cut_not_rounded(void **state)
{
	(void)state;
	iso_gives_this("1970-01-01T00:00:00.0019999Z", 1);
	iso_gives_this("1970-01-01T00:00:00.9999999999999999999999Z", 999);
	iso_gives_this("1970-01-01T00:00:00.5Z", 500);
	iso_gives_this("1970-01-01T00:00:00,25Z", 250);
	iso_gives_this("1969-12-31T23:59:59.9999Z", -1);
}

static void test_other_texts_are_no_instant(void **state)
{
	(void)state;
	static const char *const texts[] = {
		"",
		"2026-03-01",
		"2026-03-01T10:00:00",
		"2026-03-01 10:00:00Z",
		"2026-03-01T10:00:00z",
		"26-03-01T10:00:00Z",
		"2026-13-01T10:00:00Z",
		"2026-00-01T10:00:00Z",
		"2026-02-29T10:00:00Z",
		"1900-02-29T10:00:00Z",
		"2026-04-31T10:00:00Z",
		"2026-03-00T10:00:00Z",
		"2026-03-01T24:00:00Z",
		"2026-03-01T10:60:00Z",
		"2026-03-01T10:00:60Z",
		"2026-03-01T10:00:00.Z",
		"2026-03-01T10:00:00+24:00",
		"2026-03-01T10:00:00+05:60",
		"2026-03-01T10:00:00+5",
		"2026-03-01T10:00:00+05:",
		"2026-03-01T10:00:00+05:300",
		"2026-03-01T10:00:00Zx",
		"2026-03-01T10:00:00Z ",
		" 2026-03-01T10:00:00Z",
		"2026-3-1T10:00:00Z",
		"20260301T100000Z",
		"12026-03-01T10:00:00Z",
		"-026-03-01T10:00:00Z",
		"2026-03-01T10Z",
		"2026-03-01T10:00:0Z",
		"2026-03-01T10:00.5Z",
		"1772359200123",
	};
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++) {
		int64_t ms = 77;

		if (when_parse_iso(view_text(texts[i]), &ms) == 0)
			fail_msg("'%s' was read as an instant", texts[i]);
		assert_int_equal(ms, 77);
	}
	int64_t ms;
	assert_int_equal(when_parse_iso(VIEW_ABSENT, &ms), -1);
}

static void test_what_is_printed_is_read_back(void **state)
{
	(void)state;
	char text[WHEN_ISO_SIZE];

	assert_string_equal(when_print_iso(1772359200123, text), "2026-03-01T10:00:00.123Z");
	assert_string_equal(when_print_iso(-1, text), "1969-12-31T23:59:59.999Z");
	assert_string_equal(when_print_iso(INT64_MAX, text), "+292278994-08-17T07:12:55.807Z");
	assert_string_equal(when_print_iso(INT64_MIN, text), "-292275055-05-16T16:47:04.192Z");
	for (int64_t ms = -62135596800000; ms < 253402300799999; ms += 86399999 * 37LL)
		iso_gives_this(when_print_iso(ms, text), ms);
}

static void test_integers_fit_or_are_refused(void **state)
{
	(void)state;
	int64_t value;

	assert_int_equal(when_parse_integer(view_text("9223372036854775807"), &value), 0);
	assert_true(value == INT64_MAX);
	assert_int_equal(when_parse_integer(view_text("-9223372036854775808"), &value), 0);
	assert_true(value == INT64_MIN);
	assert_int_equal(when_parse_integer(view_text("-0007"), &value), 0);
	assert_int_equal(value, -7);
	static const char *const refused[] = {
		"",
		"-",
		"+1",
		"1.0",
		"1e3",
		" 1",
		"1 ",
		"--1",
		"0x1",
		"9223372036854775808",
		"-9223372036854775809",
		"99999999999999999999",
	};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		if (when_parse_integer(view_text(refused[i]), &value) == 0)
			fail_msg("'%s' was read as an integer", refused[i]);
	}
}

static void duration_gives_this(const char *text, int64_t expected)
{
	int64_t ms = -1;

	assert_int_equal(when_parse_duration(view_text(text), &ms), 0);
	assert_int_equal(ms, expected);
}

static void test_durations_have_a_unit(void **state)
{
	(void)state;
	duration_gives_this("500ms", 500);
	duration_gives_this("0s", 0);
	duration_gives_this("10m", 600000);
	duration_gives_this("36h", 129600000);
	duration_gives_this("7d", 604800000);
	static const char *const refused[] = {"", "7", "d", "7 d", "7w", "7D", "-7d", "1.5h", "7dd", "106751991168d", "7d "};
	for (size_t i = 0; i < sizeof refused / sizeof refused[0]; i++) {
		int64_t ms;

		if (when_parse_duration(view_text(refused[i]), &ms) == 0)
			fail_msg("'%s' was read as a duration", refused[i]);
	}
}

static void test_durations_print_in_their_largest_unit(void **state)
{
	(void)state;
	static const struct {
		int64_t ms;
		const char *text;
	} rows[] = {{604800000, "7d"}, {129600000, "36h"}, {600000, "10m"}, {1000, "1s"}, {1001, "1001ms"}, {0, "0ms"}, {-60000, "-1m"}};
	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
		char text[WHEN_ISO_SIZE];

		assert_string_equal(when_print_duration(rows[i].ms, text), rows[i].text);
	}
}

static void test_days_and_plain_times_are_read_and_printed(void **state)
{
	static const char *const no_days[] = {"", "2026-3-01", "2026-02-29", "2026-00-01", "2026-01-00", "2026-01-32", "2026-01-01 ",
		"2026/01/01", "20260101", "+026-01-01", "2026-01-01T00:00:00Z", "12026-01-01"};
	static const char *const no_times[] = {"", "2026-03-01", "2026-03-01T10:00:00", "2026-03-01 10:00:00Z", "2026-03-01 24:00:00",
		"2026-03-01  10:00:00", "2026-03-01 10"};
	char out[WHEN_DAY_SIZE];
	int32_t day = -1;
	int64_t ms = -1;

	(void)state;
	assert_int_equal(when_parse_day(view_text("1970-01-01"), &day), 0);
	assert_int_equal(day, 0);
	assert_int_equal(when_parse_day(view_text("1969-12-31"), &day), 0);
	assert_int_equal(day, -1);
	assert_int_equal(when_parse_day(view_text("2024-02-29"), &day), 0);
	assert_int_equal(day, 19782);
	assert_string_equal(when_print_day(19782, out), "2024-02-29");
	assert_string_equal(when_print_day(-1, out), "1969-12-31");
	assert_true(strlen(when_print_day(INT32_MIN, out)) < sizeof out - 1);
	assert_int_equal(when_parse_plain(view_text("2026-03-01 10:00:00"), &ms), 0);
	assert_int_equal(ms, 1772359200000);
	for (size_t i = 0; i < sizeof no_days / sizeof *no_days; i++)
		assert_int_equal(when_parse_day(view_text(no_days[i]), &day), -1);
	for (size_t i = 0; i < sizeof no_times / sizeof *no_times; i++)
		assert_int_equal(when_parse_plain(view_text(no_times[i]), &ms), -1);
}

static void test_every_day_reads_back_as_libc_says_it(void **state)
{
	enum { FIRST = -719162, LAST = 2932896 }; // 0001-01-01, 9999-12-31

	(void)state;
	for (int32_t day = FIRST; day <= LAST; day++) {
		char text[WHEN_DAY_SIZE], wanted[32];
		time_t seconds = (time_t)day * 86400;
		int32_t again = 0;
		struct tm tm;

		gmtime_r(&seconds, &tm);
		snprintf(wanted, sizeof wanted, "%04d-%02d-%02d", tm.tm_year + 1900, tm.tm_mon + 1, tm.tm_mday);
		assert_string_equal(when_print_day(day, text), wanted);
		assert_int_equal(when_parse_day(view_text(text), &again), 0);
		assert_int_equal(again, day);
	}
}

static void test_an_instant_is_on_the_day_that_has_begun(void **state)
{
	(void)state;
	assert_int_equal(when_day(0), 0);
	assert_int_equal(when_day(86399999), 0);
	assert_int_equal(when_day(86400000), 1);
	assert_int_equal(when_day(-1), -1);
	assert_int_equal(when_day(-86400000), -1);
	assert_int_equal(when_day(INT64_MIN), INT32_MIN);
	assert_int_equal(when_day(INT64_MAX), INT32_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_days_and_plain_times_are_read_and_printed),
		cmocka_unit_test(test_every_day_reads_back_as_libc_says_it),
		cmocka_unit_test(test_an_instant_is_on_the_day_that_has_begun),
		cmocka_unit_test(test_iso_with_zone_is_milliseconds_utc),
		cmocka_unit_test(test_finer_than_a_millisecond_is_cut_not_rounded),
		cmocka_unit_test(test_other_texts_are_no_instant),
		cmocka_unit_test(test_what_is_printed_is_read_back),
		cmocka_unit_test(test_integers_fit_or_are_refused),
		cmocka_unit_test(test_durations_have_a_unit),
		cmocka_unit_test(test_durations_print_in_their_largest_unit),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
