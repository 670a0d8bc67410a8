// SPDX-License-Identifier: Apache-2.0
#include "schemas/tokens.h"

enum { DEPTH_MAX = 32 };

void tokens_fail(struct tokens *t, const char *what)
{
	if (!t->bad)
		t->bad = what;
}

void tokens_init(struct tokens *t, struct view text, struct arena *arena)
{
	const char *p = text.p ? text.p : "";

	*t = (struct tokens){.start = p, .p = p, .end = p + text.n, .arena = arena};
	if (!bytes_are_utf8(text))
		tokens_fail(t, "not UTF-8");
}

static void skip_space(struct tokens *t)
{
	while (t->p < t->end && (*t->p == ' ' || *t->p == '\n' || *t->p == '\r' || *t->p == '\t'))
		t->p++;
}

// The next byte behind white space, not taken; 0 at the end.
static char peek(struct tokens *t)
{
	skip_space(t);
	return t->p < t->end && !t->bad ? *t->p : 0;
}

static bool take(struct tokens *t, char c)
{
	if (peek(t) != c || c == 0)
		return false;
	t->p++;
	return true;
}

char tokens_kind(struct tokens *t)
{
	char c = peek(t);

	if (c == '-' || (c >= '0' && c <= '9'))
		return 0;
	return c && strchr("{[\"tfn", c) ? c : 'x';
}

// The four digits at p; -1 if they are none.
static int32_t hex_four(const char *p, const char *end)
{
	int32_t value = 0;

	if (end - p < 4)
		return -1;
	for (int i = 0; i < 4; i++) {
		int digit = bytes_hex_digit(p[i]);

		if (digit < 0)
			return -1;
		value = value << 4 | digit;
	}
	return value;
}

static char *put_point(char *to, uint32_t point)
{
	if (point < 0x80) {
		*to++ = (char)point;
		return to;
	}
	if (point < 0x800) {
		*to++ = (char)(0xc0 | point >> 6);
	} else {
		if (point < 0x10000) {
			*to++ = (char)(0xe0 | point >> 12);
		} else {
			*to++ = (char)(0xf0 | point >> 18);
			*to++ = (char)(0x80 | (point >> 12 & 0x3f));
		}
		*to++ = (char)(0x80 | (point >> 6 & 0x3f));
	}
	*to++ = (char)(0x80 | (point & 0x3f));
	return to;
}

// \uXXXX, of which p stands behind the u; surrogates come in pairs. Gives the place behind, or NULL.
static const char *read_unicode(const char *p, const char *end, char **to)
{
	int32_t first = hex_four(p, end), second;

	if (first < 0 || (first >= 0xdc00 && first <= 0xdfff))
		return NULL;
	p += 4;
	if (first < 0xd800 || first > 0xdbff)
		return *to = put_point(*to, (uint32_t)first), p;
	if (end - p < 6 || p[0] != '\\' || p[1] != 'u')
		return NULL;
	second = hex_four(p + 2, end);
	if (second < 0xdc00 || second > 0xdfff)
		return NULL;
	*to = put_point(*to, 0x10000 + (((uint32_t)first - 0xd800) << 10) + ((uint32_t)second - 0xdc00));
	return p + 6;
}

// The escape behind a backslash. Gives the place behind, or NULL.
static const char *read_escape(const char *p, const char *end, char **to)
{
	static const char names[] = "\"\\/bfnrt", meanings[] = "\"\\/\b\f\n\r\t";
	const char *found;

	if (p == end)
		return NULL;
	if (*p == 'u')
		return read_unicode(p + 1, end, to);
	found = *p ? strchr(names, *p) : NULL;
	if (!found)
		return NULL;
	*(*to)++ = meanings[found - names];
	return p + 1;
}

// [from, to) has escapes and no unescaped quote. An escape is never shorter than what it means.
static struct view unescape(struct tokens *t, const char *from, const char *end)
{
	char *text = arena_take(t->arena, (size_t)(end - from) + 1);
	char *to = text;

	while (from && from < end) {
		if (*from == '\\')
			from = read_escape(from + 1, end, &to);
		else
			*to++ = *from++;
	}
	if (!from) {
		tokens_fail(t, "a broken escape in a text");
		return VIEW_ABSENT;
	}
	return view_of(text, (size_t)(to - text));
}

