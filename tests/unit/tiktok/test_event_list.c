// SPDX-License-Identifier: Apache-2.0
// TikTok is told of its own clicks that got something, once each, when the order is far enough; of nothing that was refused or cancelled.
#include "tests/unit/tiktok/event_case.h"

static struct event_case three_credits(void)
{
	struct event_case k = case_new();

	k.credits[0] = case_credit("E.C.P.a", 1000, 10000000);
	k.credits[1] = case_credit("g-1", 2000, 20000000);
	k.credits[1].channel = T("google");
	k.credits[1].ttclid = VIEW_ABSENT;
	k.credits[2] = case_credit("E.C.P.b", 3000, 30000000);
	k.c.credits.n = 3;
	return k;
}

static void each_credit_of_tiktoks_with_its_value(void **state)
{
	struct event_case k = three_credits();
	struct event_wanted *events;
	size_t n;

	(void)state;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	assert_int_equal(n, 2);
	assert_ptr_equal(events[0].credit, &k.credits[0]);
	assert_int_equal(events[0].value_micros, 10000000);
	assert_ptr_equal(events[1].credit, &k.credits[2]);
	assert_int_equal(events[1].value_micros, 30000000);
	assert_false(view_eq(events[0].id, events[1].id));
	case_clear(&k);
}

static void a_share_of_nothing_is_not_sent(void **state)
{
	struct event_case k = three_credits();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.credits[2].share_nanos = 0;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	assert_int_equal(n, 1);
	k.goal.export = EXPORT_LAST_TOUCH_ONLY;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	assert_int_equal(n, 1);
	assert_ptr_equal(events[0].credit, &k.credits[0]);
	case_clear(&k);
}

static void last_touch_only_has_the_whole_value(void **state)
{
	struct event_case k = three_credits();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.goal.export = EXPORT_LAST_TOUCH_ONLY;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	assert_int_equal(n, 1);
	assert_ptr_equal(events[0].credit, &k.credits[2]);
	assert_int_equal(events[0].value_micros, 79900000);
	k.credits[0].click_time = 3000; // a tie goes to the larger id, wherever it stands
	k.credits[0].click_id = T("E.C.P.c");
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	assert_ptr_equal(events[0].credit, &k.credits[0]);
	case_clear(&k);
}

static void only_others_clicks_are_not_tiktoks(void **state)
{
	struct event_case k = three_credits();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.credits[0].channel = k.credits[2].channel = T("google");
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
	assert_int_equal(n, 0);
	k.goal.destination.send = SEND_ALL;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	assert_int_equal(n, 1);
	assert_null(events[0].credit);
	assert_int_equal(events[0].value_micros, 79900000);
	case_clear(&k);
}

static void all_sends_what_has_no_click(void **state)
{
	static const enum outcome outcomes[] = {OUTCOME_OUTSIDE_WINDOW, OUTCOME_NO_CLICK, OUTCOME_NOT_FIRST};
	struct event_wanted *events;
	size_t n;

	(void)state;
	for (size_t i = 0; i < sizeof outcomes / sizeof *outcomes; i++) {
		struct event_case k = case_new();

		k.c.outcome = (int8_t)outcomes[i];
		assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
		k.goal.destination.send = SEND_ALL;
		assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
		assert_int_equal(n, 1);
		assert_null(events[0].credit);
		assert_int_equal(events[0].value_micros, 79900000);
		case_clear(&k);
	}
}

static void without_consent_never(void **state)
{
	struct event_case k = case_new();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.goal.destination.send = SEND_ALL;
	k.c.outcome = OUTCOME_NO_CONSENT;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NO_CONSENT);
	k.c.outcome = OUTCOME_ATTRIBUTED;
	k.c.context.consent = CONSENT_DENIED;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NO_CONSENT);
	assert_int_equal(n, 0);
	case_clear(&k);
}

static void cancelled_never(void **state)
{
	struct event_case k = three_credits();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.goal.destination.send = SEND_ALL;
	k.c.outcome = OUTCOME_CANCELLED;
	k.c.status = STATUS_CANCELLED;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
	k.c.outcome = OUTCOME_NOT_FIRST; // this outcome comes before `cancelled`
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
	case_clear(&k);
}

static void an_event_waits_for_its_state(void **state)
{
	struct event_case k = case_new();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.goal.destination.at = EXPORT_AT_CONFIRMED;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_YET);
	k.c.conversions.confirmed_nanos = 1000000000;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	k.goal.destination.at = EXPORT_AT_DELIVERED;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_YET);
	k.c.conversions.delivered_nanos = 1000000000;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	case_clear(&k);
}

static void a_goal_that_exports_nothing_wants_nothing(void **state)
{
	struct event_case k = case_new();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.goal.export = EXPORT_NONE;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
	case_clear(&k);
}

static void a_name_without_a_counterpart_is_not_wanted(void **state)
{
	struct event_case k = case_new();
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.goal.event = k.c.event = T("page_view");
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOW);
	k.goal.destination.view_content = VIEW_CONTENT_VIEW_ITEM;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
	k.goal.event = k.c.event = T("begin_checkout");
	k.goal.destination.source = SOURCE_APP;
	assert_int_equal(case_list(&k, &events, &n), EVENT_NOT_WANTED);
	case_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(each_credit_of_tiktoks_with_its_value),
		cmocka_unit_test(a_share_of_nothing_is_not_sent),
		cmocka_unit_test(last_touch_only_has_the_whole_value),
		cmocka_unit_test(only_others_clicks_are_not_tiktoks),
		cmocka_unit_test(all_sends_what_has_no_click),
		cmocka_unit_test(without_consent_never),
		cmocka_unit_test(cancelled_never),
		cmocka_unit_test(an_event_waits_for_its_state),
		cmocka_unit_test(a_goal_that_exports_nothing_wants_nothing),
		cmocka_unit_test(a_name_without_a_counterpart_is_not_wanted),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
