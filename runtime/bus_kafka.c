// SPDX-License-Identifier: Apache-2.0
#include "runtime/bus_kafka.h"

#include <inttypes.h>

#include "base/log.h"
#include "base/now.h"
#include "runtime/bus_kafka_private.h"

enum {
	NAME = 300,
	INIT_MS = 2000,
	METADATA_MS = 5000,
	EVENTS_A_TURN = 64,
	// What a restorer reads is there; a fetch behind the end of what it has read must not hold up the next partition.
	RANGE_WAIT_MS = 10,
};

static const struct bus_ops ops = {
	.fetch = bus_kafka_fetch,
	.release = bus_kafka_release,
	.seek = bus_kafka_seek,
	.headers = bus_kafka_headers,
	.begin = bus_kafka_begin,
	.send = bus_kafka_send,
	.commit = bus_kafka_commit,
	.abort = bus_kafka_abort,
	.output_next = bus_kafka_output_next,
	.committed = bus_kafka_committed,
	.bounds = bus_kafka_bounds,
	.offset_at = bus_kafka_offset_at,
	.reader_open = bus_kafka_reader_open,
	.reader_next = bus_kafka_reader_next,
	.reader_close = bus_kafka_reader_close,
};

// ---- rebalance

static int compare_numbers(const void *a, const void *b)
{
	int32_t x = *(const int32_t *)a, y = *(const int32_t *)b;

	return x < y ? -1 : x > y;
}

static size_t partitions_of(const rd_kafka_topic_partition_list_t *list, const char *topic, int32_t *out)
{
	size_t n = 0;

	for (int i = 0; i < list->cnt; i++)
		if (strcmp(list->elems[i].topic, topic) == 0)
			out[n++] = list->elems[i].partition;
	qsort(out, n, sizeof *out, compare_numbers);
	return n;
}

// The same partition numbers of every input, or a join would miss records.
static int check_assignment(const struct bus_kafka *b, const rd_kafka_topic_partition_list_t *list, int32_t *out, size_t *count,
	struct err *err)
{
	OWN(own_free) int32_t *other = malloc(((size_t)list->cnt + 1) * sizeof *other);

	if (!other)
		err_out_of_memory();
	*count = partitions_of(list, bus_kafka_topic(b, 0), out);
	for (int i = 1; i < b->options.processor->input_count; i++)
		if (partitions_of(list, bus_kafka_topic(b, i), other) != *count || memcmp(out, other, *count * sizeof *other) != 0)
			return err_set(err, ERR_FATAL, "assignment_torn",
				"the group assigned other partitions of %s than of %s: inputs must have equal partition counts, and all members of the group the "
				"same inputs",
				bus_kafka_topic(b, i), bus_kafka_topic(b, 0));
	return 0;
}

static void assigned(struct bus_kafka *b, const rd_kafka_topic_partition_list_t *list)
{
	OWN(own_free) int32_t *partitions = malloc(((size_t)list->cnt + 1) * sizeof *partitions);
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *none = rd_kafka_topic_partition_list_new(0);
	size_t count = 0;

	if (!partitions)
		err_out_of_memory();
	if (check_assignment(b, list, partitions, &count, &b->rebalance_error) == 0)
		b->options.assigned(b->options.context, partitions, count);
	rd_kafka_assign(b->group, none); // the member is steady; the reader does the reading
}

static void rebalanced(rd_kafka_t *group, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *list, void *opaque)
{
	struct bus_kafka *b = opaque;

	if (code == RD_KAFKA_RESP_ERR__ASSIGN_PARTITIONS) {
		assigned(b, list);
		return;
	}
	bool lost = code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS || rd_kafka_assignment_lost(group);
	if (code != RD_KAFKA_RESP_ERR__REVOKE_PARTITIONS)
		log_event(LOG_WARN, "rebalance_failed", LOG_S("code", rd_kafka_err2name(code)));
	b->options.revoked(b->options.context, lost);
	rd_kafka_assign(group, NULL);
}

// ---- life

// Leaders are looked up once, or the first record of each topic waits for it.
static int warm_up(rd_kafka_t *client, struct err *err)
{
	OWN(kafka_metadata_free) const struct rd_kafka_metadata *metadata = NULL;

	return kafka_fail_code(err, rd_kafka_metadata(client, 0, NULL, &metadata, METADATA_MS), "asking for metadata");
}

