// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker.h"

#include <poll.h>
#include <stdlib.h>
#include <sys/eventfd.h>
#include <unistd.h>

#include "base/log.h"
#include "base/now.h"
#include "runtime/bus_kafka.h"
#include "runtime/worker_private.h"

enum { RECORDS_A_TURN = 2000, IDLE_MS = 50, SHOW_MS = 1000, RETRY_MS = 100, RETRY_MAX_MS = 5000, LEAVE_MS = 5000 };

void worker_fail(struct worker *w, const struct err *err)
{
	if (w->failure.class != ERR_NONE)
		return;
	w->failure = *err;
	status_problem(w->options.status, w->options.slot, err);
}

// ---- one turn

static int work_shard(struct worker *w, struct shard *shard, size_t *did, struct err *err)
{
	size_t n = 0;
	int failed = shard_work(shard, w->bus, RECORDS_A_TURN, &n, err);

	*did += n;
	w->records_since_commit += n;
	if (w->dirty_since_ms == 0 && bus_kafka_in_transaction(w->bus))
		w->dirty_since_ms = now_steady_ms();
	return failed;
}

// Each shard a bit; another one is first each time.
static int work(struct worker *w, size_t *did, struct err *err)
{
	for (size_t i = 0; i < w->shard_count; i++) {
		struct worker_shard *s = &w->shards[(w->turn + i) % w->shard_count];

		if (s->shard && work_shard(w, s->shard, did, err) != 0)
			return -1;
	}
	w->turn++;
	w->retries_in_a_row = 0;
	return 0;
}

// RETRY: nothing is lost, the same work is tried again while polling goes on.
static void back_off(struct worker *w, const struct err *why)
{
	int64_t pause = (int64_t)RETRY_MS << (w->retries_in_a_row < 6 ? w->retries_in_a_row : 6);

	w->retries_in_a_row++;
	log_throttled(LOG_WARN, "worker_waits", LOG_S("worker", w->options.instance), LOG_ERR(why));
	status_problem(w->options.status, w->options.slot, why);
	w->idle_until_ms = now_steady_ms() + (pause < RETRY_MAX_MS ? pause : RETRY_MAX_MS);
}

// 0: handled. -1: the worker ends.
static int handle(struct worker *w, const struct err *why, struct err *err)
{
	if (why->class == ERR_ABORT)
		return worker_abort(w, why, err);
	if (why->class != ERR_RETRY) {
		*err = *why;
		return -1;
	}
	back_off(w, why);
	return 0;
}

// Between transactions, when nothing is half done in a store.
static void answer(struct worker *w)
{
	if (w->options.mail && !bus_kafka_in_transaction(w->bus))
		admin_mail_serve(w->options.mail, w->options.slot, w->options.processor, w->live, worker_shards_live(w));
}

static void show(struct worker *w, int64_t now)
{
	status_turned(w->options.status, w->options.slot);
	if (now < w->status_due_ms)
		return;
	w->status_due_ms = now + SHOW_MS;
	worker_shards_show(w);
}

static void rest(struct worker *w, int64_t now)
{
	struct pollfd wake = {.fd = w->wake_fd, .events = POLLIN};
	int64_t ms = IDLE_MS, due = w->dirty_since_ms + w->options.commit_interval_ms - now;
	uint64_t n;

	if (w->dirty_since_ms && due < ms)
		ms = due < 0 ? 0 : due;
	if (poll(&wake, 1, (int)ms) == 1 && read(w->wake_fd, &n, sizeof n) != sizeof n)
		return; // somebody else has read it: none does
}

static bool is_held_up(const struct worker *w)
{
	for (size_t i = 0; i < w->shard_count; i++)
		if (w->shards[i].shard && shard_is_held_up(w->shards[i].shard))
			return true;
	return false;
}

static int turn(struct worker *w, struct err *err)
{
	struct err why;
	size_t did = 0;

	if (bus_kafka_poll(w->bus, err) != 0 || worker_shards_take(w, err) != 0)
		return -1;
	if (now_steady_ms() >= w->idle_until_ms && work(w, &did, &why) != 0 && handle(w, &why, err) != 0)
		return -1;
	int64_t now = now_steady_ms();
	w->commit_now |= did == 0 && is_held_up(w);
	if (worker_commit_is_due(w, now) && worker_commit(w, &why) != 0 && handle(w, &why, err) != 0)
		return -1;
	answer(w);
	show(w, now);
	if (did == 0)
		rest(w, now);
	return 0;
}

// ---- life

