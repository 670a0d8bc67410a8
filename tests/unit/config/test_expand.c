// SPDX-License-Identifier: Apache-2.0
// References bring values from the environment and from files, and never show them.
#include "config/expand.h"

#include "tests/unit/config/given.h"

static struct arena arena;

static void expands_to(const char *text, const char *expected, bool expected_secret)
{
	struct view out;
	struct err err;
	bool secret = false;

	if (expand_text(view_text(text), &arena, &out, &secret, &err) != 0)
		fail_msg("%s", err.words);
	assert_string_equal(out.p, expected);
	assert_int_equal(out.n, strlen(expected));
	assert_int_equal(secret, expected_secret);
}

static void is_refused(const char *text, const char *expected)
{
	struct view out;
	struct err err;
	bool secret = false;

	assert_int_equal(expand_text(view_text(text), &arena, &out, &secret, &err), -1);
	assert_string_equal(err.words, expected);
	assert_string_equal(err.code, strstr(expected, "No such file") || strstr(expected, "regular") ? "file_unreadable" : "config_reference");
}

static void test_plain_text_stays_and_is_no_secret(void **state)
{
	(void)state;
	expands_to("", "", false);
	expands_to("plain $HOME { } $ text", "plain $HOME { } $ text", false);
	expands_to("$${NAME} and $${", "${NAME} and ${", false);
	expands_to("a$", "a$", false);
}

static void test_variables_are_secrets(void **state)
{
	(void)state;
	setenv("GIVEN_NAME", "v${GIVEN_NAME}", 1);
	setenv("GIVEN_EMPTY", "", 1);
	expands_to("${GIVEN_NAME}", "v${GIVEN_NAME}", true);
	expands_to("<${GIVEN_NAME}|${GIVEN_EMPTY}>", "<v${GIVEN_NAME}|>", true);
}

static void test_a_missing_variable_is_named(void **state)
{
	(void)state;
	unsetenv("GIVEN_MISSING");
	is_refused("x${GIVEN_MISSING}y", "environment variable GIVEN_MISSING is not set");
	is_refused("${}", "${} is neither ${NAME} nor ${file:PATH}; for a plain ${ write $${");
	is_refused("${1A}", "${1A} is neither ${NAME} nor ${file:PATH}; for a plain ${ write $${");
	is_refused("${a b}", "${a b} is neither ${NAME} nor ${file:PATH}; for a plain ${ write $${");
	is_refused("a ${NAME", "a ${ has no }; for a plain ${ write $${");
}

static void test_files_lose_their_last_newline_only(void **state)
{
	(void)state;
	given_file("secret", "line\n\n");
	expands_to("${file:secret}", "line\n", true);
	given_file("secret", "line\r\n");
	expands_to("[${file:secret}]", "[line]", true);
	given_file("secret", "");
	expands_to("${file:secret}", "", true);
}

static void test_a_missing_file_is_named(void **state)
{
	(void)state;
	is_refused("${file:nowhere}", "nowhere: No such file or directory");
	is_refused("${file:.}", ".: is no regular file");
	is_refused("${file:}", "${file:} names no file");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_text_stays_and_is_no_secret),
		cmocka_unit_test(test_variables_are_secrets),
		cmocka_unit_test(test_a_missing_variable_is_named),
		cmocka_unit_test(test_files_lose_their_last_newline_only),
		cmocka_unit_test(test_a_missing_file_is_named),
	};
	int failed = GIVEN_TESTS(tests);

	arena_clear(&arena);
	return failed;
}
