// SPDX-License-Identifier: Apache-2.0
#include "schemas/distinct.h"

#include <stdlib.h>

enum { BY_SEARCH = 24 };

// A key and where it stands, for sorting.
struct placed_key {
	struct view key;
	size_t at;
};

static int placed_order(const void *a, const void *b)
{
	const struct placed_key *x = a, *y = b;
	int order = view_cmp(x->key, y->key);

	return order ? order : (x->at > y->at) - (x->at < y->at);
}

static struct view key_at(const char *p, size_t i, size_t stride)
{
	struct view key;

	memcpy(&key, p + i * stride, sizeof key);
	return key;
}

// Marks entries whose key comes again later.
static void mark_overruled(const char *p, size_t n, size_t stride, bool *overruled, struct arena *arena)
{
	if (n <= BY_SEARCH) {
		for (size_t i = 0; i + 1 < n; i++)
			for (size_t j = i + 1; j < n && !overruled[i]; j++)
				overruled[i] = view_eq(key_at(p, i, stride), key_at(p, j, stride));
		return;
	}
	struct placed_key *keys = arena_take(arena, n * sizeof *keys);
	for (size_t i = 0; i < n; i++)
		keys[i] = (struct placed_key){key_at(p, i, stride), i};
	qsort(keys, n, sizeof *keys, placed_order);
	for (size_t i = 0; i + 1 < n; i++)
		overruled[keys[i].at] = view_eq(keys[i].key, keys[i + 1].key);
}

size_t distinct_entries(char *p, size_t n, size_t stride, struct arena *arena)
{
	size_t kept = 0;

	if (n < 2)
		return n;
	bool *overruled = arena_zero(arena, n);
	mark_overruled(p, n, stride, overruled, arena);
	for (size_t i = 0; i < n; i++) {
		if (overruled[i])
			continue;
		if (kept != i)
			memcpy(p + kept * stride, p + i * stride, stride);
		kept++;
	}
	return kept;
}
