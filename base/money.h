// SPDX-License-Identifier: Apache-2.0
// Money: int64 minor units with an ISO 4217 currency inside, micros (millionths of the unit) outside. Never a double.
// Limits: at most 12 digits before the point, so every amount in micros fits int64.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

struct money_currency {
	char code[4];
	uint8_t exponent; // digits after the point: JPY 0, USD 2, KWD 3, CLF 4
};

// Upper-case ISO 4217 (active codes and funds in use); NULL if unknown.
const struct money_currency *money_currency(struct view code);

// `digits[.digits]`, no sign, no exponent, no space; trailing zeros beyond the exponent are fine, other finer digits are not.
// Gives minor units. 0 or -1.
int money_parse(struct view text, uint8_t exponent, int64_t *minor) MUST_USE;

// True if the text has the form of money at any precision (an item's price).
bool money_has_form(struct view text);

static inline int64_t money_micros(int64_t minor, uint8_t exponent)
{
	static const int64_t scale[] = {1000000, 100000, 10000, 1000, 100, 10, 1};

	return minor * scale[exponent];
}

enum { MONEY_TEXT_SIZE = 32 };

// Micros as text with the currency's digits: 79900000, 2 -> "79.90". Returns `out` of MONEY_TEXT_SIZE bytes.
char *money_print(int64_t micros, uint8_t exponent, char *out);
