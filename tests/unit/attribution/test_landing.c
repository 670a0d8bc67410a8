// SPDX-License-Identifier: Apache-2.0
// Landings have one total order: time, identity bytes, then attributes with the unknown last, then ttclid first.
#include "attribution/landing.h"
#include "tests/unit/attribution/story.h"

static void assert_ascending(const struct landing *landings, size_t n)
{
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < n; k++) {
			int order = landing_cmp_full(&landings[i], &landings[k]);

			assert_int_equal((order > 0) - (order < 0), (i > k) - (i < k));
		}
}

static void time_then_identity_bytes(void **state)
{
	const struct landing landings[] = {story_landing("b", -5), story_landing("B", 3), story_landing("a", 3), story_landing("a\x01", 3),
		story_landing("b", 3), story_landing("\xC3\xA4", 3), story_landing("a", 4)};

	(void)state;
	assert_ascending(landings, COUNT(landings));
	assert_true(landing_cmp(&landings[1], &landings[2]) < 0);
	assert_int_equal(landing_cmp(&landings[2], &landings[2]), 0);
}

static void attributes_break_ties_unknown_last(void **state)
{
	struct landing l[8];

	(void)state;
	for (size_t i = 0; i < COUNT(l); i++)
		l[i] = story_landing("x", 1);
	l[0].channel = VIEW_LIT("meta");
	l[1].advertiser = VIEW_LIT("1");
	l[1].campaign = VIEW_LIT("9");
	l[2].advertiser = VIEW_LIT("1");
	l[3].advertiser = VIEW_LIT("2");
	l[4].campaign = VIEW_LIT("1");
	l[5].adgroup = VIEW_LIT("1");
	l[6].ad = VIEW_LIT("1");
	assert_ascending(l, COUNT(l));
	assert_int_equal(landing_cmp(&l[0], &l[7]), 0);
}

static void a_ttclid_comes_before_a_touch_id(void **state)
{
	struct landing l[2] = {story_landing("x", 1), story_landing("x", 1)};

	(void)state;
	l[1].is_ttclid = false;
	assert_ascending(l, COUNT(l));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(time_then_identity_bytes),
		cmocka_unit_test(attributes_break_ties_unknown_last),
		cmocka_unit_test(a_ttclid_comes_before_a_touch_id),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
