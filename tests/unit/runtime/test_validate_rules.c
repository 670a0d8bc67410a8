// SPDX-License-Identifier: Apache-2.0
// Promise: what would lose records or stop a run later is refused before it begins, in words that name the setting; what is only unwise is a warning.
#include "runtime/validate_rules.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"

enum { DAY_MS = 86400000 };

static struct goal goal = {.max_touchpoints = 100};
static struct tenant tenant = {.max_lookback_ms = 7LL * DAY_MS, .goals = &goal, .goal_count = 1};

struct cluster {
	struct config config;
	struct topics_wanted wanted[TOPICS_COUNT];
	struct topics_found found[TOPICS_COUNT];
};

// As `topics create` leaves it.
static struct cluster cluster(void)
{
	struct cluster c = {.config = {.max_record = 4096, .tenants = &tenant, .tenant_count = 1, .topic_defaults = {4, 1}}};

	c.config.attribution.allowed_lateness_ms = 7LL * DAY_MS;
	topics_plan(&c.config, c.wanted);
	for (int i = 0; i < TOPICS_COUNT; i++) {
		c.wanted[i].name = c.wanted[i].key;
		c.found[i] = (struct topics_found){.exists = true, .partitions = 4, .replication_factor = 1, .described = true};
		for (size_t k = 0; k < c.wanted[i].setting_count; k++)
			memcpy(c.found[i].values[k], c.wanted[i].settings[k].create, TOPICS_VALUE);
	}
	return c;
}

static void set(struct cluster *c, enum topics_id id, const char *name, const char *value)
{
	for (size_t k = 0; k < c->wanted[id].setting_count; k++)
		if (strcmp(c->wanted[id].settings[k].name, name) == 0)
			snprintf(c->found[id].values[k], TOPICS_VALUE, "%s", value);
}

// Exactly one finding, with this level, code and subject, and these words in it.
static void assert_finds(const struct cluster *c, enum validate_level level, const char *code, const char *subject, const char *words)
{
	OWN(validate_findings_clear) struct validate_findings f = {0};

	validate_rules(&c->config, c->wanted, c->found, &f);
	assert_int_equal(f.n, 1);
	assert_string_equal(f.p[0].code, code);
	assert_string_equal(f.p[0].subject, subject);
	assert_int_equal(f.p[0].level, level);
	if (!strstr(f.p[0].words, words))
		fail_msg("\"%s\" is not in: %s", words, f.p[0].words);
}

static void test_what_we_create_passes(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct cluster c = cluster();

	validate_rules(&c.config, c.wanted, c.found, &f);
	assert_int_equal(f.n, 0);
	assert_int_equal(validate_partitions(c.wanted, c.found), 4);
}

static void test_any_common_count_will_do(void **state)
{
	(void)state;
	OWN(validate_findings_clear) struct validate_findings f = {0};
	struct cluster c = cluster();

	for (int i = 0; i < TOPICS_COUNT; i++)
		c.found[i].partitions = 12;
	c.found[TOPICS_CREDITS].partitions = 3; // by key: its own count
	validate_rules(&c.config, c.wanted, c.found, &f);
	assert_int_equal(f.n, 0);
	assert_int_equal(validate_partitions(c.wanted, c.found), 12);
}

static void test_counts_that_differ(void **state)
{
	(void)state;
	struct cluster c = cluster();

	c.found[TOPICS_ORDERS].partitions = 6;
	assert_finds(&c, VALIDATE_PROBLEM, "partitions_differ", "partitions",
		"clicks has 4, orders has 6, conversions has 4, attributed_conversions has 4");
	assert_int_equal(validate_partitions(c.wanted, c.found), 0);
	c = cluster();
	c.found[TOPICS_ATTRIBUTED].partitions = 5;
	assert_finds(&c, VALIDATE_PROBLEM, "partitions_differ", "partitions", "attributed_conversions has 5");
}

static void test_missing_topics(void **state)
{
	(void)state;
	struct cluster c = cluster();

	c.found[TOPICS_CONVERSIONS].exists = false;
	assert_finds(&c, VALIDATE_PROBLEM, "topic_missing", "conversions", "lookback topics create");
	assert_int_equal(validate_partitions(c.wanted, c.found), 0);
	c = cluster();
	c.found[TOPICS_ROAS].exists = false;
	assert_finds(&c, VALIDATE_WARNING, "topic_missing", "roas", "other roles");
}

static void test_clicks_retention(void **state)
{
	(void)state;
	struct cluster c = cluster();

	set(&c, TOPICS_CLICKS, "retention.ms", "604800000");
	assert_finds(&c, VALIDATE_PROBLEM, "clicks_retention", "clicks", "keeps clicks for 7d");
	assert_finds(&c, VALIDATE_PROBLEM, "clicks_retention", "clicks", "= 28d; set retention.ms=2419200000");
	c = cluster();
	set(&c, TOPICS_CLICKS, "retention.bytes", "1000000");
	assert_finds(&c, VALIDATE_WARNING, "topic_setting", "clicks", "retention.bytes=1000000");
}

static void test_output_limits(void **state)
{
	(void)state;
	const enum topics_id outputs[] = {TOPICS_ATTRIBUTED, TOPICS_CREDITS, TOPICS_DEAD_LETTERS};

	for (size_t i = 0; i < sizeof outputs / sizeof *outputs; i++) {
		struct cluster c = cluster();
		char words[64];

		set(&c, outputs[i], "max.message.bytes", "1048588");
		snprintf(words, sizeof words, "set max.message.bytes=%u", topics_message_limit(&c.config));
		assert_finds(&c, VALIDATE_PROBLEM, "output_limit", c.wanted[outputs[i]].name, words);
	}
}

static void test_policies_that_lose_records(void **state)
{
	(void)state;
	struct cluster c = cluster();

	set(&c, TOPICS_ATTRIBUTED, "cleanup.policy", "delete");
	assert_finds(&c, VALIDATE_PROBLEM, "cleanup_policy", "attributed_conversions", "set compact");
	c = cluster();
	set(&c, TOPICS_CLICKS, "cleanup.policy", "compact");
	assert_finds(&c, VALIDATE_PROBLEM, "cleanup_policy", "clicks", "set delete");
}

static void test_timestamps_of_the_future(void **state)
{
	(void)state;
	struct cluster c = cluster();

	set(&c, TOPICS_ORDERS, "message.timestamp.after.max.ms", "9223372036854775807");
	assert_finds(&c, VALIDATE_WARNING, "future_timestamps", "orders", "set message.timestamp.after.max.ms=3600000");
	set(&c, TOPICS_ORDERS, "message.timestamp.after.max.ms", ""); // a broker before 3.6
	assert_finds(&c, VALIDATE_WARNING, "future_timestamps", "orders", "unknown to this broker");
}

static void test_settings_that_may_not_be_read(void **state)
{
	(void)state;
	struct cluster c = cluster();

	c.found[TOPICS_CLICKS].described = false;
	set(&c, TOPICS_CLICKS, "retention.ms", "1");
	assert_finds(&c, VALIDATE_WARNING, "topic_unseen", "clicks", "DescribeConfigs");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_we_create_passes),
		cmocka_unit_test(test_any_common_count_will_do),
		cmocka_unit_test(test_counts_that_differ),
		cmocka_unit_test(test_missing_topics),
		cmocka_unit_test(test_clicks_retention),
		cmocka_unit_test(test_output_limits),
		cmocka_unit_test(test_policies_that_lose_records),
		cmocka_unit_test(test_timestamps_of_the_future),
		cmocka_unit_test(test_settings_that_may_not_be_read),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
