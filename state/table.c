// SPDX-License-Identifier: Apache-2.0
#include "state/table.h"

#include <stdlib.h>

#include "state/chain.h"

enum { TIDY_FIRST = 256 }; // clicks in a chain before it is tidied; then at twice what was left

enum node_kind { NODE_USER, NODE_NAME };

// What the directory finds: a user with his chains, or a name: an index key and the user it leads to.
struct node {
	uint64_t hash;
	uint32_t size; // of bytes: the user, or the key
	uint8_t kind;
	uint8_t level; // tidied at TIDY_FIRST << level
	union {
		uint32_t clicks;  // newest first
		uint32_t user;    // NODE_NAME
	};
	uint32_t conversions; // newest first
	uint32_t count;       // of clicks
	uint32_t transaction; // that touched it last
	uint32_t undo;        // where its undo is, in that transaction
	char bytes[];
};

// A user as the last commit left it.
struct undo {
	uint32_t user;
	uint32_t clicks;
	uint32_t conversions;
	uint32_t count;
	uint8_t level;
};

struct refs {
	uint32_t *items;
	size_t n, room;
};

struct table {
	struct region region;
	struct directory directory;
	struct trim_rules *rules;
	uint32_t transaction;
	size_t mark; // region.used at the last commit
	struct undo *undo;
	size_t undo_count, undo_room;
	struct refs fresh;   // nodes made by the running transaction
	struct refs crowded; // users whose committed clicks must be tidied at the commit
	uint64_t flooded;    // by the running transaction
};

struct table *table_new(struct trim_rules *rules)
{
	struct table *t = calloc(1, sizeof *t);

	if (!t)
		err_out_of_memory();
	region_init(&t->region);
	t->rules = rules;
	t->transaction = 1;
	t->mark = t->region.used;
	return t;
}

void table_free(struct table **table)
{
	struct table *t = *table;

	if (!t)
		return;
	region_clear(&t->region);
	directory_clear(&t->directory);
	free(t->undo);
	free(t->fresh.items);
	free(t->crowded.items);
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

static void refs_add(struct refs *refs, uint32_t ref)
{
	refs->items = grown(refs->items, refs->n, &refs->room, sizeof *refs->items);
	refs->items[refs->n++] = ref;
}

static struct node *node_at(const struct table *t, uint32_t ref)
{
	return region_at(&t->region, ref);
}

static bool node_is(const struct node *node, enum node_kind kind, uint64_t hash, struct view bytes)
{
	return node->hash == hash && node->kind == kind && node->size == bytes.n && memcmp(node->bytes, bytes.p, bytes.n) == 0;
}

static uint32_t find_user(const struct table *t, uint64_t hash, struct view user)
{
	struct directory_walk walk = directory_walk(&t->directory, hash);
	uint32_t ref;

	while ((ref = directory_next(&walk)) != 0)
		if (node_is(node_at(t, ref), NODE_USER, hash, user))
			return ref;
	return 0;
}

static void copy(char *to, struct view from)
{
	if (from.n)
		memcpy(to, from.p, from.n);
}

static uint32_t add_node(struct table *t, enum node_kind kind, uint64_t hash, struct view bytes)
{
	uint32_t ref = region_take(&t->region, offsetof(struct node, bytes) + bytes.n);
	struct node *node = node_at(t, ref);

	*node = (struct node){.hash = hash, .size = (uint32_t)bytes.n, .kind = kind};
	copy(node->bytes, bytes);
	directory_add(&t->directory, hash, ref);
	refs_add(&t->fresh, ref);
	return ref;
}

// Remembers how the last commit left the user.
static void touch(struct table *t, uint32_t ref, struct node *node)
{
	if (node->transaction == t->transaction)
		return;
	t->undo = grown(t->undo, t->undo_count, &t->undo_room, sizeof *t->undo);
	node->transaction = t->transaction;
	node->undo = (uint32_t)t->undo_count;
	t->undo[t->undo_count++] = (struct undo){ref, node->clicks, node->conversions, node->count, node->level};
}

static uint32_t user_to_write(struct table *t, uint64_t hash, struct view user)
{
	uint32_t ref = find_user(t, hash, user);

	if (!ref)
		ref = add_node(t, NODE_USER, hash, user);
	touch(t, ref, node_at(t, ref));
	return ref;
}

static size_t tidy_at(const struct node *node)
{
	return (size_t)TIDY_FIRST << node->level;
}

// Drops what the rules drop of the clicks before `boundary`. True if there is more behind it.
static bool tidy(struct table *t, struct node *node, uint32_t boundary)
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
	struct node *node = node_at(t, ref);

	node->clicks = chain_add_click(&t->region, node->clicks, click);
	if (++node->count >= tidy_at(node) && tidy(t, node, t->undo[node->undo].clicks))
		refs_add(&t->crowded, ref);
}

void table_put_conversion(struct table *t, uint64_t hash, struct view user, const struct state_conversion *conversion)
{
	struct node *node = node_at(t, user_to_write(t, hash, user));

	chain_unlink_older(&t->region, &node->conversions, t->undo[node->undo].conversions, conversion->key);
	node->conversions = chain_add_conversion(&t->region, node->conversions, conversion);
}

void table_add_name(struct table *t, uint64_t key_hash, struct view key, uint64_t user_hash, struct view user)
{
	uint32_t user_ref = user_to_write(t, user_hash, user), ref;
	struct directory_walk walk = directory_walk(&t->directory, key_hash);

	while ((ref = directory_next(&walk)) != 0)
		if (node_is(node_at(t, ref), NODE_NAME, key_hash, key) && node_at(t, ref)->user == user_ref)
			return;
	ref = add_node(t, NODE_NAME, key_hash, key);
	node_at(t, ref)->user = user_ref;
}

