// SPDX-License-Identifier: Apache-2.0
// A reading takes account, structure and days, the newest first, each window whole; it goes on where it was cut off, and what it cannot use it says.
#include "tests/unit/processors/ingest_case.h"

static void test_a_first_reading_takes_all_days_and_says_so(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_row(-1, "2026-07-22", 7);
	case_row(1, "2026-07-20", 1);
	case_row(0, "2026-07-19", 9); // before the first day
	case_settle(c);
	case_is(c, SYNC_OK, "");
	struct sync_status s = case_status(c);
	assert_text(s.name, "Mugs");
	assert_text(s.currency, "EUR");
	assert_text(s.time_zone, "Europe/Paris");
	assert_text(s.first_day, "2026-07-20");
	assert_int_equal(s.days_left, 0);
	assert_int_equal(s.last_attempt, CASE_NOON);
	assert_int_equal(s.last_sync, CASE_NOON);
	assert_int_equal(s.next_sync, CASE_NOON + 6 * CASE_HOUR);
	assert_int_equal(s.rows_new, 3);
	assert_int_equal(s.spans.n, 1);
	assert_text(case_span(c, 0).from, "2026-07-20");
	assert_text(case_span(c, 0).to, "2026-07-22");
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 3);
	assert_int_equal(case_count(c, INGEST_ENTITIES), 5);
	assert_int_equal(case_asked(c, ""), 6);
	case_free(&c);
}

static void test_it_is_read_again_when_it_is_due_and_only_what_may_have_changed(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	case_forget_asked(c);
	case_now_ms += 6 * CASE_HOUR - 1;
	case_settle(c);
	assert_int_equal(case_asked(c, ""), 0);
	case_now_ms += 3 * CASE_DAY; // the 25th: the 21st and 22nd were read too early to stay
	case_row(0, "2026-07-20", 9);
	case_row(0, "2026-07-21", 9);
	case_settle(c);
	assert_int_equal(case_asked(c, "start_date=2026-07-21&end_date=2026-07-25"), 2);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 1);
	assert_int_equal(case_status(c).last_attempt, case_now_ms);
	case_free(&c);
}

static void test_days_that_are_settled_become_one_span(void **state)
{
	// However often the account is read, its status does not grow.
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	for (int day = 0; day < 10; day++) {
		case_now_ms += CASE_DAY;
		case_settle(c);
	}
	struct sync_status s = case_status(c);
	assert_true(s.spans.n <= 3);
	assert_text(case_span(c, 0).to, "2026-08-01");
	assert_text(case_span(c, s.spans.n - 1).from, "2026-07-20");
	case_free(&c);
}

static void test_a_window_is_published_with_its_span(void **state)
{
	// Long windows are 30 days; the newest is there first.
	(void)state;
	struct ingest_case *c = case_new_with("every: 6h, first: 40d, trailing: 28d", false);

	case_start(c);
	case_connect(c, 1);
	case_row(0, "2026-07-22", 5);
	case_row(0, "2026-06-20", 3);
	case_until_held(c, "start_date=2026-06-13");
	struct sync_status s = case_status(c);
	assert_int_equal(s.state, SYNC_SYNCING);
	assert_int_equal(s.days_left, 10);
	assert_int_equal(s.spans.n, 1);
	assert_text(case_span(c, 0).from, "2026-06-23");
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 1);
	case_let_go(c);
	case_settle(c);
	assert_int_equal(case_status(c).days_left, 0);
	assert_int_equal(case_asked(c, "start_date=2026-06-13&end_date=2026-06-22"), 2);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 2);
	case_free(&c);
}

// A reading of 40 days is killed behind its first window; the next process begins `later_ms`.
static struct ingest_case *cut_off(int64_t later_ms)
{
	struct ingest_case *c = case_new_with("every: 6h, first: 40d, trailing: 28d", false);

	case_start(c);
	case_connect(c, 1);
	case_row(0, "2026-07-22", 5);
	case_until_held(c, "start_date=2026-06-13");
	case_kill(c);
	case_let_go(c);
	case_forget_asked(c);
	case_now_ms += later_ms;
	case_start(c);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	return c;
}

