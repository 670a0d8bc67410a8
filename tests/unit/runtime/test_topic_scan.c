// SPDX-License-Identifier: Apache-2.0
// Promise: every committed record of every partition is heard once, partition after partition, in order; what is aborted or before a time is not; a hearer's failure, a topic
// that is not there and brokers that do not answer end it. Needs a broker: LOOKBACK_TEST_KAFKA.
#include "runtime/topic_scan.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum { PARTITIONS = 40, EACH = 300, OLD = 100 }; // more partitions than are fetched ahead; every third is empty
static const int64_t OLD_MS = 1600000000000, NEW_MS = 1700000000000;

static char topic[64];
static struct config config;

static void produce(rd_kafka_t *producer, int32_t partition, int number)
{
	int64_t at = number < OLD ? OLD_MS : NEW_MS;

	while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(partition), RD_KAFKA_V_KEY("k", 1),
			   RD_KAFKA_V_VALUE(&number, sizeof number), RD_KAFKA_V_TIMESTAMP(at), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			   RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(producer, 100);
}

static void create_topic(rd_kafka_t *client)
{
	rd_kafka_NewTopic_t *draft = rd_kafka_NewTopic_new(topic, PARTITIONS, 1, NULL, 0);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);

	rd_kafka_NewTopic_set_config(draft, "retention.ms", "-1"); // records are years old
	rd_kafka_CreateTopics(client, &draft, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(draft);
}

static rd_kafka_t *producer_new(const char *transactional_id)
{
	rd_kafka_t *producer = NULL;
	struct err err = {0};

	assert_int_equal(kafka_new(&(struct kafka_options){.config = &config,
								   .kind = KAFKA_PRODUCER,
								   .client_id = "test",
								   .transactional_id = transactional_id},
						 &producer, &err),
		0);
	return producer;
}

// What is aborted stands between what is committed.
static int fill(void **state)
{
	(void)state;
	config.kafka.bootstrap_servers = getenv("LOOKBACK_TEST_KAFKA");
	if (!config.kafka.bootstrap_servers)
		return 0;
	snprintf(topic, sizeof topic, "scanned-%d-%lld", (int)getpid(), (long long)now_steady_us());
	OWN(kafka_free) rd_kafka_t *producer = producer_new(topic);
	int failed = 0;

	create_topic(producer);
	failed |= rd_kafka_init_transactions(producer, 30000) != NULL;
	for (int part = 0; part < 3; part++) {
		failed |= rd_kafka_begin_transaction(producer) != NULL;
		for (int32_t p = 0; p < PARTITIONS; p++)
			for (int i = 0; p % 3 && i < EACH / 2; i++)
				produce(producer, p, part == 1 ? -1 : part / 2 * (EACH / 2) + i);
		failed |= rd_kafka_flush(producer, 30000) != 0;
		failed |= (part == 1 ? rd_kafka_abort_transaction(producer, 30000) : rd_kafka_commit_transaction(producer, 30000)) != NULL;
	}
	return failed;
}

struct heard {
	int next[PARTITIONS], first, fail_at;
	int32_t partition; // whose turn it is
};

static int hear(void *context, const struct record *record, struct err *err)
{
	struct heard *h = context;
	int number;

	assert_int_equal(record->partition, h->partition);
	assert_int_equal(record->value.n, sizeof number);
	memcpy(&number, record->value.p, sizeof number);
	assert_int_equal(number, h->next[record->partition] ? h->next[record->partition] : h->first);
	assert_int_equal(record->timestamp, number < OLD ? OLD_MS : NEW_MS);
	assert_true(view_eq(record->key, VIEW_LIT("k")));
	h->next[record->partition] = number + 1;
	return h->fail_at && number == h->fail_at ? err_set(err, ERR_FATAL, "enough", "heard enough") : 0;
}

static void partition_end(void *context, int32_t partition)
{
	struct heard *h = context;

	assert_int_equal(partition, h->partition);
	h->partition++;
}

static int scan(struct heard *heard, const char *name, int64_t since_ms, struct err *err)
{
	const struct topic_scan s = {.config = &config,
		.topic = name,
		.client_id = "test",
		.since_ms = since_ms,
		.patience_ms = 15000,
		.hear = hear,
		.partition_end = partition_end,
		.context = heard};

	if (!config.kafka.bootstrap_servers)
		skip();
	return topic_scan(&s, err);
}

static void assert_all(int64_t since_ms, int first, int end)
{
	struct heard heard = {.first = first};
	struct err err = {0};

	if (scan(&heard, topic, since_ms, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
	assert_int_equal(heard.partition, PARTITIONS);
	for (int p = 0; p < PARTITIONS; p++)
		assert_int_equal(heard.next[p], p % 3 ? end : 0);
}

static void test_all_is_heard(void **state)
{
	(void)state;
	assert_all(INT64_MIN, 0, EACH);
}

static void test_since_a_time(void **state)
{
	(void)state;
	assert_all(OLD_MS - 5, 0, EACH);
	assert_all(NEW_MS, OLD, EACH);
	assert_all(NEW_MS + 1, EACH / 2, EACH); // from the first commit on: Kafka dates it itself
	assert_all(now_wall_ms() + 3600000, 0, 0);
}

static void test_a_failure_ends_it(void **state)
{
	(void)state;
	struct heard heard = {.fail_at = 20};
	struct err err = {0};

	assert_int_equal(scan(&heard, topic, INT64_MIN, &err), -1);
	assert_string_equal(err.code, "enough");
	assert_int_equal(heard.next[1], 21);
	assert_int_equal(heard.next[2], 0);
}

static void test_a_topic_that_is_not_there(void **state)
{
	(void)state;
	struct heard heard = {0};
	struct err err = {0};

	assert_int_equal(scan(&heard, "never-made", INT64_MIN, &err), -1);
	assert_string_equal(err.code, "topic_missing");
}

static void test_nobody_answers(void **state)
{
	(void)state;
	struct config nowhere = {.kafka = {.bootstrap_servers = "127.0.0.1:1"}};
	struct heard heard = {0};
	struct err err = {0};
	const struct topic_scan s =
		{.config = &nowhere, .topic = "x", .client_id = "test", .patience_ms = 500, .hear = hear, .context = &heard};

	assert_int_equal(topic_scan(&s, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_all_is_heard),
		cmocka_unit_test(test_since_a_time),
		cmocka_unit_test(test_a_failure_ends_it),
		cmocka_unit_test(test_a_topic_that_is_not_there),
		cmocka_unit_test(test_nobody_answers),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
