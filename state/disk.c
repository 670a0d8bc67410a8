// SPDX-License-Identifier: Apache-2.0
#include "state/disk.h"

#include <rocksdb/c.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>
#include <unistd.h>

#include "base/own.h"
#include "state/manifest.h"
#include "state/operator.h"

enum {
	LEVEL0_MANY = 20, // files that a Get may have to look into before the flusher waits
	SETTLE_STEP_MS = 20,
	SETTLE_MOST_MS = 30000,
	SCAN_READAHEAD = 2 * 1024 * 1024,
};

// What the C API has no setters for is said in its own words. Index and filter blocks are charged to the shared cache but pinned, so that a
// Get does not look them up there. Blocks of rows stay out of it: a block has one row that is asked for, and the tables are what is read twice.
// The kernel has them in its page cache. Periodic compaction lets cold files expire. Memtables stay empty.
// Its log has what it says when it opens, and nothing later (`info_log_level`): after a line that found the volume full, Debian's library ends the process with an
// assertion at the next one. What matters comes back as errors.
static const char OPTIONS[] =
	"create_if_missing=true;write_buffer_size=65536;max_write_buffer_number=2;"
	"compaction_style=kCompactionStyleLevel;level_compaction_dynamic_level_bytes=true;level0_file_num_compaction_trigger=4;"
	"max_bytes_for_level_base=268435456;target_file_size_base=67108864;max_background_jobs=2;compaction_readahead_size=1048576;"
	"bytes_per_sync=1048576;periodic_compaction_seconds=86400;max_open_files=-1;keep_log_file_num=2;max_log_file_size=1048576;"
	"info_log_level=FATAL_LEVEL;max_manifest_file_size=4194304;avoid_flush_during_shutdown=true;"
	"block_based_table_factory={block_size=8192;block_restart_interval=1;format_version=5;cache_index_and_filter_blocks=true;"
	"metadata_cache_options={top_level_index_pinning=kAll;partition_pinning=kAll;unpartitioned_pinning=kAll;};"
	"data_block_index_type=kDataBlockBinaryAndHash;whole_key_filtering=true;optimize_filters_for_memory=true;};";
enum { BLOOM_BITS = 10, BOTTOM_TOO = 2 };

struct disk {
	char *directory;
	char *unfinished; // the next file
	rocksdb_t *db;
	rocksdb_options_t *options;
	rocksdb_readoptions_t *reading;
};

int disk_fail(const struct disk *disk, char *message, const char *doing, struct err *err)
{
	enum err_class class = ERR_FATAL;
	const char *code = "store_io", *what_to_do = "check the volume and restart";

	if (strstr(message, "While lock file") || strstr(message, "lock hold by current process")) {
		code = "store_locked";
		what_to_do = "another process, or another shard of this one, has it open: stop that one first";
	} else if (strncmp(message, "Corruption", 10) == 0) {
		code = "store_corrupt";
		what_to_do = "move the directory aside; the shard is restored from Kafka";
	} else if (strstr(message, "No space left")) {
		class = ERR_RETRY;
		code = "store_full";
		what_to_do = "make room on the volume; nothing is lost, it is tried again";
	}
	err_set(err, class, code, "%s %s: %.300s; %s", doing, disk->directory, message, what_to_do);
	free(message);
	return -1;
}

static void set_options(struct disk *disk, const struct disk_place *place)
{
	rocksdb_options_t *objects = rocksdb_options_create();
	rocksdb_block_based_table_options_t *table = rocksdb_block_based_options_create();
	char *message = NULL;

	if (place->cache)
		rocksdb_block_based_options_set_block_cache(table, place->cache);
	rocksdb_block_based_options_set_filter_policy(table, rocksdb_filterpolicy_create_bloom_full(BLOOM_BITS));
	rocksdb_options_set_block_based_table_factory(objects, table);
	rocksdb_options_set_merge_operator(objects, operator_new(place->rules));
	rocksdb_options_set_compaction_filter_factory(objects, operator_filter_new(place->rules));
	rocksdb_options_set_compression(objects, place->compress ? rocksdb_lz4_compression : rocksdb_no_compression);
	rocksdb_get_options_from_string(objects, OPTIONS, disk->options, &message);
	CHECK(message == NULL);
	rocksdb_block_based_options_destroy(table);
	rocksdb_options_destroy(objects);
}

