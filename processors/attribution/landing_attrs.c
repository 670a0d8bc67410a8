// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/landing_attrs.h"

// A text is one of
//   plain    its bytes (0x00 as 0x00 0xFF), then 0x00 0x01
//   number   a text that begins with a digit: '0' for all of them, then a nibble for each digit, until it ends or goes on with another byte: then plain
//   absent   0xFF, which begins no UTF-8 text, so it sorts last
// Nibbles have the order of what they stand for: end, a byte below the digits, the digits, a byte above them. TikTok's ids have 19 digits: 11 bytes, not 21.
enum { ABSENT = 0xff, ESCAPE = 0x00, ESCAPED_NUL = 0xff, END = 0x01, NUMBER = '0' };
enum { NIBBLE_END = 0, NIBBLE_BELOW = 1, NIBBLE_ZERO = 2, NIBBLE_ABOVE = 12 };

// A channel: before, equal to or after the usual one in byte order; then its text, if it is another.
enum { BEFORE_USUAL = 1, USUAL = 2, AFTER_USUAL = 3 };
static const struct view usual_channel = VIEW_LIT("tiktok");

enum { WITH_TTCLID = 0, WITHOUT_TTCLID = 1 };

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static bool nibble_is_digit(int nibble)
{
	return nibble >= NIBBLE_ZERO && nibble < NIBBLE_ABOVE;
}

// ---- writing: the caller has made room

static uint8_t *write_plain(uint8_t *to, const char *p, const char *end)
{
	for (; p < end; p++) {
		*to++ = (uint8_t)*p;
		if (*p == ESCAPE)
			*to++ = ESCAPED_NUL;
	}
	*to++ = ESCAPE;
	*to++ = END;
	return to;
}

static uint8_t nibble_of(const char *p, const char *end)
{
	if (p == end)
		return NIBBLE_END;
	if (is_digit(*p))
		return (uint8_t)(NIBBLE_ZERO + *p - '0');
	return (uint8_t)*p < '0' ? NIBBLE_BELOW : NIBBLE_ABOVE;
}

static uint8_t *write_number(uint8_t *to, const char *p, const char *end)
{
	uint8_t high, low;

	*to++ = NUMBER;
	do {
		high = nibble_of(p, end);
		low = nibble_is_digit(high) ? nibble_of(++p, end) : NIBBLE_END;
		p += nibble_is_digit(low);
		*to++ = (uint8_t)(high << 4 | low);
	} while (nibble_is_digit(low));
	return p == end ? to : write_plain(to, p, end);
}

static uint8_t *write_text(uint8_t *to, struct view text)
{
	if (!text.p) {
		*to++ = ABSENT;
		return to;
	}
	return text.n && is_digit(*text.p) ? write_number(to, text.p, text.p + text.n) : write_plain(to, text.p, text.p + text.n);
}

static uint8_t *write_channel(uint8_t *to, struct view channel)
{
	if (view_eq(channel, usual_channel)) {
		*to++ = USUAL;
		return to;
	}
	*to++ = channel.p && view_cmp(channel, usual_channel) < 0 ? BEFORE_USUAL : AFTER_USUAL;
	return write_text(to, channel);
}

static size_t most_bytes(struct view text)
{
	return 2 * text.n + 4; // every byte escaped, between a number's first byte and the end
}

void landing_attrs_encode(const struct landing *l, struct buf *out)
{
	size_t most =
		most_bytes(l->channel) + most_bytes(l->advertiser) + most_bytes(l->campaign) + most_bytes(l->adgroup) + most_bytes(l->ad) + 2;
	uint8_t *begin = (uint8_t *)buf_reserve(out, most), *to = begin;

	if (!begin)
		return; // the buffer remembers
	to = write_channel(to, l->channel);
	to = write_text(to, l->advertiser);
	to = write_text(to, l->campaign);
	to = write_text(to, l->adgroup);
	to = write_text(to, l->ad);
	*to++ = l->is_ttclid ? WITH_TTCLID : WITHOUT_TTCLID;
	out->n += (size_t)(to - begin);
}

