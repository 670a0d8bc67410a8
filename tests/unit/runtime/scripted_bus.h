// SPDX-License-Identifier: Apache-2.0
// A log in memory whose every answer a test can bend: what it holds, where it begins and ends, and which call fails next. For the tests of shard, restore and
// dead letters.
#pragma once
#include <stdlib.h>

#include "base/arena.h"
#include "runtime/bus.h"

enum { SCRIPTED_TOPICS = 4, SCRIPTED_ENTRIES = 256, SCRIPTED_ANY = -1 };

struct scripted_entry {
	int64_t timestamp;
	struct view key, value;
	bool aborted; // takes an offset, is no record
};

struct scripted_sent {
	int topic;
	int32_t partition;
	struct view key, value;
	struct header headers[80];
	size_t header_count;
	bool committed;
};

struct scripted_commit {
	int64_t next;
	struct view metadata;
};

struct scripted_bus {
	struct bus bus;
	int inputs;
	struct scripted_entry entries[SCRIPTED_TOPICS][SCRIPTED_ENTRIES];
	int64_t low[SCRIPTED_TOPICS], high[SCRIPTED_TOPICS];
	int64_t shown[SCRIPTED_TOPICS]; // fetches see so many; the rest is still on its way
	bool hides_end[SCRIPTED_TOPICS];
	int64_t at[SCRIPTED_TOPICS];
	struct scripted_commit commits[POSITION_INPUTS];
	struct scripted_sent sent[SCRIPTED_ENTRIES];
	size_t sent_count, pending_from;
	int64_t reported_next;          // of outputs
	size_t limits[SCRIPTED_TOPICS]; // of key, value and headers; 0: none
	struct header headers[80];      // of every record
	size_t header_count;
	// The n-th call from now fails so; 0: none does.
	int fail_fetch, fail_send, fail_read, fail_seek;
	enum err_class fail_class;
	int fetches, seeks, reads, begins, aborts;
	size_t most_read; // records a reader gives at once; 0: all
	struct arena arena;
};

static inline struct scripted_bus *scripted_of(struct bus *bus)
{
	return (struct scripted_bus *)bus;
}

static inline int scripted_fails(struct scripted_bus *b, int *countdown, struct err *err)
{
	if (*countdown == 0 || --*countdown > 0)
		return 0;
	return err_set(err, b->fail_class, "scripted", "the script says so");
}

static inline void scripted_record(const struct scripted_bus *b, int topic, int64_t offset, struct record *out)
{
	const struct scripted_entry *e = &b->entries[topic][offset];

	*out = (struct record){.input = topic, .offset = offset, .timestamp = e->timestamp, .key = e->key, .value = e->value};
}

// ceiling: bus.h sets the signature
static inline int scripted_fetch(struct bus *bus, int input, int32_t partition, struct record *out, size_t room, size_t *count,
	bool *at_end, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	(void)partition;
	*count = 0;
	b->fetches++;
	if (scripted_fails(b, &b->fail_fetch, err) != 0)
		return -1;
	for (; *count < room && b->at[input] < b->shown[input]; b->at[input]++)
		if (!b->entries[input][b->at[input]].aborted)
			scripted_record(b, input, b->at[input], &out[(*count)++]);
	*at_end = b->at[input] == b->high[input] && !b->hides_end[input];
	return 0;
}

static inline void scripted_release(struct bus *bus, struct record *records, size_t count)
{
	(void)bus, (void)records, (void)count;
}

static inline int scripted_seek(struct bus *bus, int input, int32_t partition, int64_t offset, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	(void)partition;
	b->seeks++;
	if (scripted_fails(b, &b->fail_seek, err) != 0)
		return -1;
	b->at[input] = offset;
	return 0;
}

static inline size_t scripted_headers(struct bus *bus, const struct record *record, struct header *out, size_t room)
{
	struct scripted_bus *b = scripted_of(bus);
	size_t n = b->header_count < room ? b->header_count : room;

	(void)record;
	memcpy(out, b->headers, n * sizeof *out);
	return n;
}

static inline int scripted_begin(struct bus *bus, struct err *err)
{
	(void)err;
	scripted_of(bus)->begins++;
	return 0;
}

static inline size_t scripted_size(const struct emission *e)
{
	size_t size = e->key.n + e->value.n;

	for (size_t i = 0; i < e->header_count; i++)
		size += e->headers[i].name.n + e->headers[i].value.n;
	return size;
}

static inline int scripted_send(struct bus *bus, const struct emission *e, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	if (scripted_fails(b, &b->fail_send, err) != 0)
		return -1;
	if (b->limits[e->topic] && scripted_size(e) > b->limits[e->topic])
		return err_set(err, ERR_POISON, "too_large", "over the limit");
	struct scripted_sent *s = &b->sent[b->sent_count++];
	*s = (struct scripted_sent){.topic = e->topic,
		.partition = e->partition,
		.key = arena_dup(&b->arena, e->key),
		.value = arena_dup(&b->arena, e->value),
		.header_count = e->header_count};
	for (size_t i = 0; i < e->header_count; i++)
		s->headers[i] = (struct header){arena_dup(&b->arena, e->headers[i].name), arena_dup(&b->arena, e->headers[i].value)};
	return 0;
}

