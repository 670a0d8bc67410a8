// SPDX-License-Identifier: Apache-2.0
#include "tiktok/identity.h"

static bool is_space(char c)
{
	return c == ' ' || (c >= '\t' && c <= '\r');
}

static bool is_digit(char c)
{
	return c >= '0' && c <= '9';
}

static struct view trimmed(struct view text)
{
	while (text.n > 0 && is_space(text.p[0]))
		text = view_of(text.p + 1, text.n - 1);
	while (text.n > 0 && is_space(text.p[text.n - 1]))
		text.n--;
	return text;
}

static bool is_upper(char c)
{
	return c >= 'A' && c <= 'Z';
}

// All of it, so that the compiler looks at many at a time.
static bool has_upper(struct view text)
{
	bool any = false;

	for (size_t i = 0; i < text.n; i++)
		any |= is_upper(text.p[i]);
	return any;
}

// Most of what comes here is a digest already: nothing is copied then.
static struct view lowered(struct view text, struct arena *arena)
{
	if (!has_upper(text))
		return text;

	char *lower = arena_take(arena, text.n);

	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		lower[i] = is_upper(c) ? (char)(c - 'A' + 'a') : c;
	}
	return view_of(lower, text.n);
}

// Without a branch: of 64 digits and letters at random each would be guessed wrong half the time.
static bool is_digest(struct view text)
{
	unsigned char others = 0;

	if (text.n != DIGEST_HEX)
		return false;
	for (size_t i = 0; i < DIGEST_HEX; i++) {
		unsigned char digit = (unsigned char)(text.p[i] - '0'), letter = (unsigned char)((text.p[i] | ' ') - 'a');

		others |= (digit > 9) & (letter > 5);
	}
	return others == 0;
}

static struct view digest_of(struct view text, struct digest *digest, struct arena *arena)
{
	char *hex = arena_take(arena, DIGEST_HEX + 1);

	digest_sha256(digest, text, hex);
	return view_of(hex, DIGEST_HEX);
}

// Digits, and a `+` that stood before the first of them, be it in brackets. Without a digit it is no number: empty.
static struct view phone_number(struct view text, struct arena *arena)
{
	char *number = arena_take(arena, text.n + 1);
	size_t n = 0, digits = 0;

	for (size_t i = 0; i < text.n; i++) {
		if (text.p[i] == '+' && n == 0)
			number[n++] = '+';
		if (!is_digit(text.p[i]))
			continue;
		number[n++] = text.p[i];
		digits++;
	}
	return view_of(number, digits > 0 ? n : 0);
}

// What is normalised and in lower case: a digest passes, nothing becomes absent.
static struct view digest_of_lower(struct view text, struct digest *digest, struct arena *arena)
{
	if (text.n == 0)
		return VIEW_ABSENT;
	return is_digest(text) ? text : digest_of(text, digest, arena);
}

static struct view without_space(struct view text, struct arena *arena)
{
	char *dense = arena_take(arena, text.n + 1);
	size_t n = 0;

	for (size_t i = 0; i < text.n; i++)
		if (!is_space(text.p[i]))
			dense[n++] = text.p[i];
	return view_of(dense, n);
}

static bool is_zeros(struct view text)
{
	for (size_t i = 0; i < text.n; i++)
		if (text.p[i] != '0' && text.p[i] != '-')
			return false;
	return true;
}

struct view identity_email(struct view text, struct digest *digest, struct arena *arena)
{
	return digest_of_lower(lowered(trimmed(text), arena), digest, arena);
}

struct view identity_phone(struct view text, struct digest *digest, struct arena *arena)
{
	struct view phone = trimmed(text);
	if (is_digest(phone))
		return lowered(phone, arena);

	struct view number = phone_number(phone, arena);
	return number.n > 0 ? digest_of(number, digest, arena) : VIEW_ABSENT;
}

struct view identity_external_id(struct view text, struct digest *digest, struct arena *arena)
{
	struct view id = trimmed(text);

	if (id.n == 0)
		return VIEW_ABSENT;
	return is_digest(id) ? lowered(id, arena) : digest_of(id, digest, arena);
}

struct view identity_external_id_lower(struct view text, struct digest *digest, struct arena *arena)
{
	return digest_of_lower(lowered(trimmed(text), arena), digest, arena);
}

struct view identity_name(struct view text, struct digest *digest, struct arena *arena)
{
	return digest_of_lower(lowered(without_space(text, arena), arena), digest, arena);
}

struct view identity_device(struct view text, struct digest *digest, struct arena *arena)
{
	struct view id = lowered(trimmed(text), arena);

	return is_zeros(id) ? VIEW_ABSENT : digest_of_lower(id, digest, arena);
}
