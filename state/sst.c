// SPDX-License-Identifier: Apache-2.0
#include "state/sst.h"

#include <rocksdb/c.h>

#include "state/keep_pages.h"
#include "state/row.h"

enum { AHEAD = 8 }; // users whose rows are on their way into the CPU's cache

struct writing {
	struct disk *disk;
	const struct table *table;
	const struct trim_rules *rules;
	rocksdb_sstfilewriter_t *writer;
	uint64_t *flooded;
	struct arena arena;
	struct buf key, value;
};

static int add(struct writing *w, bool merge, struct err *err)
{
	char *message = NULL;

	if (w->key.full || w->value.full)
		return err_set(err, ERR_FATAL, "store_row_too_large", "one user's state is larger than 1 GiB; shorten the lookback or its keys");
	if (merge)
		rocksdb_sstfilewriter_merge(w->writer, w->key.p, w->key.n, w->value.p, w->value.n, &message);
	else
		rocksdb_sstfilewriter_put(w->writer, w->key.p, w->key.n, w->value.p, w->value.n, &message);
	buf_reset(&w->key);
	buf_reset(&w->value);
	return message ? disk_fail(w->disk, message, "writing a file for", err) : 0;
}

static int add_meta(struct writing *w, const struct disk_meta *meta, struct err *err)
{
	buf_add_byte(&w->key, DISK_KEY_META);
	disk_add_meta(&w->value, meta);
	return add(w, false, err);
}

static int add_names(struct writing *w, struct err *err)
{
	struct table_name *names;
	size_t n = table_names(w->table, &w->arena, &names);

	for (size_t i = 0; i < n; i++) {
		row_add_name(&w->value, names[i].user);
		if (i + 1 < n && view_eq(names[i].key, names[i + 1].key))
			continue;
		buf_add_byte(&w->key, DISK_KEY_INDEX);
		buf_add_view(&w->key, names[i].key);
		if (add(w, true, err) != 0)
			return -1;
	}
	arena_reset(&w->arena);
	return 0;
}

static void add_user(struct writing *w, const struct table_user *user)
{
	struct arena_mark mark = arena_mark(&w->arena);
	struct state_user rows;

	table_rows(w->table, user->ref, &w->arena, &rows);
	struct state_click *spare = arena_take(&w->arena, rows.click_count * sizeof *spare);
	struct state_conversion *spare_conversions = arena_take(&w->arena, rows.conversion_count * sizeof *spare_conversions);
	trim_sort(rows.clicks, rows.click_count, spare);
	rows.click_count = trim_clicks(rows.clicks, rows.click_count, w->rules->flood_keep, w->rules->expire_before, w->flooded);
	rows.conversion_count = trim_conversions(rows.conversions, rows.conversion_count, spare_conversions);
	row_add(&w->value, user->user, &rows);
	arena_return(&w->arena, mark);
}

static int add_part(struct writing *w, int part, struct err *err)
{
	struct table_user *users;
	size_t n = table_users(w->table, part, &w->arena, &users);
	char key[DISK_ROW_KEY_SIZE];

	for (size_t i = 0; i < n; i++) {
		if (i + AHEAD < n)
			table_prefetch_rows(w->table, users[i + AHEAD].ref);
		add_user(w, &users[i]);
		if ((i + 1 < n && users[i + 1].hash == users[i].hash) || w->value.n == 0)
			continue;
		disk_row_key(users[i].hash, key);
		buf_add(&w->key, key, sizeof key);
		if (add(w, true, err) != 0)
			return -1;
	}
	arena_reset(&w->arena);
	return 0;
}

static int write_all(struct writing *w, const struct disk_meta *meta, struct err *err)
{
	char *message = NULL;

	rocksdb_sstfilewriter_open(w->writer, disk_unfinished(w->disk), &message);
	if (message)
		return disk_fail(w->disk, message, "opening a file for", err);
	if (add_meta(w, meta, err) != 0 || add_names(w, err) != 0)
		return -1;
	for (int part = 0; part < DIRECTORY_PARTS; part++)
		if (add_part(w, part, err) != 0)
			return -1;
	rocksdb_sstfilewriter_finish(w->writer, &message);
	if (message)
		return disk_fail(w->disk, message, "finishing a file for", err);
	return 0;
}

int sst_build(struct disk *disk, const struct table *table, const struct trim_rules *rules, const struct disk_meta *meta, uint64_t *flooded,
	struct err *err)
{
	struct writing w = {.disk = disk, .table = table, .rules = rules, .flooded = flooded};
	rocksdb_envoptions_t *environment = rocksdb_envoptions_create();

	*flooded = 0;
	w.writer = rocksdb_sstfilewriter_create(environment, disk_options(disk));
	keep_pages_begin();
	int failed = write_all(&w, meta, err);
	keep_pages_end();
	rocksdb_sstfilewriter_destroy(w.writer);
	rocksdb_envoptions_destroy(environment);
	arena_clear(&w.arena);
	buf_clear(&w.key);
	buf_clear(&w.value);
	if (failed)
		disk_drop(disk);
	return failed;
}
