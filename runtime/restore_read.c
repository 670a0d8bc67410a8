// SPDX-License-Identifier: Apache-2.0
// Records of the log back into the store.
#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/own.h"
#include "runtime/restore_private.h"

enum { BATCH = 1000 };

int restore_read_first(struct restore_plan *r, int topic, int64_t from, int64_t to, struct restore_glimpse *out, struct err *err)
{
	struct bus_reader *reader;
	struct record record;
	size_t n = 0;
	bool done = from >= to;
	int failed = 0;

	*out = (struct restore_glimpse){.found = false};
	if (done)
		return 0;
	if (r->bus->ops->reader_open(r->bus, topic, restore_partition(r), from, to, &reader, err) != 0)
		return -1;
	while (!failed && !done && n == 0)
		failed = r->bus->ops->reader_next(reader, &record, 1, &n, &done, err);
	if (!failed && n == 1)
		*out = (struct restore_glimpse){true, record.offset, record.timestamp, shard_record_hash(&record)};
	r->bus->ops->reader_close(&reader);
	return failed;
}

int restore_read_settle(struct restore_plan *r, struct err *err)
{
	r->unsettled = 0;
	return shard_settle(r->shard, err);
}

static int apply(struct restore_plan *r, int input, const struct record *record, struct arena *arena, struct err *err)
{
	struct shard *s = r->shard;
	struct prepared prepared = {INT64_MIN, NULL, NULL};
	struct err fault = {.class = ERR_NONE};
	bool own_output = input == RESTORE_OUTPUTS;

	if (!own_output && r->processor->outside_inputs >> input & 1 && record->key.n + record->value.n > s->options.max_record)
		return 0;
	if (!own_output)
		r->processor->prepare(s->self, record, arena, &prepared);
	if (prepared.fault)
		fault = *prepared.fault;
	else if (r->processor->restore(s->self, own_output, record, &prepared, &fault) == 0)
		return 0;
	if (fault.class == ERR_POISON && !own_output)
		return 0; // its dead letter was written when it was live
	*err = fault;
	return err_prefix(err, "restoring %s[%" PRId32 "]@%" PRId64, restore_topic(r, record->input), restore_partition(r), record->offset);
}

static void moved(struct restore_plan *r, int input, const struct record *record)
{
	struct position *position = &r->shard->position;

	r->unsettled++;
	if (input == RESTORE_OUTPUTS) {
		position->output_next = record->offset + 1;
		return;
	}
	struct position_input *in = &position->inputs[input];
	in->next = record->offset + 1;
	in->last_offset = record->offset;
	in->last_timestamp = record->timestamp;
	in->last_hash = shard_record_hash(record);
}

static int read_back_batch(struct restore_plan *r, struct bus_reader *reader, int input, struct record *records, bool *done,
	struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	size_t n = 0;

	if (r->bus->ops->reader_next(reader, records, BATCH, &n, done, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		shard_expect(r->shard, records, n, i);
		if (apply(r, input, &records[i], &arena, err) != 0)
			return -1;
		moved(r, input, &records[i]);
		arena_reset(&arena);
	}
	atomic_fetch_add(&r->progress->done, (int64_t)n);
	return r->unsettled >= r->settle_every ? restore_read_settle(r, err) : 0;
}

int restore_read_back(struct restore_plan *r, int input, int64_t from, int64_t to, struct err *err)
{
	int topic = input == RESTORE_OUTPUTS ? r->processor->restore_topic : input;
	struct bus_reader *reader;
	bool done = false;
	int failed = 0;

	if (from >= to)
		return 0;
	OWN(own_free) struct record *records = malloc(BATCH * sizeof *records);
	if (!records)
		err_out_of_memory();
	if (r->bus->ops->reader_open(r->bus, topic, restore_partition(r), from, to, &reader, err) != 0)
		return -1;
	while (!failed && !done)
		failed = read_back_batch(r, reader, input, records, &done, err);
	r->bus->ops->reader_close(&reader);
	return failed;
}
