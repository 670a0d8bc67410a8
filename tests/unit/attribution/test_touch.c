// SPDX-License-Identifier: Apache-2.0
// Of a user's landings exactly those of docs/attribution.md 5 become touchpoints, and each of the others has its reason.
#include "attribution/touch.h"
#include "tests/unit/attribution/story.h"

#include <stdio.h>

static struct arena arena;

#define T (100 * STORY_DAY)
#define W (7 * STORY_DAY)

static struct touch_list judge(const struct goal *goal, int64_t max_lookback_ms, const struct facts *facts, const struct landing *l,
	size_t n)
{
	struct touch_list list;

	arena_reset(&arena);
	touch_judge(goal, max_lookback_ms, facts, l, n, &arena, &list);
	return list;
}

static enum touch_fate fate_at(int64_t time)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	struct landing l = story_landing("x", time);
	struct touch_list list = judge(&goal, W, &facts, &l, 1);

	assert_int_equal(list.n, 1);
	assert_int_equal(list.eligible, list.touches[0].fate == TOUCH_ELIGIBLE);
	return list.touches[0].fate;
}

static bool exists_at(int64_t time)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	struct landing l = story_landing("x", time);

	return judge(&goal, W, &facts, &l, 1).n == 1;
}

static void both_ends_of_the_window_are_inside(void **state)
{
	(void)state;
	assert_int_equal(fate_at(T), TOUCH_ELIGIBLE);
	assert_false(exists_at(T + 1));
	assert_int_equal(fate_at(T - W), TOUCH_ELIGIBLE);
	assert_int_equal(fate_at(T - W - 1), TOUCH_OUTSIDE_WINDOW);
	assert_int_equal(fate_at(T - 2 * W), TOUCH_OUTSIDE_WINDOW);
	assert_false(exists_at(T - 2 * W - 1));
}

static void assert_fates(const struct goal *goal, int64_t max_lookback_ms, const struct landing *l, const enum touch_fate *fates, size_t n)
{
	struct facts facts = story_order(T, 100);
	struct touch_list list = judge(goal, max_lookback_ms, &facts, l, n);

	assert_int_equal(list.n, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(list.touches[i].landing->time, l[i].time);
		assert_int_equal(list.touches[i].fate, fates[i]);
	}
}

static void a_return_within_the_longest_window_is_a_repeat(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	const struct landing l[] = {story_landing("x", T - 2 * W), story_landing("y", T - W - 1), story_landing("x", T - W),
		story_landing("y", T)};
	static const enum touch_fate fates[] = {TOUCH_OUTSIDE_WINDOW, TOUCH_OUTSIDE_WINDOW, TOUCH_REPEAT, TOUCH_ELIGIBLE};

	(void)state;
	assert_fates(&goal, W, l, fates, COUNT(l));
}

// Each return is measured from the landing before it, be that a repeat itself.
static void returning_again_and_again_never_stretches_the_window(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	const struct landing l[] = {story_landing("x", T - 14 * STORY_DAY), story_landing("x", T - 8 * STORY_DAY),
		story_landing("x", T - 2 * STORY_DAY)};
	static const enum touch_fate fates[] = {TOUCH_OUTSIDE_WINDOW, TOUCH_REPEAT, TOUCH_REPEAT};

	(void)state;
	assert_fates(&goal, W, l, fates, COUNT(l));
}

static void a_landing_out_of_range_makes_no_repeat(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("x", T - 2 * W - 1), story_landing("x", T - 2 * W + 1), story_landing("y", T + 1)};
	struct touch_list list = judge(&goal, W, &facts, l, COUNT(l));

	(void)state;
	assert_int_equal(list.n, 1);
	assert_int_equal(list.touches[0].fate, TOUCH_OUTSIDE_WINDOW);
	assert_true(list.outside);
}

