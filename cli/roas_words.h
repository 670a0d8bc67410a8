// SPDX-License-Identifier: Apache-2.0
// Money, ratios and counts of ROAS as people read them. Everything is appended.
#pragma once
#include "base/bytes.h"

// "1234.50": the currency's digits, rounded half to even; two of them where it is not known.
void roas_words_money(struct buf *out, __int128 micros, struct view currency);
void roas_words_ratio(struct buf *out, int64_t nanos);   // "3.25"
void roas_words_percent(struct buf *out, int64_t nanos); // "20.5 %"
void roas_words_count(struct buf *out, __int128 nanos);  // "6", "6.25"; at most two digits behind the point
// Exact, for programs: as many digits as there are.
void roas_words_exact(struct buf *out, __int128 number, int digits_behind);
// Eighths of blocks, or '#': `value` of `most` over ten columns.
void roas_words_bar(struct buf *out, int64_t value, int64_t most, bool blocks);
