// SPDX-License-Identifier: Apache-2.0
// What was put is there, in order, until it is deleted; days, levels and accounts are apart; what a transaction wrote goes with it.
#include "processors/spend-ingest/known.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/budget.h"

static const struct view SHOP = VIEW_LIT("shop|700"), OTHER = VIEW_LIT("shop|7001");

struct case_ {
	char directory[64];
	struct budget *budget;
	struct known known;
	struct arena arena;
};

static int setup(void **state)
{
	struct case_ *c = calloc(1, sizeof *c);
	struct err err;

	snprintf(c->directory, sizeof c->directory, "/tmp/known-XXXXXX");
	if (!mkdtemp(c->directory) || budget_new(64 << 20, 1, 0, &c->budget, &err) != 0)
		return -1;
	const struct store_options options = {.directory = c->directory, .budget = c->budget};
	*state = c;
	return store_open(&options, &c->known.store, &err);
}

static int teardown(void **state)
{
	struct case_ *c = *state;
	char command[128];

	store_close(&c->known.store);
	known_clear(&c->known);
	arena_clear(&c->arena);
	budget_free(&c->budget);
	snprintf(command, sizeof command, "rm -r %s", c->directory);
	int failed = system(command);
	free(c);
	return failed;
}

static void commit(struct case_ *c)
{
	struct err err;

	assert_int_equal(store_commit(c->known.store, VIEW_LIT("position"), &err), 0);
}

static size_t rows_of(struct case_ *c, struct view account, int8_t level, int32_t day, struct known_row **rows)
{
	struct err err;
	size_t n;

	known_day(&c->known, account, level, day);
	assert_int_equal(known_rows(&c->known, &c->arena, rows, &n, &err), 0);
	return n;
}

static void test_rows_of_a_day(void **state)
{
	struct case_ *c = *state;
	struct known_row *rows;

	known_day(&c->known, SHOP, LEVEL_AD, 20000);
	known_put_row(&c->known, VIEW_LIT("22"), 9);
	known_put_row(&c->known, VIEW_LIT("1"), 8);
	known_put_row(&c->known, VIEW_LIT("3"), 7);
	known_day(&c->known, SHOP, LEVEL_ADVERTISER, 20000);
	known_put_row(&c->known, VIEW_LIT("700"), 6);
	known_day(&c->known, OTHER, LEVEL_AD, 20000);
	known_put_row(&c->known, VIEW_LIT("1"), 5);
	commit(c);
	assert_int_equal(rows_of(c, SHOP, LEVEL_AD, 20000, &rows), 3);
	assert_true(view_eq(rows[0].entity, VIEW_LIT("1")));
	assert_int_equal(rows[0].digest, 8);
	assert_true(view_eq(rows[1].entity, VIEW_LIT("22")));
	assert_int_equal(rows_of(c, SHOP, LEVEL_AD, 20001, &rows), 0);
	assert_int_equal(rows_of(c, OTHER, LEVEL_AD, 20000, &rows), 1);
	assert_int_equal(rows[0].digest, 5);
}

static void test_what_is_deleted_is_gone_and_an_abort_brings_it_back(void **state)
{
	struct case_ *c = *state;
	struct known_row *rows;

	known_day(&c->known, SHOP, LEVEL_AD, 20000);
	known_put_row(&c->known, VIEW_LIT("1"), 8);
	known_put_row(&c->known, VIEW_LIT("2"), 9);
	commit(c);
	known_day(&c->known, SHOP, LEVEL_AD, 20000);
	known_put_row(&c->known, VIEW_LIT("1"), 0);
	assert_int_equal(rows_of(c, SHOP, LEVEL_AD, 20000, &rows), 1);
	assert_true(view_eq(rows[0].entity, VIEW_LIT("2")));
	store_abort(c->known.store);
	assert_int_equal(rows_of(c, SHOP, LEVEL_AD, 20000, &rows), 2);
}

static void test_entities_are_kept_whole(void **state)
{
	struct case_ *c = *state;
	struct known_entity *entities;
	struct view body;
	struct err err;
	size_t n;

	known_put_entity(&c->known, SHOP, LEVEL_AD, VIEW_LIT("1"), VIEW_LIT("body one"));
	known_put_entity(&c->known, SHOP, LEVEL_AD, VIEW_LIT("2"), VIEW_LIT("body two"));
	known_put_entity(&c->known, SHOP, LEVEL_ADGROUP, VIEW_LIT("3"), VIEW_LIT("body three"));
	commit(c);
	known_put_entity(&c->known, SHOP, LEVEL_AD, VIEW_LIT("1"), VIEW_ABSENT);
	assert_int_equal(known_entities(&c->known, SHOP, LEVEL_AD, &c->arena, &entities, &n, &err), 0);
	assert_int_equal(n, 1);
	assert_true(view_eq(entities[0].body, VIEW_LIT("body two")));
	assert_int_equal(known_entity(&c->known, SHOP, LEVEL_AD, VIEW_LIT("1"), &c->arena, &body, &err), 0);
	assert_false(view_is_set(body));
	assert_int_equal(known_entity(&c->known, SHOP, LEVEL_ADGROUP, VIEW_LIT("3"), &c->arena, &body, &err), 0);
	assert_true(view_eq(body, VIEW_LIT("body three")));
}

static void test_accounts_are_found_again(void **state)
{
	struct case_ *c = *state;
	struct view *names, connection, status;
	struct err err;
	size_t n;

	known_put_connection(&c->known, SHOP, VIEW_LIT("a connection"));
	known_put_status(&c->known, SHOP, VIEW_LIT("a status"));
	known_put_status(&c->known, OTHER, VIEW_LIT("another"));
	commit(c);
	assert_int_equal(known_accounts(&c->known, &c->arena, &names, &n, &err), 0);
	assert_int_equal(n, 2);
	known_put_connection(&c->known, SHOP, VIEW_ABSENT);
	assert_int_equal(known_account(&c->known, SHOP, &c->arena, &connection, &status, &err), 0);
	assert_false(view_is_set(connection));
	assert_true(view_eq(status, VIEW_LIT("a status")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_rows_of_a_day, setup, teardown),
		cmocka_unit_test_setup_teardown(test_what_is_deleted_is_gone_and_an_abort_brings_it_back, setup, teardown),
		cmocka_unit_test_setup_teardown(test_entities_are_kept_whole, setup, teardown),
		cmocka_unit_test_setup_teardown(test_accounts_are_found_again, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
