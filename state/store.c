// SPDX-License-Identifier: Apache-2.0
#include "state/store.h"

#include <stdlib.h>
#define XXH_INLINE_ALL
#include <xxhash.h>

#include "base/own.h"
#include "state/budget.h"
#include "state/disk.h"
#include "state/flush.h"
#include "state/recent.h"
#include "state/row.h"
#include "state/table.h"

static const uint64_t INDEX_SEED = 0x696e646578ULL;

struct store {
	struct trim_rules rules;
	struct disk *disk;
	struct flush *flush; // NULL when read-only, as `table`
	struct table *table;
	struct recent recent;
	struct budget *budget;
	struct budget_member member;
	struct buf position; // of the last commit
	bool has_position;
	bool moved;                  // since the table was last frozen
	bool timed;                  // the table's age is watched
	struct buf flushed_position; // lent out
	int64_t newest_conversion;
};

uint64_t store_hash(struct view user)
{
	return XXH3_64bits_withSeed(user.p, user.n, store_hash_seed());
}

static uint64_t index_hash(struct view key)
{
	return XXH3_64bits_withSeed(key.p, key.n, INDEX_SEED);
}

static void count_table(struct store *store)
{
	store->member.active_bytes = table_bytes(store->table);
	store->member.spare_bytes = table_spare_bytes(store->table);
}

static void new_table(struct store *store)
{
	struct region region;

	budget_take_region(store->budget, &region);
	store->table = table_new(&store->rules, &region);
	count_table(store);
}

static int begin(struct store *store, const struct store_options *options, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct disk_meta meta;

	if (disk_get_meta(store->disk, &arena, &meta, err) != 0)
		return -1;
	store->newest_conversion = meta.newest_conversion;
	store->has_position = meta.position.p != NULL;
	buf_add_view(&store->position, meta.position);
	if (options->read_only)
		return 0;
	new_table(store);
	store->flush = flush_new(store->disk, store->budget, &store->member, &store->rules, options->flush_after_ms, meta.position);
	recent_init(&store->recent, budget_filter_share(store->budget), meta.newest_conversion);
	store->member.filter_bytes = recent_bytes(&store->recent);
	return 0;
}

int store_open(const struct store_options *options, struct store **out, struct err *err)
{
	struct store *store = calloc(1, sizeof *store);

	CHECK(options->budget || options->read_only);
	*out = NULL;
	if (!store)
		err_out_of_memory();
	store->rules.flood_keep = options->flood_keep;
	store->rules.expire_before = INT64_MIN;
	store->rules.conversions_before = INT64_MIN;
	store->budget = options->budget;
	if (store->budget)
		budget_join(store->budget, &store->member);
	struct disk_place place = {.directory = options->directory,
		.cache = store->budget ? budget_block_cache(store->budget) : NULL,
		.rules = &store->rules,
		.read_only = options->read_only,
		.compress = options->compress};
	if (disk_open(&place, &store->disk, err) != 0 || begin(store, options, err) != 0) {
		store_close(&store);
		return -1;
	}
	*out = store;
	return 0;
}

void store_close(struct store **store)
{
	struct store *s = *store;

	if (!s)
		return;
	flush_free(&s->flush);
	table_free(&s->table);
	disk_close(&s->disk);
	recent_clear(&s->recent);
	if (s->budget)
		budget_leave(s->budget, &s->member);
	buf_clear(&s->position);
	buf_clear(&s->flushed_position);
	free(s);
	*store = NULL;
}

struct view store_position(struct store *store)
{
	if (!store->flush)
		return store->has_position ? buf_view(&store->position) : VIEW_ABSENT;
	return flush_position(store->flush, &store->flushed_position) ? buf_view(&store->flushed_position) : VIEW_ABSENT;
}

// The clock of a table's age starts at its first write, or at the first position that moved.
static void watch_age(struct store *store)
{
	if (store->timed)
		return;
	store->timed = true;
	flush_started(store->flush);
}

void store_prefetch(struct store *store, uint64_t hash)
{
	recent_prefetch(&store->recent, hash);
	table_prefetch(store->table, hash);
}

void store_add_click(struct store *store, uint64_t hash, struct view user, const struct state_click *click)
{
	table_add_click(store->table, hash, user, click);
}

void store_put_conversion(struct store *store, uint64_t hash, struct view user, const struct state_conversion *conversion,
	struct view index_key)
{
	table_put_conversion(store->table, hash, user, conversion);
	recent_add(&store->recent, hash, conversion->time);
	if (conversion->time > store->newest_conversion)
		store->newest_conversion = conversion->time;
	if (index_key.p)
		table_add_name(store->table, index_hash(index_key), index_key, hash, user);
}

