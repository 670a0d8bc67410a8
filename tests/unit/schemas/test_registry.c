// SPDX-License-Identifier: Apache-2.0
// A registry that is slow, down, wrong or refusing is told apart, asked again only where that helps, and what it said once is kept.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/now.h"
#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/registry.h"
#include "schemas/wire.h"
#include "tests/unit/net/stub_http.h"

static struct stub stub;
static struct registry *registry;
static struct err err;

static void start(const struct stub_line *script, bool register_schemas)
{
	char url[100];
	struct registry_options options = {.url = url,
		.user = "me",
		.password = "secret",
		.register_schemas = register_schemas,
		.timeout_ms = 300};

	stub_start(&stub, script);
	snprintf(url, sizeof url, "%s/apis/v7/", stub.url);
	assert_int_equal(registry_new(&options, &registry, &err), 0);
}

static int set_up(void **state)
{
	(void)state;
	return contract_setup(&err);
}

static int end(void **state)
{
	(void)state;
	registry_free(&registry);
	stub_stop(&stub);
	return 0;
}

static void assert_err(int failed, enum err_class class, const char *code)
{
	assert_int_equal(failed, -1);
	if (err.class != class || strcmp(err.code, code) != 0)
		fail_msg("%s %s: %s", err_class_name(err.class), err.code, err.words);
	assert_null(strstr(err.words, "secret"));
}

static void a_schema_is_asked_for_once(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{\"schema\":\"\\\"int\\\"\"}"),
		STUB_JSON("200 OK", "{\"schema\":\"\\\"long\\\"\"}"), STUB_END};
	struct view schema;

	(void)state;
	start(script, false);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(registry_schema(registry, 7, &schema, &err), 0);
		assert_true(view_eq(schema, VIEW_LIT("\"int\"")));
	}
	assert_int_equal(stub.requests_n, 1);
	assert_non_null(strstr(stub.requests[0], "GET /apis/v7/schemas/ids/7 HTTP/1.1"));
	assert_non_null(strstr(stub.requests[0], "Authorization: Basic bWU6c2VjcmV0"));
	assert_int_equal(registry_schema(registry, 8, &schema, &err), 0);
	assert_true(view_eq(schema, VIEW_LIT("\"long\"")));
}

static void an_unknown_id_is_not_asked_for_again_at_once(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("404 Not Found", "{\"error_code\":40403,\"message\":\"Schema not found\"}"),
		STUB_END};
	struct view schema;

	(void)state;
	start(script, false);
	for (int i = 0; i < 3; i++)
		assert_err(registry_schema(registry, 9, &schema, &err), ERR_POISON, "unknown_schema_id");
	assert_int_equal(stub.requests_n, 1);
	assert_non_null(strstr(err.words, "id 9"));
}

static void trouble_that_passes_is_tried_again(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("500 Oops", ""),
		{"HTTP/1.1 429 Slow\r\nRetry-After: 0\r\nConnection: close\r\n\r\n", 0}, {NULL, 0},
		STUB_JSON("200 OK", "{\"schema\":\"\\\"int\\\"\"}"), STUB_END};
	struct view schema;

	(void)state;
	start(script, false);
	assert_int_equal(registry_schema(registry, 7, &schema, &err), 0);
	assert_int_equal(stub.requests_n, 4);
}

static void trouble_that_stays_is_left_to_the_caller(void **state)
{
	static const struct stub_line down[] = {STUB_JSON("503 Down", ""), STUB_END};
	struct view schema;

	(void)state;
	start(down, false);
	assert_err(registry_schema(registry, 7, &schema, &err), ERR_RETRY, "registry_unavailable");
	assert_int_equal(stub.requests_n, 4);
	assert_err(registry_ping(registry, &err), ERR_RETRY, "registry_unavailable");
}

static void a_slow_registry_has_a_deadline(void **state)
{
	static const struct stub_line slow[] = {{"HTTP/1.1 200 OK\r\n\r\n", 10000}, STUB_END};
	struct view schema;
	int64_t begin = now_steady_ms();

	(void)state;
	start(slow, false);
	assert_err(registry_schema(registry, 7, &schema, &err), ERR_RETRY, "registry_unavailable");
	assert_true(now_steady_ms() - begin < 8000); // 4 x 300 ms and the pauses between
}

