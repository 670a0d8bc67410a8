// SPDX-License-Identifier: Apache-2.0
// A window is read whole or not at all: pages that move are read again, what is too large is halved, refusals are told from trouble that passes, and
// nothing from outside is without a ceiling.
#include "tiktok/reader.h"

#include "base/when.h"
#include "tests/unit/tiktok/reading_case.h"
#include "tiktok/account.h"
#include "tiktok/report.h"
#include "tiktok/structure.h"

static struct reader_limits limits;

static void begin_report(int32_t first, int32_t last)
{
	struct report_ask ask = {.advertiser_id = VIEW_LIT("70"), .first_day = first, .last_day = last};
	struct err err;

	end_case(NULL);
	assert_int_equal(zone_open(VIEW_LIT("Etc/UTC"), &ask.zone, &err), 0);
	reader = report_reader_new(&ask, &limits);
}

static void begin_ads(void)
{
	end_case(NULL);
	reader = structure_reader_new(STRUCTURE_AD, VIEW_LIT("70"), &limits);
}

// Ads with the ids `first`, first + 1, …
static void answer_ads(int first, int n, int total, int pages)
{
	OWN(buf_clear) struct buf data = {0};

	buf_add_text(&data, "{\"list\":[");
	for (int i = 0; i < n; i++)
		buf_addf(&data, "%s{\"ad_id\":%d}", i ? "," : "", first + i);
	buf_addf(&data, "],\"page_info\":{\"page\":1,\"page_size\":2,\"total_number\":%d,\"total_page\":%d}}", total, pages);
	buf_add_byte(&data, 0);
	answer_data(data.p);
}

static size_t take_rows(void)
{
	size_t n;

	expect(READER_ROWS);
	reader_rows(reader, &n);
	return n;
}

static void pages_are_one_window(void **state)
{
	size_t n;

	(void)state;
	limits = (struct reader_limits){.page_size = 100};
	begin_ads();
	expect_ask("page=1&page_size=100");
	assert_int_equal(reader_next(reader, now_ms, &asked, &(int64_t){0}), READER_BUSY);
	answer_ads(300, 100, 150, 2);
	expect_ask("page=2&page_size=100");
	answer_ads(200, 50, 150, 2);
	expect(READER_ROWS);
	const struct structure *ads = reader_rows(reader, &n);
	assert_int_equal(n, 150);
	assert_true(view_eq(ads[0].id, VIEW_LIT("200"))); // in the order of ids
	assert_true(view_eq(ads[149].id, VIEW_LIT("399")));
	expect(READER_DONE);
	expect(READER_DONE);
	assert_int_equal(reader_progress(reader).requests, 2);
	assert_int_equal(reader_progress(reader).windows, 1);
}

static void a_full_last_page_is_not_believed(void **state)
{
	(void)state;
	begin_ads();
	expect_ask("page=1");
	answer_ads(300, 100, 100, 1);
	expect_ask("page=2");
	answer_ads(0, 0, 100, 1);
	assert_int_equal(take_rows(), 100);
	expect(READER_DONE);
}

static void an_empty_answer_is_an_answer(void **state)
{
	(void)state;
	for (int pages = 0; pages < 2; pages++) {
		begin_ads();
		expect_ask("page=1");
		answer_ads(0, 0, 0, pages);
		assert_int_equal(take_rows(), 0);
		expect(READER_DONE);
	}
}

static void read_moving_window(int total_first)
{
	expect_ask("page=1");
	answer_ads(300, 100, total_first, 2);
	expect_ask("page=2");
	answer_ads(400, 20, 120, 2);
}

static void pages_that_move_are_read_again(void **state)
{
	(void)state;
	begin_ads();
	read_moving_window(121); // one was deleted meanwhile
	read_moving_window(120);
	assert_int_equal(take_rows(), 120);
	assert_int_equal(reader_progress(reader).rereads, 1);
}

