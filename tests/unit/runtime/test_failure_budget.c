// SPDX-License-Identifier: Apache-2.0
// Promise: more bad records than the share of the last 10,000 stop a run, with words; older ones are forgotten.
#include "runtime/failure_budget.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static int judge_many(struct failure_budget *b, int n, const char *reason, struct err *err)
{
	for (int i = 0; i < n; i++)
		if (failure_budget_judge(b, reason, "clicks", err) != 0)
			return i;
	return n;
}

// More than the share of the whole window stops the run, and the words name topic, count and reason.
static void test_stops_above_the_share(void **state)
{
	struct failure_budget b;
	struct err err = {0};

	(void)state;
	failure_budget_init(&b, 10);
	assert_int_equal(judge_many(&b, 2000, "bad_record", &err), 1000); // 1,000 are 10 % of the window: the next is too many
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "failure_budget");
	assert_non_null(strstr(err.words, "clicks: 1001 of the last 10000"));
	assert_non_null(strstr(err.words, "`bad_record`"));
}

// Old records leave the window: a bad hour long ago does not add to a bad record now.
static void test_forgets_what_left_the_window(void **state)
{
	struct failure_budget b;
	struct err err;

	(void)state;
	failure_budget_init(&b, 10);
	assert_int_equal(judge_many(&b, 1000, "bad_record", &err), 1000);
	assert_int_equal(judge_many(&b, FAILURE_BUDGET_WINDOW - 1000, NULL, &err), FAILURE_BUDGET_WINDOW - 1000);
	assert_int_equal(b.count, 1000);
	assert_int_equal(judge_many(&b, 1000, "bad_record", &err), 1000); // each takes the place of an old one
	assert_int_equal(b.count, 1000);
	assert_int_equal(judge_many(&b, 1, "bad_record", &err), 0);
}

// 0 % bears none, 100 % bears all.
static void test_the_ends_of_the_scale(void **state)
{
	struct failure_budget none, all;
	struct err err;

	(void)state;
	failure_budget_init(&none, 0);
	assert_int_equal(judge_many(&none, 5, NULL, &err), 5);
	assert_int_equal(judge_many(&none, 5, "bad_enum", &err), 0);
	failure_budget_init(&all, 100);
	assert_int_equal(judge_many(&all, 3 * FAILURE_BUDGET_WINDOW, "bad_enum", &err), 3 * FAILURE_BUDGET_WINDOW);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_stops_above_the_share),
		cmocka_unit_test(test_forgets_what_left_the_window),
		cmocka_unit_test(test_the_ends_of_the_scale),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
