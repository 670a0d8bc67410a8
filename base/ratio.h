// SPDX-License-Identifier: Apache-2.0
// Exact ratios of whole numbers, rounded once, half to even. 128 bits inside; no double.
#pragma once
#include <stdbool.h>
#include <stdint.h>

// times / over, over > 0, half to even. |times| below 2^126.
__int128 ratio_round(__int128 times, __int128 over);

// number * times / over; over > 0. False: it does not fit.
bool ratio_scale(int64_t number, int64_t times, int64_t over, int64_t *out);

// above / below in billionths: 1000000000 is 1.0. False: below is not positive, or it does not fit.
bool ratio_nanos(__int128 above, __int128 below, int64_t *out);
