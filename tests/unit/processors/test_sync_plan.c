// SPDX-License-Identifier: Apache-2.0
// A reading takes every day that TikTok may still change and no other, the newest first; gaps and days that an outage left unsettled are found again.
#include "processors/spend-ingest/sync_plan.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/own.h"
#include "base/when.h"
#include "tests/sim/sim_random.h"

static const int64_t DAY_MS = 86400000, HOUR_MS = 3600000;
static const struct sync_plan_settings stock = {.every_ms = 6 * 3600000LL, .at_minute = -1, .first_days = 90, .trailing_days = 28};

static int64_t at(const char *text)
{
	int64_t ms;

	assert_int_equal(when_parse_iso(view_text(text), &ms), 0);
	return ms;
}

static const struct zone *zone_named(const char *name)
{
	const struct zone *zone = NULL;
	struct err err;

	assert_int_equal(zone_open(view_text(name), &zone, &err), 0);
	return zone;
}

// One whole reading that begins at `now_ms`; how many days it took.
static int32_t read_all(struct spans *spans, const struct zone *zone, int32_t *first_day, int64_t now_ms, int32_t most)
{
	struct sync_plan plan = {&stock, zone, 0, sync_plan_day(zone, now_ms), now_ms};
	struct sync_plan_window w;
	int32_t days = 0, newest = INT32_MAX;

	plan.first_day = *first_day = sync_plan_first_day(&stock, *first_day, plan.today);
	while (sync_plan_next_window(&plan, spans, most, &w)) {
		assert_true(w.from <= w.to && w.to - w.from < most && w.to < newest);
		assert_true(w.from >= plan.first_day && w.to <= plan.today);
		newest = w.from;
		days += w.to - w.from + 1;
		spans_add(spans, (struct span){w.from, w.to, now_ms});
	}
	assert_int_equal(sync_plan_days_left(&plan, spans), 0);
	spans_join_before(spans, sync_plan_settled_before(&plan, now_ms));
	return days;
}

static void test_the_first_reading_takes_ninety_days_in_three_windows(void **state)
{
	OWN(spans_clear) struct spans spans = {0};
	int64_t now_ms = at("2026-07-20T12:00:00Z");
	int32_t today = sync_plan_day(NULL, now_ms);
	struct sync_plan plan = {&stock, NULL, sync_plan_first_day(&stock, SYNC_NO_DAY, today), today, now_ms};
	struct sync_plan_window w;

	(void)state;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(sync_plan_days_left(&plan, &spans), 90 - 30 * i);
		assert_true(sync_plan_next_window(&plan, &spans, SYNC_WINDOW_MAX, &w));
		assert_int_equal(w.to, today - 30 * i);
		assert_int_equal(w.from, today - 30 * i - 29);
		spans_add(&spans, (struct span){w.from, w.to, now_ms});
	}
	assert_false(sync_plan_next_window(&plan, &spans, SYNC_WINDOW_MAX, &w));
}

static void test_later_readings_take_the_trailing_days_alone(void **state)
{
	OWN(spans_clear) struct spans spans = {0};
	int64_t now_ms = at("2026-07-20T12:00:00Z");
	int32_t first = SYNC_NO_DAY;

	(void)state;
	assert_int_equal(read_all(&spans, NULL, &first, now_ms, SYNC_WINDOW_MAX), 90);
	for (int i = 1; i <= 400; i++) {
		int32_t days = read_all(&spans, NULL, &first, now_ms + i * 6 * HOUR_MS, SYNC_WINDOW_MAX);

		assert_in_range(days, 29, 30); // today, 28 days before it, and at midnight the one that has just ended
		assert_true(spans.n <= 3);     // it does not grow with the years
	}
	assert_int_equal(first, sync_plan_day(NULL, now_ms) - 89);
}

static void test_an_outage_leaves_no_gap_and_no_day_unsettled(void **state)
{
	OWN(spans_clear) struct spans spans = {0};
	int64_t now_ms = at("2026-07-20T12:00:00Z");
	int32_t first = SYNC_NO_DAY, before = sync_plan_day(NULL, now_ms), today = before + 50;

	(void)state;
	read_all(&spans, NULL, &first, now_ms, SYNC_WINDOW_MAX);
	// The 28 days before the outage were read too early, the 50 of it not at all.
	assert_int_equal(read_all(&spans, NULL, &first, now_ms + 50 * DAY_MS, 7), 29 + 50);
	for (int32_t day = first; day <= today; day++) {
		const struct span *span = spans_find(&spans, day);

		assert_non_null(span);
		assert_true(day + 29 > today || span->read_at >= (day + 29) * DAY_MS);
	}
}

