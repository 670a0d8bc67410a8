// SPDX-License-Identifier: Apache-2.0
// Promise: on a real cluster, what is wrong is refused at start and told by a live check, with the setting to change. Needs a broker: LOOKBACK_TEST_KAFKA.
#include "runtime/validate.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "runtime/kafka.h"
#include "runtime/processor.h"
#include "runtime/topics_live.h"

enum { DAY_MS = 86400000, KEYS = 300 };

static struct goal goal = {.max_touchpoints = 100};
static struct tenant tenant = {.id = {"shop", 4}, .max_lookback_ms = 7LL * DAY_MS, .goals = &goal, .goal_count = 1};
static char names[TOPICS_COUNT][64];
static const struct processor_topic attribution_topics[] = {{"clicks"}, {"orders"}, {"conversions"}, {"attributed_conversions"},
	{"attribution_credits"}, {"dead_letters"}};
static const struct processor attribution = {.topics = attribution_topics, .topic_count = 6};

const struct tenant *config_tenant(const struct config *config, struct view id)
{
	(void)config;
	return view_eq(id, tenant.id) ? &tenant : NULL;
}

// Topics of their own for every test.
static struct config config_for(const char *test)
{
	const char *broker = getenv("LOOKBACK_TEST_KAFKA");
	struct config c = {.max_record = 4096, .tenants = &tenant, .tenant_count = 1, .topic_defaults = {4, 1}};
	const char **slots[TOPICS_COUNT] = {&c.topics.clicks, &c.topics.orders, &c.topics.conversions, &c.topics.attributed_conversions,
		&c.topics.attribution_credits, &c.topics.export_results, &c.topics.report_snapshots, &c.topics.ad_entities, &c.topics.roas,
		&c.topics.connections, &c.topics.sync_status, &c.topics.daily_sums, &c.topics.tenant_days, &c.topics.dead_letters};

	if (!broker)
		skip();
	for (int i = 0; i < TOPICS_COUNT; i++) {
		snprintf(names[i], sizeof names[i], "%s-%d-%lld-%d", test, (int)getpid(), (long long)now_steady_us(), i);
		*slots[i] = names[i];
	}
	c.kafka.bootstrap_servers = broker;
	c.attribution.allowed_lateness_ms = DAY_MS;
	c.attribution.order_lifetime_ms = 180LL * DAY_MS;
	return c;
}

