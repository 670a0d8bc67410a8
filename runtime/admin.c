// SPDX-License-Identifier: Apache-2.0
#include "runtime/admin.h"

#include <microhttpd.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/log.h"
#include "base/metrics.h"
#include "base/own.h"
#include "runtime/admin_json.h"
#include "runtime/admin_listen.h"

enum {
	CONNECTIONS = 64,
	TIMEOUT_S = 5,
	CONNECTION_BYTES = 32 << 10,
	STACK_BYTES = 512 << 10,
	ASK_TIMEOUT_MS = 5000,
	PAGE_CEILING = 64 << 20,
};

struct admin {
	struct admin_options options;
	struct MHD_Daemon *daemon;
	int port;
	char address[300];
};

struct page {
	unsigned status;
	const char *type;
	struct buf body;
};

#define TEXT "text/plain; charset=utf-8"
#define JSON "application/json"

static void live_page(struct admin *a, struct MHD_Connection *c, struct page *page)
{
	(void)c;
	page->status = status_is_live(a->options.status, &page->body) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	if (page->status == MHD_HTTP_OK)
		buf_add_text(&page->body, "live\n");
}

static void ready_page(struct admin *a, struct MHD_Connection *c, struct page *page)
{
	(void)c;
	page->status = status_is_ready(a->options.status, &page->body) ? MHD_HTTP_OK : MHD_HTTP_SERVICE_UNAVAILABLE;
	if (page->status == MHD_HTTP_OK)
		buf_add_text(&page->body, "ready\n");
}

static void metrics_page(struct admin *a, struct MHD_Connection *c, struct page *page)
{
	(void)a, (void)c;
	page->type = "text/plain; version=0.0.4; charset=utf-8";
	metrics_text(&page->body);
}

static void status_page(struct admin *a, struct MHD_Connection *c, struct page *page)
{
	(void)c;
	page->type = JSON;
	status_print(a->options.status, &page->body);
}

static struct view argument(struct MHD_Connection *c, const char *name)
{
	const char *text = NULL;
	size_t n = 0;

	if (MHD_lookup_connection_value_n(c, MHD_GET_ARGUMENT_KIND, name, strlen(name), &text, &n) != MHD_YES || !text || n == 0)
		return VIEW_ABSENT;
	return view_of(text, n);
}

static void refuse(struct page *page, unsigned status, const char *code, const char *words)
{
	page->status = status;
	buf_reset(&page->body);
	buf_add_text(&page->body, "{");
	admin_json_member(&page->body, "error", view_text(code));
	admin_json_member(&page->body, "words", view_text(words));
	buf_add_text(&page->body, "}\n");
}

// Calls `each` for the shards that cannot be asked now: whoever looks for a conversion must know that it may be in one of them.
static void list_not_live(struct admin *a, void (*each)(struct buf *out, int32_t partition), struct buf *out)
{
	OWN(status_view_clear) struct status_view view;

	status_read(a->options.status, &view);
	for (size_t i = 0; i < view.worker_count; i++)
		for (size_t k = 0; k < view.workers[i].shard_count; k++)
			if (view.workers[i].shards[k].state != STATUS_LIVE)
				each(out, view.workers[i].shards[k].partition);
}

static void add_element(struct buf *out, int32_t partition)
{
	admin_json_comma(out);
	buf_addf(out, "%d", (int)partition);
}

static void add_line(struct buf *out, int32_t partition)
{
	buf_addf(out, "not_live\t%d\n", (int)partition);
}

static enum processor_form form_of(struct view name)
{
	if (view_eq(name, VIEW_LIT("table")))
		return QUESTION_TABLE;
	return view_eq(name, VIEW_LIT("keys")) ? QUESTION_KEYS : QUESTION_JSON;
}

// A question that was asked well, to the workers.
static int answer_question(struct admin *a, const struct processor_question *question, struct page *page, struct err *err)
{
	struct buf *out = &page->body;
	bool json = question->form == QUESTION_JSON, found = false;

	buf_add_text(out, json ? "{\"explanations\":[" : "");
	if (admin_mail_ask(a->options.mail, question, ASK_TIMEOUT_MS, out, &found, err) != 0)
		return -1;
	page->status = found ? MHD_HTTP_OK : MHD_HTTP_NOT_FOUND;
	page->type = json ? JSON : TEXT;
	if (question->form == QUESTION_KEYS)
		list_not_live(a, add_line, out);
	if (!json)
		return 0;
	buf_add_text(out, "],\"shards_not_live\":[");
	list_not_live(a, add_element, out);
	buf_add_text(out, "]}\n");
	return 0;
}

static void explain_page(struct admin *a, struct MHD_Connection *c, struct page *page)
{
	struct processor_question question = {argument(c, "tenant"), argument(c, "conversion"), argument(c, "user"),
		form_of(argument(c, "output"))};
	struct err err = {0};

	page->type = JSON;
	if (!a->options.mail)
		refuse(page, MHD_HTTP_NOT_FOUND, "not_here", "no role of this process explains conversions: ask one that runs attribution");
	else if (!view_is_set(question.tenant) || !view_is_set(question.conversion))
		refuse(page, MHD_HTTP_BAD_REQUEST, "bad_request",
			"ask /explain?tenant=TENANT&conversion=ID and, if known, &user=USER; &output=json|table|keys");
	else if (answer_question(a, &question, page, &err) != 0)
		refuse(page, MHD_HTTP_SERVICE_UNAVAILABLE, err.code, err.words);
}

