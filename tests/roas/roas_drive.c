// SPDX-License-Identifier: Apache-2.0
// roas_drive DIRECTORY: one shard of the join on a log in memory, led by lines on stdin, so that a test in another language can do with it what it wants. Fields
// are separated by tabs; each line is answered by one, `ok …` or `error CODE WORDS`.
//
//   open CONFIG SEED     opens the shard on what the directory holds and restores it; SEED merges the inputs at random
//   put INPUT KEY JSON   a record of input 0 (credits), 1 (reports), 2 (entities); KEY in hexadecimal, no JSON: a deletion
//   work N               up to N records; answers how many
//   commit, abort        of the running transaction
//   commit_lost          commits, and the process is gone before the store hears of it
//   flush                the store's memory goes to the disk
//   close                the process is gone
//   show                 answers the lines of the latest records, `roas KEY JSON` and `daily PARTITION KEY JSON`, `letter REASON`, and `ok` with the offsets
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "processors/roas-join/roas_join.h"
#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "schemas/contract.h"
#include "state/budget.h"

enum { FIELDS = 4, BUDGET = 64 << 20, PARTITIONS = 7 };

struct latest {
	struct latest *next;
	int topic;
	int32_t partition;
	struct buf key, value;
	bool gone;
};

struct drive {
	const char *directory;
	struct bus *bus;
	struct budget *budget;
	struct config *config;
	struct rates *rates;
	struct join_role *role;
	struct shard *shard;
	struct latest *latest;
	struct wire_reader *rows, *sums;
	struct wire_header headers[JOIN_INPUTS];
	uint64_t emitted[JOIN_TOPICS];
};

static const struct contract *contract_of(int topic)
{
	return topic == JOIN_CREDITS ? contract_credit_delta : topic == JOIN_REPORTS ? contract_report_snapshot : contract_ad_entity;
}

static void must(int failed, const struct err *err)
{
	if (!failed)
		return;
	fprintf(stderr, "roas_drive: %s\n", err->words);
	exit(1);
}

// ---- what was committed

static struct latest *latest_of(struct drive *d, const struct emission *e)
{
	for (struct latest *l = d->latest; l; l = l->next)
		if (l->topic == e->topic && view_eq(buf_view(&l->key), e->key))
			return l;
	struct latest *l = calloc(1, sizeof *l);
	if (!l)
		err_out_of_memory();
	l->topic = e->topic;
	l->next = d->latest;
	buf_add_view(&l->key, e->key);
	return d->latest = l;
}

static void committed(void *context, const struct emission *e)
{
	struct drive *d = context;

	d->emitted[e->topic]++;
	if (e->topic == JOIN_DEAD_LETTERS)
		return;
	struct latest *l = latest_of(d, e);
	buf_reset(&l->value);
	l->partition = e->partition;
	l->gone = !view_is_set(e->value);
	if (!l->gone)
		buf_add_view(&l->value, e->value);
}

static void show_one(struct drive *d, const struct latest *l)
{
	OWN(buf_clear) struct buf json = {0};
	OWN(arena_clear) struct arena arena = {0};
	bool is_row = l->topic == JOIN_ROAS;
	struct roas_row row;
	struct daily_sum sum;
	struct err err;

	if (l->gone)
		return;
	if (is_row) {
		must(wire_read(d->rows, buf_view(&l->value), &arena, &row, &err), &err);
		contract_print_json(contract_roas_row, &row, &json);
		printf("roas\t");
	} else {
		must(wire_read(d->sums, buf_view(&l->value), &arena, &sum, &err), &err);
		contract_print_json(contract_daily_sum, &sum, &json);
		printf("daily\t%" PRId32 "\t", l->partition);
	}
	for (size_t i = 0; i < l->key.n; i++)
		printf("%02x", (unsigned)(uint8_t)l->key.p[i]);
	while (json.n && json.p[json.n - 1] == '\n')
		json.n--;
	printf("\t%.*s\n", (int)json.n, json.p);
}

static int show(struct drive *d, char **fields, struct err *err)
{
	const struct position *at = shard_position(d->shard);

	(void)fields, (void)err;
	for (const struct latest *l = d->latest; l; l = l->next)
		show_one(d, l);
	printf("ok\t%" PRId64 "\t%" PRId64 "\t%" PRId64 "\t%" PRIu64 "\t%" PRIu64 "\n", at->inputs[0].next, at->inputs[1].next,
		at->inputs[2].next, d->emitted[JOIN_ROAS], d->emitted[JOIN_DEAD_LETTERS]);
	return 1;
}

// ---- the shard

static void drop(struct drive *d)
{
	shard_close(&d->shard);
	join_role_free(&d->role);
	rates_free(&d->rates);
	config_free(&d->config);
}

static int open_shard(struct drive *d, char **fields, struct err *err)
{
	static const char *const names[JOIN_TOPICS] = {"credits", "reports", "entities", "roas", "daily", "letters"};
	static const struct restore_options earliest = {RESTORE_EARLIEST, 0};
	struct restore_progress progress;

	if (config_load(fields[1], NULL, 0, &d->config, err) != 0 || rates_load(d->config->roas_join.rates_file, &d->rates, err) != 0 ||
		join_role_new(d->config, d->rates, NULL, &d->role, err) != 0)
		return -1;
	const struct shard_options options = {.processor = roas_join_processor(),
		.role_state = d->role,
		.partition = 3,
		.partitions = PARTITIONS,
		.store = {.directory = d->directory, .budget = d->budget},
		.settle_every = 50,
		.max_record = d->config->max_record,
		.topic_names = names,
		.interleave_seed = strtoull(fields[2], NULL, 10)};
	if (shard_open(&options, &d->shard, err) != 0)
		return -1;
	bus_memory_rewind(d->bus);
	if (restore_shard(d->shard, d->bus, &earliest, &progress, err) == 0)
		return 0;
	drop(d);
	return -1;
}

