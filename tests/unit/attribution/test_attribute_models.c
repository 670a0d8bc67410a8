// SPDX-License-Identifier: Apache-2.0
// Every model gives the amounts that the field publishes for it, to the cent.
#include "attribution/attribute.h"
#include "tests/unit/attribution/story.h"

static struct arena arena;

static struct verdict judge(const struct goal *goal, int64_t time, int64_t minor, const struct landing *l, size_t n)
{
	struct facts facts = story_order(time, minor);

	return story_verdict(goal, &facts, l, n, &arena);
}

// --- Models in money: 100.00, half-life 7 days ---

#define T STORY_AT(50, 0, 0)

static const struct landing *two_touches(void)
{
	static struct landing l[2];

	l[0] = story_campaign("1", T - 4 * STORY_DAY, "A");
	l[1] = story_campaign("2", T - STORY_HOUR, "B");
	return l;
}

static const struct landing *four_touches(void)
{
	static struct landing l[4];

	l[0] = story_campaign("1", T - 6 * STORY_DAY, "A");
	l[1] = story_campaign("2", T - 4 * STORY_DAY, "B");
	l[2] = story_campaign("3", T - 2 * STORY_DAY, "B");
	l[3] = story_campaign("4", T - STORY_HOUR, "A");
	return l;
}

#define EXPECT_TWO(goal, ...) \
	do { \
		struct verdict verdict_ = judge((goal), T, 10000, two_touches(), 2); \
		STORY_MONEY(&verdict_, __VA_ARGS__); \
	} while (0)
#define EXPECT_FOUR(goal, ...) \
	do { \
		struct verdict verdict_ = judge((goal), T, 10000, four_touches(), 4); \
		STORY_MONEY(&verdict_, __VA_ARGS__); \
	} while (0)

static void models_in_money(void **state)
{
	struct goal first = story_goal(MODEL_FIRST_TOUCH), last = story_goal(MODEL_LAST_TOUCH), linear = story_goal(MODEL_LINEAR),
				decay = story_goal(MODEL_TIME_DECAY), position = story_goal(MODEL_POSITION_BASED), j = story_goal(MODEL_J_SHAPED),
				inverse = story_goal(MODEL_INVERSE_J), custom = story_custom(10, 30, 60);

	(void)state;
	EXPECT_TWO(&first, 10000, 0);
	EXPECT_FOUR(&first, 10000, 0, 0, 0);
	EXPECT_TWO(&last, 0, 10000);
	EXPECT_FOUR(&last, 0, 0, 0, 10000);
	EXPECT_TWO(&linear, 5000, 5000);
	EXPECT_FOUR(&linear, 2500, 2500, 2500, 2500);
	EXPECT_TWO(&decay, 4032, 5968);
	EXPECT_FOUR(&decay, 1815, 2213, 2697, 3275);
	EXPECT_TWO(&position, 5000, 5000);
	EXPECT_FOUR(&position, 4000, 1000, 1000, 4000);
	EXPECT_TWO(&j, 2500, 7500);
	EXPECT_FOUR(&j, 2000, 1000, 1000, 6000);
	EXPECT_TWO(&inverse, 7500, 2500);
	EXPECT_FOUR(&inverse, 6000, 1000, 1000, 2000);
	EXPECT_TWO(&custom, 1429, 8571);
	EXPECT_FOUR(&custom, 1000, 1500, 1500, 6000);
}

static void participation_in_money(void **state)
{
	struct goal goal = story_goal(MODEL_PARTICIPATION);

	(void)state;
	goal.participation_group = GROUP_CLICK;
	EXPECT_TWO(&goal, 10000, 10000);
	EXPECT_FOUR(&goal, 10000, 10000, 10000, 10000);
	goal.participation_group = GROUP_CAMPAIGN;
	EXPECT_TWO(&goal, 10000, 10000);
	EXPECT_FOUR(&goal, 5000, 5000, 5000, 5000);
	goal.participation_group = GROUP_CHANNEL;
	EXPECT_TWO(&goal, 5000, 5000);
	EXPECT_FOUR(&goal, 2500, 2500, 2500, 2500);
}

static void participation_of_three_clicks_in_two_campaigns(void **state)
{
	const struct landing l[] = {story_campaign("c1", T - 3, "A"), story_campaign("c2", T - 2, "A"), story_campaign("c3", T - 1, "B")};
	struct goal goal = story_goal(MODEL_PARTICIPATION);
	static const struct {
		enum goal_group group;
		int64_t minor[3];
	} cases[] = {{GROUP_CLICK, {9000, 9000, 9000}}, {GROUP_CAMPAIGN, {4500, 4500, 9000}}, {GROUP_CHANNEL, {3000, 3000, 3000}}};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++) {
		goal.participation_group = cases[i].group;
		struct verdict verdict = judge(&goal, T, 9000, l, 3);
		story_assert_money(&verdict, cases[i].minor, 3);
	}
}

