// SPDX-License-Identifier: Apache-2.0
#include "runtime/restorer.h"

#include <pthread.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "runtime/bus_kafka.h"
#include "runtime/holders.h"
#include "state/manifest.h"

enum { PAUSE_MS = 500, LOCK_PATIENCE_MS = 60000, ASIDE_MAX = 1000 };

struct job {
	struct job *next;
	struct shard_options options;
	struct restorer_result result;
	bool held; // the directory is ours
};

struct restorer {
	struct restorer_options options;
	struct bus *bus;
	pthread_t thread;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	struct job *waiting, *running, *done; // lists
	_Atomic bool cancel;
	bool end;
	struct restore_progress progress;
};

// ---- one shard

// Waits unless cancelled. 0: go on.
static int pause_unless_cancelled(struct restorer *r, int ms, struct err *err)
{
	for (int waited = 0; waited < ms && !atomic_load(&r->cancel); waited += 50)
		usleep(50000);
	return atomic_load(&r->cancel) ? err_set(err, ERR_RETRY, "cancelled", "the partition was taken away") : 0;
}

static int move_aside(const char *directory, const struct err *why, struct err *err)
{
	OWN(buf_clear) struct buf aside = {0};

	for (int n = 1; n < ASIDE_MAX; n++) {
		buf_reset(&aside);
		buf_addf(&aside, "%s.corrupt-%d", directory, n);
		buf_add_byte(&aside, 0);
		if (access(aside.p, F_OK) != 0)
			break;
	}
	log_event(LOG_WARN, "store_moved_aside", LOG_ERR(why), LOG_S("to", aside.p));
	if (rename(directory, aside.p) != 0)
		return err_set(err, ERR_FATAL, "store_io", "%s: cannot be moved aside: %m", directory);
	return 0;
}

// The lock is free within this process (holders), so another one has it: the one we replace, on its way out.
static int open_shard(struct restorer *r, struct job *job, struct err *err)
{
	int64_t until = now_steady_ms() + LOCK_PATIENCE_MS;
	bool moved = false;

	if (manifest_make_directory(job->result.directory, err) != 0)
		return -1;
	while (shard_open(&job->options, &job->result.shard, err) != 0) {
		bool locked = strcmp(err->code, "store_locked") == 0, corrupt = strcmp(err->code, "store_corrupt") == 0;

		if (corrupt && !moved) {
			struct err why = *err;

			moved = true;
			if (move_aside(job->result.directory, &why, err) != 0)
				return -1;
			continue;
		}
		if (!(locked || err->class == ERR_RETRY) || now_steady_ms() >= until)
			return -1;
		log_throttled(LOG_WARN, "store_waits", LOG_I("partition", job->result.partition), LOG_ERR(err));
		if (pause_unless_cancelled(r, PAUSE_MS, err) != 0)
			return -1;
	}
	return 0;
}

static int restore_until_live(struct restorer *r, struct job *job, struct err *err)
{
	while (restore_shard(job->result.shard, r->bus, &r->options.start, &r->progress, err) != 0) {
		if (err->class != ERR_RETRY || atomic_load(&r->cancel))
			return -1;
		log_throttled(LOG_WARN, "restore_waits", LOG_I("partition", job->result.partition), LOG_ERR(err));
		if (pause_unless_cancelled(r, PAUSE_MS, err) != 0)
			return -1;
	}
	return 0;
}

static void drop(struct job *job)
{
	shard_close(&job->result.shard);
	if (job->held)
		holders_release(job->result.directory);
	job->held = false;
}

static void run(struct restorer *r, struct job *job)
{
	struct err *err = &job->result.err;
	int64_t begin = now_steady_ms();

	job->held = holders_take(job->result.directory, &r->cancel);
	if (!job->held) {
		err_set(err, ERR_RETRY, "cancelled", "the partition was taken away");
		return;
	}
	if (open_shard(r, job, err) != 0 || restore_until_live(r, job, err) != 0) {
		drop(job);
		return;
	}
	job->result.records = atomic_load(&r->progress.done);
	log_event(LOG_INFO, "shard_restored", LOG_I("partition", job->result.partition), LOG_I("records", job->result.records),
		LOG_I("took_ms", now_steady_ms() - begin));
}

// ---- the thread

// Waits for one; NULL: the end.
static struct job *next_job(struct restorer *r)
{
	struct job *job = NULL;

