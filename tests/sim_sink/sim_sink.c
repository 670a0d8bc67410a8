// SPDX-License-Identifier: Apache-2.0
// The events sink with everything going wrong around it, then left in peace; what the ledger says must be what TikTok holds and what the conversions ask for.
#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/sim_main.h"
#include "tests/sim/sim_report.h"
#include "tests/sim_sink/sink_world.h"

enum { CASES_DEFAULT = 300, STEPS = 320, DRAIN_MOST = 4000 };

// ---- one case

static void meddle_with_disk(struct sink_world *w)
{
	switch (sim_random_below(&w->random, 4)) {
	case 0:
		sim_disk_lose(w->directory);
		w->totals->lost_disks++;
		break;
	case 1:
		sim_disk_save(w->directory);
		break;
	case 2:
		w->totals->older_disks += sim_disk_go_back(w->directory);
		break;
	default:
		break;
	}
}

// TikTok takes another token, or the shop renews or loses its own.
static void meddle_with_token(struct sink_world *w)
{
	int tenant = (int)sim_random_below(&w->random, SINK_TENANTS);

	switch (sim_random_below(&w->random, 4)) {
	case 0:
		sink_tiktok.valid[tenant]++;
		sim_report_note("token of %c is revoked", 'a' + tenant);
		break;
	case 1:
		sink_world_write_token(w, tenant, -1);
		sim_report_note("token of %c is gone", 'a' + tenant);
		break;
	default:
		sink_world_write_token(w, tenant, sink_tiktok.valid[tenant]);
		sim_report_note("token of %c is renewed", 'a' + tenant);
	}
}

static int64_t pause_between(struct sink_world *w)
{
	return sim_random_hits(&w->random, 10) ? sim_random_below(&w->random, 30 * INT64_C(3600000))
		: sim_random_hits(&w->random, 50)  ? sim_random_below(&w->random, 1200000)
										   : sim_random_below(&w->random, 2000);
}

static void step(struct sink_world *w)
{
	int64_t what = sim_random_below(&w->random, 1000);

	if (what < 120) {
		sink_world_tell(w);
	} else if (what < 480) {
		sink_world_work(w, (size_t)sim_random_between(&w->random, 1, 10));
	} else if (what < 660) {
		sink_world_commit(w);
	} else if (what < 900) {
		sink_tiktok_work((size_t)sim_random_between(&w->random, 1, 6));
	} else if (what < 920) {
		sink_world_flush(w);
	} else if (what < 928) {
		sink_world_kill(w, sim_random_hits(&w->random, 500));
		meddle_with_disk(w);
	} else if (what < 932) {
		sink_world_leave(w);
	} else if (what < 960) {
		meddle_with_token(w);
	} else if (what < 965) {
		sink_world_compact(w);
	} else if (what < 975) {
		sim_kafka_decide_all(w->kafka, 2);
	}
	sink_clock += pause_between(w);
}

static void choose_faults(struct sink_world *w)
{
	static const int rates[] = {0, 0, 3, 10, 30};
	struct sim_random *r = &w->random;
	enum { RATES = sizeof rates / sizeof *rates };

	w->faults = (struct sim_faults){.crash = rates[sim_random_below(r, 4)] / 2,
		.retry = rates[sim_random_below(r, RATES)],
		.abort = rates[sim_random_below(r, RATES)],
		.in_doubt = rates[sim_random_below(r, RATES)] * 2,
		.few = (int)sim_random_below(r, 2) * 300,
		.late_end = (int)sim_random_below(r, 2) * 300,
		.no_report = (int)sim_random_below(r, 2) * 300};
	w->disk_faults = (struct sim_disk_faults){.full = rates[sim_random_below(r, RATES)], .crash = rates[sim_random_below(r, 4)] / 2};
	sim_disk_fail(r, &w->disk_faults);
	sink_world_fail_reads(r, &w->disk_faults);
	sink_tiktok.mood = (struct sink_mood){.lost = (int)sim_random_below(r, 3) * 200,
		.nothing = (int)sim_random_below(r, 3) * 200,
		.full = (int)sim_random_below(r, 3) * 100};
	sink_tiktok.refuses = (int)sim_random_below(r, 3) * 100;
	sink_tiktok.silences = (int)sim_random_below(r, 3) * 50;
}

