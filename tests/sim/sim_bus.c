// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_bus.h"

#include <inttypes.h>
#include <stdlib.h>

#include "tests/sim/sim_report.h"

enum { LENT_MOST = 1000, IN_VAIN_MOST = 10 };

struct lent {
	void *blocks[LENT_MOST];
	size_t count;
};

struct sim_lane {
	int64_t at;
	struct lent lent;
};

struct sim_bus {
	struct bus bus;
	struct sim_bus_options options;
	int64_t generation;
	bool crashed;
	struct sim_txn *txn;
	struct sim_lane lanes[POSITION_INPUTS][SIM_PARTITIONS];
	int64_t sent_next[SIM_PARTITIONS], reported_next[SIM_PARTITIONS];
};

struct bus_reader {
	struct sim_bus *bus;
	int topic;
	int32_t partition;
	int64_t at, to;
	int in_vain; // calls in a row that gave nothing though nothing was in the way
	struct lent lent;
};

static struct sim_bus *of(struct bus *bus)
{
	return (struct sim_bus *)bus;
}

// ---- faults

static int crashed(struct err *err)
{
	return err_set(err, ERR_FATAL, "sim_crash", "the process is gone");
}

static int check_alive(struct sim_bus *b, struct err *err)
{
	if (!b->crashed && sim_random_hits(b->options.random, b->options.faults->crash))
		b->crashed = true;
	return b->crashed ? crashed(err) : 0;
}

static int may_retry(struct sim_bus *b, struct err *err)
{
	if (check_alive(b, err) != 0)
		return -1;
	if (sim_random_hits(b->options.random, b->options.faults->retry))
		return err_set(err, ERR_RETRY, "sim_retry", "the broker does not answer");
	return 0;
}

static int may_abort(struct sim_bus *b, struct err *err)
{
	if (check_alive(b, err) != 0)
		return -1;
	if (sim_random_hits(b->options.random, b->options.faults->abort))
		return err_set(err, ERR_ABORT, "sim_abort", "the transaction is lost");
	return 0;
}

// ---- lending

static void lend(struct lent *lent, const struct sim_entry *e, struct record *out)
{
	char *block = malloc(e->key.n + e->value.n + 1);

	if (!block)
		err_out_of_memory();
	CHECK(lent->count < LENT_MOST);
	lent->blocks[lent->count++] = block;
	if (e->key.n)
		memcpy(block, e->key.p, e->key.n);
	if (e->value.n)
		memcpy(block + e->key.n, e->value.p, e->value.n);
	out->timestamp = e->timestamp;
	out->key = e->key.p ? view_of(block, e->key.n) : VIEW_ABSENT;
	out->value = e->value.p ? view_of(block + e->key.n, e->value.n) : VIEW_ABSENT;
}

static void take_back(struct lent *lent)
{
	for (size_t i = 0; i < lent->count; i++)
		free(lent->blocks[i]);
	lent->count = 0;
}

// ---- fetching

static void fetch_some(struct sim_bus *b, int input, int32_t partition, struct record *out, size_t room, size_t *count)
{
	struct sim_lane *lane = &b->lanes[input][partition];
	struct sim_kafka *k = b->options.kafka;

	while (*count < room && lane->at < sim_kafka_high(k, input, partition)) {
		struct sim_entry *e = sim_kafka_at(k, input, partition, lane->at);

		if (sim_kafka_is_visible(e)) {
			out[*count] = (struct record){.input = input, .partition = partition, .offset = lane->at};
			lend(&lane->lent, e, &out[(*count)++]);
		}
		lane->at++;
	}
}

// ceiling: bus.h sets the signature
static int fetch(struct bus *bus, int input, int32_t partition, struct record *out, size_t room, size_t *count, bool *at_end,
	struct err *err)
{
	struct sim_bus *b = of(bus);
	struct sim_lane *lane = &b->lanes[input][partition];
	const struct sim_faults *faults = b->options.faults;

