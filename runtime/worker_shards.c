// SPDX-License-Identifier: Apache-2.0
// Shards come with an assignment, live when the restorer has brought them up, and go with a revocation.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/now.h"
#include "runtime/bus_kafka.h"
#include "runtime/worker_private.h"

enum { REBALANCE_FLUSH_MS = 10000, PATH_SIZE = 4096 };

// ---- assigned

static int judged(void *context, int input, const char *reason, struct err *err)
{
	struct worker *w = context;

	if (reason)
		metrics_add(metrics_slot(METRICS_DEAD_LETTERS, w->options.topic_names[input], reason), 1);
	if (reason && w->options.processor->counts_as_failure && !w->options.processor->counts_as_failure(reason))
		reason = NULL;
	return failure_budget_judge(&w->budgets[input], reason, w->options.topic_names[input], err);
}

static void submit(struct worker *w, int32_t partition)
{
	struct shard_options o = w->options.shard;
	char directory[PATH_SIZE];

	snprintf(directory, sizeof directory, "%s/%" PRId32, w->options.state_directory, partition);
	o.partition = partition;
	o.store.directory = directory;
	o.judged = judged;
	o.judged_context = w;
	restorer_submit(w->restorer, &o);
}

static void make_room(struct worker *w, size_t count)
{
	free(w->shards);
	free(w->offsets);
	free(w->live);
	w->live = calloc(count + 1, sizeof(struct shard *));
	w->shards = calloc(count + 1, sizeof *w->shards);
	w->offsets = calloc((count + 1) * POSITION_INPUTS, sizeof *w->offsets);
	if (!w->shards || !w->offsets || !w->live)
		err_out_of_memory();
	w->shard_count = count;
}

void worker_shards_assigned(void *context, const int32_t *partitions, size_t count)
{
	struct worker *w = context;
	struct err err;

	CHECK(w->shard_count == 0);
	metrics_add(w->totals.rebalances, 1);
	log_event(LOG_INFO, "shards_assigned", LOG_S("worker", w->options.instance), LOG_I("count", count));
	if (w->options.check(w->options.context, &err) != 0) {
		worker_fail(w, &err);
		return;
	}
	make_room(w, count);
	for (size_t i = 0; i < count; i++) {
		w->shards[i].partition = partitions[i];
		worker_numbers_init(&w->shards[i].numbers, w->options.processor, w->options.topic_names, partitions[i]);
		submit(w, partitions[i]);
	}
	status_worker_put(w->options.status, w->options.slot, w->options.processor->role, w->options.client_id, STATUS_WORKING);
	worker_shards_show(w);
}

// ---- live

static struct worker_shard *find(struct worker *w, int32_t partition)
{
	for (size_t i = 0; i < w->shard_count; i++)
		if (w->shards[i].partition == partition)
			return &w->shards[i];
	return NULL;
}

void worker_shards_note(const struct worker *w, struct worker_shard *s)
{
	for (int i = 0; i < w->options.processor->input_count; i++)
		s->committed[i] = shard_position(s->shard)->inputs[i].next;
}

// Its first commit follows at once, also without records: where a run began (`start: latest`), its partition count and goals are fixed then.
static int go_live(struct worker *w, struct worker_shard *s, struct err *err)
{
	const struct position *position = shard_position(s->shard);

	for (int i = 0; i < w->options.processor->input_count; i++)
		if (w->bus->ops->seek(w->bus, i, s->partition, position->inputs[i].next, err) != 0)
			return -1;
	worker_shards_note(w, s);
	w->commit_now = true;
	w->status_due_ms = 0;
	return w->options.live(w->options.context, err);
}

int worker_shards_take(struct worker *w, struct err *err)
{
	struct restorer_result result;

	while (restorer_take(w->restorer, &result)) {
		struct worker_shard *s = find(w, result.partition);

		CHECK(s && !s->shard); // a revocation cancels the restorer
		if (!result.shard) {
			*err = result.err;
			return err_prefix(err, "partition %" PRId32, result.partition);
		}
		metrics_add(w->totals.restored, (uint64_t)result.records);
		s->shard = result.shard;
		s->directory = result.directory;
		if (go_live(w, s, err) != 0)
			return -1;
	}
	return 0;
}

