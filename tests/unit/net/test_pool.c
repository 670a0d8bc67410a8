// SPDX-License-Identifier: Apache-2.0
// Several requests are in flight from one thread; each ends, with its answer or an error of its own, and another thread can end a wait.
#include "net/pool.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/now.h"
#include "tests/unit/net/stub_http.h"

enum { DEADLINE_MS = 10000 };

static struct stub stub;
static struct pool *pool;
static struct err err;

static int end(void **state)
{
	(void)state;
	pool_free(&pool);
	stub_stop(&stub);
	return 0;
}

static void start(const struct stub_line *script, int in_flight)
{
	stub_start(&stub, script);
	pool = pool_new(in_flight);
}

static size_t poll_one(struct pool_done *done)
{
	size_t n = 0;

	for (int64_t until = now_steady_ms() + DEADLINE_MS; n == 0 && now_steady_ms() < until;)
		n = pool_poll(pool, DEADLINE_MS, done, 1);
	return n;
}

static void requests_end_with_their_own_answers(void **state)
{
	static const struct stub_line script[] = {STUB_JSON("200 OK", "same"), STUB_END};
	static const char *const paths[] = {"/a", "/b", "/c"};
	static const char *const headers[] = {"X-Secret: hush", NULL};
	struct pool_done done;
	bool seen[3] = {0};
	char urls[3][100];

	(void)state;
	start(script, 3);
	for (int i = 0; i < 3; i++) {
		snprintf(urls[i], sizeof urls[i], "%s%s", stub.url, paths[i]);
		struct http_request q = {.method = "POST", .url = urls[i], .headers = headers, .body = VIEW_LIT("hello")};
		assert_int_equal(pool_start(pool, &q, &seen[i], &err), 0);
		memset(urls[i], '?', 20); // the text is no longer needed
	}
	assert_int_equal(pool_free_slots(pool), 0);
	for (int i = 0; i < 3; i++) {
		assert_int_equal(poll_one(&done), 1);
		assert_non_null(done.answer);
		assert_int_equal(done.answer->status, 200);
		assert_true(view_eq(buf_view(&done.answer->body), VIEW_LIT("same")));
		assert_false(*(bool *)done.context);
		*(bool *)done.context = true;
	}
	assert_int_equal(pool_free_slots(pool), 3);
	for (int i = 0; i < 3; i++) {
		assert_non_null(strstr(stub.requests[i], "\r\nX-Secret: hush\r\n"));
		assert_non_null(strstr(stub.requests[i], "\r\n\r\nhello"));
		assert_null(strstr(stub.requests[i], "Expect"));
	}
}

static void a_full_pool_says_so_and_has_room_again(void **state)
{
	static const struct stub_line script[] = {{"HTTP/1.1 503 Busy\r\nRetry-After: 7\r\nContent-Length: 0\r\n\r\n", 0}, STUB_END};
	struct http_request q = {.method = "POST", .body = VIEW_LIT("x")};
	struct pool_done done;

	(void)state;
	start(script, 1);
	q.url = stub.url;
	for (int i = 0; i < 3; i++) {
		assert_int_equal(pool_start(pool, &q, NULL, &err), 0);
		assert_int_equal(pool_start(pool, &q, NULL, &err), -1);
		assert_int_equal(err.class, ERR_RETRY);
		assert_string_equal(err.code, "pool_full");
		assert_int_equal(poll_one(&done), 1);
		assert_int_equal(done.answer->status, 503);
		assert_int_equal(done.answer->retry_after_ms, 7000);
	}
}

static void a_wait_that_is_asked_for_has_an_end(void **state)
{
	static const struct stub_line script[] = {{"HTTP/1.1 503 Busy\r\nRetry-After: 9223372036854775807\r\nContent-Length: 0\r\n\r\n", 0},
		STUB_END};
	struct http_request q = {.method = "POST", .body = VIEW_LIT("x")};
	struct pool_done done;

	(void)state;
	start(script, 1);
	q.url = stub.url;
	assert_int_equal(pool_start(pool, &q, NULL, &err), 0);
	assert_int_equal(poll_one(&done), 1);
	assert_int_equal(done.answer->retry_after_ms, 366LL * 24 * 3600 * 1000);
}

