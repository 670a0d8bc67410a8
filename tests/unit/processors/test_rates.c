// SPDX-License-Identifier: Apache-2.0
// An amount is exchanged at one dated rate, exactly, and rounded once; a file that says less than that is refused by line.
#include "processors/roas-join/rates.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/own.h"
#include "base/when.h"

static struct rates *given(const char *text)
{
	struct rates *rates;
	struct err err;

	if (rates_parse(view_text(text), "rates.csv", &rates, &err) != 0)
		fail_msg("%s", err.words);
	return rates;
}

static int32_t on(const char *text)
{
	int32_t day = 0;

	assert_int_equal(when_parse_day(view_text(text), &day), 0);
	return day;
}

// INT64_MIN: no rate, or no room.
static int64_t exchanged(const struct rates *rates, const char *from, const char *to, const char *day, int64_t micros)
{
	int64_t out;

	return rates_convert(rates, view_text(from), view_text(to), on(day), micros, &out) ? out : INT64_MIN;
}

static void refused(const char *text, const char *what)
{
	struct rates *rates;
	struct err err;

	if (rates_parse(view_text(text), "rates.csv", &rates, &err) == 0)
		fail_msg("'%s' was taken", text);
	assert_null(rates);
	assert_string_equal(err.code, "rates_invalid");
	if (!strstr(err.words, what))
		fail_msg("'%s' says nothing of '%s'", err.words, what);
}

static void test_the_latest_day_within_reach_counts(void **state)
{
	(void)state;
	OWN(rates_free) struct rates *r = given("day,from,to,rate\n2026-03-02,USD,PEN,3.75\n2026-03-06,USD,PEN,3.80\n");

	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", 1000000), 3750000);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-05", 1000000), 3750000);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-06", 1000000), 3800000);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-13", 1000000), 3800000);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-14", 1000000), INT64_MIN);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-01", 1000000), INT64_MIN);
}

static void test_a_rate_is_turned_round_exactly(void **state)
{
	(void)state;
	OWN(rates_free) struct rates *r = given("2026-03-02,USD,PEN,3.75\n");

	assert_int_equal(exchanged(r, "PEN", "USD", "2026-03-02", 3750000), 1000000);
	assert_int_equal(exchanged(r, "PEN", "USD", "2026-03-02", 1000000), 266667);
	assert_int_equal(exchanged(r, "PEN", "USD", "2026-03-02", -1000000), -266667);
}

static void test_a_rate_as_it_is_goes_before_one_turned_round(void **state)
{
	(void)state;
	OWN(rates_free) struct rates *r = given("2026-03-02,USD,PEN,4\n2026-03-02,PEN,USD,0.3\n");

	assert_int_equal(exchanged(r, "PEN", "USD", "2026-03-02", 1000000), 300000);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", 1000000), 4000000);
}

static void test_two_rates_meet_over_a_third_currency(void **state)
{
	(void)state;
	// As a central bank's table: all against one.
	OWN(rates_free)
	struct rates *r = given("2026-03-02,EUR,USD,1.25\n2026-03-02,EUR,PEN,4.50\n2026-03-02,GBP,USD,9\n2026-03-02,GBP,PEN,9\n");

	assert_int_equal(exchanged(r, "PEN", "USD", "2026-03-02", 4500000), 1250000); // over EUR, which is before GBP
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", 1250000), 4500000);
	assert_int_equal(exchanged(r, "PEN", "JPY", "2026-03-02", 1), INT64_MIN);
}

static void test_a_newer_day_goes_before_a_straighter_way(void **state)
{
	(void)state;
	OWN(rates_free) struct rates *r = given("2026-03-01,PEN,USD,1\n2026-03-02,EUR,USD,1\n2026-03-02,EUR,PEN,2\n");

	assert_int_equal(exchanged(r, "PEN", "USD", "2026-03-02", 1000000), 500000);
}

static void test_halves_go_to_the_even_neighbour(void **state)
{
	(void)state;
	OWN(rates_free) struct rates *r = given("2026-03-02,USD,PEN,0.5\n");

	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", 1), 0);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", 3), 2);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", -5), -2);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", -7), -4);
}

