// SPDX-License-Identifier: Apache-2.0
// Promise: the admin port answers its pages with the right status whatever the workers do, refuses what it does not serve, and a slow question delays no probe.
#include "runtime/admin.h"

#include <arpa/inet.h>
#include <pthread.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdatomic.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#include "base/metrics.h"
#include "base/now.h"
#include "base/own.h"

struct shard {
	_Atomic int pause_ms;
};

void *shard_processor(struct shard *shard)
{
	return shard;
}

static int explain(void *self, const struct processor_question *question, struct buf *out, bool *found, struct err *err)
{
	(void)err;
	usleep((unsigned)((struct shard *)self)->pause_ms * 1000);
	*found = view_eq(question->conversion, VIEW_LIT("o 1&x"));
	if (*found)
		buf_addf(out, "{\"tenant\":\"%.*s\",\"user\":\"%.*s\"}", VIEW_ARG(question->tenant), VIEW_ARG(question->user));
	return 0;
}

static const struct processor processor = {.role = "attribution", .explain = explain};

struct house {
	struct status *status;
	struct admin_mail *mail;
	struct admin *admin;
	struct shard shard;
	_Atomic bool stop;
	pthread_t worker;
};

static void *work(void *context)
{
	struct house *h = context;
	struct shard *live[] = {&h->shard};

	while (!atomic_load(&h->stop)) {
		admin_mail_serve(h->mail, 0, &processor, live, 1);
		usleep(500);
	}
	return NULL;
}

static int open_house(void **state)
{
	static struct house h;
	struct err err = {0};

	h = (struct house){.status = status_new(&(struct status_options){"live", "pod-0", 1, 60}), .mail = admin_mail_new(1)};
	status_worker_put(h.status, 0, "attribution", "id", STATUS_WORKING);
	assert_int_equal(admin_start(&(struct admin_options){"127.0.0.1", 0, h.status, h.mail}, &h.admin, &err), 0);
	assert_int_equal(pthread_create(&h.worker, NULL, work, &h), 0);
	*state = &h;
	return 0;
}

static int close_house(void **state)
{
	struct house *h = *state;

	atomic_store(&h->stop, true);
	pthread_join(h->worker, NULL);
	admin_stop(&h->admin);
	admin_mail_free(&h->mail);
	status_free(&h->status);
	return 0;
}

// Status of the answer; the whole of it in `out`.
static int ask(const struct house *h, const char *method, const char *path, char *out, size_t room)
{
	OWN(own_fd) int fd = socket(AF_INET, SOCK_STREAM, 0);
	struct sockaddr_in at = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)admin_port(h->admin)),
		.sin_addr = {htonl(INADDR_LOOPBACK)}};
	char request[1024];
	size_t n = 0;
	int status = 0;

	assert_int_equal(connect(fd, (struct sockaddr *)&at, sizeof at), 0);
	snprintf(request, sizeof request, "%s %s HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n", method, path);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	for (ssize_t got; n + 1 < room && (got = recv(fd, out + n, room - 1 - n, 0)) > 0;)
		n += (size_t)got;
	out[n] = 0;
	assert_int_equal(sscanf(out, "HTTP/1.1 %d", &status), 1);
	return status;
}

static void test_probes_follow_the_workers(void **state)
{
	struct house *h = *state;
	struct status_shard shard = {.partition = 7, .state = STATUS_RESTORING, .restore_total = 3};
	char text[4096];

	assert_int_equal(ask(h, "GET", "/livez", text, sizeof text), 200);
	assert_int_equal(ask(h, "GET", "/readyz", text, sizeof text), 200);
	status_shard_put(h->status, 0, &shard);
	assert_int_equal(ask(h, "GET", "/readyz", text, sizeof text), 503);
	assert_non_null(strstr(text, "shard 7 (attribution) is restoring, 0 of 3 records"));
	status_turned(h->status, 0);
	usleep(90 * 1000);
	assert_int_equal(ask(h, "GET", "/livez", text, sizeof text), 503);
	assert_non_null(strstr(text, "worker 0 (attribution) has not turned"));
}

