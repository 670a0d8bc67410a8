// SPDX-License-Identifier: Apache-2.0
// Each model gives the shares of docs/attribution.md 7 for every length of path; one touchpoint takes all in every model.
#include "attribution/weight.h"
#include "tests/unit/attribution/story.h"

#include <stdio.h>

enum { MANY = GOAL_TOUCHPOINTS_MAX };

static struct arena arena;
static char names[MANY][12];

// n touchpoints a minute apart, oldest first.
static void split_even_path(const struct goal *goal, size_t n, int64_t amount, int64_t *out)
{
	static struct landing landings[MANY];
	const struct landing *touches[MANY];
	struct weight_set set;

	for (size_t i = 0; i < n; i++) {
		snprintf(names[i], sizeof names[i], "c%05zu", i);
		landings[i] = story_landing(names[i], (int64_t)i * STORY_MINUTE);
		touches[i] = &landings[i];
	}
	arena_reset(&arena);
	weight_assign(goal, touches, n, &arena, &set);
	weight_split(&set, amount, &arena, out);
}

static void assert_shares(const struct goal *goal, const int64_t *percent, size_t n)
{
	int64_t out[MANY];

	split_even_path(goal, n, 10000, out);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(out[i], percent[i]);
}

// In hundredths of a percent.
#define SHARES(goal, ...) assert_shares((goal), (const int64_t[]){__VA_ARGS__}, COUNT(((const int64_t[]){__VA_ARGS__})))

static void one_touchpoint_takes_all_in_every_model(void **state)
{
	(void)state;
	for (int model = 0; model <= MODEL_CUSTOM; model++) {
		struct goal goal = story_goal((enum goal_model)model);

		SHARES(&goal, 10000);
	}
	struct goal middle = story_custom(0, 1, 0), last = story_custom(0, 0, 1), first = story_custom(1, 0, 0);
	SHARES(&middle, 10000);
	SHARES(&last, 10000);
	SHARES(&first, 10000);
}

static void first_and_last_touch_take_all(void **state)
{
	struct goal first = story_goal(MODEL_FIRST_TOUCH), last = story_goal(MODEL_LAST_TOUCH);

	(void)state;
	SHARES(&first, 10000, 0);
	SHARES(&first, 10000, 0, 0, 0);
	SHARES(&last, 0, 10000);
	SHARES(&last, 0, 0, 0, 10000);
}

static void linear_is_even(void **state)
{
	struct goal goal = story_goal(MODEL_LINEAR);

	(void)state;
	SHARES(&goal, 5000, 5000);
	SHARES(&goal, 2500, 2500, 2500, 2500);
}

static void position_based_is_40_20_40(void **state)
{
	struct goal goal = story_goal(MODEL_POSITION_BASED);

	(void)state;
	SHARES(&goal, 5000, 5000);
	SHARES(&goal, 4000, 2000, 4000);
	SHARES(&goal, 4000, 1000, 1000, 4000);
	SHARES(&goal, 4000, 500, 500, 500, 500, 4000);
}

static void j_shaped_is_20_20_60_and_two_are_rescaled(void **state)
{
	struct goal goal = story_goal(MODEL_J_SHAPED);

	(void)state;
	SHARES(&goal, 2500, 7500);
	SHARES(&goal, 2000, 2000, 6000);
	SHARES(&goal, 2000, 1000, 1000, 6000);
	SHARES(&goal, 2000, 500, 500, 500, 500, 6000);
}

static void inverse_j_is_60_20_20_and_two_are_rescaled(void **state)
{
	struct goal goal = story_goal(MODEL_INVERSE_J);

	(void)state;
	SHARES(&goal, 7500, 2500);
	SHARES(&goal, 6000, 2000, 2000);
	SHARES(&goal, 6000, 1000, 1000, 2000);
	SHARES(&goal, 6000, 500, 500, 500, 500, 2000);
}

static void custom_weights_are_normalised(void **state)
{
	struct goal goal = story_custom(10, 30, 60), uneven = story_custom(30, 0, 70), large = story_custom(1000, 1000, 1000);

	(void)state;
	SHARES(&goal, 1429, 8571);
	SHARES(&goal, 1000, 1500, 1500, 6000);
	SHARES(&uneven, 3000, 7000);
	SHARES(&uneven, 3000, 0, 7000);
	SHARES(&large, 3333, 1667, 1667, 3333);
}

static void middle_only_weights_halve_a_path_of_two(void **state)
{
	struct goal goal = story_custom(0, 1, 0);

	(void)state;
	SHARES(&goal, 5000, 5000);
	SHARES(&goal, 0, 10000, 0);
	SHARES(&goal, 0, 5000, 5000, 0);
}

static void equal_ages_decay_alike(void **state)
{
	const struct landing a = story_landing("a", 5), b = story_landing("b", 5);
	const struct landing *touches[] = {&a, &b};
	struct goal goal = story_goal(MODEL_TIME_DECAY);
	struct weight_set set;

	(void)state;
	weight_assign(&goal, touches, 2, &arena, &set);
	assert_int_equal(set.weight[0], set.weight[1]);
	assert_int_equal(set.weight[1], UINT64_C(1) << 62);
}

