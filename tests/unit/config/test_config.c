// SPDX-License-Identifier: Apache-2.0
// A file becomes the configuration it says, and all that is wrong with it is told at once, with places.
#include "config/config.h"

#include "tests/unit/config/given.h"

static void test_nothing_given_is_the_defaults(void **state)
{
	(void)state;
	OWN(config_free) struct config *c = NULL;
	struct err err;

	assert_int_equal(config_load(NULL, NULL, 0, &c, &err), 0);
	assert_string_equal(c->run, "live");
	assert_int_equal(c->start, CONFIG_EARLIEST);
	assert_string_equal(c->kafka.bootstrap_servers, "localhost:9092");
	assert_int_equal(c->kafka.property_count, 0);
	assert_null(c->schema_registry.url);
	assert_string_equal(c->topics.attributed_conversions, "attributed-conversions");
	assert_string_equal(c->topics.dead_letters, "dead-letters");
	assert_int_equal(c->topic_defaults.partitions, 8);
	assert_string_equal(c->admin.host, "127.0.0.1");
	assert_int_equal(c->admin.port, 9404);
	assert_int_equal(c->max_record, 256 * 1024);
	assert_int_equal(c->format.orders, CONFIG_AVRO);
	assert_int_equal(c->state.memory, 1 << 30);
	assert_int_equal(c->attribution.workers, 0);
	assert_int_equal(c->attribution.commit_interval_ms, 500);
	assert_int_equal(c->attribution.allowed_lateness_ms, 7 * 86400000);
	assert_int_equal(c->attribution.max_future_ms, 600000);
	assert_int_equal(c->attribution.order_lifetime_ms, 180LL * 86400000);
	assert_int_equal(c->attribution.failure_budget_percent, 50);
	assert_null(c->tenants_directory);
	assert_int_equal(c->tenant_count, 0);
}

static void test_a_goal_is_read_with_its_defaults(void **state)
{
	(void)state;
	OWN(config_free) struct config *c = given_config("tenants: [{id: shop, goals: [{name: purchase}]}]\n");
	const struct tenant *t = config_tenant(c, VIEW_LIT("shop"));

	assert_non_null(t);
	assert_int_equal(t->max_lookback_ms, 7 * 86400000);
	assert_int_equal(t->goal_count, 1);
	const struct goal *g = &t->goals[0];
	assert_string_equal(g->name.p, "purchase");
	assert_int_equal(g->source, GOAL_ORDERS);
	assert_string_equal(g->event.p, "Purchase");
	assert_false(view_is_set(g->value_property));
	assert_int_equal(g->value_basis, GOAL_PLACED);
	assert_int_equal(g->lookback_ms, 7 * 86400000);
	assert_int_equal(g->model, MODEL_PARTICIPATION);
	assert_int_equal(g->participation_group, GROUP_CLICK);
	assert_true(g->only_first_conversion);
	assert_true(g->first_scope_ms == GOAL_LIFETIME);
	assert_int_equal(g->where_count, 0);
	assert_int_equal(g->channel_count, 0);
	assert_int_equal(g->export, EXPORT_NONE);
	assert_int_equal(g->max_touchpoints, 100);
}

static void test_every_value_of_the_file_arrives(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config(
		"run: eu-1\nstart: 2026-03-01T00:00:00Z\nkafka: {bootstrap_servers: 'a:1,b:2', properties: {linger.ms: 5, compression.type: lz4}}\n"
		"schema_registry: {url: http://r:8081, user: u, password: p, ca_file: ca.pem, register_schemas: false}\n"
		"topics: {clicks: c, roas: r}\ntopic_defaults: {partitions: 64, replication_factor: 3}\nadmin: {listen: 0.0.0.0:80}\n"
		"log: {level: debug, format: json}\nmax_record: 1MiB\ndead_letters: {value: digest}\nkeep_query: true\nformat: {orders: json}\n"
		"state: {directory: /var/lib/lookback, memory: 8GiB}\n"
		"attribution: {workers: 4, commit_interval: 100ms, allowed_lateness: 1d, max_future: 1h, order_lifetime: 60d, failure_budget: 5%}\n");

	assert_string_equal(c->run, "eu-1");
	assert_int_equal(c->start_time, 1772323200000);
	assert_string_equal(c->kafka.bootstrap_servers, "a:1,b:2");
	assert_int_equal(c->kafka.property_count, 2);
	assert_string_equal(c->kafka.properties[0].name, "linger.ms");
	assert_string_equal(c->kafka.properties[0].value, "5");
	assert_string_equal(c->schema_registry.url, "http://r:8081");
	assert_string_equal(c->schema_registry.password, "p");
	assert_string_equal(c->schema_registry.ca_file, "ca.pem");
	assert_false(c->schema_registry.register_schemas);
	assert_string_equal(c->topics.clicks, "c");
	assert_string_equal(c->topics.roas, "r");
	assert_string_equal(c->topics.orders, "orders");
	assert_int_equal(c->topic_defaults.replication_factor, 3);
	assert_int_equal(c->log.format, LOG_JSON);
	assert_true(c->dead_letter_digest);
	assert_true(c->keep_query);
	assert_int_equal(c->format.orders, CONFIG_JSON);
	assert_int_equal(c->format.clicks, CONFIG_AVRO);
	assert_true(c->state.memory == 8LL << 30);
	assert_int_equal(c->attribution.workers, 4);
	assert_int_equal(c->attribution.failure_budget_percent, 5);
}

