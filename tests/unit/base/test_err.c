// SPDX-License-Identifier: Apache-2.0
// An error keeps its class and code, and its words never overflow.
#include "base/err.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_setting_gives_minus_one_and_fills_all(void **state)
{
	(void)state;
	struct err err = {0};

	assert_int_equal(err_set(&err, ERR_POISON, "bad_time", "field %s: %d", "t", 7), -1);
	assert_int_equal(err.class, ERR_POISON);
	assert_string_equal(err.code, "bad_time");
	assert_string_equal(err.words, "field t: 7");
}

static void test_a_prefix_goes_in_front_and_keeps_class_and_code(void **state)
{
	(void)state;
	struct err err = {0};

	err_set(&err, ERR_RETRY, "timed_out", "no answer");
	assert_int_equal(err_prefix(&err, "reading %s", "a.yaml"), -1);
	assert_string_equal(err.words, "reading a.yaml: no answer");
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, "timed_out");
}

static void test_too_many_words_are_cut(void **state)
{
	(void)state;
	struct err err = {0};
	char text[2000];

	memset(text, 'x', sizeof text);
	text[sizeof text - 1] = '\0';
	err_set(&err, ERR_FATAL, text, "%s", text);
	assert_int_equal(strlen(err.code), sizeof err.code - 1);
	assert_int_equal(strlen(err.words), sizeof err.words - 1);
	err_prefix(&err, "front");
	assert_memory_equal(err.words, "front: xxx", 10);
	assert_int_equal(strlen(err.words), sizeof err.words - 1);
	err_prefix(&err, "%s", text);
	assert_int_equal(strlen(err.words), sizeof err.words - 1);
	assert_memory_equal(err.words, "xxx", 3);
}

static void test_classes_have_names(void **state)
{
	(void)state;
	assert_string_equal(err_class_name(ERR_NONE), "none");
	assert_string_equal(err_class_name(ERR_RETRY), "retry");
	assert_string_equal(err_class_name(ERR_ABORT), "abort");
	assert_string_equal(err_class_name(ERR_POISON), "poison");
	assert_string_equal(err_class_name(ERR_PAUSE), "pause");
	assert_string_equal(err_class_name(ERR_FATAL), "fatal");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_setting_gives_minus_one_and_fills_all),
		cmocka_unit_test(test_a_prefix_goes_in_front_and_keeps_class_and_code),
		cmocka_unit_test(test_too_many_words_are_cut),
		cmocka_unit_test(test_classes_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
