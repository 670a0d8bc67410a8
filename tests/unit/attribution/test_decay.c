// SPDX-License-Identifier: Apache-2.0
// Half-life weights follow the fixed-point rule to the last bit, and the 40 constants are the rounded roots they claim to be.
#include "attribution/decay.h"
#include "tests/unit/attribution/story.h"

#define wide unsigned __int128

struct square {
	wide high, low;
};

static struct square square_of(wide x)
{
	wide a = x >> 64, b = (uint64_t)x, middle = a * b;
	wide low = b * b, shifted = middle << 65;
	struct square s = {a * a + (middle >> 63), low + shifted};

	s.high += s.low < low;
	return s;
}

// floor(sqrt(x 2^126)), bit by bit.
static wide root_of(wide x)
{
	wide root = 0, high = x >> 2, low = x << 126;

	for (int bit = 127; bit >= 0; bit--) {
		wide tried = root | (wide)1 << bit;
		struct square s = square_of(tried);

		if (s.high < high || (s.high == high && s.low <= low))
			root = tried;
	}
	return root;
}

// c_i = sqrt(2^62 c_(i-1)) with 64 more bits; each step halves the error of the one before, so 4 units in the last place are ample.
static void constants_are_the_rounded_roots_of_one_half(void **state)
{
	wide exact = (wide)1 << (61 + 64);

	(void)state;
	for (int i = 1; i <= DECAY_BITS; i++) {
		exact = root_of(exact);
		uint64_t whole = (uint64_t)(exact >> 64), rest = (uint64_t)exact;

		assert_true(rest + 4 < UINT64_C(1) << 63 || rest > (UINT64_C(1) << 63) + 4);
		assert_int_equal(decay_constants[i - 1], whole + (rest >> 63));
	}
}

// Computed from the text of the rule with unbounded integers.
static void weights_follow_the_rule_to_the_last_bit(void **state)
{
	static const struct {
		int64_t gap, half_life;
		uint64_t weight;
	} cases[] = {
		{0, 86400000, DECAY_ONE},
		{1, 604800000, UINT64_C(4611686013144878331)},
		{511200000, 604800000, UINT64_C(2566951782743644861)},
		{86400000, 604800000, UINT64_C(4176913159045432334)},
		{777600000, 604800000, UINT64_C(1891564545861720188)},
		{7776000000, 129600000, 4},
		{604799999, 604800000, UINT64_C(2305843011856402377)},
		{5, 3, UINT64_C(1452590072531245978)},
		{604800001, 604800000, UINT64_C(2305843006572439166)}, // a half, up to even
		{604800003, 604800000, UINT64_C(2305843001287022332)}, // a half, down to even
		{62, 1, 1},
		{63, 1, 0},
		{125, 2, 1},
		{187, 3, 1},
		{INT64_C(12345678901), 98765432, 0},
		{INT64_MAX, 1, 0},
		{1, INT64_MAX, DECAY_ONE},
	};

	(void)state;
	for (size_t i = 0; i < COUNT(cases); i++)
		assert_int_equal(decay_weight(cases[i].gap, cases[i].half_life), cases[i].weight);
}

static void each_half_life_halves_exactly(void **state)
{
	(void)state;
	for (int k = 0; k <= 62; k++)
		assert_int_equal(decay_weight(k * 7 * STORY_DAY, 7 * STORY_DAY), DECAY_ONE >> k);
	assert_int_equal(decay_weight(63 * 7 * STORY_DAY, 7 * STORY_DAY), 0);
}

static void older_never_weighs_more(void **state)
{
	uint64_t last = DECAY_ONE;

	(void)state;
	for (int64_t gap = 0; gap < 90 * STORY_DAY; gap += 17 * STORY_MINUTE + 3) {
		uint64_t weight = decay_weight(gap, 7 * STORY_DAY);

		assert_true(weight <= last);
		last = weight;
	}
}

// w(a) w(b) = w(a + b), to the precision of 40 fraction bits.
static void ages_multiply(void **state)
{
	uint64_t seed = 9;

	(void)state;
	for (int round = 0; round < 20000; round++) {
		int64_t a = (int64_t)story_below(&seed, 14 * STORY_DAY), b = (int64_t)story_below(&seed, 14 * STORY_DAY);
		wide product = (wide)decay_weight(a, 7 * STORY_DAY) * decay_weight(b, 7 * STORY_DAY) >> 62;
		wide both = decay_weight(a + b, 7 * STORY_DAY);
		wide gap = product > both ? product - both : both - product;

		assert_true(gap <= (wide)1 << 23);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(constants_are_the_rounded_roots_of_one_half),
		cmocka_unit_test(weights_follow_the_rule_to_the_last_bit),
		cmocka_unit_test(each_half_life_halves_exactly),
		cmocka_unit_test(older_never_weighs_more),
		cmocka_unit_test(ages_multiply),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