static void test_the_largest_amounts_are_exact_or_not_told(void **state)
{
	(void)state;
	OWN(rates_free)
	struct rates *r = given("2026-03-02,USD,PEN,1.00000000000001\n2026-03-02,EUR,USD,0.000000000000001\n"
							"2026-03-02,EUR,PEN,999999999999999\n");

	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", 1000000000000000000), 1000000000000010000);
	assert_int_equal(exchanged(r, "USD", "PEN", "2026-03-02", INT64_MAX), INT64_MIN);
	assert_int_equal(exchanged(r, "USD", "EUR", "2026-03-02", INT64_MAX), INT64_MIN);
	assert_int_equal(exchanged(r, "PEN", "EUR", "2026-03-02", INT64_MAX), 9223);
	assert_int_equal(exchanged(r, "USD", "USD", "2026-03-02", INT64_MIN + 1), INT64_MIN + 1);
}

static void test_the_same_currency_needs_no_rate(void **state)
{
	(void)state;
	struct err err;
	struct rates *none;

	assert_int_equal(rates_load(NULL, &none, &err), 0);
	assert_int_equal(exchanged(none, "PEN", "PEN", "2026-03-02", 77), 77);
	assert_int_equal(exchanged(none, "PEN", "USD", "2026-03-02", 77), INT64_MIN);
	rates_free(&none);
}

static void test_a_bad_line_is_named(void **state)
{
	(void)state;
	refused("2026-03-02,USD,PEN,3.75\n2026-03-32,USD,PEN,1\n", "line 2");
	refused("2026-03-02,USD,PEN\n", "four fields");
	refused("2026-03-02,USD,PEN,1,2\n", "four fields");
	refused("2026-03-02,USD,XXX,1\n", "XXX");
	refused("2026-03-02,usd,PEN,1\n", "usd");
	refused("2026-03-02,USD,USD,1\n", "itself");
	static const char *const bad[] = {"0", "0.0", "-1", "+1", "1e3", ".5", "1.", "1.2.3", "", "1234567890123456", "0.0000000000000001",
		"1 2"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		char line[64];

		snprintf(line, sizeof line, "2026-03-02,USD,PEN,%s\n", bad[i]);
		refused(line, "not a rate");
	}
	refused("2026-03-02,USD,PEN,1\n2026-03-02,USD,PEN,2\n", "two rates of 2026-03-02 from USD to PEN");
}

static void test_headings_comments_and_line_ends_are_passed_over(void **state)
{
	(void)state;
	OWN(rates_free)
	struct rates *a = given("\xef\xbb\xbf"
							"day,from,to,rate\r\n# of the central bank\r\n\r\n2026-03-02, USD, PEN, 3.75\r\n");
	OWN(rates_free) struct rates *b = given("2026-03-02,USD,PEN,3.75");
	OWN(rates_free) struct rates *c = given("2026-03-02,USD,PEN,3.76");

	assert_int_equal(exchanged(a, "USD", "PEN", "2026-03-02", 1000000), 3750000);
	assert_true(rates_digest(a) == rates_digest(b));
	assert_true(rates_digest(a) != rates_digest(c));
}

static void test_a_missing_file_is_named(void **state)
{
	(void)state;
	struct rates *rates;
	struct err err;

	assert_int_equal(rates_load("/nonexistent/rates.csv", &rates, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_non_null(strstr(err.words, "/nonexistent/rates.csv"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_latest_day_within_reach_counts),
		cmocka_unit_test(test_a_rate_is_turned_round_exactly),
		cmocka_unit_test(test_a_rate_as_it_is_goes_before_one_turned_round),
		cmocka_unit_test(test_two_rates_meet_over_a_third_currency),
		cmocka_unit_test(test_a_newer_day_goes_before_a_straighter_way),
		cmocka_unit_test(test_halves_go_to_the_even_neighbour),
		cmocka_unit_test(test_the_largest_amounts_are_exact_or_not_told),
		cmocka_unit_test(test_the_same_currency_needs_no_rate),
		cmocka_unit_test(test_a_bad_line_is_named),
		cmocka_unit_test(test_headings_comments_and_line_ends_are_passed_over),
		cmocka_unit_test(test_a_missing_file_is_named),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
