// SPDX-License-Identifier: Apache-2.0
// The store alone: clicks added, conversions put, users read from the table and from the disk, bytes flushed.
// micro_state [clicks] [users] [directory] [budget MiB]
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/now.h"
#include "base/own.h"
#include "state/budget.h"
#include "state/store.h"

enum { BATCH = 100000, READS = 1000000, AHEAD = 8, SHARDS = 1, ID_SIZE = 40, ATTRS_SIZE = 36 };

struct bench {
	struct store *store;
	uint64_t users;
	uint64_t random;
	struct arena arena;
};

static uint64_t next_random(struct bench *b)
{
	b->random ^= b->random << 13;
	b->random ^= b->random >> 7;
	b->random ^= b->random << 17;
	return b->random >> 11;
}

static _Noreturn void stop(const struct err *err)
{
	fprintf(stderr, "micro_state: %s: %s\n", err->code, err->words);
	exit(1);
}

struct person {
	char text[32];
	struct view user;
	uint64_t hash;
};

static void person_init(struct person *p, uint64_t number)
{
	p->user = (struct view){p->text, (size_t)snprintf(p->text, sizeof p->text, "shop-1|u%09llu", (unsigned long long)number)};
	p->hash = store_hash(p->user);
}

// What a phase took: by the wall, and of this thread's CPU, which neighbours disturb less.
struct stretch {
	int64_t wall_us, cpu_us;
};