static int open_database(struct disk *disk, bool read_only, struct err *err)
{
	char *message = NULL;

	if (!read_only && manifest_make_directory(disk->directory, err) != 0)
		return -1;
	if (read_only)
		disk->db = rocksdb_open_for_read_only(disk->options, disk->directory, 0, &message);
	else
		disk->db = rocksdb_open(disk->options, disk->directory, &message);
	if (message)
		return disk_fail(disk, message, "opening", err);
	if (!read_only)
		disk_drop(disk); // it is ours alone now
	return 0;
}

static int check_format(struct disk *disk, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct disk_meta meta;

	return disk_get_meta(disk, &arena, &meta, err);
}

int disk_open(const struct disk_place *place, struct disk **out, struct err *err)
{
	struct disk *disk = calloc(1, sizeof *disk);

	*out = NULL;
	if (!disk || !(disk->directory = strdup(place->directory)) || asprintf(&disk->unfinished, "%s/unfinished.sst", place->directory) < 0)
		err_out_of_memory();
	disk->options = rocksdb_options_create();
	disk->reading = rocksdb_readoptions_create();
	rocksdb_readoptions_set_fill_cache(disk->reading, 0);
	set_options(disk, place);
	if (open_database(disk, place->read_only, err) != 0 || check_format(disk, err) != 0) {
		disk_close(&disk);
		return -1;
	}
	*out = disk;
	return 0;
}

void disk_close(struct disk **disk)
{
	struct disk *d = *disk;

	if (!d)
		return;
	if (d->db)
		rocksdb_close(d->db);
	rocksdb_readoptions_destroy(d->reading);
	rocksdb_options_destroy(d->options);
	free(d->directory);
	free(d->unfinished);
	free(d);
	*disk = NULL;
}

void disk_row_key(uint64_t hash, char key[DISK_ROW_KEY_SIZE])
{
	key[0] = DISK_KEY_ROW;
	for (int i = 0; i < 8; i++)
		key[1 + i] = (char)(hash >> (56 - 8 * i));
}

int disk_get(struct disk *disk, struct view key, struct arena *arena, struct view *value, struct err *err)
{
	char *message = NULL;
	rocksdb_pinnableslice_t *pinned = rocksdb_get_pinned(disk->db, disk->reading, key.p, key.n, &message);

	*value = VIEW_ABSENT;
	if (message)
		return disk_fail(disk, message, "reading", err);
	if (pinned) {
		size_t size;
		const char *bytes = rocksdb_pinnableslice_value(pinned, &size);

		*value = arena_dup(arena, view_of(bytes ? bytes : "", size));
		rocksdb_pinnableslice_destroy(pinned);
	}
	return 0;
}

void disk_add_meta(struct buf *out, const struct disk_meta *meta)
{
	buf_add_varint(out, DISK_FORMAT);
	buf_add_varint(out, (uint64_t)meta->newest_conversion);
	buf_add_sized(out, meta->position);
}

int disk_get_meta(struct disk *disk, struct arena *arena, struct disk_meta *meta, struct err *err)
{
	static const char key[] = {DISK_KEY_META};
	struct view value;

	*meta = (struct disk_meta){VIEW_ABSENT, INT64_MIN};
	if (disk_get(disk, view_of(key, sizeof key), arena, &value, err) != 0)
		return -1;
	if (!value.p)
		return 0;
	struct cursor c = cursor_over(value);
	uint64_t format = cursor_varint(&c);
	if (!c.bad && format != DISK_FORMAT)
		return err_set(err, ERR_FATAL, "store_format",
			"the state in %s has format %llu, this program writes %d; move the directory aside, the "
			"shard is restored from Kafka",
			disk->directory, (unsigned long long)format, DISK_FORMAT);
	meta->newest_conversion = (int64_t)cursor_varint(&c);
	meta->position = cursor_sized(&c);
	if (c.bad)
		return err_set(err, ERR_FATAL, "store_corrupt",
			"the state in %s has an unreadable position; move the directory aside, the shard is "
			"restored from Kafka",
			disk->directory);
	return 0;
}

