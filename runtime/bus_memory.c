// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus_memory.h"

#include <stdlib.h>

#include "base/arena.h"

struct entry {
	bool gap; // takes an offset, is no record
	int64_t timestamp;
	struct view key, value;
	int32_t topic; // of a pending emission
	int32_t partition;
	struct header *headers;
	size_t header_count;
};

struct log {
	struct entry *entries;
	size_t count, room;
};

struct commit {
	int64_t next; // -1: none
	struct buf metadata;
};

struct bus_memory {
	struct bus bus;
	struct bus_memory_options options;
	struct log *topics;
	struct log pending; // emissions of the open transaction
	struct commit commits[POSITION_INPUTS];
	int64_t fetched[POSITION_INPUTS];
	struct arena arena;         // what the topics hold
	struct arena pending_arena; // what the transaction holds
};

struct bus_reader {
	struct bus_memory *bus;
	int topic;
	int64_t at, to;
};

static struct bus_memory *of(struct bus *bus)
{
	return (struct bus_memory *)bus;
}

static struct entry *log_add(struct log *log)
{
	if (log->count == log->room) {
		log->room = log->room ? log->room * 2 : 64;
		log->entries = realloc(log->entries, log->room * sizeof *log->entries);
		if (!log->entries)
			err_out_of_memory();
	}
	return memset(&log->entries[log->count++], 0, sizeof *log->entries);
}

static void fill_record(struct record *out, int topic, int64_t offset, struct entry *e)
{
	*out = (struct record){.input = topic, .offset = offset, .timestamp = e->timestamp, .key = e->key, .value = e->value, .raw = e};
}

// ceiling: bus.h sets the signature
static int fetch(struct bus *bus, int input, int32_t partition, struct record *out, size_t room, size_t *count, bool *at_end,
	struct err *err)
{
	struct bus_memory *b = of(bus);
	struct log *log = &b->topics[input];
	int64_t *at = &b->fetched[input];

	(void)partition, (void)err;
	for (*count = 0; *count < room && *at < (int64_t)log->count; ++*at)
		if (!log->entries[*at].gap)
			fill_record(&out[(*count)++], input, *at, &log->entries[*at]);
	*at_end = *at == (int64_t)log->count;
	return 0;
}

static void release(struct bus *bus, struct record *records, size_t count)
{
	(void)bus, (void)records, (void)count;
}

static int seek(struct bus *bus, int input, int32_t partition, int64_t offset, struct err *err)
{
	(void)partition, (void)err;
	of(bus)->fetched[input] = offset;
	return 0;
}

static size_t headers(struct bus *bus, const struct record *record, struct header *out, size_t room)
{
	(void)bus, (void)record, (void)out, (void)room;
	return 0;
}

static int begin(struct bus *bus, struct err *err)
{
	(void)bus, (void)err;
	return 0;
}

static int send(struct bus *bus, const struct emission *emission, struct err *err)
{
	struct bus_memory *b = of(bus);
	struct arena *arena = &b->pending_arena;
	struct entry *e = log_add(&b->pending);

	(void)err;
	e->topic = emission->topic;
	e->partition = emission->partition;
	e->timestamp = -1;
	e->key = arena_dup(arena, emission->key);
	e->value = arena_dup(arena, emission->value);
	e->header_count = emission->header_count;
	e->headers = arena_take(arena, emission->header_count * sizeof *e->headers);
	for (size_t i = 0; i < emission->header_count; i++)
		e->headers[i] = (struct header){arena_dup(arena, emission->headers[i].name), arena_dup(arena, emission->headers[i].value)};
	return 0;
}

static void publish(struct bus_memory *b, const struct entry *e)
{
	struct emission out = {.topic = e->topic,
		.partition = e->partition,
		.key = e->key,
		.value = e->value,
		.headers = e->headers,
		.header_count = e->header_count};

	if (b->options.committed)
		b->options.committed(b->options.context, &out);
	if (!b->options.keep_outputs)
		return;
	struct entry *kept = log_add(&b->topics[e->topic]);
	kept->timestamp = -1;
	kept->key = arena_dup(&b->arena, e->key);
	kept->value = arena_dup(&b->arena, e->value);
}

static void drop_pending(struct bus_memory *b)
{
	b->pending.count = 0;
	arena_reset(&b->pending_arena);
}

static int commit(struct bus *bus, const struct bus_offset *offsets, size_t count, struct err *err)
{
	struct bus_memory *b = of(bus);

	(void)err;
	for (size_t i = 0; i < b->pending.count; i++)
		publish(b, &b->pending.entries[i]);
	drop_pending(b);
	for (size_t i = 0; i < count; i++) {
		struct commit *c = &b->commits[offsets[i].input];

		c->next = offsets[i].next;
		buf_reset(&c->metadata);
		buf_add_view(&c->metadata, offsets[i].metadata);
	}
	return 0;
}

