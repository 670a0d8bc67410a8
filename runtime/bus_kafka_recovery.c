// SPDX-License-Identifier: Apache-2.0
// What recovery asks. Also from a thread beside the worker's: the library's clients are safe to share.
#include <inttypes.h>

#include "base/log.h"
#include "base/now.h"
#include "runtime/bus_kafka_private.h"

enum {
	ASK_MS = 2000,
	READ_MS = 100,
	STUCK_MS = 10000,
	AHEAD_BYTES = 16 * 1024 * 1024, // of keys and values
	AHEAD_MOST = 128 * 1024,
};

static int check_cancel(const struct bus_kafka *b, struct err *err)
{
	if (b->cancel && atomic_load(b->cancel))
		return err_set(err, ERR_RETRY, "cancelled", "the partition was taken away");
	return 0;
}

// Asks again while the answer is retriable, until the deadline; RETRY then.
static bool again(const struct bus_kafka *b, int *failed, int64_t until, struct err *err)
{
	if (*failed == 0 || err->class != ERR_RETRY || now_steady_ms() >= until)
		return false;
	*failed = check_cancel(b, err);
	if (*failed)
		return false;
	usleep(50000);
	return true;
}

// ---- committed offsets

static int list_check(const rd_kafka_topic_partition_list_t *list, struct err *err)
{
	for (int i = 0; i < list->cnt; i++)
		if (kafka_fail_code(err, list->elems[i].err, list->elems[i].topic) != 0)
			return -1;
	return 0;
}

static rd_kafka_topic_partition_list_t *inputs_new(const struct bus_kafka *b, int32_t partition)
{
	int inputs = b->options.processor->input_count;
	rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(inputs);

	for (int i = 0; i < inputs; i++)
		rd_kafka_topic_partition_list_add(list, bus_kafka_topic(b, i), partition);
	return list;
}

// The client is read_committed, so the broker answers only when no transaction that touches these offsets is open.
static int ask_committed(const struct bus_kafka *b, rd_kafka_topic_partition_list_t *list, struct err *err)
{
	if (kafka_fail_code(err, rd_kafka_committed(b->group, list, ASK_MS), "asking for committed offsets") != 0)
		return -1;
	return list_check(list, err);
}

int bus_kafka_committed(struct bus *bus, int32_t partition, struct bus_offset *out, struct arena *arena, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *list = inputs_new(b, partition);
	int64_t until = now_steady_ms() + BUS_KAFKA_DEADLINE_MS;
	int failed;

	do
		failed = ask_committed(b, list, err);
	while (again(b, &failed, until, err));
	if (failed)
		return -1;
	for (int i = 0; i < list->cnt; i++) {
		const rd_kafka_topic_partition_t *p = &list->elems[i];

		out[i] = (struct bus_offset){i, partition, p->offset < 0 ? -1 : p->offset, VIEW_ABSENT};
		if (p->offset >= 0)
			out[i].metadata = arena_dup(arena, view_of(p->metadata ? p->metadata : "", p->metadata_size));
	}
	return 0;
}

// ---- where a topic begins and ends

static int uncommitted_client(struct bus_kafka *b, rd_kafka_t **out, struct err *err)
{
	struct bus_kafka *owner = b->owner;
	struct kafka_options o = {.config = b->options.config, .kind = KAFKA_UNCOMMITTED, .client_id = b->options.client_id};
	int failed = 0;

	pthread_mutex_lock(&owner->uncommitted_lock);
	if (!owner->uncommitted)
		failed = kafka_new(&o, &owner->uncommitted, err);
	*out = owner->uncommitted;
	pthread_mutex_unlock(&owner->uncommitted_lock);
	return failed;
}

int bus_kafka_bounds(struct bus *bus, int topic, int32_t partition, int64_t *low, int64_t *high, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	int64_t until = now_steady_ms() + BUS_KAFKA_DEADLINE_MS;
	rd_kafka_t *client;
	int failed;

	if (uncommitted_client(b, &client, err) != 0)
		return -1;
	do
		failed = kafka_fail_code(err, rd_kafka_query_watermark_offsets(client, bus_kafka_topic(b, topic), partition, low, high, ASK_MS),
			bus_kafka_topic(b, topic));
	while (again(b, &failed, until, err));
	return failed;
}

// The client that reads, made when it is first needed.
static int reading(struct bus_kafka *b, struct err *err)
{
	if (b->reader || bus_kafka_reading_new(b, err) == 0)
		return 0;
	bus_kafka_beside_rest(&b->bus);
	return -1;
}

