// SPDX-License-Identifier: Apache-2.0
#include "runtime/status.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/now.h"
#include "runtime/status_slots.h"

static const char *const worker_states[] = {"starting", "joining", "working", "stopping", "failed"};
static const char *const shard_states[] = {"waiting", "restoring", "live", "closed"};

const char *status_worker_state_name(enum status_worker_state state)
{
	return worker_states[state];
}

const char *status_shard_state_name(enum status_shard_state state)
{
	return shard_states[state];
}

static void *taken(void *p)
{
	if (!p)
		err_out_of_memory();
	return p;
}

static void copy_word(char *out, size_t room, const char *text)
{
	snprintf(out, room, "%s", text ? text : "");
}

struct status *status_new(const struct status_options *options)
{
	struct status *s = taken(calloc(1, sizeof *s));

	CHECK(options->workers >= 0);
	pthread_mutex_init(&s->lock, NULL);
	copy_word(s->view.run, sizeof s->view.run, options->run);
	copy_word(s->view.instance, sizeof s->view.instance, options->instance);
	s->view.started_ms = now_wall_ms();
	s->view.worker_count = (size_t)options->workers;
	s->view.workers = taken(calloc(s->view.worker_count + 1, sizeof *s->view.workers));
	s->turned = taken(calloc(s->view.worker_count + 1, sizeof *s->turned));
	s->turn_budget_ms = options->turn_budget_ms ? options->turn_budget_ms : STATUS_TURN_BUDGET_MS;
	for (size_t i = 0; i < s->view.worker_count; i++)
		s->view.workers[i].role = "";
	return s;
}

void status_free(struct status **status)
{
	struct status *s = *status;

	*status = NULL;
	if (!s)
		return;
	status_view_clear(&s->view);
	pthread_mutex_destroy(&s->lock);
	free(s->turned);
	free(s);
}

// The slot, with the lock held.
static struct status_worker *lock_worker(struct status *s, int worker)
{
	CHECK(worker >= 0 && (size_t)worker < s->view.worker_count);
	pthread_mutex_lock(&s->lock);
	return &s->view.workers[worker];
}

static void unlock(struct status *s)
{
	pthread_mutex_unlock(&s->lock);
}

void status_worker_put(struct status *status, int worker, const char *role, const char *client_id, enum status_worker_state state)
{
	struct status_worker *w = lock_worker(status, worker);

	w->role = role;
	copy_word(w->client_id, sizeof w->client_id, client_id);
	w->state = state;
	unlock(status);
}

void status_problem(struct status *status, int worker, const struct err *err)
{
	struct status_worker *w = lock_worker(status, worker);

	w->problem[0] = 0;
	if (err)
		snprintf(w->problem, sizeof w->problem, "%s: %.*s", err->code, (int)(sizeof w->problem - sizeof err->code - 4), err->words);
	unlock(status);
}

void status_turned(struct status *status, int worker)
{
	CHECK(worker >= 0 && (size_t)worker < status->view.worker_count);
	atomic_store_explicit(&status->turned[worker], now_steady_ms(), memory_order_relaxed);
}

void status_committed(struct status *status, int worker)
{
	struct status_worker *w = lock_worker(status, worker);

	w->last_commit_ms = now_wall_ms();
	w->commits++;
	unlock(status);
}

static struct status_shard *find_shard(const struct status_worker *w, int32_t partition)
{
	for (size_t i = 0; i < w->shard_count; i++)
		if (w->shards[i].partition == partition)
			return &w->shards[i];
	return NULL;
}

static struct status_shard *insert_shard(struct status_worker *w, int32_t partition)
{
	w->shards = taken(realloc(w->shards, (w->shard_count + 1) * sizeof *w->shards));
	size_t at = w->shard_count++;

	for (; at > 0 && w->shards[at - 1].partition > partition; at--)
		w->shards[at] = w->shards[at - 1];
	w->shards[at] = (struct status_shard){.partition = partition};
	return &w->shards[at];
}

void status_shard_put(struct status *status, int worker, const struct status_shard *shard)
{
	struct status_worker *w = lock_worker(status, worker);
	struct status_shard *slot = find_shard(w, shard->partition);
	bool moved = !slot || slot->state != shard->state;

	if (!slot)
		slot = insert_shard(w, shard->partition);
	int64_t since_ms = moved ? now_wall_ms() : slot->since_ms;

	*slot = *shard;
	slot->since_ms = since_ms;
	unlock(status);
}

void status_restore_put(struct status *status, int worker, int32_t partition, int64_t done, int64_t total)
{
	struct status_worker *w = lock_worker(status, worker);
	struct status_shard *slot = find_shard(w, partition);

	if (slot) {
		slot->restore_done = done;
		slot->restore_total = total;
	}
	unlock(status);
}

void status_shard_gone(struct status *status, int worker, int32_t partition)
{
	struct status_worker *w = lock_worker(status, worker);
	struct status_shard *slot = find_shard(w, partition);

	if (slot) {
		size_t at = (size_t)(slot - w->shards);

		memmove(slot, slot + 1, (w->shard_count - at - 1) * sizeof *slot);
		w->shard_count--;
	}
	unlock(status);
}

void status_describe(struct status *status, const char *role, void (*describe)(void *state, struct buf *json), void *state)
{
	pthread_mutex_lock(&status->lock);
	CHECK(status->role_count < STATUS_ROLES_MAX);
	status->roles[status->role_count++] = (struct status_role){role, describe, state};
	unlock(status);
}

void status_read(struct status *status, struct status_view *out)
{
	pthread_mutex_lock(&status->lock);
	*out = status->view;
	out->workers = taken(calloc(out->worker_count + 1, sizeof *out->workers));
	for (size_t i = 0; i < out->worker_count; i++) {
		struct status_worker *w = &out->workers[i];

		*w = status->view.workers[i];
		w->last_turn_ms = atomic_load_explicit(&status->turned[i], memory_order_relaxed);
		w->shards = taken(calloc(w->shard_count + 1, sizeof *w->shards));
		if (w->shard_count)
			memcpy(w->shards, status->view.workers[i].shards, w->shard_count * sizeof *w->shards);
	}
	pthread_mutex_unlock(&status->lock);
}

void status_view_clear(struct status_view *view)
{
	for (size_t i = 0; i < view->worker_count; i++)
		free(view->workers[i].shards);
	free(view->workers);
	*view = (struct status_view){0};
}
