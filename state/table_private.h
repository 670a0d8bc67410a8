// SPDX-License-Identifier: Apache-2.0
// What table.c writes and table_read.c reads. For these two alone.
#pragma once
#include "state/table.h"

enum { TABLE_PREFETCH_DELAY = 8 };

enum table_kind { TABLE_USER, TABLE_NAME };

// What the directory finds: a user with his chains, or a name: an index key and the user it leads to.
struct table_node {
	uint64_t hash;
	uint32_t size; // of bytes: the user, or the key
	uint8_t kind;
	uint8_t level; // tidied at TIDY_FIRST << level
	union {
		uint32_t clicks; // newest first
		uint32_t user;   // TABLE_NAME
	};
	uint32_t conversions; // newest first
	uint32_t count;       // of clicks
	uint32_t transaction; // that touched it last
	uint32_t undo;        // where its undo is, in that transaction
	char bytes[];
};

// A user as the last commit left it.
struct table_undo {
	uint32_t user;
	uint32_t clicks;
	uint32_t conversions;
	uint32_t count;
	uint8_t level;
};

struct table_refs {
	uint32_t *items;
	size_t n, room;
};

struct table {
	struct region region;
	struct directory directory;
	struct trim_rules *rules;
	uint32_t transaction;
	size_t mark; // region.used at the last commit
	struct table_undo *undo;
	size_t undo_count, undo_room;
	struct table_refs fresh;                 // nodes made by the running transaction
	struct table_refs crowded;               // users whose committed clicks must be tidied at the commit
	struct table_refs replaced;              // users that have put a conversion in front of committed ones
	uint64_t flooded;                        // by the running transaction
	uint64_t expected[TABLE_PREFETCH_DELAY]; // hashes whose directory entry is on its way into the cache
	unsigned expected_at;
};

static inline struct table_node *table_node_at(const struct table *t, uint32_t ref)
{
	return region_at(&t->region, ref);
}

static inline bool table_node_is(const struct table_node *node, enum table_kind kind, uint64_t hash, struct view bytes)
{
	return node->hash == hash && node->kind == kind && node->size == bytes.n && memcmp(node->bytes, bytes.p, bytes.n) == 0;
}

static inline uint32_t table_find_user(const struct table *t, uint64_t hash, struct view user)
{
	struct directory_walk walk = directory_walk(&t->directory, hash);
	uint32_t ref;

	while ((ref = directory_next(&walk)) != 0)
		if (table_node_is(table_node_at(t, ref), TABLE_USER, hash, user))
			return ref;
	return 0;
}
