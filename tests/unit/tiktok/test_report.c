// SPDX-License-Identifier: Apache-2.0
// A report is asked for as TikTok wants it, and its rows say exactly what the answer's digits say, or that they do not know.
#include "tiktok/report.h"

#include "base/when.h"
#include "tests/unit/tiktok/reading_case.h"

static const struct reader_limits limits;

static int32_t day_of(const char *text)
{
	int32_t day = 0;

	assert_int_equal(when_parse_day(view_text(text), &day), 0);
	return day;
}

static void begin(enum report_level level, enum report_cut cut, const char *zone, const char *first, const char *last)
{
	struct report_ask ask = {.advertiser_id = VIEW_LIT("7000000000000000001"),
		.level = level,
		.cut = cut,
		.first_day = day_of(first),
		.last_day = day_of(last)};
	struct err err;

	end_case(NULL);
	assert_int_equal(zone_open(view_text(zone), &ask.zone, &err), 0);
	reader = report_reader_new(&ask, &limits);
}

static const struct report_row *rows_are(size_t expected)
{
	size_t n;

	expect(READER_ROWS);
	const struct report_row *rows = reader_rows(reader, &n);
	assert_int_equal(n, expected);
	return rows;
}

// A list of rows of one page.
static void answer_rows(const char *rows, int n)
{
	OWN(buf_clear) struct buf data = {0};

	buf_addf(&data, "{\"list\":[%s],\"page_info\":{\"page\":1,\"total_number\":%d,\"total_page\":1}}", rows, n);
	buf_add_byte(&data, 0);
	answer_data(data.p);
}

static void each_cut_is_asked_for_in_its_way(void **state)
{
	(void)state;
	begin(REPORT_AD, REPORT_DAYS, "Europe/Paris", "2026-05-01", "2026-06-15");
	expect_ask(
		"?advertiser_id=7000000000000000001&report_type=BASIC&data_level=AUCTION_AD&dimensions=[\"ad_id\",\"stat_time_day\"]&metrics=[\"spend\","
		"\"impressions\",\"clicks\",\"conversion\",\"vta_conversion\",\"cta_conversion\",\"total_complete_payment_rate\","
		"\"total_purchase_value\",\"currency\",\"campaign_id\",\"adgroup_id\"]&start_date=2026-05-01&end_date=2026-05-30&filtering="
		"[{\"field_name\":\"ad_status\",\"filter_type\":\"IN\",\"filter_value\":\"[\\\"STATUS_ALL\\\"]\"}]&page=1&page_size=1000");
	assert_string_equal(asked.path, "/report/integrated/get/");
	assert_string_equal(asked.limit_id, "7000000000000000001");
	answer_rows("", 0);
	rows_are(0);
	expect_ask("start_date=2026-05-31&end_date=2026-06-15");
	begin(REPORT_ADVERTISER, REPORT_DAYS, "Europe/Paris", "2026-05-01", "2026-05-01");
	expect_ask("data_level=AUCTION_ADVERTISER&dimensions=[\"advertiser_id\",\"stat_time_day\"]");
	assert_false(asked_has("campaign_id"));
	assert_false(asked_has("filtering"));
	begin(REPORT_AD, REPORT_HOURS, "Europe/Paris", "2026-05-01", "2026-05-03");
	expect_ask("dimensions=[\"ad_id\",\"stat_time_hour\"]");
	assert_true(asked_has("start_date=2026-05-01&end_date=2026-05-01"));
	assert_int_equal(reader_progress(reader).windows_known, 3);
	begin(REPORT_AD, REPORT_UTC, "Europe/Paris", "2026-05-01", "2026-05-03");
	expect_ask("?advertiser_ids=[\"7000000000000000001\"]&multi_adv_report_in_utc_time=true&report_type=BASIC");
}

static void parents_narrow_a_report(void **state)
{
	struct view parents[] = {VIEW_LIT("11"), VIEW_LIT("12")};
	struct report_ask ask = {.advertiser_id = VIEW_LIT("70"), .cut = REPORT_UTC, .parents = parents, .parents_n = 2};

	(void)state;
	reader = report_reader_new(&ask, &limits);
	expect_ask(",{\"field_name\":\"campaign_ids\",\"filter_type\":\"IN\",\"filter_value\":\"[\\\"11\\\",\\\"12\\\"]\"}]");
	end_case(NULL);
	ask.parents_are_adgroups = true;
	reader = report_reader_new(&ask, &limits);
	expect_ask(",{\"field_name\":\"adgroup_ids\",\"filter_type\":\"IN\",\"filter_value\":\"[\\\"11\\\",\\\"12\\\"]\"}]");
}

