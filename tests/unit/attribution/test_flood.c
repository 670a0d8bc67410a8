// SPDX-License-Identifier: Apache-2.0
// Of one UTC hour exactly the 100 smallest distinct (time, identity) exist, whatever the order in which they came.
#include "attribution/flood.h"
#include "tests/unit/attribution/story.h"

#include <stdio.h>

enum { MANY = 400 };

static char names[MANY][12];

static struct landing numbered(int i, int64_t time)
{
	snprintf(names[i], sizeof names[i], "c%05d", i);
	return story_landing(names[i], time);
}

static void shuffle(struct landing *landings, size_t n, uint64_t *seed)
{
	for (size_t i = n; i > 1; i--) {
		size_t k = story_below(seed, i);
		struct landing kept = landings[i - 1];

		landings[i - 1] = landings[k];
		landings[k] = kept;
	}
}

static void hours_start_on_the_hour_before_1970_too(void **state)
{
	(void)state;
	assert_int_equal(flood_hour(0), 0);
	assert_int_equal(flood_hour(3599999), 0);
	assert_int_equal(flood_hour(3600000), 3600000);
	assert_int_equal(flood_hour(-1), -3600000);
	assert_int_equal(flood_hour(-3600000), -3600000);
	assert_int_equal(flood_hour(-3600001), -7200000);
	assert_int_equal(flood_hour(INT64_MIN), INT64_MIN);
}

static void a_hundred_of_an_hour_remain(void **state)
{
	struct landing l[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		l[i] = numbered(i, i < 150 ? 1000 + i : i < 300 ? FLOOD_HOUR_MS + 7 : 5 * FLOOD_HOUR_MS + i);
	assert_int_equal(flood_trim(l, MANY), 300);
	assert_int_equal(l[99].time, 1099);
	assert_memory_equal(l[100].id.p, "c00150", 6);
	assert_memory_equal(l[199].id.p, "c00249", 6);
	assert_memory_equal(l[299].id.p, "c00399", 6);
}

static void repeats_take_no_room(void **state)
{
	struct landing l[MANY];

	(void)state;
	for (int i = 0; i < MANY; i++)
		l[i] = numbered(i % 100, 5);
	assert_int_equal(flood_trim(l, MANY), 100);
}

static void of_equal_landings_the_smallest_attributes_stay(void **state)
{
	struct landing l[] = {story_landing("x", 5), story_campaign("x", 5, "2"), story_campaign("x", 5, "1")};

	(void)state;
	assert_int_equal(flood_trim(l, COUNT(l)), 1);
	assert_memory_equal(l[0].campaign.p, "1", 1);
}

static void order_of_arrival_does_not_matter(void **state)
{
	struct landing first[MANY], again[MANY];
	uint64_t seed = 3;

	(void)state;
	for (int i = 0; i < MANY; i++)
		first[i] = numbered(i, (int64_t)story_below(&seed, 3 * FLOOD_HOUR_MS));
	memcpy(again, first, sizeof first);
	size_t n = flood_trim(first, MANY);
	assert_in_range(n, 200, 300);
	for (int round = 0; round < 50; round++) {
		struct landing shuffled[MANY];

		memcpy(shuffled, again, sizeof again);
		shuffle(shuffled, MANY, &seed);
		assert_int_equal(flood_trim(shuffled, MANY), n);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(landing_cmp(&shuffled[i], &first[i]), 0);
	}
}

// So the store may trim hour by hour as clicks arrive.
static void trimming_what_was_trimmed_loses_nothing(void **state)
{
	struct landing whole[MANY], parts[MANY];
	uint64_t seed = 4;

	(void)state;
	for (int i = 0; i < MANY; i++)
		whole[i] = numbered(i, (int64_t)story_below(&seed, FLOOD_HOUR_MS));
	memcpy(parts, whole, sizeof whole);
	size_t n = flood_trim(whole, MANY);
	size_t kept = flood_trim(parts, MANY / 2);
	memmove(parts + kept, parts + MANY / 2, (MANY / 2) * sizeof *parts);
	assert_int_equal(flood_trim(parts, kept + MANY / 2), n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(landing_cmp(&whole[i], &parts[i]), 0);
}

static void nothing_stays_nothing(void **state)
{
	(void)state;
	assert_int_equal(flood_trim(NULL, 0), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(hours_start_on_the_hour_before_1970_too),
		cmocka_unit_test(a_hundred_of_an_hour_remain),
		cmocka_unit_test(repeats_take_no_room),
		cmocka_unit_test(of_equal_landings_the_smallest_attributes_stay),
		cmocka_unit_test(order_of_arrival_does_not_matter),
		cmocka_unit_test(trimming_what_was_trimmed_loses_nothing),
		cmocka_unit_test(nothing_stays_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
