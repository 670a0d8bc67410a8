// SPDX-License-Identifier: Apache-2.0
// With only_first_conversion exactly those conversions are first that have no earlier (time, id) within the scope.
#include "attribution/first.h"
#include "tests/unit/attribution/story.h"

static struct goal first_goal(int64_t scope_ms)
{
	struct goal goal = story_goal(MODEL_LINEAR);

	goal.only_first_conversion = true;
	goal.first_scope_ms = scope_ms;
	return goal;
}

static struct first_entry entry(const char *id, int64_t time)
{
	return (struct first_entry){time, view_text(id)};
}

static void the_earliest_is_first_in_any_order(void **state)
{
	struct goal goal = first_goal(GOAL_LIFETIME);
	const struct first_entry all[] = {entry("O2", 200), entry("O1", 100), entry("O3", 300)};

	(void)state;
	assert_false(first_is(&goal, &all[0], all, COUNT(all)));
	assert_true(first_is(&goal, &all[1], all, COUNT(all)));
	assert_false(first_is(&goal, &all[2], all, COUNT(all)));
	assert_true(first_is(&goal, &all[2], NULL, 0));
}

static void two_in_one_millisecond_are_told_apart_by_id(void **state)
{
	struct goal goal = first_goal(GOAL_LIFETIME);
	const struct first_entry all[] = {entry("b", 100), entry("a", 100), entry("a0", 100)};

	(void)state;
	assert_false(first_is(&goal, &all[0], all, COUNT(all)));
	assert_true(first_is(&goal, &all[1], all, COUNT(all)));
	assert_false(first_is(&goal, &all[2], all, COUNT(all)));
}

static void the_scope_includes_its_edge(void **state)
{
	struct goal goal = first_goal(1000);
	const struct first_entry all[] = {entry("O1", 100), entry("O2", 1100), entry("O3", 2101)};

	(void)state;
	assert_false(first_is(&goal, &all[1], all, COUNT(all)));
	assert_true(first_is(&goal, &all[2], all, COUNT(all)));
}

static void a_goal_that_does_not_ask_takes_all(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	const struct first_entry all[] = {entry("O1", 100), entry("O2", 200)};

	(void)state;
	assert_true(first_is(&goal, &all[1], all, COUNT(all)));
	assert_false(first_may_change(&goal, 200, INT64_MAX, 100));
}

static void times_at_the_end_of_int64_do_not_wrap(void **state)
{
	struct goal goal = first_goal(INT64_MAX - 1);
	const struct first_entry all[] = {entry("O1", INT64_MIN + 2), entry("O2", -10)};

	(void)state;
	assert_false(first_is(&goal, &all[1], all, COUNT(all)));
	assert_true(first_is(&goal, &all[0], all, COUNT(all)));
}

static void a_new_earlier_conversion_may_displace(void **state)
{
	struct goal goal = first_goal(1000);

	(void)state;
	assert_true(first_may_change(&goal, 5000, INT64_MAX, 4000));
	assert_true(first_may_change(&goal, 5000, INT64_MAX, 5000));
	assert_false(first_may_change(&goal, 5000, INT64_MAX, 3999));
	assert_false(first_may_change(&goal, 5000, INT64_MAX, 5001));
}

static void a_conversion_that_moves_may_free_the_place_or_take_it(void **state)
{
	struct goal goal = first_goal(1000);

	(void)state;
	assert_true(first_may_change(&goal, 5000, 4500, 3000));
	assert_true(first_may_change(&goal, 5000, 6000, 4500));
	assert_true(first_may_change(&goal, 5000, 5000, 4500));
	assert_false(first_may_change(&goal, 5000, 4900, 4500));
	assert_false(first_may_change(&goal, 5000, 7000, 6000));
	assert_false(first_may_change(&goal, 5000, 3900, 3000));
}

// What first_may_change denies never happens: compared with first_is before and after, in a small world with many ties.
static void a_change_is_never_missed(void **state)
{
	static const char *const ids[] = {"a", "m", "z"};
	uint64_t seed = 11;

	(void)state;
	for (int round = 0; round < 200000; round++) {
		struct goal goal = first_goal(story_below(&seed, 4) == 0 ? GOAL_LIFETIME : (int64_t)story_below(&seed, 6));
		struct first_entry asked = entry("m", (int64_t)story_below(&seed, 12));
		struct first_entry third = entry("k", (int64_t)story_below(&seed, 12));
		bool is_new = story_below(&seed, 3) == 0;
		int64_t from = is_new ? INT64_MAX : (int64_t)story_below(&seed, 12), to = (int64_t)story_below(&seed, 12);
		const char *other = ids[story_below(&seed, 2) * 2];
		const struct first_entry before[] = {third, entry(other, from)}, after[] = {third, entry(other, to)};
		bool was = first_is(&goal, &asked, before, is_new ? 1 : 2), is = first_is(&goal, &asked, after, 2);

		if (was != is)
			assert_true(first_may_change(&goal, asked.time, from, to));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_earliest_is_first_in_any_order),
		cmocka_unit_test(two_in_one_millisecond_are_told_apart_by_id),
		cmocka_unit_test(the_scope_includes_its_edge),
		cmocka_unit_test(a_goal_that_does_not_ask_takes_all),
		cmocka_unit_test(times_at_the_end_of_int64_do_not_wrap),
		cmocka_unit_test(a_new_earlier_conversion_may_displace),
		cmocka_unit_test(a_conversion_that_moves_may_free_the_place_or_take_it),
		cmocka_unit_test(a_change_is_never_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
