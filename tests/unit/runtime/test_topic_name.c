// SPDX-License-Identifier: Apache-2.0
// Promise: a processor's key finds the topic that the config names.
#include "runtime/topic_name.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

static void test_each_key_finds_its_topic(void **state)
{
	struct config c = {.topics = {.clicks = "a",
						   .orders = "b",
						   .conversions = "c",
						   .attributed_conversions = "d",
						   .attribution_credits = "e",
						   .export_results = "f",
						   .report_snapshots = "g",
						   .ad_entities = "h",
						   .roas = "i",
						   .connections = "j",
						   .sync_status = "l",
						   .daily_sums = "m",
						   .tenant_days = "n",
						   .dead_letters = "k"}};

	(void)state;
	assert_string_equal(topic_name(&c, "clicks"), "a");
	assert_string_equal(topic_name(&c, "orders"), "b");
	assert_string_equal(topic_name(&c, "conversions"), "c");
	assert_string_equal(topic_name(&c, "attributed_conversions"), "d");
	assert_string_equal(topic_name(&c, "attribution_credits"), "e");
	assert_string_equal(topic_name(&c, "export_results"), "f");
	assert_string_equal(topic_name(&c, "report_snapshots"), "g");
	assert_string_equal(topic_name(&c, "ad_entities"), "h");
	assert_string_equal(topic_name(&c, "roas"), "i");
	assert_string_equal(topic_name(&c, "connections"), "j");
	assert_string_equal(topic_name(&c, "sync_status"), "l");
	assert_string_equal(topic_name(&c, "daily_sums"), "m");
	assert_string_equal(topic_name(&c, "tenant_days"), "n");
	assert_string_equal(topic_name(&c, "dead_letters"), "k");
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(test_each_key_finds_its_topic)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
