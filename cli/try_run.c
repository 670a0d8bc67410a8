// SPDX-License-Identifier: Apache-2.0
#include "cli/try_run.h"

#include <errno.h>
#include <ftw.h>
#include <stdlib.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "cli/try_files.h"
#include "cli/try_print.h"
#include "processors/attribution/attribution.h"
#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "schemas/contract.h"
#include "state/budget.h"

enum { COMMIT_EVERY_DEFAULT = 1000, BUDGET_BYTES = 96 << 20 };

struct trial {
	const struct try_options *options;
	struct try_summary *summary;
	void *role;
	struct bus *bus;
	struct budget *budget;
	struct shard_options shard_options;
	struct shard *shard;
	struct try_print *print;
	char directory[64];
	char store_directory[80];
};

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

static int make_directory(struct trial *t, struct err *err)
{
	const char *base = getenv("TMPDIR");

	snprintf(t->directory, sizeof t->directory, "%.40s/lookback-try-XXXXXX", base ? base : "/tmp");
	if (!mkdtemp(t->directory)) {
		t->directory[0] = '\0';
		return err_set(err, ERR_FATAL, "try_directory", "no temporary directory for the state: %s", strerror(errno));
	}
	snprintf(t->store_directory, sizeof t->store_directory, "%s/0", t->directory);
	return 0;
}

static void trial_close(struct trial *t)
{
	shard_close(&t->shard);
	budget_free(&t->budget);
	bus_memory_free(&t->bus);
	attribution_role_free(&t->role);
	try_print_free(&t->print);
	if (t->directory[0])
		remove_tree(t->directory);
}

static int open_shard(struct trial *t, struct err *err)
{
	static const struct restore_options earliest = {RESTORE_EARLIEST, 0};
	struct restore_progress progress;

	if (shard_open(&t->shard_options, &t->shard, err) != 0)
		return -1;
	bus_memory_rewind(t->bus);
	return restore_shard(t->shard, t->bus, &earliest, &progress, err);
}

static int trial_open(struct trial *t, const struct config *config, struct err *err)
{
	const struct try_options *o = t->options;

	if (make_directory(t, err) != 0 || attribution_role_new(config, NULL, &t->role, err) != 0 ||
		budget_new(BUDGET_BYTES, 1, 0, &t->budget, err) != 0)
		return -1;
	t->print = try_print_new(o->outputs, o->deltas, o->dead_letters, attribution_topic_names(t->role));
	struct bus_memory_options bus = {.topic_count = ATTRIBUTION_TOPICS,
		.input_count = attribution_processor()->input_count,
		.committed = try_print_emission,
		.context = t->print,
		.keep_outputs = o->restart_every != 0};
	t->bus = bus_memory_new(&bus);
	t->shard_options = (struct shard_options){.processor = attribution_processor(),
		.role_state = t->role,
		.partitions = 1,
		.store = {.directory = t->store_directory, .budget = t->budget, .flood_keep = FLOOD_KEEP},
		.max_record = config->max_record,
		.dead_letter_digest = config->dead_letter_digest,
		.topic_names = attribution_topic_names(t->role),
		.interleave_seed = o->interleave_seed};
	return 0;
}

static int load(struct trial *t, struct err *err)
{
	const char *files[] = {t->options->clicks, t->options->orders, t->options->conversions};

	for (int input = 0; input < 3; input++)
		if (files[input] && try_files_load(files[input], t->bus, input, err) != 0)
			return -1;
	return 0;
}

static int commit(struct trial *t, struct err *err)
{
	struct bus_offset offsets[POSITION_INPUTS];
	size_t n = 0;

	shard_offsets(t->shard, offsets, &n);
	if (t->bus->ops->commit(t->bus, offsets, n, err) != 0)
		return -1;
	t->summary->commits++;
	return shard_committed(t->shard, t->bus, err);
}

static bool due(size_t every, uint64_t commits)
{
	return every != 0 && commits % every == 0;
}

static int restart(struct trial *t, struct err *err)
{
	shard_close(&t->shard);
	if (t->options->lose_disk)
		remove_tree(t->store_directory);
	return open_shard(t, err);
}

// One transaction: up to `commit_every` records, the commit, and what tests ask for after it.
static int transaction(struct trial *t, size_t *did, struct err *err)
{
	size_t every = t->options->commit_every ? t->options->commit_every : COMMIT_EVERY_DEFAULT;

	if (shard_work(t->shard, t->bus, every, did, err) != 0)
		return -1;
	t->summary->records += *did;
	if (!shard_is_dirty(t->shard))
		return 0;
	if (commit(t, err) != 0)
		return -1;
	if (due(t->options->flush_every, t->summary->commits) && store_flush(shard_store(t->shard), err) != 0)
		return -1;
	return due(t->options->restart_every, t->summary->commits) ? restart(t, err) : 0;
}

static int run_to_end(struct trial *t, struct err *err)
{
	size_t did;

	do {
		if (transaction(t, &did, err) != 0)
			return -1;
	} while (did > 0 || !shard_is_idle(t->shard));
	return 0;
}

int try_run(struct config *config, const struct try_options *options, struct try_summary *summary, struct err *err)
{
	OWN(trial_close) struct trial t = {.options = options, .summary = summary};

	memset(summary, 0, sizeof *summary);
	config->format.clicks = config->format.orders = config->format.conversions = CONFIG_JSON;
	if (contract_setup(err) != 0 || trial_open(&t, config, err) != 0 || load(&t, err) != 0 || open_shard(&t, err) != 0 ||
		run_to_end(&t, err) != 0)
		return -1;
	try_print_counts(t.print, &summary->outputs, &summary->deltas, &summary->dead_letters);
	return try_print_check(t.print, err);
}
