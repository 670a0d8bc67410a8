// SPDX-License-Identifier: Apache-2.0
#include "bench/broker.h"

#include <errno.h>
#include <inttypes.h>
#include <librdkafka/rdkafka.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

enum { WAIT_MS = 1000, LATE_END_MS = 15000, FLUSH_MS = 120000 };

_Noreturn void broker_die(const char *what, const char *why)
{
	fprintf(stderr, "%s: %s: %s\n", program_invocation_short_name, what, why);
	exit(1);
}

double broker_seconds(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void set(rd_kafka_conf_t *conf, const char *name, const char *value)
{
	char why[256];

	if (rd_kafka_conf_set(conf, name, value, why, sizeof why) != RD_KAFKA_CONF_OK)
		broker_die(name, why);
}

static rd_kafka_t *client(rd_kafka_type_t type, rd_kafka_conf_t *conf)
{
	char why[256];
	rd_kafka_t *k = rd_kafka_new(type, conf, why, sizeof why);

	if (!k)
		broker_die("client", why);
	return k;
}

// ---- in

static void set_all(rd_kafka_conf_t *conf, const struct broker_property *properties)
{
	for (; properties && properties->name; properties++)
		set(conf, properties->name, properties->value);
}

rd_kafka_t *broker_producer(const char *bootstrap)
{
	return broker_producer_with(bootstrap, NULL);
}

rd_kafka_t *broker_producer_with(const char *bootstrap, const struct broker_property *properties)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "partitioner", "murmur2_random");
	set(conf, "enable.idempotence", "true");
	set(conf, "compression.codec", "lz4");
	set(conf, "linger.ms", "50");
	set(conf, "batch.size", "1000000");
	set(conf, "queue.buffering.max.messages", "500000");
	set_all(conf, properties);
	return client(RD_KAFKA_PRODUCER, conf);
}

struct broker_topic broker_topic(rd_kafka_t *producer, const char *name, const struct contract *contract)
{
	struct broker_topic t = {.producer = producer, .name = name, .contract = contract};
	struct err err;

	if (wire_header_for(contract, NULL, "", &t.header, &err) != 0)
		broker_die("header", err.words);
	return t;
}

void broker_send(struct broker_topic *t, int32_t partition, struct view key, int64_t timestamp, const void *record)
{
	rd_kafka_resp_err_t failed;

	buf_reset(&t->value);
	wire_write(&t->header, t->contract, record, &t->value);
	while ((failed = rd_kafka_producev(t->producer, RD_KAFKA_V_TOPIC(t->name), RD_KAFKA_V_PARTITION(partition),
				RD_KAFKA_V_KEY((void *)(uintptr_t)key.p, key.n), RD_KAFKA_V_VALUE(t->value.p, t->value.n), RD_KAFKA_V_TIMESTAMP(timestamp),
				RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END)) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(t->producer, 10);
	if (failed)
		broker_die("produce", rd_kafka_err2str(failed));
	t->sent++;
	t->bytes += (int64_t)(t->value.n + key.n);
	if (t->sent % 1000 == 0)
		rd_kafka_poll(t->producer, 0);
}

void broker_flush(rd_kafka_t **producer)
{
	if (rd_kafka_flush(*producer, FLUSH_MS) != RD_KAFKA_RESP_ERR_NO_ERROR)
		broker_die("flush", "the broker did not take everything in two minutes");
	rd_kafka_destroy(*producer);
	*producer = NULL;
}

// ---- out

static int add_partitions(rd_kafka_t *k, const char *name, rd_kafka_topic_partition_list_t *out)
{
	rd_kafka_topic_t *t = rd_kafka_topic_new(k, name, NULL);
	const struct rd_kafka_metadata *metadata;

	if (rd_kafka_metadata(k, 0, t, &metadata, 10000) != RD_KAFKA_RESP_ERR_NO_ERROR)
		broker_die(name, "no metadata");
	int partitions = metadata->topics[0].partition_cnt;
	for (int p = 0; p < partitions; p++)
		rd_kafka_topic_partition_list_add(out, name, p)->offset = RD_KAFKA_OFFSET_BEGINNING;
	rd_kafka_metadata_destroy(metadata);
	rd_kafka_topic_destroy(t);
	return partitions;
}

int broker_assign_all(rd_kafka_t *k, const char *name, const char *second)
{
	rd_kafka_topic_partition_list_t *all = rd_kafka_topic_partition_list_new(8);
	int partitions = add_partitions(k, name, all) + (second ? add_partitions(k, second, all) : 0);

	rd_kafka_assign(k, all);
	rd_kafka_topic_partition_list_destroy(all);
	return partitions;
}

rd_kafka_t *broker_consumer_with(const char *bootstrap, const struct broker_property *properties)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();

	set(conf, "bootstrap.servers", bootstrap);
	set(conf, "group.id", "bench-verify");
	set(conf, "isolation.level", "read_committed");
	set(conf, "enable.partition.eof", "true");
	set_all(conf, properties);
	return client(RD_KAFKA_CONSUMER, conf);
}