// Meta once, Google twice: Meta 100 %, Google 50 % each.
static void participation_by_channel_splits_repeats_of_a_channel(void **state)
{
	struct landing l[] = {story_landing("m", T - 3), story_landing("g1", T - 2), story_landing("g2", T - 1)};
	struct goal goal = story_goal(MODEL_PARTICIPATION);

	(void)state;
	goal.participation_group = GROUP_CHANNEL;
	l[0].channel = VIEW_LIT("meta");
	l[1].channel = l[2].channel = VIEW_LIT("google");
	struct verdict verdict = judge(&goal, T, 10000, l, 3);
	STORY_MONEY(&verdict, 10000, 5000, 5000);
	assert_int_equal(verdict.shares[0].share_nanos, 1000000000);
	assert_int_equal(verdict.shares[1].share_nanos, 500000000);
}

// Ages 9, 6, 0, 0 days of 50.00.
static void time_decay_after_seven_days_halves(void **state)
{
	const struct landing l[] = {story_landing("1", T - 9 * STORY_DAY), story_landing("2", T - 6 * STORY_DAY), story_landing("3", T),
		story_landing("4", T)};
	struct goal goal = story_goal(MODEL_TIME_DECAY);
	static const int64_t basis_points[] = {1385, 1864, 3376, 3376};

	(void)state;
	goal.lookback_ms = 14 * STORY_DAY;
	struct verdict verdict = judge(&goal, T, 5000, l, 4);
	STORY_MONEY(&verdict, 692, 932, 1688, 1688);
	for (size_t i = 0; i < 4; i++)
		assert_int_equal((verdict.shares[i].share_nanos + 50000) / 100000, basis_points[i]);
}

static void time_decay_with_a_day_to_halve(void **state)
{
	const struct landing l[] = {story_landing("1", T - 2 * STORY_DAY), story_landing("2", T - STORY_DAY), story_landing("3", T)};
	struct goal goal = story_goal(MODEL_TIME_DECAY);

	(void)state;
	goal.half_life_ms = STORY_DAY;
	struct verdict verdict = judge(&goal, T, 7, l, 3);
	STORY_MONEY(&verdict, 1, 2, 4);
	assert_int_equal(verdict.shares[0].share_nanos, 142857143);
	assert_int_equal(verdict.shares[1].share_nanos, 285714286);
	assert_int_equal(verdict.shares[2].share_nanos, 571428571);
}

// --- Numbers that other implementations publish ---

static void a_window_of_one_day_ends_after_exactly_one_day(void **state)
{
	const struct landing l[] = {story_landing("1", 1 * STORY_SECOND), story_landing("2", 2 * STORY_SECOND)};
	struct goal goal = story_goal(MODEL_LINEAR);

	(void)state;
	goal.lookback_ms = STORY_DAY;
	struct verdict verdict = judge(&goal, 86402 * STORY_SECOND, 8, l, 2);
	STORY_IDS(&verdict, "2");
	verdict = judge(&goal, 86403 * STORY_SECOND, 8, l, 2);
	assert_int_equal(verdict.outcome, ATTR_OUTSIDE_WINDOW);
	goal.lookback_ms = 3 * STORY_DAY;
	verdict = judge(&goal, 172803 * STORY_SECOND, 8, l, 2);
	STORY_IDS(&verdict, "1", "2");
}

static void seven_days_before_10_may_keep_7_and_10_may(void **state)
{
	const struct landing l[] = {story_landing("1", STORY_AT(1, 0, 0)), story_landing("7", STORY_AT(7, 0, 0)),
		story_landing("10", STORY_AT(10, 0, 0))};
	struct goal goal = story_goal(MODEL_J_SHAPED);
	struct verdict verdict = judge(&goal, STORY_AT(10, 12, 0), 100, l, 3);

	(void)state;
	STORY_IDS(&verdict, "7", "10");
	STORY_MONEY(&verdict, 25, 75);
}

static void revenue_of_two_and_three_touches(void **state)
{
	const struct landing l[] = {story_landing("1", T - 3), story_landing("2", T - 2), story_landing("3", T - 1)};
	struct goal linear = story_goal(MODEL_LINEAR), position = story_goal(MODEL_POSITION_BASED);
	struct verdict verdict = judge(&linear, T, 14000, l, 3);

	(void)state;
	STORY_MONEY(&verdict, 4666, 4667, 4667);
	verdict = judge(&position, T, 14000, l, 3);
	STORY_MONEY(&verdict, 5600, 2800, 5600);
	verdict = judge(&linear, T, 6650, l, 2);
	STORY_MONEY(&verdict, 3325, 3325);
}

