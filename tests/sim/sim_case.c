// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_case.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <sys/stat.h>

#include "processors/attribution/attribution.h"
#include "tests/sim/sim_other_build.h"
#include "tests/sim/sim_refusal.h"
#include "tests/sim/sim_report.h"

enum { STEPS_MOST = 20000, DRAIN_MOST = 5000 };

// ---- what goes wrong with disks, groups and topics

static void meddle_with_disk(struct sim_world *w, const struct sim_seat *seat)
{
	switch (sim_random_below(&w->random, 6)) {
	case 0:
		sim_disk_lose(seat->directory);
		w->totals->lost_disks++;
		break;
	case 1:
		sim_disk_save(seat->directory);
		break;
	case 2:
		w->totals->older_disks += sim_disk_go_back(seat->directory);
		break;
	default:
		break;
	}
}

static void kill_one(struct sim_world *w, struct sim_worker *worker)
{
	sim_world_kill(w, worker, sim_random_hits(&w->random, 500));
	for (int32_t p = 0; p < w->partitions; p++) {
		meddle_with_disk(w, &worker->seats[p]);
		if (sim_random_hits(&w->random, 300))
			sim_other_build_publish(w, p);
	}
}

static void give_out(struct sim_world *w, int to)
{
	w->kafka->generation++;
	w->totals->rebalances++;
	for (int32_t p = 0; p < w->partitions; p++)
		w->owners[p] = to >= 0 ? to : (int)sim_random_below(&w->random, SIM_WORKERS);
	for (int i = 0; i < SIM_WORKERS; i++)
		if (w->workers[i].bus && !w->workers[i].frozen)
			sim_bus_join(w->workers[i].bus);
}

// In order: each commits, flushes and lets go.
static void rebalance(struct sim_world *w)
{
	for (int i = 0; i < SIM_WORKERS; i++) {
		struct sim_worker *worker = &w->workers[i];

		if (!worker->frozen)
			sim_world_commit(w, worker);
		if (!worker->frozen && sim_random_hits(&w->random, 700))
			sim_world_flush(w, worker);
		sim_world_kill(w, worker, false);
	}
	sim_report_note("rebalance");
	give_out(w, -1);
}

// One stops answering in the middle of everything; the other gets its partitions.
static void freeze(struct sim_world *w, struct sim_worker *worker)
{
	struct sim_worker *other = &w->workers[1 - worker->id];

	if (worker->frozen || other->frozen || !worker->bus)
		return;
	sim_report_note("worker %d: frozen", worker->id);
	worker->frozen = true;
	w->totals->frozen++;
	give_out(w, other->id);
}

// Nothing that recovery may still ask for goes.
static void expire_inputs(struct sim_world *w, int32_t partition)
{
	int64_t max_future = w->inputs->config->attribution.max_future_ms, since = sim_world_needed_since(w, partition);

	for (int i = 0; i < w->kafka->inputs; i++) {
		struct sim_log *log = &w->kafka->logs[i][partition];
		int64_t next = w->kafka->commits[partition][i].next, low = log->low;

		if (i != ATTRIBUTION_CLICKS && next > log->low)
			low = sim_random_between(&w->random, log->low, next);
		for (int64_t at = log->low; i == ATTRIBUTION_CLICKS && w->inputs->times == SIM_TIGHT && since != INT64_MIN && at < next; at++)
			if (!log->entries[at].marker && log->entries[at].timestamp < since - 3600000 - max_future)
				low = at; // one that is too old stays, so that what follows is known to be all
		log->low = low;
	}
}

// Outputs that a newer one of the same key has replaced.
static void compact_outputs(struct sim_world *w, int32_t partition)
{
	struct sim_log *log = &w->kafka->logs[ATTRIBUTION_OUTPUTS][partition];
	int64_t stable = sim_kafka_stable(w->kafka, ATTRIBUTION_OUTPUTS, partition);

	for (int64_t at = log->low; at < stable; at++) {
		int64_t latest = -1;

		if (!sim_kafka_is_visible(&log->entries[at]))
			continue;
		sim_check_latest(w->check, log->entries[at].key, NULL, &latest);
		if (latest > at && sim_random_hits(&w->random, 800))
			log->entries[at].marker = true;
	}
}

static void step(struct sim_world *w)
{
	struct sim_worker *worker = &w->workers[sim_random_below(&w->random, SIM_WORKERS)];
	int64_t what = sim_random_below(&w->random, 1000);

	if (what < 200) {
		sim_world_reveal(w, (size_t)sim_random_between(&w->random, 1, 5));
	} else if (what < 700) {
		sim_world_work(w, worker, (size_t)sim_random_between(&w->random, 1, 20));
	} else if (what < 880) {
		sim_world_commit(w, worker);
	} else if (what < 910) {
		sim_world_flush(w, worker);
	} else if (what < 930) {
		kill_one(w, worker);
	} else if (what < 936) {
		rebalance(w);
	} else if (what < 945) {
		freeze(w, worker);
	} else if (what < 966) {
		sim_kafka_decide_all(w->kafka, worker->frozen ? worker->id : 1 - worker->id + 100);
	} else if (what < 980) {
		sim_other_build_publish(w, (int32_t)sim_random_below(&w->random, w->partitions));
	} else if (what < 990) {
		expire_inputs(w, (int32_t)sim_random_below(&w->random, w->partitions));
	} else {
		compact_outputs(w, (int32_t)sim_random_below(&w->random, w->partitions));
	}
	sim_world_check_positions(w);
}