// ---- reading

static size_t unescape(char *to, struct view raw)
{
	size_t n = 0;

	for (size_t i = 0; i < raw.n; i++) {
		to[n++] = raw.p[i];
		i += raw.p[i] == ESCAPE;
	}
	return n;
}

// As it was written, still escaped if `escapes`.
static struct view read_plain(struct cursor *c, bool *escapes)
{
	const char *begin = (const char *)c->p;

	*escapes = false;
	for (;;) {
		const uint8_t *nul = cursor_left(c) ? memchr(c->p, ESCAPE, cursor_left(c)) : NULL;

		if (!nul || nul + 1 == c->end) {
			c->bad = true;
			return VIEW_ABSENT;
		}
		c->p = nul + 2;
		if (nul[1] == END)
			return view_of(begin, (size_t)((const char *)nul - begin));
		*escapes = true;
	}
}

static struct view read_plain_text(struct cursor *c, struct arena *arena)
{
	bool escapes;
	struct view raw = read_plain(c, &escapes);

	if (!escapes || c->bad)
		return raw;
	char *p = arena_take(arena, raw.n);
	return view_of(p, unescape(p, raw));
}

// The nibble with this number, counted from where the cursor stands; NIBBLE_END behind the end of the bytes.
static int nibble_at(const struct cursor *c, size_t i)
{
	if (i / 2 >= cursor_left(c))
		return NIBBLE_END;
	return i % 2 ? c->p[i / 2] & 0xf : c->p[i / 2] >> 4;
}

static struct view read_number(struct cursor *c, struct arena *arena)
{
	size_t digits = 0;
	struct view rest = VIEW_LIT("");
	bool escapes;

	c->p++;
	while (nibble_is_digit(nibble_at(c, digits)))
		digits++;
	struct cursor nibbles = *c;
	if (digits == 0 || cursor_bytes(c, digits / 2 + 1).p == NULL) {
		c->bad = true;
		return VIEW_ABSENT;
	}
	if (nibble_at(&nibbles, digits) != NIBBLE_END)
		rest = read_plain(c, &escapes);
	if (c->bad)
		return VIEW_ABSENT;
	char *p = arena_take(arena, digits + rest.n);
	for (size_t i = 0; i < digits; i++)
		p[i] = (char)('0' + nibble_at(&nibbles, i) - NIBBLE_ZERO);
	return view_of(p, digits + unescape(p + digits, rest));
}

static struct view read_text(struct cursor *c, struct arena *arena)
{
	if (cursor_left(c) > 0 && *c->p == ABSENT) {
		c->p++;
		return VIEW_ABSENT;
	}
	return cursor_left(c) > 0 && *c->p == NUMBER ? read_number(c, arena) : read_plain_text(c, arena);
}

static struct view read_channel(struct cursor *c, struct arena *arena)
{
	return cursor_byte(c) == USUAL ? usual_channel : read_text(c, arena);
}

void landing_attrs_read(struct cursor *c, struct arena *arena, struct landing *out)
{
	out->channel = read_channel(c, arena);
	out->advertiser = read_text(c, arena);
	out->campaign = read_text(c, arena);
	out->adgroup = read_text(c, arena);
	out->ad = read_text(c, arena);
	out->is_ttclid = cursor_byte(c) == WITH_TTCLID;
}

int landing_attrs_decode(const struct state_click *click, struct arena *arena, struct landing *out, struct err *err)
{
	struct cursor c = cursor_over(click->attrs);

	out->time = click->time;
	out->id = click->id;
	landing_attrs_read(&c, arena, out);
	if (c.bad || cursor_left(&c) != 0)
		return err_set(err, ERR_FATAL, "store_corrupt", "a stored click's attributes do not decode");
	return 0;
}
