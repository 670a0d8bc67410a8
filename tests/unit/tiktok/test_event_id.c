// SPDX-License-Identifier: Apache-2.0
// An event's id is a function of what happened: the same event has it again, another event never.
#include "tests/unit/tiktok/event_case.h"

static struct view id_of(struct event_case *k)
{
	struct event_wanted *events;
	size_t n;

	assert_int_equal(case_list(k, &events, &n), EVENT_NOW);
	return events[0].id;
}

static void the_default_is_a_hash_of_what_makes_it_this_event(void **state)
{
	struct event_case k = case_new();
	struct view first = id_of(&k);

	(void)state;
	// SHA-256 over (length as 4 bytes, text) of tenant, goal, conversion and click, the first 32 digits: computed by other means.
	assert_true(view_eq(first, T("714ec52445c1f1b1761be46135b83b15")));
	k.c.conversion_time++;
	k.c.value_micros++;
	assert_true(view_eq(first, id_of(&k)));
	k.c.conversion_id = T("o-99813");
	assert_false(view_eq(first, id_of(&k)));
	k.c.conversion_id = T("o-99812");
	k.credits[0].click_id = T("E.C.P.other");
	assert_false(view_eq(first, id_of(&k)));
	case_clear(&k);
}

static void parts_do_not_run_together(void **state)
{
	struct event_case a = case_new(), b = case_new();

	(void)state;
	a.c.goal = T("ab");
	a.c.conversion_id = T("c");
	b.c.goal = T("a");
	b.c.conversion_id = T("bc");
	assert_false(view_eq(id_of(&a), id_of(&b)));
	case_clear(&a);
	case_clear(&b);
}

static void no_click_differs_from_an_empty_one(void **state)
{
	struct event_case none = case_new(), empty = case_new();

	(void)state;
	none.goal.destination.send = SEND_ALL;
	none.c.outcome = OUTCOME_NO_CLICK;
	empty.credits[0].click_id = T("");
	empty.c.credits.n = 1;
	assert_true(view_eq(id_of(&none), T("11456c7cc6fdf653a32076f3a69c7f03")));
	assert_false(view_eq(id_of(&none), id_of(&empty)));
	case_clear(&none);
	case_clear(&empty);
}

static void ttclid_date_keeps_two_orders_apart(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.event_id = EVENT_ID_TTCLID_DATE;
	assert_true(view_eq(id_of(&k), T("E.C.P.AbCd_1234-xyz_2026-07-22_o-99812")));
	k.c.order_id = VIEW_ABSENT;
	k.c.conversion_id = T("c-1");
	assert_true(view_eq(id_of(&k), T("E.C.P.AbCd_1234-xyz_2026-07-22_c-1")));
	case_clear(&k);
}

static void a_long_one_is_hashed(void **state)
{
	struct event_case k = case_new();
	char click[207] = "E.C.P.";

	(void)state;
	memset(click + 6, 'a', 200);
	k.credits[0].click_id = view_of(click, 206);
	k.goal.destination.event_id = EVENT_ID_TTCLID_DATE;
	assert_true(view_eq(id_of(&k), T("0b1e03c18ecd0b98c5bd26862938632821710b10ce59200c4da920bbf658f0e6")));
	case_clear(&k);
}

static void the_date_is_utc(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.event_id = EVENT_ID_TTCLID_DATE;
	k.c.conversion_time = 1784764799999; // 2026-07-22T23:59:59.999Z
	assert_true(view_eq(id_of(&k), T("E.C.P.AbCd_1234-xyz_2026-07-22_o-99812")));
	k.c.conversion_time++;
	assert_true(view_eq(id_of(&k), T("E.C.P.AbCd_1234-xyz_2026-07-23_o-99812")));
	case_clear(&k);
}

static void conversion_id_is_the_pixels(void **state)
{
	struct event_case k = case_new();
	char longest[129];

	(void)state;
	k.goal.destination.event_id = EVENT_ID_CONVERSION_ID;
	k.goal.export = EXPORT_LAST_TOUCH_ONLY;
	assert_true(view_eq(id_of(&k), T("o-99812")));
	memset(longest, 'x', sizeof longest);
	k.c.conversion_id = view_of(longest, 128);
	assert_int_equal(id_of(&k).n, 128);
	k.c.conversion_id = view_of(longest, 129);
	assert_int_equal(id_of(&k).n, DIGEST_HEX);
	case_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_default_is_a_hash_of_what_makes_it_this_event),
		cmocka_unit_test(parts_do_not_run_together),
		cmocka_unit_test(no_click_differs_from_an_empty_one),
		cmocka_unit_test(ttclid_date_keeps_two_orders_apart),
		cmocka_unit_test(a_long_one_is_hashed),
		cmocka_unit_test(the_date_is_utc),
		cmocka_unit_test(conversion_id_is_the_pixels),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
