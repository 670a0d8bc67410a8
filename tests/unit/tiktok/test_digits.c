// SPDX-License-Identifier: Apache-2.0
// Numbers keep their digits on the way through JSON, what is no JSON stays none, and amounts are exact to the millionth or refused.
#include "tiktok/digits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "tiktok/answer.h"

static void quoted_is(const char *json, const char *expected)
{
	OWN(buf_clear) struct buf out = {0};

	digits_quote(view_text(json), &out);
	if (!view_eq(buf_view(&out), view_text(expected)))
		fail_msg("%s became %.*s", json, (int)out.n, out.p);
}

static void numbers_become_texts_of_their_digits(void **state)
{
	(void)state;
	quoted_is("{\"a\":1,\"b\":[-2.50,3e+4 ,0]}", "{\"a\":\"1\",\"b\":[\"-2.50\",\"3e+4\" ,\"0\"]}");
	quoted_is("[99999999999999999999999,12.34]", "[\"99999999999999999999999\",\"12.34\"]");
	quoted_is("{\"id\":7000000000000000001}", "{\"id\":\"7000000000000000001\"}");
	quoted_is("{\"t\":\"1 and \\\"2\\\" and 3\",\"u\":4}", "{\"t\":\"1 and \\\"2\\\" and 3\",\"u\":\"4\"}");
	quoted_is("{\"1\":2}", "{\"1\":\"2\"}");
	quoted_is("", "");
	quoted_is("5", "\"5\"");
	quoted_is("true", "true");
}

static void what_is_no_json_stays_none(void **state)
{
	static const char *const texts[] = {"[00]", "[01]", "[-]", "[1.]", "[.5]", "[1e]", "[1e+]", "[+1]", "[1 2]", "{1:2x}", "[1x]", "[0x10]",
		"[--1]", "[1.2.3]", "\"open 1", "\"open \\", "[-01]"};

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		OWN(buf_clear) struct buf body = {0};
		OWN(answer_clear) struct answer answer = {0};

		buf_addf(&body, "{\"code\":0,\"data\":%s}", texts[i]);
		answer_read_data(buf_view(&body), SIZE_MAX, &answer);
		if (answer.kind != ANSWER_TRANSIENT)
			fail_msg("%s was read", texts[i]);
	}
	quoted_is("{1:2}", "{1:\"2\"}"); // a key is no value
}

static void read_is(const char *text, uint8_t decimals, int64_t expected)
{
	int64_t value = -1;

	if (digits_read(view_text(text), decimals, &value) != 0)
		fail_msg("%s was refused", text);
	assert_int_equal(value, expected);
}

static void amounts_are_exact(void **state)
{
	(void)state;
	read_is("20.00", 6, 20000000);
	read_is("60.000", 6, 60000000);
	read_is("0.4138", 6, 413800);
	read_is("0.000001", 6, 1);
	read_is("0.1000000000000", 6, 100000);
	read_is("12.34", 6, 12340000);
	read_is("4.35", 6, 4350000); // 4.35 as a double is a little less
	read_is("1.1", 6, 1100000);
	read_is("999999999999.999999", 6, 999999999999999999);
	read_is("-3.25", 6, -3250000);
	read_is("-0", 6, 0);
	read_is("3", 0, 3);
	read_is("3.0", 0, 3);
	read_is("1.5E1", 0, 15);
	read_is("1.23456789E7", 6, 12345678900000);
	read_is("1e-05", 6, 10);
	read_is("0e5", 6, 0);
	read_is("12E+2", 0, 1200);
	read_is("120e-1", 0, 12);
	read_is("0.5e1", 0, 5);
}

static void what_is_not_exact_is_refused(void **state)
{
	static const char *const texts[] = {"", "-", "abc", "1,5", " 1", "1 ", "+1", "1e", "01", "0.0000001", "1e-7", "1000000000000", "1e13",
		"1e999", "1e99999999999999999999", "nan", "Infinity", "0x1", "1.", ".1", "--1", "1e30", "99999999999999999999999999999999999999"};
	int64_t value;

	(void)state;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++) {
		if (digits_read(view_text(texts[i]), 6, &value) == 0)
			fail_msg("%s was read", texts[i]);
	}
	assert_int_equal(digits_read(VIEW_ABSENT, 6, &value), -1);
	assert_int_equal(digits_read(VIEW_LIT("1.5"), 0, &value), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_become_texts_of_their_digits),
		cmocka_unit_test(what_is_no_json_stays_none),
		cmocka_unit_test(amounts_are_exact),
		cmocka_unit_test(what_is_not_exact_is_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
