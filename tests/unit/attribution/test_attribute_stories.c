// SPDX-License-Identifier: Apache-2.0
// Three shops told day by day come out to the cent: first orders, refunds, ties, decay.
#include "attribution/attribute.h"
#include "attribution/first.h"
#include "tests/unit/attribution/story.h"

static struct arena arena;

static struct verdict judge(const struct goal *goal, int64_t time, int64_t minor, const struct landing *l, size_t n)
{
	struct facts facts = story_order(time, minor);

	return story_verdict(goal, &facts, l, n, &arena);
}

// --- Participation and only first: March, 7 days ---

static struct goal march_goal(enum goal_group group)
{
	struct goal goal = story_goal(MODEL_PARTICIPATION);

	goal.participation_group = group;
	goal.only_first_conversion = true;
	return goal;
}

enum { MARCH_CLICKS = 4, MARCH_LATE = 5 };

static const struct landing *march_clicks(void)
{
	static struct landing l[MARCH_LATE];

	l[0] = story_campaign("AAA", STORY_AT(1, 10, 0), "11");
	l[1] = story_campaign("AAA", STORY_AT(2, 9, 0), "11");
	l[2] = story_campaign("BBB", STORY_AT(4, 12, 0), "12");
	l[3] = story_campaign("CCC", STORY_AT(9, 8, 0), "12");
	l[4] = story_campaign("ZZZ", STORY_AT(3, 0, 0), "13"); // arrives late
	return l;
}

#define O1_TIME STORY_AT(8, 10, 0)
#define O2_TIME STORY_AT(9, 9, 0)

static struct facts march_order(const struct goal *goal, const struct first_entry *orders, size_t n, size_t which, int64_t minor)
{
	struct facts facts = story_order(orders[which].time, minor);

	facts.first = first_is(goal, &orders[which], orders, n);
	return facts;
}

static void participation_credits_both_clicks_of_the_first_order(void **state)
{
	const struct first_entry orders[] = {{O1_TIME, VIEW_LIT("O1")}, {O2_TIME, VIEW_LIT("O2")}};
	static const int64_t expected[][2] = {[GROUP_CLICK] = {8000, 8000}, [GROUP_CAMPAIGN] = {8000, 8000}, [GROUP_CHANNEL] = {4000, 4000}};
	static const enum goal_group groups[] = {GROUP_CLICK, GROUP_CAMPAIGN, GROUP_CHANNEL};

	(void)state;
	for (size_t i = 0; i < COUNT(groups); i++) {
		struct goal goal = march_goal(groups[i]);
		struct facts o1 = march_order(&goal, orders, 2, 0, 8000), o2 = march_order(&goal, orders, 2, 1, 4000);
		struct verdict v1 = story_verdict(&goal, &o1, march_clicks(), MARCH_CLICKS, &arena);
		struct verdict v2 = story_verdict(&goal, &o2, march_clicks(), MARCH_CLICKS, &arena);

		STORY_IDS(&v1, "AAA", "BBB");
		story_assert_money(&v1, expected[groups[i]], 2);
		assert_int_equal(v2.outcome, ATTR_NOT_FIRST);
		assert_int_equal(v2.share_count, 0);
	}
}

static void a_user_without_clicks_has_no_click(void **state)
{
	struct goal goal = march_goal(GROUP_CLICK);
	const struct first_entry order = {STORY_AT(8, 11, 0), VIEW_LIT("O3")};
	struct facts o3 = march_order(&goal, &order, 1, 0, 2500);
	struct verdict verdict = story_verdict(&goal, &o3, NULL, 0, &arena);

	(void)state;
	assert_int_equal(verdict.outcome, ATTR_NO_CLICK);
	assert_int_equal(verdict.share_count, 0);
}

static void a_millisecond_later_the_oldest_click_is_outside(void **state)
{
	(void)state;
	for (int group = GROUP_CLICK; group <= GROUP_CHANNEL; group++) {
		struct goal goal = march_goal((enum goal_group)group);
		struct verdict verdict = judge(&goal, O1_TIME + 1, 8000, march_clicks(), MARCH_CLICKS);

		STORY_IDS(&verdict, "BBB");
		STORY_MONEY(&verdict, 8000);
	}
}