static void test_a_reading_that_was_cut_off_goes_on(void **state)
{
	(void)state;
	struct ingest_case *c = cut_off(6 * CASE_HOUR - 1);
	struct sync_status s = case_status(c);

	assert_int_equal(case_asked(c, "AUCTION_AD&"), 1);
	assert_int_equal(case_asked(c, "start_date=2026-06-13&end_date=2026-06-22"), 2);
	assert_int_equal(s.last_attempt, CASE_NOON);
	assert_int_equal(s.last_sync, CASE_NOON + 6 * CASE_HOUR - 1);
	assert_int_equal(s.rows_new, 1);
	case_free(&c);
}

static void test_a_reading_that_was_cut_off_long_ago_is_begun_anew(void **state)
{
	(void)state;
	struct ingest_case *c = cut_off(6 * CASE_HOUR);
	struct sync_status s = case_status(c);

	assert_int_equal(case_asked(c, "AUCTION_AD&"), 2);
	assert_int_equal(s.last_attempt, CASE_NOON + 6 * CASE_HOUR);
	assert_int_equal(s.rows_new, 0);
	assert_int_equal(s.rows_same, 1);
	case_free(&c);
}

static void test_an_account_in_another_zone_or_currency_is_read_whole_again(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-20", 5);
	case_settle(c);
	case_now_ms += 5 * CASE_DAY;
	case_settle(c);
	case_forget_asked(c);
	case_tiktok.currency = "USD";
	case_now_ms += CASE_DAY;
	case_settle(c);
	assert_int_equal(case_asked(c, "start_date=2026-07-20&end_date=2026-07-28"), 2);
	assert_text(case_snapshot(c, CASE_NAME "|ad|100001|2026-07-20").currency, "USD");
	case_tiktok.zone = "America/Lima";
	case_now_ms += CASE_DAY;
	case_settle(c);
	assert_int_equal(case_asked(c, "start_date=2026-07-20&end_date=2026-07-29"), 2);
	assert_text(case_snapshot(c, CASE_NAME "|ad|100001|2026-07-20").day_zone, "America/Lima");
	case_free(&c);
}

// What TikTok says of the account that cannot be used: tried again a day later, and read then.
static void unusable(enum sync_state expected, const char *reason)
{
	struct ingest_case *c = case_new();
	struct case_tiktok usual = case_tiktok;

	case_start(c);
	case_connect(c, 1);
	if (strcmp(reason, "not_listed") == 0)
		case_tiktok.unlisted = true;
	else if (strcmp(reason, "no_currency") == 0)
		case_tiktok.currency = "";
	else
		case_tiktok.zone = "Mars/Base";
	case_settle(c);
	case_is(c, expected, reason);
	assert_int_equal(case_status(c).next_sync, CASE_NOON + CASE_DAY);
	assert_int_equal(case_asked(c, "/campaign/get/"), 0);
	case_tiktok = usual;
	case_now_ms += CASE_DAY;
	case_settle(c);
	case_is(c, SYNC_OK, "");
	case_free(&c);
}

static void test_what_cannot_be_used_of_an_account_is_said(void **state)
{
	(void)state;
	unusable(SYNC_NO_ACCESS, "not_listed");
	unusable(SYNC_FAILING, "no_currency");
	unusable(SYNC_FAILING, "unknown_zone");
}

static void test_a_token_that_does_not_open_is_said_and_tried_again(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	case_connect_as(c, CONNECTION_ACTIVE, 2, NULL);
	case_settle(c);
	case_is(c, SYNC_FAILING, "connection_no_token");
	assert_int_equal(case_status(c).next_sync, CASE_NOON + 300000);
	assert_int_equal(case_shard(c)->readings, 0);
	case_connect(c, 3);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	case_free(&c);
}

