// SPDX-License-Identifier: Apache-2.0
// A request has an end and an answer a size; what went wrong has a class, and no message holds a secret.
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/now.h"
#include "base/own.h"
#include "net/http.h"
#include "tests/unit/net/stub_http.h"

static struct stub stub;
static struct err err;
static struct http_answer answer;
static struct http *http;

static int set_up(void **state)
{
	(void)state;
	http = http_new();
	return 0;
}

static int tear_down(void **state)
{
	(void)state;
	http_free(&http);
	http_answer_clear(&answer);
	return 0;
}

static int end(void **state)
{
	(void)state;
	stub_stop(&stub);
	return 0;
}

static void an_answer_of_any_status_is_an_answer(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{}"), STUB_JSON("404 Not Found", "gone"),
		{"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 0}, {"HTTP/1.1 204 None\r\n\r\n", 0}, STUB_END};
	struct http_request q = {.method = "GET", .url = stub.url};

	(void)state;
	stub_start(&stub, script);
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_int_equal(answer.status, 200);
	assert_true(view_eq(buf_view(&answer.body), VIEW_LIT("{}")));
	assert_int_equal(answer.retry_after_ms, -1);
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_int_equal(answer.status, 404);
	assert_true(view_eq(buf_view(&answer.body), VIEW_LIT("gone")));
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_int_equal(answer.status, 503);
	assert_int_equal(answer.retry_after_ms, 7000);
	assert_int_equal(answer.body.n, 0);
}

static void request_carries_method_headers_body_and_credentials(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{}"), STUB_JSON("200 OK", "{}"), STUB_END};
	static const char *const headers[] = {"X-One: 1", "Content-Type: text/x", NULL};
	char url[100];
	struct http_request q =
		{.method = "PUT", .url = url, .headers = headers, .body = VIEW_LIT("hello"), .user = "me", .password = "secret"};
	struct http_request plain = {.method = "GET", .url = url};

	(void)state;
	stub_start(&stub, script);
	snprintf(url, sizeof url, "%s/a/b?c=d", stub.url);
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_non_null(strstr(stub.requests[0], "PUT /a/b?c=d HTTP/1.1\r\n"));
	assert_non_null(strstr(stub.requests[0], "\r\nX-One: 1\r\n"));
	assert_non_null(strstr(stub.requests[0], "\r\nContent-Type: text/x\r\n"));
	assert_non_null(strstr(stub.requests[0], "\r\nAuthorization: Basic bWU6c2VjcmV0\r\n"));
	assert_non_null(strstr(stub.requests[0], "\r\n\r\nhello"));
	// nothing of it stays for the next request
	assert_int_equal(http_send(http, &plain, &answer, &err), 0);
	assert_non_null(strstr(stub.requests[1], "GET /a/b"));
	assert_null(strstr(stub.requests[1], "Authorization"));
	assert_null(strstr(stub.requests[1], "X-One"));
	assert_null(strstr(stub.requests[1], "hello"));
}

static void redirects_are_answers_not_orders(void **state)
{
	static const struct stub_line script[] = {{"HTTP/1.1 302 Found\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n",
												  0},
		STUB_END};
	struct http_request q = {.method = "GET", .url = stub.url, .user = "me", .password = "secret"};

	(void)state;
	stub_start(&stub, script);
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_int_equal(answer.status, 302);
	assert_int_equal(stub.requests_n, 1);
}

static void silence_ends_at_the_deadline(void **state)
{
	static const struct stub_line script[] = {{"HTTP/1.1 200 OK\r\n\r\n", 5000}, STUB_END};
	char url[100];
	struct http_request q = {.method = "GET", .url = url, .timeout_ms = 150};
	int64_t start = now_steady_ms();

	(void)state;
	stub_start(&stub, script);
	snprintf(url, sizeof url, "%s/path?token=hush", stub.url);
	assert_int_equal(http_send(http, &q, &answer, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, "http_timeout");
	assert_non_null(strstr(err.words, "/path"));
	assert_null(strstr(err.words, "hush"));
	assert_true(now_steady_ms() - start < 4000);
}

static void only_who_can_unpack_asks_for_compression(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "{}"), STUB_JSON("200 OK", "{}"),
		{"HTTP/1.1 200 OK\r\nContent-Encoding: gzip\r\nContent-Length: 7\r\n\r\nno gzip", 0}, STUB_END};
	struct http_request q = {.method = "GET", .url = stub.url};

	(void)state;
	stub_start(&stub, script);
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_null(strcasestr(stub.requests[0], "Accept-Encoding"));
	q.compressed = true;
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_non_null(strstr(stub.requests[1], "Accept-Encoding: gzip"));
	assert_int_equal(http_send(http, &q, &answer, &err), -1);
	assert_string_equal(err.code, "http_broken");
}

static void broken_answers_are_worth_another_try(void **state)
{
	static const struct stub_line script[] = {{NULL, 0}, {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 0}, {"garbage\r\n\r\n", 0},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789", 0}, STUB_END};
	struct http_request q = {.method = "GET", .url = stub.url};

	(void)state;
	stub_start(&stub, script);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(http_send(http, &q, &answer, &err), -1);
		assert_int_equal(err.class, ERR_RETRY);
	}
	q.answer_max = 9;
	assert_int_equal(http_send(http, &q, &answer, &err), -1);
	assert_string_equal(err.code, "http_too_large");
	assert_non_null(strstr(err.words, "larger than expected"));
	q.answer_max = 10;
	assert_int_equal(http_send(http, &q, &answer, &err), 0);
	assert_int_equal(answer.body.n, 10);
}

static void nobody_there_is_a_retry(void **state)
{
	struct http_request q = {.method = "GET", .url = "http://127.0.0.1:1/"};

	(void)state;
	assert_int_equal(http_send(http, &q, &answer, &err), -1);
	assert_int_equal(err.class, ERR_RETRY);
	assert_string_equal(err.code, "http_unreachable");
}

static void wrong_settings_are_fatal_and_say_no_secret(void **state)
{
	static const char *const urls[] = {"ftp://host/", "file:///etc/passwd", "host", "", "http://me:secret@host/", "https://me:secret@host"};
	struct http_request ca = {.method = "GET", .url = "https://127.0.0.1:1/", .ca_file = "/nowhere/ca.pem"};

	(void)state;
	for (size_t i = 0; i < sizeof urls / sizeof *urls; i++) {
		struct http_request q = {.method = "GET", .url = urls[i]};

		assert_int_equal(http_send(http, &q, &answer, &err), -1);
		assert_int_equal(err.class, ERR_FATAL);
		assert_string_equal(err.code, "http_setting");
		assert_null(strstr(err.words, "secret"));
	}
	assert_int_equal(http_send(http, &ca, &answer, &err), -1); // nobody listens there; a CA file is only read when somebody does
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_answer_of_any_status_is_an_answer, end),
		cmocka_unit_test_teardown(request_carries_method_headers_body_and_credentials, end),
		cmocka_unit_test_teardown(redirects_are_answers_not_orders, end),
		cmocka_unit_test_teardown(silence_ends_at_the_deadline, end),
		cmocka_unit_test_teardown(broken_answers_are_worth_another_try, end),
		cmocka_unit_test_teardown(only_who_can_unpack_asks_for_compression, end),
		cmocka_unit_test(nobody_there_is_a_retry),
		cmocka_unit_test(wrong_settings_are_fatal_and_say_no_secret),
	};

	return cmocka_run_group_tests(tests, set_up, tear_down);
}