static int ask_offset_at(const struct bus_kafka *b, rd_kafka_topic_partition_list_t *list, int64_t time, struct err *err)
{
	list->elems[0].offset = time < 0 ? 0 : time;
	if (kafka_fail_code(err, rd_kafka_offsets_for_times(b->reader, list, ASK_MS), list->elems[0].topic) != 0)
		return -1;
	return list_check(list, err);
}

int bus_kafka_offset_at(struct bus *bus, int topic, int32_t partition, int64_t time, int64_t *offset, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(1);
	int64_t until = now_steady_ms() + BUS_KAFKA_DEADLINE_MS, low;
	int failed;

	if (reading(b, err) != 0)
		return -1;
	rd_kafka_topic_partition_list_add(list, bus_kafka_topic(b, topic), partition);
	do
		failed = ask_offset_at(b, list, time, err);
	while (again(b, &failed, until, err));
	if (failed)
		return -1;
	*offset = list->elems[0].offset;
	return *offset >= 0 ? 0 : bus_kafka_bounds(bus, topic, partition, &low, offset, err);
}

// ---- reading a range

struct bus_reader {
	struct bus_kafka *bus;
	int topic;
	int32_t partition;
	rd_kafka_queue_t *queue;
	int64_t position, to;
	int64_t moved_ms;                          // when the position last moved
	rd_kafka_message_t *held[BUS_KAFKA_FETCH]; // what the last call gave out
	size_t held_count;
	struct {
		rd_kafka_message_t **messages; // room for AHEAD_MOST
		size_t first, count;
		size_t bytes;
	} ahead; // taken from the queue, not given out
};

// ceiling: bus.h sets the signature
int bus_kafka_reader_open(struct bus *bus, int topic, int32_t partition, int64_t from, int64_t to, struct bus_reader **out, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);

	if (reading(b, err) != 0)
		return -1;
	struct bus_reader *r = calloc(1, sizeof *r);
	if (!r)
		err_out_of_memory();
	*r = (struct bus_reader){.bus = b,
		.ahead.messages = calloc(AHEAD_MOST, sizeof *r->ahead.messages),
		.topic = topic,
		.partition = partition,
		.queue = rd_kafka_queue_new(b->reader),
		.position = from,
		.to = to,
		.moved_ms = now_steady_ms()};
	if (!r->ahead.messages)
		err_out_of_memory();
	if (rd_kafka_consume_start_queue(b->read_topics[topic], partition, from, r->queue) == 0) {
		*out = r;
		return 0;
	}
	kafka_fail_code(err, rd_kafka_last_error(), bus_kafka_topic(b, topic));
	kafka_queue_free(&r->queue);
	free(r->ahead.messages);
	free(r);
	return -1;
}

static void reader_release(struct bus_reader *r)
{
	for (size_t i = 0; i < r->held_count; i++)
		rd_kafka_message_destroy(r->held[i]);
	r->held_count = 0;
}

static int reader_fault(const struct bus_reader *r, const rd_kafka_message_t *m, struct err *err)
{
	if (kafka_is_retriable(m->err))
		return 0;
	kafka_fail_code(err, m->err, bus_kafka_topic(r->bus, r->topic));
	// Retention may pass a reader: what that means is judged again from the start.
	if (m->err == RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET || m->err == RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE)
		err->class = ERR_RETRY;
	return err_prefix(err, "reading %s[%" PRId32 "] at offset %" PRId64, bus_kafka_topic(r->bus, r->topic), r->partition, r->position);
}

// The end may consist of markers and aborted records: the position comes from EOF then.
static int reader_take(struct bus_reader *r, rd_kafka_message_t *m, struct record *out, size_t *count, struct err *err)
{
	int failed = 0;

	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR && m->offset < r->to) {
		r->held[r->held_count++] = m;
		bus_kafka_record(m, r->topic, &out[(*count)++]);
		r->position = m->offset + 1;
		return 0;
	}
	if (m->err == RD_KAFKA_RESP_ERR_NO_ERROR || m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
		r->position = m->offset > r->position ? m->offset : r->position;
	else
		failed = reader_fault(r, m, err);
	rd_kafka_message_destroy(m);
	return failed;
}

