// SPDX-License-Identifier: Apache-2.0
// The app's limit holds for each path over all accounts, an account's for itself, and who is throttled waits.
#include "tiktok/pace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

static struct pace *pace;

static int end(void **state)
{
	(void)state;
	pace_free(&pace);
	return 0;
}

static struct call call_of(const char *path, const char *advertiser)
{
	struct call call = {.path = path};

	snprintf(call.limit_id, sizeof call.limit_id, "%s", advertiser);
	return call;
}

// How many of a hundred may go at once.
static int burst(const struct call *call, int64_t now_ms)
{
	int n = 0;

	while (n < 100 && pace_take(pace, call, now_ms) == 0)
		n++;
	return n;
}

static void an_account_does_not_use_up_the_app(void **state)
{
	struct call one = call_of("/ad/get/", "71"), two = call_of("/ad/get/", "72"), other = call_of("/campaign/get/", "71");

	(void)state;
	pace = pace_new(&(struct pace_options){.app_per_second = 10, .advertiser_per_second = 4});
	assert_int_equal(burst(&one, 0), 4);
	assert_int_equal(burst(&two, 0), 4);
	assert_int_equal(burst(&other, 0), 4); // another path has limits of its own
	assert_true(pace_take(pace, &one, 0) > 0 && pace_take(pace, &one, 0) <= 300);
	struct call three = call_of("/ad/get/", "73");
	assert_int_equal(burst(&three, 0), 2); // the rest of the app's ten
	assert_int_equal(burst(&one, 1000), 4);
}

static void a_throttle_closes_what_it_names(void **state)
{
	struct call one = call_of("/ad/get/", "71"), two = call_of("/ad/get/", "72"), none = call_of("/ad/get/", "");
	struct call_result result = {.verdict = CALL_THROTTLE_ADVERTISER, .retry_after_ms = -1};

	(void)state;
	pace = pace_new(&(struct pace_options){.app_per_second = 100, .advertiser_per_second = 100});
	assert_int_equal(pace_take(pace, &one, 0), 0);
	pace_judged(pace, &one, &result, 0, 10);
	assert_true(pace_take(pace, &one, 10) >= 500);
	assert_int_equal(pace_take(pace, &two, 10), 0);
	result.verdict = CALL_THROTTLE_APP;
	result.retry_after_ms = 30000;
	pace_judged(pace, &two, &result, 10, 20);
	assert_true(pace_take(pace, &two, 20) >= 29000);
	assert_true(pace_take(pace, &none, 20) >= 29000);
	assert_int_equal(pace_take(pace, &two, 60 * 1000), 0);
}

static void too_many_accounts_share_the_apps_limit(void **state)
{
	char id[24];

	(void)state;
	pace = pace_new(&(struct pace_options){.app_per_second = 50, .advertiser_per_second = 1, .buckets_max = 5});
	for (int i = 0; i < 10; i++) {
		snprintf(id, sizeof id, "%d", 70 + i);
		struct call call = call_of("/ad/get/", id);
		assert_int_equal(pace_take(pace, &call, 0), 0);
		assert_int_equal(pace_take(pace, &call, 0) > 0, i < 4);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_account_does_not_use_up_the_app, end),
		cmocka_unit_test_teardown(a_throttle_closes_what_it_names, end),
		cmocka_unit_test_teardown(too_many_accounts_share_the_apps_limit, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
