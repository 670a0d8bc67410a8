// SPDX-License-Identifier: Apache-2.0
// Promise: every topic of a config is planned with what correctness hangs on, limits hold the largest record that can be written, and what differs is found.
#include "runtime/topics.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

enum { DAY_MS = 86400000 };

static struct goal goals[2] = {{.max_touchpoints = 100}, {.max_touchpoints = 40}};
static struct tenant tenants[2] = {
	{.max_lookback_ms = 7LL * DAY_MS, .goals = goals, .goal_count = 2},
	{.max_lookback_ms = 30LL * DAY_MS, .goals = goals, .goal_count = 1},
};

static struct config shop(void)
{
	struct config c = {.max_record = 256 << 10, .tenants = tenants, .tenant_count = 2, .topic_defaults = {8, 1}};

	c.topics.clicks = "clicks";
	c.topics.orders = "orders";
	c.topics.conversions = "conversions";
	c.topics.attributed_conversions = "attributed-conversions";
	c.topics.attribution_credits = "attribution-credits";
	c.topics.export_results = "export-results";
	c.topics.report_snapshots = "report-snapshots";
	c.topics.ad_entities = "ad-entities";
	c.topics.roas = "roas";
	c.topics.connections = "connections";
	c.topics.sync_status = "sync-status";
	c.topics.daily_sums = "daily-sums";
	c.topics.tenant_days = "tenant-days";
	c.topics.dead_letters = "letters";
	c.attribution.allowed_lateness_ms = 7LL * DAY_MS;
	c.attribution.order_lifetime_ms = 180LL * DAY_MS;
	return c;
}

static const struct topics_setting *setting(const struct topics_wanted *t, const char *name)
{
	for (size_t i = 0; i < t->setting_count; i++)
		if (strcmp(t->settings[i].name, name) == 0)
			return &t->settings[i];
	return NULL;
}

static void test_every_topic_is_planned(void **state)
{
	(void)state;
	struct config c = shop();
	struct topics_wanted t[TOPICS_COUNT];
	int inputs = 0, by_shard = 0;

	topics_plan(&c, t);
	for (int i = 0; i < TOPICS_COUNT; i++) {
		assert_int_equal(t[i].id, i);
		assert_non_null(t[i].name);
		assert_int_equal(t[i].partitions, 8);
		assert_non_null(setting(&t[i], "cleanup.policy"));
		inputs += t[i].input;
		by_shard += t[i].by_shard;
	}
	assert_int_equal(inputs, 3);
	assert_int_equal(by_shard, 5);
	assert_string_equal(t[TOPICS_DEAD_LETTERS].name, "letters");
	assert_string_equal(setting(&t[TOPICS_ATTRIBUTED], "cleanup.policy")->create, "compact");
	assert_string_equal(setting(&t[TOPICS_EXPORT_RESULTS], "cleanup.policy")->create, "compact,delete");
	assert_true(setting(&t[TOPICS_EXPORT_RESULTS], "retention.ms")->bound == 360LL * DAY_MS); // twice an order's life
	assert_non_null(setting(&t[TOPICS_EXPORT_RESULTS], "max.message.bytes"));
	assert_true(t[TOPICS_EXPORT_RESULTS].by_shard);
	c.events_sink.ledger_retention_ms = 400LL * DAY_MS;
	topics_plan(&c, t);
	assert_true(setting(&t[TOPICS_EXPORT_RESULTS], "retention.ms")->bound == 400LL * DAY_MS);
	assert_int_equal(setting(&t[TOPICS_EXPORT_RESULTS], "retention.ms")->rule, TOPICS_AT_LEAST);
	assert_string_equal(setting(&t[TOPICS_CREDITS], "retention.ms")->create, "-1");
	assert_string_equal(setting(&t[TOPICS_ORDERS], "message.timestamp.after.max.ms")->create, "3600000");
}

static void test_clicks_outlive_the_longest_lookback(void **state)
{
	(void)state;
	struct config c = shop();
	struct topics_wanted t[TOPICS_COUNT];

	topics_plan(&c, t);
	assert_true(topics_clicks_retention_ms(&c) == (2 * 30LL + 2 * 7) * DAY_MS);
	const struct topics_setting *retention = setting(&t[TOPICS_CLICKS], "retention.ms");

	assert_int_equal(retention->rule, TOPICS_AT_LEAST);
	assert_true(retention->bound == 74LL * DAY_MS);
	assert_true(atoll(retention->create) == 75LL * DAY_MS);
	c.tenant_count = 0;
	assert_true(topics_clicks_retention_ms(&c) == (2 * 7LL + 2 * 7) * DAY_MS);
}

static void test_largest_record_follows_from_the_config(void **state)
{
	(void)state;
	struct config c = shop();

	goals[0].max_touchpoints = 50;
	c.max_record = 1024;
	// 2 * 50 credits of two texts of 1,024 bytes and 160 more; 8 KiB of items and ids; 8 KiB fixed
	assert_int_equal(topics_record_limit(&c), 100 * (2 * 1024 + 160) + 8 * 1024 + 8192);
	assert_int_equal(topics_message_limit(&c), topics_record_limit(&c) + (1088 << 10));
	goals[0].max_touchpoints = 1000;
	c.max_record = 16 << 20;
	assert_true(topics_message_limit(&c) == 95 << 20);
	assert_true(topics_record_limit(&c) / 2000 / 2 >= 24000); // 1,000 touchpoints twice, each id twice
	assert_true(topics_message_limit(&c) < 100000000);        // what a stock reader takes
	goals[0].max_touchpoints = 100;
}

