// SPDX-License-Identifier: Apache-2.0
#include "state/region.h"

#include <stdbool.h>
#include <string.h>
#include <sys/mman.h>

// A table is flushed long before; a transaction that needs more has no memory either.
static const size_t RESERVED = (size_t)16 << 30;

void region_init(struct region *r)
{
	*r = (struct region){.used = REGION_UNIT};
	r->base = mmap(NULL, RESERVED, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
	if (r->base == MAP_FAILED)
		err_out_of_memory();
	madvise(r->base, RESERVED, MADV_HUGEPAGE); // a wish: tables are read at random
}

void region_clear(struct region *r)
{
	if (r->base)
		munmap(r->base, RESERVED);
	*r = (struct region){0};
}

static size_t round_up(size_t n, size_t step)
{
	return (n + step - 1) & ~(step - 1);
}

void region_reset(struct region *r)
{
	*r = (struct region){.base = r->base, .used = REGION_UNIT, .committed = r->committed};
}

size_t region_filled(const struct region *r)
{
	size_t filled = round_up(r->used, REGION_STEP);

	return filled < r->committed ? filled : r->committed;
}

void region_shed(struct region *r, size_t keep)
{
	size_t filled = region_filled(r);

	keep = keep / REGION_STEP * REGION_STEP;
	keep = keep > filled ? keep : filled;
	if (keep >= r->committed)
		return;
	madvise(r->base + keep, r->committed - keep, MADV_DONTNEED);
	r->committed = keep;
}

static void commit_up_to(struct region *r, size_t end)
{
	size_t to = round_up(end, REGION_STEP);

	if (to > RESERVED || mprotect(r->base + r->committed, to - r->committed, PROT_READ | PROT_WRITE) != 0)
		err_out_of_memory();
	r->committed = to;
}

// The size of a block for `n` bytes, and which list it is on when given back; REGION_CLASSES: none.
static size_t size_of(size_t n, size_t *class)
{
	size_t size = round_up(n, REGION_CLASS);

	*class = size / REGION_CLASS;
	if (*class < REGION_SMALL)
		return size;
	unsigned log = 63 - (unsigned)__builtin_clzll(n - 1); // 2^log < n <= 2^(log + 1)
	size_t step = (size_t)1 << (log - 3);
	size = round_up(n, step);
	*class = REGION_SMALL + (log - 10) * 8 + (size >> (log - 3)) - 9;
	if (*class > REGION_CLASSES)
		*class = REGION_CLASSES;
	return size;
}

uint32_t region_take(struct region *r, size_t n)
{
	size_t class, size = size_of(n, &class);

	if (class < REGION_CLASSES && r->given_back[class]) {
		uint32_t ref = r->given_back[class];

		memcpy(&r->given_back[class], region_at(r, ref), sizeof ref);
		return ref;
	}
	size_t at = r->used;
	if (at + size > r->committed)
		commit_up_to(r, at + size);
	r->used += size;
	return (uint32_t)(at / REGION_UNIT);
}

void region_give_back(struct region *r, uint32_t ref, size_t n)
{
	size_t class, size = size_of(n, &class);

	if (class == REGION_CLASSES) {
		r->lost += size;
		return;
	}
	memcpy(region_at(r, ref), &r->given_back[class], sizeof ref);
	r->given_back[class] = ref;
}

void region_truncate(struct region *r, size_t used)
{
	r->used = used;
	memset(r->given_back, 0, sizeof r->given_back);
}
