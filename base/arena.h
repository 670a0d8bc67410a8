// SPDX-License-Identifier: Apache-2.0
// Memory of one batch: allocation is a pointer bump, release is a reset. Blocks are kept for reuse, but those made for a piece that is larger than a block.
// Under AddressSanitizer what was reset is poisoned, so a view that outlives its batch is found.
#pragma once
#include <stddef.h>

#include "base/bytes.h"

struct arena_block;

struct arena {
	struct arena_block *first;
	struct arena_block *now;
	size_t used;  // bytes handed out since the last reset
	size_t block; // size of a block; 0 = 64 KiB
};

// A place to return to.
struct arena_mark {
	struct arena_block *block;
	size_t used_in_block;
	size_t used;
};

void *arena_take(struct arena *a, size_t n);           // 16-byte aligned, not cleared; never NULL
void *arena_zero(struct arena *a, size_t n);           // the same, cleared
struct view arena_dup(struct arena *a, struct view v); // a copy; absent stays absent
struct arena_mark arena_mark(const struct arena *a);
void arena_return(struct arena *a, struct arena_mark mark);
void arena_reset(struct arena *a);
void arena_clear(struct arena *a); // frees all
