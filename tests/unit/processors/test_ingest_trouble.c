// SPDX-License-Identifier: Apache-2.0
// Each verdict of TikTok becomes a state, a reason, words that say what to do, and a time at which it is tried again.
#include "tests/unit/processors/ingest_case.h"

static struct ingest_case *met(const char *path, int code, const char *message)
{
	struct ingest_case *c = case_read();

	case_tiktok.fault.path = path;
	case_tiktok.fault.code = code;
	case_tiktok.fault.message = message;
	case_settle(c);
	return c;
}

static void says(struct ingest_case *c, const char *part)
{
	struct view message = case_status(c).message;

	if (!view_is_set(message) || !memmem(message.p, message.n, part, strlen(part)))
		fail_msg("'%.*s' does not say '%s'", VIEW_ARG(message), part);
}

static void after(struct ingest_case *c, int64_t ms)
{
	assert_int_equal(case_status(c).next_sync, CASE_NOON + ms);
}

static void test_a_refused_token_expires_the_connection(void **state)
{
	(void)state;
	struct ingest_case *c = met("/adgroup/get/", 40105, "Access token is revoked.");
	struct sync_status s = case_status(c);

	case_is(c, SYNC_EXPIRED, "token_refused");
	says(c, "(Access token is revoked.); connect the account again");
	assert_int_equal(s.code, 40105);
	assert_text(s.request_id, "R7");
	assert_int_equal(s.next_sync, TIME_ABSENT);
	case_tiktok.fault.path = NULL;
	case_forget_asked(c);
	case_now_ms += 100 * CASE_DAY;
	case_settle(c);
	assert_int_equal(case_asked(c, ""), 0);
	case_connect(c, 2);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	s = case_status(c);
	assert_int_equal(s.code, TIME_ABSENT);
	assert_false(view_is_set(s.message) && s.message.n);
	assert_false(view_is_set(s.request_id) && s.request_id.n);
	case_free(&c);
}

static void test_what_somebody_must_allow_is_tried_each_day(void **state)
{
	(void)state;
	struct ingest_case *c = met("/report/", 40130, "No permission.");

	case_is(c, SYNC_NO_ACCESS, "scope_missing");
	says(c, "Reporting");
	after(c, CASE_DAY);
	case_free(&c);
	c = met("/advertiser/info/", 40001, "No permission to operate advertiser.");
	case_is(c, SYNC_NO_ACCESS, "no_permission");
	says(c, "connect it as another user");
	after(c, CASE_DAY);
	assert_int_equal(case_status(c).code, 40001);
	case_free(&c);
}

static void test_what_is_wrong_with_the_request_is_tried_each_hour(void **state)
{
	(void)state;
	struct ingest_case *c = met("/campaign/get/", 40002, "page_size: invalid");

	case_is(c, SYNC_FAILING, "refused");
	says(c, "TikTok refuses the request: page_size: invalid");
	after(c, CASE_HOUR);
	case_free(&c);
}

static void test_what_stays_too_large_waits_for_the_next_reading(void **state)
{
	(void)state;
	struct ingest_case *c = met("AUCTION_AD&", 40067, "Your query is too large");

	case_is(c, SYNC_FAILING, "too_large");
	says(c, "Your query is too large");
	after(c, 6 * CASE_HOUR);
	case_free(&c);
}

// Busy: 1 minute and up to 4 more, up to 8, … 60 at the most, and from the beginning once it was read.
static void test_a_busy_tiktok_is_asked_ever_later(void **state)
{
	(void)state;
	struct ingest_case *c = met("/campaign/get/", 50000, "Internal error");

	case_is(c, SYNC_FAILING, "tiktok_busy");
	says(c, "several times: Internal error");
	assert_int_equal(case_asked(c, "/campaign/get/"), 6);
	int64_t longest = 0, most = 4 * 60000;
	for (int i = 0; i < 12; i++, most = most * 2 < CASE_HOUR ? most * 2 : CASE_HOUR) {
		int64_t wait = case_status(c).next_sync - case_now_ms;

		assert_true(wait >= 60000 && wait <= 60000 + most);
		longest = wait > longest ? wait : longest;
		case_now_ms += wait;
		case_settle(c);
	}
	assert_true(longest > 10 * 60000);
	case_tiktok.fault.path = NULL;
	case_now_ms = case_status(c).next_sync;
	case_settle(c);
	case_is(c, SYNC_OK, "");
	case_tiktok.fault.path = "/campaign/get/";
	case_now_ms = case_status(c).next_sync;
	case_settle(c);
	assert_true(case_status(c).next_sync - case_now_ms <= 5 * 60000);
	case_free(&c);
}

static void test_trouble_that_is_not_tiktoks_has_no_code(void **state)
{
	// Nor what TikTok said of the trouble before.
	(void)state;
	struct ingest_case *c = met("/campaign/get/", 40002, "no");

	assert_int_equal(case_status(c).code, 40002);
	ingest_accounts_find(case_shard(c), VIEW_LIT(CASE_NAME))->record.generation = 9; // of which the record's is an old one
	case_now_ms += CASE_HOUR;
	case_settle(c);
	case_is(c, SYNC_FAILING, "connection_rolled_back");
	assert_int_equal(case_status(c).code, TIME_ABSENT);
	assert_false(view_is_set(case_status(c).request_id) && case_status(c).request_id.n);
	case_free(&c);
}

static void test_trouble_keeps_what_was_read(void **state)
{
	(void)state;
	struct ingest_case *c = case_new_with("every: 6h, first: 40d, trailing: 28d", false);

	case_start(c);
	case_connect(c, 1);
	case_tiktok.fault.path = "start_date=2026-06-13";
	case_tiktok.fault.code = 40002;
	case_tiktok.fault.message = "no";
	case_row(0, "2026-07-22", 5);
	case_settle(c);
	case_is(c, SYNC_FAILING, "refused");
	struct sync_status s = case_status(c);
	assert_int_equal(s.spans.n, 1);
	assert_int_equal(s.days_left, 10);
	assert_int_equal(s.last_sync, TIME_ABSENT);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 1);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_refused_token_expires_the_connection),
		cmocka_unit_test(test_what_somebody_must_allow_is_tried_each_day),
		cmocka_unit_test(test_what_is_wrong_with_the_request_is_tried_each_hour),
		cmocka_unit_test(test_what_stays_too_large_waits_for_the_next_reading),
		cmocka_unit_test(test_a_busy_tiktok_is_asked_ever_later),
		cmocka_unit_test(test_trouble_that_is_not_tiktoks_has_no_code),
		cmocka_unit_test(test_trouble_keeps_what_was_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
