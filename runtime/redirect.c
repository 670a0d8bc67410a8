// SPDX-License-Identifier: Apache-2.0
#include "runtime/redirect.h"

#include <errno.h>
#include <microhttpd.h>
#include <pthread.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "runtime/admin_listen.h"

enum { CONNECTIONS = 8, TIMEOUT_S = 10, CONNECTION_BYTES = 32 << 10, URL_MAX = 8 << 10, STACK_BYTES = 256 << 10 };

struct redirect {
	struct redirect_options options;
	struct MHD_Daemon *daemon;
	int port;
	pthread_mutex_t lock;
	pthread_cond_t changed;
	bool accepted, thanked; // thanked: the browser has its page
	unsigned refused;
};

struct request {
	bool accepted;
	char url[]; // path and query
};

// ---- pages

static void page_of(const char *title, const char *words, struct buf *out)
{
	buf_add_text(out, "<!doctype html><html lang=\"en\"><head><meta charset=\"utf-8\"><title>Lookback</title></head><body><h1>");
	buf_add_text(out, title);
	buf_add_text(out, "</h1><p>");
	buf_add_text(out, words);
	buf_add_text(out, "</p></body></html>\n");
}

static enum MHD_Result answer(struct MHD_Connection *c, unsigned status, const char *title, const char *words)
{
	OWN(buf_clear) struct buf page = {0};

	page_of(title, words, &page);
	struct MHD_Response *response = MHD_create_response_from_buffer(page.n, page.p, MHD_RESPMEM_MUST_COPY);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, "text/html; charset=utf-8");
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	MHD_add_response_header(response, "Referrer-Policy", "no-referrer"); // the code is in the page's address
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONNECTION, "close");
	enum MHD_Result queued = MHD_queue_response(c, status, response);

	MHD_destroy_response(response);
	return queued;
}

// ---- requests

// The address as it came, before anything is taken from it; NULL: it is too long.
static void *request_new(void *context, const char *url, struct MHD_Connection *c)
{
	size_t n = strnlen(url, URL_MAX + 1);
	struct request *request = n <= URL_MAX ? calloc(1, sizeof *request + n + 1) : NULL;

	(void)context, (void)c;
	if (request)
		memcpy(request->url, url, n);
	return request;
}

static void request_end(void *context, struct MHD_Connection *c, void **of, enum MHD_RequestTerminationCode code)
{
	struct redirect *r = context;
	struct request *request = *of;

	(void)c, (void)code;
	if (!request)
		return;
	if (request->accepted) {
		pthread_mutex_lock(&r->lock);
		r->thanked = true;
		pthread_cond_broadcast(&r->changed);
		pthread_mutex_unlock(&r->lock);
	}
	explicit_bzero(request->url, strlen(request->url));
	free(request);
	*of = NULL;
}

// Under the lock: of two that come at one time the second finds the door closed.
static enum MHD_Result judge(struct redirect *r, struct MHD_Connection *c, struct request *request)
{
	struct err err = {0};

	if (r->accepted)
		return answer(c, MHD_HTTP_GONE, "Too late", "Another request was accepted before this one.");
	if (r->options.accept(r->options.context, view_text(request->url), &err) != 0) {
		r->refused++;
		return answer(c, MHD_HTTP_BAD_REQUEST, "Not connected", err.words);
	}
	r->accepted = request->accepted = true;
	return answer(c, MHD_HTTP_OK, "Thank you", "You may close this page and go back to the terminal.");
}

// clang-format off
static enum MHD_Result handle(void *context, struct MHD_Connection *c, const char *path, const char *method, const char *version, const char *body, // ceiling: libmicrohttpd's callback
	size_t *body_size, void **request)
// clang-format on
{
	struct redirect *r = context;

	(void)version, (void)body;
	if (*body_size > 0) {
		*body_size = 0;
		return MHD_YES;
	}
	if (!*request || strcmp(method, MHD_HTTP_METHOD_GET) != 0)
		return answer(c, MHD_HTTP_BAD_REQUEST, "Not connected", "This is not how a browser comes back.");
	if (strcmp(path, "/favicon.ico") == 0) // browsers ask by themselves
		return answer(c, MHD_HTTP_NOT_FOUND, "Nothing here", "");
	pthread_mutex_lock(&r->lock);
	enum MHD_Result result = judge(r, c, *request);

	pthread_mutex_unlock(&r->lock);
	return result;
}

// ---- life

static void lock_init(struct redirect *r)
{
	pthread_condattr_t steady;

	CHECK(pthread_mutex_init(&r->lock, NULL) == 0);
	CHECK(pthread_condattr_init(&steady) == 0 && pthread_condattr_setclock(&steady, CLOCK_MONOTONIC) == 0);
	CHECK(pthread_cond_init(&r->changed, &steady) == 0);
	pthread_condattr_destroy(&steady);
}

int redirect_open(const struct redirect_options *options, struct redirect **out, struct err *err)
{
	int fd = -1, port = 0;

	if (admin_listen("127.0.0.1", options->port, &fd, &port, err) != 0)
		return err_set(err, ERR_FATAL, "redirect_listen",
			"cannot listen on 127.0.0.1 port %d: %s; name another one with --port, or paste the address by hand with --no-listen",
			options->port, strerror(errno));
	struct redirect *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	r->options = *options;
	r->port = port;
	lock_init(r);
	r->daemon = MHD_start_daemon(MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL, 0, NULL, NULL, handle, r, MHD_OPTION_LISTEN_SOCKET, fd,
		MHD_OPTION_CONNECTION_LIMIT, CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT, TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT,
		(size_t)CONNECTION_BYTES, MHD_OPTION_THREAD_STACK_SIZE, (size_t)STACK_BYTES, MHD_OPTION_URI_LOG_CALLBACK, request_new, r,
		MHD_OPTION_NOTIFY_COMPLETED, request_end, r, MHD_OPTION_END);
	if (r->daemon) {
		*out = r;
		return 0;
	}
	close(fd);
	redirect_close(&r);
	return err_set(err, ERR_FATAL, "redirect_listen", "the system gives no thread to listen with; use --no-listen");
}

int redirect_port(const struct redirect *r)
{
	return r->port;
}

bool redirect_wait(struct redirect *r, int64_t timeout_ms)
{
	struct timespec until;

	clock_gettime(CLOCK_MONOTONIC, &until);
	until.tv_sec += timeout_ms / 1000;
	until.tv_nsec += timeout_ms % 1000 * 1000000;
	until.tv_sec += until.tv_nsec / 1000000000;
	until.tv_nsec %= 1000000000;
	pthread_mutex_lock(&r->lock);
	while (!r->thanked && pthread_cond_timedwait(&r->changed, &r->lock, &until) == 0)
		;
	bool accepted = r->accepted;

	pthread_mutex_unlock(&r->lock);
	return accepted;
}

unsigned redirect_refused(struct redirect *r)
{
	pthread_mutex_lock(&r->lock);
	unsigned refused = r->refused;

	pthread_mutex_unlock(&r->lock);
	return refused;
}

void redirect_close(struct redirect **redirect)
{
	struct redirect *r = *redirect;

	if (!r)
		return;
	if (r->daemon)
		MHD_stop_daemon(r->daemon);
	pthread_cond_destroy(&r->changed);
	pthread_mutex_destroy(&r->lock);
	free(r);
	*redirect = NULL;
}
