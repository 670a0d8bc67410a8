// SPDX-License-Identifier: Apache-2.0
// Half-life weights in fixed point (docs/attribution.md 7): 2^(-gap / half-life), the same bits on every machine.
#pragma once
#include <stdint.h>

#define DECAY_ONE (UINT64_C(1) << 62) // the weight of the newest touchpoint

enum { DECAY_BITS = 40 };

// [i - 1] is C_i = rne(2^(62 - 2^-i)).
extern const uint64_t decay_constants[DECAY_BITS];

// `gap_ms`: how much older than the newest one. Costs a multiplication per set bit of the fraction, 20 on average.
uint64_t decay_weight(int64_t gap_ms, int64_t half_life_ms);
