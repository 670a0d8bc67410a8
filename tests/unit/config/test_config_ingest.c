// SPDX-License-Identifier: Apache-2.0
// What spend ingest cannot run without is asked for when it is to run, with the place to change; a time of day is one.
#include "tests/unit/config/given.h"

static char *ingest_problems(const char *text, bool runs, int expected)
{
	OWN(config_free) struct config *c = given_config(text);
	struct buf problems = {0};
	struct err err;

	assert_int_equal(config_check_spend_ingest(c, runs, &problems, &err), expected);
	if (expected != 0)
		assert_string_equal(err.code, "config_invalid");
	buf_add_byte(&problems, '\0');
	return problems.p;
}

static void is_refused(const char *text, bool runs, const char *part)
{
	OWN(own_free) char *problems = ingest_problems(text, runs, -1);

	if (!strstr(problems, part))
		fail_msg("%s lacks %s", problems, part);
}

static void test_a_time_of_day_is_one(void **state)
{
	int minute = -1;

	(void)state;
	assert_int_equal(config_minute_of_day(VIEW_LIT("04:30"), &minute), 0);
	assert_int_equal(minute, 270);
	assert_int_equal(config_minute_of_day(VIEW_LIT("00:00"), &minute), 0);
	assert_int_equal(config_minute_of_day(VIEW_LIT("23:59"), &minute), 0);
	assert_int_equal(minute, 1439);
	const char *const bad[] = {"", "4:30", "24:00", "12:60", "12.30", "-1:30", "12:3x", "12:300"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(config_minute_of_day(view_text(bad[i]), &minute), -1);
	is_refused("spend_ingest: {at: '25:00'}\n", false, "lookback.yaml:1:");
	is_refused("spend_ingest: {at: '25:00'}\n", false, "'25:00' is no time of day");
}

static void test_who_runs_it_has_keys(void **state)
{
	(void)state;
	OWN(own_free) char *none = ingest_problems("run: live\n", false, 0);
	assert_string_equal(none, "");
	is_refused("run: live\n", true, "seal.keys");
	is_refused("seal: {keys: {a: '${file:/nowhere/at/all}'}}\n", true, "seal.keys.a");
	OWN(own_free)
	char *good = ingest_problems("seal: {keys: {a: '00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff'}}\n", true, 0);
	assert_string_equal(good, "");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_time_of_day_is_one),
		cmocka_unit_test(test_who_runs_it_has_keys),
	};

	return GIVEN_TESTS(tests);
}