static void choose_faults(struct sim_world *w)
{
	static const int rates[] = {0, 0, 3, 10, 40};
	struct sim_random *r = &w->random;
	enum { RATES = sizeof rates / sizeof *rates };

	w->faults = (struct sim_faults){.crash = rates[sim_random_below(r, 4)],
		.retry = rates[sim_random_below(r, RATES)],
		.abort = rates[sim_random_below(r, RATES)],
		.in_doubt = rates[sim_random_below(r, RATES)] * 2,
		.few = (int)sim_random_below(r, 2) * 300,
		.late_end = (int)sim_random_below(r, 2) * 300,
		.no_report = (int)sim_random_below(r, 2) * 300};
	w->disk_faults = (struct sim_disk_faults){.full = rates[sim_random_below(r, RATES)], .crash = rates[sim_random_below(r, 4)]};
	sim_disk_fail(r, &w->disk_faults);
}

// ---- to the end

static struct sim_worker *drain(struct sim_world *w)
{
	struct sim_worker *last = &w->workers[0];

	w->faults = (struct sim_faults){0};
	sim_disk_fail(NULL, NULL);
	for (int i = 0; i < SIM_WORKERS; i++)
		sim_world_kill(w, &w->workers[i], false);
	give_out(w, last->id);
	sim_world_reveal(w, SIZE_MAX);
	for (int i = 0; !sim_world_is_done(w, last); i++) {
		if (i == DRAIN_MOST)
			sim_report_fail("it does not come to an end");
		sim_world_work(w, last, 1000);
		sim_world_commit(w, last);
	}
	return last;
}

// A disk is lost at the very end: what is restored must be what was there.
static void lose_all(struct sim_world *w, struct sim_worker *worker)
{
	for (int32_t p = 0; p < w->partitions; p++) {
		uint64_t before = sim_world_clicks_sum(w, worker, p);
		struct sim_seat *seat = &worker->seats[p];
		struct err err;

		shard_close(&seat->shard);
		seat->live = false;
		sim_disk_lose(seat->directory);
		while (sim_world_bring_up(w, worker, p, &err) != 0)
			if (err.class != ERR_RETRY)
				sim_report_fail("the last restore: %s: %s", err.code, err.words);
		// A wild stream accepts what a restore does not know to be late.
		if (w->inputs->times == SIM_TIGHT && sim_world_clicks_sum(w, worker, p) != before)
			sim_report_fail("partition %" PRId32 ": other clicks were restored than there were", p);
	}
}

// What was late when it came depends on the commits. To the undisturbed run it is a stranger's.
static void disown_late(const struct sim_world *w, struct sim_inputs *inputs)
{
	for (size_t i = 0; i < inputs->n; i++) {
		const struct sim_input *in = &inputs->list[i];
		struct view reason = sim_check_dead_letter(w->check, in->topic, in->partition, in->offset);

		if (view_eq(reason, VIEW_LIT("too_late")))
			sim_input_disown(inputs, i);
	}
}

static void compare_with_plain(struct sim_world *w, uint64_t seed, struct sim_inputs *inputs, const char *root)
{
	struct sim_totals ignored = {0};
	struct sim_world plain;
	char plain_root[SIM_PATH];

	snprintf(plain_root, sizeof plain_root, "%.200s/plain", root);
	CHECK(mkdir(plain_root, 0700) == 0 || errno == EEXIST);
	disown_late(w, inputs);
	sim_world_open(&plain, seed ^ 1, inputs, w->partitions, plain_root, &ignored);
	sim_world_reveal(&plain, SIZE_MAX);
	for (int i = 0; i < DRAIN_MOST && !sim_world_is_done(&plain, &plain.workers[0]); i++) {
		for (int k = 0; k < 20; k++) // everything in one transaction: no horizon
			sim_world_work(&plain, &plain.workers[0], SIZE_MAX);
		sim_world_commit(&plain, &plain.workers[0]);
	}
	sim_check_compare(w->check, plain.check);
	sim_world_close(&plain);
}

void sim_case_run(uint64_t seed, bool verbose, const char *root, struct sim_totals *totals)
{
	struct sim_random random = {seed};
	int32_t partitions = (int32_t)sim_random_between(&random, 1, 3);
	struct sim_inputs inputs;
	struct sim_world w;

	sim_report_begin(seed, verbose, root);
	sim_input_make(&random, root, partitions, &inputs);
	sim_world_open(&w, sim_random_next(&random), &inputs, partitions, root, totals);
	sim_report_note("%zu records, %" PRId32 " partitions, times %d", inputs.n, partitions, (int)inputs.times);
	choose_faults(&w);
	for (int i = 0; i < STEPS_MOST && (w.revealed < inputs.n || i % 97 != 0); i++)
		step(&w);
	struct sim_worker *last = drain(&w);
	lose_all(&w, last);
	compare_with_plain(&w, seed, &inputs, root);
	sim_refusal_try(&w, last);
	sim_world_close(&w);
	sim_input_clear(&inputs);
}
