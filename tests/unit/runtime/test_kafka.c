// SPDX-License-Identifier: Apache-2.0
// Promise: bad properties are named, secrets are not repeated, and each Kafka error has the class that says what to do.
#include "runtime/kafka.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>

#include "base/log.h"

static struct config with(struct config_property *properties, size_t count)
{
	return (struct config){.run = "test", .kafka = {.bootstrap_servers = "127.0.0.1:1", .properties = properties, .property_count = count}};
}

static int check(const char *name, const char *value, bool secret, struct err *err)
{
	struct config_property p = {name, value, secret};
	struct config c = with(&p, 1);

	return kafka_check_properties(&c, err);
}

// A property of one kind of client is accepted, though others have no use for it.
static void test_properties_of_either_side_pass(void **state)
{
	struct config_property p[] = {{"linger.ms", "7", false}, {"fetch.wait.max.ms", "50", false}, {"session.timeout.ms", "30000", false},
		{"compression.codec", "zstd", false}, {"check.crcs", "true", false}};
	struct config c = with(p, sizeof p / sizeof p[0]);
	struct err err;

	(void)state;
	assert_int_equal(kafka_check_properties(&c, &err), 0);
}

// An unknown property, a bad value and one that is ours are refused by name.
static void test_bad_properties_are_named(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(check("sesion.timeout.ms", "1", false, &err), -1);
	assert_string_equal(err.code, "kafka_property");
	assert_non_null(strstr(err.words, "sesion.timeout.ms"));
	assert_int_equal(check("linger.ms", "soon", false, &err), -1);
	assert_non_null(strstr(err.words, "linger.ms"));
	assert_int_equal(check("security.protocol", "smoke", false, &err), -1);
	assert_non_null(strstr(err.words, "smoke"));
	assert_int_equal(check("isolation.level", "read_uncommitted", false, &err), -1);
	assert_non_null(strstr(err.words, "isolation.level"));
}

// A secret's value is in no error.
static void test_secrets_are_not_repeated(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(check("security.protocol", "hunter2", true, &err), -1);
	assert_non_null(strstr(err.words, "security.protocol"));
	assert_null(strstr(err.words, "hunter2"));
}

// Fatal before abortable before retriable; anything the library does not vouch for is fatal.
static void test_classes_of_errors(void **state)
{
	struct err err;

	(void)state;
	assert_int_equal(kafka_fail(&err, NULL, "x"), 0);
	assert_int_equal(kafka_fail(&err, rd_kafka_error_new(RD_KAFKA_RESP_ERR__STATE, "words"), "asking"), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "kafka_state");
	assert_string_equal(err.words, "asking: words");
	assert_int_equal(kafka_fail_code(&err, RD_KAFKA_RESP_ERR__TIMED_OUT, "x"), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, "kafka_timed_out");
	assert_int_equal(kafka_fail_code(&err, RD_KAFKA_RESP_ERR_TOPIC_AUTHORIZATION_FAILED, "x"), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "kafka_topic_authorization_failed");
	assert_int_equal(kafka_fail_code(&err, RD_KAFKA_RESP_ERR_NO_ERROR, "x"), 0);
	assert_true(kafka_is_retriable(RD_KAFKA_RESP_ERR_UNSTABLE_OFFSET_COMMIT));
	assert_false(kafka_is_retriable(RD_KAFKA_RESP_ERR_OFFSET_OUT_OF_RANGE));
}

// What the library calls fatal is seen at the next look, with its cause.
static void test_a_fatal_error_is_found(void **state)
{
	struct config c = with(NULL, 0);
	struct kafka_options o = {.config = &c, .kind = KAFKA_PRODUCER, .client_id = "test", .transactional_id = "test"};
	rd_kafka_t *client;
	struct err err;

	(void)state;
	assert_int_equal(kafka_new(&o, &client, &err), 0);
	assert_int_equal(kafka_check_alive(client, &err), 0);
	rd_kafka_test_fatal_error(client, RD_KAFKA_RESP_ERR__FENCED, "somebody else");
	assert_int_equal(kafka_check_alive(client, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "kafka_fenced");
	kafka_free(&client);
	assert_null(client);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_properties_of_either_side_pass),
		cmocka_unit_test(test_bad_properties_are_named),
		cmocka_unit_test(test_secrets_are_not_repeated),
		cmocka_unit_test(test_classes_of_errors),
		cmocka_unit_test(test_a_fatal_error_is_found),
	};

	log_setup(LOG_ERROR + 1, LOG_LOGFMT); // librdkafka complains, as it should
	return cmocka_run_group_tests(tests, NULL, NULL);
}
