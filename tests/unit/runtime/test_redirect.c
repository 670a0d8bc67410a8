// SPDX-License-Identifier: Apache-2.0
// One request is accepted, by its whole address; others are refused with the words, and the next may be the one.
#include "runtime/redirect.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <arpa/inet.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/own.h"

static char accepted[256];
static struct err err;

static int accept_right(void *context, struct view url, struct err *e)
{
	assert_ptr_equal(context, accepted);
	if (!view_eq(url, VIEW_LIT("/callback?state=right&code=1%2F2")))
		return err_set(e, ERR_POISON, "wrong", "this is not the one");
	snprintf(accepted, sizeof accepted, "%.*s", VIEW_ARG(url));
	return 0;
}

static struct redirect *opened(void)
{
	const struct redirect_options options = {.accept = accept_right, .context = accepted};
	struct redirect *r = NULL;

	accepted[0] = '\0';
	if (redirect_open(&options, &r, &err) != 0)
		fail_msg("%s", err.words);
	return r;
}

// The answer to what a browser says; to be freed.
static char *ask(int port, const char *request)
{
	const struct sockaddr_in to = {.sin_family = AF_INET, .sin_port = htons((uint16_t)port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	OWN(own_fd) int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	char *answer = calloc(1, 4096);
	size_t n = 0;
	ssize_t got;

	assert_int_equal(connect(fd, (const struct sockaddr *)&to, sizeof to), 0);
	assert_int_equal(send(fd, request, strlen(request), MSG_NOSIGNAL), strlen(request));
	while (n < 4095 && (got = read(fd, answer + n, 4095 - n)) > 0)
		n += (size_t)got;
	return answer;
}

static void answers(int port, const char *line, const char *status, const char *words)
{
	OWN(buf_clear) struct buf request = {0};

	buf_addf(&request, "%s HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n", line);
	buf_add_byte(&request, '\0');
	OWN(own_free) char *answer = ask(port, request.p);

	if (strncmp(answer + strlen("HTTP/1.1 "), status, strlen(status)) != 0 || !strstr(answer, words))
		fail_msg("%s is answered with %s", line, answer);
	assert_null(strstr(answer, "right")); // nothing of a request is in a page
}

static void test_the_right_one_is_accepted_once(void **state)
{
	OWN(redirect_close) struct redirect *r = opened();
	int port = redirect_port(r);

	(void)state;
	assert_true(port > 0);
	assert_false(redirect_wait(r, 0));
	answers(port, "GET /callback?state=wrong&code=1", "400", "this is not the one");
	answers(port, "GET /", "400", "this is not the one");
	answers(port, "POST /callback?state=right&code=1%2F2", "400", "not how a browser");
	answers(port, "GET /favicon.ico", "404", "Nothing here");
	assert_false(redirect_wait(r, 10));
	assert_int_equal(redirect_refused(r), 2);
	answers(port, "GET /callback?state=right&code=1%2F2", "200", "close this page");
	assert_true(redirect_wait(r, 5000));
	assert_string_equal(accepted, "/callback?state=right&code=1%2F2");
	answers(port, "GET /callback?state=right&code=1%2F2", "410", "Too late");
}

static void test_what_is_too_long_is_refused(void **state)
{
	OWN(redirect_close) struct redirect *r = opened();
	OWN(buf_clear) struct buf request = {0};

	(void)state;
	buf_add_text(&request, "GET /callback?x=");
	for (int i = 0; i < 9000; i++)
		buf_add_byte(&request, 'x');
	buf_add_text(&request, " HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\n\r\n");
	buf_add_byte(&request, '\0');
	OWN(own_free) char *answer = ask(redirect_port(r), request.p);

	assert_int_equal(strncmp(answer, "HTTP/1.1 4", 10), 0);
	assert_string_equal(accepted, "");
}

static void test_many_connections_do_not_shut_it(void **state)
{
	OWN(redirect_close) struct redirect *r = opened();
	const struct sockaddr_in to = {.sin_family = AF_INET,
		.sin_port = htons((uint16_t)redirect_port(r)),
		.sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	int idle[32];

	(void)state;
	for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++) {
		idle[i] = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
		assert_int_equal(connect(idle[i], (const struct sockaddr *)&to, sizeof to), 0);
	}
	for (size_t i = 0; i < sizeof idle / sizeof idle[0]; i++)
		close(idle[i]);
	answers(redirect_port(r), "GET /callback?state=right&code=1%2F2", "200", "close this page");
}

static void test_a_port_that_is_taken_is_said(void **state)
{
	OWN(redirect_close) struct redirect *r = opened();
	const struct redirect_options same = {.port = redirect_port(r), .accept = accept_right, .context = accepted};
	struct redirect *other = NULL;

	(void)state;
	assert_int_equal(redirect_open(&same, &other, &err), -1);
	assert_string_equal(err.code, "redirect_listen");
	assert_non_null(strstr(err.words, "--port"));
	assert_null(other);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_right_one_is_accepted_once),
		cmocka_unit_test(test_what_is_too_long_is_refused),
		cmocka_unit_test(test_many_connections_do_not_shut_it),
		cmocka_unit_test(test_a_port_that_is_taken_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
