// SPDX-License-Identifier: Apache-2.0
#include "state/table_private.h"

#include <stdlib.h>

#include "state/chain.h"

enum { TIDY_FIRST = 256 }; // clicks in a chain before it is tidied; then at twice what was left

struct table *table_new(struct trim_rules *rules, struct region *from)
{
	struct table *t = calloc(1, sizeof *t);

	if (!t)
		err_out_of_memory();
	if (from && from->base)
		t->region = *from;
	else
		region_init(&t->region);
	t->rules = rules;
	t->transaction = 1;
	t->mark = t->region.used;
	return t;
}

void table_free(struct table **table)
{
	struct region region = {0};

	table_dissolve(table, &region);
	region_clear(&region);
}

void table_dissolve(struct table **table, struct region *out)
{
	struct table *t = *table;

	if (!t)
		return;
	*out = t->region;
	region_reset(out);
	directory_clear(&t->directory);
	free(t->undo);
	free(t->fresh.items);
	free(t->crowded.items);
	free(t->replaced.items);
	free(t);
	*table = NULL;
}

// `room` for one more element.
static void *grown(void *items, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return items;
	*room = *room ? 2 * *room : 64;
	items = realloc(items, *room * size);
	if (!items)
		err_out_of_memory();
	return items;
}

static void refs_add(struct table_refs *refs, uint32_t ref)
{
	refs->items = grown(refs->items, refs->n, &refs->room, sizeof *refs->items);
	refs->items[refs->n++] = ref;
}

static void copy(char *to, struct view from)
{
	if (from.n)
		memcpy(to, from.p, from.n);
}

static uint32_t add_node(struct table *t, enum table_kind kind, uint64_t hash, struct view bytes)
{
	uint32_t ref = region_take(&t->region, offsetof(struct table_node, bytes) + bytes.n);
	struct table_node *node = table_node_at(t, ref);

	*node = (struct table_node){.hash = hash, .size = (uint32_t)bytes.n, .kind = kind};
	copy(node->bytes, bytes);
	directory_add(&t->directory, hash, ref);
	refs_add(&t->fresh, ref);
	return ref;
}

// Remembers how the last commit left the user.
static void touch(struct table *t, uint32_t ref, struct table_node *node)
{
	if (node->transaction == t->transaction)
		return;
	t->undo = grown(t->undo, t->undo_count, &t->undo_room, sizeof *t->undo);
	node->transaction = t->transaction;
	node->undo = (uint32_t)t->undo_count;
	t->undo[t->undo_count++] = (struct table_undo){ref, node->clicks, node->conversions, node->count, node->level};
}

static uint32_t user_to_write(struct table *t, uint64_t hash, struct view user)
{
	uint32_t ref = table_find_user(t, hash, user);

	if (!ref)
		ref = add_node(t, TABLE_USER, hash, user);
	touch(t, ref, table_node_at(t, ref));
	return ref;
}

static size_t tidy_at(const struct table_node *node)
{
	return (size_t)TIDY_FIRST << node->level;
}

// Drops what the rules drop of the clicks before `boundary`. True if there is more behind it.
static bool tidy(struct table *t, struct table_node *node, uint32_t boundary)
{
	struct chain_tidied tidied = chain_tidy(&t->region, &node->clicks, boundary, node->count, t->rules);

	node->count = tidied.left;
	t->flooded += tidied.flooded;
	node->level = 0;
	while (tidy_at(node) < 2 * (size_t)node->count)
		node->level++;
	return tidied.committed_may_go;
}

void table_add_click(struct table *t, uint64_t hash, struct view user, const struct state_click *click)
{
	uint32_t ref = user_to_write(t, hash, user);
	struct table_node *node = table_node_at(t, ref);

	node->clicks = chain_add_click(&t->region, node->clicks, click);
	if (++node->count >= tidy_at(node) && tidy(t, node, t->undo[node->undo].clicks))
		refs_add(&t->crowded, ref);
}

void table_put_conversion(struct table *t, uint64_t hash, struct view user, const struct state_conversion *conversion)
{
	uint32_t ref = user_to_write(t, hash, user);
	struct table_node *node = table_node_at(t, ref);

	if (node->conversions && node->conversions == t->undo[node->undo].conversions)
		refs_add(&t->replaced, ref);
	chain_unlink_older(&t->region, &node->conversions, t->undo[node->undo].conversions, conversion->key);
	node->conversions = chain_add_conversion(&t->region, node->conversions, conversion);
}

void table_add_name(struct table *t, uint64_t key_hash, struct view key, uint64_t user_hash, struct view user)
{
	uint32_t user_ref = user_to_write(t, user_hash, user), ref;
	struct directory_walk walk = directory_walk(&t->directory, key_hash);

	while ((ref = directory_next(&walk)) != 0)
		if (table_node_is(table_node_at(t, ref), TABLE_NAME, key_hash, key) && table_node_at(t, ref)->user == user_ref)
			return;
	ref = add_node(t, TABLE_NAME, key_hash, key);
	table_node_at(t, ref)->user = user_ref;
}

static void forget_undo(struct table *t)
{
	t->undo_count = 0;
	t->fresh.n = 0;
	t->crowded.n = 0;
	t->replaced.n = 0;
	t->flooded = 0;
	t->transaction++;
}

void table_commit(struct table *t)
{
	for (size_t i = 0; i < t->replaced.n; i++) {
		const struct table_node *node = table_node_at(t, t->replaced.items[i]);

		chain_unlink_replaced(&t->region, node->conversions, t->undo[node->undo].conversions);
	}
	for (size_t i = 0; i < t->crowded.n; i++)
		tidy(t, table_node_at(t, t->crowded.items[i]), 0);
	t->rules->flooded += t->flooded;
	t->mark = t->region.used;
	forget_undo(t);
}

void table_abort(struct table *t)
{
	for (size_t i = 0; i < t->fresh.n; i++)
		directory_remove(&t->directory, table_node_at(t, t->fresh.items[i])->hash, t->fresh.items[i]);
	for (size_t i = 0; i < t->undo_count; i++) {
		const struct table_undo *undo = &t->undo[i];
		struct table_node *node = table_node_at(t, undo->user);

		node->clicks = undo->clicks;
		node->conversions = undo->conversions;
		node->count = undo->count;
		node->level = undo->level;
	}
	region_truncate(&t->region, t->mark);
	forget_undo(t);
}

bool table_has_tail(const struct table *t)
{
	return t->undo_count > 0;
}

bool table_is_empty(const struct table *t)
{
	return t->region.used == REGION_UNIT;
}

size_t table_bytes(const struct table *t)
{
	return region_filled(&t->region) + t->directory.bytes + t->undo_room * sizeof *t->undo + t->fresh.room * sizeof *t->fresh.items;
}

size_t table_spare_bytes(const struct table *t)
{
	return t->region.committed - region_filled(&t->region);
}

void table_shed(struct table *t)
{
	region_shed(&t->region, 0);
}
