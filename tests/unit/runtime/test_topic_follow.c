// SPDX-License-Identifier: Apache-2.0
// Promise: all that is committed is heard, then what comes; tombstones in their place, nothing that was aborted; a topic that is made later, or made anew, is heard. Needs a broker:
// LOOKBACK_TEST_KAFKA.
#include "runtime/topic_follow.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"
#include "runtime/topic_change.h"

enum { PARTITIONS = 5, KEYS = 50 };

static struct config config;
static char topic[64];

// What is known by key: the latest value as a number, 0 after a tombstone.
struct heard {
	atomic_int values[KEYS], records, caught_up, restarts;
};

static void hear(void *context, const struct record *record)
{
	struct heard *h = context;
	int key = 0, value = 0;

	assert_int_equal(record->key.n, sizeof key);
	memcpy(&key, record->key.p, sizeof key);
	if (view_is_set(record->value))
		memcpy(&value, record->value.p, sizeof value);
	atomic_store(&h->values[key], value);
	atomic_fetch_add(&h->records, 1);
}

static void caught_up(void *context)
{
	atomic_fetch_add(&((struct heard *)context)->caught_up, 1);
}

static void restart(void *context)
{
	atomic_fetch_add(&((struct heard *)context)->restarts, 1);
}

static struct topic_follow *follow(struct heard *heard, const struct config *of)
{
	const struct topic_follow_options options = {.config = of,
		.topic = topic,
		.client_id = "test",
		.retry_most_ms = 200,
		.hear = hear,
		.check_ms = 500,
		.restart = restart,
		.caught_up = caught_up,
		.context = heard};

	return topic_follow_new(&options);
}

// ---- writing

struct writing {
	int from, to, value; // 0: tombstones
	bool gives_up;
	int attempts;
};

static int write_some(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct writing *w = context;

	w->attempts++;
	for (int key = w->from; key < w->to; key++)
		if (topic_change_put(writer, view_of(&key, sizeof key), w->value ? view_of(&w->value, sizeof w->value) : VIEW_ABSENT, err) != 0)
			return -1;
	return w->gives_up ? err_set(err, ERR_POISON, "gives_up", "as it was told to") : 0;
}

static int change(struct writing *w, struct err *err)
{
	const struct topic_change c = {.config = &config, .topic = topic, .client_id = "test", .attempt = write_some, .context = w};

	return topic_change(&c, err);
}

