// SPDX-License-Identifier: Apache-2.0
// No second has more requests than it may; a throttle answer closes for longer and longer, once per pause; good answers undo it.
#include "tiktok/limits.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

// As many requests as may go from `from` up to `end`, asked for each millisecond.
static int run(struct limits_bucket *b, int64_t from, int64_t end)
{
	int n = 0;

	for (int64_t now = from; now < end; now++) {
		while (limits_wait(b, now) == 0) {
			limits_take(b);
			if (++n > 1000000)
				return n;
		}
	}
	return n;
}

static void a_second_has_as_many_as_it_may(void **state)
{
	struct limits_bucket b;

	(void)state;
	limits_init(&b, 10, 1000, 300000);
	assert_int_equal(run(&b, 5000, 5001), 10);   // a burst of a second
	assert_int_equal(run(&b, 5001, 15001), 100); // then evenly
	assert_int_equal(run(&b, 60000, 60001), 10); // rest does not add up
	limits_init(&b, 0.5, 1000, 300000);
	assert_int_equal(run(&b, 0, 10000), 1 + 4);
}

static void the_wait_is_as_long_as_needed(void **state)
{
	struct limits_bucket b;

	(void)state;
	limits_init(&b, 4, 1000, 300000);
	assert_int_equal(run(&b, 0, 1), 4);
	int64_t wait = limits_wait(&b, 0);
	assert_in_range(wait, 250, 251);
	assert_int_equal(limits_wait(&b, wait), 0);
}

static void no_rate_is_no_limit(void **state)
{
	struct limits_bucket b;

	(void)state;
	limits_init(&b, 0, 1000, 300000);
	for (int i = 0; i < 100000; i++) {
		assert_int_equal(limits_wait(&b, 7), 0);
		limits_take(&b);
	}
	limits_throttled(&b, 7, 10, -1);
	assert_int_equal(limits_wait(&b, 10), 1000);
	assert_int_equal(limits_wait(&b, 1010), 0);
}

static void throttling_closes_for_longer_and_longer(void **state)
{
	static const int64_t waits[] = {1000, 2000, 4000, 8000, 16000, 32000, 64000, 128000, 256000, 300000, 300000};
	struct limits_bucket b;
	int64_t now = 100;

	(void)state;
	limits_init(&b, 10, 1000, 300000);
	for (size_t i = 0; i < sizeof waits / sizeof *waits; i++) {
		limits_throttled(&b, now, now + 5, -1);
		assert_int_equal(limits_wait(&b, now + 5), waits[i]);
		now += 5 + waits[i];
		assert_int_equal(limits_wait(&b, now), 0);
	}
}

static void requests_in_flight_at_the_time_tell_nothing_new(void **state)
{
	struct limits_bucket b;

	(void)state;
	limits_init(&b, 10, 1000, 300000);
	limits_throttled(&b, 100, 200, -1);
	limits_throttled(&b, 150, 250, -1);
	limits_throttled(&b, 199, 900, -1);
	assert_int_equal(limits_wait(&b, 200), 1000);
	limits_calm(&b, 150); // was sent before, so it proves nothing either
	limits_throttled(&b, 1300, 1400, -1);
	assert_int_equal(limits_wait(&b, 1400), 2000);
}

static void it_opens_with_one_request_and_at_half_the_pace(void **state)
{
	struct limits_bucket b;

	(void)state;
	limits_init(&b, 16, 1000, 300000);
	run(&b, 0, 1);
	limits_throttled(&b, 0, 0, -1);
	assert_int_equal(run(&b, 0, 1000), 0);
	assert_int_equal(run(&b, 1000, 1001), 1);
	assert_in_range(run(&b, 1001, 2001), 8, 8);
	for (int i = 0; i < 32; i++)
		limits_calm(&b, 1000);
	run(&b, 2001, 3001);
	assert_int_equal(run(&b, 3001, 4001), 16);
	limits_throttled(&b, 4000, 4001, -1);
	assert_int_equal(limits_wait(&b, 4001), 1000); // it was calm, so it begins again
}

static void retry_after_is_obeyed_up_to_an_hour(void **state)
{
	struct limits_bucket b;

	(void)state;
	limits_init(&b, 10, 1000, 300000);
	limits_throttled(&b, 0, 0, 7000);
	assert_int_equal(limits_wait(&b, 0), 7000);
	limits_throttled(&b, 0, 10, 3000); // shorter than what is there
	assert_int_equal(limits_wait(&b, 10), 6990);
	limits_throttled(&b, 0, 10, INT64_MAX);
	assert_int_equal(limits_wait(&b, 10), 3600000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_second_has_as_many_as_it_may),
		cmocka_unit_test(the_wait_is_as_long_as_needed),
		cmocka_unit_test(no_rate_is_no_limit),
		cmocka_unit_test(throttling_closes_for_longer_and_longer),
		cmocka_unit_test(requests_in_flight_at_the_time_tell_nothing_new),
		cmocka_unit_test(it_opens_with_one_request_and_at_half_the_pace),
		cmocka_unit_test(retry_after_is_obeyed_up_to_an_hour),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
