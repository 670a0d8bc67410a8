// SPDX-License-Identifier: Apache-2.0
// Ids are found in cookies and URLs by one set of rules: the first that is filled, decoded, a placeholder being none.
#include "tiktok/click_id.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static struct arena arena;

static void assert_cookie(const char *header, const char *name, const char *expected)
{
	struct view got = click_id_cookie(view_text(header), name, &arena);

	if (!view_eq(got, view_text(expected)))
		fail_msg("%s: %.*s is not %s", header, VIEW_ARG(got), expected ? expected : "absent");
}

static void cookies(void **state)
{
	(void)state;
	assert_cookie("ttclid=E.C.P.a", "ttclid", "E.C.P.a");
	assert_cookie("x=1;ttclid=E.C.P.a;y=2", "ttclid", "E.C.P.a");
	assert_cookie("x=1; ttclid=\"E.C.P.a\" ; _ttp=2F7h", "_ttp", "2F7h");
	assert_cookie("x=1; ttclid=\"E.C.P.a\" ; _ttp=2F7h", "ttclid", "E.C.P.a");
	assert_cookie("my_ttclid=no; ttclidx=no; ttclid=yes", "ttclid", "yes");
	assert_cookie("ttclid=; ttclid=__CLICKID__; ttclid=third", "ttclid", "third");
	assert_cookie("ttclid=E%2EC", "ttclid", "E.C");
	assert_cookie("ttclid=a+b", "ttclid", "a+b");
	assert_cookie("ttclid=a=b", "ttclid", "a=b");
	assert_cookie("ttclid", "ttclid", NULL);
	assert_cookie("ttclid=", "ttclid", NULL);
	assert_cookie("ttclid=%ff", "ttclid", NULL);
	assert_cookie("", "ttclid", NULL);
	assert_cookie(NULL, "ttclid", NULL);
}

static void urls(void **state)
{
	(void)state;
	assert_true(view_eq(click_id_url(VIEW_LIT("https://s.example/?a=b&ttclid=E.C.P.a#x"), &arena), VIEW_LIT("E.C.P.a")));
	assert_false(view_is_set(click_id_url(VIEW_LIT("https://s.example/#?ttclid=E.C.P.a"), &arena)));
	assert_false(view_is_set(click_id_url(VIEW_LIT("https://s.example/?ttclid=__CLICKID__"), &arena)));
	assert_false(view_is_set(click_id_url(VIEW_ABSENT, &arena)));
}

static void parameters(void **state)
{
	(void)state;
	assert_true(
		view_eq(click_id_parameter(VIEW_LIT("https://s.example/p?x=1&ttoclid=op%66ed#ttoclid=no"), "ttoclid", &arena), VIEW_LIT("opfed")));
	assert_false(view_is_set(click_id_parameter(VIEW_LIT("https://s.example/p?x=1#ttoclid=no"), "ttoclid", &arena)));
	assert_false(view_is_set(click_id_parameter(VIEW_LIT("https://s.example/p?"), "ttoclid", &arena)));
	assert_false(view_is_set(click_id_parameter(VIEW_LIT("ttoclid=x"), "ttoclid", &arena)));
	assert_false(view_is_set(click_id_parameter(VIEW_ABSENT, "ttoclid", &arena)));
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
		cmocka_unit_test(cookies),
		cmocka_unit_test(urls),
		cmocka_unit_test(parameters),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