static void the_same_rows_twice_are_enough(void **state)
{
	(void)state;
	begin_ads();
	read_moving_window(220);
	read_moving_window(220);
	assert_int_equal(take_rows(), 120);
}

static void a_row_seen_twice_is_never_enough(void **state)
{
	(void)state;
	limits.readings = 3;
	begin_ads();
	for (int i = 0; i < 3; i++) {
		expect_ask("page=1");
		answer_ads(300, 100, 120, 2);
		expect_ask("page=2");
		answer_ads(399, 20, 120, 2);
	}
	expect(READER_FAILED);
	assert_int_equal(reader_result(reader)->verdict, CALL_RETRY);
	assert_non_null(strstr(reader_result(reader)->message, "rows moved between pages in each of 3 readings"));
	assert_int_equal(reader_progress(reader).windows, 0);
	limits.readings = 0;
}

static void fewer_rows_than_announced_are_never_enough(void **state)
{
	(void)state;
	begin_ads();
	for (int i = 0; i < 4; i++) {
		expect_ask("page=1");
		answer_ads(300, 50, 51, 1);
	}
	expect(READER_FAILED);
	assert_int_equal(reader_result(reader)->verdict, CALL_RETRY);
}

static void answer_days(const char *first, int n)
{
	OWN(buf_clear) struct buf data = {0};
	char text[WHEN_DAY_SIZE];
	int32_t day;

	assert_int_equal(when_parse_day(view_text(first), &day), 0);
	buf_add_text(&data, "{\"list\":[");
	for (int i = 0; i < n; i++)
		buf_addf(&data, "%s{\"dimensions\":{\"ad_id\":\"5\",\"stat_time_day\":\"%s 00:00:00\"},\"metrics\":{\"spend\":\"1.00\"}}",
			i ? "," : "", when_print_day(day + i, text));
	buf_addf(&data, "],\"page_info\":{\"total_number\":%d,\"total_page\":1}}", n);
	buf_add_byte(&data, 0);
	answer_data(data.p);
}

static int32_t day_of(const char *text)
{
	int32_t day = 0;

	assert_int_equal(when_parse_day(view_text(text), &day), 0);
	return day;
}

static void too_large_is_halved_and_stays_so(void **state)
{
	(void)state;
	begin_report(day_of("2026-06-01"), day_of("2026-06-30"));
	expect_ask("start_date=2026-06-01&end_date=2026-06-30");
	answer_code(40067);
	expect_ask("start_date=2026-06-01&end_date=2026-06-15");
	answer_code(40067);
	expect_ask("start_date=2026-06-01&end_date=2026-06-07");
	answer_days("2026-06-01", 7);
	assert_int_equal(take_rows(), 7);
	expect_ask("start_date=2026-06-08&end_date=2026-06-14");
	answer_days("2026-06-08", 2);
	assert_int_equal(take_rows(), 2);
	assert_int_equal(reader_progress(reader).halvings, 2);
	assert_int_equal(reader_progress(reader).windows, 2);
}

static void the_smallest_that_is_too_large_fails(void **state)
{
	int asks = 0;

	(void)state;
	limits = (struct reader_limits){0};
	begin_report(day_of("2026-06-01"), day_of("2026-06-02"));
	for (; next() == READER_ASK; asks++)
		answer_code(40067);
	expect(READER_FAILED);
	assert_int_equal(reader_result(reader)->verdict, CALL_SMALLER);
	assert_int_equal(reader_result(reader)->code, 40067);
	assert_true(asks > 2 && asks < 10);
}

static void an_answer_of_too_many_bytes_makes_pages_smaller(void **state)
{
	(void)state;
	begin_report(day_of("2026-06-01"), day_of("2026-06-30"));
	expect_ask("page=1&page_size=1000");
	answer_error("http_too_large");
	expect_ask("end_date=2026-06-30");
	assert_true(asked_has("page_size=500"));
	answer_days("2026-06-01", 30);
	assert_int_equal(take_rows(), 30);
}

