// SPDX-License-Identifier: Apache-2.0
#include "runtime/topics_partition.h"

static const uint32_t MIX = 0x5bd1e995, SEED = 0x9747b28c;

static uint32_t little_endian(const unsigned char *p)
{
	return (uint32_t)p[0] | (uint32_t)p[1] << 8 | (uint32_t)p[2] << 16 | (uint32_t)p[3] << 24;
}

static uint32_t mix_word(uint32_t h, uint32_t k)
{
	k *= MIX;
	k ^= k >> 24;
	k *= MIX;
	return (h * MIX) ^ k;
}

static uint32_t mix_tail(uint32_t h, const unsigned char *p, size_t n)
{
	uint32_t k = 0;

	if (n == 0)
		return h;
	for (size_t i = 0; i < n; i++)
		k |= (uint32_t)p[i] << (8 * i);
	return (h ^ k) * MIX;
}

uint32_t topics_murmur2(struct view key)
{
	const unsigned char *p = (const unsigned char *)key.p;
	uint32_t h = SEED ^ (uint32_t)key.n;
	size_t whole = key.n & ~(size_t)3;

	for (size_t i = 0; i < whole; i += 4)
		h = mix_word(h, little_endian(p + i));
	h = mix_tail(h, p + whole, key.n - whole);
	h ^= h >> 13;
	h *= MIX;
	return h ^ (h >> 15);
}

int32_t topics_partition_of(struct view key, int32_t partitions)
{
	CHECK(partitions >= 1);
	return (int32_t)((topics_murmur2(key) & 0x7fffffff) % (uint32_t)partitions);
}
