// SPDX-License-Identifier: Apache-2.0
#include "tiktok/backoff.h"

// SplitMix64 (Steele, Lea, Flood 2014): any seed will do, 0 too.
static uint64_t next(uint64_t *state)
{
	uint64_t z = *state += 0x9e3779b97f4a7c15u;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9u;
	z = (z ^ z >> 27) * 0x94d049bb133111ebu;
	return z ^ z >> 31;
}

int64_t backoff_ms(struct backoff *b, int failures)
{
	int64_t most = b->first_ms;

	for (int i = 1; i < failures && most < b->most_ms; i++)
		most = most > b->most_ms / 2 ? b->most_ms : most * 2;
	if (most > b->most_ms)
		most = b->most_ms;
	if (most < 1)
		most = 1;
	return 1 + (int64_t)(next(&b->random) % (uint64_t)most);
}