static void errors_are_those_of_one_request(void **state)
{
	static const struct stub_line script[] = {{NULL, 0}, {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nshort", 0},
		{"HTTP/1.1 200 OK\r\nConnection: close\r\n\r\n0123456789", 0}, {"HTTP/1.1 200 OK\r\n\r\n", 5000}, STUB_END};
	static const char *const codes[] = {"http_broken", "http_broken", "http_too_large", "http_timeout"};
	char url[100];
	struct http_request q = {.method = "POST", .url = url, .body = VIEW_LIT("x"), .answer_max = 9, .timeout_ms = DEADLINE_MS};
	struct pool_done done;

	(void)state;
	start(script, 2);
	snprintf(url, sizeof url, "%s/path?token=hush", stub.url);
	for (int i = 0; i < 4; i++) {
		q.timeout_ms = i == 3 ? 100 : DEADLINE_MS;
		assert_int_equal(pool_start(pool, &q, &q, &err), 0);
		assert_int_equal(poll_one(&done), 1);
		assert_null(done.answer);
		assert_ptr_equal(done.context, &q);
		assert_int_equal(done.err.class, ERR_RETRY);
		assert_string_equal(done.err.code, codes[i]);
		assert_non_null(strstr(done.err.words, "/path"));
		assert_null(strstr(done.err.words, "hush"));
	}
}

static void nobody_there_and_wrong_urls(void **state)
{
	static const struct stub_line script[] = {STUB_END};
	struct http_request nobody = {.method = "POST", .url = "http://127.0.0.1:1/", .body = VIEW_LIT("x")};
	struct http_request wrong = {.method = "POST", .url = "http://me:secret@host/", .body = VIEW_LIT("x")};
	struct pool_done done;

	(void)state;
	start(script, 1);
	assert_int_equal(pool_start(pool, &wrong, NULL, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "http_setting");
	assert_null(strstr(err.words, "secret"));
	assert_int_equal(pool_start(pool, &nobody, NULL, &err), 0);
	assert_int_equal(poll_one(&done), 1);
	assert_null(done.answer);
	assert_string_equal(done.err.code, "http_unreachable");
}

static void redirects_are_answers_not_orders(void **state)
{
	static const struct stub_line script[] = {{"HTTP/1.1 307 Go\r\nLocation: http://127.0.0.1:1/elsewhere\r\nContent-Length: 0\r\n\r\n", 0},
		STUB_END};
	struct http_request q = {.method = "POST", .body = VIEW_LIT("x")};
	struct pool_done done;

	(void)state;
	start(script, 1);
	q.url = stub.url;
	assert_int_equal(pool_start(pool, &q, NULL, &err), 0);
	assert_int_equal(poll_one(&done), 1);
	assert_int_equal(done.answer->status, 307);
	assert_int_equal(stub.requests_n, 1);
}

static void *wake(void *arg)
{
	pool_wake(arg);
	return NULL;
}

static void another_thread_ends_a_wait(void **state)
{
	static const struct stub_line script[] = {STUB_END};
	struct pool_done done;
	pthread_t thread;
	int64_t before = now_steady_ms();

	(void)state;
	start(script, 1);
	assert_int_equal(pthread_create(&thread, NULL, wake, pool), 0);
	assert_int_equal(pool_poll(pool, 60000, &done, 1), 0);
	assert_true(now_steady_ms() - before < DEADLINE_MS);
	pthread_join(thread, NULL);
}

static void a_pool_ends_with_requests_in_flight(void **state)
{
	static const struct stub_line script[] = {{"HTTP/1.1 200 OK\r\n\r\n", 60000}, STUB_END};
	struct http_request q = {.method = "POST", .body = VIEW_LIT("x"), .timeout_ms = 60000};
	struct pool_done done;

	(void)state;
	start(script, 2);
	q.url = stub.url;
	assert_int_equal(pool_start(pool, &q, NULL, &err), 0);
	assert_int_equal(pool_start(pool, &q, NULL, &err), 0);
	while (stub.requests_n == 0)
		assert_int_equal(pool_poll(pool, 10, &done, 1), 0);
	pool_free(&pool);
	assert_null(pool);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(requests_end_with_their_own_answers, end),
		cmocka_unit_test_teardown(a_full_pool_says_so_and_has_room_again, end),
		cmocka_unit_test_teardown(a_wait_that_is_asked_for_has_an_end, end),
		cmocka_unit_test_teardown(errors_are_those_of_one_request, end),
		cmocka_unit_test_teardown(nobody_there_and_wrong_urls, end),
		cmocka_unit_test_teardown(redirects_are_answers_not_orders, end),
		cmocka_unit_test_teardown(another_thread_ends_a_wait, end),
		cmocka_unit_test_teardown(a_pool_ends_with_requests_in_flight, end),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