static void the_tenants_longest_window_rules_repeats_not_the_goals(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	const struct landing l[] = {story_landing("x", T - 3 * STORY_DAY), story_landing("x", T - STORY_DAY / 2)};
	static const enum touch_fate repeats[] = {TOUCH_OUTSIDE_WINDOW, TOUCH_REPEAT};
	static const enum touch_fate counts[] = {TOUCH_OUTSIDE_WINDOW, TOUCH_ELIGIBLE};

	(void)state;
	goal.lookback_ms = STORY_DAY;
	assert_fates(&goal, 7 * STORY_DAY, l, repeats, COUNT(l));
	assert_fates(&goal, 2 * STORY_DAY, l, counts, COUNT(l));
}

static void equal_landings_are_one_with_the_smallest_attributes(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	struct landing l[] = {story_landing("x", T), story_campaign("x", T, "2"), story_campaign("x", T, "10"), story_campaign("x", T, "10")};

	(void)state;
	l[2].is_ttclid = false;
	struct touch_list list = judge(&goal, W, &facts, l, COUNT(l));
	assert_int_equal(list.n, 1);
	assert_memory_equal(list.touches[0].landing->campaign.p, "10", 2);
	assert_true(list.touches[0].landing->is_ttclid);
}

static struct facts order_with_own(const char *ttclid, int64_t time)
{
	struct facts facts = story_order(T, 100);

	facts.own_ttclid = view_text(ttclid);
	facts.own_time = time;
	return facts;
}

static void an_own_ttclid_is_a_landing_of_its_own(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = order_with_own("own", T - STORY_DAY);
	struct touch_list list = judge(&goal, W, &facts, NULL, 0);

	(void)state;
	assert_int_equal(list.eligible, 1);
	assert_true(list.touches[0].landing->is_ttclid);
	assert_true(view_eq(list.touches[0].landing->channel, VIEW_LIT("tiktok")));
	assert_false(view_is_set(list.touches[0].landing->campaign));
}

static void an_own_ttclid_has_the_same_bounds(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	static const struct {
		int64_t time;
		size_t n;
	} cases[] = {{T + 1, 0}, {T, 1}, {T - 2 * W, 1}, {T - 2 * W - 1, 0}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		struct facts facts = order_with_own("own", cases[i].time);

		assert_int_equal(judge(&goal, W, &facts, NULL, 0).n, cases[i].n);
	}
}

static void an_own_ttclid_takes_attributes_of_its_moment_else_of_the_earliest(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct landing l[] = {story_campaign("own", T - 9 * STORY_DAY, "late"), story_campaign("own", T - 10 * STORY_DAY, "early"),
		story_campaign("other", T - 12 * STORY_DAY, "other"), story_campaign("own", T - 15 * STORY_DAY, "gone")};
	struct facts elsewhen = order_with_own("own", T - STORY_DAY), same_time = order_with_own("own", T - 9 * STORY_DAY);

	(void)state;
	l[0].is_ttclid = l[1].is_ttclid = false;
	struct touch_list list = judge(&goal, W, &elsewhen, l, COUNT(l));
	assert_int_equal(list.n, 4);
	assert_true(view_eq(list.touches[3].landing->campaign, VIEW_LIT("early")));
	assert_true(list.touches[3].landing->is_ttclid);
	assert_int_equal(list.touches[3].landing->time, T - STORY_DAY);
	assert_int_equal(list.touches[3].fate, TOUCH_ELIGIBLE); // eight days after the last
	list = judge(&goal, W, &same_time, l, COUNT(l));
	assert_int_equal(list.n, 3);
	assert_true(view_eq(list.touches[2].landing->campaign, VIEW_LIT("late")));
	assert_true(list.touches[2].landing->is_ttclid);
}

static void an_own_ttclid_can_make_a_known_landing_a_repeat(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct landing l = story_campaign("own", T - STORY_DAY, "1");
	struct facts facts = order_with_own("own", T - 8 * STORY_DAY);
	struct touch_list list = judge(&goal, W, &facts, &l, 1);

	(void)state;
	assert_int_equal(list.touches[0].fate, TOUCH_OUTSIDE_WINDOW);
	assert_int_equal(list.touches[1].fate, TOUCH_REPEAT);
	assert_int_equal(list.eligible, 0);
}

