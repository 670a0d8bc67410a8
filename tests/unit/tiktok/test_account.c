// SPDX-License-Identifier: Apache-2.0
// Accounts are asked for a hundred at a time, and the zone of their days is the one with summer time.
#include "tiktok/account.h"

#include "tests/unit/tiktok/reading_case.h"

static const struct reader_limits limits;

static void a_hundred_ids_are_one_request(void **state)
{
	struct view ids[101];

	(void)state;
	for (int i = 0; i < 101; i++)
		ids[i] = i == 100 ? VIEW_LIT("72") : VIEW_LIT("71");
	reader = account_reader_new(ids, 101, &limits);
	expect_ask("\"71\"]&fields=[\"advertiser_id\",\"name\",\"status\",\"currency\",\"country\",\"timezone\",\"display_timezone\"]");
	assert_string_equal(asked.limit_id, "");
	answer_data("{\"list\":[]}");
	expect(READER_ROWS);
	expect_ask("?advertiser_ids=[\"72\"]&");
}

static void an_account_is_what_tiktok_says(void **state)
{
	struct view id = VIEW_LIT("7000000000000000002");
	size_t n;

	(void)state;
	reader = account_reader_new(&id, 1, &limits);
	expect(READER_ASK);
	answer_data(
		"{\"list\":[{\"advertiser_id\":7000000000000000002,\"name\":\"Hat shop\",\"status\":\"STATUS_LIMIT\",\"currency\":\"USD\",\"country\":\"US\","
		"\"timezone\":\"Etc/GMT+8\",\"display_timezone\":\"America/Los_Angeles\",\"balance\":1250.5},"
		"{\"advertiser_id\":\"7000000000000000003\",\"timezone\":\"Asia/Kolkata\",\"display_timezone\":\"\",\"currency\":\"XQZ\","
		"\"status\":\"STATUS_ENABLE\"},{\"advertiser_id\":\"7000000000000000004\"}]}");
	expect(READER_ROWS);
	const struct account *a = reader_rows(reader, &n);
	assert_int_equal(n, 3);
	assert_true(view_eq(a[0].advertiser_id, id));
	assert_true(view_eq(a[0].name, VIEW_LIT("Hat shop")));
	assert_true(view_eq(account_zone(&a[0]), VIEW_LIT("America/Los_Angeles")));
	assert_true(a[0].currency_known && !account_is_enabled(&a[0]));
	assert_true(view_eq(account_zone(&a[1]), VIEW_LIT("Asia/Kolkata")));
	assert_true(!a[1].currency_known && account_is_enabled(&a[1]));
	assert_false(view_is_set(account_zone(&a[2])) || a[2].currency_known);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_hundred_ids_are_one_request, end_case),
		cmocka_unit_test_teardown(an_account_is_what_tiktok_says, end_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
