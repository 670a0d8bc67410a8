// SPDX-License-Identifier: Apache-2.0
// Promise: whatever the order of writes, commits, aborts, flushes and reopenings, a store answers like a list of everything that was committed
// (and, for reads, written), cut to its position where it was reopened.
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "base/when.h"
#include "state/budget.h"
#include "state/store.h"

enum { HOUR = 3600000, USERS = 8, IDS = 40, KEYS = 6, MIB = 1024 * 1024 };

struct op {
	int user;
	bool is_click;
	int64_t time;
	int id;    // of a click, or key of a conversion
	int attrs; // or value
};

struct model {
	struct op *ops;
	size_t n, room, committed;
	size_t keep;
	int64_t expired;
};

struct world {
	char directory[64];
	struct budget *budget;
	struct store *store;
	struct model model;
	uint64_t hash_mask;
	int64_t flush_after_ms;
	uint64_t flushes;
	uint64_t random;
	struct arena arena;
};

static uint64_t next_random(struct world *w)
{
	w->random ^= w->random << 13;
	w->random ^= w->random >> 7;
	w->random ^= w->random << 17;
	return w->random;
}

static int pick(struct world *w, int n)
{
	return (int)(next_random(w) >> 20 & 0xffffff) % n;
}

static void fail_with(const struct err *err)
{
	fail_msg("%s: %s", err->code, err->words);
}

static struct view text_of(struct arena *arena, const char *kind, int number)
{
	char text[64];

	snprintf(text, sizeof text, "%s%d", kind, number);
	return arena_dup(arena, view_text(text));
}

static struct view user_text(struct arena *arena, int user)
{
	return text_of(arena, "shop|user-", user);
}

static uint64_t hash_of(const struct world *w, struct view user)
{
	return store_hash(user) & w->hash_mask;
}

static void model_add(struct model *m, struct op op)
{
	if (m->n == m->room) {
		m->room = m->room ? 2 * m->room : 1024;
		m->ops = realloc(m->ops, m->room * sizeof *m->ops);
		assert_non_null(m->ops);
	}
	m->ops[m->n++] = op;
}

static int64_t number_of(struct view text)
{
	int64_t number;

	assert_int_equal(when_parse_integer(text, &number), 0);
	return number;
}

static void open_store(struct world *w)
{
	struct err err = {0};
	struct store_options options = {.directory = w->directory,
		.budget = w->budget,
		.flood_keep = w->model.keep,
		.flush_after_ms = w->flush_after_ms};

	if (store_open(&options, &w->store, &err) != 0)
		fail_with(&err);
}

static void reset_directory(struct world *w)
{
	char command[128];

	snprintf(w->directory, sizeof w->directory, "/tmp/test_store.%d", (int)getpid());
	snprintf(command, sizeof command, "rm -rf %s", w->directory);
	assert_int_equal(system(command), 0);
}

static void begin(struct world *w, uint64_t seed, size_t keep, uint64_t hash_mask)
{
	struct err err = {0};

	*w = (struct world){.random = seed * 0x9e3779b97f4a7c15u + 1, .hash_mask = hash_mask, .model = {.keep = keep, .expired = INT64_MIN}};
	reset_directory(w);
	if (budget_new(128 * MIB, 2, 1, &w->budget, &err) != 0)
		fail_with(&err);
	open_store(w);
}

static void end(struct world *w)
{
	store_close(&w->store);
	budget_free(&w->budget);
	free(w->model.ops);
	arena_clear(&w->arena);
	reset_directory(w);
}

static void write_op(struct world *w, struct op op)
{
	struct view user = user_text(&w->arena, op.user);
	uint64_t hash = hash_of(w, user);

	if (op.is_click) {
		struct state_click click = {op.time, text_of(&w->arena, "id", op.id), text_of(&w->arena, "attrs", op.attrs)};
		store_add_click(w->store, hash, user, &click);
	} else {
		struct state_conversion c = {text_of(&w->arena, "key", op.id), op.time, text_of(&w->arena, "value", op.attrs)};
		store_put_conversion(w->store, hash, user, &c, text_of(&w->arena, "index", op.id));
	}
	model_add(&w->model, op);
}

static void write_random(struct world *w)
{
	bool is_click = pick(w, 5) > 0;

	write_op(w,
		(struct op){
			.user = pick(w, USERS),
			.is_click = is_click,
			.time = 1000000 * (int64_t)HOUR - 2 * HOUR + pick(w, 5 * HOUR) / 60000 * 60000,
			.id = pick(w, is_click ? IDS : KEYS),
			.attrs = pick(w, 1000),
		});
}