static int close_shard(struct drive *d, char **fields, struct err *err)
{
	(void)fields;
	if (!d->shard)
		return 0;
	int failed = d->bus->ops->abort(d->bus, err);
	drop(d);
	return failed;
}

static int put(struct drive *d, char **fields, struct err *err)
{
	OWN(buf_clear) struct buf key = {0};
	OWN(buf_clear) struct buf value = {0};
	OWN(arena_clear) struct arena arena = {0};
	int input = fields[1][0] - '0';
	_Alignas(16) char record[1024];

	for (const char *p = fields[2]; p[0] && p[1]; p += 2)
		buf_add_byte(&key, (uint8_t)(bytes_hex_digit(p[0]) << 4 | bytes_hex_digit(p[1])));
	if (fields[3]) {
		if (contract_parse_json(contract_of(input), view_text(fields[3]), &arena, record, err) != 0)
			return -1;
		wire_write(&d->headers[input], contract_of(input), record, &value);
	}
	bus_memory_put(d->bus, input, 1000, buf_view(&key), fields[3] ? buf_view(&value) : VIEW_ABSENT);
	return 0;
}

static int work(struct drive *d, char **fields, struct err *err)
{
	size_t did = 0;

	if (shard_work(d->shard, d->bus, strtoull(fields[1], NULL, 10), &did, err) != 0)
		return -1;
	printf("ok\t%zu\t%d\n", did, shard_is_idle(d->shard));
	return 1;
}

static int commit_bus(struct drive *d, struct err *err)
{
	struct bus_offset offsets[POSITION_INPUTS];
	size_t n = 0;

	shard_offsets(d->shard, offsets, &n);
	return d->bus->ops->commit(d->bus, offsets, n, err);
}

static int commit(struct drive *d, char **fields, struct err *err)
{
	(void)fields;
	return commit_bus(d, err) != 0 ? -1 : shard_committed(d->shard, d->bus, err);
}

static int commit_lost(struct drive *d, char **fields, struct err *err)
{
	(void)fields;
	int failed = commit_bus(d, err);
	drop(d);
	return failed;
}

static int abort_all(struct drive *d, char **fields, struct err *err)
{
	(void)fields;
	return d->bus->ops->abort(d->bus, err) != 0 ? -1 : shard_aborted(d->shard, d->bus, err);
}

static int flush(struct drive *d, char **fields, struct err *err)
{
	(void)fields;
	return store_flush(shard_store(d->shard), err);
}

static const struct {
	const char *word;
	int (*run)(struct drive *d, char **fields, struct err *err); // 1: has answered
} commands[] = {{"open", open_shard}, {"put", put}, {"work", work}, {"commit", commit}, {"commit_lost", commit_lost}, {"abort", abort_all},
	{"flush", flush}, {"close", close_shard}, {"show", show}};

static void obey(struct drive *d, char *line)
{
	char *fields[FIELDS] = {NULL}, *rest = line;
	struct err err = {.class = ERR_NONE};

	for (int i = 0; i < FIELDS && rest; i++)
		fields[i] = strsep(&rest, "\t");
	for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
		if (strcmp(fields[0], commands[i].word) != 0)
			continue;
		int answer = commands[i].run(d, fields, &err);
		if (answer < 0)
			printf("error\t%s\t%s\n", err.code, err.words);
		else if (answer == 0)
			printf("ok\n");
		fflush(stdout);
		return;
	}
	printf("error\tunknown\t%s\n", fields[0]);
	fflush(stdout);
}

int main(int argc, char **argv)
{
	struct drive d = {.directory = argc > 1 ? argv[1] : "."};
	OWN(own_free) char *line = NULL;
	size_t room = 0;
	struct err err;

	must(contract_setup(&err), &err);
	must(budget_new(BUDGET, 1, 0, &d.budget, &err), &err);
	for (int i = 0; i < JOIN_INPUTS; i++)
		must(wire_header_for(contract_of(i), NULL, "t", &d.headers[i], &err), &err);
	d.rows = wire_reader_new(contract_roas_row, WIRE_AVRO, NULL);
	d.sums = wire_reader_new(contract_daily_sum, WIRE_AVRO, NULL);
	d.bus = bus_memory_new(&(struct bus_memory_options){.topic_count = JOIN_TOPICS,
		.input_count = JOIN_INPUTS,
		.committed = committed,
		.context = &d,
		.keep_outputs = true});
	for (ssize_t n = getline(&line, &room, stdin); n > 0; n = getline(&line, &room, stdin)) {
		if (line[n - 1] == '\n')
			line[n - 1] = '\0';
		obey(&d, line);
	}
	drop(&d);
	wire_reader_free(&d.rows);
	wire_reader_free(&d.sums);
	bus_memory_free(&d.bus);
	budget_free(&d.budget);
	while (d.latest) {
		struct latest *next = d.latest->next;

		buf_clear(&d.latest->key);
		buf_clear(&d.latest->value);
		free(d.latest);
		d.latest = next;
	}
	return 0;
}