static void nonsense_is_not_a_schema(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "<html>"), STUB_JSON("200 OK", "{\"schema\":7}"),
		STUB_JSON("200 OK", "[]"), STUB_JSON("302 Found", ""), STUB_JSON("200 OK", "{\"schema\":\"{}\",\"schemaType\":\"PROTOBUF\"}"),
		STUB_JSON("200 OK", "{\"schema\":\"{}\",\"references\":[{\"name\":\"x\"}]}"), STUB_END};
	struct view schema;

	(void)state;
	start(script, false);
	for (int i = 0; i < 4; i++)
		assert_err(registry_schema(registry, 7, &schema, &err), ERR_RETRY, "registry_unavailable");
	assert_err(registry_schema(registry, 7, &schema, &err), ERR_POISON, "unknown_schema_id");
	assert_non_null(strstr(err.words, "PROTOBUF"));
	assert_err(registry_schema(registry, 7, &schema, &err), ERR_POISON, "unknown_schema_id");
	assert_non_null(strstr(err.words, "refers to other schemas"));
}

static void wrong_credentials_stop_the_program(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("401 No", "{\"message\":\"secret\"}"), STUB_JSON("403 No", ""), STUB_END};
	struct view schema;
	uint32_t id;

	(void)state;
	start(script, true);
	assert_err(registry_schema(registry, 7, &schema, &err), ERR_FATAL, "registry_refused");
	assert_int_equal(stub.requests_n, 1);
	assert_err(registry_id(registry, "t", "\"int\"", &id, &err), ERR_FATAL, "registry_refused");
}

static void ids_are_looked_up_or_registered(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{\"subject\":\"x\",\"id\":12,\"version\":1}"),
		STUB_JSON("404 Not Found", "{\"error_code\":40401}"), STUB_JSON("200 OK", "{\"id\":0}"), STUB_JSON("200 OK", "{\"id\":4294967296}"),
		STUB_END};
	uint32_t id = 0;

	(void)state;
	start(script, false);
	assert_int_equal(registry_id(registry, "a b/c", "{\"type\":\"int\"}", &id, &err), 0);
	assert_int_equal(id, 12);
	assert_non_null(strstr(stub.requests[0], "POST /apis/v7/subjects/a%20b%2Fc-value HTTP/1.1"));
	assert_non_null(strstr(stub.requests[0], "\r\n\r\n{\"schema\":\"{\\\"type\\\":\\\"int\\\"}\"}"));
	assert_err(registry_id(registry, "t", "\"int\"", &id, &err), ERR_FATAL, "schema_not_registered");
	assert_non_null(strstr(err.words, "t-value"));
	assert_err(registry_id(registry, "t", "\"int\"", &id, &err), ERR_RETRY, "registry_unavailable");
	assert_err(registry_id(registry, "t", "\"int\"", &id, &err), ERR_RETRY, "registry_unavailable");
}

static void a_refused_registration_says_why(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{\"id\":13}"),
		STUB_JSON("409 Conflict", "{\"message\":\"field x was removed\"}"), STUB_JSON("422 Invalid", "{}"), STUB_END};
	uint32_t id = 0;

	(void)state;
	start(script, true);
	assert_int_equal(registry_id(registry, "t", "\"int\"", &id, &err), 0);
	assert_int_equal(id, 13);
	assert_non_null(strstr(stub.requests[0], "POST /apis/v7/subjects/t-value/versions HTTP/1.1"));
	assert_err(registry_id(registry, "t", "\"int\"", &id, &err), ERR_FATAL, "schema_incompatible");
	assert_non_null(strstr(err.words, "field x was removed"));
	assert_err(registry_id(registry, "t", "\"int\"", &id, &err), ERR_FATAL, "schema_incompatible");
}

