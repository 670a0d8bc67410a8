// SPDX-License-Identifier: Apache-2.0
// A goal's `where` may name exactly the fields that its records have: what the config accepts, the contracts resolve, and the other way round.
#include "config/where.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/inside.h"

static const struct contract *contract_of(enum goal_source source)
{
	return source == GOAL_ORDERS ? contract_order : contract_conversion;
}

static bool resolves(enum goal_source source, struct view path)
{
	struct contract_path out;
	struct err err;

	return contract_path_resolve(contract_of(source), path, &out, &err) == 0;
}

// Both must be of one mind.
static void agree(enum goal_source source, struct view path, bool exists)
{
	if (where_path_exists(source, path) != exists)
		fail_msg("where: %.*s of %s should %sbe accepted", VIEW_ARG(path), goal_source_name(source), exists ? "" : "not ");
	if (resolves(source, path) != exists)
		fail_msg("contract: %.*s of %s should %sresolve", VIEW_ARG(path), goal_source_name(source), exists ? "" : "not ");
}

// What a goal can compare: a single value, or a key of a map. A record as a whole and a list are not.
static size_t walk(enum goal_source source, const struct slot *record, struct view above)
{
	size_t values = 0;

	for (size_t i = 0; i < record->parts_n; i++) {
		const struct slot *part = &record->parts[i];
		OWN(buf_clear) struct buf path = {0};

		buf_addf(&path, "%.*s%s%s", VIEW_ARG(above), above.n ? "." : "", part->name);
		bool single = part->kind != SLOT_RECORD && part->kind != SLOT_ARRAY && part->kind != SLOT_MAP;

		agree(source, buf_view(&path), single);
		values += single;
		if (part->kind == SLOT_RECORD)
			values += walk(source, part, buf_view(&path));
		buf_add_text(&path, ".");
		agree(source, buf_view(&path), false);
		buf_add_text(&path, "no_such_field");
		agree(source, buf_view(&path), part->kind == SLOT_MAP);
	}
	return values;
}

static size_t count_fields(enum goal_source source)
{
	size_t n = 0;

	while (where_field(source, n))
		n++;
	return n;
}

static void every_value_of_a_record_can_be_named(void **state)
{
	(void)state;
	static const enum goal_source sources[] = {GOAL_ORDERS, GOAL_CONVERSIONS};

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		assert_int_equal(walk(sources[i], &contract_shape(contract_of(sources[i]))->root, VIEW_LIT("")), count_fields(sources[i]));
}

static void every_name_that_is_accepted_resolves(void **state)
{
	(void)state;
	static const enum goal_source sources[] = {GOAL_ORDERS, GOAL_CONVERSIONS};

	for (size_t i = 0; i < sizeof sources / sizeof *sources; i++)
		for (size_t k = 0; where_field(sources[i], k); k++)
			agree(sources[i], view_text(where_field(sources[i], k)), true);
}

static int set_up(void **state)
{
	struct err err;

	(void)state;
	return contract_setup(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_value_of_a_record_can_be_named),
		cmocka_unit_test(every_name_that_is_accepted_resolves),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
