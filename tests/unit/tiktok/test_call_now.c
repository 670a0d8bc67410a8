// SPDX-License-Identifier: Apache-2.0
// A call is repeated while its answer says so, at most so often; one that must not be sent twice is not; the token stands in its header alone.
#include "tiktok/call_now.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "tests/unit/tiktok/stub_api.h"

static const char *bodies[8]; // in turn; NULL: the connection is cut

static void answer(struct stub_api *api, const struct stub_request *request, struct stub_reply *reply)
{
	const char *body = bodies[request->number % 8];

	(void)api;
	assert_string_equal(request->token, "hunter2");
	if (body)
		snprintf(reply->body, sizeof reply->body, "%s", body);
	else
		reply->how = STUB_RESET;
}

static const char good[] = "{\"code\":0,\"message\":\"OK\",\"request_id\":\"R\",\"data\":{}}";
static const char busy[] = "{\"code\":50000,\"message\":\"busy\",\"request_id\":\"R\",\"data\":{}}";
static const char throttled[] = "{\"code\":40100,\"message\":\"too many\",\"request_id\":\"R\",\"data\":{}}";
static const char refused[] = "{\"code\":40002,\"message\":\"wrong\",\"request_id\":\"R\",\"data\":{}}";

static int asked(const char *const *turns, size_t n, struct call_now how, enum call_verdict expected)
{
	OWN(call_clear) struct call call = {0};
	OWN(call_result_clear) struct call_result result = {0};

	for (size_t i = 0; i < 8; i++)
		bodies[i] = i < n ? turns[i] : good;
	struct stub_api *api = stub_api_new(answer);

	how.access.base = api->url;
	how.access.token = VIEW_LIT("hunter2");
	how.access.timeout_ms = 5000;
	call_get(&call, "/user/info/");
	call_now(&how, &call, &result);
	int number = api->number;

	stub_api_free(&api);
	assert_int_equal(result.verdict, expected);
	return number;
}

static void test_it_is_repeated_until_it_is_answered(void **state)
{
	static const char *const turns[] = {busy, NULL, throttled, good};

	(void)state;
	assert_int_equal(asked(turns, 4, (struct call_now){0}, CALL_OK), 4);
}

static void test_a_refusal_is_final(void **state)
{
	static const char *const turns[] = {busy, refused, good};

	(void)state;
	assert_int_equal(asked(turns, 3, (struct call_now){0}, CALL_REFUSED), 2);
}

static void test_tries_come_to_an_end(void **state)
{
	static const char *const turns[] = {busy, busy, busy, good};

	(void)state;
	assert_int_equal(asked(turns, 4, (struct call_now){.tries = 2}, CALL_RETRY), 2);
}

// Throttled requests were not looked at; of the others nobody knows.
static void test_what_may_have_arrived_is_not_sent_twice(void **state)
{
	static const char *const first[] = {throttled, good}, *const second[] = {throttled, NULL, good}, *const third[] = {busy, good};

	(void)state;
	assert_int_equal(asked(first, 2, (struct call_now){.once = true}, CALL_OK), 2);
	assert_int_equal(asked(second, 3, (struct call_now){.once = true}, CALL_RETRY), 2);
	assert_int_equal(asked(third, 2, (struct call_now){.once = true}, CALL_RETRY), 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_it_is_repeated_until_it_is_answered),
		cmocka_unit_test(test_a_refusal_is_final),
		cmocka_unit_test(test_tries_come_to_an_end),
		cmocka_unit_test(test_what_may_have_arrived_is_not_sent_twice),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
