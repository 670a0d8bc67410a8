// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_refusal.h"

#include <inttypes.h>

#include "processors/attribution/attribution.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_report.h"

// Does the damage; returns the code that restore must refuse with, or NULL if this partition cannot be damaged so.
typedef const char *damage(struct sim_world *w, int32_t partition, const struct sim_seat *seat);

static struct sim_commit *commits_of(struct sim_world *w, int32_t partition)
{
	return w->kafka->commits[partition];
}

static const char *metadata_gone(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)seat;
	commits_of(w, partition)[sim_random_below(&w->random, w->kafka->inputs)].metadata =
		sim_random_hits(&w->random, 500) ? VIEW_LIT("") : VIEW_LIT("1 2 3");
	return "bad_metadata";
}

static const char *offset_moved(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)seat;
	commits_of(w, partition)[sim_random_below(&w->random, w->kafka->inputs)].next += sim_random_hits(&w->random, 500) ? 1 : 1000;
	return "commit_foreign";
}

static const char *commits_gone(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)seat;
	for (int i = 0; i < w->kafka->inputs; i++)
		commits_of(w, partition)[i].next = -1;
	return "commit_missing";
}

static const char *commit_gone(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)seat;
	commits_of(w, partition)[sim_random_below(&w->random, w->kafka->inputs)].next = -1;
	return "commit_missing";
}

static const char *commits_rolled_back(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	bool behind = false;

	(void)seat;
	for (int i = 0; i < w->kafka->inputs; i++) {
		struct sim_commit *now = &commits_of(w, partition)[i], before = w->older[partition][i];

		if (before.next < 0 || !before.metadata.p)
			return NULL;
		behind |= before.next < now->next;
	}
	if (!behind)
		return NULL;
	memcpy(commits_of(w, partition), w->older[partition], sizeof w->older[partition]);
	return "commit_behind_store";
}

static const char *outputs_cut(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)seat;
	w->kafka->logs[ATTRIBUTION_OUTPUTS][partition].count--;
	return "output_foreign";
}

static const char *input_cut(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	int input = (int)sim_random_below(&w->random, w->kafka->inputs);
	struct sim_log *log = &w->kafka->logs[input][partition];
	int64_t next = commits_of(w, partition)[input].next;

	(void)seat;
	if (next <= log->low)
		return NULL;
	log->count = (size_t)sim_random_between(&w->random, log->low, next - 1);
	return "commit_foreign";
}

static const char *other_partitions(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)partition, (void)seat;
	w->shard_options.partitions++;
	return "partitions_changed";
}

static const char *goals_changed(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	(void)partition;
	w->goals[sim_random_below(&w->random, SIM_GOALS)].meaning++;
	sim_disk_lose(seat->directory);
	return "goals_changed";
}

// With real clocks: the oldest click that is left is younger than what is needed.
static const char *clicks_expired(struct sim_world *w, int32_t partition, const struct sim_seat *seat)
{
	struct sim_log *log = &w->kafka->logs[ATTRIBUTION_CLICKS][partition];
	int64_t since = sim_world_needed_since(w, partition), next = commits_of(w, partition)[ATTRIBUTION_CLICKS].next;

	if (w->inputs->times != SIM_TIGHT || next <= log->low + 1)
		return NULL;
	for (int64_t at = log->low + 1; at < next; at++)
		if (!log->entries[at].marker && log->entries[at].timestamp > since) {
			log->low = at;
			sim_disk_lose(seat->directory);
			return "clicks_expired";
		}
	return NULL;
}

static void expect(struct sim_world *w, struct sim_worker *worker, int32_t partition, const char *code)
{
	struct err err;
	int failed;

	do
		failed = sim_world_bring_up(w, worker, partition, &err);
	while (failed && err.class == ERR_RETRY);
	if (!failed)
		sim_report_fail("partition %" PRId32 " went live, it should be refused: %s", partition, code);
	if (err.class != ERR_FATAL || strcmp(err.code, code) != 0)
		sim_report_fail("partition %" PRId32 " was refused with %s (%s), not %s", partition, err.code, err.words, code);
	w->totals->refusals++;
}

void sim_refusal_try(struct sim_world *w, struct sim_worker *worker)
{
	static damage *const damages[] = {metadata_gone, offset_moved, commits_gone, commit_gone, commits_rolled_back, outputs_cut, input_cut,
		other_partitions, goals_changed, clicks_expired};
	int32_t partition = (int32_t)sim_random_below(&w->random, w->partitions);
	struct sim_seat *seat = &worker->seats[partition];
	const char *code;

	if (commits_of(w, partition)[0].next < 0 || sim_check_count(w->check, partition) == 0)
		return;
	sim_world_kill(w, worker, true);
	code = damages[sim_random_below(&w->random, sizeof damages / sizeof *damages)](w, partition, seat);
	if (code)
		expect(w, worker, partition, code);
}
