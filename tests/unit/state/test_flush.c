// SPDX-License-Identifier: Apache-2.0
// Promise: a process that is killed at any instant leaves exactly what was committed up to its store's position. A disk that refuses is told to
// the worker, and once it takes again nothing is missing.
#include <fcntl.h>
#include <pthread.h>
#include <setjmp.h>
#include <signal.h>
#include <spawn.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <time.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/budget.h"
#include "state/store.h"

enum { USERS = 50, KEYS = 3, ROUNDS = 12, MIB = 1024 * 1024 };

extern char **environ;
static char directory[64];

static void fail_with(const struct err *err)
{
	fail_msg("%s: %s", err->code, err->words);
}

static void clean(void)
{
	char command[128];

	snprintf(command, sizeof command, "rm -rf %s", directory);
	assert_int_equal(system(command), 0);
}

struct opened {
	struct budget *budget;
	struct store *store;
};

static void begin(struct opened *o)
{
	struct store_options options = {.directory = directory, .flood_keep = 100, .flush_after_ms = 1};
	struct err err = {0};

	if (budget_new(128 * MIB, 1, 1, &o->budget, &err) != 0)
		fail_with(&err);
	options.budget = o->budget;
	if (store_open(&options, &o->store, &err) != 0)
		fail_with(&err);
}

static void end(struct opened *o)
{
	store_close(&o->store);
	budget_free(&o->budget);
}

static struct view user_text(uint64_t number, char *text, size_t size)
{
	return (struct view){text, (size_t)snprintf(text, size, "shop|%llu", (unsigned long long)(number % USERS))};
}

static bool is_conversion(uint64_t op)
{
	return op % 7 == 3;
}

// The op-th write of every history: what a store holds follows from how many it has seen.
static void write_op(struct store *store, uint64_t op, bool garbage)
{
	char text[32], number[32];
	struct view user = user_text(op, text, sizeof text);
	struct view value = {number, (size_t)snprintf(number, sizeof number, "%s%llu", garbage ? "bad" : "", (unsigned long long)op)};

	if (is_conversion(op)) {
		char key = (char)('a' + op / 7 % KEYS);
		struct state_conversion c = {{&key, 1}, (int64_t)op, value};
		store_put_conversion(store, store_hash(user), user, &c, VIEW_ABSENT);
	} else {
		struct state_click click = {(int64_t)op * 60000, value, VIEW_LIT("")};
		store_add_click(store, store_hash(user), user, &click);
	}
}

static uint64_t position_of(struct store *store)
{
	struct view position = store_position(store);
	uint64_t op = 0;

	if (position.p)
		memcpy(&op, position.p, sizeof op);
	return op;
}

// The child: writes on from where the store is, until it is killed.
static int write_forever(void)
{
	struct opened o;
	struct err err = {0};

	begin(&o);
	for (uint64_t op = position_of(o.store);;) {
		for (int i = 0; i < 200; i++)
			write_op(o.store, op++, false);
		if (store_commit(o.store, view_of(&op, sizeof op), &err) != 0)
			return 1;
		for (int i = 0; i < 50; i++)
			write_op(o.store, op + (uint64_t)i * 3, true);
		store_abort(o.store);
	}
}

static void check_number(struct view text, uint64_t expected)
{
	char number[32];

	assert_true(view_eq(text, (struct view){number, (size_t)snprintf(number, sizeof number, "%llu", (unsigned long long)expected)}));
}

static void check_user(struct store *store, uint64_t user_number, uint64_t ops, struct arena *arena)
{
	char text[32];
	struct view user = user_text(user_number, text, sizeof text);
	struct state_user rows;
	struct err err = {0};
	size_t click = 0, last[KEYS] = {0}, keys = 0;

	if (store_read(store, store_hash(user), user, arena, &rows, &err) != 0)
		fail_with(&err);
	for (uint64_t op = user_number; op < ops; op += USERS) {
		if (is_conversion(op)) {
			last[op / 7 % KEYS] = op;
			continue;
		}
		assert_true(click < rows.click_count);
		check_number(rows.clicks[click++].id, op);
	}
	assert_int_equal(click, rows.click_count);
	for (size_t key = 0; key < KEYS; key++) {
		if (!last[key])
			continue;
		assert_true(keys < rows.conversion_count);
		check_number(rows.conversions[keys++].value, last[key]);
	}
	assert_int_equal(keys, rows.conversion_count);
}

static uint64_t check_store(struct store *store)
{
	OWN(arena_clear) struct arena arena = {0};
	uint64_t ops = position_of(store);

	for (uint64_t user = 0; user < USERS; user++)
		check_user(store, user, ops, &arena);
	return ops;
}

static void run_and_kill(int after_ms)
{
	char name[] = "test_flush", mode[] = "write", *arguments[] = {name, mode, directory, NULL};
	struct timespec pause = {after_ms / 1000, after_ms % 1000 * 1000000L};
	pid_t child;
	int status;

	assert_int_equal(posix_spawn(&child, "/proc/self/exe", NULL, NULL, arguments, environ), 0);
	nanosleep(&pause, NULL);
	kill(child, SIGKILL);
	assert_int_equal(waitpid(child, &status, 0), child);
	assert_true(WIFSIGNALED(status) && WTERMSIG(status) == SIGKILL);
}

static void test_killed_at_random(void **state)
{
	uint64_t ops = 0, random = 12345;

	(void)state;
	for (int round = 0; round < ROUNDS; round++) {
		struct opened o;

		random = random * 6364136223846793005u + 1442695040888963407u;
		run_and_kill(30 + (int)(random >> 58) * 4 + (ops == 0 ? round * 200 : 0)); // a slow machine gets more time to begin
		begin(&o);
		uint64_t now = check_store(o.store);
		assert_true(now >= ops);
		ops = now;
		end(&o);
	}
	assert_true(ops > 0);
}