static void other_channels_drop_out_after_repeats(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct view channels[] = {VIEW_LIT("meta"), VIEW_LIT("tiktok")};
	struct landing l[] = {story_landing("x", T - 4), story_landing("x", T - 3), story_landing("y", T - 2), story_landing("z", T - 1)};
	static const enum touch_fate fates[] = {TOUCH_OTHER_CHANNEL, TOUCH_REPEAT, TOUCH_ELIGIBLE, TOUCH_OTHER_CHANNEL};

	(void)state;
	goal.channels = channels;
	goal.channel_count = COUNT(channels);
	l[0].channel = VIEW_LIT("google");
	l[2].channel = VIEW_LIT("meta");
	l[3].channel = VIEW_LIT("TikTok");
	assert_fates(&goal, W, l, fates, COUNT(l));
}

static void a_dropped_channel_leaves_no_trace_outside_the_window(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct view meta = VIEW_LIT("meta");
	struct facts facts = story_order(T, 100);
	struct landing l = story_landing("x", T - W - 1);

	(void)state;
	goal.channels = &meta;
	goal.channel_count = 1;
	assert_false(judge(&goal, W, &facts, &l, 1).outside);
}

static void equal_times_are_ordered_by_identity_bytes(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	const struct landing l[] = {story_landing("b", T), story_landing("a", T), story_landing("B", T), story_landing("aa", T)};
	static const char *const order[] = {"B", "a", "aa", "b"};
	struct touch_list list = judge(&goal, W, &facts, l, COUNT(l));

	(void)state;
	for (size_t i = 0; i < COUNT(order); i++)
		assert_true(view_eq(list.touches[i].landing->id, view_text(order[i])));
}

static void the_newest_count_when_there_are_too_many(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	const struct landing l[] = {story_landing("a", T - W - 1), story_landing("b", T - 3), story_landing("c", T - 2),
		story_landing("c", T - 1), story_landing("d", T), story_landing("e", T)};
	static const enum touch_fate fates[] = {TOUCH_OUTSIDE_WINDOW, TOUCH_OVER_LIMIT, TOUCH_OVER_LIMIT, TOUCH_REPEAT, TOUCH_ELIGIBLE,
		TOUCH_ELIGIBLE};
	struct facts facts = story_order(T, 100);

	(void)state;
	goal.max_touchpoints = 2;
	assert_fates(&goal, W, l, fates, COUNT(l));
	assert_true(judge(&goal, W, &facts, l, COUNT(l)).truncated);
	goal.max_touchpoints = 4;
	assert_false(judge(&goal, W, &facts, l, COUNT(l)).truncated);
}

static void odd_identities_are_identities(void **state)
{
	static char huge[200000];
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	struct landing l[] = {story_landing("\xE3\x82\xAF", T), story_landing("e", T), story_landing("\xC3\xA9", T),
		story_landing("1234567", T), story_landing("12345678", T), story_landing("123456789", T), story_landing("huge", T),
		story_landing("huge2", T)};

	(void)state;
	memset(huge, 'h', sizeof huge);
	l[6].id = view_of(huge, sizeof huge);
	l[7].id = view_of(huge, sizeof huge - 1);
	assert_int_equal(judge(&goal, W, &facts, l, COUNT(l)).eligible, COUNT(l));
}

// Long ids that differ in one byte alone, wherever it stands.
static void identities_that_differ_in_one_byte_are_two(void **state)
{
	enum { LENGTH = 64 };
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);

	(void)state;
	for (size_t at = 0; at < LENGTH; at++) {
		char ids[2][LENGTH];
		struct landing l[2] = {story_landing("", T - 2), story_landing("", T - 1)};

		memset(ids, 'x', sizeof ids);
		for (size_t first = 0; first < 2; first++) {
			ids[0][at] = first ? 'a' : 'b';
			ids[1][at] = first ? 'b' : 'a';
			l[0].id = view_of(ids[0], LENGTH);
			l[1].id = view_of(ids[1], LENGTH);
			assert_int_equal(judge(&goal, W, &facts, l, 2).eligible, 2);
		}
		ids[1][at] = ids[0][at];
		assert_int_equal(judge(&goal, W, &facts, l, 2).eligible, 1);
	}
}

