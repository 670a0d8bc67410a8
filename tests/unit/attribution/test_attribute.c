// SPDX-License-Identifier: Apache-2.0
// The outcome is the first that holds, credits follow the amounts, and a frozen conversion keeps its touchpoints whatever else changes.
#include "attribution/attribute.h"
#include "tests/unit/attribution/story.h"

static struct arena arena;

#define T (100 * STORY_DAY)
#define W (7 * STORY_DAY)

static const struct landing *one(int64_t time)
{
	static struct landing l;

	l = story_landing("x", time);
	return &l;
}

static enum attribute_outcome outcome_of(bool denied, bool first, bool cancelled, int64_t click_time)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);

	facts.denied = denied;
	facts.first = first;
	facts.cancelled = cancelled;
	struct verdict verdict = story_verdict(&goal, &facts, one(click_time), 1, &arena);
	bool has_credits = verdict.outcome == ATTR_ATTRIBUTED || verdict.outcome == ATTR_CANCELLED;
	assert_int_equal(verdict.share_count, has_credits);
	assert_false(verdict.truncated);
	return verdict.outcome;
}

static void the_first_outcome_that_holds_is_told(void **state)
{
	const int64_t in = T, outside = T - W - 1, nowhere = T + 1;

	(void)state;
	assert_int_equal(outcome_of(true, false, true, in), ATTR_NO_CONSENT);
	assert_int_equal(outcome_of(true, true, false, nowhere), ATTR_NO_CONSENT);
	assert_int_equal(outcome_of(false, false, true, in), ATTR_NOT_FIRST);
	assert_int_equal(outcome_of(false, false, true, outside), ATTR_NOT_FIRST);
	assert_int_equal(outcome_of(false, true, true, outside), ATTR_OUTSIDE_WINDOW);
	assert_int_equal(outcome_of(false, true, true, nowhere), ATTR_NO_CLICK);
	assert_int_equal(outcome_of(false, true, true, in), ATTR_CANCELLED);
	assert_int_equal(outcome_of(false, true, false, in), ATTR_ATTRIBUTED);
	assert_int_equal(outcome_of(false, true, false, outside), ATTR_OUTSIDE_WINDOW);
	assert_int_equal(outcome_of(false, true, false, nowhere), ATTR_NO_CLICK);
}

static void a_landing_older_than_twice_the_longest_window_is_no_click(void **state)
{
	(void)state;
	assert_int_equal(outcome_of(false, true, false, T - 2 * W), ATTR_OUTSIDE_WINDOW);
	assert_int_equal(outcome_of(false, true, false, T - 2 * W - 1), ATTR_NO_CLICK);
}

static void cancelled_orders_keep_their_gross_credits(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("a", T - 2), story_landing("b", T - 1)};

	(void)state;
	facts.cancelled = true;
	revenue_of_order(REV_CANCELLED, 100, REVENUE_NO_REFUND, &facts.amounts);
	struct verdict verdict = story_verdict(&goal, &facts, l, 2, &arena);
	assert_int_equal(verdict.outcome, ATTR_CANCELLED);
	STORY_MONEY(&verdict, 50, 50);
	for (size_t i = 0; i < 2; i++) {
		assert_int_equal(verdict.shares[i].minor[GOAL_CONFIRMED] | verdict.shares[i].minor[GOAL_NET], 0);
		assert_int_equal(verdict.shares[i].counts[GOAL_PLACED], 500000000);
		assert_int_equal(verdict.shares[i].counts[GOAL_CONFIRMED] | verdict.shares[i].counts[GOAL_DELIVERED], 0);
	}
}

static void each_basis_is_split_on_its_own(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 0);
	const struct landing l[] = {story_landing("a", T - 3), story_landing("b", T - 2), story_landing("c", T - 1)};
	static const int64_t expected[GOAL_BASES][3] = {{333, 333, 334}, {333, 333, 334}, {333, 333, 334}, {66, 67, 67}};

	(void)state;
	revenue_of_order(REV_DELIVERED, 1000, 800, &facts.amounts);
	struct verdict verdict = story_verdict(&goal, &facts, l, 3, &arena);
	for (size_t i = 0; i < 3; i++) {
		for (int basis = 0; basis < GOAL_BASES; basis++)
			assert_int_equal(verdict.shares[i].minor[basis], expected[basis][i]);
		for (int basis = 0; basis < GOAL_NET; basis++)
			assert_int_equal(verdict.shares[i].counts[basis], verdict.shares[i].share_nanos);
	}
	assert_int_equal(verdict.shares[0].share_nanos, 333333333);
	assert_int_equal(verdict.shares[2].share_nanos, 333333334);
}

static void zero_shares_are_listed(void **state)
{
	struct goal goal = story_goal(MODEL_LAST_TOUCH);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("b", T - 1), story_landing("a", T - 2)};
	struct verdict verdict = story_verdict(&goal, &facts, l, 2, &arena);

	(void)state;
	STORY_IDS(&verdict, "a", "b");
	STORY_MONEY(&verdict, 0, 100);
	assert_int_equal(verdict.shares[0].share_nanos, 0);
	assert_int_equal(verdict.shares[0].counts[GOAL_PLACED], 0);
}