	*count = 0;
	*at_end = false;
	CHECK(lane->lent.count == 0);
	if (may_retry(b, err) != 0 || may_abort(b, err) != 0)
		return -1;
	if (lane->at < b->options.kafka->logs[input][partition].low)
		return err_set(err, ERR_FATAL, "offset_gone", "retention has passed the position of this run");
	if (sim_random_hits(b->options.random, faults->few))
		room = (size_t)sim_random_below(b->options.random, 4);
	fetch_some(b, input, partition, out, room < LENT_MOST ? room : LENT_MOST, count);
	*at_end = lane->at == sim_kafka_high(b->options.kafka, input, partition) && !sim_random_hits(b->options.random, faults->late_end);
	return 0;
}

static void release(struct bus *bus, struct record *records, size_t count)
{
	struct lent *lent = &of(bus)->lanes[records[0].input][records[0].partition].lent;

	CHECK(lent->count == count);
	take_back(lent);
}

static int seek(struct bus *bus, int input, int32_t partition, int64_t offset, struct err *err)
{
	struct sim_bus *b = of(bus);

	if (check_alive(b, err) != 0)
		return -1;
	CHECK(offset >= 0);
	take_back(&b->lanes[input][partition].lent);
	b->lanes[input][partition].at = offset;
	return 0;
}

static size_t headers(struct bus *bus, const struct record *record, struct header *out, size_t room)
{
	if (record->offset < 0)
		return 0; // taken before, and refused now: its place is not known any more
	const struct sim_entry *e = sim_kafka_at(of(bus)->options.kafka, record->input, record->partition, record->offset);
	size_t n = e->header_count < room ? e->header_count : room;

	memcpy(out, e->headers, n * sizeof *out);
	return n;
}

// ---- the transaction

static int begin(struct bus *bus, struct err *err)
{
	struct sim_bus *b = of(bus);

	if (may_retry(b, err) != 0)
		return -1;
	if (!b->txn)
		b->txn = sim_kafka_begin(b->options.kafka, b->options.owner);
	return 0;
}

static int check_epoch(const struct sim_bus *b, struct err *err)
{
	if (b->txn->state == SIM_TXN_OPEN)
		return 0;
	return err_set(err, ERR_ABORT, "sim_fenced", "the transaction timed out");
}

static size_t size_of(const struct emission *e)
{
	size_t size = e->key.n + e->value.n;

	for (size_t i = 0; i < e->header_count; i++)
		size += e->headers[i].name.n + e->headers[i].value.n;
	return size;
}

static void note_sent(struct sim_bus *b, struct sim_place place)
{
	if (place.topic != b->options.restore_topic)
		return;
	b->sent_next[place.partition] = place.offset + 1;
	if (!sim_random_hits(b->options.random, b->options.faults->no_report))
		b->reported_next[place.partition] = place.offset + 1;
}

static int send(struct bus *bus, const struct emission *e, struct err *err)
{
	struct sim_bus *b = of(bus);
	size_t limit = b->options.topic_limits[e->topic];

	if (may_abort(b, err) != 0)
		return -1;
	CHECK(b->txn);
	if (check_epoch(b, err) != 0)
		return -1;
	if (limit && size_of(e) > limit)
		return err_set(err, ERR_POISON, "too_large", "%zu bytes, the topic takes %zu", size_of(e), limit);
	note_sent(b, sim_kafka_send(b->options.kafka, b->txn, e));
	return 0;
}

// FATAL, and only the cluster knows. 0: open still, 1: decided, 2: done.
static int leave_in_doubt(struct sim_bus *b, struct err *err)
{
	switch (sim_random_below(b->options.random, 3)) {
	case 0:
		break;
	case 1:
		b->txn->state = SIM_TXN_PREPARED;
		break;
	default:
		sim_kafka_commit(b->options.kafka, b->txn);
	}
	b->txn = NULL;
	b->crashed = true;
	return err_set(err, ERR_FATAL, "sim_in_doubt", "commit in doubt");
}

