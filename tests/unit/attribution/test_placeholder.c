// SPDX-License-Identifier: Apache-2.0
// Text counts as absent exactly when it is empty or has the form ^_{1,2}[A-Z][A-Z0-9]*(_[A-Z0-9]+)*_{1,2}$.
#include "attribution/placeholder.h"
#include "tests/unit/attribution/story.h"

static void unexpanded_macros_are_placeholders(void **state)
{
	static const char *const macros[] = {"__CLICKID__", "_CLICKID_", "__CLICKID_", "_CLICKID__", "__CAMPAIGN_ID__", "__CID__", "_A_",
		"__A1_2_B3__"};

	(void)state;
	for (size_t i = 0; i < COUNT(macros); i++)
		assert_true(placeholder_is(view_text(macros[i])));
}

static void nothing_is_a_placeholder(void **state)
{
	(void)state;
	assert_true(placeholder_is(VIEW_ABSENT));
	assert_true(placeholder_is(VIEW_LIT("")));
}

static void all_else_is_text(void **state)
{
	static const char *const texts[] = {"abc123def456", "_", "__", "___", "____", "_____", "CLICKID", "__CLICKID", "CLICKID__",
		"___CLICKID__", "__CLICKID___", "__clickid__", "__Clickid__", "__1CLICK__", "__CLICK__ID__", "__CLICK ID__", " __CLICKID__",
		"__CLICKID__\n", "__CLICK-ID__", "E.C.P.abc", "__\xC3\x84__"};

	(void)state;
	for (size_t i = 0; i < COUNT(texts); i++)
		assert_false(placeholder_is(view_text(texts[i])));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(unexpanded_macros_are_placeholders),
		cmocka_unit_test(nothing_is_a_placeholder),
		cmocka_unit_test(all_else_is_text),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
