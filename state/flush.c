// SPDX-License-Identifier: Apache-2.0
#include "state/flush.h"

#include <pthread.h>
#include <stdlib.h>
#include <time.h>

#include "base/log.h"
#include "state/sst.h"

enum { AGAIN_MS = 1000, FLUSH_AFTER_DEFAULT_MS = 10 * 60 * 1000 };

struct frozen {
	struct table *table;
	struct buf position;
	int64_t newest_conversion;
	uint64_t bytes;
};

struct flush {
	struct disk *disk;
	struct budget *budget;
	struct budget_member *member;
	struct trim_rules *rules;
	int64_t flush_after_ms;
	struct timespec deadline; // of the table that is being filled; the worker's
	pthread_t thread;
	_Atomic uint64_t done_count;

	pthread_mutex_t lock; // guards what follows; tables leave the queue under it only
	pthread_cond_t wake;  // the thread
	pthread_cond_t moved; // the worker: a table is on disk, or failed
	struct frozen queue[FLUSH_QUEUE];
	size_t queued;
	struct buf position; // of what is on disk
	bool has_position;
	struct err failure; // of the last try
	bool stopping;
	struct timespec try_again; // after a failure
};

static struct timespec from_now(int64_t ms)
{
	struct timespec at;

	clock_gettime(CLOCK_MONOTONIC, &at);
	at.tv_sec += ms / 1000;
	at.tv_nsec += ms % 1000 * 1000000;
	if (at.tv_nsec >= 1000000000) {
		at.tv_nsec -= 1000000000;
		at.tv_sec++;
	}
	return at;
}

// Without the lock: the table is read by the worker at the same time, and written by nobody.
static int write_one(struct flush *f, const struct frozen *frozen, struct err *err)
{
	struct disk_meta meta = {buf_view(&frozen->position), frozen->newest_conversion};
	uint64_t flooded;

	disk_settle(f->disk);
	budget_flush_begin(f->budget);
	int failed = sst_build(f->disk, frozen->table, f->rules, &meta, &flooded, err);
	failed = failed ? failed : disk_ingest(f->disk, err);
	f->rules->flooded += failed ? 0 : flooded;
	budget_flush_end(f->budget);
	return failed;
}

// Takes the first table, which is on disk now, out of the queue.
static struct frozen take_first(struct flush *f)
{
	struct frozen first = f->queue[0];

	buf_clear(&f->position);
	f->position = first.position;
	f->has_position = true;
	f->queue[0] = f->queue[1];
	f->queue[1] = (struct frozen){0};
	f->queued--;
	f->done_count++;
	return first;
}

// With the lock held, which it gives up while it works.
static void try_first(struct flush *f)
{
	struct frozen first = f->queue[0];
	struct region region = {0};
	struct err err = {0};

	pthread_mutex_unlock(&f->lock);
	int failed = write_one(f, &first, &err);
	if (failed)
		log_event(err.class == ERR_RETRY ? LOG_WARN : LOG_ERROR, "flush_failed", LOG_ERR(&err));
	pthread_mutex_lock(&f->lock);
	f->failure = err;
	f->try_again = from_now(AGAIN_MS);
	if (!failed) {
		first = take_first(f);
		pthread_mutex_unlock(&f->lock);
		table_dissolve(&first.table, &region); // nobody can find it any more
		f->member->frozen_bytes -= first.bytes;
		budget_keep_region(f->budget, &region);
		pthread_mutex_lock(&f->lock);
	}
	pthread_cond_broadcast(&f->moved);
}

static bool is_dead(const struct flush *f)
{
	return f->failure.class != ERR_NONE && f->failure.class != ERR_RETRY;
}

static bool has_passed(struct timespec at)
{
	struct timespec now = from_now(0);

	return now.tv_sec > at.tv_sec || (now.tv_sec == at.tv_sec && now.tv_nsec >= at.tv_nsec);
}

static bool may_try(const struct flush *f)
{
	if (!f->queued || is_dead(f))
		return false;
	return f->failure.class == ERR_NONE || f->stopping || has_passed(f->try_again);
}

// Until there is work, or a failed try may be repeated.
static void sleep_until_work(struct flush *f)
{
	if (f->queued && f->failure.class == ERR_RETRY)
		pthread_cond_timedwait(&f->wake, &f->lock, &f->try_again);
	else
		pthread_cond_wait(&f->wake, &f->lock);
}

static void *run(void *context)
{
	struct flush *f = context;

	pthread_mutex_lock(&f->lock);
	while (!f->stopping || f->queued) {
		if (may_try(f))
			try_first(f);
		else
			sleep_until_work(f);
		if (f->stopping && f->failure.class != ERR_NONE)
			break;
	}
	pthread_mutex_unlock(&f->lock);
	return NULL;
}

