// SPDX-License-Identifier: Apache-2.0
// Finds a table's nodes by hash: open addressing in 256 parts by the hash's first byte. A part doubles by itself, reading only its own entries, so
// growing never pauses for long; and a table's parts in order are its nodes in the order of their keys on disk.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/prefetch.h"

enum { DIRECTORY_PARTS = 256 };

struct directory_entry {
	uint32_t tag; // the hash's last four bytes
	uint32_t ref; // 0: free
};

struct directory_part {
	struct directory_entry *entries;
	uint32_t mask; // entries - 1
	uint32_t count;
};

struct directory {
	struct directory_part parts[DIRECTORY_PARTS];
	size_t bytes;
};

void directory_clear(struct directory *d);
void directory_add(struct directory *d, uint64_t hash, uint32_t ref);
void directory_remove(struct directory *d, uint64_t hash, uint32_t ref);

struct directory_walk {
	const struct directory_part *part;
	uint32_t at;
	uint32_t tag;
};

// The next node whose hash may be equal; 0 ends.
static inline uint32_t directory_next(struct directory_walk *w)
{
	const struct directory_entry *entries = w->part->entries;

	if (!entries)
		return 0;
	for (;;) {
		struct directory_entry entry = entries[w->at];

		if (entry.ref == 0)
			return 0;
		w->at = (w->at + 1) & w->part->mask;
		if (entry.tag == w->tag)
			return entry.ref;
	}
}

static inline struct directory_walk directory_walk(const struct directory *d, uint64_t hash)
{
	const struct directory_part *part = &d->parts[hash >> 56];

	return (struct directory_walk){part, (uint32_t)hash & part->mask, (uint32_t)hash};
}

static inline void directory_prefetch(const struct directory *d, uint64_t hash)
{
	const struct directory_part *part = &d->parts[hash >> 56];

	if (part->entries)
		prefetch(&part->entries[(uint32_t)hash & part->mask]);
}