size_t worker_shards_live(struct worker *w)
{
	size_t n = 0;

	for (size_t i = 0; i < w->shard_count; i++)
		if (w->shards[i].shard)
			w->live[n++] = w->shards[i].shard;
	return n;
}

// ---- revoked

static void flush_shard(struct worker_shard *s, int64_t until_ms)
{
	struct err err;

	if (now_steady_ms() >= until_ms)
		return; // the next owner reads it again
	if (store_flush(shard_store(s->shard), &err) != 0)
		log_event(LOG_WARN, "store_not_flushed", LOG_I("partition", s->partition), LOG_ERR(&err));
}

void worker_shards_close(struct worker *w, int64_t flush_ms)
{
	int64_t until = now_steady_ms() + flush_ms;

	if (w->restorer)
		restorer_cancel(w->restorer);
	for (size_t i = 0; i < w->shard_count; i++) {
		struct worker_shard *s = &w->shards[i];

		if (s->shard) {
			if (flush_ms > 0)
				flush_shard(s, until);
			restorer_close(&s->shard, &s->directory);
			bus_kafka_close_lanes(w->bus, s->partition);
		}
		worker_numbers_hide(&s->numbers);
		status_shard_gone(w->options.status, w->options.slot, s->partition);
	}
	w->shard_count = 0;
	w->dirty_since_ms = 0;
	w->commit_now = false;
	w->records_since_commit = 0;
}

// Nothing of the running transaction may stay: it belongs to nobody now.
static void drop_transaction(struct worker *w, const struct err *why)
{
	struct err err;

	if (bus_kafka_in_transaction(w->bus) && worker_abort(w, why, &err) != 0)
		worker_fail(w, &err);
}

void worker_shards_revoked(void *context, bool lost)
{
	struct worker *w = context;
	struct err err;
	int64_t begin = now_steady_ms();

	if (w->shard_count == 0)
		return;
	if (lost) {
		err_set(&err, ERR_ABORT, "assignment_lost", "the group went on without this worker");
		drop_transaction(w, &err);
	} else if (worker_commit(w, &err) != 0) {
		if (err.class == ERR_ABORT)
			drop_transaction(w, &err);
		else
			worker_fail(w, &err);
	}
	worker_shards_close(w, lost || w->failure.class != ERR_NONE ? 0 : REBALANCE_FLUSH_MS);
	log_event(LOG_INFO, "shards_revoked", LOG_S("worker", w->options.instance), LOG_I("lost", lost),
		LOG_I("took_ms", now_steady_ms() - begin));
}

// ---- shown

static void show_positions(const struct worker *w, const struct worker_shard *s, struct status_shard *out)
{
	const struct position *position = shard_position(s->shard);

	out->horizon = position->horizon;
	out->output_next = position->output_next;
	for (int i = 0; i < out->input_count; i++) {
		const struct position_input *in = &position->inputs[i];
		int64_t high = bus_kafka_high(w->bus, i, s->partition);

		out->inputs[i] = (struct status_input){w->options.topic_names[i], in->next, s->committed[i], high, in->stream_time};
	}
}

static void show(struct worker *w, struct worker_shard *s)
{
	struct status_shard out = {.partition = s->partition,
		.state = STATUS_WAITING,
		.input_count = w->options.processor->input_count,
		.horizon = POSITION_NO_TIME,
		.output_next = -1};
	int32_t restoring = -1;

	for (int i = 0; i < out.input_count; i++)
		out.inputs[i] = (struct status_input){w->options.topic_names[i], -1, -1, -1, POSITION_NO_TIME};
	if (s->shard) {
		struct store_sizes sizes;

		store_sizes(shard_store(s->shard), &sizes);
		out.state = STATUS_LIVE;
		out.table_bytes = sizes.table_bytes;
		out.disk_bytes = sizes.disk_bytes;
		out.memory_bytes = sizes.memory_bytes;
		show_positions(w, s, &out);
	} else if (restorer_progress(w->restorer, &restoring, &out.restore_done, &out.restore_total) && restoring == s->partition) {
		out.state = STATUS_RESTORING;
	}
	worker_numbers_show(&s->numbers, &out);
	status_shard_put(w->options.status, w->options.slot, &out);
}

void worker_shards_show(struct worker *w)
{
	for (size_t i = 0; i < w->shard_count; i++)
		show(w, &w->shards[i]);
}
