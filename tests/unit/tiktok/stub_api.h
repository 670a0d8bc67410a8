// SPDX-License-Identifier: Apache-2.0
// Test support: an HTTP/1.1 server that keeps connections, many at once, and answers with what the test's function says, one request at a time. What it was
// asked is kept. Nothing sleeps: a request that is held waits until it is let go.
#pragma once
#include <arpa/inet.h>
#include <netinet/tcp.h>
#include <pthread.h>
#include <signal.h>
#include <stdatomic.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include "base/bytes.h"

enum { STUB_CONNECTIONS = 64, STUB_KEPT = 4096, STUB_HEAD = 8192 };

struct stub_request {
	int number; // from 0
	char path[1024], token[128];
	char *body;
	size_t body_n;
	bool clear_token, expects; // has an Authorization; has an Expect
};

enum stub_how {
	STUB_ANSWER,
	STUB_RESET,    // closed without a word
	STUB_TRUNCATE, // half of the body, then closed
	STUB_HOLD,     // answered when the test lets go
};

struct stub_reply {
	enum stub_how how;
	int status;       // 0 = 200
	char body[65536]; // empty: none
	int retry_after;  // seconds; 0: not said
};

struct stub_api {
	void (*answer)(struct stub_api *api, const struct stub_request *request, struct stub_reply *reply); // under `lock`
	char url[64];
	int listener;
	pthread_t thread, workers[STUB_CONNECTIONS];
	int sockets[STUB_CONNECTIONS];
	int connections;
	pthread_mutex_t lock; // what follows
	pthread_cond_t changed;
	bool stop, letting_go;
	int held;
	int number;
	struct stub_request kept[STUB_KEPT];
};

struct stub_worker {
	struct stub_api *api;
	int fd;
};

// Reads up to the end of the head; what follows of the body is in the buffer too.
static inline ssize_t stub_head(int fd, char *text)
{
	size_t n = 0;
	ssize_t got;

	while (n < STUB_HEAD - 1 && (got = read(fd, text + n, STUB_HEAD - 1 - n)) > 0) {
		n += (size_t)got;
		text[n] = '\0';
		if (strstr(text, "\r\n\r\n"))
			return (ssize_t)n;
	}
	return -1;
}

static inline void stub_header(const char *head, const char *name, char *out, size_t room)
{
	const char *at = strcasestr(head, name);

	snprintf(out, room, "%.*s", at ? (int)strcspn(at + strlen(name), "\r") : 0, at ? at + strlen(name) : "");
}

static inline bool stub_read(int fd, struct stub_request *q)
{
	char head[STUB_HEAD], length[32];
	ssize_t n = stub_head(fd, head);

	if (n < 0)
		return false;
	char *body = strstr(head, "\r\n\r\n") + 4;
	size_t have = (size_t)(head + n - body);
	sscanf(head, "%*s %1023s", q->path); // of a GET with the beginning of its query
	stub_header(head, "\r\nContent-Length: ", length, sizeof length);
	q->body_n = strtoul(length, NULL, 10);
	q->body = calloc(1, q->body_n + 1);
	memcpy(q->body, body, have);
	body[-2] = '\0';
	stub_header(head, "\r\nAccess-Token: ", q->token, sizeof q->token);
	q->clear_token = strcasestr(head, "\r\nAuthorization:");
	q->expects = strcasestr(head, "\r\nExpect:");
	while (have < q->body_n) {
		ssize_t got = read(fd, q->body + have, q->body_n - have);

		if (got <= 0)
			return false;
		have += (size_t)got;
	}
	return true;
}

static inline bool stub_write(int fd, const struct stub_reply *r)
{
	char head[256], after[64] = "";
	size_t n = strlen(r->body);

	if (r->retry_after)
		snprintf(after, sizeof after, "Retry-After: %d\r\n", r->retry_after);
	int head_n = snprintf(head, sizeof head, "HTTP/1.1 %d X\r\nContent-Type: application/json\r\n%sContent-Length: %zu\r\n\r\n",
		r->status ? r->status : 200, after, n);
	if (r->how == STUB_TRUNCATE)
		n /= 2;
	return write(fd, head, (size_t)head_n) == head_n && write(fd, r->body, n) == (ssize_t)n && r->how != STUB_TRUNCATE;
}

