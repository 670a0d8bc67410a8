// SPDX-License-Identifier: Apache-2.0
// JSON is taken as RFC 8259 writes it, and no further.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/tokens.h"

static struct arena arena;

// The whole text as one value; the words for what is wrong, or NULL.
static const char *read_all(struct view text)
{
	struct tokens t;

	tokens_init(&t, text, &arena);
	tokens_skip(&t);
	tokens_end(&t);
	return t.bad;
}

static void values_are_accepted(void **state)
{
	static const char *const good[] = {"null", "true", " false ", "0", "-0", "12", "-1.5", "1e5", "1E+5", "0.1e-7", "\"\"", "[]", "{}",
		"[[]]", "{\"a\":1}", "{\"a\":1,\"b\":[1,2,{\"c\":null}]}", "\t\r\n [ 1 , 2 ] ", "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041\"",
		"\"\\ud83d\\ude00\"", "\"\xf0\x9f\x98\x80\"", "\"\x7f\"", "123456789012345678901234567890"};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof *good; i++)
		if (read_all(view_text(good[i])))
			fail_msg("%s: %s", good[i], read_all(view_text(good[i])));
}

static void everything_else_is_refused(void **state)
{
	static const char *const bad[] = {"", " ", "nul", "nulls", "True", "01", "-", "+1", ".5", "1.", "1e", "1e+", "0x1", "NaN", "Infinity",
		"'a'", "\"", "\"\\", "\"\\\"", "\"\\x\"", "\"\\u12\"", "\"\\u12g4\"", "\"\\ud83d\"", "\"\\ud83dx\"", "\"\\ud83d\\u0041\"",
		"\"\\ude00\"", "\"\x01\"", "\"\n\"", "[", "]", "[1", "[1,", "[1,]", "[,1]", "[1 2]", "{", "}", "{\"a\"", "{\"a\":", "{\"a\":1",
		"{\"a\":1,", "{\"a\":1,}", "{a:1}", "{1:1}", "{\"a\" 1}", "{\"a\",1}", "[1}", "{\"a\":1]", "1 1", "[] []", "\xef\xbb\xbf{}",
		"\"\xff\"", "\"\xed\xa0\x80\"", "// x\n1", "[1,/**/2]"};

	(void)state;
	for (size_t i = 0; i < sizeof bad / sizeof *bad; i++)
		if (!read_all(view_text(bad[i])))
			fail_msg("accepted: %s", bad[i]);
	assert_non_null(read_all(VIEW_LIT("nul\0")));
	assert_non_null(read_all(VIEW_LIT("\"\0\"")));
}

static void texts_are_unescaped_and_views_where_they_can_be(void **state)
{
	static const char text[] = "[\"plain\",\"a\\u00e9\\u20AC\\ud83d\\ude00\\n\\/\\u0000b\"]";
	struct tokens t;

	(void)state;
	tokens_init(&t, VIEW_LIT(text), &arena);
	assert_true(tokens_open(&t, '['));
	struct view plain = tokens_text(&t);
	assert_true(plain.p == text + 2 && plain.n == 5);
	assert_true(tokens_more(&t, ']'));
	assert_true(view_eq(tokens_text(&t), VIEW_LIT("a\xc3\xa9\xe2\x82\xac\xf0\x9f\x98\x80\n/\0b")));
	assert_false(tokens_more(&t, ']'));
	tokens_end(&t);
	assert_false(tokens_failed(&t));
}

static void numbers_keep_their_digits(void **state)
{
	struct tokens t;

	(void)state;
	tokens_init(&t, VIEW_LIT(" -12.340e+5,"), &arena);
	assert_int_equal(tokens_kind(&t), 0);
	assert_true(view_eq(tokens_number(&t), VIEW_LIT("-12.340e+5")));
	assert_false(tokens_failed(&t));
}

static void nesting_is_limited(void **state)
{
	char text[200];

	(void)state;
	memset(text, '[', sizeof text);
	memset(text + 32, ']', 32);
	assert_null(read_all(view_of(text, 64)));
	memset(text, '[', 33);
	memset(text + 33, ']', 33);
	assert_string_equal(read_all(view_of(text, 66)), "nested deeper than 32");
	memset(text, '[', sizeof text);
	assert_non_null(read_all(view_of(text, sizeof text)));
}

// Every cut of a valid text is no value.
static void cut_texts_are_refused(void **state)
{
	static const char text[] = "{\"a\":[1,-2.5e3,true,false,null,\"x\\u00e9\\\\\"],\"b\":{\"c\":\"\\ud83d\\ude00\"}}";

	(void)state;
	for (size_t n = 0; n < sizeof text - 1; n++) {
		OWN(own_free) char *cut = malloc(n + 1);

		memcpy(cut + 1, text, n);
		assert_non_null(read_all(view_of(cut + 1, n)));
	}
	assert_null(read_all(VIEW_LIT(text)));
}

static int clear(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(values_are_accepted, clear),
		cmocka_unit_test_teardown(everything_else_is_refused, clear),
		cmocka_unit_test_teardown(texts_are_unescaped_and_views_where_they_can_be, clear),
		cmocka_unit_test_teardown(numbers_keep_their_digits, clear),
		cmocka_unit_test_teardown(nesting_is_limited, clear),
		cmocka_unit_test_teardown(cut_texts_are_refused, clear),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