static void only_the_newest_touchpoints_share_and_it_is_told(void **state)
{
	struct goal goal = story_goal(MODEL_FIRST_TOUCH);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("a", T - 3), story_landing("b", T - 2), story_landing("c", T - 1)};

	(void)state;
	goal.max_touchpoints = 2;
	struct verdict verdict = story_verdict(&goal, &facts, l, 3, &arena);
	assert_true(verdict.truncated);
	STORY_IDS(&verdict, "b", "c");
	STORY_MONEY(&verdict, 100, 0);
}

static void the_own_ttclid_earns_credit_without_any_landing(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);

	(void)state;
	facts.own_ttclid = VIEW_LIT("own");
	facts.own_time = T - 1;
	struct verdict verdict = story_verdict(&goal, &facts, NULL, 0, &arena);
	assert_int_equal(verdict.outcome, ATTR_ATTRIBUTED);
	STORY_IDS(&verdict, "own");
	STORY_MONEY(&verdict, 100);
}

static void scratch_memory_is_given_back(void **state)
{
	struct goal goal = story_goal(MODEL_TIME_DECAY);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("a", T - 3), story_landing("b", T - 2), story_landing("c", T - 1)};

	(void)state;
	arena_reset(&arena);
	story_verdict(&goal, &facts, l, 3, &arena);
	assert_true(arena.used <= 4 * sizeof(struct share));
	arena_reset(&arena);
	facts.denied = true;
	story_verdict(&goal, &facts, l, 3, &arena);
	assert_int_equal(arena.used, 0);
}

static struct verdict freeze(const struct goal *goal, const struct facts *facts, const struct landing *l, size_t n,
	enum attribute_outcome outcome, bool truncated)
{
	struct verdict verdict;

	attribute_frozen(goal, facts, l, n, outcome, truncated, &arena, &verdict);
	return verdict;
}

static void frozen_credits_follow_new_amounts(void **state)
{
	struct goal goal = story_goal(MODEL_POSITION_BASED);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("a", T - 3), story_landing("b", T - 2), story_landing("c", T - 1)};

	(void)state;
	revenue_of_order(REV_DELIVERED, 10001, REVENUE_NO_REFUND, &facts.amounts);
	struct verdict verdict = freeze(&goal, &facts, l, 3, ATTR_ATTRIBUTED, true);
	assert_int_equal(verdict.outcome, ATTR_ATTRIBUTED);
	assert_true(verdict.truncated);
	STORY_IDS(&verdict, "a", "b", "c");
	STORY_MONEY(&verdict, 4000, 2000, 4001);
	assert_int_equal(verdict.shares[2].minor[GOAL_NET], 4001);
	assert_int_equal(verdict.shares[1].counts[GOAL_DELIVERED], 200000000);
}

static void frozen_outcomes_move_between_attributed_and_cancelled_alone(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100), cancelled = facts;
	const struct landing l = story_landing("a", T - 3);

	(void)state;
	cancelled.cancelled = true;
	assert_int_equal(freeze(&goal, &cancelled, &l, 1, ATTR_ATTRIBUTED, false).outcome, ATTR_CANCELLED);
	assert_int_equal(freeze(&goal, &facts, &l, 1, ATTR_CANCELLED, false).outcome, ATTR_ATTRIBUTED);
	assert_int_equal(freeze(&goal, &cancelled, NULL, 0, ATTR_NOT_FIRST, false).outcome, ATTR_NOT_FIRST);
	assert_int_equal(freeze(&goal, &cancelled, NULL, 0, ATTR_OUTSIDE_WINDOW, false).outcome, ATTR_OUTSIDE_WINDOW);
	assert_int_equal(freeze(&goal, &cancelled, NULL, 0, ATTR_NO_CLICK, false).outcome, ATTR_NO_CLICK);
	assert_int_equal(freeze(&goal, &cancelled, NULL, 0, ATTR_NO_CONSENT, false).outcome, ATTR_NO_CONSENT);
}

static void a_denial_takes_frozen_credits_too(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	const struct landing l = story_landing("a", T - 3);

	(void)state;
	facts.denied = true;
	struct verdict verdict = freeze(&goal, &facts, &l, 1, ATTR_ATTRIBUTED, true);
	assert_int_equal(verdict.outcome, ATTR_NO_CONSENT);
	assert_int_equal(verdict.share_count, 0);
	assert_false(verdict.truncated);
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
		cmocka_unit_test(the_first_outcome_that_holds_is_told),
		cmocka_unit_test(a_landing_older_than_twice_the_longest_window_is_no_click),
		cmocka_unit_test(cancelled_orders_keep_their_gross_credits),
		cmocka_unit_test(each_basis_is_split_on_its_own),
		cmocka_unit_test(zero_shares_are_listed),
		cmocka_unit_test(only_the_newest_touchpoints_share_and_it_is_told),
		cmocka_unit_test(the_own_ttclid_earns_credit_without_any_landing),
		cmocka_unit_test(scratch_memory_is_given_back),
		cmocka_unit_test(frozen_credits_follow_new_amounts),
		cmocka_unit_test(frozen_outcomes_move_between_attributed_and_cancelled_alone),
		cmocka_unit_test(a_denial_takes_frozen_credits_too),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