// Everything is well again: all that is open comes to its end. What TikTok is silent about does so days later.
static void drain(struct sink_world *w)
{
	w->faults = (struct sim_faults){0};
	sim_disk_fail(NULL, NULL);
	sink_world_fail_reads(NULL, NULL);
	sink_tiktok.mood = (struct sink_mood){0};
	for (int t = 0; t < SINK_TENANTS; t++)
		sink_world_write_token(w, t, sink_tiktok.valid[t]);
	if (w->live && sim_random_hits(&w->random, 300))
		sink_world_kill(w, false);
	int quiet = 0;
	for (int i = 0; quiet < 30; i++) {
		if (i == DRAIN_MOST)
			sim_report_fail("it does not come to an end");
		sink_world_work(w, 100);
		sink_world_commit(w);
		sink_tiktok_work(20);
		quiet = sink_world_is_quiet(w) ? quiet + 1 : 0;
		sink_clock += i % 8 == 7 ? 6 * INT64_C(3600000) : 1500;
	}
}

// What is restored must be what was there.
static void lose_disk_at_last(struct sink_world *w)
{
	uint64_t before = sink_world_rows(w);

	sink_world_kill(w, false);
	sim_disk_lose(w->directory);
	while (!w->live)
		sink_world_work(w, 1);
	if (sink_world_rows(w) != before)
		sim_report_fail("other rows were restored than there were");
	for (int i = 0; i < 20; i++) {
		sink_world_work(w, 100);
		sink_world_commit(w);
		sink_clock += 60000;
	}
	if (sink_tiktok.in_box > 0 || sink_world_rows(w) != before)
		sim_report_fail("after the last restore there is something to be done again");
}

static struct sink_totals totals;

static void run_case(uint64_t seed, bool verbose, const char *root)
{
	static struct sink_world w;

	sim_report_begin(seed, verbose, root);
	sink_world_open(&w, seed, root, &totals);
	choose_faults(&w);
	int64_t steps = sim_random_between(&w.random, 50, STEPS);
	for (int64_t i = 0; i < steps; i++)
		step(&w);
	drain(&w);
	sink_model_check_end(&w.model);
	sink_world_check_empty(&w);
	lose_disk_at_last(&w);
	sink_model_check_end(&w.model);
	sink_world_check_empty(&w);
	sink_world_close(&w);
}

// ---- the program

static void print(uint64_t seed, int64_t cases)
{
	const struct sink_totals *t = &totals;

	sink_tiktok_end();
	printf("sim_sink: %" PRId64 " cases from seed %" PRIu64 ": %" PRIu64 " records, %" PRIu64 " commits (%" PRIu64 " in doubt), %" PRIu64
		   " aborts, %" PRIu64 " retries, %" PRIu64 " kills and %" PRIu64 " stops, %" PRIu64 " restores, %" PRIu64 " lost and %" PRIu64
		   " older disks, %" PRIu64 " compacted; %" PRIu64 " intents, %" PRIu64 " accepted, %" PRIu64 " refused, %" PRIu64
		   " too old, %" PRIu64 " unknown, %" PRIu64 " paused, %" PRIu64 " changed; TikTok: %" PRIu64 " answers, %" PRIu64 " lost, %" PRIu64
		   " pauses, %" PRIu64 " expired\n",
		cases, seed, t->records, t->commits, t->in_doubt, t->aborts, t->retries, t->kills, t->left, t->restores, t->lost_disks,
		t->older_disks, t->compacted, t->verdicts[EXPORT_INTENT], t->verdicts[EXPORT_ACCEPTED], t->verdicts[EXPORT_REFUSED],
		t->verdicts[EXPORT_TOO_OLD], t->verdicts[EXPORT_UNKNOWN], t->verdicts[EXPORT_PAUSED], t->verdicts[EXPORT_SENT_THEN_CHANGED],
		sink_tiktok.answers, sink_tiktok.lost, sink_tiktok.pauses, sink_tiktok.expired);
}

int main(int argc, char **argv)
{
	return sim_main(&(struct sim_program){CASES_DEFAULT, run_case, print}, argc, argv);
}