// Values framed with an id: read by the schema that the registry gives, refused if it gives none, kept for later if it is down.
static void framed_values_are_read_through_the_registry(void **state)
{
	static const struct stub_line script[] = {
		STUB_JSON("200 OK",
			"{\"schema\":\"{\\\"type\\\":\\\"record\\\",\\\"name\\\":\\\"Click\\\",\\\"fields\\\":[{\\\"name\\\":\\\"tenant\\\",\\\"type\\\":\\\"string\\\"},"
			"{\\\"name\\\":\\\"event_time\\\",\\\"type\\\":\\\"long\\\"},{\\\"name\\\":\\\"user\\\",\\\"type\\\":\\\"string\\\"}]}\"}"),
		STUB_JSON("404 Not Found", ""), STUB_JSON("200 OK", "{\"schema\":\"\\\"int\\\"\"}"), STUB_JSON("503 Down", ""), STUB_END};
	struct arena arena = {0};
	struct click c;

	(void)state;
	start(script, false);
	struct wire_reader *reader = wire_reader_new(contract_click, WIRE_AVRO, registry);
	for (int i = 0; i < 2; i++) {
		if (wire_read(reader, view_of("\0\0\0\x01\x02\x02t\x0a\x02u", 10), &arena, &c, &err))
			fail_msg("%s", err.words);
		assert_true(view_eq(c.user, VIEW_LIT("u")) && c.event_time == 5 && c.consent == CONSENT_UNKNOWN);
	}
	assert_non_null(strstr(stub.requests[0], "/schemas/ids/258 "));
	assert_err(wire_read(reader, view_of("\0\0\0\x01\x03\x02", 6), &arena, &c, &err), ERR_POISON, "bad_record");
	for (int i = 0; i < 2; i++) { // a schema of something else, asked for once
		assert_err(wire_read(reader, view_of("\0\0\0\x01\x04\x02", 6), &arena, &c, &err), ERR_POISON, "bad_record");
		assert_non_null(strstr(err.words, "written as int"));
	}
	assert_int_equal(stub.requests_n, 3);
	assert_err(wire_read(reader, view_of("\0\0\0\x01\x05\x02", 6), &arena, &c, &err), ERR_RETRY, "registry_unavailable");
	assert_int_equal(wire_read(reader, view_of("\0\0\0\x01\x02\x02t\x0a\x02u", 10), &arena, &c, &err), 0);
	wire_reader_free(&reader);
	arena_clear(&arena);
}

static void headers_carry_the_id(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{\"id\":66051}"), STUB_END};
	struct wire_header header;

	(void)state;
	start(script, true);
	assert_int_equal(wire_header_for(contract_click, registry, "clicks", &header, &err), 0);
	assert_int_equal(header.n, 5);
	assert_memory_equal(header.bytes, "\0\0\x01\x02\x03", 5);
}

static void *ask_for_many(void *arg)
{
	struct err mine;
	struct view schema;
	intptr_t failures = 0;

	(void)arg;
	for (uint32_t i = 0; i < 400; i++)
		failures += registry_schema(registry, 1 + i % 5, &schema, &mine) != 0 || !view_eq(schema, VIEW_LIT("\"int\""));
	return (void *)failures;
}

static void threads_share_what_was_learnt(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{\"schema\":\"\\\"int\\\"\"}"), STUB_END};
	pthread_t threads[4];
	void *failures;

	(void)state;
	start(script, false);
	for (int i = 0; i < 4; i++)
		assert_int_equal(pthread_create(&threads[i], NULL, ask_for_many, NULL), 0);
	for (int i = 0; i < 4; i++) {
		pthread_join(threads[i], &failures);
		assert_null(failures);
	}
	assert_int_equal(stub.requests_n, 5);
}

static void wrong_urls_are_refused_at_once(void **state)
{
	struct registry_options none = {0}, file = {.url = "file:///x"};
	struct registry *r = NULL;

	(void)state;
	assert_err(registry_new(&none, &r, &err), ERR_FATAL, "registry_setting");
	assert_err(registry_new(&file, &r, &err), ERR_FATAL, "registry_setting");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_schema_is_asked_for_once, end),
		cmocka_unit_test_teardown(an_unknown_id_is_not_asked_for_again_at_once, end),
		cmocka_unit_test_teardown(trouble_that_passes_is_tried_again, end),
		cmocka_unit_test_teardown(trouble_that_stays_is_left_to_the_caller, end),
		cmocka_unit_test_teardown(a_slow_registry_has_a_deadline, end),
		cmocka_unit_test_teardown(nonsense_is_not_a_schema, end),
		cmocka_unit_test_teardown(wrong_credentials_stop_the_program, end),
		cmocka_unit_test_teardown(ids_are_looked_up_or_registered, end),
		cmocka_unit_test_teardown(a_refused_registration_says_why, end),
		cmocka_unit_test_teardown(framed_values_are_read_through_the_registry, end),
		cmocka_unit_test_teardown(headers_carry_the_id, end),
		cmocka_unit_test_teardown(threads_share_what_was_learnt, end),
		cmocka_unit_test(wrong_urls_are_refused_at_once),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
