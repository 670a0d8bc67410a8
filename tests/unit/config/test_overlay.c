// SPDX-License-Identifier: Apache-2.0
// Environment beats the file, flags beat the environment, and neither sets what nobody reads.
#include "config/overlay.h"

#include "tests/unit/config/given.h"

static int no_variables(void **state)
{
	static const char *const names[] = {"LOOKBACK_RUN", "LOOKBACK_RNU", "LOOKBACK_MAX_RECORD", "LOOKBACK_SCHEMA_REGISTRY_URL",
		"LOOKBACK_KAFKA_PROPERTIES_SASL_USERNAME", "LOOKBACK_TENANTS", "LOOKBACK_CONFIG", "LOOKBACK_SERVICE_HOST", "LOOKBACK_PORT",
		"LOOKBACK_PORT_9404_TCP_ADDR", "LOOKBACK_ADMIN_SERVICE_PORT_HTTP", "LOOKBACK_ADMIN_PORT", "LOOKBACK_INSTANCE"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
		unsetenv(names[i]);
	return 0;
}

static void test_the_stronger_source_wins(void **state)
{
	(void)state;
	const struct config_flag flags[] = {{"run", "first-flag"}, {"run", "flag"}};

	setenv("LOOKBACK_RUN", "env", 1);
	setenv("LOOKBACK_MAX_RECORD", "2KiB", 1);
	OWN(config_free) struct config *both = given_config_and_flags("run: file\nmax_record: 1KiB\nlog: {level: warn}\n", flags, 2);
	assert_string_equal(both->run, "flag");
	assert_int_equal(both->max_record, 2048);
	assert_int_equal(both->log.level, LOG_WARN);
	OWN(config_free) struct config *environment = given_config("run: file\n");
	assert_string_equal(environment->run, "env");
}

static void test_properties_are_added_one_by_one(void **state)
{
	(void)state;
	const struct config_flag flags[] = {{"kafka.properties.linger.ms", "9"}};

	setenv("LOOKBACK_KAFKA_PROPERTIES_SASL_USERNAME", "me", 1);
	OWN(config_free) struct config *c = given_config_and_flags("kafka: {properties: {linger.ms: 5, acks: all}}\n", flags, 1);
	assert_int_equal(c->kafka.property_count, 3);
	assert_string_equal(c->kafka.properties[0].name, "linger.ms");
	assert_string_equal(c->kafka.properties[0].value, "9");
	assert_string_equal(c->kafka.properties[2].name, "sasl.username");
	assert_string_equal(c->kafka.properties[2].value, "me");
	assert_false(c->kafka.properties[2].secret);
}

static void test_null_and_nothing_take_a_value_away(void **state)
{
	(void)state;
	setenv("LOOKBACK_SCHEMA_REGISTRY_URL", "null", 1);
	OWN(config_free) struct config *c = given_config("schema_registry: {url: http://r}\n");
	assert_null(c->schema_registry.url);
	setenv("LOOKBACK_SCHEMA_REGISTRY_URL", "", 1);
	OWN(config_free) struct config *empty = given_config("schema_registry: {url: http://r}\n");
	assert_null(empty->schema_registry.url);
}

static void test_unknown_names_are_refused(void **state)
{
	(void)state;
	const struct config_flag flags[] = {{"log.levle", "info"}, {"tenants", "a"}, {"kafka.properties", "a"}, {"max_record", "1"}};

	setenv("LOOKBACK_RNU", "x", 1);
	given_is_refused("", "environment LOOKBACK_RNU: sets nothing; nearest: LOOKBACK_RUN\n");
	unsetenv("LOOKBACK_RNU");
	setenv("LOOKBACK_TENANTS", "x", 1);
	OWN(own_free) char *problems = given_problems("");
	assert_non_null(strstr(problems, "environment LOOKBACK_TENANTS: sets nothing"));
	unsetenv("LOOKBACK_TENANTS");
	OWN(own_free) char *of_flags = given_problems_and_flags("", flags, 4);
	assert_string_equal(of_flags,
		"flag --set log.levle: \"log.levle\" is no key; nearest: log.level\n"
		"flag --set tenants: a list is set in a file\n"
		"flag --set kafka.properties: set one property: kafka.properties.NAME=VALUE\n"
		"flag --set max_record: max_record: \"1\" is not a size (an integer and B, KiB, MiB or GiB), 1KiB to 16MiB\n");
}

static void test_words_of_kubernetes_are_not_ours(void **state)
{
	(void)state;
	setenv("LOOKBACK_CONFIG", "x", 1);
	setenv("LOOKBACK_INSTANCE", "x", 1);
	setenv("LOOKBACK_SERVICE_HOST", "10.0.0.1", 1);
	setenv("LOOKBACK_PORT", "tcp://10.0.0.1:9404", 1);
	setenv("LOOKBACK_PORT_9404_TCP_ADDR", "10.0.0.1", 1);
	setenv("LOOKBACK_ADMIN_SERVICE_PORT_HTTP", "9404", 1);
	setenv("LOOKBACK_ADMIN_PORT", "tcp://10.0.0.1:9404", 1);
	OWN(config_free) struct config *c = given_config("");
	assert_string_equal(c->run, "live");
	setenv("LOOKBACK_ADMIN_PORT", "9404", 1);
	OWN(own_free) char *problems = given_problems("");
	assert_non_null(strstr(problems, "environment LOOKBACK_ADMIN_PORT: sets nothing"));
}

static void test_no_secret_in_flags(void **state)
{
	(void)state;
	const struct config_flag bad[] = {{"kafka.properties.sasl.password", "hunter2"}, {"schema_registry.password", "hunter2"}};
	const struct config_flag good[] = {{"kafka.properties.sasl.password", "${GIVEN_PASSWORD}"}};

	OWN(own_free) char *problems = given_problems_and_flags("", bad, 2);
	assert_null(strstr(problems, "hunter2"));
	assert_non_null(strstr(problems, "flag --set schema_registry.password: a secret on the command line is seen by all"));
	setenv("GIVEN_PASSWORD", "pw", 1);
	OWN(config_free) struct config *c = given_config_and_flags("", good, 1);
	assert_string_equal(c->kafka.properties[0].value, "pw");
	assert_true(c->kafka.properties[0].secret);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup(test_the_stronger_source_wins, no_variables),
		cmocka_unit_test_setup(test_properties_are_added_one_by_one, no_variables),
		cmocka_unit_test_setup(test_null_and_nothing_take_a_value_away, no_variables),
		cmocka_unit_test_setup(test_unknown_names_are_refused, no_variables),
		cmocka_unit_test_setup(test_words_of_kubernetes_are_not_ours, no_variables),
		cmocka_unit_test_setup(test_no_secret_in_flags, no_variables),
	};

	return GIVEN_TESTS(tests);
}
