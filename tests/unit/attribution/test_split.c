// SPDX-License-Identifier: Apache-2.0
// A split adds up to the last unit, is off by less than one unit each, and does not depend on anything but amount, weights and order.
#include "attribution/split.h"
#include "tests/unit/attribution/story.h"

static struct arena arena;

static void assert_split(int64_t amount, const uint64_t *weights, const int64_t *expected, size_t n)
{
	int64_t out[SPLIT_MAX];

	split_amount(amount, weights, n, &arena, out);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(out[i], expected[i]);
}

#define WEIGHTS(...) ((const uint64_t[]){__VA_ARGS__})
#define PARTS(...) ((const int64_t[]){__VA_ARGS__})

static void the_leftover_goes_to_the_newest(void **state)
{
	(void)state;
	assert_split(10000, WEIGHTS(1, 1, 1), PARTS(3333, 3333, 3334), 3);
	assert_split(1, WEIGHTS(1, 1, 1), PARTS(0, 0, 1), 3);
	assert_split(2, WEIGHTS(1, 1, 1), PARTS(0, 1, 1), 3);
	assert_split(1000, WEIGHTS(1, 1, 1), PARTS(333, 333, 334), 3);
	assert_split(1000, WEIGHTS(1, 1, 1, 1, 1, 1), PARTS(166, 166, 167, 167, 167, 167), 6);
}

static void the_largest_remainder_comes_before_the_newest(void **state)
{
	(void)state;
	assert_split(10001, WEIGHTS(40, 10, 10, 40), PARTS(4000, 1000, 1000, 4001), 4);
	assert_split(10001, WEIGHTS(20, 10, 10, 60), PARTS(2000, 1000, 1000, 6001), 4);
	assert_split(10001, WEIGHTS(60, 10, 10, 20), PARTS(6001, 1000, 1000, 2000), 4);
	assert_split(5, WEIGHTS(120, 20, 20, 20, 120), PARTS(2, 0, 0, 1, 2), 5);
}

// The integer cases of the W3C attribution tests, written oldest first; weights beyond the touches are dropped before.
static void published_integer_splits_come_out_the_same(void **state)
{
	(void)state;
	assert_split(8, WEIGHTS(1, 1, 2), PARTS(2, 2, 4), 3);
	assert_split(8, WEIGHTS(1, 2, 1), PARTS(2, 4, 2), 3);
	assert_split(12, WEIGHTS(1, 3, 8), PARTS(1, 3, 8), 3);
	assert_split(12, WEIGHTS(3, 6), PARTS(4, 8), 2);
	assert_split(8, WEIGHTS(0, 6, 2), PARTS(0, 6, 2), 3);
}

static void zero_weights_get_nothing(void **state)
{
	(void)state;
	assert_split(100, WEIGHTS(1, 0, 0), PARTS(100, 0, 0), 3);
	assert_split(101, WEIGHTS(1, 0, 1, 0), PARTS(50, 0, 51, 0), 4);
}

static void nothing_splits_into_nothing(void **state)
{
	(void)state;
	assert_split(0, WEIGHTS(5, 0, 1), PARTS(0, 0, 0), 3);
	assert_split(0, WEIGHTS(7), PARTS(0), 1);
}

static void one_takes_all(void **state)
{
	(void)state;
	assert_split(12345, WEIGHTS(3), PARTS(12345), 1);
	assert_split(INT64_MAX, WEIGHTS(SPLIT_WEIGHT_MAX), PARTS(INT64_MAX), 1);
}

static void the_largest_amounts_and_weights_do_not_wrap(void **state)
{
	uint64_t weights[SPLIT_MAX];
	int64_t out[SPLIT_MAX];

	(void)state;
	for (size_t i = 0; i < SPLIT_MAX; i++)
		weights[i] = SPLIT_WEIGHT_MAX;
	split_amount(INT64_C(9999999999999999), weights, SPLIT_MAX, &arena, out);
	for (size_t i = 0; i < SPLIT_MAX; i++)
		assert_int_equal(out[i], i == 0 ? INT64_C(9999999999999) : INT64_C(10000000000000));
	split_amount(INT64_MAX, weights, 2, &arena, out);
	assert_int_equal(out[0], INT64_MAX / 2);
	assert_int_equal(out[1], INT64_MAX / 2 + 1);
}

