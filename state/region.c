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

static void commit_up_to(struct region *r, size_t end)
{
	size_t to = (end + REGION_STEP - 1) & ~(size_t)(REGION_STEP - 1);

	if (to > RESERVED || mprotect(r->base + r->committed, to - r->committed, PROT_READ | PROT_WRITE) != 0)
		err_out_of_memory();
	r->committed = to;
}

static size_t round_up(size_t n)
{
	return (n + REGION_CLASS - 1) & ~(size_t)(REGION_CLASS - 1);
}

uint32_t region_take(struct region *r, size_t n)
{
	size_t size = round_up(n), class = size / REGION_CLASS;

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
	size_t class = round_up(n) / REGION_CLASS;

	if (class >= REGION_CLASSES) {
		r->lost += round_up(n);
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
