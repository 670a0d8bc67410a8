// SPDX-License-Identifier: Apache-2.0
#include "base/money.h"

#include <inttypes.h>
#include <stdio.h>

enum { WHOLE_DIGITS_MAX = 12 };

enum letter { A, B, C, D, E, F, G, H, I, J, K, L, M, N, O, P, Q, R, S, T, U, V, W, X, Y, Z, LETTERS };

// One byte per possible code, so that a look-up is one indexed read: it happens for every order.
static const struct money_currency currencies[] = {
#define CURRENCY(a, b, c, exponent) {#a #b #c, exponent},
#include "base/money.def"
#undef CURRENCY
};

enum rank {
	RANK_NONE,
#define CURRENCY(a, b, c, exponent) RANK_##a##b##c,
#include "base/money.def"
#undef CURRENCY
};

static const uint8_t rank_of[LETTERS * LETTERS * LETTERS] = {
#define CURRENCY(a, b, c, exponent) [((a)*LETTERS + (b)) * LETTERS + (c)] = RANK_##a##b##c,
#include "base/money.def"
#undef CURRENCY
};

const struct money_currency *money_currency(struct view code)
{
	unsigned place = 0;

	if (code.n != 3)
		return NULL;
	for (size_t i = 0; i < 3; i++) {
		unsigned letter = (unsigned char)code.p[i] - (unsigned)'A';

		if (letter >= LETTERS)
			return NULL;
		place = place * LETTERS + letter;
	}
	unsigned rank = rank_of[place];
	return rank == RANK_NONE ? NULL : &currencies[rank - 1];
}

static size_t digits_at(struct view text, size_t i)
{
	size_t from = i;

	while (i < text.n && text.p[i] >= '0' && text.p[i] <= '9')
		i++;
	return i - from;
}

// `digits[.digits]` within the limit: where the whole digits end, or 0.
static size_t whole_digits(struct view text)
{
	size_t whole = digits_at(text, 0);

	if (whole == 0 || whole > WHOLE_DIGITS_MAX)
		return 0;
	if (whole == text.n)
		return whole;
	size_t fraction = text.p[whole] == '.' ? digits_at(text, whole + 1) : 0;
	return fraction > 0 && whole + 1 + fraction == text.n ? whole : 0;
}

int money_parse(struct view text, uint8_t exponent, int64_t *minor)
{
	size_t whole = whole_digits(text);
	size_t point = whole + 1;
	int64_t sum = 0;

	if (whole == 0)
		return -1;
	for (size_t i = 0; i < whole; i++)
		sum = sum * 10 + (text.p[i] - '0');
	for (size_t i = 0; i < exponent; i++)
		sum = sum * 10 + (point + i < text.n ? text.p[point + i] - '0' : 0);
	for (size_t i = point + exponent; i < text.n; i++) {
		if (text.p[i] != '0')
			return -1;
	}
	*minor = sum;
	return 0;
}

bool money_has_form(struct view text)
{
	return whole_digits(text) > 0;
}

char *money_print(int64_t micros, uint8_t exponent, char *out)
{
	CHECK(exponent <= 6);
	uint64_t size = micros < 0 ? -(uint64_t)micros : (uint64_t)micros;
	uint64_t unit = (uint64_t)money_micros(1, exponent);
	uint64_t minor = size / unit;
	uint64_t scale = 1000000 / unit;
	const char *sign = micros < 0 ? "-" : "";
	int used = snprintf(out, MONEY_TEXT_SIZE, "%s%" PRIu64, sign, minor / scale);

	if (exponent > 0)
		snprintf(out + used, MONEY_TEXT_SIZE - (size_t)used, ".%0*" PRIu64, exponent, minor % scale);
	return out;
}
