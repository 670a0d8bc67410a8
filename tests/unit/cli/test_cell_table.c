// SPDX-License-Identifier: Apache-2.0
// Promise: columns stand under each other by what a terminal shows, no line ends with spaces, and CSV has the same cells whole.
#include "cli/cell_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>

#include "base/own.h"

static const struct cell_column columns[] = {{"name", false}, {"spend", true}, {"", false}};

static void fill(struct cell_table *t)
{
	const char *const cells[] = {"春", "1.00", "", "long one", "12.50", "##"};

	for (size_t i = 0; i < 6; i++)
		cell_table_add(t, view_text(cells[i]));
}

static void columns_stand_under_each_other(void **state)
{
	// Numbers to the right.
	OWN(cell_table_free) struct cell_table *t = cell_table_new(columns, 3);
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	fill(t);
	cell_table_print(t, &out);
	buf_add_byte(&out, 0);
	assert_string_equal("name      spend\n春         1.00\nlong one  12.50  ##\n", out.p);
}

static void long_texts_are_cut_in_the_table_alone(void **state)
{
	// At forty columns; not in CSV.
	OWN(cell_table_free) struct cell_table *t = cell_table_new(columns, 2);
	OWN(buf_clear) struct buf table = {0}, csv = {0};

	(void)state;
	cell_table_add(t, VIEW_LIT("0123456789012345678901234567890123456789x"));
	cell_table_add(t, VIEW_LIT("1"));
	cell_table_print(t, &table);
	cell_table_csv(t, &csv);
	buf_add_byte(&table, 0);
	buf_add_byte(&csv, 0);
	assert_non_null(strstr(table.p, "\n012345678901234567890123456789012345678…      1\n"));
	assert_string_equal("name,spend\r\n0123456789012345678901234567890123456789x,1\r\n", csv.p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(columns_stand_under_each_other),
		cmocka_unit_test(long_texts_are_cut_in_the_table_alone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