static void end_transaction(struct sim_bus *b)
{
	b->txn = NULL;
	for (int32_t p = 0; p < b->options.kafka->partitions; p++)
		if (!sim_random_hits(b->options.random, b->options.faults->no_report))
			b->reported_next[p] = b->sent_next[p];
}

static int commit(struct bus *bus, const struct bus_offset *offsets, size_t count, struct err *err)
{
	struct sim_bus *b = of(bus);
	struct sim_kafka *k = b->options.kafka;

	CHECK(b->txn);
	if (may_abort(b, err) != 0 || check_epoch(b, err) != 0)
		return -1;
	if (b->generation != k->generation)
		return err_set(err, ERR_ABORT, "sim_generation", "the group went on without this worker");
	for (size_t i = 0; i < count; i++)
		sim_kafka_add_offset(k, b->txn, &offsets[i]);
	if (sim_random_hits(b->options.random, b->options.faults->in_doubt))
		return leave_in_doubt(b, err);
	if (check_alive(b, err) != 0)
		return -1;
	sim_kafka_commit(k, b->txn);
	end_transaction(b);
	return check_alive(b, err); // gone between Kafka's commit and the store's
}

static int abort_transaction(struct bus *bus, struct err *err)
{
	struct sim_bus *b = of(bus);

	if (check_alive(b, err) != 0)
		return -1;
	if (b->txn && b->txn->state == SIM_TXN_OPEN)
		sim_kafka_abort(b->options.kafka, b->txn);
	if (b->txn)
		end_transaction(b);
	return 0;
}

static int64_t output_next(struct bus *bus, int topic, int32_t partition)
{
	return topic == of(bus)->options.restore_topic ? of(bus)->reported_next[partition] : -1;
}

// ---- recovery

// Somebody else's transaction ends when its time is up, not when we ask: sometimes this call is too early.
static bool wait_for(struct sim_bus *b, struct sim_txn *txn)
{
	if (sim_random_hits(b->options.random, 500))
		return false;
	sim_kafka_decide(b->options.kafka, txn);
	return true;
}

static int committed(struct bus *bus, int32_t partition, struct bus_offset *out, struct arena *arena, struct err *err)
{
	struct sim_bus *b = of(bus);
	struct sim_txn *pending;

	if (may_retry(b, err) != 0)
		return -1;
	while ((pending = sim_kafka_pending(b->options.kafka, partition)))
		if (!wait_for(b, pending))
			return err_set(err, ERR_RETRY, "sim_pending", "an open transaction touches these offsets");
	for (int i = 0; i < b->options.kafka->inputs; i++) {
		const struct sim_commit *c = &b->options.kafka->commits[partition][i];

		out[i] = (struct bus_offset){i, partition, c->next, c->next < 0 ? VIEW_ABSENT : arena_dup(arena, c->metadata)};
	}
	return 0;
}

static int bounds(struct bus *bus, int topic, int32_t partition, int64_t *low, int64_t *high, struct err *err)
{
	struct sim_bus *b = of(bus);

	if (may_retry(b, err) != 0)
		return -1;
	*low = b->options.kafka->logs[topic][partition].low;
	*high = sim_kafka_high(b->options.kafka, topic, partition);
	return 0;
}

static int offset_at(struct bus *bus, int topic, int32_t partition, int64_t time, int64_t *offset, struct err *err)
{
	struct sim_bus *b = of(bus);
	int64_t at = b->options.kafka->logs[topic][partition].low, high = sim_kafka_high(b->options.kafka, topic, partition);

	if (may_retry(b, err) != 0)
		return -1;
	for (; at < high; at++) {
		const struct sim_entry *e = sim_kafka_at(b->options.kafka, topic, partition, at);

		if (sim_kafka_is_visible(e) && e->timestamp >= time)
			break;
	}
	*offset = at;
	return 0;
}

