// SPDX-License-Identifier: Apache-2.0
// Views tell absent from empty, buffers stop at their ceiling, cursors never read past their end.
#include "base/bytes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static void test_absent_is_not_empty(void **state)
{
	(void)state;
	assert_false(view_is_set(VIEW_ABSENT));
	assert_true(view_is_set(VIEW_LIT("")));
	assert_false(view_eq(VIEW_ABSENT, VIEW_LIT("")));
	assert_true(view_eq(VIEW_ABSENT, view_text(NULL)));
	assert_true(view_eq(VIEW_LIT("ab"), view_of("abc", 2)));
	assert_false(view_eq(VIEW_LIT("ab"), VIEW_LIT("ac")));
}

static void test_views_are_ordered_by_bytes(void **state)
{
	(void)state;
	static const char *const sorted[] = {NULL, "", "A", "a", "aa", "ab", "b", "\xc3\xa9"};

	for (size_t i = 0; i < 8; i++) {
		for (size_t j = 0; j < 8; j++) {
			int order = view_cmp(view_text(sorted[i]), view_text(sorted[j]));

			assert_int_equal((order > 0) - (order < 0), (i > j) - (i < j));
		}
	}
	assert_true(view_cmp(VIEW_LIT("a\0b"), VIEW_LIT("a")) > 0);
}

static void test_a_buffer_grows_and_keeps_what_it_has(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf b = {0};

	for (int i = 0; i < 10000; i++)
		buf_addf(&b, "%04d", i);
	assert_int_equal(b.n, 40000);
	assert_memory_equal(b.p + 4 * 1234, "1234", 4);
	buf_reset(&b);
	assert_int_equal(b.n, 0);
	buf_add_byte(&b, 'x');
	buf_add_view(&b, VIEW_ABSENT);
	assert_true(view_eq(buf_view(&b), VIEW_LIT("x")));
}

static void test_a_full_buffer_takes_nothing_more(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf b = {.ceiling = 4};

	buf_add_text(&b, "abcd");
	assert_false(b.full);
	buf_add_text(&b, "e");
	assert_true(b.full);
	buf_add(&b, "", 0);
	assert_null(buf_reserve(&b, 1));
	assert_true(view_eq(buf_view(&b), VIEW_LIT("abcd")));
	buf_reset(&b);
	buf_add_text(&b, "abcde");
	assert_int_equal(b.n, 0);
	assert_true(b.full);
	buf_limit(&b, 1000);
	buf_add_text(&b, "abcde");
	assert_true(b.n == 5 && b.room <= 1000);
	buf_limit(&b, 3); // less than it has had room for
	buf_add_text(&b, "abcd");
	assert_true(b.n == 0 && b.full);
}

static void test_varints_are_read_as_written(void **state)
{
	(void)state;
	static const uint64_t values[] = {0, 1, 127, 128, 16383, 16384, UINT32_MAX, INT64_MAX, UINT64_MAX};
	OWN(buf_clear) struct buf b = {0};

	for (size_t i = 0; i < 9; i++)
		buf_add_varint(&b, values[i]);
	struct cursor c = cursor_over(buf_view(&b));
	for (size_t i = 0; i < 9; i++)
		assert_true(cursor_varint(&c) == values[i]);
	assert_false(c.bad);
	assert_int_equal(cursor_left(&c), 0);
}

static void test_hostile_varints_are_bad(void **state)
{
	(void)state;
	static const struct view hostile[] = {{"", 0}, {"\x80", 1}, {"\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", 10},
		{"\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x00", 11}};

	for (size_t i = 0; i < 4; i++) {
		struct cursor c = cursor_over(hostile[i]);

		assert_true(cursor_varint(&c) == 0);
		assert_true(c.bad);
		assert_int_equal(cursor_byte(&c), 0);
	}
}

static void test_a_cursor_stays_inside_and_stays_bad(void **state)
{
	(void)state;
	struct cursor c = cursor_over(VIEW_LIT("\x03"
										   "abcd"));

	assert_true(view_eq(cursor_sized(&c), VIEW_LIT("abc")));
	assert_false(view_is_set(cursor_bytes(&c, 2)));
	assert_true(c.bad);
	assert_false(view_is_set(cursor_bytes(&c, 0)));
	struct cursor hostile = cursor_over(VIEW_LIT("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01x"));
	assert_false(view_is_set(cursor_sized(&hostile)));
	assert_true(hostile.bad);
}

static void test_utf8_is_checked_to_the_letter(void **state)
{
	(void)state;
	static const char *const good[] = {"", "ascii only text", "\xc2\x80", "\xdf\xbf", "\xe0\xa0\x80", "\xed\x9f\xbf", "\xee\x80\x80",
		"\xf0\x90\x80\x80", "\xf4\x8f\xbf\xbf", "12345678\xc3\xa9"};
	static const char *const bad[] = {"\x80", "\xc0\x80", "\xc1\xbf", "\xe0\x9f\xbf", "\xed\xa0\x80", "\xf0\x8f\xbf\xbf",
		"\xf4\x90\x80\x80", "\xf5\x80\x80\x80", "\xc3", "12345678\xe2\x82", "\xe2\x82 "};

	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++)
		assert_true(bytes_are_utf8(view_text(good[i])));
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(bytes_are_utf8(view_text(bad[i])));
}

static void test_quoted_text_is_json(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf b = {0};

	buf_add_quoted(&b, VIEW_LIT("a\"\\\b\t\n\f\r\x01\x7f\0/\xc3\xa9\xff\xe2\x82z"));
	assert_true(
		view_eq(buf_view(&b), VIEW_LIT("\"a\\\"\\\\\\b\\t\\n\\f\\r\\u0001\\u007f\\u0000/\xc3\xa9\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbdz\"")));
}

static void test_trimming_takes_blanks_from_both_ends_alone(void **state)
{
	(void)state;
	assert_true(view_eq(view_trimmed(VIEW_LIT(" \t a b\r\n")), VIEW_LIT("a b")));
	assert_int_equal(view_trimmed(VIEW_LIT(" \r\n\t")).n, 0);
	assert_true(view_eq(view_trimmed(VIEW_LIT("\va")), VIEW_LIT("\va")));
}

static void test_a_hex_digit_is_of_either_case(void **state)
{
	static const char digits[] = "0123456789abcdefABCDEF";

	(void)state;
	for (int i = 0; i < 22; i++)
		assert_int_equal(bytes_hex_digit(digits[i]), i < 16 ? i : i - 6);
	for (const char *p = "/:@`gG%"; *p; p++)
		assert_int_equal(bytes_hex_digit(*p), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_absent_is_not_empty),
		cmocka_unit_test(test_views_are_ordered_by_bytes),
		cmocka_unit_test(test_a_buffer_grows_and_keeps_what_it_has),
		cmocka_unit_test(test_a_full_buffer_takes_nothing_more),
		cmocka_unit_test(test_varints_are_read_as_written),
		cmocka_unit_test(test_hostile_varints_are_bad),
		cmocka_unit_test(test_a_cursor_stays_inside_and_stays_bad),
		cmocka_unit_test(test_utf8_is_checked_to_the_letter),
		cmocka_unit_test(test_trimming_takes_blanks_from_both_ends_alone),
		cmocka_unit_test(test_a_hex_digit_is_of_either_case),
		cmocka_unit_test(test_quoted_text_is_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
