// SPDX-License-Identifier: Apache-2.0
#include "tiktok/call_now.h"

#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "tiktok/backoff.h"

enum { TRIES = 5, FIRST_MS = 500, MOST_MS = 10000 };

// On a connection of its own: of one that is used again and turns out to be cut, libcurl repeats the request by itself.
static void ask(const struct call *call, const struct call_access *access, struct call_result *out)
{
	OWN(http_free) struct http *http = http_new();
	OWN(call_wire_clear) struct call_wire wire = {0};
	OWN(http_answer_clear) struct http_answer answer = {0};
	struct http_request request;
	struct err err = {0};

	call_request(call, access, &wire, &request);
	bool there = http_send(http, &request, &answer, &err) == 0;

	call_judge(call, there ? &answer : NULL, there ? NULL : &err, out);
	if (answer.body.p)
		explicit_bzero(answer.body.p, answer.body.room);
}

// Throttled requests were not looked at.
static bool may_repeat(const struct call_now *how, const struct call_result *result)
{
	switch (result->verdict) {
	case CALL_THROTTLE_APP:
	case CALL_THROTTLE_ADVERTISER:
		return true;
	case CALL_RETRY:
		return !how->once;
	default:
		return false;
	}
}

static int64_t wait_of(const struct call_result *result, struct backoff *backoff, int failures)
{
	int64_t ms = backoff_ms(backoff, failures);

	if (result->retry_after_ms > ms)
		ms = result->retry_after_ms;
	if (result->wait_ms > ms)
		ms = result->wait_ms;
	return ms > MOST_MS ? MOST_MS : ms;
}

void call_now(const struct call_now *how, const struct call *call, struct call_result *out)
{
	struct backoff backoff = {.first_ms = FIRST_MS, .most_ms = MOST_MS, .random = (uint64_t)now_steady_us()};
	int tries = how->tries ? how->tries : TRIES;

	for (int i = 1;; i++) {
		ask(call, &how->access, out);
		if (i >= tries || !may_repeat(how, out) || (out->verdict == CALL_RETRY && out->tries && i >= out->tries))
			return;
		usleep((useconds_t)wait_of(out, &backoff, i) * 1000);
	}
}
