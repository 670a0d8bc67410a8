// SPDX-License-Identifier: Apache-2.0
// Every choice of a goal has the name that config and outputs use.
#include "attribution/goal.h"
#include "tests/unit/attribution/story.h"

static void models_have_their_names(void **state)
{
	static const char *const names[] = {"participation", "first_touch", "last_touch", "linear", "time_decay", "position_based", "j_shaped",
		"inverse_j", "custom"};

	(void)state;
	for (size_t i = 0; i < COUNT(names); i++)
		assert_string_equal(goal_model_name((enum goal_model)i), names[i]);
	assert_int_equal(COUNT(names), MODEL_CUSTOM + 1);
}

static void other_choices_have_their_names(void **state)
{
	(void)state;
	assert_string_equal(goal_group_name(GROUP_CLICK), "click");
	assert_string_equal(goal_group_name(GROUP_AD), "ad");
	assert_string_equal(goal_group_name(GROUP_ADGROUP), "adgroup");
	assert_string_equal(goal_group_name(GROUP_CAMPAIGN), "campaign");
	assert_string_equal(goal_group_name(GROUP_CHANNEL), "channel");
	assert_string_equal(goal_basis_name(GOAL_PLACED), "placed");
	assert_string_equal(goal_basis_name(GOAL_CONFIRMED), "confirmed");
	assert_string_equal(goal_basis_name(GOAL_DELIVERED), "delivered");
	assert_string_equal(goal_basis_name(GOAL_NET), "net");
	assert_string_equal(goal_export_name(EXPORT_NONE), "none");
	assert_string_equal(goal_export_name(EXPORT_PER_CREDIT), "per_credit");
	assert_string_equal(goal_export_name(EXPORT_LAST_TOUCH_ONLY), "last_touch_only");
	assert_string_equal(goal_source_name(GOAL_ORDERS), "orders");
	assert_string_equal(goal_source_name(GOAL_CONVERSIONS), "conversions");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(models_have_their_names),
		cmocka_unit_test(other_choices_have_their_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
