// SPDX-License-Identifier: Apache-2.0
#include "cli/explain_disk.h"

#include <dirent.h>
#include <errno.h>
#include <stdio.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "base/when.h"
#include "processors/attribution/explain.h"
#include "runtime/topics_partition.h"
#include "state/store.h"

struct disk {
	const struct config *config;
	const struct processor_question *question;
	const struct rules *rules;
	struct admin_ask *out;
	int32_t partitions; // of the run, once a shard has told; 0: not yet
};

static void own_dir(DIR **dir)
{
	if (*dir)
		closedir(*dir);
}

// Whether the user's records are in this shard, as far as that is known.
static bool may_hold(const struct disk *d, int32_t partition)
{
	OWN(buf_clear) struct buf key = {0};

	if (!view_is_set(d->question->user) || d->partitions <= 0)
		return true;
	buf_add_view(&key, d->question->tenant);
	buf_add_byte(&key, '|');
	buf_add_view(&key, d->question->user);
	return topics_partition_of(buf_view(&key), d->partitions) == partition;
}

static int ask_store(struct disk *d, struct store *store, const struct position *position, struct err *err)
{
	const struct explain_source source = {d->rules, store, position};
	struct processor_question keys = *d->question;
	bool found = false;

	keys.form = QUESTION_KEYS;
	if (explain_answer(&source, &keys, &d->out->keys, &found, err) != 0)
		return -1;
	d->out->asked++;
	if (!found)
		return 0;
	d->out->found = true;
	return explain_answer(&source, d->question, &d->out->text, &found, err);
}

static int ask_shard(struct disk *d, int32_t partition, struct err *err)
{
	OWN(store_close) struct store *store = NULL;
	OWN(buf_clear) struct buf path = {0};
	struct position position;

	if (!may_hold(d, partition))
		return 0;
	buf_addf(&path, "%s/%s/attribution/%d", d->config->state.directory, d->config->run, (int)partition);
	buf_add_byte(&path, 0);
	if (store_open(&(struct store_options){.directory = path.p, .flood_keep = FLOOD_KEEP, .read_only = true}, &store, err) != 0)
		return -1;
	if (!view_is_set(store_position(store))) // nothing was ever flushed
		return 0;
	if (position_unpack(store_position(store), &position, err) != 0)
		return -1;
	d->partitions = position.partitions;
	return may_hold(d, partition) ? ask_store(d, store, &position, err) : 0;
}

static int ask_shards(struct disk *d, struct err *err)
{
	OWN(buf_clear) struct buf path = {0};

	buf_addf(&path, "%s/%s/attribution", d->config->state.directory, d->config->run);
	buf_add_byte(&path, 0);
	OWN(own_dir) DIR *dir = opendir(path.p);

	if (!dir)
		return err_set(err, ERR_FATAL, "no_state", "nothing runs that could be asked, and there is no state in %s: %s", path.p,
			strerror(errno));
	for (struct dirent *entry; (entry = readdir(dir));) {
		int64_t partition;

		if (when_parse_integer(view_text(entry->d_name), &partition) != 0 || partition < 0 || partition > INT32_MAX)
			continue;
		if (ask_shard(d, (int32_t)partition, err) == 0)
			continue;
		fprintf(stderr, "lookback explain: shard %d cannot be read: %s\n", (int)partition, err->words);
		buf_addf(&d->out->absent, "%s%d", d->out->absent.n ? ", " : "", (int)partition);
	}
	return 0;
}

int explain_disk(const struct config *config, const struct processor_question *question, struct admin_ask *out, struct err *err)
{
	OWN(rules_free) struct rules *rules = NULL;
	struct disk d = {.config = config, .question = question, .out = out};

	if (rules_new(config, &rules, err) != 0)
		return -1;
	d.rules = rules;
	return ask_shards(&d, err);
}