static void test_problems_have_places_and_the_nearest_key(void **state)
{
	(void)state;
	given_is_refused("ruN: x\nkafka:\n  bootstrap_server: a\nlog: {level: inf}\nallowed_lateness: 3d\nstate: [1]\nkeep_query: yes\nrun:\n",
		"lookback.yaml:1:1: \"ruN\" is no key; nearest: run\n"
		"lookback.yaml:3:3: \"kafka.bootstrap_server\" is no key; nearest: kafka.bootstrap_servers\n"
		"lookback.yaml:4:14: log.level: \"inf\" is not one of debug, info, warn, error; nearest: info\n"
		"lookback.yaml:5:1: \"allowed_lateness\" is no key; nearest: attribution.allowed_lateness\n"
		"lookback.yaml:6:8: state: needs a map\n"
		"lookback.yaml:7:13: keep_query: \"yes\" is not true or false\n"
		"lookback.yaml:8:5: run: has no value; leave the key out for the default, live\n");
	given_is_refused("- a\n", "lookback.yaml:1:1: a config file is a map of settings\n");
	given_is_refused("run: [a]\n", "lookback.yaml:1:6: run: needs a single value, this is a list\n");
	given_is_refused("kafka: {properties: [a]}\n", "lookback.yaml:1:21: kafka.properties: needs a map, this is a list\n");
}

static void test_a_secret_is_in_no_error(void **state)
{
	(void)state;
	setenv("GIVEN_SECRET", "hunter2", 1);
	given_is_refused("log: {level: '${GIVEN_SECRET}'}\n",
		"lookback.yaml:1:14: log.level: this value is not one of debug, info, warn, error\n");
	given_is_refused("kafka: {properties: {sasl.password: '${GIVEN_GONE}'}}\n",
		"lookback.yaml:1:37: kafka.properties.sasl.password: environment variable GIVEN_GONE is not set\n");
}

static void test_twenty_problems_are_told_and_all_are_counted(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf text = {0}, problems = {0};
	struct config *c = NULL;
	struct err err;
	int lines = 0;

	for (int i = 0; i < 30; i++)
		buf_addf(&text, "unknown%d: x\n", i);
	buf_add_byte(&text, '\0');
	given_file("lookback.yaml", text.p);
	assert_int_equal(config_load_verbose("lookback.yaml", NULL, 0, &c, &problems, &err), -1);
	for (size_t i = 0; i < problems.n; i++)
		lines += problems.p[i] == '\n';
	assert_int_equal(lines, 20);
	assert_string_equal(err.words, "the configuration has 30 problems, of which the first 20 are told");
	assert_int_equal(config_load("lookback.yaml", NULL, 0, &c, &err), -1);
	assert_memory_equal(err.words, "lookback.yaml:1:1: \"unknown0\" is no key", 38);
	assert_non_null(strstr(err.words, "is no key\nand more: `lookback validate` tells all"));
}

static void test_a_file_that_cannot_be_read_is_named(void **state)
{
	(void)state;
	struct config *c = NULL;
	struct err err;

	assert_int_equal(config_load("nowhere.yaml", NULL, 0, &c, &err), -1);
	assert_string_equal(err.words, "nowhere.yaml: No such file or directory");
	assert_int_equal(err.class, ERR_FATAL);
	assert_null(c);
	assert_int_equal(config_load(".", NULL, 0, &c, &err), -1);
	assert_string_equal(err.words, ".: is no regular file");
}

static void test_a_file_has_a_largest_size(void **state)
{
	(void)state;
	OWN(own_file) FILE *f = fopen("large.yaml", "w");
	struct config *c = NULL;
	struct err err;

	assert_int_equal(ftruncate(fileno(f), (16 << 20) + 1), 0);
	assert_int_equal(config_load("large.yaml", NULL, 0, &c, &err), -1);
	assert_string_equal(err.code, "file_too_large");
}

static void test_tenants_are_found_by_id(void **state)
{
	(void)state;
	OWN(config_free) struct config *c = given_config("tenants: [{id: c}, {id: a}, {id: b}, {id: a-b}]\n");

	assert_int_equal(c->tenant_count, 4);
	assert_string_equal(c->tenants[0].id.p, "a");
	assert_string_equal(c->tenants[3].id.p, "c");
	for (size_t i = 0; i < 4; i++)
		assert_ptr_equal(config_tenant(c, c->tenants[i].id), &c->tenants[i]);
	assert_null(config_tenant(c, VIEW_LIT("d")));
	assert_null(config_tenant(c, VIEW_LIT("")));
	assert_null(config_tenant(c, VIEW_LIT("aa")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_given_is_the_defaults),
		cmocka_unit_test(test_a_goal_is_read_with_its_defaults),
		cmocka_unit_test(test_every_value_of_the_file_arrives),
		cmocka_unit_test(test_problems_have_places_and_the_nearest_key),
		cmocka_unit_test(test_a_secret_is_in_no_error),
		cmocka_unit_test(test_twenty_problems_are_told_and_all_are_counted),
		cmocka_unit_test(test_a_file_that_cannot_be_read_is_named),
		cmocka_unit_test(test_a_file_has_a_largest_size),
		cmocka_unit_test(test_tenants_are_found_by_id),
	};

	return GIVEN_TESTS(tests);
}