static void test_ads_beyond_what_a_report_answers_for_are_asked_for_by_campaign(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_tiktok.ads = REPORT_ADS_MAX + 500;
	case_tiktok.ads_of_campaign = 7000;
	case_row(3, "2026-07-22", 5); // the oldest ones, of which TikTok would say nothing
	case_row(REPORT_ADS_MAX + 3, "2026-07-22", 6);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	assert_int_equal(case_snapshot(c, CASE_NAME "|ad|100004|2026-07-22").spend_micros, 5000000);
	assert_int_equal(case_snapshot(c, CASE_NAME "|ad|120004|2026-07-22").spend_micros, 6000000);
	assert_int_equal(case_asked(c, "AUCTION_AD&"), 2); // two and one campaigns
	assert_int_equal(case_asked(c, "AUCTION_ADVERTISER"), 1);
	case_free(&c);
}

static void test_a_window_of_many_ads_is_short(void **state)
{
	// 100,000 rows at a time.
	(void)state;
	struct ingest_case *c = case_new_with("every: 6h, first: 30d, trailing: 28d", false);

	case_start(c);
	case_connect(c, 1);
	case_tiktok.ads = 9999;
	case_settle(c);
	assert_int_equal(case_asked(c, "AUCTION_AD&"), 3);
	assert_int_equal(case_asked(c, "start_date=2026-07-13&end_date=2026-07-22"), 2);
	case_free(&c);
}

static void test_an_ad_group_that_is_too_large_fails_the_reading(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_tiktok.ads = REPORT_ADS_MAX + 1;
	case_settle(c);
	case_is(c, SYNC_FAILING, "too_large");
	assert_int_equal(case_asked(c, "/report/"), 0);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 0);
	case_free(&c);
}

static void test_days_of_utc_come_from_hours_or_by_tiktoks_switch(void **state)
{
	(void)state;
	struct ingest_case *c = case_new_with("every: 6h, first: 2d, trailing: 1d, days: utc", false);

	case_start(c);
	case_connect(c, 1);
	case_row(0, "2026-07-22 01", 5); // in Paris: 23:00 of the 21st
	case_row(0, "2026-07-22 02", 6);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	assert_int_equal(case_asked(c, "stat_time_hour"), 6);
	assert_int_equal(case_snapshot(c, CASE_NAME "|ad|100001|2026-07-21").spend_micros, 5000000);
	assert_int_equal(case_snapshot(c, CASE_NAME "|ad|100001|2026-07-22").spend_micros, 6000000);
	assert_text(case_snapshot(c, CASE_NAME "|ad|100001|2026-07-22").day_zone, "UTC");
	case_tiktok.rows_n = 0;
	case_tiktok.zone = "Asia/Kolkata";
	case_forget_asked(c);
	case_now_ms += CASE_DAY;
	case_settle(c);
	assert_int_equal(case_asked(c, "stat_time_hour"), 0);
	assert_int_equal(case_asked(c, "multi_adv_report_in_utc_time=true"), 2);
	case_free(&c);
}

static void test_a_reading_whose_transaction_is_aborted_is_begun_again(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_step(c);
	case_commit(c);
	case_step(c);
	case_wait(c);
	case_step(c);
	case_abort(c);
	assert_int_equal(case_shard(c)->readings, 0);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 1);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_first_reading_takes_all_days_and_says_so),
		cmocka_unit_test(test_it_is_read_again_when_it_is_due_and_only_what_may_have_changed),
		cmocka_unit_test(test_days_that_are_settled_become_one_span),
		cmocka_unit_test(test_a_window_is_published_with_its_span),
		cmocka_unit_test(test_a_reading_that_was_cut_off_goes_on),
		cmocka_unit_test(test_a_reading_that_was_cut_off_long_ago_is_begun_anew),
		cmocka_unit_test(test_an_account_in_another_zone_or_currency_is_read_whole_again),
		cmocka_unit_test(test_what_cannot_be_used_of_an_account_is_said),
		cmocka_unit_test(test_a_token_that_does_not_open_is_said_and_tried_again),
		cmocka_unit_test(test_ads_beyond_what_a_report_answers_for_are_asked_for_by_campaign),
		cmocka_unit_test(test_a_window_of_many_ads_is_short),
		cmocka_unit_test(test_an_ad_group_that_is_too_large_fails_the_reading),
		cmocka_unit_test(test_days_of_utc_come_from_hours_or_by_tiktoks_switch),
		cmocka_unit_test(test_a_reading_whose_transaction_is_aborted_is_begun_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