static void ceilings_hold(void **state)
{
	(void)state;
	limits = (struct reader_limits){.rows = 5};
	begin_report(day_of("2026-06-01"), day_of("2026-06-08"));
	expect_ask("end_date=2026-06-08");
	answer_days("2026-06-01", 8);
	expect_ask("end_date=2026-06-04");
	answer_days("2026-06-01", 4);
	assert_int_equal(take_rows(), 4);
	limits = (struct reader_limits){.bytes = 2000, .page_size = 100};
	begin_ads();
	expect_ask("page=1");
	answer_ads(300, 100, 100, 1);
	expect(READER_FAILED);
	assert_int_equal(reader_result(reader)->verdict, CALL_SMALLER);
	assert_non_null(strstr(reader_result(reader)->message, "ceiling of bytes"));
	limits = (struct reader_limits){.pages = 2, .page_size = 100};
	begin_ads();
	expect_ask("page=1");
	answer_ads(100, 100, 99999, 1000);
	expect_ask("page=2");
	answer_ads(200, 100, 99999, 1000);
	expect(READER_FAILED);
	assert_non_null(strstr(reader_result(reader)->message, "ceiling of pages"));
	limits = (struct reader_limits){0};
}

static void trouble_that_passes_is_waited_for(void **state)
{
	static const int codes[] = {40016, 40100, 40132, 40133, 40200, 50000, 51010, 60001, 61000};

	(void)state;
	begin_ads();
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		int64_t before_ms = now_ms;

		expect_ask("page=1");
		answer_code(codes[i]);
		assert_int_equal(next(), READER_ASK);
		assert_true(now_ms > before_ms && now_ms <= before_ms + 60 * 1000);
		assert_true(codes[i] != 60001 || now_ms >= before_ms + 60 * 1000);
		reader_unsent(reader);
	}
	expect_ask("page=1");
	answer_ads(1, 1, 1, 1);
	assert_int_equal(take_rows(), 1);
}

static void trouble_that_stays_ends(void **state)
{
	int asks = 0;

	(void)state;
	limits = (struct reader_limits){.tries = 5};
	begin_ads();
	for (; next() == READER_ASK; asks++)
		answer_code(50000);
	assert_int_equal(asks, 5);
	assert_int_equal(reader_result(reader)->verdict, CALL_RETRY);
	assert_int_equal(reader_result(reader)->code, 50000);
	limits = (struct reader_limits){0};
}

static void refusals_end_at_once(void **state)
{
	static const struct {
		int code, asks;
		enum call_verdict verdict;
	} ends[] = {{40105, 1, CALL_REAUTHORISE}, {40001, 1, CALL_NO_ACCESS}, {40131, 1, CALL_SCOPE}, {40002, 1, CALL_REFUSED},
		{40102, 3, CALL_REAUTHORISE}, {40101, 3, CALL_REFUSED}, {40700, 4, CALL_REFUSED}};

	(void)state;
	for (size_t i = 0; i < sizeof ends / sizeof *ends; i++) {
		int asks = 0;

		begin_ads();
		for (; next() == READER_ASK; asks++)
			answer_code(ends[i].code);
		assert_int_equal(asks, ends[i].asks);
		assert_int_equal(reader_result(reader)->verdict, ends[i].verdict);
		assert_int_equal(reader_result(reader)->code, ends[i].code);
		assert_string_equal(reader_result(reader)->request_id, "R1");
	}
}

