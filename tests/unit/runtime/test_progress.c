// SPDX-License-Identifier: Apache-2.0
// Promise: the bar says how far all restores of the process are, how fast, and how long it will take.
#include "runtime/progress.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/own.h"

// Restoring shards add up, waiting ones are counted, live ones say nothing.
static void test_sum_over_workers(void **state)
{
	struct status_shard first[] = {
		{.partition = 7, .state = STATUS_RESTORING, .restore_done = 10, .restore_total = 100},
		{.partition = 8, .state = STATUS_WAITING},
	};
	struct status_shard second[] = {
		{.partition = 1, .state = STATUS_LIVE, .restore_done = 5, .restore_total = 5},
		{.partition = 3, .state = STATUS_RESTORING, .restore_done = 40, .restore_total = 60},
	};
	struct status_worker workers[] = {{.shards = first, .shard_count = 2}, {.shards = second, .shard_count = 2}};
	struct status_view view = {.workers = workers, .worker_count = 2};
	struct progress_sum sum;

	(void)state;
	progress_sum(&view, &sum);
	assert_int_equal(sum.restoring, 2);
	assert_int_equal(sum.waiting, 1);
	assert_int_equal(sum.partition, 3);
	assert_int_equal(sum.done, 50);
	assert_int_equal(sum.total, 160);
}

static void assert_bar(struct progress_sum sum, int64_t rate, const char *expected)
{
	OWN(buf_clear) struct buf line = {0};

	progress_bar(&sum, rate, &line);
	buf_add_byte(&line, 0);
	assert_string_equal(line.p, expected);
}

// A rate gives the time left; more done than foretold is all of it; nothing known is no division.
static void test_bar(void **state)
{
	(void)state;
	assert_bar((struct progress_sum){1, 0, 2, 500, 1000}, 90,
		"restoring partition 2 [###############...............]  50% of 1000 records, 90/s, 6 s left");
	assert_bar((struct progress_sum){1, 3, 0, 70, 60}, 0,
		"restoring partition 0 [##############################] 100% of 60 records, 3 more wait");
	assert_bar((struct progress_sum){1, 0, 0, 0, 0}, 0, "restoring partition 0 [..............................]   0% of 0 records");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_sum_over_workers),
		cmocka_unit_test(test_bar),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
