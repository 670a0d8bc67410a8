// SPDX-License-Identifier: Apache-2.0
// Several requests in flight from one thread: connections are kept and shared, HTTP/2 is spoken where a TLS server offers it. Deadlines, limits, classes
// of errors and what is never in an error are those of net/http.h.
//
//   pool_start(pool, &request, mine, &err)           up to `in_flight` of them
//   n = pool_poll(pool, wait_ms, done, room)         those that have ended, in any order
#pragma once
#include "net/http.h"

struct pool;

struct pool *pool_new(int in_flight);
void pool_free(struct pool **pool); // ends what is in flight; nothing is said of it

int pool_free_slots(const struct pool *pool);

// Headers are copied (they hold secrets: the copies are wiped), the body is borrowed until the request has ended. RETRY pool_full; FATAL http_setting: as
// http_send. Answers that pool_poll gave are gone after it.
int pool_start(struct pool *pool, const struct http_request *request, void *context, struct err *err) MUST_USE;

struct pool_done {
	void *context;
	const struct http_answer *answer; // until the next call of this pool; NULL: `err` says why
	struct err err;
};
// Waits up to `wait_ms` for the first one, for pool_wake, or for less. How many.
size_t pool_poll(struct pool *pool, int64_t wait_ms, struct pool_done *done, size_t room);

void pool_wake(struct pool *pool); // any thread: ends a wait, or the next one
