// SPDX-License-Identifier: Apache-2.0
// Promise: text takes the columns that a terminal gives it, steers neither the terminal nor a spreadsheet, and CSV can be read back.
#include "cli/text_cells.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#include "base/own.h"

static void adds(const char *text, size_t most, const char *want, size_t columns)
{
	OWN(buf_clear) struct buf out = {0};

	assert_int_equal(columns, text_cells_add(&out, view_text(text), most));
	buf_add_byte(&out, 0);
	assert_string_equal(want, out.p);
	assert_true(text_cells_width(view_text(want)) == columns);
}

static void columns_are_those_of_a_terminal(void **state)
{
	// Wide letters and pictures take two, marks and joined pictures none.
	(void)state;
	assert_int_equal(5, text_cells_width(VIEW_LIT("Sales")));
	assert_int_equal(6, text_cells_width(VIEW_LIT("春夏秋")));
	assert_int_equal(2, text_cells_width(VIEW_LIT("🌷")));
	assert_int_equal(1, text_cells_width(VIEW_LIT("e\u0301")));
	assert_int_equal(2, text_cells_width(VIEW_LIT("👩\u200d💻")));
	assert_int_equal(2, text_cells_width(VIEW_LIT("👍🏽")));
	assert_int_equal(0, text_cells_width(VIEW_LIT("")));
}

static void what_is_too_long_is_cut_at_a_character(void **state)
{
	// A wide one that would stick out is left away.
	(void)state;
	adds("Spring", 6, "Spring", 6);
	adds("Springs", 6, "Sprin…", 6);
	adds("春夏秋", 5, "春夏…", 5);
	adds("春夏秋", 4, "春…", 3);
}

static void nothing_steers_the_terminal(void **state)
{
	// Escapes, carriage returns, changes of direction, and bytes that are no UTF-8.
	(void)state;
	adds("a\x1b[31mb\r\n", 20, "a?[31mb??", 9);
	adds("a\u202eb\xc2\x9b"
		 "c\u2028d",
		20, "a?b?c?d", 7);
	adds("a\xff\xc3-b\xe2\x82", 20,
		"a?"
		"?-b?"
		"?",
		7);
}

static void csv(const char *text, const char *want)
{
	OWN(buf_clear) struct buf out = {0};

	text_cells_csv(&out, view_text(text));
	buf_add_byte(&out, 0);
	assert_string_equal(want, out.p);
}

static void csv_quotes_what_needs_it(void **state)
{
	// Commas, quotes, line ends.
	(void)state;
	csv("plain", "plain");
	csv("", "");
	csv("a,b", "\"a,b\"");
	csv("say \"hi\"", "\"say \"\"hi\"\"\"");
	csv("a\nb", "\"a\nb\"");
}

static void no_name_is_a_formula(void **state)
{
	// A number stays one, a negative one too.
	(void)state;
	csv("=2+2", "\"'=2+2\"");
	csv("+49", "\"'+49\"");
	csv("-1+cmd", "\"'-1+cmd\"");
	csv("@sum", "\"'@sum\"");
	csv("\t=1", "\"'\t=1\"");
	csv("-12.5", "-12.5");
	csv("-", "\"'-\"");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_are_those_of_a_terminal),
		cmocka_unit_test(what_is_too_long_is_cut_at_a_character),
		cmocka_unit_test(nothing_steers_the_terminal),
		cmocka_unit_test(csv_quotes_what_needs_it),
		cmocka_unit_test(no_name_is_a_formula),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