enum channel { DIRECT, SEARCH, EMAIL, SOCIAL, CHANNELS };

struct journey {
	int64_t value;
	const char *path; // a digit per touch: enum channel
};

// Sums by channel. The digit is the channel, its place the time.
static void sum_journeys(const struct goal *goal, const struct journey *journeys, size_t n, int64_t *sums)
{
	memset(sums, 0, CHANNELS * sizeof *sums);
	for (size_t i = 0; i < n; i++) {
		static char ids[8][3];
		struct landing l[8];
		size_t length = strlen(journeys[i].path);

		for (size_t k = 0; k < length; k++) {
			ids[k][0] = journeys[i].path[k];
			ids[k][1] = (char)('a' + k);
			l[k] = story_landing(ids[k], T - (int64_t)(length - k));
		}
		struct verdict verdict = judge(goal, T, journeys[i].value, l, length);
		for (size_t k = 0; k < verdict.share_count; k++)
			sums[verdict.shares[k].touch.id.p[0] - '0'] += verdict.shares[k].minor[GOAL_PLACED];
	}
}

static void assert_journeys(const struct goal *goal, const struct journey *journeys, size_t n, const int64_t *expected)
{
	int64_t sums[CHANNELS];

	sum_journeys(goal, journeys, n, sums);
	for (size_t i = 0; i < CHANNELS; i++)
		assert_int_equal(sums[i], expected[i]);
}

// direct: 2 conversions; search, email: 3; search, social, email: 5. In sixths.
static void conversions_by_channel_over_three_paths(void **state)
{
	static const struct journey journeys[] = {{12, "0"}, {18, "12"}, {30, "132"}};
	struct goal first = story_goal(MODEL_FIRST_TOUCH), last = story_goal(MODEL_LAST_TOUCH), linear = story_goal(MODEL_LINEAR),
				position = story_goal(MODEL_POSITION_BASED);

	(void)state;
	assert_journeys(&first, journeys, COUNT(journeys), (const int64_t[]){12, 48, 0, 0});
	assert_journeys(&last, journeys, COUNT(journeys), (const int64_t[]){12, 0, 48, 0});
	assert_journeys(&linear, journeys, COUNT(journeys), (const int64_t[]){12, 19, 19, 10});
	assert_journeys(&position, journeys, COUNT(journeys), (const int64_t[]){12, 21, 21, 6});
}

static void every_touch_of_a_repeated_channel_counts(void **state)
{
	static const struct journey twice[] = {{6, "112"}};
	static const struct journey pair[] = {{10, "12"}};
	struct goal linear = story_goal(MODEL_LINEAR), even = story_custom(40, 20, 40), uneven = story_custom(30, 0, 70);

	(void)state;
	assert_journeys(&linear, twice, 1, (const int64_t[]){0, 4, 2, 0});
	assert_journeys(&even, pair, 1, (const int64_t[]){0, 5, 5, 0});
	assert_journeys(&uneven, pair, 1, (const int64_t[]){0, 3, 7, 0});
}

// Nine journeys over three channels, three each: whatever the model, 27 in all.
static void nine_journeys_keep_their_total_in_every_model(void **state)
{
	static const struct journey journeys[] = {{3, "1"}, {3, "12"}, {3, "123"}, {3, "2"}, {3, "21"}, {3, "231"}, {3, "3"}, {3, "31"},
		{3, "321"}};

	(void)state;
	for (int model = MODEL_FIRST_TOUCH; model <= MODEL_CUSTOM; model++) {
		struct goal goal = story_goal((enum goal_model)model);
		int64_t sums[CHANNELS];

		sum_journeys(&goal, journeys, COUNT(journeys), sums);
		assert_int_equal(sums[DIRECT], 0);
		assert_int_equal(sums[SEARCH] + sums[EMAIL] + sums[SOCIAL], 27);
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
		cmocka_unit_test(models_in_money),
		cmocka_unit_test(participation_in_money),
		cmocka_unit_test(participation_of_three_clicks_in_two_campaigns),
		cmocka_unit_test(participation_by_channel_splits_repeats_of_a_channel),
		cmocka_unit_test(time_decay_after_seven_days_halves),
		cmocka_unit_test(time_decay_with_a_day_to_halve),
		cmocka_unit_test(a_window_of_one_day_ends_after_exactly_one_day),
		cmocka_unit_test(seven_days_before_10_may_keep_7_and_10_may),
		cmocka_unit_test(revenue_of_two_and_three_touches),
		cmocka_unit_test(conversions_by_channel_over_three_paths),
		cmocka_unit_test(every_touch_of_a_repeated_channel_counts),
		cmocka_unit_test(nine_journeys_keep_their_total_in_every_model),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