static void create(const struct config *c)
{
	static struct topics_result r[TOPICS_COUNT];
	struct err err = {0};

	if (topics_live_create(c, false, r, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
}

static rd_kafka_t *client_of(const struct config *c)
{
	rd_kafka_t *client = NULL;
	struct err err = {0};

	assert_int_equal(kafka_new(&(struct kafka_options){.config = c, .kind = KAFKA_UNCOMMITTED, .client_id = "test"}, &client, &err), 0);
	return client;
}

// A producer as a shop may have it: `partitioner` as it likes.
static void produce(const struct config *c, const char *topic, const char *partitioner)
{
	rd_kafka_conf_t *conf = rd_kafka_conf_new();
	char words[256];

	assert_int_equal(rd_kafka_conf_set(conf, "bootstrap.servers", c->kafka.bootstrap_servers, words, sizeof words), RD_KAFKA_CONF_OK);
	assert_int_equal(rd_kafka_conf_set(conf, "partitioner", partitioner, words, sizeof words), RD_KAFKA_CONF_OK);
	rd_kafka_t *producer = rd_kafka_new(RD_KAFKA_PRODUCER, conf, words, sizeof words);

	assert_non_null(producer);
	for (int i = 0; i < KEYS; i++) {
		char key[40], value[] = "x";
		int n = snprintf(key, sizeof key, "shop|user-%d", i);

		assert_int_equal(rd_kafka_producev(producer, RD_KAFKA_V_TOPIC(topic), RD_KAFKA_V_KEY(key, (size_t)n), RD_KAFKA_V_VALUE(value, 1),
							 RD_KAFKA_V_MSGFLAGS(RD_KAFKA_MSG_F_COPY), RD_KAFKA_V_END),
			0);
	}
	assert_int_equal(rd_kafka_flush(producer, 20000), 0);
	rd_kafka_destroy(producer);
}

static bool live(const struct config *c, struct buf *report)
{
	struct err err = {0};
	bool differs = false;

	if (validate_live(c, report, &differs, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
	buf_add_byte(report, 0);
	return differs;
}

static void assert_says(const struct buf *report, const char *words)
{
	if (!strstr(report->p, words))
		fail_msg("\"%s\" is not in:\n%s", words, report->p);
}

static void test_fresh_topics_start(void **state)
{
	(void)state;
	struct config c = config_for("fresh");
	OWN(kafka_free) rd_kafka_t *client = client_of(&c);
	OWN(buf_clear) struct buf report = {0};
	struct err err = {0};
	int32_t partitions = 0;

	assert_int_equal(validate_start(&c, &attribution, client, &partitions, &err), -1);
	assert_string_equal(err.code, "topic_missing");
	assert_non_null(strstr(err.words, "lookback topics create"));
	create(&c);
	assert_int_equal(validate_start(&c, &attribution, client, &partitions, &err), 0);
	assert_int_equal(partitions, 4);
	assert_int_equal(validate_assignment(&c, &attribution, client, 4, &err), 0);
	assert_int_equal(validate_assignment(&c, &attribution, client, 6, &err), -1);
	assert_string_equal(err.code, "partitions_changed");
	assert_false(live(&c, &report));
	assert_says(&report, "4 partitions, settings as wanted\n");
}

static void test_misplaced_keys_are_told(void **state)
{
	(void)state;
	struct config c = config_for("keys");
	OWN(buf_clear) struct buf report = {0};
	char words[160];

	create(&c);
	produce(&c, c.topics.clicks, "murmur2_random");
	produce(&c, c.topics.orders, "consistent_random");
	assert_true(live(&c, &report));
	snprintf(words, sizeof words, "ok\t%s\t300 sampled keys are where murmur2 puts them\n", c.topics.clicks);
	assert_says(&report, words);
	snprintf(words, sizeof words, "problem\t%s\t", c.topics.orders);
	assert_says(&report, words);
	assert_says(&report, "set partitioner=murmur2_random in that producer");
	assert_null(strstr(report.p, "user-"));
}

static void test_topics_that_do_not_fit(void **state)
{
	(void)state;
	struct config c = config_for("unfit");
	OWN(kafka_free) rd_kafka_t *client = client_of(&c);
	struct err err = {0};
	int32_t partitions = 0;

	create(&c);
	tenant.max_lookback_ms = 90LL * DAY_MS;
	assert_int_equal(validate_start(&c, &attribution, client, &partitions, &err), -1);
	assert_string_equal(err.code, "clicks_retention");
	tenant.max_lookback_ms = 7LL * DAY_MS;
	goal.max_touchpoints = 1000;
	assert_int_equal(validate_start(&c, &attribution, client, &partitions, &err), -1);
	assert_string_equal(err.code, "output_limit");
	assert_non_null(strstr(err.words, "and 2 more"));
	goal.max_touchpoints = 100;
	snprintf(names[TOPICS_ORDERS], sizeof names[0], "wide-%d-%lld", (int)getpid(), (long long)now_steady_us());
	rd_kafka_NewTopic_t *topic = rd_kafka_NewTopic_new(names[TOPICS_ORDERS], 7, 1, NULL, 0);
	rd_kafka_queue_t *queue = rd_kafka_queue_new(client);

	rd_kafka_CreateTopics(client, &topic, 1, NULL, queue);
	rd_kafka_event_destroy(rd_kafka_queue_poll(queue, 20000));
	rd_kafka_queue_destroy(queue);
	rd_kafka_NewTopic_destroy(topic);
	for (int i = 0; i < 50 && strcmp(err.code, "partitions_differ") != 0; i++) {
		usleep(100 * 1000); // the broker hears of the new topic
		assert_int_equal(validate_start(&c, &attribution, client, &partitions, &err), -1);
	}
	assert_string_equal(err.code, "partitions_differ");
	assert_int_equal(validate_assignment(&c, &attribution, client, 4, &err), -1);
	assert_string_equal(err.code, "partitions_differ");
}

static void test_nobody_there(void **state)
{
	(void)state;
	struct config c = config_for("nobody");
	OWN(buf_clear) struct buf report = {0};

	log_setup(LOG_ERROR + 1, LOG_LOGFMT); // librdkafka complains, as it should
	c.kafka.bootstrap_servers = "127.0.0.1:1";
	c.schema_registry.url = "http://127.0.0.1:1";
	assert_true(live(&c, &report));
	assert_says(&report, "problem\tbrokers\t127.0.0.1:1: no answer");
	assert_says(&report, "problem\tschema registry\t");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_fresh_topics_start),
		cmocka_unit_test(test_misplaced_keys_are_told),
		cmocka_unit_test(test_topics_that_do_not_fit),
		cmocka_unit_test(test_nobody_there),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
