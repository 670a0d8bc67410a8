// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "state/chain.h"
#include "state/table_private.h"

enum { AHEAD = 8 }; // nodes brought into the cache before they are looked at

// With the name behind it.
static void prefetch_node(const struct table_node *node)
{
	prefetch(node);
	prefetch(node->bytes + sizeof *node);
}

// In two steps: the directory entry now, and the node of a hash that was asked for a few calls ago, whose entry is there by now.
void table_prefetch(struct table *t, uint64_t hash)
{
	uint64_t *slot = &t->expected[t->expected_at++ % TABLE_PREFETCH_DELAY];
	struct directory_walk walk = directory_walk(&t->directory, *slot);
	uint32_t ref = directory_next(&walk);

	if (ref)
		prefetch_node(table_node_at(t, ref));
	directory_prefetch(&t->directory, hash);
	*slot = hash;
}

void table_prefetch_rows(const struct table *t, uint32_t user)
{
	const struct table_node *node = table_node_at(t, user);

	if (node->clicks)
		chain_prefetch_click(&t->region, node->clicks);
	if (node->conversions)
		chain_prefetch(&t->region, node->conversions);
}

void table_rows(const struct table *t, uint32_t user, struct arena *arena, struct state_user *out)
{
	const struct table_node *node = table_node_at(t, user);

	out->click_count = node->count;
	out->clicks = arena_take(arena, out->click_count * sizeof *out->clicks);
	chain_clicks(&t->region, node->clicks, out->click_count, out->clicks);
	out->conversion_count = chain_count_conversions(&t->region, node->conversions);
	out->conversions = arena_take(arena, out->conversion_count * sizeof *out->conversions);
	chain_conversions(&t->region, node->conversions, out->conversion_count, out->conversions);
}

bool table_read(const struct table *t, uint64_t hash, struct view user, struct arena *arena, struct state_user *out)
{
	uint32_t ref = table_find_user(t, hash, user);

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

bool table_conversion(const struct table *t, uint64_t hash, struct view user, struct view key, struct view *value)
{
	uint32_t ref = table_find_user(t, hash, user);

	return ref && chain_newest(&t->region, table_node_at(t, ref)->conversions, key, value);
}

// Of a user with this hash; which one does not matter here.
static const struct table_node *likely_node(const struct table *t, uint64_t hash)
{
	struct directory_walk walk = directory_walk(&t->directory, hash);
	uint32_t ref = directory_next(&walk);

	return ref ? table_node_at(t, ref) : NULL;
}

void table_prefetch_conversions(const struct table *t, const uint64_t *hashes, size_t n)
{
	const struct table_node *node;

	for (size_t i = 0; i < n; i++)
		directory_prefetch(&t->directory, hashes[i]);
	for (size_t i = 0; i < n; i++)
		if ((node = likely_node(t, hashes[i])))
			prefetch(node);
	for (size_t i = 0; i < n; i++)
		if ((node = likely_node(t, hashes[i])) && node->conversions)
			chain_prefetch(&t->region, node->conversions);
}

static struct view node_bytes(const struct table_node *node)
{
	return (struct view){node->bytes, node->size};
}

size_t table_find(const struct table *t, uint64_t key_hash, struct view key, struct arena *arena, struct view **users)
{
	struct directory_walk walk = directory_walk(&t->directory, key_hash), again = walk;
	size_t n = 0;
	uint32_t ref;

	while ((ref = directory_next(&walk)) != 0)
		n += table_node_is(table_node_at(t, ref), TABLE_NAME, key_hash, key);
	*users = arena_take(arena, n * sizeof **users);
	n = 0;
	while ((ref = directory_next(&again)) != 0)
		if (table_node_is(table_node_at(t, ref), TABLE_NAME, key_hash, key))
			(*users)[n++] = node_bytes(table_node_at(t, table_node_at(t, ref)->user));
	return n;
}

static int compare_users(const void *a, const void *b)
{
	const struct table_user *x = a, *y = b;

	if (x->hash != y->hash)
		return x->hash < y->hash ? -1 : 1;
	return view_cmp(x->user, y->user);
}

// Hashes are spread evenly, so about as many buckets as users, by the bits after the part's own, leave next to nothing to sort; where they are
// not, a bucket is sorted like anything else.
static void sort_users(struct table_user *users, size_t n, struct arena *arena)
{
	struct arena_mark mark = arena_mark(arena);
	unsigned bits = n < 2 ? 1 : (unsigned)(63 - __builtin_clzll(n)), shift = 64 - bits;
	size_t *ends = arena_zero(arena, ((size_t)1 << bits) * sizeof *ends), before = 0;
	struct table_user *from = arena_take(arena, n * sizeof *from);

	memcpy(from, users, n * sizeof *from);
	for (size_t i = 0; i < n; i++)
		ends[from[i].hash << 8 >> shift]++;
	for (size_t i = 0; i < (size_t)1 << bits; i++)
		before += ends[i], ends[i] = before - ends[i];
	for (size_t i = 0; i < n; i++)
		users[ends[from[i].hash << 8 >> shift]++] = from[i];
	for (size_t i = 0, start = 0; i < (size_t)1 << bits; start = ends[i++])
		if (ends[i] - start > 1)
			qsort(users + start, ends[i] - start, sizeof *users, compare_users);
	arena_return(arena, mark);
}

size_t table_users(const struct table *t, int part, struct arena *arena, struct table_user **users)
{
	const struct directory_part *p = &t->directory.parts[part];
	size_t n = 0;

	*users = arena_take(arena, p->count * sizeof **users);
	for (uint32_t i = 0; p->entries && i <= p->mask; i++) {
		const struct table_node *node = table_node_at(t, p->entries[i].ref);

		prefetch(table_node_at(t, p->entries[(i + AHEAD) & p->mask].ref));
		if (p->entries[i].ref && node->kind == TABLE_USER)
			(*users)[n++] = (struct table_user){node->hash, node_bytes(node), p->entries[i].ref};
	}
	sort_users(*users, n, arena);
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
			const struct table_node *node = table_node_at(t, p->entries[i].ref);

			if (p->entries[i].ref && node->kind == TABLE_NAME)
				(*names)[n++] = (struct table_name){node_bytes(node), node_bytes(table_node_at(t, node->user))};
		}
	}
	if (n > 1)
		qsort(*names, n, sizeof **names, compare_names);
	return n;
}
