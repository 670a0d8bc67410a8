// SPDX-License-Identifier: Apache-2.0
// The producer's side: one transaction at a time.
#include <inttypes.h>

#include "base/log.h"
#include "base/now.h"
#include "runtime/bus_kafka_private.h"

enum { MESSAGE_OVERHEAD = 128, HEADER_OVERHEAD = 10, LIMIT_DEFAULT = 1000000, PAUSE_MS = 100 };

// ---- deliveries

static void note_output(struct bus_kafka *b, int32_t partition, int64_t next)
{
	size_t i = (size_t)partition;

	if (i >= b->output_count) {
		b->output_next = realloc(b->output_next, (i + 1) * sizeof *b->output_next);
		if (!b->output_next)
			err_out_of_memory();
		while (b->output_count <= i)
			b->output_next[b->output_count++] = -1;
	}
	if (next > b->output_next[i])
		b->output_next[i] = next;
}

// Inside polls of the producer: the worker's thread. The message's opaque is its topic's index.
void bus_kafka_delivered(rd_kafka_t *client, const rd_kafka_message_t *m, void *opaque)
{
	struct bus_kafka *b = opaque;
	int topic = (int)(intptr_t)m->_private;

	(void)client;
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR) {
		if (topic == b->options.processor->restore_topic)
			note_output(b, m->partition, m->offset + 1);
		return;
	}
	b->failed_deliveries++;
	if (m->err != RD_KAFKA_RESP_ERR__PURGE_QUEUE && m->err != RD_KAFKA_RESP_ERR__PURGE_INFLIGHT)
		log_throttled(LOG_WARN, "delivery_failed", LOG_S("topic", bus_kafka_topic(b, topic)), LOG_I("partition", m->partition),
			LOG_S("code", rd_kafka_err2name(m->err)));
}

int64_t bus_kafka_output_next(struct bus *bus, int topic, int32_t partition)
{
	struct bus_kafka *b = bus_kafka_of(bus);

	rd_kafka_poll(b->producer, 0);
	if (topic != b->options.processor->restore_topic || (size_t)partition >= b->output_count)
		return -1;
	return b->output_next[partition];
}

uint64_t bus_kafka_failed_deliveries(const struct bus *bus)
{
	return ((const struct bus_kafka *)bus)->failed_deliveries;
}

// ---- sending

int bus_kafka_begin(struct bus *bus, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);

	if (b->in_transaction)
		return 0;
	if (kafka_fail(err, rd_kafka_begin_transaction(b->producer), "beginning a transaction") != 0)
		return -1;
	b->in_transaction = true;
	b->unsent = 0;
	return 0;
}

static size_t size_of(const struct emission *e)
{
	size_t size = MESSAGE_OVERHEAD + e->key.n + e->value.n;

	for (size_t i = 0; i < e->header_count; i++)
		size += HEADER_OVERHEAD + e->headers[i].name.n + e->headers[i].value.n;
	return size;
}

// One header at a time, copied by the library: a whole list would be freed twice by librdkafka before 2.12 if the partition does not
// exist (its issue 4627).
static size_t add_headers(const struct emission *e, char *names, rd_kafka_vu_t *out)
{
	for (size_t i = 0; i < e->header_count; i++) {
		const struct header *h = &e->headers[i];

		out[i].vtype = RD_KAFKA_VTYPE_HEADER;
		out[i].u.header.name = memcpy(names, h->name.p, h->name.n);
		out[i].u.header.val = h->value.p;
		out[i].u.header.size = (ssize_t)h->value.n;
		names[h->name.n] = '\0';
		names += h->name.n + 1;
	}
	return e->header_count;
}

static rd_kafka_resp_err_t produce_with_headers(struct bus_kafka *b, const struct emission *e, size_t size)
{
	OWN(own_free) rd_kafka_vu_t *v = calloc(6 + e->header_count, sizeof *v);
	OWN(own_free) char *names = malloc(size);

	if (!v || !names)
		err_out_of_memory();
	v[0].vtype = RD_KAFKA_VTYPE_RKT;
	v[0].u.rkt = b->write_topics[e->topic];
	v[1].vtype = RD_KAFKA_VTYPE_PARTITION;
	v[1].u.i32 = e->partition;
	v[2].vtype = RD_KAFKA_VTYPE_MSGFLAGS;
	v[2].u.i = RD_KAFKA_MSG_F_COPY;
	v[3].vtype = RD_KAFKA_VTYPE_VALUE;
	v[3].u.mem.ptr = (void *)(uintptr_t)e->value.p;
	v[3].u.mem.size = e->value.n;
	v[4].vtype = RD_KAFKA_VTYPE_KEY;
	v[4].u.mem.ptr = (void *)(uintptr_t)e->key.p;
	v[4].u.mem.size = e->key.n;
	v[5].vtype = RD_KAFKA_VTYPE_OPAQUE;
	v[5].u.ptr = (void *)(intptr_t)e->topic;
	rd_kafka_error_t *error = rd_kafka_produceva(b->producer, v, 6 + add_headers(e, names, v + 6));
	rd_kafka_resp_err_t code = rd_kafka_error_code(error);
	rd_kafka_error_destroy(error);
	return code;
}

static rd_kafka_resp_err_t produce(struct bus_kafka *b, const struct emission *e, size_t size)
{
	if (e->header_count)
		return produce_with_headers(b, e, size);
	if (rd_kafka_produce(b->write_topics[e->topic], e->partition, RD_KAFKA_MSG_F_COPY, (void *)(uintptr_t)e->value.p, e->value.n, e->key.p,
			e->key.n, (void *)(intptr_t)e->topic) == 0)
		return RD_KAFKA_RESP_ERR_NO_ERROR;
	return rd_kafka_last_error();
}

