// SPDX-License-Identifier: Apache-2.0
// One call of tiktok/call.h, made and waited for by the thread that wants it: for commands. Roles have net/pool.h and tiktok/pace.h.
#pragma once
#include "tiktok/call.h"

struct call_now {
	struct call_access access;
	int tries; // how often at most; 0: 5
	bool once; // what may have reached TikTok is not sent again: a code works once
};

// Waits between tries as the answer asks, at most 10 s each time. Always fills `out`.
void call_now(const struct call_now *how, const struct call *call, struct call_result *out);
