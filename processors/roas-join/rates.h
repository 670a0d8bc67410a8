// SPDX-License-Identifier: Apache-2.0
// Dated rates of exchange, from a file `day,from,to,rate`: one unit of `from` is `rate` units of `to`. Immutable once read, and read by any thread.
//
// The rate of a day is that of the latest day, up to RATES_REACH days before, for which the file gives one: `from` to `to`; else `to` to `from`, turned
// round; else both over one third currency (of several the one whose code is smallest). Rates are kept as exact fractions, so an amount is rounded once.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

struct rates;

enum { RATES_REACH = 7, RATES_LINES_MAX = 2000000 };

// `path` NULL: no rates at all. FATAL file_unreadable, file_too_large, rates_invalid: file, line, what is wrong.
int rates_load(const char *path, struct rates **out, struct err *err) MUST_USE;
// `name` is what errors call the text.
int rates_parse(struct view text, const char *name, struct rates **out, struct err *err) MUST_USE;
void rates_free(struct rates **rates);

// A rate as a fraction; both below 10^30.
struct rates_quote {
	unsigned __int128 times, over;
};

// Currencies are codes of three letters. False: there is none. The same currency: 1.
bool rates_find(const struct rates *rates, struct view from, struct view to, int32_t day, struct rates_quote *out);

// Rounded half to even. False: the result does not fit.
bool rates_apply(const struct rates_quote *quote, int64_t micros, int64_t *out);

// rates_find and rates_apply.
bool rates_convert(const struct rates *rates, struct view from, struct view to, int32_t day, int64_t micros, int64_t *out);

// Equal for equal contents.
uint64_t rates_digest(const struct rates *rates);
