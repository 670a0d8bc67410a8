// SPDX-License-Identifier: Apache-2.0
#include "state/operator.h"

#include <stdlib.h>

#include "base/own.h"
#include "state/disk.h"
#include "state/row.h"

enum { SCRATCH_BLOCK = 512 };

static const char *name(void *state)
{
	(void)state;
	return "lookback.rows";
}

static void nothing(void *state)
{
	(void)state;
}

// malloc'ed for RocksDB, which frees it; NULL and *success 0 where an operand is no row.
static char *merge(const struct trim_rules *rules, char tag, const struct view *operands, size_t n, unsigned char *success, size_t *size)
{
	struct buf out = {0};
	int failed =
		tag == DISK_KEY_INDEX ? row_merge_names(operands, n, &out) : row_merge(operands, n, rules->flood_keep, rules->expire_before, &out);

	*success = failed == 0;
	*size = failed == 0 ? out.n : 0;
	if (failed != 0)
		buf_clear(&out);
	return out.p ? out.p : calloc(1, 1);
}

// ceiling: the parameters are RocksDB's
static char *merge_all(void *state, const char *key, size_t key_size, const char *existing, size_t existing_size,
	const char *const *operands, const size_t *sizes, int n, unsigned char *success, size_t *size)
{
	OWN(arena_clear) struct arena arena = {.block = SCRATCH_BLOCK};
	struct view *views = arena_take(&arena, ((size_t)n + 1) * sizeof *views);
	size_t count = 0;

	if (existing)
		views[count++] = view_of(existing, existing_size);
	for (int i = 0; i < n; i++)
		views[count++] = view_of(operands[i], sizes[i]);
	return merge(state, key_size ? key[0] : 0, views, count, success, size);
}

// ceiling: the parameters are RocksDB's
static char *merge_some(void *state, const char *key, size_t key_size, const char *const *operands, const size_t *sizes, int n,
	unsigned char *success, size_t *size)
{
	return merge_all(state, key, key_size, NULL, 0, operands, sizes, n, success, size);
}

rocksdb_mergeoperator_t *operator_new(struct trim_rules *rules)
{
	return rocksdb_mergeoperator_create(rules, nothing, merge_all, merge_some, NULL, name);
}

// One filter per compaction, so that it may hold what it answered.
struct filter {
	const struct trim_rules *rules;
	struct buf shrunk;
};

static void filter_free(void *state)
{
	struct filter *filter = state;

	buf_clear(&filter->shrunk);
	free(filter);
}

// ceiling: the parameters are RocksDB's
// Nonzero: drop the key. Sees rows that a merge has completed; what a merge left empty is dropped here, one compaction later.
static unsigned char filter_row(void *state, int level, const char *key, size_t key_size, const char *value, size_t size, char **new_value,
	size_t *new_size, unsigned char *changed)
{
	struct filter *filter = state;
	struct view row = view_of(value, size);
	struct row_cutoffs cutoffs = {filter->rules->expire_before, filter->rules->conversions_before};

	(void)level;
	*changed = 0;
	if (key_size == 0 || key[0] != DISK_KEY_ROW)
		return 0;
	if (size == 0)
		return 1;
	if (!row_may_shrink(row, cutoffs))
		return 0;
	buf_reset(&filter->shrunk);
	if (row_shrink(row, filter->rules->flood_keep, cutoffs, &filter->shrunk) != 0)
		return 0; // reading it will say so
	if (filter->shrunk.n == 0)
		return 1;
	*new_value = filter->shrunk.p;
	*new_size = filter->shrunk.n;
	*changed = 1;
	return 0;
}

static rocksdb_compactionfilter_t *filter_new(void *state, rocksdb_compactionfiltercontext_t *context)
{
	struct filter *filter = calloc(1, sizeof *filter);

	(void)context;
	if (!filter)
		err_out_of_memory();
	filter->rules = state;
	return rocksdb_compactionfilter_create(filter, filter_free, filter_row, name);
}

rocksdb_compactionfilterfactory_t *operator_filter_new(struct trim_rules *rules)
{
	return rocksdb_compactionfilterfactory_create(rules, nothing, filter_new, name);
}
