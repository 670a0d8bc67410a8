// SPDX-License-Identifier: Apache-2.0
#include "state/directory.h"

#include <stdlib.h>

#include "base/err.h"

enum { FIRST_ENTRIES = 8 };

void directory_clear(struct directory *d)
{
	for (int i = 0; i < DIRECTORY_PARTS; i++)
		free(d->parts[i].entries);
	*d = (struct directory){0};
}

static void insert(struct directory_part *part, struct directory_entry entry)
{
	uint32_t at = entry.tag & part->mask;

	while (part->entries[at].ref)
		at = (at + 1) & part->mask;
	part->entries[at] = entry;
}

static void grow(struct directory *d, struct directory_part *part)
{
	struct directory_part larger = {.count = part->count};
	uint32_t before = part->entries ? part->mask + 1 : 0, after = before ? 2 * before : FIRST_ENTRIES;

	larger.entries = calloc(after, sizeof *larger.entries);
	if (!larger.entries)
		err_out_of_memory();
	larger.mask = after - 1;
	for (uint32_t i = 0; i < before; i++)
		if (part->entries[i].ref)
			insert(&larger, part->entries[i]);
	free(part->entries);
	*part = larger;
	d->bytes += (after - before) * sizeof *larger.entries;
}

void directory_add(struct directory *d, uint64_t hash, uint32_t ref)
{
	struct directory_part *part = &d->parts[hash >> 56];

	if (!part->entries || part->count + 1 > (part->mask + 1) / 4 * 3)
		grow(d, part);
	insert(part, (struct directory_entry){(uint32_t)hash, ref});
	part->count++;
}

// Moves later entries of the same run back, so that no search ends early.
static void close_gap(struct directory_part *part, uint32_t gap)
{
	for (uint32_t at = (gap + 1) & part->mask; part->entries[at].ref; at = (at + 1) & part->mask) {
		uint32_t home = part->entries[at].tag & part->mask;

		if (((at - home) & part->mask) >= ((at - gap) & part->mask)) {
			part->entries[gap] = part->entries[at];
			gap = at;
		}
	}
	part->entries[gap].ref = 0;
}

void directory_remove(struct directory *d, uint64_t hash, uint32_t ref)
{
	struct directory_part *part = &d->parts[hash >> 56];
	uint32_t at = (uint32_t)hash & part->mask;

	while (part->entries[at].ref != ref) {
		CHECK(part->entries[at].ref != 0);
		at = (at + 1) & part->mask;
	}
	close_gap(part, at);
	part->count--;
}