// Landing again on 2 March does not carry AAA into a window that begins that very minute.
static void a_click_is_as_old_as_its_first_landing(void **state)
{
	struct goal goal = march_goal(GROUP_CLICK);

	(void)state;
	goal.only_first_conversion = false;
	struct verdict verdict = judge(&goal, O2_TIME, 4000, march_clicks(), MARCH_CLICKS);
	STORY_IDS(&verdict, "BBB", "CCC");
	STORY_MONEY(&verdict, 4000, 4000);
	goal.participation_group = GROUP_CAMPAIGN;
	verdict = judge(&goal, O2_TIME, 4000, march_clicks(), MARCH_CLICKS);
	STORY_MONEY(&verdict, 2000, 2000);
	goal.participation_group = GROUP_CHANNEL;
	verdict = judge(&goal, O2_TIME, 4000, march_clicks(), MARCH_CLICKS);
	STORY_MONEY(&verdict, 2000, 2000);
}

static void a_late_click_joins_the_path(void **state)
{
	struct goal goal = march_goal(GROUP_CLICK);
	struct verdict verdict = judge(&goal, O1_TIME, 8000, march_clicks(), MARCH_LATE);

	(void)state;
	STORY_IDS(&verdict, "AAA", "ZZZ", "BBB");
	STORY_MONEY(&verdict, 8000, 8000, 8000);
	goal.participation_group = GROUP_CHANNEL;
	verdict = judge(&goal, O1_TIME, 8000, march_clicks(), MARCH_LATE);
	STORY_MONEY(&verdict, 2666, 2667, 2667);
}

static void a_late_order_takes_the_first_place_and_keeps_it_when_cancelled(void **state)
{
	struct goal goal = march_goal(GROUP_CLICK);
	const struct first_entry orders[] = {{STORY_AT(5, 0, 0), VIEW_LIT("O0")}, {O1_TIME, VIEW_LIT("O1")}};
	struct facts o0 = march_order(&goal, orders, 2, 0, 3000), o1 = march_order(&goal, orders, 2, 1, 8000);
	struct verdict v0 = story_verdict(&goal, &o0, march_clicks(), MARCH_LATE, &arena);

	(void)state;
	assert_true(first_may_change(&goal, O1_TIME, INT64_MAX, orders[0].time));
	STORY_IDS(&v0, "AAA", "ZZZ", "BBB");
	STORY_MONEY(&v0, 3000, 3000, 3000);
	assert_int_equal(story_verdict(&goal, &o1, march_clicks(), MARCH_LATE, &arena).outcome, ATTR_NOT_FIRST);
	o0.cancelled = true;
	assert_int_equal(story_verdict(&goal, &o0, march_clicks(), MARCH_LATE, &arena).outcome, ATTR_CANCELLED);
	assert_int_equal(story_verdict(&goal, &o1, march_clicks(), MARCH_LATE, &arena).outcome, ATTR_NOT_FIRST);
}

// An order that no click explains is first all the same: the next one does not become an acquisition.
static void an_unattributable_first_order_takes_the_place(void **state)
{
	struct goal goal = march_goal(GROUP_CLICK);
	const struct first_entry orders[] = {{STORY_AT(0, 0, 0), VIEW_LIT("O0")}, {O1_TIME, VIEW_LIT("O1")}};
	struct facts o0 = march_order(&goal, orders, 2, 0, 100), o1 = march_order(&goal, orders, 2, 1, 8000);

	(void)state;
	assert_int_equal(story_verdict(&goal, &o0, march_clicks(), MARCH_CLICKS, &arena).outcome, ATTR_NO_CLICK);
	assert_int_equal(story_verdict(&goal, &o1, march_clicks(), MARCH_CLICKS, &arena).outcome, ATTR_NOT_FIRST);
}

// --- Linear with rounding, refund, cancel: May, 14 days ---

#define MAY_ORDER STORY_AT(4, 0, 0)

static const struct landing *may_clicks(void)
{
	static struct landing l[4];

	l[0] = story_landing("A", STORY_AT(1, 0, 0));
	l[1] = story_landing("B", STORY_AT(3, 0, 0));
	l[2] = story_landing("C", STORY_AT(3, 0, 0));
	l[3] = story_landing("D", STORY_AT(3, 0, 1));
	return l;
}

static struct goal may_goal(enum goal_model model)
{
	struct goal goal = story_goal(model);

