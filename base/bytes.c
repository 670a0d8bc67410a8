// SPDX-License-Identifier: Apache-2.0
#include "base/bytes.h"

#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { BUF_CEILING_DEFAULT = 1 << 30, BUF_FIRST_ROOM = 256 };

int view_cmp(struct view a, struct view b)
{
	if (!a.p || !b.p)
		return (a.p != NULL) - (b.p != NULL);

	size_t common = a.n < b.n ? a.n : b.n;
	int order = common ? memcmp(a.p, b.p, common) : 0;

	if (order != 0)
		return order;
	return (a.n > b.n) - (a.n < b.n);
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

struct view view_trimmed(struct view text)
{
	while (text.n > 0 && is_blank(text.p[0]))
		text = view_of(text.p + 1, text.n - 1);
	while (text.n > 0 && is_blank(text.p[text.n - 1]))
		text.n--;
	return text;
}

void buf_clear(struct buf *b)
{
	free(b->p);
	b->p = NULL;
	b->n = b->room = 0;
	b->full = false;
}

void buf_reset(struct buf *b)
{
	b->n = 0;
	b->full = false;
}

static size_t ceiling_of(const struct buf *b)
{
	return b->ceiling ? b->ceiling : BUF_CEILING_DEFAULT;
}

void buf_limit(struct buf *b, size_t ceiling)
{
	b->ceiling = ceiling;
	if (b->room > ceiling_of(b))
		buf_clear(b);
	buf_reset(b);
}

char *buf_grow(struct buf *b, size_t n)
{
	if (b->full || n > ceiling_of(b) - b->n) {
		b->full = true;
		return NULL;
	}
	size_t room = b->room ? b->room : BUF_FIRST_ROOM;
	while (room - b->n < n)
		room *= 2;
	if (room > ceiling_of(b))
		room = ceiling_of(b);
	char *p = realloc(b->p, room);
	if (!p)
		err_out_of_memory();
	b->p = p;
	b->room = room;
	return b->p + b->n;
}

void buf_addf(struct buf *b, const char *fmt, ...)
{
	va_list args;

	va_start(args, fmt);
	int need = vsnprintf(NULL, 0, fmt, args);
	va_end(args);
	if (need < 0)
		return;
	char *to = buf_reserve(b, (size_t)need + 1);
	if (!to)
		return;
	va_start(args, fmt);
	vsnprintf(to, (size_t)need + 1, fmt, args);
	va_end(args);
	b->n += (size_t)need;
}

void buf_add_varint(struct buf *b, uint64_t value)
{
	uint8_t bytes[10];
	size_t n = 0;

	while (value >= 0x80) {
		bytes[n++] = (uint8_t)(value | 0x80);
		value >>= 7;
	}
	bytes[n++] = (uint8_t)value;
	buf_add(b, bytes, n);
}

void buf_add_sized(struct buf *b, struct view v)
{
	buf_add_varint(b, v.n);
	buf_add_view(b, v);
}

uint8_t cursor_byte(struct cursor *c)
{
	if (c->bad || c->p == c->end) {
		c->bad = true;
		return 0;
	}
	return *c->p++;
}

uint64_t cursor_varint(struct cursor *c)
{
	uint64_t value = 0;

	for (int shift = 0; shift < 64; shift += 7) {
		uint8_t byte = cursor_byte(c);

		if (shift == 63 && byte > 1)
			break;
		value |= (uint64_t)(byte & 0x7f) << shift;
		if (byte < 0x80)
			return c->bad ? 0 : value;
	}
	c->bad = true;
	return 0;
}

struct view cursor_bytes(struct cursor *c, size_t n)
{
	if (c->bad || n > cursor_left(c)) {
		c->bad = true;
		return VIEW_ABSENT;
	}
	struct view v = {(const char *)c->p, n};
	c->p += n;
	return v;
}

struct view cursor_sized(struct cursor *c)
{
	uint64_t n = cursor_varint(c);

	if (n > cursor_left(c)) {
		c->bad = true;
		return VIEW_ABSENT;
	}
	return cursor_bytes(c, (size_t)n);
}

static void add_escaped_byte(struct buf *b, uint8_t byte)
{
	static const char short_names[] = "btn\0fr"; // of 8 to 13

	if (byte == '"' || byte == '\\')
		buf_addf(b, "\\%c", byte);
	else if (byte >= 8 && byte <= 13 && short_names[byte - 8])
		buf_addf(b, "\\%c", short_names[byte - 8]);
	else if (byte < 0x20 || byte == 0x7f)
		buf_addf(b, "\\u%04x", byte);
	else
		buf_add_byte(b, byte);
}

// How many bytes the sequence starting with `lead` has, and the smallest code point it may say; 0 = not a lead byte.
static size_t utf8_length(uint8_t lead, uint32_t *smallest)
{
	if (lead >= 0xc2 && lead <= 0xdf)
		return *smallest = 0x80, 2;
	if ((lead & 0xf0) == 0xe0)
		return *smallest = 0x800, 3;
	if (lead >= 0xf0 && lead <= 0xf4)
		return *smallest = 0x10000, 4;
	return 0;
}

static size_t utf8_sequence(const uint8_t *p, size_t left)
{
	uint32_t smallest = 0;
	size_t n = utf8_length(p[0], &smallest);

	if (n == 0 || n > left)
		return 0;
	uint32_t point = p[0] & (0xffu >> (n + 1));
	for (size_t i = 1; i < n; i++) {
		if ((p[i] & 0xc0) != 0x80)
			return 0;
		point = point << 6 | (p[i] & 0x3f);
	}
	bool surrogate = point >= 0xd800 && point <= 0xdfff;
	return point < smallest || point > 0x10ffff || surrogate ? 0 : n;
}

void buf_add_quoted(struct buf *b, struct view text)
{
	const uint8_t *p = (const uint8_t *)text.p;

	buf_add_byte(b, '"');
	for (size_t i = 0; i < text.n;) {
		size_t n = p[i] < 0x80 ? 1 : utf8_sequence(p + i, text.n - i);

		if (n == 0)
			buf_add_text(b, "\xef\xbf\xbd");
		else if (n == 1)
			add_escaped_byte(b, p[i]);
		else
			buf_add(b, p + i, n);
		i += n > 0 ? n : 1;
	}
	buf_add_byte(b, '"');
}

int bytes_hex_digit(char c)
{
	if (c >= '0' && c <= '9')
		return c - '0';
	if (c >= 'a' && c <= 'f')
		return c - 'a' + 10;
	return c >= 'A' && c <= 'F' ? c - 'A' + 10 : -1;
}

bool bytes_are_utf8(struct view v)
{
	const uint8_t *p = (const uint8_t *)v.p;
	size_t i = 0;

	while (i < v.n) {
		uint64_t eight;

		if (v.n - i >= 8 && (memcpy(&eight, p + i, 8), (eight & 0x8080808080808080u) == 0)) {
			i += 8;
			continue;
		}
		if (p[i] < 0x80) {
			i++;
			continue;
		}
		size_t n = utf8_sequence(p + i, v.n - i);
		if (n == 0)
			return false;
		i += n;
	}
	return true;
}
