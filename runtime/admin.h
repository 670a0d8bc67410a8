// SPDX-License-Identifier: Apache-2.0
// The admin port: /livez, /readyz, /metrics, /status and /explain over HTTP, on a thread of its own, with a limit of connections and
// time-outs. It reads snapshots and asks the workers by mail; it never touches what a worker owns.
#pragma once
#include "runtime/admin_mail.h"
#include "runtime/status.h"

struct admin;

struct admin_options {
	const char *host; // IPv4 or IPv6 address to listen on, "" or "*" = all
	int port;         // 0 = any free one, logged
	struct status *status;
	struct admin_mail *mail; // NULL: /explain answers 404
};

// FATAL admin_listen: the address is taken or not ours.
int admin_start(const struct admin_options *options, struct admin **out, struct err *err) MUST_USE;
void admin_stop(struct admin **admin); // waits for running answers; NULL is fine

int admin_port(const struct admin *admin);
// "host:port" for client ids, so that `lookback explain` finds the owner: a wildcard host becomes "*" and readers take the member's host from the group.
const char *admin_address(const struct admin *admin);
