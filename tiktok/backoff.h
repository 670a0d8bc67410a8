// SPDX-License-Identifier: Apache-2.0
// How long to wait before the next try: full jitter, so that many who failed together do not come back together. Pure: the seed gives the sequence.
#pragma once
#include <stdint.h>

struct backoff {
	int64_t first_ms, most_ms;
	uint64_t random; // the seed; moves on with each call
};

// After the n-th failure in a row (n >= 1): evenly between 1 and first * 2^(n-1), at most `most_ms`.
int64_t backoff_ms(struct backoff *backoff, int failures);
