// SPDX-License-Identifier: Apache-2.0
// No two rows share a key, whatever their ids are made of, and days read back.
#include "processors/roas-join/join_key.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static void key_is(struct join_name name, const char *wanted)
{
	OWN(arena_clear) struct arena arena = {0};
	struct view key = join_key_entity(&name, &arena);

	if (!view_eq(key, view_text(wanted)))
		fail_msg("%.*s, not %s", VIEW_ARG(key), wanted);
}

static void test_ids_cannot_pretend_to_be_fields(void **state)
{
	(void)state;
	key_is((struct join_name){.tenant = VIEW_LIT("shop"), .advertiser = VIEW_LIT("7"), .level = ROAS_AD, .entity = VIEW_LIT("8")},
		"shop|7|ad|8");
	key_is((struct join_name){.tenant = VIEW_LIT("shop"), .advertiser = VIEW_LIT("7|ad"), .level = ROAS_AD, .entity = VIEW_LIT("%7C/ \n")},
		"shop|7%7Cad|ad|%257C%2F%20%0A");
	key_is((struct join_name){.tenant = VIEW_LIT("shop"),
			   .advertiser = VIEW_LIT(""),
			   .level = ROAS_UNPLACED,
			   .entity = VIEW_LIT("a"),
			   .campaign = VIEW_LIT("c/d")},
		"shop||unplaced|c%2Fd//a");
}

static void test_an_escaped_id_reads_back(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct view id = VIEW_LIT("a|b%c/d e\x7f\xc3\xa9"), key = join_key_account(VIEW_LIT("t"), id, &arena);

	assert_true(view_eq(join_key_id(view_of(key.p + 2, key.n - 2), &arena), id));
	assert_true(view_eq(join_key_id(VIEW_LIT("%4"), &arena), VIEW_LIT("%4")));
}

static void day_is(int8_t level, int64_t bucket, const char *wanted)
{
	char text[JOIN_DAY_SIZE];
	int64_t again = -1;

	assert_string_equal(join_key_day(level, bucket, text), wanted);
	assert_int_equal(join_key_bucket(level, view_text(text), &again), 0);
	assert_int_equal(again, bucket);
}

static void test_days_and_quarters_read_back(void **state)
{
	(void)state;
	int64_t bucket;

	day_is(ROAS_AD, 0, "1970-01-01");
	day_is(ROAS_ADVERTISER, 20520, "2026-03-08");
	day_is(ROAS_UNPLACED, 20520 * 96 + 41, "2026-03-08T10:15Z");
	day_is(ROAS_UNPLACED, 95, "1970-01-01T23:45Z");
	assert_int_equal(join_key_bucket(ROAS_UNPLACED, VIEW_LIT("2026-03-08T10:20Z"), &bucket), -1);
	assert_int_equal(join_key_bucket(ROAS_AD, VIEW_LIT("2026-03-08T10:15Z"), &bucket), -1);
	assert_int_equal(join_key_bucket(ROAS_AD, VIEW_LIT(""), &bucket), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_ids_cannot_pretend_to_be_fields),
		cmocka_unit_test(test_an_escaped_id_reads_back),
		cmocka_unit_test(test_days_and_quarters_read_back),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
