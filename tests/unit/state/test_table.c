// SPDX-License-Identifier: Apache-2.0
// Promise: an abort leaves a table as the last commit left it, also after chains were tidied, and a flood of one user costs neither memory nor reading.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/table.h"

enum { HOUR = TRIM_HOUR_MS, KEEP = 10, MIB = 1024 * 1024 };

struct given {
	struct trim_rules rules;
	struct table *table;
	struct arena arena;
};

static int setup(void **state)
{
	struct given *g = calloc(1, sizeof *g);

	assert_non_null(g);
	g->rules.flood_keep = KEEP;
	g->rules.expire_before = INT64_MIN;
	g->table = table_new(&g->rules, NULL);
	*state = g;
	return 0;
}

static int teardown(void **state)
{
	struct given *g = *state;

	table_free(&g->table);
	arena_clear(&g->arena);
	free(g);
	return 0;
}

static void add(struct given *g, const char *user, int64_t time, int id)
{
	char text[32];
	struct state_click click = {time, {text, (size_t)snprintf(text, sizeof text, "%08d", id)}, VIEW_LIT("attributes of some length")};

	table_add_click(g->table, 1, view_text(user), &click);
}

static void put(struct given *g, const char *user, const char *key, const char *value)
{
	struct state_conversion c = {view_text(key), 1, view_text(value)};

	table_put_conversion(g->table, 1, view_text(user), &c);
}

// As a store reads: everything in the chain, then the rules.
static struct state_user read_user(struct given *g, const char *user, size_t *raw)
{
	struct state_user rows = {0}, out;

	table_read(g->table, 1, view_text(user), &g->arena, &rows);
	if (raw)
		*raw = rows.click_count + rows.conversion_count;
	trim_layers(&rows, 1, KEEP, INT64_MIN, &g->arena, &out);
	return out;
}

static void assert_ids(const struct state_user *rows, int first, int step, size_t n)
{
	assert_int_equal(rows->click_count, n);
	for (size_t i = 0; i < n; i++) {
		char text[32];

		snprintf(text, sizeof text, "%08d", first + (int)i * step);
		assert_true(view_eq(rows->clicks[i].id, view_text(text)));
	}
}

static void test_abort_of_the_first_transaction_leaves_nothing(void **state)
{
	struct given *g = *state;

	add(g, "a", 1, 1);
	put(g, "a", "k", "v");
	table_add_name(g->table, 9, VIEW_LIT("index"), 1, VIEW_LIT("a"));
	assert_true(table_has_tail(g->table));
	table_abort(g->table);
	struct view *users;
	struct state_user rows;
	assert_false(table_read(g->table, 1, VIEW_LIT("a"), &g->arena, &rows));
	assert_int_equal(table_find(g->table, 9, VIEW_LIT("index"), &g->arena, &users), 0);
	assert_true(table_is_empty(g->table));
	assert_false(table_has_tail(g->table));
}

static void test_abort_gives_back_what_a_put_replaced(void **state)
{
	struct given *g = *state;

	for (int i = 0; i < 50; i++) {
		char value[16];

		snprintf(value, sizeof value, "v%d", i);
		put(g, "a", "k", value);
		put(g, "a", "other", value);
		put(g, "a", "k", value); // twice in one transaction
		table_commit(g->table);
		put(g, "a", "k", "lost");
		put(g, "a", "k", "lost too");
		table_abort(g->table);

		size_t raw;
		struct state_user rows = read_user(g, "a", &raw);
		assert_int_equal(rows.conversion_count, 2);
		assert_true(view_eq(rows.conversions[0].value, view_text(value)));
		assert_true(view_eq(rows.conversions[1].value, view_text(value)));
		assert_int_equal(raw, 2); // what was replaced went with the commit
	}
}

static void test_a_row_written_again_and_again_takes_the_memory_of_two(void **state)
{
	struct given *g = *state;
	char value[6000];

	memset(value, 'v', sizeof value);
	for (int i = 0; i < 3000; i++) {
		struct state_conversion put = {VIEW_LIT("k"), i, view_of(value, sizeof value - (size_t)(i % 50))};

		table_put_conversion(g->table, 1, VIEW_LIT("a"), &put);
		table_commit(g->table);
	}
	assert_true(table_bytes(g->table) < 3 << 20); // 18 MB were written; memory comes in steps of 2 MiB
}

// Smaller ones push committed ones out; the abort must bring those back.
static void test_abort_brings_back_what_a_flood_displaced(void **state)
{
	struct given *g = *state;

	for (int i = 0; i < KEEP; i++)
		add(g, "a", 1000, 5000 + i);
	table_commit(g->table);
	for (int i = 0; i < 1000; i++)
		add(g, "a", 1000, i);
	struct state_user rows = read_user(g, "a", NULL);
	assert_ids(&rows, 0, 1, KEEP);
	table_abort(g->table);
	rows = read_user(g, "a", NULL);
	assert_ids(&rows, 5000, 1, KEEP);
	assert_int_equal(g->rules.flooded, 0);
}

