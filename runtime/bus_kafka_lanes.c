// SPDX-License-Identifier: Apache-2.0
// Lanes: one fetch queue per input and partition. Messages are kept until they are released or the lane is closed; their bytes are the
// library's.
#include <inttypes.h>
#include <unistd.h>

#include "base/log.h"
#include "base/prefetch.h"
#include "runtime/bus_kafka_private.h"

enum { AHEAD = 8 }; // messages that another thread has made are brought into this one's cache

static struct bus_kafka_lane *lane_of(struct bus_kafka *b, int input, int32_t partition)
{
	size_t i = (size_t)partition * (size_t)b->options.processor->input_count + (size_t)input;

	if (i >= b->lane_count) {
		size_t count = (i + 1) * 2;

		b->lanes = realloc(b->lanes, count * sizeof *b->lanes);
		if (!b->lanes)
			err_out_of_memory();
		memset(b->lanes + b->lane_count, 0, (count - b->lane_count) * sizeof *b->lanes);
		b->lane_count = count;
	}
	return &b->lanes[i];
}

// From a thread of the library: an eventfd takes it without blocking.
static void wake(rd_kafka_t *client, void *context)
{
	const struct bus_kafka *b = context;
	const uint64_t one = 1;

	(void)client;
	if (write(b->options.wake_fd, &one, sizeof one) != sizeof one)
		return; // the counter is full: it is awake
}

void bus_kafka_watch(struct bus_kafka *b, rd_kafka_queue_t *queue)
{
	if (b->options.wake_fd >= 0)
		rd_kafka_queue_cb_event_enable(queue, wake, b);
}

void bus_kafka_record(const rd_kafka_message_t *m, int input, struct record *out)
{
	out->input = input;
	out->partition = m->partition;
	out->offset = m->offset;
	out->timestamp = rd_kafka_message_timestamp(m, NULL);
	out->key = view_of(m->key, m->key_len);
	out->value = view_of(m->payload, m->len);
	out->raw = (void *)(uintptr_t)m;
}

static int lane_fault(const struct bus_kafka *b, int input, const rd_kafka_message_t *m, struct err *err)
{
	const char *topic = bus_kafka_topic(b, input);

	switch ((int)m->err) {
	case RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE:
	case RD_KAFKA_RESP_ERR__AUTO_OFFSET_RESET:
		return err_set(err, ERR_FATAL, "offset_gone",
			"%s[%" PRId32 "]: offset %" PRId64 " is no longer in the topic: retention has passed the position of this run", topic,
			m->partition, m->offset);
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
		return err_set(err, ERR_FATAL, "kafka_topic_authorization_failed", "%s: reading is not allowed", topic);
	default:
		log_throttled(LOG_WARN, "lane_error", LOG_S("topic", topic), LOG_I("partition", m->partition),
			LOG_S("code", rd_kafka_err2name(m->err)), LOG_S("error", rd_kafka_message_errstr(m)));
		return 0;
	}
}

// An element that is no record: the end of the partition, or an error.
static int lane_note(const struct bus_kafka *b, int input, struct bus_kafka_lane *lane, const rd_kafka_message_t *m, struct err *err)
{
	if (m->err != RD_KAFKA_RESP_ERR__PARTITION_EOF)
		return lane_fault(b, input, m, err);
	lane->at_eof = lane->heard = true;
	if (m->offset > lane->position)
		lane->position = m->offset; // behind markers and aborted records
	return 0;
}

// ceiling: which lane, what came, where it goes
static int lane_take(struct bus_kafka *b, int input, struct bus_kafka_lane *lane, rd_kafka_message_t **messages, size_t n,
	struct record *out, struct err *err)
{
	int failed = 0;

	for (size_t i = 0; i < n; i++) {
		rd_kafka_message_t *m = messages[i];

		if (i + AHEAD < n)
			prefetch(messages[i + AHEAD]);
		if (m->err || failed) {
			failed = failed ? failed : lane_note(b, input, lane, m, err);
			rd_kafka_message_destroy(m);
			continue;
		}
		bus_kafka_record(m, input, &out[lane->held_count]);
		lane->held[lane->held_count++] = m;
		lane->position = m->offset + 1;
		lane->at_eof = false;
		lane->heard = true;
	}
	return failed;
}

static void lane_release(struct bus_kafka_lane *lane)
{
	for (size_t i = 0; i < lane->held_count; i++) {
		if (i + AHEAD < lane->held_count)
			prefetch(lane->held[i + AHEAD]);
		rd_kafka_message_destroy(lane->held[i]);
	}
	lane->held_count = 0;
}

