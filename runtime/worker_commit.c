// SPDX-License-Identifier: Apache-2.0
// Kafka first, the stores second: outputs and the offsets of every shard that worked are one transaction; what reaches a store is committed.
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/now.h"
#include "runtime/bus_kafka.h"
#include "runtime/worker_private.h"

enum { RECORDS_MAX = 1000000, BYTES_MAX = 64 << 20, ABORTS_MAX = 20, SETTLE_MS = 30000 };

bool worker_commit_is_due(const struct worker *w, int64_t now_ms)
{
	if (w->commit_now)
		return true;
	if (w->dirty_since_ms == 0)
		return false;
	return now_ms - w->dirty_since_ms >= w->options.commit_interval_ms || w->records_since_commit >= RECORDS_MAX ||
		bus_kafka_unsent(w->bus) >= BYTES_MAX;
}

static bool takes_part(const struct worker_shard *s)
{
	return s->shard && (shard_is_dirty(s->shard) || !s->announced);
}

static size_t collect(struct worker *w)
{
	size_t count = 0;

	for (size_t i = 0; i < w->shard_count; i++)
		if (takes_part(&w->shards[i]))
			shard_offsets(w->shards[i].shard, w->offsets, &count);
	return count;
}

// Kafka has committed, so the store must follow: a flush that fails now (a full disk) is waited for.
static int settle(struct worker *w, struct worker_shard *s, struct err *err)
{
	int64_t until = now_steady_ms() + SETTLE_MS;

	while (shard_committed(s->shard, w->bus, err) != 0) {
		if (err->class != ERR_RETRY || now_steady_ms() >= until) {
			err->class = ERR_FATAL;
			return -1;
		}
		log_throttled(LOG_WARN, "store_waits", LOG_I("partition", s->partition), LOG_ERR(err));
		usleep(200000);
	}
	s->announced = true;
	worker_shards_note(w, s);
	return 0;
}

static void note_commit(struct worker *w, int64_t begin_us)
{
	w->dirty_since_ms = 0;
	w->commit_now = false;
	w->records_since_commit = 0;
	w->aborts_in_a_row = 0;
	metrics_add(w->totals.committed, 1);
	metrics_observe_us(w->totals.duration, now_steady_us() - begin_us);
	status_committed(w->options.status, w->options.slot);
	status_problem(w->options.status, w->options.slot, NULL);
}

int worker_commit(struct worker *w, struct err *err)
{
	int64_t begin_us = now_steady_us();
	size_t count = collect(w);

	if (count == 0 && !bus_kafka_in_transaction(w->bus))
		return 0;
	if (w->bus->ops->begin(w->bus, err) != 0)
		return -1;
	if (w->bus->ops->commit(w->bus, w->offsets, count, err) != 0)
		return -1;
	for (size_t i = 0; i < w->shard_count; i++)
		if (takes_part(&w->shards[i]) && settle(w, &w->shards[i], err) != 0)
			return -1;
	note_commit(w, begin_us);
	return 0;
}

// All shards go back to the last commit. What keeps failing ends the process instead of going round for ever.
int worker_abort(struct worker *w, const struct err *why, struct err *err)
{
	log_event(LOG_WARN, "transaction_aborted", LOG_S("worker", w->options.instance), LOG_ERR(why));
	metrics_add(w->totals.aborted, 1);
	metrics_add(metrics_slot(METRICS_TRANSACTION_ABORTS, why->code), 1);
	status_problem(w->options.status, w->options.slot, why);
	if (++w->aborts_in_a_row > ABORTS_MAX) {
		*err = *why;
		err->class = ERR_FATAL;
		return err_prefix(err, "%d transactions in a row were aborted, the last one", ABORTS_MAX);
	}
	if (w->bus->ops->abort(w->bus, err) != 0)
		return -1;
	for (size_t i = 0; i < w->shard_count; i++)
		if (w->shards[i].shard && shard_aborted(w->shards[i].shard, w->bus, err) != 0)
			return -1;
	w->dirty_since_ms = 0;
	w->records_since_commit = 0;
	int64_t pause = 50LL << (w->aborts_in_a_row < 7 ? w->aborts_in_a_row : 7);
	w->idle_until_ms = now_steady_ms() + pause;
	return 0;
}
