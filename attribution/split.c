// SPDX-License-Identifier: Apache-2.0
#include "attribution/split.h"

#include <stdlib.h>
#include <string.h>

struct remainder {
	unsigned __int128 size;
	size_t at;
};

// Ties go to the newest. A test build can be told to round otherwise, as another version of this program might: recovery must stand that.
static int newest_first(void)
{
#ifdef LOOKBACK_TEST_HOOKS
	const char *rounding = getenv("LOOKBACK_TEST_ROUNDING");

	if (rounding && strcmp(rounding, "other") == 0)
		return 1;
#endif
	return -1;
}

// Those that get a unit first: the largest, then the newest.
static int cmp_claims(const void *x, const void *y)
{
	const struct remainder *a = x, *b = y;

	if (a->size != b->size)
		return a->size > b->size ? -1 : 1;
	return a->at > b->at ? newest_first() : -newest_first();
}

static unsigned __int128 sum_of(const uint64_t *weights, size_t n)
{
	unsigned __int128 sum = 0;

	for (size_t i = 0; i < n; i++) {
		CHECK(weights[i] <= SPLIT_WEIGHT_MAX);
		sum += weights[i];
	}
	return sum;
}

// Fewer units are left than there are remainders above zero, so a zero weight never gets one.
static void hand_out(int64_t left, struct remainder *remainders, size_t n, int64_t *out)
{
	CHECK(left >= 0 && (size_t)left < n);
	if (left == 0)
		return;
	qsort(remainders, n, sizeof *remainders, cmp_claims);
	for (int64_t i = 0; i < left; i++) {
		CHECK(remainders[i].size > 0);
		out[remainders[i].at]++;
	}
}

void split_amount(int64_t amount, const uint64_t *weights, size_t n, struct arena *arena, int64_t *out)
{
	CHECK(amount >= 0 && n >= 1 && n <= SPLIT_MAX);

	unsigned __int128 sum = sum_of(weights, n);
	struct arena_mark mark = arena_mark(arena);
	struct remainder *remainders = arena_take(arena, n * sizeof *remainders);
	int64_t left = amount;

	CHECK(sum > 0);
	for (size_t i = 0; i < n; i++) {
		unsigned __int128 product = (unsigned __int128)(uint64_t)amount * weights[i]; // below 2^125
		unsigned __int128 floor = product / sum;

		out[i] = (int64_t)floor;
		remainders[i] = (struct remainder){product - floor * sum, i};
		left -= out[i];
	}
	hand_out(left, remainders, n, out);
	arena_return(arena, mark);
}