static const struct {
	const char *path;
	void (*print)(struct admin *a, struct MHD_Connection *c, struct page *page);
} pages[] = {
	{"/livez", live_page},
	{"/readyz", ready_page},
	{"/metrics", metrics_page},
	{"/status", status_page},
	{"/explain", explain_page},
};

static void print_page(struct admin *a, struct MHD_Connection *c, const char *url, struct page *page)
{
	for (size_t i = 0; i < sizeof pages / sizeof *pages; i++)
		if (strcmp(url, pages[i].path) == 0) {
			pages[i].print(a, c, page);
			return;
		}
	page->status = MHD_HTTP_NOT_FOUND;
	buf_add_text(&page->body, "pages here: /livez /readyz /metrics /status /explain?tenant=…&conversion=…[&user=…]\n");
}

static void finish(struct page *page)
{
	if (!page->body.full)
		return;
	page->status = MHD_HTTP_INTERNAL_SERVER_ERROR;
	page->type = TEXT;
	buf_reset(&page->body);
	buf_add_text(&page->body, "the answer is too large\n");
}

static enum MHD_Result send_page(struct MHD_Connection *c, struct page *page)
{
	struct view body = buf_view(&page->body);
	// libmicrohttpd copies; its prototype is not const.
	struct MHD_Response *response = MHD_create_response_from_buffer(body.n, (void *)(uintptr_t)body.p, MHD_RESPMEM_MUST_COPY);

	if (!response)
		return MHD_NO;
	MHD_add_response_header(response, MHD_HTTP_HEADER_CONTENT_TYPE, page->type);
	MHD_add_response_header(response, MHD_HTTP_HEADER_CACHE_CONTROL, "no-store");
	if (page->status == MHD_HTTP_METHOD_NOT_ALLOWED)
		MHD_add_response_header(response, MHD_HTTP_HEADER_ALLOW, "GET, HEAD");
	enum MHD_Result queued = MHD_queue_response(c, page->status, response);

	MHD_destroy_response(response);
	return queued;
}

// ceiling: libmicrohttpd sets the signature
static enum MHD_Result answer(void *self, struct MHD_Connection *c, const char *url, const char *method, const char *version,
	const char *upload, size_t *upload_size, void **of_request)
{
	struct page page = {MHD_HTTP_OK, TEXT, {.ceiling = PAGE_CEILING}};

	(void)version, (void)upload, (void)upload_size, (void)of_request;
	if (strcmp(method, MHD_HTTP_METHOD_GET) == 0 || strcmp(method, MHD_HTTP_METHOD_HEAD) == 0) {
		print_page(self, c, url, &page);
	} else {
		page.status = MHD_HTTP_METHOD_NOT_ALLOWED;
		buf_add_text(&page.body, "GET only\n");
	}
	finish(&page);
	enum MHD_Result queued = send_page(c, &page);

	buf_clear(&page.body);
	return queued;
}

static void print_address(struct admin *a)
{
	const char *host = a->options.host;
	bool all = host[0] == 0 || strcmp(host, "*") == 0 || strcmp(host, "0.0.0.0") == 0 || strcmp(host, "::") == 0;

	if (all)
		snprintf(a->address, sizeof a->address, "*:%d", a->port);
	else if (strchr(host, ':'))
		snprintf(a->address, sizeof a->address, "[%s]:%d", host, a->port);
	else
		snprintf(a->address, sizeof a->address, "%s:%d", host, a->port);
}

// A thread per connection, so that a question to busy workers never delays a probe.
static struct MHD_Daemon *start_daemon(struct admin *a, int fd)
{
	return MHD_start_daemon(MHD_USE_THREAD_PER_CONNECTION | MHD_USE_INTERNAL_POLLING_THREAD | MHD_USE_POLL | MHD_USE_ITC, 0, NULL, NULL,
		answer, a, MHD_OPTION_LISTEN_SOCKET, fd, MHD_OPTION_CONNECTION_LIMIT, (unsigned)CONNECTIONS, MHD_OPTION_CONNECTION_TIMEOUT,
		(unsigned)TIMEOUT_S, MHD_OPTION_CONNECTION_MEMORY_LIMIT, (size_t)CONNECTION_BYTES, MHD_OPTION_THREAD_STACK_SIZE,
		(size_t)STACK_BYTES, MHD_OPTION_END);
}

int admin_start(const struct admin_options *options, struct admin **out, struct err *err)
{
	struct admin *a = calloc(1, sizeof *a);
	int fd = -1;

	if (!a)
		err_out_of_memory();
	a->options = *options;
	if (admin_listen(options->host, options->port, &fd, &a->port, err) != 0) {
		free(a);
		return -1;
	}
	a->daemon = start_daemon(a, fd);
	if (!a->daemon) {
		close(fd);
		free(a);
		return err_set(err, ERR_FATAL, "admin_listen", "the admin port's thread does not start");
	}
	print_address(a);
	log_event(LOG_INFO, "admin_listening", LOG_S("host", options->host), LOG_I("port", a->port));
	*out = a;
	return 0;
}

void admin_stop(struct admin **admin)
{
	struct admin *a = *admin;

	*admin = NULL;
	if (!a)
		return;
	MHD_stop_daemon(a->daemon);
	free(a);
}

int admin_port(const struct admin *admin)
{
	return admin->port;
}

const char *admin_address(const struct admin *admin)
{
	return admin->address;
}
