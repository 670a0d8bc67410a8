// SPDX-License-Identifier: Apache-2.0
// Promise: every click that the state has of a user gets one fate and a reason that agrees with the credits of the output.
#include "processors/attribution/explain_clicks.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"

static const int64_t T = 1772000000000, MINUTE = 60000, HOUR = 3600000, DAY = 86400000;

static struct goal goal;
static const struct rules_goal purchase = {.goal = &goal};

static struct landing at(int64_t before, const char *id, const char *channel)
{
	return (struct landing){.time = T - before, .id = view_text(id), .is_ttclid = true, .channel = view_text(channel)};
}

static struct explanation explanation(void)
{
	goal = (struct goal){.model = MODEL_LINEAR, .lookback_ms = 3 * DAY, .max_touchpoints = 100};
	return (struct explanation){.goal = &purchase,
		.now = {.conversion_time = T, .outcome = OUTCOME_ATTRIBUTED, .currency = VIEW_LIT("EUR"), .context = {.ttclid_time = TIME_ABSENT}}};
}

static struct credit credit_of(const struct landing *l, int64_t share)
{
	return (struct credit){.click_id = l->id, .ttclid = l->id, .click_time = l->time, .channel = l->channel, .share_nanos = share};
}

static const struct explain_click *find(const struct explanation *e, const char *id, int64_t time)
{
	for (size_t i = 0; i < e->click_count; i++)
		if (view_eq(e->clicks[i].landing.id, view_text(id)) && e->clicks[i].landing.time == time)
			return &e->clicks[i];
	fail_msg("click %s is not told", id);
	return NULL;
}

static void assert_fate(const struct explanation *e, const char *id, int64_t before, const char *fate, const char *why)
{
	const struct explain_click *c = find(e, id, T - before);

	assert_string_equal(c->fate, fate);
	if (!strstr(c->why, why))
		fail_msg("\"%s\" is not in: %s", why, c->why);
}

static void test_each_fate(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct explanation e = explanation();
	struct view tiktok = VIEW_LIT("tiktok");
	struct landing l[] = {
		at(20 * DAY, "ancient", "tiktok"),
		at(5 * DAY, "old", "tiktok"),
		at(2 * DAY, "a", "tiktok"),
		at(2 * DAY - MINUTE, "a", "tiktok"),
		at(DAY, "g", "google"),
		at(HOUR, "b", "tiktok"),
		at(0, "c", "tiktok"),
		at(-5 * MINUTE, "after", "tiktok"),
	};
	struct credit credits[] = {credit_of(&l[5], 250000000), credit_of(&l[6], 0)};

	goal.max_touchpoints = 2;
	goal.channels = &tiktok;
	goal.channel_count = 1;
	e.now.credits = (struct credits){credits, 2};
	explain_clicks(&e, 7 * DAY, l, sizeof l / sizeof *l, &arena);
	assert_int_equal(e.click_count, 8);
	assert_fate(&e, "ancient", 20 * DAY, "out_of_reach", "20d before the conversion; nothing older than 2 max_lookback (14d)");
	assert_fate(&e, "old", 5 * DAY, "outside_window", "5d before the conversion, the goal's lookback is 3d");
	assert_fate(&e, "a", 2 * DAY, "over_limit", "2 newer clicks count already");
	assert_fate(&e, "a", 2 * DAY - MINUTE, "repeat", "the same click id landed at 2026-02-23T06:13:20.000Z");
	assert_fate(&e, "g", DAY, "other_channel", "(google)");
	assert_fate(&e, "b", HOUR, "eligible", "linear gives it 25 %");
	assert_fate(&e, "c", 0, "eligible", "gives it no share");
	assert_fate(&e, "after", -5 * MINUTE, "after_conversion", "5m after the conversion");
	for (size_t i = 1; i < e.click_count; i++)
		assert_true(landing_cmp(&e.clicks[i - 1].landing, &e.clicks[i].landing) < 0);
}

static void test_no_credit_by_outcome(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct explanation e = explanation();
	struct landing l[] = {at(HOUR, "a", "tiktok")};

	e.now.outcome = OUTCOME_NOT_FIRST;
	explain_clicks(&e, 7 * DAY, l, 1, &arena);
	assert_fate(&e, "a", HOUR, "eligible", "the conversion's outcome gives no credit");
	assert_null(e.clicks[0].credit);
}