static void commit(struct world *w)
{
	struct err err = {0};

	w->model.committed = w->model.n;
	if (store_commit(w->store, text_of(&w->arena, "", (int)w->model.n), &err) != 0)
		fail_with(&err);
}

static void abort_writes(struct world *w)
{
	store_abort(w->store);
	w->model.n = w->model.committed;
}

static void flush(struct world *w)
{
	struct err err = {0};

	commit(w);
	if (store_flush(w->store, &err) != 0)
		fail_with(&err);
}

// What is not on disk is gone, and the position says what is there.
static void reopen(struct world *w)
{
	struct store_sizes sizes;

	store_sizes(w->store, &sizes);
	w->flushes += sizes.flushes;
	store_close(&w->store);
	open_store(w);

	struct view position = store_position(w->store);
	size_t n = position.p ? (size_t)number_of(position) : 0;
	assert_true(n <= w->model.committed);
	w->model.n = w->model.committed = n;
	if (w->model.expired != INT64_MIN)
		store_expire_before(w->store, w->model.expired);
}

static int compare_ops(const void *a, const void *b)
{
	const struct op *x = a, *y = b;
	char left[32], right[32];

	if (x->time != y->time)
		return x->time < y->time ? -1 : 1;
	snprintf(left, sizeof left, "id%d", x->id);
	snprintf(right, sizeof right, "id%d", y->id);
	int order = strcmp(left, right);
	if (order)
		return order;
	snprintf(left, sizeof left, "attrs%d", x->attrs);
	snprintf(right, sizeof right, "attrs%d", y->attrs);
	return strcmp(left, right);
}

// The user's clicks by the rules, from all that was written; returns how many.
static size_t expected_clicks(const struct model *m, int user, struct op *out)
{
	size_t n = 0, kept = 0;

	for (size_t i = 0; i < m->n; i++)
		if (m->ops[i].is_click && m->ops[i].user == user)
			out[n++] = m->ops[i];
	qsort(out, n, sizeof *out, compare_ops);
	for (size_t i = 0; i < n; i++) {
		size_t same_hour = 0;

		if (kept && out[kept - 1].time == out[i].time && out[kept - 1].id == out[i].id)
			continue;
		for (size_t k = 0; k < kept; k++)
			same_hour += out[k].time / HOUR == out[i].time / HOUR;
		if (same_hour < m->keep)
			out[kept++] = out[i];
	}
	return kept;
}

static bool is_expired(const struct model *m, int64_t time)
{
	return m->expired != INT64_MIN && time / HOUR < m->expired / HOUR;
}

static void check_clicks(struct world *w, int user, const struct state_user *rows)
{
	OWN(own_free) struct op *expected = calloc(w->model.n + 1, sizeof *expected);
	size_t n = expected_clicks(&w->model, user, expected), at = 0;

	for (size_t i = 0; i < rows->click_count; i++) {
		const struct state_click *click = &rows->clicks[i];

		if (is_expired(&w->model, click->time))
			continue;
		while (at < n && is_expired(&w->model, expected[at].time))
			at++;
		assert_true(at < n);
		assert_int_equal(click->time, expected[at].time);
		assert_true(view_eq(click->id, text_of(&w->arena, "id", expected[at].id)));
		assert_true(view_eq(click->attrs, text_of(&w->arena, "attrs", expected[at].attrs)));
		at++;
	}
	while (at < n && is_expired(&w->model, expected[at].time))
		at++;
	assert_int_equal(at, n);
}

static const struct op *expected_conversion(const struct model *m, int user, int key)
{
	for (size_t i = m->n; i-- > 0;)
		if (!m->ops[i].is_click && m->ops[i].user == user && m->ops[i].id == key)
			return &m->ops[i];
	return NULL;
}

static void check_conversions(struct world *w, int user, const struct state_user *rows)
{
	size_t at = 0;

	for (int key = 0; key < KEYS; key++) { // one digit each, so in byte order
		const struct op *op = expected_conversion(&w->model, user, key);

		if (!op)
			continue;
		assert_true(at < rows->conversion_count);
		const struct state_conversion *c = &rows->conversions[at++];
		assert_true(view_eq(c->key, text_of(&w->arena, "key", key)));
		assert_true(view_eq(c->value, text_of(&w->arena, "value", op->attrs)));
		assert_int_equal(c->time, op->time);
		assert_true(store_may_have_conversion(w->store, hash_of(w, user_text(&w->arena, user)), c->time));
	}
	assert_int_equal(at, rows->conversion_count);
}