static void test_status_and_metrics(void **state)
{
	struct house *h = *state;
	char text[65536];

	metrics_add(metrics_slot(METRICS_RECORDS, "clicks", "accepted"), 41);
	assert_int_equal(ask(h, "GET", "/metrics", text, sizeof text), 200);
	assert_non_null(strstr(text, "text/plain; version=0.0.4"));
	assert_non_null(strstr(text, "} 41\n"));
	assert_int_equal(ask(h, "GET", "/status", text, sizeof text), 200);
	assert_non_null(strstr(text, "application/json"));
	assert_non_null(strstr(text, "\"run\":\"live\",\"instance\":\"pod-0\""));
}

static void test_explain_asks_the_worker(void **state)
{
	struct house *h = *state;
	char text[4096];

	assert_int_equal(ask(h, "GET", "/explain?tenant=shop&conversion=o%201%26x&user=u%7C1", text, sizeof text), 200);
	assert_non_null(strstr(text, "{\"explanations\":[{\"tenant\":\"shop\",\"user\":\"u|1\"}],\"shards_not_live\":[]}"));
	assert_int_equal(ask(h, "GET", "/explain?tenant=shop&conversion=none", text, sizeof text), 404);
	assert_non_null(strstr(text, "\"explanations\":[]"));
	assert_int_equal(ask(h, "GET", "/explain?tenant=shop", text, sizeof text), 400);
	assert_non_null(strstr(text, "bad_request"));
}

struct slow_question {
	const struct house *house;
	int status;
};

static void *ask_slowly(void *context)
{
	struct slow_question *q = context;
	char text[4096];

	q->status = ask(q->house, "GET", "/explain?tenant=t&conversion=o%201%26x", text, sizeof text);
	return NULL;
}

static void test_slow_question_delays_no_probe(void **state)
{
	struct house *h = *state;
	struct slow_question q = {h, 0};
	pthread_t thread;
	char text[4096];

	h->shard.pause_ms = 700;
	assert_int_equal(pthread_create(&thread, NULL, ask_slowly, &q), 0);
	usleep(50 * 1000);
	int64_t begun_ms = now_steady_ms();

	assert_int_equal(ask(h, "GET", "/readyz", text, sizeof text), 200);
	assert_true(now_steady_ms() - begun_ms < 500);
	pthread_join(thread, NULL);
	assert_int_equal(q.status, 200);
}

static void test_what_is_not_served(void **state)
{
	struct house *h = *state;
	char text[4096];

	assert_int_equal(ask(h, "GET", "/", text, sizeof text), 404);
	assert_int_equal(ask(h, "DELETE", "/status", text, sizeof text), 405);
	assert_non_null(strstr(text, "Allow: GET, HEAD"));
	assert_int_equal(ask(h, "HEAD", "/livez", text, sizeof text), 200);
	assert_null(strstr(text, "live\n"));
}

static void test_taken_port_is_said(void **state)
{
	struct house *h = *state;
	struct admin *second = NULL;
	struct err err = {0};

	assert_int_equal(admin_start(&(struct admin_options){"127.0.0.1", admin_port(h->admin), h->status, NULL}, &second, &err), -1);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "admin_listen");
	assert_non_null(strstr(err.words, "Address already in use"));
	assert_int_equal(admin_start(&(struct admin_options){"no such host", 0, h->status, NULL}, &second, &err), -1);
	assert_string_equal(err.code, "admin_listen");
}

static void test_address_for_client_ids(void **state)
{
	struct house *h = *state;
	struct admin *all = NULL;
	struct err err = {0};
	char expected[64];

	snprintf(expected, sizeof expected, "127.0.0.1:%d", admin_port(h->admin));
	assert_string_equal(admin_address(h->admin), expected);
	assert_int_equal(admin_start(&(struct admin_options){"", 0, h->status, NULL}, &all, &err), 0);
	snprintf(expected, sizeof expected, "*:%d", admin_port(all));
	assert_string_equal(admin_address(all), expected);
	admin_stop(&all);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_probes_follow_the_workers, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_status_and_metrics, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_explain_asks_the_worker, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_slow_question_delays_no_probe, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_what_is_not_served, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_taken_port_is_said, open_house, close_house),
		cmocka_unit_test_setup_teardown(test_address_for_client_ids, open_house, close_house),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