static void test_three_replicas_need_two(void **state)
{
	(void)state;
	struct config c = shop();
	struct topics_wanted t[TOPICS_COUNT];

	topics_plan(&c, t);
	assert_null(setting(&t[TOPICS_CLICKS], "min.insync.replicas"));
	c.topic_defaults.replication_factor = 3;
	topics_plan(&c, t);
	assert_string_equal(setting(&t[TOPICS_CLICKS], "min.insync.replicas")->create, "2");
}

// As the plan would create it.
static struct topics_found as_wanted(const struct topics_wanted *t)
{
	struct topics_found f = {.exists = true, .partitions = t->partitions, .replication_factor = t->replication_factor, .described = true};

	for (size_t i = 0; i < t->setting_count; i++)
		memcpy(f.values[i], t->settings[i].create, TOPICS_VALUE);
	return f;
}

static void set(const struct topics_wanted *t, struct topics_found *f, const char *name, const char *value)
{
	const struct topics_setting *s = setting(t, name);

	assert_non_null(s);
	snprintf(f->values[s - t->settings], TOPICS_VALUE, "%s", value);
}

static void test_what_we_create_has_no_difference(void **state)
{
	(void)state;
	struct config c = shop();
	struct topics_wanted t[TOPICS_COUNT];
	struct topics_difference d[TOPICS_DIFFERENCES_MAX];

	topics_plan(&c, t);
	for (int i = 0; i < TOPICS_COUNT; i++) {
		struct topics_found f = as_wanted(&t[i]);

		assert_int_equal(topics_compare(&t[i], &f, d), 0);
		f = (struct topics_found){0};
		assert_int_equal(topics_compare(&t[i], &f, d), 0);
	}
}

static void test_differences_are_found(void **state)
{
	(void)state;
	struct config c = shop();
	struct topics_wanted t[TOPICS_COUNT];
	struct topics_difference d[TOPICS_DIFFERENCES_MAX];

	topics_plan(&c, t);
	const struct topics_wanted *clicks = &t[TOPICS_CLICKS];
	struct topics_found f = as_wanted(clicks);

	f.partitions = 12;
	set(clicks, &f, "cleanup.policy", "compact,delete");
	set(clicks, &f, "retention.ms", "604800000");
	set(clicks, &f, "retention.bytes", "1000");
	set(clicks, &f, "message.timestamp.after.max.ms", "9223372036854775807");
	set(clicks, &f, "max.message.bytes", "5"); // advice only
	assert_int_equal(topics_compare(clicks, &f, d), 5);
	assert_string_equal(d[0].what, "partitions");
	assert_string_equal(d[0].has, "12");
	assert_string_equal(d[0].wants, "8");
	assert_string_equal(d[1].what, "cleanup.policy");
	assert_string_equal(d[2].what, "retention.ms");
	assert_string_equal(d[2].wants, "at least 6393600000");
	assert_string_equal(d[3].what, "retention.bytes");
	assert_string_equal(d[3].wants, "-1 (unlimited)");
	assert_string_equal(d[4].what, "message.timestamp.after.max.ms");
	assert_string_equal(d[4].wants, "at most 3600000");
}

static void test_other_values_that_do(void **state)
{
	(void)state;
	struct config c = shop();
	struct topics_wanted t[TOPICS_COUNT];
	struct topics_difference d[TOPICS_DIFFERENCES_MAX];

	topics_plan(&c, t);
	struct topics_found f = as_wanted(&t[TOPICS_CLICKS]);

	set(&t[TOPICS_CLICKS], &f, "retention.ms", "-1");
	set(&t[TOPICS_CLICKS], &f, "message.timestamp.after.max.ms", "9223372036854775807");
	f.append_time = true;
	assert_int_equal(topics_compare(&t[TOPICS_CLICKS], &f, d), 0);
	f = as_wanted(&t[TOPICS_EXPORT_RESULTS]);
	set(&t[TOPICS_EXPORT_RESULTS], &f, "cleanup.policy", "delete,compact");
	assert_int_equal(topics_compare(&t[TOPICS_EXPORT_RESULTS], &f, d), 0);
	set(&t[TOPICS_EXPORT_RESULTS], &f, "cleanup.policy", "compact");
	assert_int_equal(topics_compare(&t[TOPICS_EXPORT_RESULTS], &f, d), 1);
	set(&t[TOPICS_EXPORT_RESULTS], &f, "cleanup.policy", "");
	assert_int_equal(topics_compare(&t[TOPICS_EXPORT_RESULTS], &f, d), 1);
	assert_string_equal(d[0].has, "(unknown to this broker)");
	f.described = false; // not allowed to look
	assert_int_equal(topics_compare(&t[TOPICS_EXPORT_RESULTS], &f, d), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_every_topic_is_planned),
		cmocka_unit_test(test_clicks_outlive_the_longest_lookback),
		cmocka_unit_test(test_largest_record_follows_from_the_config),
		cmocka_unit_test(test_three_replicas_need_two),
		cmocka_unit_test(test_what_we_create_has_no_difference),
		cmocka_unit_test(test_differences_are_found),
		cmocka_unit_test(test_other_values_that_do),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
