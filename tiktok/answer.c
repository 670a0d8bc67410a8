// SPDX-License-Identifier: Apache-2.0
#include "tiktok/answer.h"

#include <ctype.h>
#include <inttypes.h>
#include <jansson.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/when.h"
#include "tiktok/digits.h"

enum { DEPTH_MAX = 32, HEX_SECRET = 32 };

static void own_json(json_t **json)
{
	json_decref(*json);
}

void answer_clear(struct answer *answer)
{
	free(answer->items);
	json_decref(answer->data);
	*answer = (struct answer){0};
}

static bool is_word(char c)
{
	return c != ' ' && !iscntrl((unsigned char)c) && c != '"' && c != '\'' && c != ',' && c != ';';
}

// Letters and digits only; a token has no other characters, and neither has a digest.
static bool is_secret(struct view word)
{
	size_t run = 0;

	if (memchr(word.p, '@', word.n))
		return true;
	for (size_t i = 0; i < word.n && run < HEX_SECRET; i++)
		run = isxdigit((unsigned char)word.p[i]) ? run + 1 : 0;
	return run >= HEX_SECRET;
}

static size_t word_length(struct view text, size_t at)
{
	size_t n = 0;

	while (at + n < text.n && is_word(text.p[at + n]))
		n++;
	return n;
}

// How much of a text fits without cutting a character in two.
static size_t fitting(struct view text, size_t room)
{
	size_t n = text.n < room ? text.n : room;

	while (n < text.n && n && ((unsigned char)text.p[n] & 0xc0) == 0x80)
		n--;
	return n;
}

void answer_text(struct view text, char *out, size_t room)
{
	size_t used = 0;

	for (size_t at = 0; at < text.n && used + 1 < room;) {
		size_t n = word_length(text, at);
		struct view piece = n ? view_of(text.p + at, n) : view_of(text.p + at, 1);

		at += piece.n;
		if (n && is_secret(piece))
			piece = VIEW_LIT("…");
		else if (iscntrl((unsigned char)*piece.p))
			piece = VIEW_LIT(" ");
		size_t fit = fitting(piece, room - 1 - used);
		memcpy(out + used, piece.p, fit);
		used += fit;
		if (fit < piece.n)
			break;
	}
	out[used] = '\0';
}

// jansson's own limit is 2,048 levels, each a call deeper; answers have five.
static bool is_shallow(struct view body)
{
	int depth = 0;
	bool in_text = false;

	for (size_t i = 0; i < body.n; i++) {
		char c = body.p[i];

		if (in_text && c == '\\')
			i++;
		else if (c == '"')
			in_text = !in_text;
		else if (!in_text && (c == '{' || c == '['))
			depth++;
		else if (!in_text && (c == '}' || c == ']'))
			depth--;
		if (depth > DEPTH_MAX)
			return false;
	}
	return true;
}

static json_t *parse_new(struct view body, size_t most)
{
	json_error_t why = {0};

	if (!body.n || body.n > most || !is_shallow(body))
		return NULL;
	json_t *json = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES, &why);
	// An id as a bare number may be larger than int64; nothing that we read is.
	if (!json && json_error_code(&why) == json_error_numeric_overflow)
		json = json_loadb(body.p, body.n, JSON_REJECT_DUPLICATES | JSON_DECODE_INT_AS_REAL, &why);
	return json;
}

static bool read_integer(const json_t *value, int64_t *out)
{
	if (json_is_integer(value)) {
		*out = json_integer_value(value);
		return true;
	}
	if (json_is_real(value)) {
		double real = json_real_value(value);

		if (!(real >= -9e15 && real <= 9e15) || real != (double)(int64_t)real)
			return false;
		*out = (int64_t)real;
		return true;
	}
	return json_is_string(value) && when_parse_integer(view_of(json_string_value(value), json_string_length(value)), out) == 0;
}

static bool read_code(const json_t *value, int *out)
{
	int64_t code;

	if (!read_integer(value, &code) || code < 0 || code > INT_MAX)
		return false;
	*out = (int)code;
	return true;
}

static void read_text(const json_t *value, char *out, size_t room)
{
	answer_text(json_is_string(value) ? view_of(json_string_value(value), json_string_length(value)) : VIEW_ABSENT, out, room);
}

// Digits and letters, as TikTok's are, so that it can be quoted to its support.
static void read_request_id(const json_t *value, char *out, size_t room)
{
	const char *text = json_is_string(value) ? json_string_value(value) : "";
	size_t n = 0;

	while (n + 1 < room && (isalnum((unsigned char)text[n]) || text[n] == '-' || text[n] == '_'))
		n++;
	memcpy(out, text, n);
	out[n] = '\0';
}

// To be compared, so as it is; one that does not fit is none.
static void read_id(const json_t *value, char *out, size_t room)
{
	int n = 0;

	if (json_is_string(value) && json_string_length(value) < room)
		n = snprintf(out, room, "%s", json_string_value(value));
	else if (json_is_integer(value))
		n = snprintf(out, room, "%" PRId64, (int64_t)json_integer_value(value));
	out[n] = '\0';
}

static void read_item(const json_t *value, struct answer_item *item)
{
	*item = (struct answer_item){.index = -1};
	if (!read_integer(json_object_get(value, "index"), &item->index))
		item->index = -1;
	read_code(json_object_get(value, "code"), &item->code);
	read_id(json_object_get(value, "event_id"), item->event_id, sizeof item->event_id);
	read_text(json_object_get(value, "message"), item->message, sizeof item->message);
}

static void read_items(const json_t *list, struct answer *out)
{
	size_t n = json_array_size(list);

	if (n > ANSWER_ITEMS_MAX)
		n = ANSWER_ITEMS_MAX;
	if (!n)
		return;
	out->items = calloc(n, sizeof *out->items);
	if (!out->items)
		err_out_of_memory();
	out->items_n = n;
	for (size_t i = 0; i < n; i++)
		read_item(json_array_get(list, i), &out->items[i]);
}

// False: nothing else can be read.
static bool read_envelope(const json_t *json, struct answer *out)
{
	out->kind = ANSWER_TRANSIENT;
	if (!json_is_object(json))
		return false;
	read_text(json_object_get(json, "message"), out->message, sizeof out->message);
	read_request_id(json_object_get(json, "request_id"), out->request_id, sizeof out->request_id);
	out->kind = ANSWER_PROTOCOL;
	if (!read_code(json_object_get(json, "code"), &out->code))
		return false;
	out->kind = ANSWER_CODE;
	return true;
}

void answer_read(struct view body, struct answer *out)
{
	answer_clear(out);
	OWN(own_json) json_t *json = parse_new(body, ANSWER_BODY_MAX);

	if (read_envelope(json, out))
		read_items(json_object_get(json_object_get(json, "data"), "failed_events"), out);
}

// The data may hold a token, so the copy is wiped.
static void own_secret_buf(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->room);
	buf_clear(b);
}

void answer_read_data(struct view body, size_t most, struct answer *out)
{
	OWN(own_secret_buf) struct buf quoted = {0};

	answer_clear(out);
	if (body.n <= most) {
		char *all = buf_reserve(&quoted, body.n * 2 + 1); // "1," becomes "\"1\",": never more, so that no copy is left behind
		CHECK(all);
		digits_quote(body, &quoted);
	}
	OWN(own_json) json_t *json = parse_new(buf_view(&quoted), SIZE_MAX);
	if (!read_envelope(json, out))
		return;
	out->data = json_object_get(json, "data");
	json_incref(out->data);
}