static rd_kafka_resp_err_t produce_when_room(struct bus_kafka *b, const struct emission *e, size_t size)
{
	int64_t until = now_steady_ms() + BUS_KAFKA_DEADLINE_MS;
	rd_kafka_resp_err_t code;

	do
		rd_kafka_poll(b->producer, PAUSE_MS);
	while ((code = produce(b, e, size)) == RD_KAFKA_RESP_ERR__QUEUE_FULL && now_steady_ms() < until);
	return code;
}

static int refused(struct bus_kafka *b, const struct emission *e, rd_kafka_resp_err_t code, struct err *err)
{
	if (kafka_check_alive(b->producer, err) != 0)
		return -1;
	if (code == RD_KAFKA_RESP_ERR_MSG_SIZE_TOO_LARGE)
		return err_set(err, ERR_POISON, "too_large", "a record for %s is over the client's message.max.bytes",
			bus_kafka_topic(b, e->topic));
	kafka_fail_code(err, code, bus_kafka_topic(b, e->topic));
	err->class = code == RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED || code == RD_KAFKA_RESP_ERR__UNKNOWN_PARTITION ||
			code == RD_KAFKA_RESP_ERR__UNKNOWN_TOPIC
		? ERR_FATAL
		: ERR_ABORT;
	return -1;
}

int bus_kafka_send(struct bus *bus, const struct emission *e, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	uint32_t limit = b->options.topic_limits ? b->options.topic_limits[e->topic] : LIMIT_DEFAULT;
	size_t size = size_of(e);

	CHECK(b->in_transaction);
	// Judged before it is sent: a broker's refusal would cost the whole transaction.
	if (size > limit)
		return err_set(err, ERR_POISON, "too_large", "a record of %zu bytes for %s, whose max.message.bytes is %" PRIu32, size,
			bus_kafka_topic(b, e->topic), limit);
	rd_kafka_resp_err_t code = produce(b, e, size);
	if (code == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		code = produce_when_room(b, e, size);
	if (code != RD_KAFKA_RESP_ERR_NO_ERROR)
		return refused(b, e, code, err);
	b->unsent += size;
	return 0;
}

bool bus_kafka_in_transaction(const struct bus *bus)
{
	return ((const struct bus_kafka *)bus)->in_transaction;
}

uint64_t bus_kafka_unsent(const struct bus *bus)
{
	const struct bus_kafka *b = (const struct bus_kafka *)bus;

	return b->in_transaction ? b->unsent : 0;
}

// ---- the end of a transaction

static rd_kafka_topic_partition_list_t *offsets_new(const struct bus_kafka *b, const struct bus_offset *offsets, size_t count)
{
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new((int)count);

	for (size_t i = 0; i < count; i++) {
		rd_kafka_topic_partition_t *p = rd_kafka_topic_partition_list_add(list, bus_kafka_topic(b, offsets[i].input), offsets[i].partition);

		p->offset = offsets[i].next;
		p->metadata = strndup(offsets[i].metadata.p, offsets[i].metadata.n); // the list frees it
		if (!p->metadata)
			err_out_of_memory();
		p->metadata_size = offsets[i].metadata.n;
	}
	return list;
}

// Retriable errors: the same call again until the deadline; then the last error stays, as RETRY.
static bool again(const struct err *err, int failed, int64_t until)
{
	if (failed == 0 || err->class != ERR_RETRY || now_steady_ms() >= until)
		return false;
	usleep(PAUSE_MS * 1000);
	return true;
}

static int send_offsets(struct bus_kafka *b, const struct bus_offset *offsets, size_t count, int64_t until, struct err *err)
{
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *list = offsets_new(b, offsets, count);
	rd_kafka_consumer_group_metadata_t *member = rd_kafka_consumer_group_metadata(b->group); // fresh: it carries the generation
	int failed;

	if (!member)
		return err_set(err, ERR_ABORT, "not_a_member", "the worker is no member of its group");
	do
		failed = kafka_fail(err, rd_kafka_send_offsets_to_transaction(b->producer, list, member, 10000), "sending offsets");
	while (again(err, failed, until));
	rd_kafka_consumer_group_metadata_destroy(member);
	if (failed && err->class == ERR_RETRY)
		err->class = ERR_ABORT; // nothing is decided yet
	return failed;
}

int bus_kafka_commit(struct bus *bus, const struct bus_offset *offsets, size_t count, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	int64_t until = now_steady_ms() + BUS_KAFKA_DEADLINE_MS;
	int failed;

	CHECK(b->in_transaction);
	if (send_offsets(b, offsets, count, until, err) != 0)
		return -1;
	do
		failed = kafka_fail(err, rd_kafka_commit_transaction(b->producer, -1), "committing");
	while (again(err, failed, until));
	if (failed && err->class == ERR_ABORT)
		return -1;
	if (failed) {
		// Whether it happened is known to the cluster alone: recovery reads it back.
		err->class = ERR_FATAL;
		return err_prefix(err, "commit in doubt");
	}
	b->in_transaction = false;
	return 0;
}

int bus_kafka_abort(struct bus *bus, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	int64_t until = now_steady_ms() + BUS_KAFKA_DEADLINE_MS;
	int failed;

	if (!b->in_transaction)
		return 0;
	do
		failed = kafka_fail(err, rd_kafka_abort_transaction(b->producer, -1), "aborting");
	while (again(err, failed, until));
	if (failed) {
		err->class = ERR_FATAL;
		return -1;
	}
	b->in_transaction = false;
	return 0;
}
