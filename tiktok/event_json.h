// SPDX-License-Identifier: Apache-2.0
// JSON of an event, written as it is known: no tree, no double. Texts that are plain ASCII, nearly all of them, are copied in one piece.
#pragma once
#include "base/arena.h"
#include "base/bytes.h"

enum { EVENT_JSON_NUMBER = 32 }; // bytes that a printed number may take, closing zero included

// Between members: nothing behind an object's opening brace.
static inline void event_json_comma(struct buf *json)
{
	if (json->n > 0 && json->p[json->n - 1] != '{')
		buf_add_byte(json, ',');
}

// A string, quotes included; what is not UTF-8 becomes U+FFFD.
void event_json_text(struct buf *json, struct view text);
// Without white space and control characters around it.
struct view event_json_trimmed(struct view text);
// `["text"]`
void event_json_list_of_one(struct buf *json, struct view text);
// "a, b" as `["a","b"]`: cut at commas, trimmed, empty parts left out.
void event_json_list(struct buf *json, struct view text);

struct view event_json_integer(int64_t value, char out[static EVENT_JSON_NUMBER]);
// Micros as a decimal number with the currency's digits; a finer amount keeps its own.
struct view event_json_micros(int64_t micros, uint8_t exponent, char out[static EVENT_JSON_NUMBER]);

// `[-]digits[.digits]` of at most 18 digits before and 12 behind the point, trimmed, as a JSON number: without needless zeros in front. Absent if it is
// something else.
struct view event_json_number(struct view text, struct arena *arena);
// Likewise without a point (".0" is none).
struct view event_json_whole(struct view text, struct arena *arena);
// Without the zeros at the end that are finer than `exponent` digits: "39.9500" -> "39.95".
struct view event_json_tidy(struct view number, uint8_t exponent);