// A transaction that is still open holds a reader back for as long as its time-out lasts. A fetch that a broker's restart left hanging looks the same, and
// asking anew costs nothing.
static int reader_ask_again(struct bus_reader *r, struct err *err)
{
	struct bus_kafka *b = r->bus;

	log_throttled(LOG_WARN, "reading_waits", LOG_S("topic", bus_kafka_topic(b, r->topic)), LOG_I("partition", r->partition),
		LOG_I("offset", r->position), LOG_I("to", r->to), LOG_S("for", "an open transaction, or the broker"));
	rd_kafka_consume_stop(b->read_topics[r->topic], r->partition);
	kafka_queue_free(&r->queue);
	r->queue = rd_kafka_queue_new(b->reader);
	r->moved_ms = now_steady_ms();
	if (rd_kafka_consume_start_queue(b->read_topics[r->topic], r->partition, r->position, r->queue) == 0)
		return 0;
	return kafka_fail_code(err, rd_kafka_last_error(), bus_kafka_topic(b, r->topic));
}

// A client's thread that found a queue full looks again after a second, or when it has something else to do with that broker: then it fetches at once what was
// taken in the meantime. Answer or error do not matter.
static void reader_wake_client(const struct bus_reader *r)
{
	int64_t low, high;

	rd_kafka_query_watermark_offsets(r->bus->reader, bus_kafka_topic(r->bus, r->topic), r->partition, &low, &high, ASK_MS);
}

// Empties the queue before it is full: a full one is not asked for in the next fetch, which may wait for READ_MS if all other partitions rest.
static void reader_take_ahead(struct bus_reader *r)
{
	ssize_t n = 1;

	if (r->ahead.first == r->ahead.count)
		r->ahead.first = r->ahead.count = 0;
	while (n > 0 && r->ahead.bytes < AHEAD_BYTES && r->ahead.count + BUS_KAFKA_FETCH <= AHEAD_MOST) {
		n = rd_kafka_consume_batch_queue(r->queue, 0, r->ahead.messages + r->ahead.count, BUS_KAFKA_FETCH);
		for (ssize_t i = 0; i < n; i++, r->ahead.count++)
			r->ahead.bytes += r->ahead.messages[r->ahead.count]->len + r->ahead.messages[r->ahead.count]->key_len;
	}
}

static size_t reader_give(struct bus_reader *r, rd_kafka_message_t **messages, size_t most)
{
	size_t n = 0;

	for (; n < most && r->ahead.first < r->ahead.count; n++) {
		messages[n] = r->ahead.messages[r->ahead.first++];
		r->ahead.bytes -= messages[n]->len + messages[n]->key_len;
	}
	return n;
}

// What is there; if nothing is, the first that comes: a batch call that waits would wait until it is full.
static size_t reader_fetch(struct bus_reader *r, rd_kafka_message_t **messages, size_t most)
{
	if (most > 1)
		reader_take_ahead(r);
	size_t n = reader_give(r, messages, most);
	if (n > 0)
		return n;
	rd_kafka_poll(r->bus->reader, 0); // an error of the client is told in the log
	reader_wake_client(r);
	ssize_t first = rd_kafka_consume_batch_queue(r->queue, READ_MS, messages, 1);
	return first > 0 ? (size_t)first : 0;
}

int bus_kafka_reader_next(struct bus_reader *r, struct record *out, size_t room, size_t *count, bool *done, struct err *err)
{
	rd_kafka_message_t *messages[BUS_KAFKA_FETCH];
	int failed = 0;

	reader_release(r);
	*count = 0;
	*done = r->position >= r->to;
	if (*done)
		return 0;
	if (check_cancel(r->bus, err) != 0)
		return -1;
	if (r->ahead.first == r->ahead.count && now_steady_ms() - r->moved_ms >= STUCK_MS && reader_ask_again(r, err) != 0)
		return -1;
	int64_t before = r->position;
	size_t n = reader_fetch(r, messages, room < BUS_KAFKA_FETCH ? room : BUS_KAFKA_FETCH);
	for (size_t i = 0; i < n; i++) {
		if (failed)
			rd_kafka_message_destroy(messages[i]);
		else
			failed = reader_take(r, messages[i], out, count, err);
	}
	if (r->position != before)
		r->moved_ms = now_steady_ms();
	*done = r->position >= r->to;
	return failed;
}

void bus_kafka_reader_close(struct bus_reader **reader)
{
	struct bus_reader *r = *reader;

	if (!r)
		return;
	reader_release(r);
	for (size_t i = r->ahead.first; i < r->ahead.count; i++)
		rd_kafka_message_destroy(r->ahead.messages[i]);
	rd_kafka_consume_stop(r->bus->read_topics[r->topic], r->partition);
	kafka_queue_free(&r->queue);
	free(r->ahead.messages);
	free(r);
	*reader = NULL;
}