int disk_each(struct disk *disk, char tag, disk_visitor *each, void *context, struct err *err)
{
	rocksdb_readoptions_t *scan = rocksdb_readoptions_create();
	char *message = NULL;
	int failed = 0;

	rocksdb_readoptions_set_fill_cache(scan, 0);
	rocksdb_readoptions_set_readahead_size(scan, SCAN_READAHEAD);
	rocksdb_iterator_t *it = rocksdb_create_iterator(disk->db, scan);
	for (rocksdb_iter_seek(it, &tag, 1); failed == 0 && rocksdb_iter_valid(it); rocksdb_iter_next(it)) {
		struct view key, value;

		key.p = rocksdb_iter_key(it, &key.n);
		value.p = rocksdb_iter_value(it, &value.n);
		if (key.n == 0 || key.p[0] != tag)
			break;
		failed = each(context, key, value, err);
	}
	if (failed == 0) {
		rocksdb_iter_get_error(it, &message);
		failed = message ? disk_fail(disk, message, "scanning", err) : 0;
	}
	rocksdb_iter_destroy(it);
	rocksdb_readoptions_destroy(scan);
	return failed;
}

const char *disk_unfinished(const struct disk *disk)
{
	return disk->unfinished;
}

void disk_drop(struct disk *disk)
{
	unlink(disk->unfinished); // ENOENT: there is none
}

int disk_ingest(struct disk *disk, struct err *err)
{
	const char *path = disk->unfinished;
	rocksdb_ingestexternalfileoptions_t *how = rocksdb_ingestexternalfileoptions_create();
	char *message = NULL;

	rocksdb_ingestexternalfileoptions_set_move_files(how, 1);
	rocksdb_ingestexternalfileoptions_set_snapshot_consistency(how, 0);
	rocksdb_ingest_external_file(disk->db, &path, 1, how, &message);
	rocksdb_ingestexternalfileoptions_destroy(how);
	disk_drop(disk);
	return message ? disk_fail(disk, message, "adding a file to", err) : 0;
}

static long level0_files(struct disk *disk)
{
	OWN(own_free) char *text = rocksdb_property_value(disk->db, "rocksdb.num-files-at-level0");

	return text ? strtol(text, NULL, 10) : 0;
}

static bool compaction_fails(struct disk *disk)
{
	uint64_t errors = 0;

	return rocksdb_property_int(disk->db, "rocksdb.background-errors", &errors) == 0 && errors > 0;
}

void disk_settle(struct disk *disk)
{
	for (int waited = 0; waited < SETTLE_MOST_MS && level0_files(disk) >= LEVEL0_MANY && !compaction_fails(disk); waited += SETTLE_STEP_MS)
		nanosleep(&(struct timespec){.tv_nsec = SETTLE_STEP_MS * 1000000L}, NULL);
}

void disk_compact(struct disk *disk)
{
	rocksdb_compactoptions_t *how = rocksdb_compactoptions_create();

	rocksdb_compactoptions_set_bottommost_level_compaction(how, BOTTOM_TOO);
	rocksdb_compact_range_opt(disk->db, how, NULL, 0, NULL, 0);
	rocksdb_compactoptions_destroy(how);
}

uint64_t disk_bytes(struct disk *disk)
{
	uint64_t bytes = 0;

	rocksdb_property_int(disk->db, "rocksdb.total-sst-files-size", &bytes);
	return bytes;
}

const void *disk_options(const struct disk *disk)
{
	return disk->options;
}