static inline void scripted_put(struct scripted_bus *b, int topic, int64_t timestamp, const char *key, const char *value);

static inline int scripted_commit(struct bus *bus, const struct bus_offset *offsets, size_t count, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	(void)err;
	for (size_t i = 0; i < count; i++)
		b->commits[offsets[i].input] = (struct scripted_commit){offsets[i].next, arena_dup(&b->arena, offsets[i].metadata)};
	for (; b->pending_from < b->sent_count; b->pending_from++) {
		struct scripted_sent *s = &b->sent[b->pending_from];

		s->committed = true;
		b->entries[s->topic][b->high[s->topic]++] = (struct scripted_entry){.timestamp = -1, .key = s->key, .value = s->value};
	}
	return 0;
}

static inline int scripted_abort(struct bus *bus, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	(void)err;
	b->aborts++;
	for (; b->pending_from < b->sent_count; b->pending_from++)
		b->entries[b->sent[b->pending_from].topic][b->high[b->sent[b->pending_from].topic]++].aborted = true;
	return 0;
}

static inline int64_t scripted_output_next(struct bus *bus, int topic, int32_t partition)
{
	(void)topic, (void)partition;
	return scripted_of(bus)->reported_next;
}

static inline int scripted_committed(struct bus *bus, int32_t partition, struct bus_offset *out, struct arena *arena, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	(void)err;
	for (int i = 0; i < b->inputs; i++)
		out[i] = (struct bus_offset){i, partition, b->commits[i].next,
			b->commits[i].next < 0 ? VIEW_ABSENT : arena_dup(arena, b->commits[i].metadata)};
	return 0;
}

static inline int scripted_bounds(struct bus *bus, int topic, int32_t partition, int64_t *low, int64_t *high, struct err *err)
{
	(void)partition, (void)err;
	*low = scripted_of(bus)->low[topic];
	*high = scripted_of(bus)->high[topic];
	return 0;
}

static inline int scripted_offset_at(struct bus *bus, int topic, int32_t partition, int64_t time, int64_t *offset, struct err *err)
{
	struct scripted_bus *b = scripted_of(bus);

	(void)partition, (void)err;
	*offset = b->low[topic];
	while (*offset < b->high[topic] && b->entries[topic][*offset].timestamp < time)
		++*offset;
	return 0;
}

struct bus_reader {
	struct scripted_bus *bus;
	int topic;
	int64_t at, to;
};

// ceiling: bus.h sets the signature
static inline int scripted_reader_open(struct bus *bus, int topic, int32_t partition, int64_t from, int64_t to, struct bus_reader **out,
	struct err *err)
{
	struct bus_reader *r = malloc(sizeof *r);

	(void)partition, (void)err;
	if (!r)
		err_out_of_memory();
	*r = (struct bus_reader){scripted_of(bus), topic, from, to};
	*out = r;
	return 0;
}

static inline int scripted_reader_next(struct bus_reader *r, struct record *out, size_t room, size_t *count, bool *done, struct err *err)
{
	struct scripted_bus *b = r->bus;
	size_t most = b->most_read && b->most_read < room ? b->most_read : room;

	*count = 0;
	CHECK(r->to <= b->high[r->topic]); // or it would wait for ever
	if (scripted_fails(b, &b->fail_read, err) != 0)
		return -1;
	for (; *count < most && r->at < r->to; r->at++)
		if (!b->entries[r->topic][r->at].aborted)
			scripted_record(b, r->topic, r->at, &out[(*count)++]);
	b->reads += (int)*count;
	*done = r->at >= r->to;
	return 0;
}

static inline void scripted_reader_close(struct bus_reader **reader)
{
	free(*reader);
	*reader = NULL;
}

static inline void scripted_put(struct scripted_bus *b, int topic, int64_t timestamp, const char *key, const char *value)
{
	CHECK(b->high[topic] < SCRIPTED_ENTRIES);
	b->entries[topic][b->high[topic]++] = (struct scripted_entry){.timestamp = timestamp, .key = view_text(key), .value = view_text(value)};
	b->shown[topic] = b->high[topic];
}

static inline void scripted_init(struct scripted_bus *b, int inputs)
{
	static const struct bus_ops ops = {
		.fetch = scripted_fetch,
		.release = scripted_release,
		.seek = scripted_seek,
		.headers = scripted_headers,
		.begin = scripted_begin,
		.send = scripted_send,
		.commit = scripted_commit,
		.abort = scripted_abort,
		.output_next = scripted_output_next,
		.committed = scripted_committed,
		.bounds = scripted_bounds,
		.offset_at = scripted_offset_at,
		.reader_open = scripted_reader_open,
		.reader_next = scripted_reader_next,
		.reader_close = scripted_reader_close,
	};

	memset(b, 0, sizeof *b);
	b->bus.ops = &ops;
	b->inputs = inputs;
	b->reported_next = -1;
	for (int i = 0; i < POSITION_INPUTS; i++)
		b->commits[i].next = -1;
}
