// SPDX-License-Identifier: Apache-2.0
// A call becomes the request that TikTok documents, its secrets stay where they belong, and each answer has one meaning for who reads.
#include "tiktok/call.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static struct call call;
static struct call_result result;

static int end(void **state)
{
	(void)state;
	call_clear(&call);
	call_result_clear(&result);
	return 0;
}

static void a_get_has_its_parameters_in_the_query(void **state)
{
	OWN(call_wire_clear) struct call_wire wire = {0};
	struct call_access access = {.base = "https://host.example/open_api/v1.3", .token = VIEW_LIT("t0ken")};
	struct view words[] = {VIEW_LIT("ad_id"), VIEW_LIT("a \"b\"&é")};
	struct http_request request;

	(void)state;
	call_get(&call, "/report/integrated/get/");
	call_param(&call, "advertiser_id", VIEW_LIT("70"));
	call_param_list(&call, "dimensions", words, 2);
	call_param_integer(&call, "page", -3);
	call_request(&call, &access, &wire, &request);
	assert_string_equal(request.url,
		"https://host.example/open_api/v1.3/report/integrated/get/?advertiser_id=70&dimensions=%5B%22ad_id%22%2C%22a%20%5C%22b%5C%22%26%C3%A9%22%5D"
		"&page=-3");
	assert_string_equal(request.method, "GET");
	assert_string_equal(request.headers[0], "Access-Token: t0ken");
	assert_null(request.headers[1]);
	assert_false(view_is_set(request.body));
	assert_true(request.compressed);
	assert_int_equal(request.timeout_ms, CALL_TIMEOUT_MS);
	assert_int_equal(request.answer_max, CALL_ANSWER_MAX);
}

static void a_post_has_a_body_and_a_bare_call_no_token(void **state)
{
	OWN(call_wire_clear) struct call_wire wire = {0};
	struct call_access access = {.base = "http://h", .token = VIEW_LIT("t0ken"), .timeout_ms = 5, .answer_max = 6};
	struct http_request request;

	(void)state;
	call_post(&call, "/oauth2/access_token/");
	call.bare = true;
	buf_add_text(&call.text, "{}");
	call_request(&call, &access, &wire, &request);
	assert_string_equal(request.url, "http://h/oauth2/access_token/");
	assert_string_equal(request.headers[0], "Content-Type: application/json");
	assert_null(request.headers[1]);
	assert_true(view_eq(request.body, VIEW_LIT("{}")));
	assert_int_equal(request.timeout_ms, 5);
	assert_int_equal(request.answer_max, 6);
	access.base = "http://other";
	call_request(&call, &access, &wire, &request); // a wire is used again
	assert_string_equal(request.url, "http://other/oauth2/access_token/");
}

static void judge(int status, const char *body)
{
	struct http_answer answer = {.status = status, .retry_after_ms = 7000};

	buf_add_text(&answer.body, body);
	call_judge(&call, &answer, NULL, &result);
	http_answer_clear(&answer);
}

static void judge_code(int status, int code, const char *message)
{
	char body[300];

	snprintf(body, sizeof body, "{\"code\":%d,\"message\":\"%s\",\"request_id\":\"R1\",\"data\":{\"a\":1.50}}", code, message);
	judge(status, body);
}

static void each_code_has_its_verdict(void **state)
{
	static const struct {
		int code;
		enum call_verdict verdict;
	} codes[] = {{0, CALL_OK}, {20001, CALL_RETRY}, {40000, CALL_REFUSED}, {40001, CALL_NO_ACCESS}, {40002, CALL_REFUSED},
		{40007, CALL_REFUSED}, {40011, CALL_SMALLER}, {40016, CALL_THROTTLE_APP}, {40061, CALL_SMALLER}, {40067, CALL_SMALLER},
		{40100, CALL_THROTTLE_APP}, {40101, CALL_RETRY}, {40102, CALL_RETRY}, {40104, CALL_REFUSED}, {40105, CALL_REAUTHORISE},
		{40110, CALL_REAUTHORISE}, {40114, CALL_REAUTHORISE}, {40130, CALL_SCOPE}, {40131, CALL_SCOPE}, {40132, CALL_THROTTLE_APP},
		{40133, CALL_THROTTLE_ADVERTISER}, {40200, CALL_RETRY}, {40300, CALL_NO_ACCESS}, {40309, CALL_REAUTHORISE}, {40400, CALL_REFUSED},
		{40999, CALL_REFUSED}, {41001, CALL_REFUSED}, {50000, CALL_RETRY}, {51021, CALL_THROTTLE_APP}, {51999, CALL_RETRY},
		{60001, CALL_RETRY}, {61000, CALL_THROTTLE_APP}, {70001, CALL_REFUSED}, {1, CALL_REFUSED}};
	static const int statuses[] = {200, 401, 429, 500};

	(void)state;
	call_get(&call, "/report/integrated/get/");
	for (size_t i = 0; i < sizeof codes / sizeof *codes; i++) {
		for (size_t s = 0; s < sizeof statuses / sizeof *statuses; s++) {
			judge_code(statuses[s], codes[i].code, "m");
			if (result.verdict != codes[i].verdict)
				fail_msg("%d is %s", codes[i].code, call_verdict_name(result.verdict));
			assert_int_equal(result.code, codes[i].code);
			assert_int_equal(result.status, statuses[s]);
			assert_int_equal(result.retry_after_ms, 7000);
			assert_string_equal(result.request_id, "R1");
		}
	}
}