static int abort_transaction(struct bus *bus, struct err *err)
{
	(void)err;
	drop_pending(of(bus));
	return 0;
}

static int64_t output_next(struct bus *bus, int topic, int32_t partition)
{
	(void)partition;
	return (int64_t)of(bus)->topics[topic].count;
}

static int committed(struct bus *bus, int32_t partition, struct bus_offset *out, struct arena *arena, struct err *err)
{
	struct bus_memory *b = of(bus);

	(void)err;
	for (int i = 0; i < b->options.input_count; i++) {
		const struct commit *c = &b->commits[i];
		struct view metadata = c->next < 0 ? VIEW_ABSENT : arena_dup(arena, buf_view(&c->metadata));

		out[i] = (struct bus_offset){i, partition, c->next, metadata};
	}
	return 0;
}

static int bounds(struct bus *bus, int topic, int32_t partition, int64_t *low, int64_t *high, struct err *err)
{
	(void)partition, (void)err;
	*low = 0;
	*high = (int64_t)of(bus)->topics[topic].count;
	return 0;
}

static bool is_older(const struct entry *e, int64_t time)
{
	return e->gap || (e->timestamp >= 0 && e->timestamp < time);
}

static int offset_at(struct bus *bus, int topic, int32_t partition, int64_t time, int64_t *offset, struct err *err)
{
	const struct log *log = &of(bus)->topics[topic];

	(void)partition, (void)err;
	*offset = 0;
	while (*offset < (int64_t)log->count && is_older(&log->entries[*offset], time))
		++*offset;
	return 0;
}

// ceiling: bus.h sets the signature
static int reader_open(struct bus *bus, int topic, int32_t partition, int64_t from, int64_t to, struct bus_reader **out, struct err *err)
{
	struct bus_reader *r = malloc(sizeof *r);

	(void)partition, (void)err;
	if (!r)
		err_out_of_memory();
	*r = (struct bus_reader){of(bus), topic, from, to};
	*out = r;
	return 0;
}

static int reader_next(struct bus_reader *r, struct record *out, size_t room, size_t *count, bool *done, struct err *err)
{
	struct log *log = &r->bus->topics[r->topic];

	(void)err;
	for (*count = 0; *count < room && r->at < r->to && r->at < (int64_t)log->count; r->at++)
		if (!log->entries[r->at].gap)
			fill_record(&out[(*count)++], r->topic, r->at, &log->entries[r->at]);
	*done = r->at >= r->to || r->at >= (int64_t)log->count;
	return 0;
}

static void reader_close(struct bus_reader **reader)
{
	free(*reader);
	*reader = NULL;
}

static const struct bus_ops memory_ops = {
	.fetch = fetch,
	.release = release,
	.seek = seek,
	.headers = headers,
	.begin = begin,
	.send = send,
	.commit = commit,
	.abort = abort_transaction,
	.output_next = output_next,
	.committed = committed,
	.bounds = bounds,
	.offset_at = offset_at,
	.reader_open = reader_open,
	.reader_next = reader_next,
	.reader_close = reader_close,
};

struct bus *bus_memory_new(const struct bus_memory_options *options)
{
	struct bus_memory *b = calloc(1, sizeof *b);

	if (!b || !(b->topics = calloc((size_t)options->topic_count, sizeof *b->topics)))
		err_out_of_memory();
	b->bus.ops = &memory_ops;
	b->options = *options;
	for (int i = 0; i < POSITION_INPUTS; i++)
		b->commits[i].next = -1;
	return &b->bus;
}

void bus_memory_free(struct bus **bus)
{
	struct bus_memory *b = *bus ? of(*bus) : NULL;

	if (!b)
		return;
	for (int i = 0; i < b->options.topic_count; i++)
		free(b->topics[i].entries);
	for (int i = 0; i < POSITION_INPUTS; i++)
		buf_clear(&b->commits[i].metadata);
	free(b->topics);
	free(b->pending.entries);
	arena_clear(&b->arena);
	arena_clear(&b->pending_arena);
	free(b);
	*bus = NULL;
}

void bus_memory_put(struct bus *bus, int input, int64_t timestamp, struct view key, struct view value)
{
	struct bus_memory *b = of(bus);
	struct entry *e = log_add(&b->topics[input]);

	e->timestamp = timestamp;
	e->key = arena_dup(&b->arena, key);
	e->value = arena_dup(&b->arena, value);
}

void bus_memory_skip(struct bus *bus, int input)
{
	log_add(&of(bus)->topics[input])->gap = true;
}

void bus_memory_rewind(struct bus *bus)
{
	struct bus_memory *b = of(bus);

	for (int i = 0; i < b->options.input_count; i++)
		b->fetched[i] = b->commits[i].next < 0 ? 0 : b->commits[i].next;
	drop_pending(b);
}