static void test_own_ttclid(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct explanation e = explanation();
	struct landing l[] = {at(HOUR, "known", "tiktok")};
	struct landing own = at(MINUTE, "mine", "tiktok");
	struct credit credits[] = {credit_of(&l[0], 500000000), credit_of(&own, 500000000)};

	e.now.context.ttclid = VIEW_LIT("mine");
	e.now.context.ttclid_time = T - MINUTE;
	e.now.credits = (struct credits){credits, 2};
	explain_clicks(&e, 7 * DAY, l, 1, &arena);
	assert_int_equal(e.click_count, 2);
	assert_false(find(&e, "known", T - HOUR)->own);
	assert_true(find(&e, "mine", T - MINUTE)->own);
	e = explanation(); // the click itself arrived, too
	e.now.context.ttclid = VIEW_LIT("known");
	e.now.context.ttclid_time = T - HOUR;
	explain_clicks(&e, 7 * DAY, l, 1, &arena);
	assert_int_equal(e.click_count, 1);
	assert_false(e.clicks[0].own);
}

static void test_credits_outlive_their_clicks(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct explanation e = explanation();
	struct landing gone = at(2 * DAY, "gone", "tiktok"), l[] = {at(DAY, "kept", "tiktok"), at(HOUR, "extra", "tiktok")},
				   last = at(MINUTE, "last", "tiktok");
	struct credit credits[] = {credit_of(&gone, 1), credit_of(&l[0], 2), credit_of(&last, 3)};

	e.frozen = true;
	e.now.credits = (struct credits){credits, 3};
	explain_clicks(&e, 7 * DAY, l, 2, &arena);
	assert_int_equal(e.click_count, 4);
	assert_fate(&e, "gone", 2 * DAY, "past_retention", "the click itself is past retention");
	assert_fate(&e, "kept", DAY, "eligible", "inside the lookback");
	assert_fate(&e, "extra", HOUR, "decided_before", "settled while older clicks were still kept");
	assert_fate(&e, "last", MINUTE, "past_retention", "the credit stands");
	assert_ptr_equal(find(&e, "last", T - MINUTE)->credit, &credits[2]);
}

static void test_floods_are_cut_and_counted(void **state)
{
	(void)state;
	enum { HOURS = 25, EACH = 100 };
	OWN(arena_clear) struct arena arena = {0};
	static char ids[HOURS * EACH][16];
	static struct landing l[HOURS * EACH];
	struct explanation e = explanation();
	int64_t hour = (T / HOUR - HOURS - 1) * HOUR;

	for (int i = 0; i < HOURS * EACH; i++) {
		snprintf(ids[i], sizeof ids[i], "bot-%d", i);
		l[i] = (struct landing){.time = hour + i / EACH * HOUR + i % EACH, .id = view_text(ids[i]), .channel = VIEW_LIT("tiktok")};
	}
	struct credit credits[] = {credit_of(&l[0], 1000000000)};

	e.now.credits = (struct credits){credits, 1};
	explain_clicks(&e, 7 * DAY, l, HOURS * EACH, &arena);
	assert_int_equal(e.flooded_hours, HOURS);
	assert_int_equal(e.click_count, EXPLAIN_CLICKS_MAX);
	assert_int_equal(e.left_out, HOURS * EACH - EXPLAIN_CLICKS_MAX);
	assert_non_null(find(&e, "bot-0", l[0].time)->credit); // what counts is never left out
	assert_non_null(find(&e, "bot-2499", l[2499].time));
}

static void test_spans(void **state)
{
	(void)state;
	const struct {
		int64_t ms;
		const char *text;
	} spans[] = {{0, "0ms"}, {250, "250ms"}, {1000, "1s"}, {1500, "1s 500ms"}, {90 * 1000, "1m 30s"}, {3 * 3600000, "3h"},
		{6 * 86400000LL + 4 * 3600000 + 5, "6d 4h"}, {800 * 86400000LL, "800d"}};
	char text[48];

	for (size_t i = 0; i < sizeof spans / sizeof *spans; i++)
		assert_string_equal(explain_span(spans[i].ms, text, sizeof text), spans[i].text);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_fate),
		cmocka_unit_test(test_no_credit_by_outcome),
		cmocka_unit_test(test_own_ttclid),
		cmocka_unit_test(test_credits_outlive_their_clicks),
		cmocka_unit_test(test_floods_are_cut_and_counted),
		cmocka_unit_test(test_spans),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
