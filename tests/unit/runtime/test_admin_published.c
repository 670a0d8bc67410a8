// SPDX-License-Identifier: Apache-2.0
// Promise: the latest record of a key is found however far back it is; a deleted or unknown one is absent. Needs a broker: LOOKBACK_TEST_KAFKA.
#include "runtime/admin_published.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"

enum { OTHERS = 50000 };

static char topic[64];
static struct config config;

static void produce(rd_kafka_t *producer, const char *key, const char *value)
{
	while (rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_PARTITION(0), RD_KAFKA_V_KEY(key, strlen(key)),
			   RD_KAFKA_V_VALUE((void *)(uintptr_t)value, value ? strlen(value) : 0), RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY),
			   RD_KAFKA_V_END) == RD_KAFKA_RESP_ERR__QUEUE_FULL)
		rd_kafka_poll(producer, 100);
}

static void create_topic(rd_kafka_t *client)
{
	rd_kafka_NewTopic_t *draft = rd_kafka_NewTopic_new(topic, 1, 1, NULL, 0);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);

	rd_kafka_CreateTopics(client, &draft, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(draft);
}

static int fill(void **state)
{
	OWN(kafka_free) rd_kafka_t *producer = NULL;
	struct err err = {0};

	(void)state;
	config.kafka.bootstrap_servers = getenv("LOOKBACK_TEST_KAFKA");
	if (!config.kafka.bootstrap_servers)
		return 0;
	snprintf(topic, sizeof topic, "published-%d-%lld", (int)getpid(), (long long)now_steady_us());
	assert_int_equal(kafka_new(&(struct kafka_options){.config = &config, .kind = KAFKA_PRODUCER, .client_id = "test"}, &producer, &err),
		0);
	create_topic(producer);
	produce(producer, "far", "first");
	produce(producer, "far", "second");
	produce(producer, "gone", "was here");
	produce(producer, "gone", NULL);
	for (int i = 0; i < OTHERS; i++)
		produce(producer, "other", "x");
	produce(producer, "near", "last");
	return rd_kafka_flush(producer, 30000) == RD_KAFKA_RESP_ERR_NO_ERROR ? 0 : -1;
}

static struct view find(const char *key, struct arena *arena, bool *whole)
{
	const struct admin_published where = {.config = &config, .topic = topic};
	struct view value;
	struct err err = {0};

	if (!config.kafka.bootstrap_servers)
		skip();
	if (admin_published(&where, view_text(key), arena, &value, whole, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
	return value;
}

static void assert_value(const char *key, const char *value)
{
	OWN(arena_clear) struct arena arena = {0};
	bool whole = false;
	struct view found = find(key, &arena, &whole);

	assert_true(whole);
	assert_true(view_eq(found, view_text(value)));
}

static void test_found(void **state)
{
	(void)state;
	assert_value("near", "last");
	assert_value("far", "second");
}

static void test_absent(void **state)
{
	(void)state;
	assert_value("gone", NULL);
	assert_value("never", NULL);
}

static void test_time_is_up(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	const struct admin_published where = {.config = &config, .topic = topic, .timeout_ms = 1};
	struct view value;
	struct err err = {0};
	bool whole = true;

	if (!config.kafka.bootstrap_servers)
		skip();
	assert_int_equal(admin_published(&where, VIEW_LIT("far"), &arena, &value, &whole, &err), 0);
	assert_false(whole);
	assert_false(view_is_set(value));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found),
		cmocka_unit_test(test_absent),
		cmocka_unit_test(test_time_is_up),
	};

	return cmocka_run_group_tests(tests, fill, NULL);
}