	pthread_mutex_lock(&r->lock);
	while (!r->end && !r->waiting)
		pthread_cond_wait(&r->changed, &r->lock);
	if (!r->end) {
		job = r->waiting;
		r->waiting = job->next;
		job->next = NULL;
		r->running = job;
		atomic_store(&r->progress.done, 0);
		atomic_store(&r->progress.total, 0);
	}
	pthread_mutex_unlock(&r->lock);
	return job;
}

static void job_free(struct job *job)
{
	drop(job);
	free(job->result.directory);
	free(job);
}

static void wake_worker(const struct restorer *r)
{
	const uint64_t one = 1;

	if (r->options.wake_fd >= 0 && write(r->options.wake_fd, &one, sizeof one) != sizeof one)
		return; // it is awake
}

// True: none waits behind it.
static bool finish(struct restorer *r, struct job *job)
{
	struct job **tail = &r->done;

	pthread_mutex_lock(&r->lock);
	while (*tail)
		tail = &(*tail)->next;
	*tail = job;
	r->running = NULL;
	pthread_cond_broadcast(&r->changed);
	wake_worker(r);
	bool last = !r->waiting;
	pthread_mutex_unlock(&r->lock);
	return last;
}

static void *restorer_thread(void *context)
{
	struct restorer *r = context;
	struct job *job;

	while ((job = next_job(r))) {
		run(r, job);
		if (finish(r, job))
			bus_kafka_beside_rest(r->bus);
	}
	return NULL;
}

// ---- for the worker

struct restorer *restorer_new(const struct restorer_options *options)
{
	struct restorer *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	r->options = *options;
	r->bus = bus_kafka_beside(options->worker_bus, &r->cancel);
	pthread_mutex_init(&r->lock, NULL);
	pthread_cond_init(&r->changed, NULL);
	if (pthread_create(&r->thread, NULL, restorer_thread, r) != 0)
		err_out_of_memory();
	return r;
}

void restorer_submit(struct restorer *r, const struct shard_options *options)
{
	struct job *job = calloc(1, sizeof *job), **tail = &r->waiting;

	if (!job)
		err_out_of_memory();
	job->options = *options;
	job->result.partition = options->partition;
	job->result.directory = strdup(options->store.directory);
	if (!job->result.directory)
		err_out_of_memory();
	job->options.store.directory = job->result.directory;
	pthread_mutex_lock(&r->lock);
	while (*tail)
		tail = &(*tail)->next;
	*tail = job;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
}

bool restorer_take(struct restorer *r, struct restorer_result *out)
{
	pthread_mutex_lock(&r->lock);
	struct job *job = r->done;
	if (job)
		r->done = job->next;
	pthread_mutex_unlock(&r->lock);
	if (!job)
		return false;
	*out = job->result;
	if (!out->shard) {
		free(out->directory);
		out->directory = NULL;
	}
	free(job);
	return true;
}

static void free_all(struct job **list)
{
	while (*list) {
		struct job *job = *list;

		*list = job->next;
		job_free(job);
	}
}

void restorer_cancel(struct restorer *r)
{
	pthread_mutex_lock(&r->lock);
	atomic_store(&r->cancel, true);
	free_all(&r->waiting);
	while (r->running)
		pthread_cond_wait(&r->changed, &r->lock);
	free_all(&r->done);
	atomic_store(&r->cancel, false);
	pthread_mutex_unlock(&r->lock);
}

void restorer_free(struct restorer **restorer)
{
	struct restorer *r = *restorer;

	if (!r)
		return;
	restorer_cancel(r);
	pthread_mutex_lock(&r->lock);
	r->end = true;
	pthread_cond_broadcast(&r->changed);
	pthread_mutex_unlock(&r->lock);
	pthread_join(r->thread, NULL);
	bus_kafka_beside_free(&r->bus);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
	*restorer = NULL;
}

bool restorer_progress(struct restorer *r, int32_t *partition, int64_t *done, int64_t *total)
{
	pthread_mutex_lock(&r->lock);
	bool running = r->running != NULL;
	if (running)
		*partition = r->running->result.partition;
	pthread_mutex_unlock(&r->lock);
	*done = atomic_load(&r->progress.done);
	*total = atomic_load(&r->progress.total);
	return running;
}

void restorer_close(struct shard **shard, char **directory)
{
	if (!*shard)
		return;
	shard_close(shard);
	holders_release(*directory);
	free(*directory);
	*directory = NULL;
}
