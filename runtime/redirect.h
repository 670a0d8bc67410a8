// SPDX-License-Identifier: Apache-2.0
// Waits on the loopback interface for the one request with which a browser comes back from a consent page. Bounded: a few connections, small requests, one that
// is accepted; nobody but this machine can reach it.
#pragma once
#include "base/bytes.h"

struct redirect;

struct redirect_options {
	int port; // 0: any free one
	// Is this it? `url` is the path and query as they came. 0: the browser is thanked, and nothing is heard any more. POISON: the browser is shown the words, in
	// which there must be nothing of the request, and the next request may be the one. By a thread of its own, one call at a time.
	int (*accept)(void *context, struct view url, struct err *err);
	void *context;
};

// FATAL redirect_listen: the port is taken, and what to do.
int redirect_open(const struct redirect_options *options, struct redirect **out, struct err *err) MUST_USE;
int redirect_port(const struct redirect *redirect);

// Has a request been accepted? Waits for at most so long.
bool redirect_wait(struct redirect *redirect, int64_t timeout_ms);
// How many were not.
unsigned redirect_refused(struct redirect *redirect);

void redirect_close(struct redirect **redirect); // a page that is being sent still arrives
