// SPDX-License-Identifier: Apache-2.0
// The simulator's only source of chance: a case is its seed.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_random {
	uint64_t state;
};

// splitmix64
static inline uint64_t sim_random_next(struct sim_random *r)
{
	uint64_t z = r->state += 0x9e3779b97f4a7c15ULL;

	z = (z ^ z >> 30) * 0xbf58476d1ce4e5b9ULL;
	z = (z ^ z >> 27) * 0x94d049bb133111ebULL;
	return z ^ z >> 31;
}

// 0 .. n - 1; n > 0
static inline int64_t sim_random_below(struct sim_random *r, int64_t n)
{
	return (int64_t)(sim_random_next(r) % (uint64_t)n);
}

static inline int64_t sim_random_between(struct sim_random *r, int64_t from, int64_t to)
{
	return from + sim_random_below(r, to - from + 1);
}

static inline bool sim_random_hits(struct sim_random *r, int per_mille)
{
	return sim_random_below(r, 1000) < per_mille;
}
