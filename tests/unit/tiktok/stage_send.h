// SPDX-License-Identifier: Apache-2.0
// Test support: a sender, a box and a stub of the API; events that name their ticket; answers gathered until all are there.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <poll.h>
#include <sys/eventfd.h>

#include "tests/unit/tiktok/stub_api.h"
#include "tiktok/send.h"

enum { STAGE_ANSWERS = 20000, STAGE_DEADLINE_MS = 20000 };

struct stage {
	struct stub_api *api;
	struct sender *sender;
	struct send_box *box;
	int wake_fd;
	struct send_options options;
	atomic_int token_version;    // of all tenants; 0: there is no token
	struct send_answer *answers; // by ticket
	int *answered;               // how often, by ticket
	size_t answers_n;
};

static struct stage stage;

static inline int stage_token(void *context, struct view tenant, struct buf *token, uint64_t *version, struct err *err)
{
	struct stage *st = context;
	int v = st->token_version;

	if (v == 0)
		return err_set(err, ERR_RETRY, "token_missing", "tenant %.*s has no token: connect it", VIEW_ARG(tenant));
	buf_addf(token, "secret-%.*s-%d", VIEW_ARG(tenant), v);
	*version = (uint64_t)v;
	return 0;
}

static inline struct send_options stage_options(void)
{
	return (struct send_options){.batch_events = 1000,
		.batch_bytes = 1 << 20,
		.batch_age_ms = 5,
		.requests_in_flight = 4,
		.timeout_ms = 60000,
		.retry_first_ms = 2,
		.retry_most_ms = 20,
		.throttle_first_ms = 10,
		.throttle_most_ms = 40,
		.tenant_batches = 16,
		.all_batches = 128,
		.seed = 7,
		.tokens = {stage_token, &stage}};
}

static inline void stage_start(void (*answer)(struct stub_api *, const struct stub_request *, struct stub_reply *),
	struct send_options options)
{
	stage.api = stub_api_new(answer);
	stage.token_version = 1;
	stage.options = options;
	stage.options.endpoint = stage.api->url;
	stage.sender = sender_new(&stage.options);
	stage.wake_fd = eventfd(0, EFD_NONBLOCK | EFD_CLOEXEC);
	stage.box = send_box_new(stage.sender, stage.wake_fd);
	stage.answers = calloc(STAGE_ANSWERS, sizeof *stage.answers);
	stage.answered = calloc(STAGE_ANSWERS, sizeof *stage.answered);
	stage.answers_n = 0;
}

static inline int stage_end(void **state)
{
	(void)state;
	send_box_free(&stage.box);
	sender_free(&stage.sender);
	stub_api_free(&stage.api);
	close(stage.wake_fd);
	free(stage.answers);
	free(stage.answered);
	return 0;
}

static inline struct send_event stage_event(uint64_t ticket, const char *tenant, const char *json, char *id, size_t id_room)
{
	int n = snprintf(id, id_room, "e%llu", (unsigned long long)ticket);

	return (struct send_event){.ticket = ticket,
		.tenant = view_text(tenant),
		.advertiser = view_text(tenant),
		.address = {EVENT_API_TRACK, EVENT_SOURCE_WEB, VIEW_LIT("CPIXEL"), VIEW_ABSENT},
		.id = view_of(id, (size_t)n),
		.json = view_text(json)};
}

static inline void stage_take(void)
{
	static struct send_answer some[100];
	size_t n;

	while ((n = send_take(stage.box, some, sizeof some / sizeof *some))) {
		for (size_t i = 0; i < n; i++) {
			assert_true(some[i].ticket < STAGE_ANSWERS);
			stage.answers[some[i].ticket] = some[i];
			assert_int_equal(stage.answered[some[i].ticket]++, 0);
			stage.answers_n++;
		}
	}
}

// Until there are `n` answers, or more.
static inline void stage_await_some(size_t n)
{
	uint64_t count;

	for (stage_take(); stage.answers_n < n; stage_take()) {
		struct pollfd waiting = {stage.wake_fd, POLLIN, 0};

		if (poll(&waiting, 1, STAGE_DEADLINE_MS) != 1)
			fail_msg("%zu answers of %zu", stage.answers_n, n);
		assert_int_equal(read(stage.wake_fd, &count, sizeof count), sizeof count);
	}
}

// Until there are `n` answers in all; each ticket is answered once.
static inline void stage_await(size_t n)
{
	stage_await_some(n);
	assert_int_equal(stage.answers_n, n);
}

// `{"event_id":"e7"}`, with `extra` inside.
static inline enum send_room stage_try(uint64_t ticket, const char *tenant, const char *extra)
{
	char json[256], id[32];

	snprintf(json, sizeof json, "{\"event_id\":\"e%llu\"%s}", (unsigned long long)ticket, extra);
	struct send_event event = stage_event(ticket, tenant, json, id, sizeof id);
	return send_put(stage.box, &event);
}

static inline void stage_put(uint64_t ticket, const char *tenant, const char *extra)
{
	assert_int_equal(stage_try(ticket, tenant, extra), SEND_TAKEN);
}

static inline void stage_reply(struct stub_reply *r, int code, const char *message)
{
	snprintf(r->body, sizeof r->body, "{\"code\":%d,\"message\":\"%s\",\"request_id\":\"20260722110455010192188045120ABCDE\",\"data\":{}}",
		code, message);
}

static inline void stage_ok(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	(void)api, (void)q;
	stage_reply(r, 0, "OK");
}

static inline const struct send_answer *stage_answer(uint64_t ticket)
{
	assert_int_equal(stage.answered[ticket], 1);
	return &stage.answers[ticket];
}

static inline int stage_requests(void)
{
	pthread_mutex_lock(&stage.api->lock);
	int n = stage.api->number;
	pthread_mutex_unlock(&stage.api->lock);
	return n;
}