uint64_t store_flooded(struct store *store)
{
	return atomic_exchange(&store->rules.flooded, 0);
}

static int freeze(struct store *store, struct err *err)
{
	struct flush_mark mark = {buf_view(&store->position), store->newest_conversion};

	if (flush_add(store->flush, &store->table, &mark, err) != 0)
		return -1;
	new_table(store);
	store->moved = store->timed = false;
	return 0;
}

static void keep_position(struct store *store, struct view position)
{
	if (store->has_position && view_eq(buf_view(&store->position), position))
		return;
	buf_reset(&store->position);
	buf_add_view(&store->position, position);
	store->has_position = true;
	store->moved = true;
}

int store_commit(struct store *store, struct view position, struct err *err)
{
	bool wrote = table_has_tail(store->table);

	table_commit(store->table);
	store->moved = store->moved || wrote;
	keep_position(store, position);
	count_table(store);
	if (flush_failed(store->flush, err) != 0)
		return -1;
	if (store->moved)
		watch_age(store);

	if (budget_is_short(store->budget) && store->member.spare_bytes > 0) {
		table_shed(store->table);
		count_table(store);
	}
	enum budget_advice advice = budget_advise(store->budget, &store->member);
	bool old = store->moved && flush_is_due(store->flush);
	bool freezes = old || (advice != BUDGET_GO_ON && !table_is_empty(store->table));
	if (freezes && freeze(store, err) != 0)
		return -1;
	return advice == BUDGET_WAIT ? flush_wait(store->flush, err) : 0;
}

void store_abort(struct store *store)
{
	table_abort(store->table);
}

int store_flush(struct store *store, struct err *err)
{
	CHECK(!table_has_tail(store->table));
	if (store->moved && freeze(store, err) != 0)
		return -1;
	return flush_wait(store->flush, err);
}

static int read_disk(struct store *store, uint64_t hash, struct view user, struct arena *arena, struct state_user *out, struct err *err)
{
	char key[DISK_ROW_KEY_SIZE];
	struct view row;

	*out = (struct state_user){0};
	disk_row_key(hash, key);
	if (disk_get(store->disk, view_of(key, sizeof key), arena, &row, err) != 0)
		return -1;
	if (row.p && row_find(row, user, arena, out) != 0)
		return err_set(err, ERR_FATAL, "store_corrupt",
			"a user's row cannot be read; move the directory aside, the shard is restored from Kafka");
	return 0;
}

int store_read(struct store *store, uint64_t hash, struct view user, struct arena *arena, struct state_user *out, struct err *err)
{
	struct state_user layers[1 + FLUSH_QUEUE + 1];
	size_t n = 1;

	if (store->flush) // frozen tables before the disk, where they go
		n += flush_read(store->flush, hash, user, arena, &layers[n]);
	if (read_disk(store, hash, user, arena, &layers[0], err) != 0)
		return -1;
	if (store->table)
		n += table_read(store->table, hash, user, arena, &layers[n]);
	trim_layers(layers, n, store->rules.flood_keep, INT64_MIN, arena, out);
	return 0;
}

// ceiling: as store_read, and which of its rows
int store_read_conversion(struct store *store, uint64_t hash, struct view user, struct view key, struct arena *arena, struct view *value,
	struct err *err)
{
	struct state_user rows;

	if (store->table && table_conversion(store->table, hash, user, key, value))
		return 0;
	if (store->flush && flush_conversion(store->flush, hash, user, key, arena, value))
		return 0;
	if (read_disk(store, hash, user, arena, &rows, err) != 0)
		return -1;
	*value = VIEW_ABSENT;
	for (size_t i = 0; i < rows.conversion_count; i++)
		if (view_eq(rows.conversions[i].key, key))
			*value = rows.conversions[i].value;
	return 0;
}

void store_prefetch_conversions(struct store *store, const uint64_t *hashes, size_t n)
{
	for (size_t i = 0; i < n; i++)
		recent_prefetch(&store->recent, hashes[i]);
	table_prefetch_conversions(store->table, hashes, n);
}

bool store_may_have_conversion(const struct store *store, uint64_t hash, int64_t since)
{
	return recent_may_have(&store->recent, hash, since);
}

static int compare_views(const void *a, const void *b)
{
	return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

static void join_names(struct view *const *lists, const size_t *counts, size_t n, struct arena *arena, struct view **users, size_t *count)
{
	size_t most = 0;

	for (size_t i = 0; i < n; i++)
		most += counts[i];
	*users = arena_take(arena, most * sizeof **users);
	*count = 0;
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < counts[i]; k++)
			(*users)[(*count)++] = lists[i][k];
	if (most > 1)
		qsort(*users, most, sizeof **users, compare_views);
	size_t kept = 0;
	for (size_t i = 0; i < most; i++)
		if (kept == 0 || !view_eq((*users)[i], (*users)[kept - 1]))
			(*users)[kept++] = (*users)[i];
	*count = kept;
}