struct view tokens_text(struct tokens *t)
{
	bool escaped = false;

	if (!take(t, '"')) {
		tokens_fail(t, "a text was expected");
		return VIEW_ABSENT;
	}
	const char *from = t->p;
	const char *p = from;
	for (; p < t->end && *p != '"'; p++) {
		if ((uint8_t)*p < 0x20)
			break;
		if (*p == '\\') {
			escaped = true;
			if (++p == t->end)
				break;
		}
	}
	t->p = p;
	if (p >= t->end || *p != '"') {
		tokens_fail(t, p >= t->end ? "a text without its end" : "a control character in a text");
		return VIEW_ABSENT;
	}
	t->p = p + 1;
	return escaped ? unescape(t, from, p) : view_of(from, (size_t)(p - from));
}

static const char *digits(const char *p, const char *end)
{
	while (p < end && *p >= '0' && *p <= '9')
		p++;
	return p;
}

// One or more digits; NULL if there is none.
static const char *some_digits(const char *p, const char *end)
{
	const char *behind = digits(p, end);

	return behind == p ? NULL : behind;
}

static const char *number_end(const char *p, const char *end)
{
	if (p < end && *p == '-')
		p++;
	p = p < end && *p == '0' ? p + 1 : some_digits(p, end);
	if (p && p < end && *p == '.')
		p = some_digits(p + 1, end);
	if (p && p < end && (*p == 'e' || *p == 'E')) {
		p++;
		p = some_digits(p < end && (*p == '+' || *p == '-') ? p + 1 : p, end);
	}
	return p;
}

struct view tokens_number(struct tokens *t)
{
	const char *from = (peek(t), t->p);
	const char *behind = t->bad ? NULL : number_end(from, t->end);

	if (!behind) {
		tokens_fail(t, "a number was expected");
		return VIEW_ABSENT;
	}
	t->p = behind;
	return view_of(from, (size_t)(behind - from));
}

static bool take_word(struct tokens *t, const char *word)
{
	size_t n = strlen(word);

	if (!peek(t) || (size_t)(t->end - t->p) < n || memcmp(t->p, word, n) != 0)
		return false;
	t->p += n;
	return true;
}

bool tokens_flag(struct tokens *t)
{
	bool yes = take_word(t, "true");

	if (!yes && !take_word(t, "false"))
		tokens_fail(t, "true or false was expected");
	return yes;
}

void tokens_null(struct tokens *t)
{
	if (!take_word(t, "null"))
		tokens_fail(t, "a value was expected");
}

bool tokens_open(struct tokens *t, char bracket)
{
	if (!take(t, bracket)) {
		tokens_fail(t, bracket == '{' ? "an object was expected" : "a list was expected");
		return false;
	}
	if (++t->depth > DEPTH_MAX) {
		tokens_fail(t, "nested deeper than 32");
		return false;
	}
	if (!take(t, bracket == '{' ? '}' : ']'))
		return !t->bad;
	t->depth--;
	return false;
}

bool tokens_more(struct tokens *t, char bracket)
{
	if (take(t, ','))
		return true;
	if (!take(t, bracket))
		tokens_fail(t, "a comma or the closing bracket was expected");
	t->depth--;
	return false;
}

struct view tokens_key(struct tokens *t)
{
	struct view key = tokens_text(t);

	if (!take(t, ':'))
		tokens_fail(t, "a colon was expected");
	return key;
}

void tokens_skip(struct tokens *t)
{
	switch (tokens_kind(t)) {
	case '{':
		for (bool more = tokens_open(t, '{'); more && !t->bad; more = tokens_more(t, '}')) {
			tokens_key(t);
			tokens_skip(t);
		}
		return;
	case '[':
		for (bool more = tokens_open(t, '['); more && !t->bad; more = tokens_more(t, ']'))
			tokens_skip(t);
		return;
	case '"':
		tokens_text(t);
		return;
	case 't':
	case 'f':
		tokens_flag(t);
		return;
	case 'n':
		return tokens_null(t);
	case 0:
		tokens_number(t);
		return;
	default:
		tokens_fail(t, "a value was expected");
	}
}

void tokens_end(struct tokens *t)
{
	skip_space(t);
	if (t->p != t->end)
		tokens_fail(t, "something stands behind the record");
}