// A file system with little room but what the ballast holds; needs rights that not everybody has.
static bool mount_small(char *ballast, size_t size)
{
	mkdir(directory, 0700);
	if (mount("tmpfs", directory, "tmpfs", 0, "size=64m") != 0)
		return false;
	snprintf(ballast, size, "%s/ballast", directory);
	OWN(own_fd) int fd = open(ballast, O_CREAT | O_WRONLY, 0600);
	assert_int_equal(posix_fallocate(fd, 0, 62 * MIB), 0);
	return true;
}

static int commit_until_it_fails(struct store *store, uint64_t *op, struct err *err)
{
	for (int commits = 0; commits < 400; commits++) {
		for (int i = 0; i < 2000; i++)
			write_op(store, (*op)++, false);
		if (store_commit(store, view_of(op, sizeof *op), err) != 0)
			return -1;
		struct timespec pause = {0, 2000000};
		nanosleep(&pause, NULL);
	}
	return 0;
}

static void test_full_disk_is_told_and_survived(void **state)
{
	struct opened o;
	struct err err = {0};
	uint64_t op = 0;
	char ballast[96];

	(void)state;
	if (!mount_small(ballast, sizeof ballast))
		skip();
	begin(&o);
	assert_int_equal(commit_until_it_fails(o.store, &op, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, "store_full");

	assert_int_equal(unlink(ballast), 0);
	for (int again = 0; store_commit(o.store, view_of(&op, sizeof op), &err) != 0; again++) {
		assert_int_equal(err.class, ERR_RETRY);
		assert_true(again < 100);
		nanosleep(&(struct timespec){0, 100000000}, NULL);
	}
	while (store_flush(o.store, &err) != 0)
		assert_int_equal(err.class, ERR_RETRY);
	assert_int_equal(position_of(o.store), op);
	check_store(o.store);
	end(&o);
}

static void test_lost_directory_is_fatal(void **state)
{
	struct opened o;
	struct err err = {0};
	uint64_t op = 1000;

	(void)state;
	begin(&o);
	write_op(o.store, 0, false);
	assert_int_equal(store_commit(o.store, view_of(&op, sizeof op), &err), 0);
	clean();
	assert_int_equal(store_flush(o.store, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "store_io");
	assert_int_equal(store_commit(o.store, view_of(&op, sizeof op), &err), -1); // and stays so
	end(&o);
}

struct sharing {
	struct budget *budget;
	int number;
	uint64_t flushes;
};

// Writes far more than its share of the memory; the budget holds at every commit.
static void *write_much(void *context)
{
	enum { COMMITS = 60, CLICKS = 8000, TAIL_MOST = 8 * MIB };
	struct sharing *me = context;
	char path[96], attrs[120] = {0};
	struct store_options options = {.directory = path, .budget = me->budget, .flood_keep = 100};
	struct store *store;
	struct store_sizes sizes;
	struct err err = {0};

	snprintf(path, sizeof path, "%s/%d", directory, me->number);
	CHECK(store_open(&options, &store, &err) == 0);
	for (uint64_t commit = 0; commit < COMMITS; commit++) {
		for (uint64_t i = 0; i < CLICKS; i++) {
			char text[32];
			struct view user = {text, (size_t)snprintf(text, sizeof text, "shop|%llu", (unsigned long long)(commit * CLICKS + i) % 99991)};
			struct state_click click = {(int64_t)commit * 1000, {text, 6}, {attrs, sizeof attrs}};

			store_add_click(store, store_hash(user), user, &click);
		}
		CHECK(store_commit(store, view_of(&commit, sizeof commit), &err) == 0);
		CHECK(budget_used(me->budget) < budget_total(me->budget) + 3 * TAIL_MOST);
	}
	store_sizes(store, &sizes);
	me->flushes = sizes.flushes;
	store_close(&store);
	return NULL;
}

static void test_stores_share_a_small_budget(void **state)
{
	struct sharing sharing[3];
	pthread_t threads[3];
	struct err err = {0};

	(void)state;
	if (budget_new(80 * MIB, 3, 1, &sharing[0].budget, &err) != 0)
		fail_with(&err);
	for (int i = 0; i < 3; i++) {
		sharing[i] = (struct sharing){.budget = sharing[0].budget, .number = i};
		assert_int_equal(pthread_create(&threads[i], NULL, write_much, &sharing[i]), 0);
	}
	for (int i = 0; i < 3; i++)
		pthread_join(threads[i], NULL);
	assert_true(sharing[0].flushes + sharing[1].flushes + sharing[2].flushes >= 3);
	budget_free(&sharing[0].budget);
}

static int setup(void **state)
{
	(void)state;
	snprintf(directory, sizeof directory, "/tmp/test_flush.%d", (int)getpid());
	clean();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	umount2(directory, MNT_DETACH);
	clean();
	return 0;
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_killed_at_random, setup, teardown),
		cmocka_unit_test_setup_teardown(test_full_disk_is_told_and_survived, setup, teardown),
		cmocka_unit_test_setup_teardown(test_lost_directory_is_fatal, setup, teardown),
		cmocka_unit_test_setup_teardown(test_stores_share_a_small_budget, setup, teardown),
	};

	if (argc == 3 && strcmp(argv[1], "write") == 0) {
		snprintf(directory, sizeof directory, "%s", argv[2]);
		return write_forever();
	}
	return cmocka_run_group_tests(tests, NULL, NULL);
}