	goal.lookback_ms = 14 * STORY_DAY;
	return goal;
}

static void a_click_of_the_same_millisecond_is_newer_by_its_bytes(void **state)
{
	struct goal goal = may_goal(MODEL_LINEAR);
	struct verdict verdict = judge(&goal, MAY_ORDER, 10000, may_clicks(), 3);

	(void)state;
	STORY_IDS(&verdict, "A", "B", "C");
	STORY_MONEY(&verdict, 3333, 3333, 3334);
	goal = may_goal(MODEL_LAST_TOUCH);
	verdict = judge(&goal, MAY_ORDER, 10000, may_clicks(), 3);
	STORY_MONEY(&verdict, 0, 0, 10000);
}

static void add_net(const struct facts *facts, const int64_t *before, int64_t *net, int64_t *deltas)
{
	struct goal goal = may_goal(MODEL_LINEAR);
	struct verdict verdict = story_verdict(&goal, facts, may_clicks(), 3, &arena);

	for (size_t i = 0; i < 3; i++) {
		net[i] = verdict.shares[i].minor[GOAL_NET];
		deltas[i] = net[i] - before[i];
	}
}

// 100.00 delivered, then 10.00 refunded, then all of it: what was given is taken back to the cent.
static void restatements_leave_no_cent_behind(void **state)
{
	struct facts facts = story_order(MAY_ORDER, 10000);
	int64_t net[4][3] = {{0}}, deltas[3][3];
	static const int64_t expected[3][3] = {{3333, 3333, 3334}, {-333, -333, -334}, {-3000, -3000, -3000}};

	(void)state;
	revenue_of_order(REV_DELIVERED, 10000, REVENUE_NO_REFUND, &facts.amounts);
	add_net(&facts, net[0], net[1], deltas[0]);
	revenue_of_order(REV_DELIVERED, 10000, 1000, &facts.amounts);
	add_net(&facts, net[1], net[2], deltas[1]);
	revenue_of_order(REV_REFUNDED, 10000, 10000, &facts.amounts);
	add_net(&facts, net[2], net[3], deltas[2]);
	assert_memory_equal(deltas, expected, sizeof expected);
}

static void small_and_round_amounts_split_exactly(void **state)
{
	struct goal goal = may_goal(MODEL_LINEAR);
	struct verdict verdict = judge(&goal, MAY_ORDER, 1000, may_clicks(), 3); // 1000 yen

	(void)state;
	STORY_MONEY(&verdict, 333, 333, 334);
	verdict = judge(&goal, MAY_ORDER, 2, may_clicks(), 3);
	STORY_MONEY(&verdict, 0, 1, 1);
	verdict = judge(&goal, MAY_ORDER, 1, may_clicks(), 3);
	STORY_MONEY(&verdict, 0, 0, 1);
}

static void an_order_worth_nothing_still_credits_its_count(void **state)
{
	struct goal goal = may_goal(MODEL_LINEAR);
	struct verdict verdict = judge(&goal, MAY_ORDER, 0, may_clicks(), 3);
	static const int64_t nanos[] = {333333333, 333333333, 333333334};

	(void)state;
	STORY_MONEY(&verdict, 0, 0, 0);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(verdict.shares[i].share_nanos, nanos[i]);
		assert_int_equal(verdict.shares[i].counts[GOAL_PLACED], nanos[i]);
	}
}

static void a_cent_too_many_goes_to_the_largest_remainder(void **state)
{
	struct goal position = may_goal(MODEL_POSITION_BASED), j = may_goal(MODEL_J_SHAPED), inverse = may_goal(MODEL_INVERSE_J);
	struct verdict verdict = judge(&position, MAY_ORDER, 10001, may_clicks(), 4);

	(void)state;
	STORY_MONEY(&verdict, 4000, 1000, 1000, 4001);
	verdict = judge(&j, MAY_ORDER, 10001, may_clicks(), 4);
	STORY_MONEY(&verdict, 2000, 1000, 1000, 6001);
	verdict = judge(&inverse, MAY_ORDER, 10001, may_clicks(), 4);
	STORY_MONEY(&verdict, 6001, 1000, 1000, 2000);
}

// --- Time decay: June, 123.45 ---

#define JUNE_ORDER STORY_AT(10, 12, 0)