// ceiling: bus.h sets the signature
static int reader_open(struct bus *bus, int topic, int32_t partition, int64_t from, int64_t to, struct bus_reader **out, struct err *err)
{
	struct sim_bus *b = of(bus);
	struct bus_reader *r;

	if (may_retry(b, err) != 0)
		return -1;
	r = calloc(1, sizeof *r);
	if (!r)
		err_out_of_memory();
	r->bus = b;
	r->topic = topic;
	r->partition = partition;
	r->at = from;
	r->to = to;
	*out = r;
	return 0;
}

static void read_some(struct bus_reader *r, struct record *out, size_t room, size_t *count)
{
	struct sim_kafka *k = r->bus->options.kafka;
	int64_t stable = sim_kafka_stable(k, r->topic, r->partition), end = stable < r->to ? stable : r->to;

	for (; *count < room && r->at < end; r->at++) {
		struct sim_entry *e = sim_kafka_at(k, r->topic, r->partition, r->at);

		if (!sim_kafka_is_visible(e))
			continue;
		out[*count] = (struct record){.input = r->topic, .partition = r->partition, .offset = r->at};
		lend(&r->lent, e, &out[(*count)++]);
	}
}

static int reader_next(struct bus_reader *r, struct record *out, size_t room, size_t *count, bool *done, struct err *err)
{
	struct sim_bus *b = r->bus;

	take_back(&r->lent);
	*count = 0;
	*done = false;
	if (may_retry(b, err) != 0)
		return -1;
	if (r->at < b->options.kafka->logs[r->topic][r->partition].low)
		return err_set(err, ERR_RETRY, "sim_out_of_range", "retention has passed the reader");
	if (sim_random_hits(b->options.random, b->options.faults->few))
		room = 1 + (size_t)sim_random_below(b->options.random, 4);
	read_some(r, out, room < LENT_MOST ? room : LENT_MOST, count);
	*done = r->at >= r->to;
	struct sim_txn *blocking = *done ? NULL : sim_kafka_blocking(b->options.kafka, r->topic, r->partition, r->at);
	r->in_vain = *count || *done || blocking ? 0 : r->in_vain + 1;
	if (r->in_vain > IN_VAIN_MOST)
		sim_report_fail("a reader of topic %d waits for offset %" PRId64 ", which will not come", r->topic, r->to);
	if (blocking)
		wait_for(b, blocking);
	return 0;
}

static void reader_close(struct bus_reader **reader)
{
	take_back(&(*reader)->lent);
	free(*reader);
	*reader = NULL;
}

static const struct bus_ops sim_ops = {
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

// ---- life

struct sim_bus *sim_bus_new(const struct sim_bus_options *options)
{
	struct sim_bus *b = calloc(1, sizeof *b);

	if (!b)
		err_out_of_memory();
	b->bus.ops = &sim_ops;
	b->options = *options;
	for (int32_t p = 0; p < SIM_PARTITIONS; p++)
		b->sent_next[p] = b->reported_next[p] = -1;
	sim_kafka_decide_all(options->kafka, options->owner);
	sim_bus_join(b);
	return b;
}

void sim_bus_free(struct sim_bus **bus)
{
	struct sim_bus *b = *bus;

	if (!b)
		return;
	for (int i = 0; i < POSITION_INPUTS; i++)
		for (int32_t p = 0; p < SIM_PARTITIONS; p++)
			take_back(&b->lanes[i][p].lent);
	free(b);
	*bus = NULL;
}

struct bus *sim_bus_of(struct sim_bus *bus)
{
	return bus ? &bus->bus : NULL;
}

bool sim_bus_has_crashed(const struct sim_bus *bus)
{
	return bus->crashed;
}

bool sim_bus_in_transaction(const struct sim_bus *bus)
{
	return bus->txn != NULL;
}

void sim_bus_join(struct sim_bus *bus)
{
	bus->generation = bus->options.kafka->generation;
}