static int join_group(struct worker *w, struct err *err)
{
	const struct worker_options *o = &w->options;
	struct bus_kafka_options bus = {
		.config = o->config,
		.processor = o->processor,
		.topic_names = o->topic_names,
		.role = o->processor->role,
		.instance = o->instance,
		.client_id = o->client_id,
		.lane_bytes = o->lane_bytes,
		.topic_limits = o->topic_limits,
		.wake_fd = w->wake_fd,
		.assigned = worker_shards_assigned,
		.revoked = worker_shards_revoked,
		.context = w,
	};

	while (bus_kafka_new(&bus, &w->bus, err) != 0) {
		if (err->class != ERR_RETRY || atomic_load(&w->stop))
			return -1;
		log_throttled(LOG_WARN, "worker_waits", LOG_S("worker", o->instance), LOG_ERR(err));
		status_problem(o->status, o->slot, err);
	}
	status_problem(o->status, o->slot, NULL);
	w->restorer = restorer_new(&(struct restorer_options){.worker_bus = w->bus, .start = o->start, .wake_fd = w->wake_fd});
	status_worker_put(o->status, o->slot, o->processor->role, o->client_id, STATUS_JOINING);
	return bus_kafka_subscribe(w->bus, err);
}

static void loop(struct worker *w)
{
	struct err err = {.class = ERR_NONE};

	if (join_group(w, &err) != 0) {
		if (err.class != ERR_RETRY) // else it was stopped before a broker answered
			worker_fail(w, &err);
		return;
	}
	while (!atomic_load(&w->stop) && w->failure.class == ERR_NONE)
		if (turn(w, &err) != 0)
			worker_fail(w, &err);
}

static bool any_leaves(struct worker *w)
{
	bool any = false;

	for (size_t i = 0; i < w->shard_count; i++)
		any |= w->shards[i].shard && shard_leaves(w->shards[i].shard);
	return any;
}

// What is on its way to the outside may still be answered.
static void drain(struct worker *w)
{
	int64_t until = now_steady_ms() + LEAVE_MS;
	struct err err;
	size_t did = 0;

	while (any_leaves(w) && now_steady_ms() < until) {
		if (bus_kafka_poll(w->bus, &err) != 0 || work(w, &did, &err) != 0)
			return; // what had no answer is sent again by the next owner
		if (worker_commit_is_due(w, now_steady_ms()) && worker_commit(w, &err) != 0)
			return;
		rest(w, now_steady_ms());
	}
}

// A stop that was asked for: what is done is committed and flushed. After a failure nothing is.
static void finish(struct worker *w)
{
	struct err err;
	int64_t flush_ms = w->failure.class == ERR_NONE ? atomic_load(&w->flush_ms) : 0;

	status_worker_put(w->options.status, w->options.slot, w->options.processor->role, w->options.client_id, STATUS_STOPPING);
	if (w->failure.class == ERR_NONE)
		drain(w);
	if (w->failure.class == ERR_NONE && worker_commit(w, &err) != 0 && err.class == ERR_FATAL)
		worker_fail(w, &err);
	if (bus_kafka_in_transaction(w->bus) && w->bus->ops->abort(w->bus, &err) != 0)
		log_event(LOG_WARN, "transaction_left_open", LOG_S("worker", w->options.instance), LOG_ERR(&err));
	worker_shards_close(w, flush_ms);
}

static void *worker_thread(void *context)
{
	struct worker *w = context;

	loop(w);
	if (w->bus)
		finish(w);
	restorer_free(&w->restorer);
	bus_kafka_free(&w->bus);
	if (w->failure.class != ERR_NONE) {
		log_event(LOG_ERROR, "worker_failed", LOG_S("worker", w->options.instance), LOG_ERR(&w->failure));
		status_worker_put(w->options.status, w->options.slot, w->options.processor->role, w->options.client_id, STATUS_FAILED);
	}
	atomic_store(&w->ended, true);
	return NULL;
}

struct worker *worker_start(const struct worker_options *options)
{
	struct worker *w = calloc(1, sizeof *w);

	if (!w)
		err_out_of_memory();
	w->options = *options;
	w->wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	CHECK(w->wake_fd >= 0);
	worker_totals_init(&w->totals);
	for (int i = 0; i < POSITION_INPUTS; i++)
		failure_budget_init(&w->budgets[i], options->failure_budget_percent);
	status_worker_put(options->status, options->slot, options->processor->role, options->client_id, STATUS_STARTING);
	if (pthread_create(&w->thread, NULL, worker_thread, w) != 0)
		err_out_of_memory();
	return w;
}

void worker_stop(struct worker *w, int64_t flush_ms)
{
	const uint64_t one = 1;

	atomic_store(&w->flush_ms, flush_ms);
	atomic_store(&w->stop, true);
	if (write(w->wake_fd, &one, sizeof one) != sizeof one)
		return; // it is awake
}

bool worker_has_ended(const struct worker *w)
{
	return atomic_load(&w->ended);
}

int worker_join(struct worker **worker, struct err *err)
{
	struct worker *w = *worker;

	pthread_join(w->thread, NULL);
	*err = w->failure;
	close(w->wake_fd);
	free(w->shards);
	free(w->offsets);
	free(w->live);
	free(w);
	*worker = NULL;
	return err->class == ERR_NONE ? 0 : -1;
}