static void forget_undo(struct table *t)
{
	t->undo_count = 0;
	t->fresh.n = 0;
	t->crowded.n = 0;
	t->flooded = 0;
	t->transaction++;
}

void table_commit(struct table *t)
{
	for (size_t i = 0; i < t->crowded.n; i++)
		tidy(t, node_at(t, t->crowded.items[i]), 0);
	t->rules->flooded += t->flooded;
	t->mark = t->region.used;
	forget_undo(t);
}

void table_abort(struct table *t)
{
	for (size_t i = 0; i < t->fresh.n; i++)
		directory_remove(&t->directory, node_at(t, t->fresh.items[i])->hash, t->fresh.items[i]);
	for (size_t i = 0; i < t->undo_count; i++) {
		const struct undo *undo = &t->undo[i];
		struct node *node = node_at(t, undo->user);

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
	return t->region.committed + t->directory.bytes + t->undo_room * sizeof *t->undo + t->fresh.room * sizeof *t->fresh.items;
}

void table_prefetch(const struct table *t, uint64_t hash)
{
	directory_prefetch(&t->directory, hash);
}

void table_rows(const struct table *t, uint32_t user, struct arena *arena, struct state_user *out)
{
	const struct node *node = node_at(t, user);

	out->click_count = node->count;
	out->clicks = arena_take(arena, out->click_count * sizeof *out->clicks);
	chain_clicks(&t->region, node->clicks, out->click_count, out->clicks);
	out->conversion_count = chain_count_conversions(&t->region, node->conversions);
	out->conversions = arena_take(arena, out->conversion_count * sizeof *out->conversions);
	chain_conversions(&t->region, node->conversions, out->conversion_count, out->conversions);
}

bool table_read(const struct table *t, uint64_t hash, struct view user, struct arena *arena, struct state_user *out)
{
	uint32_t ref = find_user(t, hash, user);

	if (!ref)
		return false;
	table_rows(t, ref, arena, out);
	for (size_t i = 0; i < out->click_count; i++) {
		struct state_click *click = &out->clicks[i];
		char *copy = memcpy(arena_take(arena, click->id.n + click->attrs.n), click->id.p, click->id.n + click->attrs.n);

		click->id.p = copy;
		click->attrs.p = copy + click->id.n;
	}
	for (size_t i = 0; i < out->conversion_count; i++) {
		struct state_conversion *c = &out->conversions[i];
		char *copy = memcpy(arena_take(arena, c->key.n + c->value.n), c->key.p, c->key.n + c->value.n);

		c->key.p = copy;
		c->value.p = copy + c->key.n;
	}
	return out->click_count + out->conversion_count > 0;
}

static struct view node_bytes(const struct node *node)
{
	return (struct view){node->bytes, node->size};
}

size_t table_find(const struct table *t, uint64_t key_hash, struct view key, struct arena *arena, struct view **users)
{
	struct directory_walk walk = directory_walk(&t->directory, key_hash), again = walk;
	size_t n = 0;
	uint32_t ref;

	while ((ref = directory_next(&walk)) != 0)
		n += node_is(node_at(t, ref), NODE_NAME, key_hash, key);
	*users = arena_take(arena, n * sizeof **users);
	n = 0;
	while ((ref = directory_next(&again)) != 0)
		if (node_is(node_at(t, ref), NODE_NAME, key_hash, key))
			(*users)[n++] = node_bytes(node_at(t, node_at(t, ref)->user));
	return n;
}

static int compare_users(const void *a, const void *b)
{
	const struct table_user *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return view_cmp(x->user, y->user);
}

size_t table_users(const struct table *t, int part, struct arena *arena, struct table_user **users)
{
	const struct directory_part *p = &t->directory.parts[part];
	size_t n = 0;

	*users = arena_take(arena, p->count * sizeof **users);
	for (uint32_t i = 0; p->entries && i <= p->mask; i++) {
		const struct node *node = node_at(t, p->entries[i].ref);

		if (p->entries[i].ref && node->kind == NODE_USER)
			(*users)[n++] = (struct table_user){node->hash, node_bytes(node), p->entries[i].ref};
	}
	if (n > 1)
		qsort(*users, n, sizeof **users, compare_users);
	return n;
}

static int compare_names(const void *a, const void *b)
{
	const struct table_name *x = a, *y = b;
	int order = view_cmp(x->key, y->key);

	return order ? order : view_cmp(x->user, y->user);
}

size_t table_names(const struct table *t, struct arena *arena, struct table_name **names)
{
	size_t n = 0, most = 0;

	for (int part = 0; part < DIRECTORY_PARTS; part++)
		most += t->directory.parts[part].count;
	*names = arena_take(arena, most * sizeof **names);
	for (int part = 0; part < DIRECTORY_PARTS; part++) {
		const struct directory_part *p = &t->directory.parts[part];

		for (uint32_t i = 0; p->entries && i <= p->mask; i++) {
			const struct node *node = node_at(t, p->entries[i].ref);

			if (p->entries[i].ref && node->kind == NODE_NAME)
				(*names)[n++] = (struct table_name){node_bytes(node), node_bytes(node_at(t, node->user))};
		}
	}
	if (n > 1)
		qsort(*names, n, sizeof **names, compare_names);
	return n;
}