static void data_of_another_shape_is_not_understood(void **state)
{
	static const char *const data[] = {"{}", "null", "[]", "5", "\"x\"", "{\"list\":{}}", "{\"list\":[5]}", "{\"list\":[null]}",
		"{\"list\":[[]]}", "{\"list\":[{}]}", "{\"list\":[{\"ad_id\":\"x\"}]}", "{\"list\":[{\"ad_id\":-5}]}",
		"{\"list\":[{\"ad_id\":1.5}]}", "{\"list\":[{\"ad_id\":123456789012345678901}]}", "{\"list\":[{\"ad_id\":\"1\"},{\"ad_id\":{}}]}"};

	(void)state;
	for (size_t i = 0; i < sizeof data / sizeof *data; i++) {
		int asks = 0;

		begin_ads();
		for (; next() == READER_ASK && asks < 20; asks++)
			answer_data(data[i]);
		if (asks != 4)
			fail_msg("%s was asked for %d times", data[i], asks);
		assert_int_equal(reader_result(reader)->verdict, CALL_REFUSED);
		assert_non_null(strstr(reader_result(reader)->message, "not understood"));
	}
}

static void broken_bodies_are_asked_again(void **state)
{
	static const char *const bodies[] = {"", "<html>502</html>", "{\"code\":0,\"data\":{\"list\":[", "{\"code\":0,\"code\":0}", "[]",
		"{\"code\":0,\"data\":{\"list\":[{\"ad_id\":1,\"ad_id\":2}]}}"};
	OWN(buf_clear) struct buf deep = {0};

	(void)state;
	begin_ads();
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		expect_ask("page=1");
		answer_body(view_text(bodies[i]));
	}
	buf_add_text(&deep, "{\"code\":0,\"data\":");
	for (int i = 0; i < 100000; i++)
		buf_add_byte(&deep, '[');
	expect_ask("page=1");
	answer_body(buf_view(&deep));
	expect_ask("page=1");
	answer_ads(1, 1, 1, 1);
	assert_int_equal(take_rows(), 1);
}

static void ids_are_read_in_batches_and_halved(void **state)
{
	struct view ids[150];

	(void)state;
	for (int i = 0; i < 150; i++)
		ids[i] = VIEW_LIT("70");
	end_case(NULL);
	reader = account_reader_new(ids, 150, &limits);
	expect(READER_ASK);
	assert_string_equal(asked.path, "/advertiser/info/");
	answer_code(40011);
	expect(READER_ASK);
	answer_data("{\"list\":[{\"advertiser_id\":70}]}");
	assert_int_equal(take_rows(), 1);
	assert_int_equal(reader_progress(reader).windows_known, 3);
	expect(READER_ASK);
	answer_data("{\"list\":[]}");
	assert_int_equal(take_rows(), 0);
	expect(READER_ASK);
	answer_data("{\"list\":[]}");
	assert_int_equal(take_rows(), 0);
	expect(READER_DONE);
	end_case(NULL);
	reader = account_reader_new(NULL, 0, &limits);
	expect(READER_DONE);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(pages_are_one_window, end_case),
		cmocka_unit_test_teardown(a_full_last_page_is_not_believed, end_case),
		cmocka_unit_test_teardown(an_empty_answer_is_an_answer, end_case),
		cmocka_unit_test_teardown(pages_that_move_are_read_again, end_case),
		cmocka_unit_test_teardown(the_same_rows_twice_are_enough, end_case),
		cmocka_unit_test_teardown(a_row_seen_twice_is_never_enough, end_case),
		cmocka_unit_test_teardown(fewer_rows_than_announced_are_never_enough, end_case),
		cmocka_unit_test_teardown(too_large_is_halved_and_stays_so, end_case),
		cmocka_unit_test_teardown(the_smallest_that_is_too_large_fails, end_case),
		cmocka_unit_test_teardown(an_answer_of_too_many_bytes_makes_pages_smaller, end_case),
		cmocka_unit_test_teardown(ceilings_hold, end_case),
		cmocka_unit_test_teardown(trouble_that_passes_is_waited_for, end_case),
		cmocka_unit_test_teardown(trouble_that_stays_ends, end_case),
		cmocka_unit_test_teardown(refusals_end_at_once, end_case),
		cmocka_unit_test_teardown(data_of_another_shape_is_not_understood, end_case),
		cmocka_unit_test_teardown(broken_bodies_are_asked_again, end_case),
		cmocka_unit_test_teardown(ids_are_read_in_batches_and_halved, end_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