static void a_missing_permission_is_named(void **state)
{
	static const char *const needs[][2] = {{"/report/integrated/get/", "Reporting"}, {"/advertiser/info/", "Ad Account Management"},
		{"/campaign/get/", "Ads Management"}, {"/adgroup/get/", "Ads Management"}, {"/ad/get/", "Ads Management"}};
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof needs / sizeof *needs; i++) {
		call_get(&call, needs[i][0]);
		judge_code(200, 40131, "no scope");
		assert_string_equal(result.scope, needs[i][1]);
		assert_int_equal(call_error(&call, &result, &err), -1);
		assert_int_equal(err.class, ERR_PAUSE);
		assert_string_equal(err.code, "tiktok_scope");
		assert_non_null(strstr(err.words, needs[i][1]));
	}
	call_get(&call, "/other/");
	judge_code(200, 40131, "no scope");
	assert_null(result.scope);
	call_get(&call, "/ad/get/");
	judge_code(200, 40105, "x");
	assert_null(result.scope);
}

static void permission_may_come_as_a_wrong_parameter(void **state)
{
	(void)state;
	call_get(&call, "/ad/get/");
	judge_code(200, 40002, "No permission to operate advertiser 7000000000000000002.");
	assert_int_equal(result.verdict, CALL_NO_ACCESS);
	judge_code(200, 40002, "max time span is 30 days when use stat_time_day");
	assert_int_equal(result.verdict, CALL_REFUSED);
	judge_code(200, 40000, "No permission");
	assert_int_equal(result.verdict, CALL_REFUSED);
}

static void a_bad_app_at_the_exchange_is_not_tried_again(void **state)
{
	(void)state;
	call_post(&call, "/oauth2/access_token/");
	call.bare = true;
	judge_code(200, 40101, "m");
	assert_int_equal(result.verdict, CALL_REFUSED);
}

static void what_is_no_answer_of_the_api_passes(void **state)
{
	struct err err;

	(void)state;
	call_get(&call, "/ad/get/");
	judge(502, "<html>Bad Gateway</html>");
	assert_int_equal(result.verdict, CALL_RETRY);
	assert_int_equal(result.tries, 0);
	assert_non_null(strstr(result.message, "502"));
	judge(429, "slow down");
	assert_int_equal(result.verdict, CALL_THROTTLE_APP);
	judge(200, "");
	assert_int_equal(result.verdict, CALL_RETRY);
	judge(200, "{\"error\":1}");
	assert_int_equal(result.verdict, CALL_RETRY);
	assert_int_equal(result.tries, 3);
	assert_int_equal(result.then, CALL_REFUSED);
	err_set(&err, ERR_RETRY, "http_timeout", "x");
	call_judge(&call, NULL, &err, &result);
	assert_int_equal(result.verdict, CALL_RETRY);
	assert_int_equal(result.retry_after_ms, -1);
	err_set(&err, ERR_RETRY, "http_too_large", "x");
	call_judge(&call, NULL, &err, &result);
	assert_int_equal(result.verdict, CALL_SMALLER);
	err_set(&err, ERR_FATAL, "http_untrusted", "set the CA file");
	call_judge(&call, NULL, &err, &result);
	assert_int_equal(result.verdict, CALL_REFUSED);
	assert_non_null(strstr(result.message, "CA file"));
}

static void errors_say_what_to_do_and_no_secret(void **state)
{
	static const char secret[] = "0123456789abcdef0123456789abcdef01234567";
	struct err err;
	char text[200];

	(void)state;
	call_get(&call, "/oauth2/advertiser/get/");
	call_param(&call, "secret", VIEW_LIT("hush"));
	snprintf(text, sizeof text, "token %s of me@shop.example is bad", secret);
	judge_code(200, 40105, text);
	assert_int_equal(call_error(&call, &result, &err), -1);
	assert_int_equal(err.class, ERR_PAUSE);
	assert_string_equal(err.code, "tiktok_reauthorise");
	assert_null(strstr(err.words, secret));
	assert_null(strstr(err.words, "@"));
	assert_null(strstr(err.words, "hush"));
	assert_non_null(strstr(err.words, "/oauth2/advertiser/get/"));
	assert_non_null(strstr(err.words, "40105"));
	assert_non_null(strstr(err.words, "R1"));
	judge_code(200, 50000, "m");
	call_error(&call, &result, &err);
	assert_int_equal(err.class, ERR_RETRY);
	judge_code(200, 40001, "m");
	call_error(&call, &result, &err);
	assert_string_equal(err.code, "tiktok_no_access");
	judge_code(200, 40000, "m");
	call_error(&call, &result, &err);
	assert_int_equal(err.class, ERR_FATAL);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_get_has_its_parameters_in_the_query, end),
		cmocka_unit_test_teardown(a_post_has_a_body_and_a_bare_call_no_token, end),
		cmocka_unit_test_teardown(each_code_has_its_verdict, end),
		cmocka_unit_test_teardown(a_missing_permission_is_named, end),
		cmocka_unit_test_teardown(permission_may_come_as_a_wrong_parameter, end),
		cmocka_unit_test_teardown(a_bad_app_at_the_exchange_is_not_tried_again, end),
		cmocka_unit_test_teardown(what_is_no_answer_of_the_api_passes, end),
		cmocka_unit_test_teardown(errors_say_what_to_do_and_no_secret, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
