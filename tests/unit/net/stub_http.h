// SPDX-License-Identifier: Apache-2.0
// Test support: a server on a free port of 127.0.0.1 that answers with what a script says, in order; the last line of the script is repeated.
// What it was asked is kept. One request per connection.
#pragma once
#include <arpa/inet.h>
#include <poll.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"

enum { STUB_REQUESTS = 64 };

struct stub_line {
	const char *raw; // everything that is sent, or NULL: the connection is closed at once
	int delay_ms;    // before it
};

struct stub {
	const struct stub_line *script; // ends with {NULL, -1}
	int listener;
	char url[64];
	pthread_t thread;
	atomic_bool stop;
	atomic_int requests_n;
	char *requests[STUB_REQUESTS]; // head and body
};

static inline void stub_sleep(struct stub *s, int ms)
{
	for (; ms > 0 && !s->stop; ms -= 10)
		usleep(10000);
}

// Reads head and body (Content-Length).
static inline char *stub_receive(int fd)
{
	char *text = calloc(1, 65536);
	size_t n = 0;
	ssize_t got;

	while (n < 65535 && (got = read(fd, text + n, 65535 - n)) > 0) {
		const char *end = strstr(text, "\r\n\r\n");
		const char *length = strcasestr(text, "\r\nContent-Length:");

		n += (size_t)got;
		if (end && n >= (size_t)(end + 4 - text) + (length && length < end ? (size_t)strtol(length + 17, NULL, 10) : 0))
			break;
	}
	return text;
}

static inline void stub_answer(struct stub *s, int fd)
{
	int which = s->requests_n;
	const struct stub_line *line = s->script;

	for (int i = 0; i < which && (line[1].raw || line[1].delay_ms >= 0); i++)
		line++;
	if (which < STUB_REQUESTS)
		s->requests[which] = stub_receive(fd);
	s->requests_n++;
	stub_sleep(s, line->delay_ms);
	if (line->raw && write(fd, line->raw, strlen(line->raw)) < 0)
		perror("stub");
	shutdown(fd, SHUT_WR);
}

static inline void *stub_loop(void *arg)
{
	struct stub *s = arg;

	while (!s->stop) {
		struct pollfd waiting = {s->listener, POLLIN, 0};

		if (poll(&waiting, 1, 20) <= 0)
			continue;
		int fd = accept(s->listener, NULL, NULL);
		if (fd >= 0) {
			stub_answer(s, fd);
			close(fd);
		}
	}
	return NULL;
}

static inline void stub_start(struct stub *s, const struct stub_line *script)
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;

	signal(SIGPIPE, SIG_IGN);
	memset(s, 0, sizeof *s);
	s->script = script;
	s->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(s->listener, (struct sockaddr *)&address, size) || listen(s->listener, 16) ||
		getsockname(s->listener, (struct sockaddr *)&address, &size))
		abort();
	snprintf(s->url, sizeof s->url, "http://127.0.0.1:%d", ntohs(address.sin_port));
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	if (pthread_create(&s->thread, NULL, stub_loop, s))
		abort();
}

static inline void stub_stop(struct stub *s)
{
	s->stop = true;
	pthread_join(s->thread, NULL);
	close(s->listener);
	for (int i = 0; i < STUB_REQUESTS; i++)
		free(s->requests[i]);
}

#define STUB_END \
	{ \
		NULL, -1 \
	}
#define STUB_JSON(status, body) \
	{ \
		"HTTP/1.1 " status "\r\nConnection: close\r\nContent-Type: application/json\r\n\r\n" body, 0 \
	}
