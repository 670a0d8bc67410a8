// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <xxhash.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "processors/attribution/attribution.h"
#include "processors/attribution/kept_output.h"
#include "schemas/contract.h"
#include "tests/sim/sim_report.h"

enum { BUDGET_BYTES = 160 << 20, LETTER_LIMIT = 3000 };

static const struct processor *role(void)
{
	return attribution_processor();
}

// ---- life

static void open_role(struct sim_world *w)
{
	struct err err;

	if (attribution_role_new(w->inputs->config, NULL, &w->role, &err) != 0 ||
		budget_new(BUDGET_BYTES, SIM_WORKERS * SIM_PARTITIONS, 0, &w->budget, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
}

static void join(struct sim_world *w, struct sim_worker *worker)
{
	struct sim_bus_options options = {.kafka = w->kafka,
		.random = &w->random,
		.faults = &w->faults,
		.owner = worker->id,
		.restore_topic = role()->restore_topic,
		.topic_limits = {[ATTRIBUTION_DEAD_LETTERS] = LETTER_LIMIT}};

	worker->bus = sim_bus_new(&options);
}

void sim_world_open(struct sim_world *w, uint64_t seed, const struct sim_inputs *inputs, int32_t partitions, const char *root,
	struct sim_totals *totals)
{
	*w =
		(struct sim_world){.random = {seed}, .inputs = inputs, .partitions = partitions, .totals = totals, .goals = {{1111, 1}, {2222, 2}}};
	w->kafka = sim_kafka_new(role()->input_count, partitions);
	w->check = sim_check_new(w->kafka, inputs->config->attribution.allowed_lateness_ms);
	open_role(w);
	w->shard_options = (struct shard_options){.processor = role(),
		.role_state = w->role,
		.partitions = partitions,
		.store = {.budget = w->budget, .flood_keep = FLOOD_KEEP},
		.max_record = inputs->config->max_record,
		.dead_letter_digest = inputs->config->dead_letter_digest,
		.goals = w->goals,
		.goal_count = SIM_GOALS,
		.topic_names = attribution_topic_names(w->role)};
	for (int i = 0; i < SIM_WORKERS; i++) {
		w->workers[i].id = i;
		for (int32_t p = 0; p < partitions; p++)
			snprintf(w->workers[i].seats[p].directory, SIM_PATH, "%.200s/w%d-%" PRId32, root, i, p);
	}
}

static void close_seat(struct sim_seat *seat)
{
	shard_close(&seat->shard);
	seat->live = false;
}

void sim_world_close(struct sim_world *w)
{
	for (int i = 0; i < SIM_WORKERS; i++) {
		for (int32_t p = 0; p < w->partitions; p++)
			close_seat(&w->workers[i].seats[p]);
		sim_bus_free(&w->workers[i].bus);
	}
	attribution_role_free(&w->role);
	budget_free(&w->budget);
	sim_check_free(&w->check);
	sim_kafka_free(&w->kafka);
}

// ---- checks

void sim_world_committed(struct sim_world *w, int32_t partition, struct position *out)
{
	struct position_goal goals[SIM_GOALS * POSITION_INPUTS];
	size_t n = 0;
	struct err err;

	position_clear(out);
	for (int i = 0; i < role()->input_count; i++) {
		const struct sim_commit *c = &w->kafka->commits[partition][i];

		if (c->next >= 0 && position_parse(c->metadata, i, out, goals, SIM_GOALS, &n, &err) != 0)
			sim_report_fail("committed metadata does not parse: %s", err.words);
	}
}

// A store whose offsets are ahead of the committed ones has seen what may never have happened.
static void check_seat(struct sim_world *w, const struct sim_seat *seat, int32_t partition)
{
	struct position stored, committed;
	struct view bytes = store_position(shard_store(seat->shard));
	struct err err;

	if (!bytes.p)
		return;
	if (position_unpack(bytes, &stored, &err) != 0)
		sim_report_fail("a store's position does not unpack");
	sim_world_committed(w, partition, &committed);
	for (int i = 0; i < role()->input_count; i++)
		if (w->kafka->commits[partition][i].next >= 0 && stored.inputs[i].next > committed.inputs[i].next)
			sim_report_fail("partition %" PRId32 ": the store is at %" PRId64 " of input %d, but committed is %" PRId64, partition,
				stored.inputs[i].next, i, committed.inputs[i].next);
}

void sim_world_check_positions(struct sim_world *w)
{
	for (int i = 0; i < SIM_WORKERS; i++)
		for (int32_t p = 0; p < w->partitions; p++)
			if (w->workers[i].seats[p].shard)
				check_seat(w, &w->workers[i].seats[p], p);
}

struct looking {
	struct sim_world *w;
	int32_t partition;
	size_t conversions;
	int64_t since;
	uint64_t clicks_sum;
	struct buf key, bytes;
};

static bool says(struct looking *l, struct view kept, struct view published)
{
	OWN(arena_clear) struct arena arena = {0};
	struct attributed_conversion output;
	struct err err;

	if (kept_output_decode(kept, &arena, &output, &err) != 0)
		return false;
	buf_reset(&l->bytes);
	contract_encode(contract_attributed_conversion, &output, &l->bytes);
	return view_eq(published, buf_view(&l->bytes));
}

static void look_at_conversion(struct looking *l, struct view user, const struct state_conversion *row)
{
	const char *nul = memchr(row->key.p, '\0', row->key.n);
	int32_t partition = -1;
	struct view latest;

	CHECK(nul);
	size_t goal = (size_t)(nul - row->key.p);
	buf_reset(&l->key);
	buf_add_view(&l->key, user);
	buf_add_byte(&l->key, '|');
	buf_add(&l->key, row->key.p, goal);
	buf_add_byte(&l->key, '|');
	buf_add(&l->key, nul + 1, row->key.n - goal - 1);
	latest = sim_check_latest(l->w->check, buf_view(&l->key), &partition, NULL);
	if (!latest.p || partition != l->partition || !says(l, row->value, latest))
		sim_report_fail("partition %" PRId32 ": the store holds of %.*s something else than was published", l->partition,
			VIEW_ARG(buf_view(&l->key)));
	l->conversions++;
}

static void look_at_click(struct looking *l, struct view user, const struct state_click *click)
{
	uint64_t hash = XXH64(user.p, user.n, (uint64_t)click->time);

	if (click->time < l->since)
		return;
	hash = XXH64(click->id.p, click->id.n, hash);
	l->clicks_sum += XXH64(click->attrs.p, click->attrs.n, hash) | 1;
}

static int look(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	struct looking *l = context;

	(void)err;
	for (size_t i = 0; i < rows->conversion_count; i++)
		look_at_conversion(l, user, &rows->conversions[i]);
	for (size_t i = 0; i < rows->click_count; i++)
		look_at_click(l, user, &rows->clicks[i]);
	return 0;
}

static void look_into(struct looking *l, struct sim_worker *worker)
{
	struct err err;

	if (store_visit(shard_store(worker->seats[l->partition].shard), look, l, &err) != 0)
		sim_report_fail("store_visit: %s", err.words);
	buf_clear(&l->key);
	buf_clear(&l->bytes);
}

void sim_world_check_store(struct sim_world *w, struct sim_worker *worker, int32_t partition)
{
	struct looking l = {.w = w, .partition = partition};

	look_into(&l, worker);
	if (l.conversions != sim_check_count(w->check, partition))
		sim_report_fail("partition %" PRId32 ": the store holds %zu conversions, published are %zu", partition, l.conversions,
			sim_check_count(w->check, partition));
}

int64_t sim_world_needed_since(struct sim_world *w, int32_t partition)
{
	struct position committed;
	int64_t reach = w->inputs->config->attribution.allowed_lateness_ms, longest = 0, since;

	for (size_t i = 0; i < w->inputs->config->tenant_count; i++)
		if (w->inputs->config->tenants[i].max_lookback_ms > longest)
			longest = w->inputs->config->tenants[i].max_lookback_ms;
	sim_world_committed(w, partition, &committed);
	if (committed.horizon == POSITION_NO_TIME || __builtin_sub_overflow(committed.horizon, reach + 2 * longest, &since))
		return INT64_MIN;
	return since;
}

uint64_t sim_world_clicks_sum(struct sim_world *w, struct sim_worker *worker, int32_t partition)
{
	struct looking l = {.w = w, .partition = partition, .since = sim_world_needed_since(w, partition)};

	look_into(&l, worker);
	return l.clicks_sum;
}

static void check_at_commit(struct sim_world *w, struct sim_worker *worker, int32_t partition)
{
	const struct position *at = shard_position(worker->seats[partition].shard);

	if (sim_kafka_pending(w->kafka, partition))
		sim_report_fail("partition %" PRId32 " is live while a transaction that touches its offsets is open", partition);
	for (int i = 0; i < role()->input_count; i++) {
		int64_t next = w->kafka->commits[partition][i].next;

		if (next >= 0 && at->inputs[i].next != next)
			sim_report_fail("partition %" PRId32 " is live at %" PRId64 " of input %d, committed is %" PRId64, partition,
				at->inputs[i].next, i, next);
	}
	sim_world_check_store(w, worker, partition);
}

// ---- what a worker does

static int open_seat(struct sim_world *w, struct sim_seat *seat, int32_t partition, struct err *err)
{
	struct shard_options options = w->shard_options;

	if (seat->shard)
		return 0;
	options.partition = partition;
	options.store.directory = seat->directory;
	options.settle_every = sim_random_hits(&w->random, 500) ? 3 : 0;
	options.lane_slack_ms = sim_random_hits(&w->random, 500) ? 0 : sim_random_hits(&w->random, 500) ? 1 : INT64_MAX;
	options.interleave_seed = sim_random_hits(&w->random, 500) ? sim_random_next(&w->random) : 0;
	return shard_open(&options, &seat->shard, err);
}

int sim_world_bring_up(struct sim_world *w, struct sim_worker *worker, int32_t partition, struct err *err)
{
	struct sim_seat *seat = &worker->seats[partition];
	struct restore_progress progress;

	if (!worker->bus)
		join(w, worker);
	struct bus *bus = sim_bus_of(worker->bus);

	if (open_seat(w, seat, partition, err) != 0 || restore_shard(seat->shard, bus, &w->restore, &progress, err) != 0)
		return -1;
	for (int i = 0; i < role()->input_count; i++)
		if (bus->ops->seek(bus, i, partition, shard_position(seat->shard)->inputs[i].next, err) != 0)
			return -1;
	seat->live = true;
	w->totals->restores++;
	w->totals->restored_records += (uint64_t)progress.done;
	sim_report_note("worker %d: partition %" PRId32 " is live, %" PRId64 " records restored", worker->id, partition,
		(int64_t)progress.done);
	check_at_commit(w, worker, partition);
	return 0;
}

static bool is_gone(const struct sim_worker *worker, const struct err *err)
{
	return err->class == ERR_FATAL && (sim_bus_has_crashed(worker->bus) || worker->frozen || strcmp(err->code, SIM_DISK_CRASH) == 0);
}

static void after_failure(struct sim_world *w, struct sim_worker *worker, const char *what, const struct err *err)
{
	if (err->class == ERR_RETRY) {
		w->totals->retries++;
		return;
	}
	sim_report_note("worker %d: %s: %s %s", worker->id, what, err_class_name(err->class), err->code);
	if (!is_gone(worker, err))
		sim_report_fail("worker %d, %s: %s: %s", worker->id, what, err->code, err->words);
	sim_world_kill(w, worker, sim_random_hits(&w->random, 300));
}

// Back to the last commit, all shards.
static void roll_back(struct sim_world *w, struct sim_worker *worker)
{
	struct bus *bus = sim_bus_of(worker->bus);
	struct err err;

	w->totals->aborts++;
	if (bus->ops->abort(bus, &err) != 0) {
		after_failure(w, worker, "abort", &err);
		return;
	}
	for (int32_t p = 0; p < w->partitions; p++)
		if (worker->seats[p].live && shard_aborted(worker->seats[p].shard, bus, &err) != 0) {
			after_failure(w, worker, "rewind", &err);
			return;
		}
}

static void handle(struct sim_world *w, struct sim_worker *worker, const char *what, const struct err *err)
{
	if (err->class == ERR_ABORT && !worker->frozen) {
		sim_report_note("worker %d: %s: %s", worker->id, what, err->code);
		roll_back(w, worker);
	} else if (err->class == ERR_ABORT) {
		sim_report_note("worker %d: %s: %s; it is frozen no more", worker->id, what, err->code);
		sim_world_kill(w, worker, sim_random_hits(&w->random, 300));
	} else {
		after_failure(w, worker, what, err);
	}
}

static bool work_one(struct sim_world *w, struct sim_worker *worker, int32_t partition, size_t most)
{
	struct sim_seat *seat = &worker->seats[partition];
	struct err err;
	size_t did = 0;

	if (!seat->live) {
		if (!worker->frozen && sim_world_bring_up(w, worker, partition, &err) != 0)
			after_failure(w, worker, "restore", &err);
		return seat->live;
	}
	if (shard_work(seat->shard, sim_bus_of(worker->bus), most, &did, &err) == 0)
		return true;
	handle(w, worker, "work", &err);
	return false;
}

void sim_world_work(struct sim_world *w, struct sim_worker *worker, size_t most)
{
	if (!worker->bus)
		join(w, worker);
	for (int32_t p = 0; p < w->partitions; p++)
		if ((w->owners[p] == worker->id || worker->frozen) && !work_one(w, worker, p, most))
			return;
}

static size_t collect(struct sim_world *w, struct sim_worker *worker, struct bus_offset *offsets)
{
	size_t n = 0;

	for (int32_t p = 0; p < w->partitions; p++)
		if (worker->seats[p].live && shard_is_dirty(worker->seats[p].shard))
			shard_offsets(worker->seats[p].shard, offsets, &n);
	return n;
}

static void settle(struct sim_world *w, struct sim_worker *worker)
{
	struct err err;

	for (int32_t p = 0; p < w->partitions; p++) {
		struct sim_seat *seat = &worker->seats[p];

		if (!seat->live || !shard_is_dirty(seat->shard))
			continue;
		while (shard_committed(seat->shard, sim_bus_of(worker->bus), &err) != 0)
			if (err.class != ERR_RETRY) {
				after_failure(w, worker, "settle", &err);
				return;
			}
		check_at_commit(w, worker, p);
	}
}

void sim_world_commit(struct sim_world *w, struct sim_worker *worker)
{
	struct bus_offset offsets[SIM_PARTITIONS * POSITION_INPUTS];
	struct bus *bus = sim_bus_of(worker->bus);
	struct err err;

	if (!worker->bus || !sim_bus_in_transaction(worker->bus))
		return;
	if (sim_random_hits(&w->random, 50))
		memcpy(w->older, w->kafka->commits, sizeof w->older);
	size_t n = collect(w, worker, offsets);
	if (bus->ops->commit(bus, offsets, n, &err) != 0) {
		w->totals->in_doubt += strcmp(err.code, "sim_in_doubt") == 0;
		handle(w, worker, "commit", &err);
		return;
	}
	if (worker->frozen)
		sim_report_fail("worker %d has committed though the group went on without it", worker->id);
	w->totals->commits++;
	for (size_t i = 0; i < n; i++)
		sim_report_note("worker %d: committed input %d, partition %" PRId32 ": %.*s", worker->id, offsets[i].input, offsets[i].partition,
			VIEW_ARG(offsets[i].metadata));
	settle(w, worker);
}

void sim_world_flush(struct sim_world *w, struct sim_worker *worker)
{
	struct err err;

	if (!worker->bus || sim_bus_in_transaction(worker->bus))
		return;
	for (int32_t p = 0; p < w->partitions; p++)
		if (worker->seats[p].live && store_flush(shard_store(worker->seats[p].shard), &err) != 0)
			sim_report_fail("flush: %s", err.words);
}

void sim_world_kill(struct sim_world *w, struct sim_worker *worker, bool flushed)
{
	struct err err;

	w->totals->kills++;
	sim_report_note("worker %d: killed%s", worker->id, flushed ? ", what its flushers had was written" : "");
	for (int32_t p = 0; p < w->partitions; p++) {
		struct sim_seat *seat = &worker->seats[p];

		if (seat->shard && flushed) {
			store_abort(shard_store(seat->shard));
			if (store_flush(shard_store(seat->shard), &err) != 0)
				sim_report_fail("flush: %s", err.words);
			check_seat(w, seat, p);
		}
		close_seat(seat);
	}
	sim_bus_free(&worker->bus);
	worker->frozen = false;
}

// ---- inputs

void sim_world_reveal(struct sim_world *w, size_t n)
{
	for (; n > 0 && w->revealed < w->inputs->n; n--) {
		const struct sim_input *in = &w->inputs->list[w->revealed++];
		struct header header = {VIEW_LIT("trace"), VIEW_LIT("1")};
		struct sim_entry entry =
			{.marker = in->marker, .timestamp = in->timestamp, .key = in->key, .value = in->value, .headers = &header, .header_count = 1};

		CHECK(sim_kafka_high(w->kafka, in->topic, in->partition) == in->offset);
		sim_kafka_put(w->kafka, in->topic, in->partition, &entry);
		w->totals->records++;
		sim_report_note("arrives: input %d, partition %" PRId32 ", offset %" PRId64 ", time %" PRId64 ", of %.*s", in->topic, in->partition,
			in->offset, in->time, VIEW_ARG(in->key));
	}
}

bool sim_world_is_done(const struct sim_world *w, const struct sim_worker *worker)
{
	if (w->revealed < w->inputs->n || !worker->bus || sim_bus_in_transaction(worker->bus))
		return false;
	for (int32_t p = 0; p < w->partitions; p++)
		if (!worker->seats[p].live || !shard_is_idle(worker->seats[p].shard) || shard_is_dirty(worker->seats[p].shard))
			return false;
	return true;
}
