// SPDX-License-Identifier: Apache-2.0
// Every code has one act; what TikTok adds later falls into its class.
#include "tiktok/codes.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static void known_codes_have_their_act(void **state)
{
	static const struct {
		int code;
		enum codes_act act;
	} cases[] = {
		{0, CODES_DONE},
		{20001, CODES_PARTIAL},
		{40000, CODES_REFUSE},
		{40001, CODES_PAUSE},
		{40002, CODES_REFUSE},
		{40003, CODES_PAUSE},
		{40006, CODES_REFUSE_ALL},
		{40007, CODES_REFUSE},
		{40011, CODES_SPLIT},
		{40016, CODES_THROTTLE_APP},
		{40050, CODES_DONE},
		{40061, CODES_SPLIT},
		{40062, CODES_REFUSE},
		{40063, CODES_REFUSE_ALL},
		{40100, CODES_THROTTLE_APP},
		{40101, CODES_RETRY},
		{40102, CODES_RETRY},
		{40103, CODES_PAUSE},
		{40104, CODES_PAUSE},
		{40105, CODES_PAUSE},
		{40118, CODES_PAUSE},
		{40130, CODES_PAUSE},
		{40131, CODES_PAUSE},
		{40132, CODES_THROTTLE_APP},
		{40133, CODES_THROTTLE_ADVERTISER},
		{40200, CODES_RETRY},
		{40202, CODES_RETRY},
		{40309, CODES_PAUSE},
		{40400, CODES_REFUSE_ALL},
		{40700, CODES_RETRY},
		{51021, CODES_THROTTLE_APP},
		{60001, CODES_RETRY},
		{61000, CODES_THROTTLE_APP},
		{70001, CODES_REFUSE_ALL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		const struct codes_rule *rule = codes_rule(cases[i].code);

		if (rule->act != cases[i].act || rule->code != cases[i].code)
			fail_msg("code %d: act %d", cases[i].code, (int)rule->act);
	}
}

static void unknown_codes_fall_into_their_class(void **state)
{
	(void)state;
	assert_int_equal(codes_rule(40004)->act, CODES_REFUSE);
	assert_int_equal(codes_rule(49999)->act, CODES_REFUSE);
	assert_int_equal(codes_rule(50000)->act, CODES_RETRY);
	assert_int_equal(codes_rule(59999)->act, CODES_RETRY);
	assert_int_equal(codes_rule(69999)->act, CODES_RETRY);
	assert_int_equal(codes_rule(69999)->tries, 0); // for ever
	for (int i = 0; i < 4; i++) {
		static const int codes[] = {-5, 1, 39999, 70000};

		assert_int_equal(codes_rule(codes[i])->act, CODES_RETRY);
		assert_int_equal(codes_rule(codes[i])->tries, 3);
		assert_int_equal(codes_rule(codes[i])->then, CODES_REFUSE_ALL);
	}
}

static void what_is_tried_a_few_times_ends_somewhere(void **state)
{
	(void)state;
	assert_int_equal(codes_rule(40102)->tries, 2);
	assert_int_equal(codes_rule(40102)->then, CODES_PAUSE);
	assert_int_equal(codes_rule(40700)->then, CODES_REFUSE);
	assert_int_equal(codes_rule(60001)->wait_s, 60);
	for (int code = -10; code < 80000; code++) {
		const struct codes_rule *rule = codes_rule(code);

		assert_true(rule->tries == 0 || (rule->act == CODES_RETRY && rule->then != CODES_RETRY));
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(known_codes_have_their_act),
		cmocka_unit_test(unknown_codes_fall_into_their_class),
		cmocka_unit_test(what_is_tried_a_few_times_ends_somewhere),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
