// SPDX-License-Identifier: Apache-2.0
// RocksDB under one shard. Nothing is ever written but by ingesting a whole SST (state/sst.h), so there is no log and no memtable, and what is on disk is
// always a commit.
//
//   meta   \0                     -> format, position, largest conversion time (put)
//   index  i, index key           -> users (merge operands, state/row.h)
//   rows   u, hash, 8 bytes BE    -> a row (merge operands)
#pragma once
#include "state/trim.h"

enum { DISK_FORMAT = 4, DISK_KEY_META = 0, DISK_KEY_INDEX = 'i', DISK_KEY_ROW = 'u', DISK_ROW_KEY_SIZE = 9 };

struct disk;

struct disk_meta {
	struct view position;      // absent: a new store
	int64_t newest_conversion; // INT64_MIN: none
};

struct disk_place {
	const char *directory;
	void *cache; // rocksdb_cache_t; may be NULL
	struct trim_rules *rules;
	bool read_only;
	bool compress; // files that are written from now on, by LZ4
};

// FATAL store_locked, store_corrupt, store_format, store_io.
int disk_open(const struct disk_place *place, struct disk **out, struct err *err) MUST_USE;
void disk_close(struct disk **disk);

void disk_row_key(uint64_t hash, char key[DISK_ROW_KEY_SIZE]);
// The value in `arena`, or absent.
int disk_get(struct disk *disk, struct view key, struct arena *arena, struct view *value, struct err *err) MUST_USE;
int disk_get_meta(struct disk *disk, struct arena *arena, struct disk_meta *meta, struct err *err) MUST_USE;
void disk_add_meta(struct buf *out, const struct disk_meta *meta); // as value of the meta key

// Keys that begin with `tag`, in order.
typedef int disk_visitor(void *context, struct view key, struct view value, struct err *err);
int disk_each(struct disk *disk, char tag, disk_visitor *each, void *context, struct err *err) MUST_USE;

// Where a file is written that is to be taken over; one at a time.
const char *disk_unfinished(const struct disk *disk);
// Takes over the whole of it, or nothing, and it is gone from there. RETRY store_full, FATAL store_io, store_corrupt.
int disk_ingest(struct disk *disk, struct err *err) MUST_USE;
void disk_drop(struct disk *disk); // it goes, if there is one
// Waits (a while) until compaction has caught up so far that reads stay cheap.
void disk_settle(struct disk *disk);
void disk_compact(struct disk *disk); // all of it, now

uint64_t disk_bytes(struct disk *disk);            // any thread
const void *disk_options(const struct disk *disk); // rocksdb_options_t
// Turns RocksDB's message into `err` and frees it.
int disk_fail(const struct disk *disk, char *message, const char *doing, struct err *err);