static const struct landing *june_clicks(void)
{
	static struct landing l[5];

	l[0] = story_landing("S", JUNE_ORDER + 1);
	l[1] = story_landing("R", STORY_AT(10, 10, 0));
	l[2] = story_landing("Q", STORY_AT(8, 0, 0));
	l[3] = story_landing("P", STORY_AT(4, 12, 0));
	l[4] = story_landing("T", STORY_AT(3, 12, 0) - 1);
	return l;
}

static void time_decay_splits_what_is_in_the_window(void **state)
{
	struct goal goal = story_goal(MODEL_TIME_DECAY);
	struct verdict verdict = judge(&goal, JUNE_ORDER, 12345, june_clicks(), 5);
	static const int64_t millionths[] = {237486, 335856, 426658};

	(void)state;
	STORY_IDS(&verdict, "P", "Q", "R");
	STORY_MONEY(&verdict, 2932, 4146, 5267);
	for (size_t i = 0; i < 3; i++)
		assert_int_equal((verdict.shares[i].share_nanos + 500) / 1000, millionths[i]);
	goal.half_life_ms = goal.lookback_ms / 4;
	verdict = judge(&goal, JUNE_ORDER, 12345, june_clicks(), 5);
	STORY_MONEY(&verdict, 801, 3203, 8341);
}

static void other_models_split_the_same_path(void **state)
{
	struct goal first = story_goal(MODEL_FIRST_TOUCH), last = story_goal(MODEL_LAST_TOUCH), position = story_goal(MODEL_POSITION_BASED),
				j = story_goal(MODEL_J_SHAPED);
	struct verdict verdict = judge(&first, JUNE_ORDER, 12345, june_clicks(), 5);

	(void)state;
	STORY_MONEY(&verdict, 12345, 0, 0);
	verdict = judge(&last, JUNE_ORDER, 12345, june_clicks(), 5);
	STORY_MONEY(&verdict, 0, 0, 12345);
	verdict = judge(&position, JUNE_ORDER, 12345, june_clicks(), 5);
	STORY_MONEY(&verdict, 4938, 2469, 4938);
	verdict = judge(&j, JUNE_ORDER, 12345, june_clicks(), 5);
	STORY_MONEY(&verdict, 2469, 2469, 7407);
}

// Delivered five days later: the same credits on the delivered basis, on the days of the clicks.
static void delivery_days_later_moves_no_credit(void **state)
{
	struct goal goal = story_goal(MODEL_TIME_DECAY);
	struct facts facts = story_order(JUNE_ORDER, 12345);
	static const int64_t days[] = {4, 8, 10};

	(void)state;
	revenue_of_order(REV_DELIVERED, 12345, REVENUE_NO_REFUND, &facts.amounts);
	struct verdict verdict = story_verdict(&goal, &facts, june_clicks(), 5, &arena);
	for (size_t i = 0; i < 3; i++) {
		assert_int_equal(verdict.shares[i].minor[GOAL_DELIVERED], verdict.shares[i].minor[GOAL_PLACED]);
		assert_int_equal(verdict.shares[i].touch.time / STORY_DAY, days[i]);
	}
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(participation_credits_both_clicks_of_the_first_order),
		cmocka_unit_test(a_user_without_clicks_has_no_click),
		cmocka_unit_test(a_millisecond_later_the_oldest_click_is_outside),
		cmocka_unit_test(a_click_is_as_old_as_its_first_landing),
		cmocka_unit_test(a_late_click_joins_the_path),
		cmocka_unit_test(a_late_order_takes_the_first_place_and_keeps_it_when_cancelled),
		cmocka_unit_test(an_unattributable_first_order_takes_the_place),
		cmocka_unit_test(a_click_of_the_same_millisecond_is_newer_by_its_bytes),
		cmocka_unit_test(restatements_leave_no_cent_behind),
		cmocka_unit_test(small_and_round_amounts_split_exactly),
		cmocka_unit_test(an_order_worth_nothing_still_credits_its_count),
		cmocka_unit_test(a_cent_too_many_goes_to_the_largest_remainder),
		cmocka_unit_test(time_decay_splits_what_is_in_the_window),
		cmocka_unit_test(other_models_split_the_same_path),
		cmocka_unit_test(delivery_days_later_moves_no_credit),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
