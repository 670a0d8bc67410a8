// SPDX-License-Identifier: Apache-2.0
// Base64 as RFC 4648 has it, and no bytes have two spellings.
#include "crypto/base64.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"

static void published_examples_are_met(void **state)
{
	static const char *const cases[][2] = {{"", ""}, {"f", "Zg"}, {"fo", "Zm8"}, {"foo", "Zm9v"}, {"foob", "Zm9vYg"}, {"fooba", "Zm9vYmE"},
		{"foobar", "Zm9vYmFy"}, {"\xfb\xff\xfe", "-__-"}};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
		OWN(buf_clear) struct buf text = {0}, back = {0};

		base64_add(&text, view_text(cases[i][0]));
		assert_true(view_eq(buf_view(&text), view_text(cases[i][1])));
		assert_true(base64_read(buf_view(&text), &back));
		assert_true(view_eq(buf_view(&back), view_text(cases[i][0])));
	}
}

static void other_spellings_are_refused(void **state)
{
	static const char *const bad[] = {"Zh", "Zm9", "Z", "Zm9vY", "Zg==", "Zm 9v", "Zm9v\n", "+__-", "Zm9v.", "Zm9vYmF\xc3"};
	OWN(buf_clear) struct buf back = {0};

	(void)state;
	buf_add_text(&back, "kept");
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(base64_read(view_text(bad[i]), &back));
	assert_true(view_eq(buf_view(&back), VIEW_LIT("kept")));
}

static void what_other_tools_write_is_read_where_it_may(void **state)
{
	static const char *const good[][2] = {{"Zg==", "f"}, {"Zm8=", "fo"}, {"Zm8", "fo"}, {"+//+", "\xfb\xff\xfe"}, {"-__-", "\xfb\xff\xfe"}};
	static const char *const bad[] = {"Zg=", "Zg===", "=", "Zm9v=", "Z===", "Zg==Zg=="};
	OWN(buf_clear) struct buf back = {0};

	(void)state;
	for (size_t i = 0; i < sizeof good / sizeof good[0]; i++) {
		buf_reset(&back);
		assert_true(base64_read_any(view_text(good[i][0]), &back));
		assert_true(view_eq(buf_view(&back), view_text(good[i][1])));
	}
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_false(base64_read_any(view_text(bad[i]), &back));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(published_examples_are_met),
		cmocka_unit_test(other_spellings_are_refused),
		cmocka_unit_test(what_other_tools_write_is_read_where_it_may),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