static void test_commit_of_a_displacing_flood(void **state)
{
	struct given *g = *state;
	size_t raw;

	for (int i = 0; i < KEEP; i++)
		add(g, "a", 1000, 5000 + i);
	table_commit(g->table);
	for (int i = 0; i < 1000; i++)
		add(g, "a", 1000, i);
	table_commit(g->table);
	struct state_user rows = read_user(g, "a", &raw);
	assert_ids(&rows, 0, 1, KEEP);
	assert_true(raw < 300);
	table_abort(g->table); // nothing to abort
	rows = read_user(g, "a", NULL);
	assert_ids(&rows, 0, 1, KEEP);
}

static void flood(struct given *g, int first, int step, int per_commit)
{
	for (int i = 0; i < MIB; i++) {
		add(g, "bot", HOUR / 2, first + step * i);
		if (i % per_commit == per_commit - 1)
			table_commit(g->table);
	}
	table_commit(g->table);
}

static void check_flood(struct given *g, int smallest)
{
	size_t raw;
	struct state_user rows = read_user(g, "bot", &raw);

	assert_ids(&rows, smallest, 1, KEEP);
	assert_true(raw < 600);
	assert_true(table_bytes(g->table) < 3 * MIB);
	assert_true(g->rules.flooded > MIB - 600 && g->rules.flooded < MIB);
}

static void test_a_million_clicks_in_an_hour_rising(void **state)
{
	flood(*state, 0, 1, 1000);
	check_flood(*state, 0);
}

// Each pushes another out.
static void test_a_million_clicks_in_an_hour_falling(void **state)
{
	flood(*state, 5000000, -1, 1000);
	check_flood(*state, 5000000 - MIB + 1);
}

static void test_a_million_clicks_in_one_transaction(void **state)
{
	flood(*state, 5000000, -1, MIB + 1);
	check_flood(*state, 5000000 - MIB + 1);
}

static void test_a_million_clicks_a_commit_each_few(void **state)
{
	flood(*state, 5000000, -1, 3);
	check_flood(*state, 5000000 - MIB + 1);
}

static void test_aborts_without_end_take_no_memory(void **state)
{
	struct given *g = *state;

	for (int i = 0; i < KEEP; i++)
		add(g, "a", 1000, 5000 + i);
	put(g, "a", "k", "v");
	table_commit(g->table);
	for (int round = 0; round < 2000; round++) {
		for (int i = 0; i < 500; i++)
			add(g, i % 2 ? "a" : "b", 1000, i);
		put(g, "a", "k", "w");
		put(g, "c", "k", "w");
		table_abort(g->table);
	}
	struct state_user rows = read_user(g, "a", NULL);
	assert_ids(&rows, 5000, 1, KEEP);
	assert_true(view_eq(rows.conversions[0].value, VIEW_LIT("v")));
	assert_true(table_bytes(g->table) < 3 * MIB);
}

static void test_a_busy_user_loses_nothing(void **state)
{
	struct given *g = *state;

	for (int i = 0; i < 5000; i++) {
		add(g, "a", i * (int64_t)HOUR / KEEP, i);
		if (i % 77 == 0)
			table_commit(g->table);
	}
	struct state_user rows = read_user(g, "a", NULL);
	assert_ids(&rows, 0, 1, 5000);
}

static void test_walks_are_sorted(void **state)
{
	struct given *g = *state;
	struct table_user *users;
	struct table_name *names;
	uint64_t hash = 1, last = 0;
	size_t total = 0;

	for (int i = 0; i < 5000; i++) {
		char user[16];
		struct state_click click = {i, VIEW_LIT("x"), VIEW_LIT("")};

		hash = i % 3 ? hash * 6364136223846793005u + 1442695040888963407u : hash; // some users share a hash
		snprintf(user, sizeof user, "u%d", i);
		table_add_click(g->table, hash, view_text(user), &click);
		table_add_name(g->table, hash / 3, view_text(user + 1 + i % 2), hash, view_text(user));
		table_add_name(g->table, hash / 3, view_text(user + 1 + i % 2), hash, view_text(user)); // again: once
	}
	table_commit(g->table);
	for (int part = 0; part < DIRECTORY_PARTS; part++) {
		size_t n = table_users(g->table, part, &g->arena, &users);

		for (size_t i = 0; i < n; i++) {
			assert_true(users[i].hash >= last);
			assert_true(i == 0 || users[i].hash > last || view_cmp(users[i - 1].user, users[i].user) < 0);
			last = users[i].hash;
		}
		total += n;
	}
	assert_int_equal(total, 5000);
	assert_int_equal(table_names(g->table, &g->arena, &names), 5000);
	for (size_t i = 1; i < 5000; i++)
		assert_true(view_cmp(names[i - 1].key, names[i].key) <= 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_abort_of_the_first_transaction_leaves_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abort_gives_back_what_a_put_replaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_row_written_again_and_again_takes_the_memory_of_two, setup, teardown),
		cmocka_unit_test_setup_teardown(test_abort_brings_back_what_a_flood_displaced, setup, teardown),
		cmocka_unit_test_setup_teardown(test_commit_of_a_displacing_flood, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_million_clicks_in_an_hour_rising, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_million_clicks_in_an_hour_falling, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_million_clicks_in_one_transaction, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_million_clicks_a_commit_each_few, setup, teardown),
		cmocka_unit_test_setup_teardown(test_aborts_without_end_take_no_memory, setup, teardown),
		cmocka_unit_test_setup_teardown(test_a_busy_user_loses_nothing, setup, teardown),
		cmocka_unit_test_setup_teardown(test_walks_are_sorted, setup, teardown),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
