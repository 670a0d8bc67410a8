// SPDX-License-Identifier: Apache-2.0
// JSON numbers whose digits are kept. jansson makes a double of 12.34 and refuses an id beyond 64 bits, so numbers are put between quotes before it sees them,
// and read from their digits afterwards. Inside of tiktok/.
#pragma once
#include "base/bytes.h"

// Appends `json` with each of its numbers as a string of the same digits. What is no JSON stays none: only what the grammar calls a number, in the place of a
// value, is changed.
void digits_quote(struct view json, struct buf *out);

// Decimal text, with or without a sign, fraction and exponent ("3", "-0.50", "1.2E4"), in units of 10^-decimals, exactly. -1: no number, finer digits than
// that, or more than 12 before the point.
int digits_read(struct view text, uint8_t decimals, int64_t *out) MUST_USE;
