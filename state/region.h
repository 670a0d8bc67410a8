// SPDX-License-Identifier: Apache-2.0
// Memory of one table: an address range reserved once, given memory in steps as it fills, so that nothing ever moves and a reference is 32 bits. What is
// given back is found again by its size. A region that is done with can serve another table: its pages need not be cleared by the kernel again.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/err.h"

enum {
	REGION_UNIT = 8,      // a reference counts these; 0 is none
	REGION_CLASS = 16,    // sizes are rounded up to this below 2 KiB, above to an eighth of a power of two
	REGION_SMALL = 128,   // classes below 2 KiB
	REGION_CLASSES = 208, // given-back blocks up to 1 MiB are kept by size
	REGION_STEP = 2 * 1024 * 1024,
};

struct region {
	char *base;
	size_t used;
	size_t committed; // memory it has; behind `used` what an earlier table left
	uint32_t given_back[REGION_CLASSES];
	uint64_t lost; // bytes given back that nobody can take
};

void region_init(struct region *r);
void region_clear(struct region *r);
// Empty, with its memory and what stands in it.
void region_reset(struct region *r);
// Gives the kernel back what lies behind `used` and behind the first `keep` bytes.
void region_shed(struct region *r, size_t keep);
size_t region_filled(const struct region *r); // of `committed`, in steps, what is in use
uint32_t region_take(struct region *r, size_t n);
void region_give_back(struct region *r, uint32_t ref, size_t n);
// Everything taken since `used` was read is gone; so is the memory of what was given back.
void region_truncate(struct region *r, size_t used);

static inline void *region_at(const struct region *r, uint32_t ref)
{
	return r->base + (size_t)ref * REGION_UNIT;
}
