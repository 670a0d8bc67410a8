// SPDX-License-Identifier: Apache-2.0
// Promise: what is missing is created as planned, what exists is left alone and its differences are said. Needs a broker: LOOKBACK_TEST_KAFKA.
#include "runtime/topics_live.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"

enum { DAY_MS = 86400000 };

static struct goal goal = {.max_touchpoints = 100};
static struct tenant tenant = {.max_lookback_ms = 7LL * DAY_MS, .goals = &goal, .goal_count = 1};

static char names[TOPICS_COUNT][64];

// Topics of their own for every test.
static struct config config_for(const char *test)
{
	const char *broker = getenv("LOOKBACK_TEST_KAFKA");
	struct config c = {.max_record = 4096, .tenants = &tenant, .tenant_count = 1, .topic_defaults = {3, 1}};
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

static void create(const struct config *c, bool dry_run, struct topics_result out[TOPICS_COUNT])
{
	struct err err = {0};

	if (topics_live_create(c, dry_run, out, &err) != 0)
		fail_msg("%s: %s", err.code, err.words);
}

static void test_created_then_exists(void **state)
{
	(void)state;
	static struct topics_result r[TOPICS_COUNT];
	struct config c = config_for("created");

	create(&c, true, r);
	for (int i = 0; i < TOPICS_COUNT; i++)
		assert_int_equal(r[i].outcome, TOPICS_WOULD_CREATE);
	create(&c, false, r);
	for (int i = 0; i < TOPICS_COUNT; i++)
		assert_int_equal(r[i].outcome, TOPICS_CREATED);
	create(&c, false, r);
	for (int i = 0; i < TOPICS_COUNT; i++) {
		assert_int_equal(r[i].outcome, TOPICS_EXISTS);
		assert_int_equal(r[i].found.partitions, 3);
	}
}

static void test_differences_are_said_and_left(void **state)
{
	(void)state;
	static struct topics_result r[TOPICS_COUNT];
	struct config c = config_for("differs");

	create(&c, false, r);
	tenant.max_lookback_ms = 90LL * DAY_MS;
	for (int turn = 0; turn < 2; turn++) {
		create(&c, false, r);
		assert_int_equal(r[TOPICS_CLICKS].outcome, TOPICS_DIFFERS);
		assert_int_equal(r[TOPICS_CLICKS].difference_count, 1);
		assert_string_equal(r[TOPICS_CLICKS].differences[0].what, "retention.ms");
		assert_string_equal(r[TOPICS_CLICKS].differences[0].has, "1468800000"); // 2 * 7 d + 2 * 1 d + 1 d
		assert_int_equal(r[TOPICS_ORDERS].outcome, TOPICS_EXISTS);
	}
	tenant.max_lookback_ms = 7LL * DAY_MS;
}

static void test_shard_topics_must_fit_those_that_exist(void **state)
{
	(void)state;
	static struct topics_result r[TOPICS_COUNT];
	struct config c = config_for("fits");

	create(&c, false, r);
	snprintf(names[TOPICS_ATTRIBUTED], sizeof names[TOPICS_ATTRIBUTED], "other-%d-%lld", (int)getpid(), (long long)now_steady_us());
	c.topic_defaults.partitions = 5;
	create(&c, false, r);
	assert_int_equal(r[TOPICS_ATTRIBUTED].outcome, TOPICS_REFUSED);
	assert_non_null(strstr(r[TOPICS_ATTRIBUTED].problem, "set topic_defaults.partitions: 3"));
	assert_int_equal(r[TOPICS_CLICKS].outcome, TOPICS_DIFFERS);
	assert_string_equal(r[TOPICS_CLICKS].differences[0].what, "partitions");
}

static void test_broker_refuses(void **state)
{
	(void)state;
	static struct topics_result r[TOPICS_COUNT];
	struct config c = config_for("refuses");

	c.topic_defaults.replication_factor = 3; // one broker
	create(&c, false, r);
	assert_int_equal(r[TOPICS_ROAS].outcome, TOPICS_REFUSED);
	assert_non_null(strstr(r[TOPICS_ROAS].problem, "INVALID_REPLICATION_FACTOR"));
}

static void test_no_broker_is_an_error(void **state)
{
	(void)state;
	static struct topics_result r[TOPICS_COUNT];
	struct config c = config_for("none");
	struct err err = {0};

	log_setup(LOG_ERROR + 1, LOG_LOGFMT); // librdkafka complains, as it should
	c.kafka.bootstrap_servers = "127.0.0.1:1";
	assert_int_equal(topics_live_create(&c, true, r, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_created_then_exists),
		cmocka_unit_test(test_differences_are_said_and_left),
		cmocka_unit_test(test_shard_topics_must_fit_those_that_exist),
		cmocka_unit_test(test_broker_refuses),
		cmocka_unit_test(test_no_broker_is_an_error),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