int store_find(struct store *store, struct view index_key, struct arena *arena, struct view **users, size_t *count, struct err *err)
{
	OWN(buf_clear) struct buf key = {0};
	struct view *lists[FLUSH_QUEUE + 2], value;
	size_t counts[FLUSH_QUEUE + 2], n = 0;

	if (store->flush)
		n = flush_find(store->flush, index_hash(index_key), index_key, arena, lists, counts);
	if (store->table) {
		counts[n] = table_find(store->table, index_hash(index_key), index_key, arena, &lists[n]);
		for (size_t i = 0; i < counts[n]; i++)
			lists[n][i] = arena_dup(arena, lists[n][i]);
		n++;
	}
	buf_add_byte(&key, DISK_KEY_INDEX);
	buf_add_view(&key, index_key);
	if (disk_get(store->disk, buf_view(&key), arena, &value, err) != 0)
		return -1;
	if (value.p && row_decode_names(value, arena, &lists[n], &counts[n]) != 0)
		return err_set(err, ERR_FATAL, "store_corrupt",
			"an index entry cannot be read; move the directory aside, the shard is restored from Kafka");
	join_names(lists, counts, n + (value.p != NULL), arena, users, count);
	return 0;
}

struct visiting {
	struct store *store;
	store_visitor *each;
	void *context;
	struct arena arena;
};

static int visit_user(struct visiting *v, uint64_t hash, struct view user, struct err *err)
{
	struct arena_mark mark = arena_mark(&v->arena);
	struct state_user rows;
	int failed = store_read(v->store, hash, user, &v->arena, &rows, err);

	if (!failed && rows.click_count + rows.conversion_count > 0)
		failed = v->each(v->context, user, &rows, err);
	arena_return(&v->arena, mark);
	return failed;
}

static int visit_row(void *context, struct view key, struct view value, struct err *err)
{
	struct visiting *v = context;
	struct row_user *users;
	size_t count;
	uint64_t hash = 0;

	arena_reset(&v->arena);
	for (size_t i = 1; i < key.n; i++)
		hash = hash << 8 | (uint8_t)key.p[i];
	if (key.n != DISK_ROW_KEY_SIZE || row_decode(value, &v->arena, &users, &count) != 0)
		return err_set(err, ERR_FATAL, "store_corrupt",
			"a user's row cannot be read; move the directory aside, the shard is restored from Kafka");
	for (size_t i = 0; i < count; i++)
		if (visit_user(v, hash, users[i].user, err) != 0)
			return -1;
	return 0;
}

// Users of the table in use that are not on disk, where they were visited.
static int visit_table_part(struct visiting *v, int part, struct err *err)
{
	struct table_user *users;
	struct state_user on_disk;

	arena_reset(&v->arena);
	size_t n = table_users(v->store->table, part, &v->arena, &users);
	for (size_t i = 0; i < n; i++) {
		if (read_disk(v->store, users[i].hash, users[i].user, &v->arena, &on_disk, err) != 0)
			return -1;
		if (on_disk.click_count + on_disk.conversion_count == 0 && visit_user(v, users[i].hash, users[i].user, err) != 0)
			return -1;
	}
	return 0;
}

int store_visit(struct store *store, store_visitor *each, void *context, struct err *err)
{
	struct visiting v = {.store = store, .each = each, .context = context};
	// Without tables on their way there are two places to look, and nothing moves between them.
	int failed = store->flush ? flush_wait(store->flush, err) : 0;

	failed = failed ? failed : disk_each(store->disk, DISK_KEY_ROW, visit_row, &v, err);
	for (int part = 0; failed == 0 && store->table && part < DIRECTORY_PARTS; part++)
		failed = visit_table_part(&v, part, err);
	arena_clear(&v.arena);
	return failed;
}

void store_expire_before(struct store *store, int64_t time)
{
	store->rules.expire_before = time;
}

void store_expire_conversions_before(struct store *store, int64_t time)
{
	store->rules.conversions_before = time;
}

void store_sizes(struct store *store, struct store_sizes *out)
{
	*out = (struct store_sizes){
		.table_bytes = store->member.active_bytes + store->member.frozen_bytes,
		.disk_bytes = disk_bytes(store->disk),
		.flushes = store->flush ? flush_count(store->flush) : 0,
	};
	out->memory_bytes = out->table_bytes + store->member.spare_bytes + store->member.filter_bytes;
}