int bus_kafka_reading_new(struct bus_kafka *b, struct err *err)
{
	const struct bus_kafka_options *o = &b->options;
	struct kafka_options reader = {.config = o->config,
		.kind = KAFKA_READER,
		.client_id = o->client_id,
		.partition_queue_bytes = o->lane_bytes,
		.fetch_wait_ms = b->owner == b ? 0 : RANGE_WAIT_MS,
		.opaque = b};

	if (kafka_new(&reader, &b->reader, err) != 0)
		return -1;
	for (int i = 0; i < o->processor->topic_count; i++)
		if (!(b->read_topics[i] = rd_kafka_topic_new(b->reader, bus_kafka_topic(b, i), NULL)))
			return kafka_fail_code(err, rd_kafka_last_error(), bus_kafka_topic(b, i));
	return warm_up(b->reader, err);
}

static void reading_free(struct bus_kafka *b)
{
	for (int i = 0; i < BUS_KAFKA_TOPICS; i++)
		kafka_topic_free(&b->read_topics[i]);
	kafka_free(&b->reader);
}

static int clients_new(struct bus_kafka *b, const char *group, const char *transactional_id, struct err *err)
{
	const struct bus_kafka_options *o = &b->options;
	struct kafka_options member = {.config = o->config,
		.kind = KAFKA_GROUP,
		.client_id = o->client_id,
		.group = group,
		.group_instance = o->instance,
		.rebalance = rebalanced,
		.opaque = b};
	struct kafka_options producer = {.config = o->config,
		.kind = KAFKA_PRODUCER,
		.client_id = o->client_id,
		.transactional_id = transactional_id,
		.delivered = bus_kafka_delivered,
		.opaque = b};

	// A batch must fit where the smallest topic still takes it.
	for (int i = 0; o->topic_limits && i < o->processor->topic_count; i++)
		if (i >= o->processor->input_count && (producer.batch_bytes == 0 || o->topic_limits[i] < producer.batch_bytes))
			producer.batch_bytes = o->topic_limits[i];
	if (producer.batch_bytes > 1000000)
		producer.batch_bytes = 1000000;
	if (kafka_new(&member, &b->group, err) != 0 || bus_kafka_reading_new(b, err) != 0)
		return -1;
	return kafka_new(&producer, &b->producer, err);
}

static int write_topics_new(struct bus_kafka *b, struct err *err)
{
	for (int i = 0; i < b->options.processor->topic_count; i++)
		if (!(b->write_topics[i] = rd_kafka_topic_new(b->producer, bus_kafka_topic(b, i), NULL)))
			return kafka_fail_code(err, rd_kafka_last_error(), bus_kafka_topic(b, i));
	return warm_up(b->producer, err);
}

static int init_transactions(struct bus_kafka *b, struct err *err)
{
	int64_t until = now_steady_ms() + INIT_MS * 4;
	int failed;

	do
		failed = kafka_fail(err, rd_kafka_init_transactions(b->producer, INIT_MS), "initialising transactions");
	while (failed && err->class == ERR_RETRY && now_steady_ms() < until);
	return failed;
}

static void watch_group(struct bus_kafka *b)
{
	OWN(kafka_queue_free) rd_kafka_queue_t *queue = rd_kafka_queue_get_consumer(b->group);

	bus_kafka_watch(b, queue);
}

static int start(struct bus_kafka *b, struct err *err)
{
	const struct bus_kafka_options *o = &b->options;
	char group[NAME], id[NAME];

	snprintf(group, sizeof group, "%s-%s", o->config->run, o->role);
	snprintf(id, sizeof id, "%s-%s-%s", o->config->run, o->role, o->instance);
	CHECK(o->processor->topic_count <= BUS_KAFKA_TOPICS);
	if (clients_new(b, group, id, err) != 0 || write_topics_new(b, err) != 0)
		return -1;
	watch_group(b);
	return init_transactions(b, err);
}

static struct bus_kafka *new_empty(const struct bus_kafka_options *options)
{
	struct bus_kafka *b = calloc(1, sizeof *b);

	if (!b)
		err_out_of_memory();
	b->bus.ops = &ops;
	b->options = *options;
	b->owner = b;
	pthread_mutex_init(&b->uncommitted_lock, NULL);
	return b;
}

