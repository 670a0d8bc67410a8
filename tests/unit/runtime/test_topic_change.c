// SPDX-License-Identifier: Apache-2.0
// Promise: of those that change a topic at one time one begins again, so that what all read and wrote is as if they had come one after the other; who gives up writes nothing. Needs a
// broker: LOOKBACK_TEST_KAFKA.
#include "runtime/topic_change.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"
#include "runtime/topic_scan.h"

static struct config config;
static char topic[64];

static int make_topic(void **state)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	static int count;
	struct err err;

	(void)state;
	config.kafka.bootstrap_servers = getenv("LOOKBACK_TEST_KAFKA");
	if (!config.kafka.bootstrap_servers)
		return 0;
	snprintf(topic, sizeof topic, "changed-%d-%lld-%d", (int)getpid(), (long long)now_steady_us(), count++);
	assert_int_equal(kafka_new(&(struct kafka_options){.config = &config, .kind = KAFKA_PRODUCER, .client_id = "test"}, &client, &err), 0);
	rd_kafka_NewTopic_t *draft = rd_kafka_NewTopic_new(topic, 3, 1, NULL, 0);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);

	rd_kafka_CreateTopics(client, &draft, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(draft);
	return 0;
}

struct counted {
	int value, records;
};

static int hear(void *context, const struct record *record, struct err *err)
{
	struct counted *c = context;

	(void)err;
	assert_true(view_eq(record->key, VIEW_LIT("k")));
	memcpy(&c->value, record->value.p, sizeof c->value);
	c->records++;
	return 0;
}

static struct counted read_topic(void)
{
	struct counted counted = {0};
	const struct topic_scan scan =
		{.config = &config, .topic = topic, .client_id = "test", .since_ms = INT64_MIN, .hear = hear, .context = &counted};
	struct err err;

	if (topic_scan(&scan, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
	return counted;
}

struct adding {
	int attempts, others; // so many times somebody else comes between reading and writing
	bool gives_up;
};

static int add_one(void *context, struct topic_change_writer *writer, struct err *err);

static int change(struct adding *a, struct err *err)
{
	const struct topic_change c = {.config = &config, .topic = topic, .client_id = "test", .attempt = add_one, .context = a};

	return topic_change(&c, err);
}

static int add_one(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct adding *a = context, other = {0};
	int value = read_topic().value + 1;

	a->attempts++;
	if (a->others > 0) {
		a->others--;
		assert_int_equal(change(&other, err), 0);
	}
	if (topic_change_put(writer, VIEW_LIT("k"), view_of(&value, sizeof value), err) != 0)
		return -1;
	return a->gives_up ? err_set(err, ERR_POISON, "gives_up", "as it was told to") : 0;
}

static void test_changes_at_one_time_come_one_after_the_other(void **state)
{
	struct adding a = {.others = 2};
	struct err err;

	(void)state;
	if (!config.kafka.bootstrap_servers)
		skip();
	if (change(&a, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
	assert_int_equal(a.attempts, 3);
	struct counted counted = read_topic();

	assert_int_equal(counted.value, 3);   // two others and we
	assert_int_equal(counted.records, 3); // what was fenced is not there
}

static void test_who_gives_up_writes_nothing(void **state)
{
	struct adding a = {.gives_up = true}, again = {0};
	struct err err;

	(void)state;
	if (!config.kafka.bootstrap_servers)
		skip();
	assert_int_equal(change(&a, &err), -1);
	assert_string_equal(err.code, "gives_up");
	assert_int_equal(read_topic().records, 0);
	assert_int_equal(change(&again, &err), 0);
	assert_int_equal(read_topic().value, 1);
}

static void test_nobody_who_comes_first_all_the_time_is_waited_for(void **state)
{
	struct adding a = {.others = 1000};
	struct err err;

	(void)state;
	if (!config.kafka.bootstrap_servers)
		skip();
	assert_int_equal(change(&a, &err), -1);
	assert_string_equal(err.code, "topic_contended");
	assert_int_equal(err.class, ERR_RETRY);
	assert_int_equal(a.attempts, 10);
	assert_int_equal(read_topic().value, 10); // the others'
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_changes_at_one_time_come_one_after_the_other, make_topic),
		cmocka_unit_test_setup(test_who_gives_up_writes_nothing, make_topic),
		cmocka_unit_test_setup(test_nobody_who_comes_first_all_the_time_is_waited_for, make_topic),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