static void an_ancient_path_still_adds_up(void **state)
{
	const struct landing old = story_landing("old", -28 * STORY_DAY), fresh = story_landing("new", 0);
	const struct landing *touches[] = {&old, &fresh};
	struct goal goal = story_goal(MODEL_TIME_DECAY);
	struct weight_set set;
	int64_t out[2];

	(void)state;
	goal.half_life_ms = STORY_HOUR;
	weight_assign(&goal, touches, 2, &arena, &set);
	weight_split(&set, 777, &arena, out);
	assert_int_equal(out[0], 0);
	assert_int_equal(out[1], 777);
}

// The largest path there can be, in every model, adds up.
static void a_thousand_touchpoints_add_up(void **state)
{
	int64_t out[MANY];

	(void)state;
	for (int model = MODEL_FIRST_TOUCH; model <= MODEL_CUSTOM; model++) {
		struct goal goal = story_goal((enum goal_model)model);
		int64_t sum = 0;

		split_even_path(&goal, MANY, INT64_C(9999999999999999), out);
		for (size_t i = 0; i < MANY; i++)
			sum += out[i];
		assert_int_equal(sum, INT64_C(9999999999999999));
	}
}

struct member {
	const char *id, *channel, *campaign, *adgroup, *ad;
};

// Which group sums come out, in the order of the touches: each touch's part of 1200.
static void assert_groups(enum goal_group group, const struct member *members, const int64_t *expected, size_t n)
{
	struct landing landings[8];
	const struct landing *touches[8] = {NULL};
	struct goal goal = story_goal(MODEL_PARTICIPATION);
	struct weight_set set;
	int64_t out[8];

	goal.participation_group = group;
	for (size_t i = 0; i < n; i++) {
		landings[i] = story_landing(members[i].id, (int64_t)i);
		landings[i].channel = view_text(members[i].channel);
		landings[i].campaign = view_text(members[i].campaign);
		landings[i].adgroup = view_text(members[i].adgroup);
		landings[i].ad = view_text(members[i].ad);
		touches[i] = &landings[i];
	}
	weight_assign(&goal, touches, n, &arena, &set);
	weight_split(&set, 1200, &arena, out);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(out[i], expected[i]);
}

static void participation_gives_each_group_the_whole(void **state)
{
	static const struct member path[] = {
		{"1", "tiktok", "A", "g1", "x"},
		{"2", "tiktok", "B", "g1", "x"},
		{"3", "meta", "A", "g1", "x"},
		{"4", "tiktok", "B", "g2", "y"},
		{"5", "tiktok", NULL, NULL, NULL},
		{"6", "meta", NULL, NULL, "x"},
		{"7", "tiktok", NULL, NULL, NULL},
	};

	(void)state;
	assert_groups(GROUP_CLICK, path, (const int64_t[]){1200, 1200, 1200, 1200, 1200, 1200, 1200}, COUNT(path));
	assert_groups(GROUP_CHANNEL, path, (const int64_t[]){240, 240, 600, 240, 240, 600, 240}, COUNT(path));
	assert_groups(GROUP_CAMPAIGN, path, (const int64_t[]){1200, 600, 1200, 600, 600, 1200, 600}, COUNT(path));
	assert_groups(GROUP_ADGROUP, path, (const int64_t[]){600, 600, 1200, 1200, 600, 1200, 600}, COUNT(path));
	assert_groups(GROUP_AD, path, (const int64_t[]){600, 600, 600, 1200, 600, 600, 600}, COUNT(path));
}

static void leftovers_stay_inside_their_group_with_the_newest(void **state)
{
	static const struct member path[] = {{"1", "t", "A", 0, 0}, {"2", "t", "B", 0, 0}, {"3", "t", "A", 0, 0}, {"4", "t", "A", 0, 0},
		{"5", "t", "B", 0, 0}, {"6", "t", "A", 0, 0}, {"7", "t", "A", 0, 0}, {"8", "t", "A", 0, 0}};
	static const struct member seven[] = {{"1", "t", "A", 0, 0}, {"2", "t", "A", 0, 0}, {"3", "t", "A", 0, 0}, {"4", "t", "A", 0, 0},
		{"5", "t", "A", 0, 0}, {"6", "t", "A", 0, 0}, {"7", "t", "A", 0, 0}};

	(void)state;
	assert_groups(GROUP_CAMPAIGN, path, (const int64_t[]){200, 600, 200, 200, 600, 200, 200, 200}, COUNT(path));
	assert_groups(GROUP_CAMPAIGN, seven, (const int64_t[]){171, 171, 171, 171, 172, 172, 172}, COUNT(seven));
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
		cmocka_unit_test(one_touchpoint_takes_all_in_every_model),
		cmocka_unit_test(first_and_last_touch_take_all),
		cmocka_unit_test(linear_is_even),
		cmocka_unit_test(position_based_is_40_20_40),
		cmocka_unit_test(j_shaped_is_20_20_60_and_two_are_rescaled),
		cmocka_unit_test(inverse_j_is_60_20_20_and_two_are_rescaled),
		cmocka_unit_test(custom_weights_are_normalised),
		cmocka_unit_test(middle_only_weights_halve_a_path_of_two),
		cmocka_unit_test(equal_ages_decay_alike),
		cmocka_unit_test(an_ancient_path_still_adds_up),
		cmocka_unit_test(a_thousand_touchpoints_add_up),
		cmocka_unit_test(participation_gives_each_group_the_whole),
		cmocka_unit_test(leftovers_stay_inside_their_group_with_the_newest),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