struct flush *flush_new(struct disk *disk, struct budget *budget, struct budget_member *member, struct trim_rules *rules,
	int64_t flush_after_ms, struct view position)
{
	struct flush *f = calloc(1, sizeof *f);
	pthread_condattr_t steady;

	if (!f)
		err_out_of_memory();
	f->disk = disk;
	f->budget = budget;
	f->member = member;
	f->rules = rules;
	f->flush_after_ms = flush_after_ms ? flush_after_ms : FLUSH_AFTER_DEFAULT_MS;
	f->has_position = position.p != NULL;
	buf_add_view(&f->position, position);
	pthread_mutex_init(&f->lock, NULL);
	pthread_condattr_init(&steady);
	pthread_condattr_setclock(&steady, CLOCK_MONOTONIC);
	pthread_cond_init(&f->wake, &steady);
	pthread_cond_init(&f->moved, &steady);
	pthread_condattr_destroy(&steady);
	if (pthread_create(&f->thread, NULL, run, f) != 0)
		err_out_of_memory();
	return f;
}

void flush_free(struct flush **flush)
{
	struct flush *f = *flush;

	if (!f)
		return;
	pthread_mutex_lock(&f->lock);
	f->stopping = true;
	pthread_cond_signal(&f->wake);
	pthread_mutex_unlock(&f->lock);
	pthread_join(f->thread, NULL);
	for (size_t i = 0; i < f->queued; i++) {
		f->member->frozen_bytes -= f->queue[i].bytes;
		table_free(&f->queue[i].table);
		buf_clear(&f->queue[i].position);
	}
	buf_clear(&f->position);
	pthread_cond_destroy(&f->wake);
	pthread_cond_destroy(&f->moved);
	pthread_mutex_destroy(&f->lock);
	free(f);
	*flush = NULL;
}

static int fail(const struct flush *f, struct err *err)
{
	*err = f->failure;
	return -1;
}

static void enqueue(struct flush *f, struct table **table, const struct flush_mark *mark)
{
	struct frozen *last = &f->queue[f->queued++];

	*last = (struct frozen){.table = *table, .newest_conversion = mark->newest_conversion};
	last->bytes = table_bytes(*table) + table_spare_bytes(*table);
	buf_add_view(&last->position, mark->position);
	f->member->frozen_bytes += last->bytes;
	*table = NULL;
	pthread_cond_signal(&f->wake);
}

int flush_add(struct flush *f, struct table **table, const struct flush_mark *mark, struct err *err)
{
	int failed = 0;

	pthread_mutex_lock(&f->lock);
	while (f->queued == FLUSH_QUEUE && f->failure.class == ERR_NONE)
		pthread_cond_wait(&f->moved, &f->lock);
	if (f->queued == FLUSH_QUEUE || is_dead(f))
		failed = fail(f, err);
	else
		enqueue(f, table, mark);
	pthread_mutex_unlock(&f->lock);
	return failed;
}

int flush_wait(struct flush *f, struct err *err)
{
	int failed = 0;

	pthread_mutex_lock(&f->lock);
	while (f->queued && f->failure.class == ERR_NONE)
		pthread_cond_wait(&f->moved, &f->lock);
	if (f->queued)
		failed = fail(f, err);
	pthread_mutex_unlock(&f->lock);
	return failed;
}

int flush_failed(struct flush *f, struct err *err)
{
	pthread_mutex_lock(&f->lock);
	int failed = is_dead(f) ? fail(f, err) : 0;
	pthread_mutex_unlock(&f->lock);
	return failed;
}

bool flush_is_due(const struct flush *f)
{
	return has_passed(f->deadline);
}

void flush_started(struct flush *f)
{
	f->deadline = from_now(f->flush_after_ms);
}

size_t flush_read(struct flush *f, uint64_t hash, struct view user, struct arena *arena, struct state_user *layers)
{
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	for (size_t i = 0; i < f->queued; i++)
		n += table_read(f->queue[i].table, hash, user, arena, &layers[n]);
	pthread_mutex_unlock(&f->lock);
	return n;
}

bool flush_conversion(struct flush *f, uint64_t hash, struct view user, struct view key, struct arena *arena, struct view *value)
{
	bool found = false;

	pthread_mutex_lock(&f->lock);
	for (size_t i = f->queued; i > 0 && !found; i--)
		found = table_conversion(f->queue[i - 1].table, hash, user, key, value);
	if (found)
		*value = arena_dup(arena, *value); // the table may go
	pthread_mutex_unlock(&f->lock);
	return found;
}

size_t flush_find(struct flush *f, uint64_t key_hash, struct view key, struct arena *arena, struct view **lists, size_t *counts)
{
	size_t n = 0;

	pthread_mutex_lock(&f->lock);
	for (; n < f->queued; n++) {
		counts[n] = table_find(f->queue[n].table, key_hash, key, arena, &lists[n]);
		for (size_t i = 0; i < counts[n]; i++)
			lists[n][i] = arena_dup(arena, lists[n][i]);
	}
	pthread_mutex_unlock(&f->lock);
	return n;
}

bool flush_position(struct flush *f, struct buf *out)
{
	buf_reset(out);
	pthread_mutex_lock(&f->lock);
	buf_add_view(out, buf_view(&f->position));
	bool has = f->has_position;
	pthread_mutex_unlock(&f->lock);
	return has;
}

uint64_t flush_count(struct flush *f)
{
	return f->done_count;
}