// Twice the weights, the same split.
static void only_proportions_matter(void **state)
{
	uint64_t seed = 5, weights[40], doubled[40];
	int64_t out[40];

	(void)state;
	for (int round = 0; round < 2000; round++) {
		size_t n = 1 + story_below(&seed, 40);

		for (size_t i = 0; i < n; i++) {
			weights[i] = story_below(&seed, 1000) + (i == 0);
			doubled[i] = weights[i] * 2;
		}
		int64_t amount = (int64_t)story_below(&seed, 100000);
		split_amount(amount, doubled, n, &arena, out);
		assert_split(amount, weights, out, n);
	}
}

static uint64_t random_weight(uint64_t *seed)
{
	switch (story_below(seed, 4)) {
	case 0:
		return 0;
	case 1:
		return story_below(seed, 10);
	default:
		return story_random(seed) >> 2 >> story_below(seed, 40);
	}
}

// The definition itself: of what is above the floors nobody who got less had a larger remainder.
static void assert_is_largest_remainder(int64_t amount, const uint64_t *weights, const int64_t *out, size_t n)
{
	unsigned __int128 sum = 0;
	unsigned __int128 worst_winner = ~(unsigned __int128)0, best_loser = 0;
	size_t worst_at = n, best_at = 0;
	int64_t total = 0;

	for (size_t i = 0; i < n; i++)
		sum += weights[i];
	for (size_t i = 0; i < n; i++) {
		unsigned __int128 exact = (unsigned __int128)(uint64_t)amount * weights[i];
		int64_t floor = (int64_t)(exact / sum);
		unsigned __int128 rest = exact % sum;

		total += out[i];
		assert_true(out[i] == floor || (out[i] == floor + 1 && rest > 0));
		if (out[i] == floor + 1 && rest < worst_winner) {
			worst_winner = rest;
			worst_at = i;
		}
		if (out[i] == floor && rest >= best_loser) {
			best_loser = rest;
			best_at = i;
		}
	}
	assert_int_equal(total, amount);
	if (worst_at < n)
		assert_true(worst_winner > best_loser || (worst_winner == best_loser && worst_at > best_at));
}

static void any_split_adds_up_by_the_largest_remainders(void **state)
{
	uint64_t seed = 7, weights[SPLIT_MAX];
	int64_t out[SPLIT_MAX];

	(void)state;
	for (int round = 0; round < 3000; round++) {
		size_t n = 1 + story_below(&seed, round % 50 == 0 ? SPLIT_MAX : 12);

		for (size_t i = 0; i < n; i++)
			weights[i] = random_weight(&seed);
		weights[story_below(&seed, n)] |= 1;
		int64_t amount = (int64_t)(story_random(&seed) >> 1 >> story_below(&seed, 63));
		split_amount(amount, weights, n, &arena, out);
		assert_is_largest_remainder(amount, weights, out, n);
	}
	assert_int_equal(arena.used, 0);
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
		cmocka_unit_test(the_leftover_goes_to_the_newest),
		cmocka_unit_test(the_largest_remainder_comes_before_the_newest),
		cmocka_unit_test(published_integer_splits_come_out_the_same),
		cmocka_unit_test(zero_weights_get_nothing),
		cmocka_unit_test(nothing_splits_into_nothing),
		cmocka_unit_test(one_takes_all),
		cmocka_unit_test(the_largest_amounts_and_weights_do_not_wrap),
		cmocka_unit_test(only_proportions_matter),
		cmocka_unit_test(any_split_adds_up_by_the_largest_remainders),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
