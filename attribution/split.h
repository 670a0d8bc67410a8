// SPDX-License-Identifier: Apache-2.0
// Splitting an amount exactly by the largest remainder (docs/attribution.md 8). All products in 128 bits.
#pragma once
#include "base/arena.h"

#define SPLIT_WEIGHT_MAX (UINT64_C(1) << 62)
enum { SPLIT_MAX = 1000 };

// Weights in the order of (time, identity): of equal remainders the last ones get the units left over. amount >= 0, 1 <= n <= SPLIT_MAX,
// weights up to SPLIT_WEIGHT_MAX and not all zero. out[] sums to amount; where the weight is zero it is zero.
void split_amount(int64_t amount, const uint64_t *weights, size_t n, struct arena *arena, int64_t *out);
