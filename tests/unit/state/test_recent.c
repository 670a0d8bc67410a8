// SPDX-License-Identifier: Apache-2.0
// Promise: the filter never says no of a user who has a conversion at or after the time asked for, however many there are and however far time moves;
// and it does say no to nearly all others.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/recent.h"

static const int64_t NOW = 1790000000000, DAY = 86400000;

static uint64_t mix(uint64_t x)
{
	x = (x ^ x >> 31) * 0x9e3779b97f4a7c15u;
	x = (x ^ x >> 29) * 0xbf58476d1ce4e5b9u;
	return x ^ x >> 32;
}

static void test_new_store_knows_nobody(void **state)
{
	OWN(recent_clear) struct recent r;

	(void)state;
	recent_init(&r, 0, INT64_MIN);
	assert_false(recent_may_have(&r, 1, INT64_MIN + 1));
	assert_false(recent_may_have(&r, 1, NOW));
	recent_add(&r, 1, NOW);
	assert_true(recent_may_have(&r, 1, NOW));
	assert_true(recent_may_have(&r, 1, NOW - DAY));
	assert_false(recent_may_have(&r, 1, NOW + 1));
	assert_false(recent_may_have(&r, 2, NOW - DAY));
	assert_false(recent_may_have(&r, 2, NOW - 60 * DAY)); // further back than it remembers, but nothing was forgotten
	assert_false(recent_may_have(&r, 2, INT64_MIN));
	assert_true(recent_may_have(&r, 1, INT64_MIN));
}

static void test_what_is_older_than_the_base_makes_all_of_it_maybe(void **state)
{
	enum { LINE = 15 };
	OWN(recent_clear) struct recent told_late, moved_on, overflowed;

	(void)state;
	recent_init(&told_late, 0, INT64_MIN);
	recent_add(&told_late, 1, NOW);
	recent_add(&told_late, 2, NOW - 60 * DAY);
	assert_true(recent_may_have(&told_late, 2, INT64_MIN));
	assert_true(recent_may_have(&told_late, 3, INT64_MIN));
	assert_false(recent_may_have(&told_late, 3, NOW - DAY));

	recent_init(&moved_on, 0, INT64_MIN);
	recent_add(&moved_on, 1, NOW);
	recent_add(&moved_on, 2, NOW + 60 * DAY);
	assert_true(recent_may_have(&moved_on, 1, INT64_MIN));
	assert_true(recent_may_have(&moved_on, 1, NOW));

	recent_init(&overflowed, 0, INT64_MIN);
	for (uint64_t i = 0; i <= LINE; i++) // one line; its oldest is known by the line's floor alone
		recent_add(&overflowed, (i + 1) << 48 | 1, i == 0 ? NOW : NOW + 25 * DAY);
	recent_add(&overflowed, 2, NOW + 55 * DAY);
	assert_true(recent_may_have(&overflowed, 1ull << 48 | 1, INT64_MIN));
}

static void test_opened_store_says_maybe_of_what_is_on_disk(void **state)
{
	OWN(recent_clear) struct recent r;

	(void)state;
	for (int64_t past = 0; past < 120000; past += 7777) {
		recent_init(&r, 0, NOW + past);
		assert_true(recent_may_have(&r, 5, NOW + past));
		assert_true(recent_may_have(&r, 5, NOW - DAY));
		assert_false(recent_may_have(&r, 5, NOW + past + 1));
		recent_add(&r, 6, NOW + DAY);
		assert_true(recent_may_have(&r, 6, NOW + DAY));
		assert_false(recent_may_have(&r, 5, NOW + DAY / 2));
		recent_clear(&r);
	}
	recent_init(&r, 0, INT64_MIN);
}

// Users whose latest conversion is known exactly, in a filter that is too small for them, while time moves on for two years.
static void test_never_a_wrong_no(void **state)
{
	enum { USERS = 3000, STEPS = 400000 };
	OWN(recent_clear) struct recent r;
	OWN(own_free) int64_t *latest = malloc(USERS * sizeof *latest);
	size_t maybe = 0;

	(void)state;
	recent_init(&r, 4096, INT64_MIN);
	for (int i = 0; i < USERS; i++)
		latest[i] = INT64_MIN;
	for (uint64_t i = 0; i < STEPS; i++) {
		uint64_t user = mix(i) % USERS;
		int64_t time = NOW + (int64_t)i * 2 * DAY * 365 / STEPS - (int64_t)(mix(i + 77) % (uint64_t)(3 * DAY));

		if (i % 4 == 0) {
			recent_add(&r, mix(user), time);
			latest[user] = time > latest[user] ? time : latest[user];
			assert_true(recent_may_have(&r, mix(user), INT64_MIN));
		} else if (recent_may_have(&r, mix(user), time)) {
			maybe++;
		} else {
			assert_true(latest[user] < time);
		}
	}
	assert_true(maybe < STEPS / 2);
}

static void test_a_jump_far_ahead_keeps_the_promise(void **state)
{
	OWN(recent_clear) struct recent r;

	(void)state;
	recent_init(&r, 0, INT64_MIN);
	recent_add(&r, 1, NOW);
	recent_add(&r, 2, NOW + 3650 * DAY);
	recent_add(&r, 3, -NOW);
	assert_true(recent_may_have(&r, 1, NOW));
	assert_true(recent_may_have(&r, 2, NOW + 3650 * DAY));
	assert_true(recent_may_have(&r, 3, -NOW));
	recent_add(&r, 4, INT64_MAX);
	assert_true(recent_may_have(&r, 2, NOW + 3650 * DAY));
	assert_true(recent_may_have(&r, 4, INT64_MAX));
}

static void test_no_is_the_rule(void **state)
{
	enum { USERS = 200000 };
	OWN(recent_clear) struct recent r;
	size_t wrong = 0;

	(void)state;
	recent_init(&r, 2 << 20, INT64_MIN);
	for (uint64_t i = 0; i < USERS; i++)
		recent_add(&r, mix(i), NOW + (int64_t)i);
	for (uint64_t i = 0; i < USERS; i++)
		wrong += recent_may_have(&r, mix(i + USERS), NOW - DAY);
	assert_true(wrong < USERS / 500);
	assert_true(recent_bytes(&r) <= 2 << 20);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_new_store_knows_nobody),
		cmocka_unit_test(test_what_is_older_than_the_base_makes_all_of_it_maybe),
		cmocka_unit_test(test_opened_store_says_maybe_of_what_is_on_disk),
		cmocka_unit_test(test_never_a_wrong_no),
		cmocka_unit_test(test_a_jump_far_ahead_keeps_the_promise),
		cmocka_unit_test(test_no_is_the_rule),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