static void test_a_reading_that_was_cut_off_takes_the_rest(void **state)
{
	OWN(spans_clear) struct spans spans = {0};
	int64_t began_ms = at("2026-07-20T12:00:00Z");
	int32_t today = sync_plan_day(NULL, began_ms);
	struct sync_plan plan = {&stock, NULL, today - 89, today, began_ms};
	struct sync_plan_window w;

	(void)state;
	assert_true(sync_plan_next_window(&plan, &spans, 10, &w));
	spans_add(&spans, (struct span){w.from, w.to, began_ms});
	assert_int_equal(sync_plan_days_left(&plan, &spans), 80);
	assert_true(sync_plan_next_window(&plan, &spans, 10, &w));
	assert_int_equal(w.to, today - 10);
}

static void test_today_is_the_accounts(void **state)
{
	int64_t ms = at("2026-07-20T23:30:00Z");

	(void)state;
	assert_int_equal(sync_plan_day(zone_named("Pacific/Auckland"), ms), sync_plan_day(NULL, ms) + 1);
	assert_int_equal(sync_plan_day(zone_named("America/Lima"), ms), sync_plan_day(NULL, ms));
	assert_int_equal(sync_plan_day(NULL, -1), -1);
}

static void test_once_a_day_is_a_time_of_the_accounts_clock(void **state)
{
	struct sync_plan_settings daily = stock;
	const struct zone *lima = zone_named("America/Lima"), *paris = zone_named("Europe/Paris");

	(void)state;
	daily.at_minute = 4 * 60 + 30;
	assert_int_equal(sync_plan_next_sync(&daily, lima, at("2026-07-20T09:29:00Z")), at("2026-07-20T09:30:00Z"));
	assert_int_equal(sync_plan_next_sync(&daily, lima, at("2026-07-20T09:30:00Z")), at("2026-07-21T09:30:00Z"));
	assert_int_equal(sync_plan_next_sync(&daily, NULL, at("2026-07-20T09:30:00Z")), at("2026-07-21T04:30:00Z"));
	daily.at_minute = 2 * 60 + 30; // skipped on the last Sunday of March, twice there on that of October
	assert_int_equal(sync_plan_next_sync(&daily, paris, at("2026-03-28T12:00:00Z")), at("2026-03-29T01:30:00Z"));
	int64_t october = sync_plan_next_sync(&daily, paris, at("2026-10-24T12:00:00Z"));
	assert_true(october == at("2026-10-25T00:30:00Z") || october == at("2026-10-25T01:30:00Z"));
	assert_int_equal(sync_plan_next_sync(&stock, paris, 1000), 1000 + stock.every_ms);
}

// Days of work and days of silence in any order: whatever was missed is read in the end, and no reading takes a settled day again.
static void test_any_sequence_of_outages_ends_complete(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 200; seed++) {
		struct sim_random random = {seed};
		OWN(spans_clear) struct spans spans = {0};
		int64_t now_ms = at("2026-01-05T00:00:00Z");
		int32_t first = SYNC_NO_DAY;
		const struct zone *zone = zone_named(seed % 2 ? "America/Los_Angeles" : "Asia/Kolkata");

		for (int i = 0; i < 40; i++) {
			read_all(&spans, zone, &first, now_ms, 1 + (int32_t)sim_random_below(&random, 30));
			int32_t today = sync_plan_day(zone, now_ms);
			for (int32_t day = first; day <= today; day++) {
				const struct span *span = spans_find(&spans, day);

				assert_non_null(span);
				assert_true(span->read_at >= sync_plan_day_start(zone, day + 29) || span->read_at == now_ms);
			}
			now_ms += (int64_t)sim_random_below(&random, sim_random_below(&random, 4) ? 12 * 3600000 : 45u * 86400000);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_first_reading_takes_ninety_days_in_three_windows),
		cmocka_unit_test(test_later_readings_take_the_trailing_days_alone),
		cmocka_unit_test(test_an_outage_leaves_no_gap_and_no_day_unsettled),
		cmocka_unit_test(test_a_reading_that_was_cut_off_takes_the_rest),
		cmocka_unit_test(test_today_is_the_accounts),
		cmocka_unit_test(test_once_a_day_is_a_time_of_the_accounts_clock),
		cmocka_unit_test(test_any_sequence_of_outages_ends_complete),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
