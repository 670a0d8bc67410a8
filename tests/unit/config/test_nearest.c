// SPDX-License-Identifier: Apache-2.0
// A typo finds the word that was meant, and no word is forced on what is none.
#include "config/nearest.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

static size_t distance(const char *a, const char *b)
{
	size_t there = nearest_distance(view_text(a), view_text(b));

	assert_int_equal(there, nearest_distance(view_text(b), view_text(a)));
	return there;
}

static void test_distance_counts_single_typos(void **state)
{
	(void)state;
	assert_int_equal(distance("", ""), 0);
	assert_int_equal(distance("abc", ""), 3);
	assert_int_equal(distance("lookback", "lookback"), 0);
	assert_int_equal(distance("Lookback", "lookBACK"), 0);
	assert_int_equal(distance("lokback", "lookback"), 1);
	assert_int_equal(distance("loookback", "lookback"), 1);
	assert_int_equal(distance("lookbuck", "lookback"), 1);
	assert_int_equal(distance("loobkack", "lookback"), 1);
	assert_int_equal(distance("kitten", "sitting"), 3);
	assert_int_equal(distance("ca", "abc"), 3);
}

static void test_longer_words_are_near_nothing(void **state)
{
	(void)state;
	char text[NEAREST_LENGTH_MAX + 2] = {0};

	memset(text, 'a', NEAREST_LENGTH_MAX);
	assert_int_equal(distance(text, text), 0);
	text[NEAREST_LENGTH_MAX] = 'a';
	assert_true(distance(text, text) == SIZE_MAX);
	assert_true(distance(text, "") == SIZE_MAX);
}

static const char *nearest_of(const char *typed)
{
	static const char *const known[] = {"participation", "first_touch", "last_touch", "linear"};
	struct nearest n = {.word = view_text(typed)};

	for (size_t i = 0; i < sizeof known / sizeof known[0]; i++)
		nearest_offer(&n, known[i]);
	return nearest_best(&n);
}

static void test_the_nearest_word_is_named(void **state)
{
	(void)state;
	assert_string_equal(nearest_of("partcipation"), "participation");
	assert_string_equal(nearest_of("lst_touch"), "last_touch");
	assert_string_equal(nearest_of("first_tuoch"), "first_touch");
	assert_string_equal(nearest_of("LINEAR"), "linear");
}

static void test_what_is_far_from_all_has_no_nearest(void **state)
{
	(void)state;
	assert_null(nearest_of("markov"));
	assert_null(nearest_of(""));
	struct nearest nothing_offered = {.word = VIEW_LIT("a")};
	assert_null(nearest_best(&nothing_offered));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_distance_counts_single_typos),
		cmocka_unit_test(test_longer_words_are_near_nothing),
		cmocka_unit_test(test_the_nearest_word_is_named),
		cmocka_unit_test(test_what_is_far_from_all_has_no_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
