// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/landing_attrs.h"

// A present text is its bytes (0x00 as 0x00 0xFF), then 0x00 0x01. 0xFF begins no UTF-8 text, so alone it says absent, and sorts last.
enum { ABSENT = 0xff, ESCAPE = 0x00, ESCAPED_NUL = 0xff, END = 0x01, WITH_TTCLID = 0, WITHOUT_TTCLID = 1 };

static void encode_text(struct view text, struct buf *out)
{
	const char *p = text.p, *end = text.p + text.n;

	if (!text.p) {
		buf_add_byte(out, ABSENT);
		return;
	}
	for (const char *nul; (nul = memchr(p, ESCAPE, (size_t)(end - p))) != NULL; p = nul + 1) {
		buf_add(out, p, (size_t)(nul - p));
		buf_add(out, (const uint8_t[]){ESCAPE, ESCAPED_NUL}, 2);
	}
	buf_add(out, p, (size_t)(end - p));
	buf_add(out, (const uint8_t[]){ESCAPE, END}, 2);
}

void landing_attrs_encode(const struct landing *l, struct buf *out)
{
	encode_text(l->channel, out);
	encode_text(l->advertiser, out);
	encode_text(l->campaign, out);
	encode_text(l->adgroup, out);
	encode_text(l->ad, out);
	buf_add_byte(out, l->is_ttclid ? WITH_TTCLID : WITHOUT_TTCLID);
}

static struct view unescaped(struct view raw, struct arena *arena)
{
	char *p = arena_take(arena, raw.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		p[n++] = raw.p[i];
		i += raw.p[i] == ESCAPE;
	}
	return view_of(p, n);
}

static struct view decode_text(struct cursor *c, struct arena *arena)
{
	const char *begin = (const char *)c->p;
	bool escapes = false;

	if (cursor_left(c) > 0 && *c->p == ABSENT) {
		c->p++;
		return VIEW_ABSENT;
	}
	for (;;) {
		const uint8_t *nul = cursor_left(c) ? memchr(c->p, ESCAPE, cursor_left(c)) : NULL;

		if (!nul || nul + 1 == c->end) {
			c->bad = true;
			return VIEW_ABSENT;
		}
		c->p = nul + 2;
		if (nul[1] == END) {
			struct view raw = view_of(begin, (size_t)((const char *)nul - begin));

			return escapes ? unescaped(raw, arena) : raw;
		}
		escapes = true;
	}
}

int landing_attrs_decode(const struct state_click *click, struct arena *arena, struct landing *out, struct err *err)
{
	struct cursor c = cursor_over(click->attrs);

	out->time = click->time;
	out->id = click->id;
	out->channel = decode_text(&c, arena);
	out->advertiser = decode_text(&c, arena);
	out->campaign = decode_text(&c, arena);
	out->adgroup = decode_text(&c, arena);
	out->ad = decode_text(&c, arena);
	out->is_ttclid = cursor_byte(&c) == WITH_TTCLID;
	if (c.bad || cursor_left(&c) != 0)
		return err_set(err, ERR_FATAL, "store_corrupt", "a stored click's attributes do not decode");
	return 0;
}