int bus_kafka_new(const struct bus_kafka_options *options, struct bus **out, struct err *err)
{
	struct bus_kafka *b = new_empty(options);

	*out = &b->bus;
	if (start(b, err) == 0)
		return 0;
	bus_kafka_free(out);
	return -1;
}

struct bus *bus_kafka_beside(struct bus *worker, const _Atomic bool *cancel)
{
	struct bus_kafka *owner = bus_kafka_of(worker), *b = new_empty(&owner->options);

	b->owner = owner;
	b->cancel = cancel;
	b->group = owner->group;
	return &b->bus;
}

void bus_kafka_beside_rest(struct bus *bus)
{
	reading_free(bus_kafka_of(bus));
}

void bus_kafka_beside_free(struct bus **bus)
{
	reading_free(bus_kafka_of(*bus));
	free(*bus);
	*bus = NULL;
}

// The group is left with its assignment given up in order: close serves the rebalance callback.
static void leave(struct bus_kafka *b)
{
	if (b->group && b->subscribed)
		rd_kafka_consumer_close(b->group);
	kafka_free(&b->group);
}

void bus_kafka_free(struct bus **bus)
{
	struct bus_kafka *b = *bus ? bus_kafka_of(*bus) : NULL;

	if (!b)
		return;
	leave(b);
	if (b->reader)
		bus_kafka_lanes_clear(b);
	for (int i = 0; i < BUS_KAFKA_TOPICS; i++)
		kafka_topic_free(&b->write_topics[i]);
	reading_free(b);
	kafka_free(&b->producer);
	kafka_free(&b->uncommitted);
	pthread_mutex_destroy(&b->uncommitted_lock);
	free(b->output_next);
	free(b);
	*bus = NULL;
}

// ---- membership

int bus_kafka_subscribe(struct bus *bus, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);
	OWN(kafka_list_free) rd_kafka_topic_partition_list_t *list = rd_kafka_topic_partition_list_new(POSITION_INPUTS);

	for (int i = 0; i < b->options.processor->input_count; i++)
		rd_kafka_topic_partition_list_add(list, bus_kafka_topic(b, i), RD_KAFKA_PARTITION_UA);
	if (kafka_fail_code(err, rd_kafka_subscribe(b->group, list), "subscribing") != 0)
		return -1;
	b->subscribed = true;
	return 0;
}

// What the member's queue holds besides rebalances: errors.
static int member_event(struct bus_kafka *b, const rd_kafka_message_t *m, struct err *err)
{
	if (kafka_check_alive(b->group, err) != 0)
		return -1;
	switch ((int)m->err) {
	case RD_KAFKA_RESP_ERR_GROUP_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED:
	case RD_KAFKA_RESP_ERR_UNKNOWN_TOPIC_OR_PART:
	case RD_KAFKA_RESP_ERR_INCONSISTENT_GROUP_PROTOCOL:
	case RD_KAFKA_RESP_ERR_INVALID_SESSION_TIMEOUT:
	case RD_KAFKA_RESP_ERR_FENCED_INSTANCE_ID:
		return kafka_fail_code(err, m->err, rd_kafka_message_errstr(m));
	default:
		log_throttled(LOG_WARN, "member_error", LOG_S("code", rd_kafka_err2name(m->err)), LOG_S("error", rd_kafka_message_errstr(m)));
		return 0;
	}
}

static int poll_group(struct bus_kafka *b, struct err *err)
{
	int failed = 0;

	for (int i = 0; i < EVENTS_A_TURN && !failed; i++) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(b->group, 0);

		if (!m)
			break;
		failed = m->err ? member_event(b, m, err) : 0;
		rd_kafka_message_destroy(m);
	}
	return failed;
}

int bus_kafka_poll(struct bus *bus, struct err *err)
{
	struct bus_kafka *b = bus_kafka_of(bus);

	rd_kafka_poll(b->reader, 0);
	rd_kafka_poll(b->producer, 0);
	if (poll_group(b, err) != 0)
		return -1;
	if (b->rebalance_error.class != ERR_NONE) {
		*err = b->rebalance_error;
		return -1;
	}
	if (kafka_check_alive(b->group, err) != 0)
		return -1;
	return kafka_check_alive(b->producer, err);
}
