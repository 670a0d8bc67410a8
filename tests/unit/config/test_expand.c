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

static void test_a_form_is_checked_without_reading(void **state)
{
	(void)state;
	struct err err;

	assert_int_equal(expand_check(VIEW_LIT("x ${file:nowhere} ${GIVEN_MISSING} $${"), &err), 0);
	assert_int_equal(expand_check(VIEW_LIT("${a b}"), &err), -1);
	assert_int_equal(expand_check(VIEW_LIT("${file:}"), &err), -1);
	assert_int_equal(expand_check(VIEW_LIT("${x"), &err), -1);
	assert_string_equal(err.code, "config_reference");
}

static void test_a_secret_is_read_whenever_it_is_asked_for(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf out = {0};
	struct err err;

	given_file("token", "first\n");
	assert_int_equal(config_expand_secret(VIEW_LIT("<${file:token}>"), &out, &err), 0);
	given_file("token", "second\n");
	const char *before = out.p;
	assert_int_equal(config_expand_secret(VIEW_LIT("plain $${"), &out, &err), 0);
	assert_true(view_eq(buf_view(&out), VIEW_LIT("<first>plain ${")));
	buf_reset(&out);
	assert_int_equal(config_expand_secret(VIEW_LIT("${file:token}"), &out, &err), 0);
	assert_true(view_eq(buf_view(&out), VIEW_LIT("second")));
	assert_ptr_equal(out.p, before); // what grows would leave copies behind
	assert_int_equal(config_expand_secret(VIEW_LIT("${file:nowhere}"), &out, &err), -1);
	assert_string_equal(err.words, "nowhere: No such file or directory");
}

static void test_a_huge_file_is_no_secret(void **state)
{
	(void)state;
	OWN(own_free) char *huge = malloc(EXPAND_SECRET_MAX + 2);
	OWN(buf_clear) struct buf out = {0};
	struct err err;

	memset(huge, 'x', EXPAND_SECRET_MAX + 1);
	huge[EXPAND_SECRET_MAX + 1] = '\0';
	given_file("huge", huge);
	assert_int_equal(config_expand_secret(VIEW_LIT("${file:huge}"), &out, &err), -1);
	assert_string_equal(err.code, "file_too_large");
	setenv("GIVEN_HUGE", huge, 1);
	buf_reset(&out);
	assert_int_equal(config_expand_secret(VIEW_LIT("${GIVEN_HUGE}${GIVEN_HUGE}${GIVEN_HUGE}${GIVEN_HUGE}${GIVEN_HUGE}"), &out, &err), -1);
	assert_string_equal(err.code, "file_too_large");
	assert_false(out.full);
	buf_reset(&out);
	assert_int_equal(config_expand_secret(VIEW_LIT("${GIVEN_HUGE}"), &out, &err), 0);
	assert_int_equal(out.n, EXPAND_SECRET_MAX + 1);
	unsetenv("GIVEN_HUGE");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_plain_text_stays_and_is_no_secret),
		cmocka_unit_test(test_variables_are_secrets),
		cmocka_unit_test(test_a_missing_variable_is_named),
		cmocka_unit_test(test_files_lose_their_last_newline_only),
		cmocka_unit_test(test_a_missing_file_is_named),
		cmocka_unit_test(test_a_form_is_checked_without_reading),
		cmocka_unit_test(test_a_secret_is_read_whenever_it_is_asked_for),
		cmocka_unit_test(test_a_huge_file_is_no_secret),
	};
	int failed = GIVEN_TESTS(tests);

	arena_clear(&arena);
	return failed;
}