static void writes(int from, int to, int value)
{
	struct writing w = {.from = from, .to = to, .value = value};
	struct err err;

	if (change(&w, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
}

static void make_topic(void)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	struct err err;

	assert_int_equal(kafka_new(&(struct kafka_options){.config = &config, .kind = KAFKA_PRODUCER, .client_id = "test"}, &client, &err), 0);
	rd_kafka_NewTopic_t *draft = rd_kafka_NewTopic_new(topic, PARTITIONS, 1, NULL, 0);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);

	rd_kafka_CreateTopics(client, &draft, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(draft);
}

static void delete_topic(void)
{
	OWN(kafka_free) rd_kafka_t *client = NULL;
	struct err err;

	assert_int_equal(kafka_new(&(struct kafka_options){.config = &config, .kind = KAFKA_PRODUCER, .client_id = "test"}, &client, &err), 0);
	rd_kafka_DeleteTopic_t *draft = rd_kafka_DeleteTopic_new(topic);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);

	rd_kafka_DeleteTopics(client, &draft, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
	rd_kafka_queue_destroy(queue);
	rd_kafka_DeleteTopic_destroy(draft);
}

static int begin(void **state)
{
	static int count;

	(void)state;
	config.kafka.bootstrap_servers = getenv("LOOKBACK_TEST_KAFKA");
	snprintf(topic, sizeof topic, "followed-%d-%lld-%d", (int)getpid(), (long long)now_steady_us(), count++);
	return 0;
}

static void need_broker(void)
{
	if (!config.kafka.bootstrap_servers)
		skip();
}

static void knows(struct heard *h, int key, int value)
{
	int64_t until = now_steady_ms() + 20000;

	while (atomic_load(&h->values[key]) != value && now_steady_ms() < until)
		usleep(20000);
	assert_int_equal(atomic_load(&h->values[key]), value);
}

// ---- the promises

static void test_what_was_there_and_what_comes_is_heard(void **state)
{
	struct heard heard = {0};
	struct writing aborted = {.from = 0, .to = KEYS, .value = 9, .gives_up = true};
	struct err err;

	(void)state;
	need_broker();
	make_topic();
	writes(0, KEYS, 1);
	assert_int_equal(change(&aborted, &err), -1);
	assert_string_equal(err.code, "gives_up");
	writes(0, 10, 2);
	writes(5, 7, 0);
	OWN(topic_follow_free) struct topic_follow *f = follow(&heard, &config);
	assert_true(topic_follow_wait(f, 20000));
	for (int key = 0; key < KEYS; key++)
		assert_int_equal(atomic_load(&heard.values[key]), key == 5 || key == 6 ? 0 : key < 10 ? 2 : 1);
	assert_int_equal(atomic_load(&heard.records), KEYS + 10 + 2);
	assert_int_equal(topic_follow_trouble(f, &err), 0);
	writes(5, 6, 3);
	knows(&heard, 5, 3);
	writes(KEYS - 1, KEYS, 0);
	knows(&heard, KEYS - 1, 0);
	assert_int_equal(atomic_load(&heard.caught_up), 1);
}

static void test_a_topic_that_is_made_later_is_waited_for(void **state)
{
	struct heard heard = {0};
	struct err err;

	(void)state;
	need_broker();
	OWN(topic_follow_free) struct topic_follow *f = follow(&heard, &config);
	assert_false(topic_follow_wait(f, 1500));
	assert_int_equal(topic_follow_trouble(f, &err), -1);
	make_topic();
	assert_true(topic_follow_wait(f, 20000));
	writes(0, 3, 4);
	knows(&heard, 2, 4);
	assert_int_equal(topic_follow_trouble(f, &err), 0);
}

static void test_a_topic_that_is_made_anew_is_heard_from_its_beginning(void **state)
{
	struct heard heard = {0};
	int64_t until = now_steady_ms() + 30000;

	(void)state;
	need_broker();
	make_topic();
	writes(0, KEYS, 1);
	OWN(topic_follow_free) struct topic_follow *f = follow(&heard, &config);
	assert_true(topic_follow_wait(f, 20000));
	delete_topic();
	usleep(2000000); // until the broker has forgotten it
	make_topic();
	writes(3, 4, 8);
	knows(&heard, 3, 8);
	while (atomic_load(&heard.caught_up) < 2 && now_steady_ms() < until)
		usleep(20000);
	assert_int_equal(atomic_load(&heard.restarts), 1);
	assert_int_equal(atomic_load(&heard.caught_up), 2);
	assert_int_equal(atomic_load(&heard.records), KEYS + 1);
}

static void test_it_ends_while_nobody_answers(void **state)
{
	const struct config nowhere = {.kafka = {.bootstrap_servers = "127.0.0.1:1"}};
	struct heard heard = {0};
	struct err err;
	int64_t begun = now_steady_ms();

	(void)state;
	struct topic_follow *f = follow(&heard, &nowhere);

	assert_false(topic_follow_caught_up(f));
	usleep(300000);
	topic_follow_trouble(f, &err);
	topic_follow_free(&f);
	assert_null(f);
	assert_true(now_steady_ms() - begun < 8000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_what_was_there_and_what_comes_is_heard, begin),
		cmocka_unit_test_setup(test_a_topic_that_is_made_later_is_waited_for, begin),
		cmocka_unit_test_setup(test_a_topic_that_is_made_anew_is_heard_from_its_beginning, begin),
		cmocka_unit_test_setup(test_it_ends_while_nobody_answers, begin),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
