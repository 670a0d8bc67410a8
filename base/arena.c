// SPDX-License-Identifier: Apache-2.0
#include "base/arena.h"

#include <stdlib.h>
#include <string.h>

#if defined(__SANITIZE_ADDRESS__)
#define ARENA_ASAN 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define ARENA_ASAN 1
#endif
#endif
#ifdef ARENA_ASAN
#include <sanitizer/asan_interface.h>
#else
#define ASAN_POISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#define ASAN_UNPOISON_MEMORY_REGION(p, n) ((void)(p), (void)(n))
#endif

enum { BLOCK_DEFAULT = 64 * 1024, ALIGN = 16 };

struct arena_block {
	struct arena_block *next;
	size_t size;
	size_t used;
	_Alignas(ALIGN) char bytes[];
};

static size_t block_size(const struct arena *a)
{
	return a->block ? a->block : BLOCK_DEFAULT;
}

static struct arena_block *block_new(const struct arena *a, size_t need)
{
	size_t size = block_size(a);

	if (size < need)
		size = need;
	struct arena_block *b = malloc(sizeof *b + size);
	if (!b)
		err_out_of_memory();
	b->next = NULL;
	b->size = size;
	b->used = 0;
	ASAN_POISON_MEMORY_REGION(b->bytes, size);
	return b;
}

// The next kept block that is large enough, or a new one put in front of those that are not.
static void next_block(struct arena *a, size_t need)
{
	struct arena_block *following = a->now ? a->now->next : a->first;

	if (!following || following->size < need) {
		struct arena_block *fresh = block_new(a, need);

		fresh->next = following;
		if (a->now)
			a->now->next = fresh;
		else
			a->first = fresh;
		following = fresh;
	}
	following->used = 0;
	a->now = following;
}

void *arena_take(struct arena *a, size_t n)
{
	size_t need = (n + ALIGN - 1) & ~(size_t)(ALIGN - 1);

	if (need < n)
		err_out_of_memory();
	if (!a->now || a->now->size - a->now->used < need)
		next_block(a, need);
	void *p = a->now->bytes + a->now->used;
	a->now->used += need;
	a->used += need;
	ASAN_UNPOISON_MEMORY_REGION(p, n);
	return p;
}

void *arena_zero(struct arena *a, size_t n)
{
	return memset(arena_take(a, n), 0, n);
}

struct view arena_dup(struct arena *a, struct view v)
{
	if (!v.p)
		return v;
	char *p = arena_take(a, v.n + 1);
	if (v.n)
		memcpy(p, v.p, v.n);
	p[v.n] = '\0';
	return (struct view){p, v.n};
}

struct arena_mark arena_mark(const struct arena *a)
{
	return (struct arena_mark){a->now, a->now ? a->now->used : 0, a->used};
}

static void poison_from(struct arena_block *b, size_t used)
{
	b->used = used;
	ASAN_POISON_MEMORY_REGION(b->bytes + used, b->size - used);
}

static void block_free(struct arena_block *b)
{
	ASAN_UNPOISON_MEMORY_REGION(b->bytes, b->size);
	free(b);
}

// What was made for one large piece goes: the next large piece is of another size, and blocks that nobody can use would pile up.
void arena_return(struct arena *a, struct arena_mark mark)
{
	struct arena_block **link = mark.block ? &mark.block->next : &a->first;

	while (*link) {
		struct arena_block *b = *link;

		if (b->size > block_size(a)) {
			*link = b->next;
			block_free(b);
		} else {
			poison_from(b, 0);
			link = &b->next;
		}
	}
	if (mark.block)
		poison_from(mark.block, mark.used_in_block);
	a->now = mark.block;
	a->used = mark.used;
}

void arena_reset(struct arena *a)
{
	arena_return(a, (struct arena_mark){NULL, 0, 0});
}

void arena_clear(struct arena *a)
{
	while (a->first) {
		struct arena_block *next = a->first->next;

		block_free(a->first);
		a->first = next;
	}
	a->now = NULL;
	a->used = 0;
}