void broker_read_all(const char *bootstrap, const char *name, const struct contract *contract, broker_each *each, void *context)
{
	rd_kafka_t *k = broker_consumer_with(bootstrap, NULL);
	struct wire_reader *wire = wire_reader_new(contract, WIRE_AVRO, NULL);
	struct arena arena = {0};
	int partitions = broker_assign_all(k, name, NULL);
	double last = broker_seconds();

	for (int ends = 0; ends < partitions;) {
		rd_kafka_message_t *m = rd_kafka_consumer_poll(k, WAIT_MS);

		if (!m) {
			if (broker_seconds() - last > LATE_END_MS / 1000.0)
				broker_die(name, "no end of partition in 15 s");
			continue;
		}
		last = broker_seconds();
		if (m->err == RD_KAFKA_RESP_ERR__PARTITION_EOF)
			ends++;
		else if (!m->err)
			each(context, wire, view_of(m->payload, m->len), &arena);
		arena_reset(&arena);
		rd_kafka_message_destroy(m);
	}
	arena_clear(&arena);
	wire_reader_free(&wire);
	rd_kafka_consumer_close(k);
	rd_kafka_destroy(k);
}

// ---- groups

static rd_kafka_resp_err_t delete_group(rd_kafka_t *k, rd_kafka_queue_t *queue, const char *name)
{
	rd_kafka_DeleteGroup_t *group = rd_kafka_DeleteGroup_new(name);
	size_t n = 0;

	rd_kafka_DeleteGroups(k, &group, 1, NULL, queue);
	rd_kafka_event_t *answer = rd_kafka_queue_poll(queue, LATE_END_MS);
	rd_kafka_resp_err_t failed = answer ? rd_kafka_event_error(answer) : RD_KAFKA_RESP_ERR__TIMED_OUT;
	if (!failed) {
		const rd_kafka_group_result_t **all = rd_kafka_DeleteGroups_result_groups(rd_kafka_event_DeleteGroups_result(answer), &n);
		failed = n ? rd_kafka_error_code(rd_kafka_group_result_error(all[0])) : RD_KAFKA_RESP_ERR__FAIL;
	}
	if (answer)
		rd_kafka_event_destroy(answer);
	rd_kafka_DeleteGroup_destroy(group);
	return failed;
}

void broker_forget_group(const char *bootstrap, const char *group)
{
	rd_kafka_t *k = broker_producer(bootstrap);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(k);
	double begin = broker_seconds();
	rd_kafka_resp_err_t failed;

	while ((failed = delete_group(k, queue, group)) == RD_KAFKA_RESP_ERR_NON_EMPTY_GROUP && broker_seconds() - begin < FLUSH_MS / 1000.0)
		usleep(WAIT_MS * 200);
	if (failed && failed != RD_KAFKA_RESP_ERR_GROUP_ID_NOT_FOUND)
		broker_die(group, rd_kafka_err2str(failed));
	rd_kafka_queue_destroy(queue);
	rd_kafka_destroy(k);
}

bool broker_same(const char *what, int64_t is, int64_t expected)
{
	printf("%-34s %14" PRId64 " expected %14" PRId64 " %s\n", what, is, expected, is == expected ? "ok" : "WRONG");
	return is == expected;
}
