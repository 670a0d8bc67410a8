// SPDX-License-Identifier: Apache-2.0
// Numbers are exact and legal JSON, texts are escaped as the slow way escapes them.
#include "tiktok/event_json.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static struct arena arena;

static void assert_text(struct view got, const char *expected)
{
	if (!view_eq(got, view_text(expected)))
		fail_msg("%.*s is not %s", VIEW_ARG(got), expected ? expected : "absent");
}

static void texts_are_as_the_slow_way_has_them(void **state)
{
	OWN(buf_clear) struct buf fast = {0}, slow = {0};
	char text[40];

	(void)state;
	srandom(7);
	for (int round = 0; round < 200000; round++) {
		size_t n = (size_t)random() % sizeof text;

		for (size_t i = 0; i < n; i++)
			text[i] = (char)(random() % 20 ? 'a' + random() % 26 : random() % 256);
		buf_reset(&fast);
		buf_reset(&slow);
		event_json_text(&fast, view_of(text, n));
		buf_add_quoted(&slow, view_of(text, n));
		assert_true(view_eq(buf_view(&fast), buf_view(&slow)));
	}
}

// Every byte at every place of a word.
static void no_byte_slips_through(void **state)
{
	OWN(buf_clear) struct buf fast = {0}, slow = {0};

	(void)state;
	for (int byte = 0; byte < 256; byte++) {
		for (size_t at = 0; at < 17; at++) {
			char text[17];

			memset(text, '~', sizeof text);
			text[at] = (char)byte;
			buf_reset(&fast);
			buf_reset(&slow);
			event_json_text(&fast, view_of(text, sizeof text));
			buf_add_quoted(&slow, view_of(text, sizeof text));
			assert_true(view_eq(buf_view(&fast), buf_view(&slow)));
		}
	}
	buf_reset(&fast);
	event_json_text(&fast, VIEW_ABSENT);
	assert_text(buf_view(&fast), "\"\"");
}

static void micros_have_the_currencys_digits(void **state)
{
	static const struct {
		int64_t micros;
		uint8_t exponent;
		const char *text;
	} rows[] = {{79900000, 2, "79.90"}, {0, 2, "0.00"}, {0, 0, "0"}, {1, 2, "0.000001"}, {1500000, 0, "1.5"}, {1000000, 0, "1"},
		{1234000, 3, "1.234"}, {-50000, 2, "-0.05"}, {INT64_MAX, 2, "9223372036854.775807"}, {INT64_MIN, 6, "-9223372036854.775808"}};
	char out[EVENT_JSON_NUMBER];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_text(event_json_micros(rows[i].micros, rows[i].exponent, out), rows[i].text);
	assert_text(event_json_integer(INT64_MIN, out), "-9223372036854775808");
	assert_text(event_json_integer(0, out), "0");
}

static void texts_become_numbers_or_nothing(void **state)
{
	static const struct {
		const char *text, *number, *whole;
	} rows[] = {{"79.90", "79.90", NULL}, {" 12 ", "12", "12"}, {"007", "7", "7"}, {"000", "0", "0"}, {"-0012.50", "-12.50", NULL},
		{"3.000", "3.000", "3"}, {"123456789012345678", "123456789012345678", "123456789012345678"}, {"1234567890123456789", NULL, NULL},
		{"", NULL, NULL}, {"-", NULL, NULL}, {".5", NULL, NULL}, {"5.", NULL, NULL}, {"1e3", NULL, NULL}, {"1,5", NULL, NULL},
		{"+1", NULL, NULL}, {"1.2.3", NULL, NULL}, {"0.1234567890123", NULL, NULL}, {"NaN", NULL, NULL}, {"1 2", NULL, NULL}};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		assert_text(event_json_number(view_text(rows[i].text), &arena), rows[i].number);
		assert_text(event_json_whole(view_text(rows[i].text), &arena), rows[i].whole);
	}
	assert_false(view_is_set(event_json_number(VIEW_ABSENT, &arena)));
}

static void needless_zeros_go(void **state)
{
	(void)state;
	assert_text(event_json_tidy(VIEW_LIT("39.9500"), 2), "39.95");
	assert_text(event_json_tidy(VIEW_LIT("39.9000"), 2), "39.90");
	assert_text(event_json_tidy(VIEW_LIT("39.9"), 2), "39.9");
	assert_text(event_json_tidy(VIEW_LIT("0.0125"), 2), "0.0125");
	assert_text(event_json_tidy(VIEW_LIT("100.00"), 0), "100");
	assert_text(event_json_tidy(VIEW_LIT("100"), 0), "100");
	assert_text(event_json_tidy(VIEW_LIT("1.50"), 0), "1.5");
}

static void lists_are_cut_at_commas(void **state)
{
	OWN(buf_clear) struct buf json = {0};

	(void)state;
	event_json_list(&json, VIEW_LIT(" a ,b\"c,, d"));
	assert_text(buf_view(&json), "[\"a\",\"b\\\"c\",\"d\"]");
	buf_reset(&json);
	event_json_list(&json, VIEW_LIT(" , "));
	assert_text(buf_view(&json), "[]");
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(texts_are_as_the_slow_way_has_them),
		cmocka_unit_test(no_byte_slips_through),
		cmocka_unit_test(micros_have_the_currencys_digits),
		cmocka_unit_test(texts_become_numbers_or_nothing),
		cmocka_unit_test(needless_zeros_go),
		cmocka_unit_test(lists_are_cut_at_commas),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