static void check_one_by_one(struct world *w, int user)
{
	struct view text = user_text(&w->arena, user), value;
	struct err err = {0};

	for (int key = 0; key < KEYS; key++) {
		const struct op *op = expected_conversion(&w->model, user, key);

		if (store_read_conversion(w->store, hash_of(w, text), text, text_of(&w->arena, "key", key), &w->arena, &value, &err) != 0)
			fail_with(&err);
		assert_int_equal(view_is_set(value), op != NULL);
		assert_true(!op || view_eq(value, text_of(&w->arena, "value", op->attrs)));
	}
}

static void check_user(struct world *w, int user)
{
	struct view text = user_text(&w->arena, user);
	struct state_user rows;
	struct err err = {0};

	if (store_read(w->store, hash_of(w, text), text, &w->arena, &rows, &err) != 0)
		fail_with(&err);
	check_clicks(w, user, &rows);
	check_conversions(w, user, &rows);
	check_one_by_one(w, user);
}

static void check_index(struct world *w, int key)
{
	struct view *users;
	struct err err = {0};
	size_t n, at = 0;

	if (store_find(w->store, text_of(&w->arena, "index", key), &w->arena, &users, &n, &err) != 0)
		fail_with(&err);
	for (int user = 0; user < USERS; user++) {
		if (!expected_conversion(&w->model, user, key))
			continue;
		assert_true(at < n);
		assert_true(view_eq(users[at++], user_text(&w->arena, user)));
	}
	assert_int_equal(at, n);
}

static int visit(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	struct world *w = context;
	size_t skip = strlen("shop|user-");
	int number = (int)number_of(view_of(user.p + skip, user.n - skip));

	(void)err;
	check_clicks(w, number, rows);
	check_conversions(w, number, rows);
	return 0;
}

static int count_user(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	(void)user;
	(void)rows;
	(void)err;
	++*(size_t *)context;
	return 0;
}

static void check_all(struct world *w)
{
	struct err err = {0};
	size_t visited = 0, expected = 0;

	for (int user = 0; user < USERS; user++) {
		struct view text = user_text(&w->arena, user);
		struct state_user rows;

		check_user(w, user);
		if (store_read(w->store, hash_of(w, text), text, &w->arena, &rows, &err) != 0)
			fail_with(&err);
		expected += rows.click_count + rows.conversion_count > 0;
	}
	for (int key = 0; key < KEYS; key++)
		check_index(w, key);
	if (store_visit(w->store, visit, w, &err) != 0 || store_visit(w->store, count_user, &visited, &err) != 0)
		fail_with(&err);
	assert_int_equal(visited, expected);
}

static void step(struct world *w)
{
	int dice = pick(w, 1000);

	if (dice < 800)
		write_random(w);
	else if (dice < 900)
		check_user(w, pick(w, USERS));
	else if (dice < 910)
		check_index(w, pick(w, KEYS));
	else if (dice < 970)
		commit(w);
	else if (dice < 990)
		abort_writes(w);
	else if (dice < 993)
		flush(w);
	else if (dice < 994)
		reopen(w);
	else if (dice < 996)
		check_all(w);
	arena_reset(&w->arena);
}

static void run_random(uint64_t seed, size_t keep, uint64_t hash_mask, int steps)
{
	struct world w;

	begin(&w, seed, keep, hash_mask);
	for (int i = 0; i < steps; i++)
		step(&w);
	check_all(&w);
	reopen(&w);
	check_all(&w);
	end(&w);
}

static void test_random_histories(void **state)
{
	(void)state;
	for (uint64_t seed = 1; seed <= 4; seed++)
		run_random(seed, 5, UINT64_MAX, 4000);
}

// Tables that are old at once go to the disk all the time, while they are read and filled again.
static void test_reads_beside_running_flushes(void **state)
{
	struct world w;

	(void)state;
	begin(&w, 11, 5, UINT64_MAX);
	w.flush_after_ms = 1;
	reopen(&w);
	for (int i = 0; i < 6000; i++)
		step(&w);
	check_all(&w);
	reopen(&w);
	assert_true(w.flushes > 20);
	end(&w);
}

static void test_users_with_equal_hashes_are_kept_apart(void **state)
{
	(void)state;
	run_random(5, 5, 1, 4000);
	run_random(6, 100, 0, 4000);
	run_random(7, 5, 3ull << 60, 4000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_random_histories),
		cmocka_unit_test(test_reads_beside_running_flushes),
		cmocka_unit_test(test_users_with_equal_hashes_are_kept_apart),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