static void times_at_the_ends_of_int64_do_not_wrap(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts early = story_order(INT64_MIN + 5, 100), late = story_order(INT64_MAX, 100);
	const struct landing l[] = {story_landing("x", INT64_MIN + 2), story_landing("y", INT64_MAX - 1)};

	(void)state;
	assert_int_equal(judge(&goal, W, &early, l, COUNT(l)).eligible, 1);
	assert_int_equal(judge(&goal, W, &late, l, COUNT(l)).eligible, 1);
	struct touch_list whole = judge(&goal, INT64_MAX, &late, l, COUNT(l));
	assert_int_equal(whole.n, 2);
	assert_int_equal(whole.touches[0].fate, TOUCH_OUTSIDE_WINDOW);
}

// 100 landings in each of 240 hours: what the flood rule lets through in ten days, ids that share all but their middle.
static void a_flooded_user_is_judged_in_good_time(void **state)
{
	enum { LANDINGS = 24000, LENGTH = 320 };
	static char ids[LANDINGS][LENGTH];
	static struct landing l[LANDINGS];
	struct goal goal = story_goal(MODEL_LINEAR);
	struct facts facts = story_order(T, 100);
	uint64_t seed = 1;

	(void)state;
	goal.max_touchpoints = 1000;
	for (int i = 0; i < LANDINGS; i++) {
		memset(ids[i], 'A', LENGTH);
		snprintf(ids[i] + 50, 10, "%09d", i);
		ids[i][59] = 'A';
		l[i] = story_landing("", T - (int64_t)story_below(&seed, 10 * STORY_DAY));
		l[i].id = view_of(ids[i], LENGTH);
	}
	struct touch_list list = judge(&goal, W, &facts, l, LANDINGS);
	assert_int_equal(list.n, LANDINGS);
	assert_int_equal(list.eligible, 1000);
	assert_true(list.truncated && list.outside);
	for (size_t i = 1; i < list.n; i++)
		assert_true(landing_cmp(list.touches[i - 1].landing, list.touches[i].landing) < 0);
}

static void fates_have_names(void **state)
{
	(void)state;
	assert_string_equal(touch_fate_name(TOUCH_ELIGIBLE), "eligible");
	assert_string_equal(touch_fate_name(TOUCH_REPEAT), "repeat");
	assert_string_equal(touch_fate_name(TOUCH_OTHER_CHANNEL), "other_channel");
	assert_string_equal(touch_fate_name(TOUCH_OUTSIDE_WINDOW), "outside_window");
	assert_string_equal(touch_fate_name(TOUCH_OVER_LIMIT), "over_limit");
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
		cmocka_unit_test(both_ends_of_the_window_are_inside),
		cmocka_unit_test(a_return_within_the_longest_window_is_a_repeat),
		cmocka_unit_test(returning_again_and_again_never_stretches_the_window),
		cmocka_unit_test(a_landing_out_of_range_makes_no_repeat),
		cmocka_unit_test(the_tenants_longest_window_rules_repeats_not_the_goals),
		cmocka_unit_test(equal_landings_are_one_with_the_smallest_attributes),
		cmocka_unit_test(an_own_ttclid_is_a_landing_of_its_own),
		cmocka_unit_test(an_own_ttclid_has_the_same_bounds),
		cmocka_unit_test(an_own_ttclid_takes_attributes_of_its_moment_else_of_the_earliest),
		cmocka_unit_test(an_own_ttclid_can_make_a_known_landing_a_repeat),
		cmocka_unit_test(other_channels_drop_out_after_repeats),
		cmocka_unit_test(a_dropped_channel_leaves_no_trace_outside_the_window),
		cmocka_unit_test(equal_times_are_ordered_by_identity_bytes),
		cmocka_unit_test(the_newest_count_when_there_are_too_many),
		cmocka_unit_test(odd_identities_are_identities),
		cmocka_unit_test(identities_that_differ_in_one_byte_are_two),
		cmocka_unit_test(times_at_the_ends_of_int64_do_not_wrap),
		cmocka_unit_test(a_flooded_user_is_judged_in_good_time),
		cmocka_unit_test(fates_have_names),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
