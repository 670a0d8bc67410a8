// SPDX-License-Identifier: Apache-2.0
#include "cli/text_cells.h"

struct range {
	uint32_t from, to;
};

// Blocks of wide characters: Unicode's East Asian Width W and F, by whole blocks, and emoji.
static const struct range wide[] = {{0x1100, 0x115f}, {0x231a, 0x231b}, {0x23e9, 0x23ec}, {0x25fd, 0x25fe}, {0x2614, 0x2615},
	{0x2648, 0x2653}, {0x26a1, 0x26a1}, {0x26bd, 0x26be}, {0x26c4, 0x26c5}, {0x26ce, 0x26ce}, {0x26d4, 0x26d4}, {0x26ea, 0x26ea},
	{0x26f2, 0x26f5}, {0x2705, 0x2705}, {0x270a, 0x270b}, {0x2728, 0x2728}, {0x274c, 0x274c}, {0x2753, 0x2755}, {0x2757, 0x2757},
	{0x2795, 0x2797}, {0x2b1b, 0x2b1c}, {0x2b50, 0x2b50}, {0x2e80, 0x303e}, {0x3041, 0x33ff}, {0x3400, 0x4dbf}, {0x4e00, 0xa4cf},
	{0xa960, 0xa97f}, {0xac00, 0xd7a3}, {0xf900, 0xfaff}, {0xfe30, 0xfe6f}, {0xff00, 0xff60}, {0xffe0, 0xffe6}, {0x16fe0, 0x18aff},
	{0x1b000, 0x1b2ff}, {0x1f004, 0x1f004}, {0x1f0cf, 0x1f0cf}, {0x1f18e, 0x1f19a}, {0x1f1e6, 0x1f64f}, {0x1f680, 0x1f6ff},
	{0x1f7e0, 0x1f7eb}, {0x1f90c, 0x1f9ff}, {0x1fa70, 0x1faff}, {0x20000, 0x3fffd}};
// Characters that take no column of their own: combining marks, joiners, variation selectors, skin tones.
static const struct range narrow[] = {{0x0300, 0x036f}, {0x0483, 0x0489}, {0x0591, 0x05bd}, {0x0610, 0x061a}, {0x064b, 0x065f},
	{0x0e31, 0x0e31}, {0x0e34, 0x0e3a}, {0x0e47, 0x0e4e}, {0x1ab0, 0x1aff}, {0x1dc0, 0x1dff}, {0x200b, 0x200d}, {0x20d0, 0x20ff},
	{0xfe00, 0xfe0f}, {0xfe20, 0xfe2f}, {0x1f3fb, 0x1f3ff}, {0xe0100, 0xe01ef}};
// What would steer the terminal: controls, marks and changes of direction, line separators, the byte order mark.
static const struct range steering[] = {{0x00, 0x1f}, {0x7f, 0x9f}, {0x061c, 0x061c}, {0x200e, 0x200f}, {0x2028, 0x202e}, {0x2060, 0x2069},
	{0xfeff, 0xfeff}, {0xe0000, 0xe007f}};

enum { JOINER = 0x200d, BAD = 0x1f }; // what is no UTF-8 counts as a control

#define IS_IN(ranges, c) is_in(ranges, sizeof(ranges) / sizeof(ranges)[0], c)
static bool is_in(const struct range *ranges, size_t count, uint32_t c)
{
	for (size_t i = 0; i < count && ranges[i].from <= c; i++)
		if (c <= ranges[i].to)
			return true;
	return false;
}

// One character and its bytes.
struct character {
	struct view bytes;
	uint32_t code;
};

static size_t length_of(uint8_t first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

static struct character next(struct view *text)
{
	size_t n = length_of((uint8_t)text->p[0]);
	bool good = n > 0 && n <= text->n && bytes_are_utf8(view_of(text->p, n));
	struct character c = {view_of(text->p, good ? n : 1), BAD};

	if (good)
		c.code = n == 1 ? (uint8_t)text->p[0] : (uint8_t)text->p[0] & (0xffU >> (n + 1));
	for (size_t i = 1; good && i < n; i++)
		c.code = c.code << 6 | ((uint8_t)text->p[i] & 0x3f);
	text->p += c.bytes.n;
	text->n -= c.bytes.n;
	return c;
}

// `joined`: the character before was a joiner, which makes one picture of both.
static size_t columns_of(uint32_t code, bool joined)
{
	if (joined || (code >= narrow[0].from && IS_IN(narrow, code)))
		return 0;
	return code >= wide[0].from && IS_IN(wide, code) ? 2 : 1;
}

size_t text_cells_width(struct view text)
{
	size_t width = 0;
	bool joined = false;

	while (text.n > 0) {
		struct character c = next(&text);

		width += columns_of(c.code, joined);
		joined = c.code == JOINER;
	}
	return width;
}

size_t text_cells_add(struct buf *out, struct view text, size_t most)
{
	bool whole = text_cells_width(text) <= most, joined = false;
	size_t room = whole || most == 0 ? most : most - 1, width = 0;

	while (text.n > 0) {
		struct character c = next(&text);
		size_t columns = columns_of(c.code, joined);

		if (width + columns > room)
			break;
		buf_add_view(out, IS_IN(steering, c.code) ? VIEW_LIT("?") : c.bytes);
		width += columns;
		joined = c.code == JOINER;
	}
	if (whole || most == 0)
		return width;
	buf_add_text(out, "…");
	return width + 1;
}

// ---- CSV

static bool is_number(struct view text)
{
	size_t digits = 0, points = 0;

	for (size_t i = text.p[0] == '-'; i < text.n; i++) {
		digits += text.p[i] >= '0' && text.p[i] <= '9';
		points += text.p[i] == '.';
	}
	return digits > 0 && points <= 1 && digits + points + (text.p[0] == '-') == text.n;
}

static bool is_formula(struct view text)
{
	return text.n > 0 && text.p[0] != 0 && strchr("=+-@\t\r", text.p[0]) && !is_number(text);
}

void text_cells_csv(struct buf *out, struct view text)
{
	bool formula = is_formula(text), quotes = formula;

	for (size_t i = 0; i < text.n; i++)
		quotes |= strchr("\",\r\n", text.p[i]) != NULL;
	if (quotes)
		buf_add_text(out, "\"");
	if (formula)
		buf_add_text(out, "'");
	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '"')
			buf_add_text(out, "\"");
		buf_add_byte(out, (uint8_t)text.p[i]);
	}
	if (quotes)
		buf_add_text(out, "\"");
}