static void rows_say_what_the_digits_say(void **state)
{
	(void)state;
	begin(REPORT_AD, REPORT_DAYS, "America/Los_Angeles", "2026-03-08", "2026-03-09");
	expect(READER_ASK);
	answer_rows(
		"{\"dimensions\":{\"ad_id\":1755000000000000002,\"stat_time_day\":\"2026-03-09 00:00:00\",\"new\":[]},\"metrics\":{\"spend\":60.000,"
		"\"impressions\":4696,\"clicks\":51.0,\"conversion\":\"3\",\"vta_conversion\":\"1\",\"cta_conversion\":\"2\","
		"\"total_complete_payment_rate\":4.35,\"total_purchase_value\":\"0.00\",\"currency\":\"USD\",\"campaign_id\":1744000000000000001,"
		"\"adgroup_id\":\"1744000000000000101\"}},"
		"{\"dimensions\":{\"ad_id\":\"1755000000000000001\",\"stat_time_day\":\"2026-03-09\"},\"metrics\":{\"spend\":\"-0.005\"}},"
		"{\"dimensions\":{\"ad_id\":\"1755000000000000002\",\"stat_time_day\":\"2026-03-08 00:00:00\"},\"metrics\":{\"spend\":\"-\",\"clicks\":null,"
		"\"impressions\":\"\",\"conversion\":\"many\",\"vta_conversion\":1.5,\"currency\":\"-\",\"campaign_id\":0,\"adgroup_id\":\"-\","
		"\"total_complete_payment_rate\":{},\"total_purchase_value\":\"1e400\"}}",
		3);
	const struct report_row *r = rows_are(3);
	assert_true(view_eq(r[2].ad_id, VIEW_LIT("1755000000000000002")));
	assert_int_equal(r[2].day, day_of("2026-03-09"));
	assert_int_equal(r[2].hour, -1);
	assert_int_equal(r[2].from_ms, 1773039600000); // 07:00 of UTC
	assert_true(r[2].spend.known && r[2].spend.micros == 60000000);
	assert_int_equal(r[2].impressions, 4696);
	assert_int_equal(r[2].clicks, 51);
	assert_int_equal(r[2].conversions, 3);
	assert_int_equal(r[2].vta_conversions, 1);
	assert_int_equal(r[2].cta_conversions, 2);
	assert_int_equal(r[2].web_value.micros, 4350000);
	assert_true(r[2].app_value.known && r[2].app_value.micros == 0);
	assert_true(view_eq(r[2].campaign_id, VIEW_LIT("1744000000000000001")));
	assert_true(view_eq(r[2].adgroup_id, VIEW_LIT("1744000000000000101")));
	assert_true(view_eq(r[2].advertiser_id, VIEW_LIT("7000000000000000001")));
	assert_false(r[2].money_is_whole);
	assert_int_equal(r[1].spend.micros, -5000);
	assert_int_equal(r[1].clicks, READER_UNKNOWN);
	assert_false(r[0].spend.known || r[0].web_value.known || r[0].app_value.known);
	assert_int_equal(r[0].spend.micros, 0);
	assert_int_equal(r[0].from_ms, 1772956800000); // 08:00: clocks are set forward later that day
	assert_int_equal(r[0].impressions, READER_UNKNOWN);
	assert_int_equal(r[0].conversions, READER_UNKNOWN);
	assert_int_equal(r[0].vta_conversions, READER_UNKNOWN);
	assert_false(view_is_set(r[0].campaign_id) || view_is_set(r[0].adgroup_id));
}

static void hours_become_instants(void **state)
{
	(void)state;
	begin(REPORT_ADVERTISER, REPORT_HOURS, "America/Los_Angeles", "2026-11-01", "2026-11-01");
	expect(READER_ASK);
	answer_rows(
		"{\"dimensions\":{\"stat_time_hour\":\"2026-11-01 00:00:00\"}},{\"dimensions\":{\"stat_time_hour\":\"2026-11-01 01:00:00\"}},"
		"{\"dimensions\":{\"stat_time_hour\":\"2026-11-01 01:00:00\"}},{\"dimensions\":{\"stat_time_hour\":\"2026-11-01 02:00:00\"}}",
		4);
	const struct report_row *r = rows_are(4); // the repeated hour is no row seen twice
	assert_int_equal(r[0].from_ms, 1793516400000);
	assert_int_equal(r[1].from_ms, 1793520000000);
	assert_true(!r[0].is_twice && r[1].is_twice && r[2].is_twice && !r[3].is_twice);
	assert_int_equal(r[2].from_ms, 1793520000000);
	assert_int_equal(r[3].from_ms, 1793527200000);
	assert_int_equal(r[3].hour, 2);
}

static void rows_of_other_days_are_not_understood(void **state)
{
	static const char *const times[] = {"2026-05-31 00:00:00", "2026-06-03 00:00:00", "yesterday", "2026-06-31 00:00:00", "",
		"2026-06-01T00:00:00"};
	char row[200];

	(void)state;
	for (size_t i = 0; i < sizeof times / sizeof *times; i++) {
		begin(REPORT_AD, REPORT_DAYS, "Etc/UTC", "2026-06-01", "2026-06-02");
		snprintf(row, sizeof row, "{\"dimensions\":{\"ad_id\":\"5\",\"stat_time_day\":\"%s\"},\"metrics\":{}}", times[i]);
		for (int asks = 0; asks < 4; asks++) {
			expect(READER_ASK);
			answer_rows(row, 1);
		}
		expect(READER_FAILED);
		assert_int_equal(reader_result(reader)->verdict, CALL_REFUSED);
	}
}

static void amounts_of_tiktoks_utc_days_are_marked(void **state)
{
	(void)state;
	begin(REPORT_AD, REPORT_UTC, "Asia/Kolkata", "2026-06-01", "2026-06-02");
	expect(READER_ASK);
	answer_rows("{\"dimensions\":{\"ad_id\":\"5\",\"stat_time_day\":\"2026-06-01 00:00:00\"},\"metrics\":{\"spend\":\"7\"}}", 1);
	const struct report_row *r = rows_are(1);
	assert_true(r[0].money_is_whole);
	assert_int_equal(r[0].from_ms, 1780272000000); // midnight of UTC
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(each_cut_is_asked_for_in_its_way, end_case),
		cmocka_unit_test_teardown(parents_narrow_a_report, end_case),
		cmocka_unit_test_teardown(rows_say_what_the_digits_say, end_case),
		cmocka_unit_test_teardown(hours_become_instants, end_case),
		cmocka_unit_test_teardown(rows_of_other_days_are_not_understood, end_case),
		cmocka_unit_test_teardown(amounts_of_tiktoks_utc_days_are_marked, end_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
