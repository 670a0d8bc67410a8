// SPDX-License-Identifier: Apache-2.0
// The body of an answer: {"code", "message", "request_id", "data"}. Hostile and broken bodies are common: gateways in front of the API answer in HTML.
#pragma once
#include "base/bytes.h"

enum answer_kind {
	ANSWER_CODE,      // `code` decides
	ANSWER_TRANSIENT, // no JSON object (HTML, empty, cut off, duplicate keys, too deep): try again
	ANSWER_PROTOCOL,  // JSON without a usable `code`: not the API we know
};

// One of `data.failed_events`. TikTok's shape of it is not known: index, event_id or both.
struct answer_item {
	int64_t index; // -1: not said
	int code;      // 0: not said
	char event_id[136], message[256];
};

enum { ANSWER_ITEMS_MAX = 1000, ANSWER_BODY_MAX = 2 << 20 };

// Texts are cut, and without what might be a secret or personal (answer_text).
struct answer {
	enum answer_kind kind;
	int code;
	char message[256], request_id[64];
	struct answer_item *items;
	size_t items_n;
	struct json_t *data; // answer_read_data alone; NULL: none
};

void answer_read(struct view body, struct answer *out); // what `out` held is released

// The same with `data`, of a body up to `most` bytes. Every number in it is a text of the digits that came, so that neither a 64-bit id nor an amount
// passes through a double.
void answer_read_data(struct view body, size_t most, struct answer *out);
void answer_clear(struct answer *answer);

// Text from outside as it may be kept and logged: cut at `room`, control characters as blanks, words with an `@` and runs of 32 hexadecimal digits or more
// (tokens, digests) as "…".
void answer_text(struct view text, char *out, size_t room);