int64_t bus_kafka_high(struct bus *bus, int input, int32_t partition)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	int64_t low = -1, high = -1;

	if (rd_kafka_get_watermark_offsets(b->reader, bus_kafka_topic(b, input), partition, &low, &high) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return -1;
	return high < 0 ? -1 : high;
}

// ceiling: bus.h sets the signature
int bus_kafka_fetch(struct bus *bus, int input, int32_t partition, struct record *out, size_t room, size_t *count, bool *at_end,
	struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	struct bus_kafka_lane *lane = lane_of(b, input, partition);
	rd_kafka_message_t *messages[BUS_KAFKA_FETCH];

	CHECK(lane->queue && lane->held_count == 0);
	*count = 0;
	if (rd_kafka_queue_length(lane->queue) > 0) {
		ssize_t n = rd_kafka_consume_batch_queue(lane->queue, 0, messages, room < BUS_KAFKA_FETCH ? room : BUS_KAFKA_FETCH);

		if (n > 0 && lane_take(b, input, lane, messages, (size_t)n, out, err) != 0)
			return -1;
		*count = lane->held_count;
	}
	*at_end = lane->at_eof;
	if (!*at_end && lane->heard) {
		int64_t high = bus_kafka_high(bus, input, partition);

		*at_end = high >= 0 && lane->position >= high;
	}
	return 0;
}

// All that a lane has handed out; nothing if it was closed since.
void bus_kafka_release(struct bus *bus, struct record *records, size_t count)
{
	struct bus_kafka_lane *lane = lane_of(bus_kafka_of(bus), records[0].input, records[0].partition);

	CHECK(lane->held_count == 0 || lane->held_count == count);
	lane_release(lane);
}

static void lane_close(struct bus_kafka *b, int input, int32_t partition, struct bus_kafka_lane *lane)
{
	if (!lane->queue)
		return;
	lane_release(lane);
	rd_kafka_consume_stop(b->read_topics[input], partition);
	rd_kafka_queue_cb_event_enable(lane->queue, NULL, NULL);
	kafka_queue_free(&lane->queue);
}

static void lane_start(struct bus_kafka *b, struct bus_kafka_lane *lane, int64_t offset)
{
	if (!lane->held)
		lane->held = calloc(BUS_KAFKA_FETCH, sizeof(rd_kafka_message_t *));
	if (!lane->held)
		err_out_of_memory();
	lane->position = offset;
	lane->at_eof = lane->heard = false;
	lane->queue = rd_kafka_queue_new(b->reader);
	bus_kafka_watch(b, lane->queue);
}

// A new queue for each start: what the old one held, or was about to, cannot come through.
int bus_kafka_seek(struct bus *bus, int input, int32_t partition, int64_t offset, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	struct bus_kafka_lane *lane = lane_of(b, input, partition);

	CHECK(offset >= 0);
	lane_close(b, input, partition, lane);
	lane_start(b, lane, offset);
	if (rd_kafka_consume_start_queue(b->read_topics[input], partition, offset, lane->queue) == 0)
		return 0;
	kafka_queue_free(&lane->queue);
	return kafka_fail_code(err, rd_kafka_last_error(), "starting to read");
}

void bus_kafka_close_lanes(struct bus *bus, int32_t partition)
{
	struct bus_kafka *b = bus_kafka_of(bus);

	for (int input = 0; input < b->options.processor->input_count; input++)
		lane_close(b, input, partition, lane_of(b, input, partition));
}

void bus_kafka_lanes_clear(struct bus_kafka *b)
{
	int inputs = b->options.processor->input_count;

	for (size_t i = 0; i < b->lane_count; i++) {
		lane_close(b, (int)(i % (size_t)inputs), (int32_t)(i / (size_t)inputs), &b->lanes[i]);
		free(b->lanes[i].held);
	}
	free(b->lanes);
	b->lanes = NULL;
	b->lane_count = 0;
}

size_t bus_kafka_headers(struct bus *bus, const struct record *record, struct header *out, size_t room)
{
	rd_kafka_headers_t *headers;
	size_t n = 0;
	const char *name;
	const void *value;
	size_t size;

	(void)bus;
	if (!record->raw || rd_kafka_message_headers(record->raw, &headers) != RD_KAFKA_RESP_ERR_NO_ERROR)
		return 0;
	while (n < room && rd_kafka_header_get_all(headers, n, &name, &value, &size) == RD_KAFKA_RESP_ERR_NO_ERROR) {
		out[n].name = view_text(name);
		out[n].value = view_of(value, size);
		n++;
	}
	return n;
}
