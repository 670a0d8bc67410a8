// SPDX-License-Identifier: Apache-2.0
// What to do about the `code` of an answer's body. TikTok decides by it alone; the HTTP status is 200 for nearly every failure (docs/events-sink.md).
#pragma once
#include <stdint.h>

enum codes_act {
	CODES_DONE,                // delivered; a duplicate is too
	CODES_PARTIAL,             // look at each event
	CODES_RETRY,               // wait, and send the same bytes
	CODES_THROTTLE_APP,        // all requests slow down
	CODES_THROTTLE_ADVERTISER, // those of this advertiser do
	CODES_PAUSE,               // who asks is refused, not what is asked: token, permission, account
	CODES_SPLIT,               // too large
	CODES_REFUSE,              // one of the events is wrong
	CODES_REFUSE_ALL,          // the request is wrong whatever events it carries
};

struct codes_rule {
	int code;
	enum codes_act act;
	uint8_t tries;       // with CODES_RETRY: so many times, then `then`; 0: for ever
	enum codes_act then; // never CODES_RETRY
	uint16_t wait_s;     // at least so long before the next try
};

// Codes outside the table: 4xxxx is refused, 5xxxx and 6xxxx are tried again, others a few times.
const struct codes_rule *codes_rule(int code);
