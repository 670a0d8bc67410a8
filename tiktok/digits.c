// SPDX-License-Identifier: Apache-2.0
#include "tiktok/digits.h"

#include "base/money.h"

enum { EXPONENT_MOST = 30, DIGITS_MOST = 30, PLAIN_MAX = EXPONENT_MOST + DIGITS_MOST + 4 };

static size_t digits_at(struct view text, size_t at)
{
	size_t n = 0;

	while (at + n < text.n && text.p[at + n] >= '0' && text.p[at + n] <= '9')
		n++;
	return n;
}

static bool is_at(struct view text, size_t at, char c)
{
	return at < text.n && text.p[at] == c;
}

// Where the parts of a number end (RFC 8259, 6); `end` is 0 if there is none.
struct number {
	size_t whole, whole_n, fraction, fraction_n, exponent, end;
};

static struct number number_at(struct view text, size_t at)
{
	struct number n = {.whole = at + is_at(text, at, '-')};

	n.whole_n = digits_at(text, n.whole);
	if (!n.whole_n || (n.whole_n > 1 && text.p[n.whole] == '0'))
		return n;
	size_t end = n.fraction = n.whole + n.whole_n;
	if (is_at(text, end, '.')) {
		n.fraction = end + 1;
		n.fraction_n = digits_at(text, n.fraction);
		if (!n.fraction_n)
			return n;
		end = n.fraction + n.fraction_n;
	}
	if (is_at(text, end, 'e') || is_at(text, end, 'E')) {
		n.exponent = end + 1;
		end = n.exponent + (is_at(text, n.exponent, '-') || is_at(text, n.exponent, '+'));
		size_t digits = digits_at(text, end);
		if (!digits)
			return n;
		end += digits;
	}
	n.end = end;
	return n;
}

static size_t string_end(struct view json, size_t at)
{
	for (at++; at < json.n && json.p[at] != '"'; at++)
		at += json.p[at] == '\\';
	return at < json.n ? at + 1 : json.n;
}

static bool is_blank(char c)
{
	return c == ' ' || c == '\t' || c == '\r' || c == '\n';
}

// A value is followed by a comma, a bracket or the end; a number before a colon would be a key, which it cannot be.
static bool ends_value(struct view json, size_t at)
{
	while (at < json.n && is_blank(json.p[at]))
		at++;
	return at == json.n || json.p[at] == ',' || json.p[at] == ']' || json.p[at] == '}';
}

static size_t quote_number(struct view json, size_t at, struct buf *out)
{
	size_t end = number_at(json, at).end;

	if (!end || !ends_value(json, end)) {
		end = at + 1 + digits_at(json, at + 1); // all of them: "00" has a good number in it
		buf_add(out, json.p + at, end - at);
		return end;
	}
	buf_add_byte(out, '"');
	buf_add(out, json.p + at, end - at);
	buf_add_byte(out, '"');
	return end;
}

static bool begins_number(char c)
{
	return c == '-' || (c >= '0' && c <= '9');
}

void digits_quote(struct view json, struct buf *out)
{
	for (size_t at = 0; at < json.n;) {
		size_t from = at;

		while (at < json.n && json.p[at] != '"' && !begins_number(json.p[at]))
			at++;
		if (at < json.n && json.p[at] == '"')
			at = string_end(json, at);
		buf_add(out, json.p + from, at - from);
		if (at < json.n && begins_number(json.p[at]))
			at = quote_number(json, at, out);
	}
}

// More than EXPONENT_MOST either way stands for any larger one.
static int exponent_of(struct view text, const struct number *n)
{
	int exponent = 0;

	for (size_t i = n->exponent; n->exponent && i < text.n; i++) {
		if (text.p[i] >= '0' && exponent <= EXPONENT_MOST)
			exponent = exponent * 10 + (text.p[i] - '0');
	}
	return n->exponent && text.p[n->exponent] == '-' ? -exponent : exponent;
}

// The digits without the point, with zeros before and after them.
static char digit_at(struct view text, const struct number *n, int at)
{
	int whole = (int)n->whole_n, all = whole + (int)n->fraction_n;

	if (at < 0 || at >= all)
		return '0';
	return text.p[at < whole ? n->whole + (size_t)at : n->fraction + (size_t)(at - whole)];
}

// "1.25e3" as "1250": the point moves by the exponent. How long it is; 0: too long for an amount.
static size_t plain(struct view text, const struct number *n, char out[static PLAIN_MAX])
{
	int exponent = exponent_of(text, n);
	size_t used = 0;

	if (exponent > EXPONENT_MOST || exponent < -EXPONENT_MOST || n->whole_n + n->fraction_n > DIGITS_MOST)
		return 0;
	int all = (int)(n->whole_n + n->fraction_n), point = (int)n->whole_n + exponent;
	int end = all > point ? all : point;
	for (int at = point < 1 ? point - 1 : 0; at < end; at++) {
		if (at == point)
			out[used++] = '.';
		out[used++] = digit_at(text, n, at);
	}
	return used;
}

// money_parse wants at most 12 digits before the point; zeros in front are none.
static struct view without_zeros(const char *digits, size_t n)
{
	size_t zeros = 0;

	while (zeros + 1 < n && digits[zeros] == '0' && digits[zeros + 1] != '.')
		zeros++;
	return view_of(digits + zeros, n - zeros);
}

int digits_read(struct view text, uint8_t decimals, int64_t *out)
{
	struct number n = number_at(text, 0);
	char digits[PLAIN_MAX];

	if (!n.end || n.end != text.n)
		return -1;
	size_t digits_n = plain(text, &n, digits);
	if (!digits_n || money_parse(without_zeros(digits, digits_n), decimals, out) != 0)
		return -1;
	if (text.p[0] == '-')
		*out = -*out;
	return 0;
}
