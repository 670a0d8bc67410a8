// SPDX-License-Identifier: Apache-2.0
#include "tiktok/call.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"

static const char plain_bytes[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-._~";

static void wipe(struct buf *b)
{
	if (b->p)
		explicit_bzero(b->p, b->room);
	buf_clear(b);
}

void call_clear(struct call *call)
{
	wipe(&call->text);
	*call = (struct call){0};
}

void call_wire_clear(struct call_wire *wire)
{
	wipe(&wire->url);
	wipe(&wire->header);
}

static void begin(struct call *call, const char *path, bool post)
{
	call_clear(call);
	call->path = path;
	call->post = post;
}

void call_get(struct call *call, const char *path)
{
	begin(call, path, false);
}

void call_post(struct call *call, const char *path)
{
	begin(call, path, true);
}

void call_add_encoded(struct buf *out, struct view text)
{
	for (size_t i = 0; i < text.n; i++) {
		if (memchr(plain_bytes, text.p[i], sizeof plain_bytes - 1))
			buf_add_byte(out, (uint8_t)text.p[i]);
		else
			buf_addf(out, "%%%02X", (uint8_t)text.p[i]);
	}
}

void call_param(struct call *call, const char *name, struct view value)
{
	CHECK(!call->post);
	buf_add_text(&call->text, call->text.n ? "&" : "?");
	buf_add_text(&call->text, name);
	buf_add_byte(&call->text, '=');
	call_add_encoded(&call->text, value);
}

void call_param_integer(struct call *call, const char *name, int64_t value)
{
	char text[24];

	call_param(call, name, view_of(text, (size_t)snprintf(text, sizeof text, "%" PRId64, value)));
}

void call_param_list(struct call *call, const char *name, const struct view *values, size_t n)
{
	OWN(buf_clear) struct buf json = {0};

	buf_add_byte(&json, '[');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_byte(&json, ',');
		buf_add_quoted(&json, values[i]);
	}
	buf_add_byte(&json, ']');
	call_param(call, name, buf_view(&json));
}

void call_request(const struct call *call, const struct call_access *access, struct call_wire *wire, struct http_request *out)
{
	size_t headers = 0;

	buf_reset(&wire->url);
	buf_reset(&wire->header);
	buf_addf(&wire->url, "%s%s", access->base, call->path);
	if (!call->post)
		buf_add_view(&wire->url, buf_view(&call->text));
	buf_add_byte(&wire->url, 0);
	buf_add_text(&wire->header, "Access-Token: ");
	buf_add_view(&wire->header, access->token);
	buf_add_byte(&wire->header, 0);
	if (!call->bare)
		wire->headers[headers++] = wire->header.p;
	if (call->post)
		wire->headers[headers++] = "Content-Type: application/json";
	wire->headers[headers] = NULL;
	*out = (struct http_request){
		.method = call->post ? "POST" : "GET",
		.url = wire->url.p,
		.headers = wire->headers,
		.body = call->post ? buf_view(&call->text) : VIEW_ABSENT,
		.timeout_ms = access->timeout_ms ? access->timeout_ms : CALL_TIMEOUT_MS,
		.answer_max = access->answer_max ? access->answer_max : CALL_ANSWER_MAX,
		.ca_file = access->ca_file,
		.compressed = true,
	};
}
