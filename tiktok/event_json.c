// SPDX-License-Identifier: Apache-2.0
#include "tiktok/event_json.h"

enum { WHOLE_MOST = 18, FRACTION_MOST = 12, MICROS_DIGITS = 6 };

#define EACH_BYTE(b) (0x0101010101010101u * (b))

// True for a byte below 0x20, `"`, `\`, 0x7f and above, by the top bits of each byte; a byte next to a hit may be a false one, so it only says "look closer".
static uint64_t special_in(uint64_t eight)
{
	uint64_t quote = eight ^ EACH_BYTE('"'), slash = eight ^ EACH_BYTE('\\'), top = EACH_BYTE(0x80);

	return (eight | (eight - EACH_BYTE(0x20)) | (quote - EACH_BYTE(1)) | (slash - EACH_BYTE(1)) | (eight + EACH_BYTE(1))) & top;
}

static uint64_t special_in_short(struct view text)
{
	uint64_t eight = EACH_BYTE('a');

	memcpy(&eight, text.p, text.n);
	return special_in(eight);
}

// The last eight are looked at again with what is left over behind the others.
static bool is_plain(struct view text)
{
	uint64_t eight, special = 0;

	if (text.n < sizeof eight)
		return text.n > 0 && special_in_short(text) == 0; // with none it may be absent
	for (size_t i = 0; i + sizeof eight <= text.n; i += sizeof eight) {
		memcpy(&eight, text.p + i, sizeof eight);
		special |= special_in(eight);
	}
	memcpy(&eight, text.p + text.n - sizeof eight, sizeof eight);
	return (special | special_in(eight)) == 0;
}

void event_json_text(struct buf *json, struct view text)
{
	if (!is_plain(text)) {
		buf_add_quoted(json, text);
		return;
	}
	char *to = buf_reserve(json, text.n + 2);
	if (!to)
		return;
	to[0] = '"';
	memcpy(to + 1, text.p, text.n);
	to[text.n + 1] = '"';
	json->n += text.n + 2;
}

void event_json_list_of_one(struct buf *json, struct view text)
{
	buf_add_byte(json, '[');
	event_json_text(json, text);
	buf_add_byte(json, ']');
}

struct view event_json_trimmed(struct view text)
{
	while (text.n > 0 && (unsigned char)text.p[0] <= ' ')
		text = view_of(text.p + 1, text.n - 1);
	while (text.n > 0 && (unsigned char)text.p[text.n - 1] <= ' ')
		text.n--;
	return text;
}

void event_json_list(struct buf *json, struct view text)
{
	const char *end = text.p + text.n;
	bool first = true;

	buf_add_byte(json, '[');
	for (const char *p = text.p; p < end;) {
		const char *comma = memchr(p, ',', (size_t)(end - p));
		struct view part = event_json_trimmed(view_of(p, (size_t)((comma ? comma : end) - p)));

		p = comma ? comma + 1 : end;
		if (part.n == 0)
			continue;
		if (!first)
			buf_add_byte(json, ',');
		event_json_text(json, part);
		first = false;
	}
	buf_add_byte(json, ']');
}

// Digits of `value`, at least `least` of them, ending before `end`; returns where they begin.
static char *digits_before(char *end, uint64_t value, int least)
{
	do {
		*--end = (char)('0' + value % 10);
		value /= 10;
		least--;
	} while (value > 0 || least > 0);
	return end;
}

static uint64_t size_of(int64_t value)
{
	return value < 0 ? -(uint64_t)value : (uint64_t)value;
}

static struct view finished(char *begin, const char *end, bool negative)
{
	if (negative)
		*--begin = '-';
	return view_of(begin, (size_t)(end - begin));
}

struct view event_json_integer(int64_t value, char out[static EVENT_JSON_NUMBER])
{
	char *end = out + EVENT_JSON_NUMBER;

	return finished(digits_before(end, size_of(value), 1), end, value < 0);
}

struct view event_json_micros(int64_t micros, uint8_t exponent, char out[static EVENT_JSON_NUMBER])
{
	uint64_t size = size_of(micros), fraction = size % 1000000;
	int digits = MICROS_DIGITS;
	char *end = out + EVENT_JSON_NUMBER, *begin = end;

	while (digits > exponent && fraction % 10 == 0) {
		fraction /= 10;
		digits--;
	}
	if (digits > 0) {
		begin = digits_before(end, fraction, digits);
		*--begin = '.';
	}
	return finished(digits_before(begin, size / 1000000, 1), end, micros < 0);
}

static size_t digits_at(struct view text, size_t i)
{
	size_t from = i;

	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
		i++;
	return i - from;
}

struct decimal {
	bool negative;
	struct view whole, fraction; // fraction: without the point
};

static bool read_decimal(struct view text, struct decimal *out)
{
	text = event_json_trimmed(text);
	size_t sign = text.n > 0 && text.p[0] == '-' ? 1 : 0, whole = digits_at(text, sign), point = sign + whole;

	*out = (struct decimal){sign == 1, view_of(text.p + sign, whole), view_of(text.p + point, 0)};
	if (whole == 0 || point == text.n)
		return whole > 0;
	size_t fraction = text.p[point] == '.' ? digits_at(text, point + 1) : 0;
	out->fraction = view_of(text.p + point + 1, fraction);
	return fraction > 0 && point + 1 + fraction == text.n;
}

static struct view without_zeros(struct view whole)
{
	while (whole.n > 1 && whole.p[0] == '0')
		whole = view_of(whole.p + 1, whole.n - 1);
	return whole;
}

struct view event_json_number(struct view text, struct arena *arena)
{
	struct decimal d;

	if (!view_is_set(text) || !read_decimal(text, &d))
		return VIEW_ABSENT;
	struct view whole = without_zeros(d.whole);
	if (whole.n > WHOLE_MOST || d.fraction.n > FRACTION_MOST)
		return VIEW_ABSENT;

	size_t behind = d.fraction.n > 0 ? d.fraction.n + 1 : 0; // the point stands between them in the text
	if (!d.negative)
		return view_of(whole.p, whole.n + behind);
	char *negative = arena_take(arena, 1 + whole.n + behind);
	negative[0] = '-';
	memcpy(negative + 1, whole.p, whole.n + behind);
	return view_of(negative, 1 + whole.n + behind);
}

static bool is_zeros(struct view digits)
{
	while (digits.n > 0 && digits.p[digits.n - 1] == '0')
		digits.n--;
	return digits.n == 0;
}

struct view event_json_whole(struct view text, struct arena *arena)
{
	struct decimal d;

	if (!view_is_set(text) || !read_decimal(text, &d) || !is_zeros(d.fraction))
		return VIEW_ABSENT;
	struct view number = event_json_number(text, arena);
	if (view_is_set(number) && d.fraction.n > 0)
		number.n -= d.fraction.n + 1;
	return number;
}

struct view event_json_tidy(struct view number, uint8_t exponent)
{
	const char *point = number.n ? memchr(number.p, '.', number.n) : NULL;

	if (!point)
		return number;
	size_t kept = (size_t)(point - number.p) + (exponent > 0 ? 1 + exponent : 0);
	while (number.n > kept && number.p[number.n - 1] == '0')
		number.n--;
	if (number.p[number.n - 1] == '.')
		number.n--;
	return number;
}