static int64_t cpu_us(clockid_t clock)
{
	struct timespec t;

	clock_gettime(clock, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

static struct stretch now(void)
{
	return (struct stretch){now_steady_us(), cpu_us(CLOCK_THREAD_CPUTIME_ID)};
}

static void add_since(struct stretch *sum, struct stretch from)
{
	struct stretch at = now();

	sum->wall_us += at.wall_us - from.wall_us;
	sum->cpu_us += at.cpu_us - from.cpu_us;
}

static void report(const char *what, uint64_t count, struct stretch took)
{
	printf("%-40s %10.0f /s %8.0f ns, %8.0f ns of CPU\n", what, (double)count / (double)took.wall_us * 1e6,
		(double)took.wall_us * 1e3 / (double)count, (double)took.cpu_us * 1e3 / (double)count);
}

static void report_since(const char *what, uint64_t count, struct stretch from)
{
	struct stretch took = {0};

	add_since(&took, from);
	report(what, count, took);
}

static void fill(char *bytes, size_t n, uint64_t number)
{
	for (size_t i = 0; i < n; i++, number = number * 6364136223846793005u + 1442695040888963407u)
		bytes[i] = (char)('A' + (number >> 59));
}

static int64_t commit(struct bench *b, uint64_t position)
{
	struct err err = {0};
	int64_t from = now_steady_us();

	if (store_commit(b->store, view_of(&position, sizeof position), &err) != 0)
		stop(&err);
	return now_steady_us() - from;
}

// Adds clicks the way a worker does: people known a few records ahead, a commit per batch.
static void add_clicks(struct bench *b, uint64_t clicks)
{
	OWN(own_free) struct person *people = calloc(BATCH, sizeof *people);
	OWN(own_free) char *bytes = malloc((size_t)BATCH * (ID_SIZE + ATTRS_SIZE));
	int64_t commit_us = 0, commit_most = 0;
	struct stretch adding = {0};

	for (uint64_t done = 0; done < clicks; done += BATCH) {
		for (size_t i = 0; i < BATCH; i++) {
			person_init(&people[i], next_random(b) % b->users);
			fill(bytes + i * (ID_SIZE + ATTRS_SIZE), ID_SIZE + ATTRS_SIZE, next_random(b));
		}
		struct stretch from = now();
		for (size_t i = 0; i < BATCH; i++) {
			const char *p = bytes + i * (ID_SIZE + ATTRS_SIZE);
			struct state_click click = {(int64_t)(done + i) * 150, {p, ID_SIZE}, {p + ID_SIZE, ATTRS_SIZE}};

			if (i + AHEAD < BATCH)
				store_prefetch(b->store, people[i + AHEAD].hash);
			store_add_click(b->store, people[i].hash, people[i].user, &click);
		}
		add_since(&adding, from);
		int64_t took = commit(b, done + BATCH);
		commit_us += took;
		commit_most = took > commit_most ? took : commit_most;
	}
	report("click added", clicks, adding);
	printf("%-40s %10.1f ms of all commits, %.1f ms the longest\n", "waiting in commits", (double)commit_us / 1e3,
		(double)commit_most / 1e3);
}

static void put_conversions(struct bench *b, uint64_t count, uint64_t position)
{
	char value[200] = {0};
	struct stretch from = now();

	for (uint64_t i = 0; i < count; i++) {
		struct person p;
		char key[32];
		int key_size = snprintf(key, sizeof key, "shop-1|order-%llu", (unsigned long long)i);
		struct state_conversion c = {{key, (size_t)key_size}, (int64_t)i * 3000, {value, sizeof value}};

		person_init(&p, next_random(b) % b->users);
		store_put_conversion(b->store, p.hash, p.user, &c, c.key);
		if (i % BATCH == BATCH - 1)
			commit(b, position + i);
	}
	report_since("conversion put (hash, text, commits)", count, from);
	commit(b, position + count);
}

static void read_users(struct bench *b, const char *what, uint64_t users)
{
	struct err err = {0};
	uint64_t rows = 0;
	struct stretch from = now();

	for (int i = 0; i < READS; i++) {
		struct person p;
		struct state_user out;

		person_init(&p, next_random(b) % users);
		if (store_read(b->store, p.hash, p.user, &b->arena, &out, &err) != 0)
			stop(&err);
		rows += out.click_count;
		arena_reset(&b->arena);
	}
	report_since(what, READS, from);
	printf("%-40s %10.1f clicks a user\n", "", (double)rows / READS);
}

static void ask_filter(struct bench *b, int64_t since)
{
	uint64_t yes = 0;
	struct stretch from = now();

	for (int i = 0; i < READS; i++) {
		struct person p;

		person_init(&p, next_random(b) % b->users);
		yes += store_may_have_conversion(b->store, p.hash, since);
	}
	report_since("late filter asked", READS, from);
	printf("%-40s %10.3f %% say maybe\n", "", 100.0 * (double)yes / READS);
}

static void flush(struct bench *b)
{
	struct store_sizes before, after;
	struct err err = {0};
	int64_t from = now_steady_us();

	store_sizes(b->store, &before);
	if (store_flush(b->store, &err) != 0)
		stop(&err);
	int64_t us = now_steady_us() - from;
	store_sizes(b->store, &after);
	printf("%-40s %10.1f MB/s (%.1f MB of table, %.1f MB on disk now, %llu flushes)\n", "flush", (double)before.table_bytes / (double)us,
		(double)before.table_bytes / 1e6, (double)after.disk_bytes / 1e6, (unsigned long long)after.flushes);
}

int main(int argc, char **argv)
{
	uint64_t clicks = argc > 1 ? strtoull(argv[1], NULL, 10) : 4000000, users = argc > 2 ? strtoull(argv[2], NULL, 10) : 1000000;
	const char *directory = argc > 3 ? argv[3] : "/tmp/micro_state.db";
	uint64_t total = (argc > 4 ? strtoull(argv[4], NULL, 10) : 1024) << 20;
	struct bench b = {.users = users, .random = 88172645463325252u};
	struct budget *budget;
	struct err err = {0};

	if (budget_new(total, SHARDS, 1, &budget, &err) != 0)
		stop(&err);
	struct store_options options = {.directory = directory, .budget = budget, .flood_keep = 100};
	if (store_open(&options, &b.store, &err) != 0)
		stop(&err);
	add_clicks(&b, clicks / 8);
	read_users(&b, "user read, table", users);
	flush(&b);
	read_users(&b, "user read, disk, one file", users);
	add_clicks(&b, clicks - clicks / 8);
	put_conversions(&b, clicks / 20, clicks + 1);
	ask_filter(&b, (int64_t)(clicks / 20) * 3000 - 1800000);
	read_users(&b, "user read, disk and table", users);
	flush(&b);
	read_users(&b, "user read, disk", users);
	printf("%-40s %10.1f MB of %.1f MB\n", "budget used", (double)budget_used(budget) / 1e6, (double)total / 1e6);
	printf("%-40s %10.2f s\n", "CPU of all threads", (double)cpu_us(CLOCK_PROCESS_CPUTIME_ID) / 1e6);
	store_close(&b.store);
	budget_free(&budget);
	arena_clear(&b.arena);
	return 0;
}