static inline bool stub_serve(struct stub_api *api, int fd)
{
	struct stub_request q = {0};
	struct stub_reply *r = calloc(1, sizeof *r);
	bool on = stub_read(fd, &q);

	if (!on) {
		free(q.body);
		free(r);
		return false;
	}
	pthread_mutex_lock(&api->lock);
	q.number = api->number++;
	if (q.number < STUB_KEPT)
		api->kept[q.number] = q;
	api->answer(api, &q, r);
	api->held += r->how == STUB_HOLD;
	pthread_cond_broadcast(&api->changed);
	while (r->how == STUB_HOLD && !api->stop && !api->letting_go)
		pthread_cond_wait(&api->changed, &api->lock);
	pthread_mutex_unlock(&api->lock);
	if (q.number >= STUB_KEPT)
		free(q.body);
	on = r->how != STUB_RESET && stub_write(fd, r);
	free(r);
	return on;
}

static inline void *stub_worker(void *arg)
{
	struct stub_worker w = *(struct stub_worker *)arg;

	free(arg);
	while (stub_serve(w.api, w.fd))
		;
	shutdown(w.fd, SHUT_RDWR);
	return NULL;
}

static inline void *stub_accept(void *arg)
{
	struct stub_api *api = arg;
	int fd, one = 1;

	while ((fd = accept(api->listener, NULL, NULL)) >= 0) {
		pthread_mutex_lock(&api->lock);
		if (api->connections == STUB_CONNECTIONS)
			abort();
		int at = api->connections++;
		pthread_mutex_unlock(&api->lock);
		struct stub_worker *w = malloc(sizeof *w);

		setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
		*w = (struct stub_worker){api, fd};
		api->sockets[at] = fd;
		if (pthread_create(&api->workers[at], NULL, stub_worker, w))
			abort();
	}
	return NULL;
}

static inline struct stub_api *stub_api_new(void (*answer)(struct stub_api *, const struct stub_request *, struct stub_reply *))
{
	struct sockaddr_in address = {.sin_family = AF_INET, .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
	socklen_t size = sizeof address;
	struct stub_api *api = calloc(1, sizeof *api);

	signal(SIGPIPE, SIG_IGN);
	unsetenv("http_proxy");
	unsetenv("HTTP_PROXY");
	unsetenv("all_proxy");
	unsetenv("ALL_PROXY");
	api->answer = answer;
	pthread_mutex_init(&api->lock, NULL);
	pthread_cond_init(&api->changed, NULL);
	api->listener = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
	if (bind(api->listener, (struct sockaddr *)&address, size) || listen(api->listener, 64) ||
		getsockname(api->listener, (struct sockaddr *)&address, &size))
		abort();
	snprintf(api->url, sizeof api->url, "http://127.0.0.1:%d/open_api/v1.3/", ntohs(address.sin_port));
	if (pthread_create(&api->thread, NULL, stub_accept, api))
		abort();
	return api;
}

static inline void stub_api_let_go(struct stub_api *api)
{
	pthread_mutex_lock(&api->lock);
	api->letting_go = true;
	pthread_cond_broadcast(&api->changed);
	pthread_mutex_unlock(&api->lock);
}

// Until so many requests are held.
static inline void stub_api_await_held(struct stub_api *api, int n)
{
	pthread_mutex_lock(&api->lock);
	while (api->held < n)
		pthread_cond_wait(&api->changed, &api->lock);
	pthread_mutex_unlock(&api->lock);
}

static inline void stub_api_await_requests(struct stub_api *api, int n)
{
	pthread_mutex_lock(&api->lock);
	while (api->number < n)
		pthread_cond_wait(&api->changed, &api->lock);
	pthread_mutex_unlock(&api->lock);
}

static inline void stub_api_free(struct stub_api **api_at)
{
	struct stub_api *api = *api_at;

	if (!api)
		return;
	pthread_mutex_lock(&api->lock);
	api->stop = true;
	pthread_cond_broadcast(&api->changed);
	pthread_mutex_unlock(&api->lock);
	shutdown(api->listener, SHUT_RDWR);
	pthread_join(api->thread, NULL);
	close(api->listener);
	for (int i = 0; i < api->connections; i++) {
		shutdown(api->sockets[i], SHUT_RDWR);
		pthread_join(api->workers[i], NULL);
		close(api->sockets[i]);
	}
	for (int i = 0; i < api->number && i < STUB_KEPT; i++)
		free(api->kept[i].body);
	pthread_mutex_destroy(&api->lock);
	pthread_cond_destroy(&api->changed);
	free(api);
	*api_at = NULL;
}
