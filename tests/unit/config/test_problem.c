// SPDX-License-Identifier: Apache-2.0
// A problem is one readable line with its place, and there are never more than people read.
#include "config/problem.h"

#include "tests/unit/config/given.h"

static void test_places_are_told_as_editors_know_them(void **state)
{
	(void)state;
	OWN(problem_clear) struct problems p = {0};

	problem_add(&p, (struct origin){ORIGIN_FILE, "a.yaml", 3, 7}, "bad %s", "thing");
	problem_add(&p, (struct origin){ORIGIN_FILE, "a.yaml", 0, 0}, "empty");
	problem_add(&p, (struct origin){ORIGIN_ENVIRONMENT, "LOOKBACK_X", 0, 0}, "no");
	problem_add(&p, (struct origin){ORIGIN_FLAG, "a.b", 0, 0}, "no");
	problem_add(&p, (struct origin){0}, "no");
	buf_add_byte(&p.text, '\0');
	assert_string_equal(p.text.p, "a.yaml:3:7: bad thing\na.yaml: empty\nenvironment LOOKBACK_X: no\nflag --set a.b: no\ndefault: no\n");
}

static void test_only_the_first_are_written_down(void **state)
{
	(void)state;
	OWN(problem_clear) struct problems p = {0};

	for (int i = 0; i < PROBLEM_MAX + 5; i++) {
		assert_int_equal(problem_full(&p), i >= PROBLEM_MAX);
		problem_add(&p, (struct origin){0}, "%d", i);
	}
	assert_int_equal(p.count, PROBLEM_MAX + 5);
	buf_add_byte(&p.text, '\0');
	assert_non_null(strstr(p.text.p, "default: 19\n"));
	assert_null(strstr(p.text.p, "default: 20\n"));
}

static void test_a_problem_is_one_line_of_whole_characters(void **state)
{
	(void)state;
	OWN(problem_clear) struct problems p = {0};
	static char text[2000];

	for (size_t i = 0; i + 2 < sizeof text; i += 2)
		memcpy(text + i, "\xc3\xa9", 2);
	problem_add(&p, (struct origin){0}, "a\nb\tc");
	problem_add(&p, (struct origin){0}, "%s", text);
	problem_add(&p, (struct origin){0}, "x%s", text);
	assert_true(bytes_are_utf8(buf_view(&p.text)));
	assert_memory_equal(p.text.p, "default: a b c\ndefault: ", 24);
}

static void quotes_as(struct view text, const char *expected)
{
	OWN(buf_clear) struct buf out = {0};

	problem_quote(text, &out);
	buf_add_byte(&out, '\0');
	assert_string_equal(out.p, expected);
}

static void test_quoted_values_stay_on_one_short_line(void **state)
{
	(void)state;
	char text[200];

	quotes_as(VIEW_LIT("a\nb"), "\"a\\nb\"");
	quotes_as(VIEW_LIT(""), "\"\"");
	memset(text, 'x', sizeof text);
	memcpy(text + 79, "\xc3\xa9", 2);
	OWN(buf_clear) struct buf out = {0};
	problem_quote(view_of(text, sizeof text), &out);
	assert_int_equal(out.n, 79 + 2 + 3);
	assert_memory_equal(out.p + out.n - 5, "x\"...", 5);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_places_are_told_as_editors_know_them),
		cmocka_unit_test(test_only_the_first_are_written_down),
		cmocka_unit_test(test_a_problem_is_one_line_of_whole_characters),
		cmocka_unit_test(test_quoted_values_stay_on_one_short_line),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
