// SPDX-License-Identifier: Apache-2.0
// What one shard knows: clicks and conversions of its users. A table in memory (the running transaction's overlay and the memtable
// in one) over RocksDB. Writes go to the table's tail; a commit in Kafka moves a marker, an abort truncates. A table that is large or old is frozen at a
// commit, sorted by a flusher thread into one SST that also holds its position, and ingested: so what is on disk is always a commit.
//
// One thread (the shard's worker) calls everything here, unless said otherwise. Times are ms, UTC. Users are told apart by their bytes; the
// hash only finds them.
#pragma once
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

struct budget; // state/budget.h

struct state_click {
	int64_t time;
	struct view id;    // identity
	struct view attrs; // opaque; of equal (time, id) the bytewise smallest stays
};

struct state_conversion {
	struct view key;   // unique per user: goal and conversion id, opaque
	int64_t time;      // T
	struct view value; // opaque; the last one put stays
};

struct state_user {
	struct state_click *clicks; // sorted by (time, id), distinct, flood rule applied
	size_t click_count;
	struct state_conversion *conversions; // sorted by key
	size_t conversion_count;
};

struct store_options {
	const char *directory;
	struct budget *budget;  // may be NULL if read-only
	size_t flood_keep;      // smallest distinct (time, id) kept per user and UTC hour; 0 = all
	int64_t flush_after_ms; // a table older than this is frozen at the next commit; 0 = 10 min
	bool read_only;         // explain on a stopped shard
	bool compress;          // on disk, by LZ4: half the bytes, a tenth more CPU
};

struct store;

// Makes the directory if need be. FATAL store_locked (another process has it), store_corrupt and store_format (move it aside and restore),
// store_io, state_directory.
int store_open(const struct store_options *options, struct store **out, struct err *err) MUST_USE;
// Waits for running flushes, drops what is not flushed. NULL is fine.
void store_close(struct store **store);

// The position of what is on disk, as given to store_commit; absent in a new store. Borrowed until the next flush ends.
struct view store_position(struct store *store);

static inline uint64_t store_hash_seed(void)
{
	return 0x6c6f6f6b6261636bULL;
}
uint64_t store_hash(struct view user); // of tenant|user

// Writes of the running transaction. `hash` is store_hash(user). The bytes are copied.
void store_add_click(struct store *store, uint64_t hash, struct view user, const struct state_click *click);
// `index_key`: under which store_find finds the user (tenant|conversion id); absent if it is indexed already.
void store_put_conversion(struct store *store, uint64_t hash, struct view user, const struct state_conversion *conversion,
	struct view index_key);
// Optional, about 8 writes or reads ahead: brings what they will touch into the CPU's cache.
void store_prefetch(struct store *store, uint64_t hash);
// How many clicks the flood rule kept out since the last call.
uint64_t store_flooded(struct store *store);

// The running transaction is committed: its writes stay, and are on disk only together with `position` or a later one. May freeze the
// table and wake the flusher; waits only if two tables are on their way already, or the process's budget is used up. An idle shard repeats its last
// position now and then, so that an old table goes to the disk; that costs next to nothing.
// RETRY store_full: the same call again, nothing is lost. FATAL store_io, store_corrupt: from a flush, and for good.
int store_commit(struct store *store, struct view position, struct err *err) MUST_USE;
void store_abort(struct store *store);

// The user's rows: disk, frozen tables, and the running transaction's own writes. Everything is copied into `arena`.
int store_read(struct store *store, uint64_t hash, struct view user, struct arena *arena, struct state_user *out, struct err *err) MUST_USE;

// The value of one of the user's conversions alone; absent if there is none. In `arena`, or in the table: it stands until this conversion is put again, a
// commit or an abort. The disk is asked only where memory does not have it.
int store_read_conversion(struct store *store, uint64_t hash, struct view user, struct view key, struct arena *arena, struct view *value,
	struct err *err) MUST_USE;

// Optional: brings what reading and writing these users' conversions will touch into the CPU's cache, for some 16 at a time.
void store_prefetch_conversions(struct store *store, const uint64_t *hashes, size_t n);

// False: the user surely has no conversion with T >= since. One look into memory (state/recent.h).
bool store_may_have_conversion(const struct store *store, uint64_t hash, int64_t since);

// Users (tenant|user bytes) that have a conversion under this index key, in `arena`.
int store_find(struct store *store, struct view index_key, struct arena *arena, struct view **users, size_t *count,
	struct err *err) MUST_USE;

// Calls `each` for every user on disk and in tables (order unspecified), for explain and tests.
typedef int store_visitor(void *context, struct view user, const struct state_user *rows, struct err *err);
int store_visit(struct store *store, store_visitor *each, void *context, struct err *err) MUST_USE;

// Clicks of UTC hours before that of `time` may go, at the next flush or compaction. Reads still return some of them. Whole hours, so that the flood
// rule never sees half of one. Not remembered on disk: say it again after opening.
void store_expire_before(struct store *store, int64_t time);
// Likewise conversions, at some compaction; each by its own time, so a key must be put with one time always.
void store_expire_conversions_before(struct store *store, int64_t time);

// Freezes the committed part and waits until it is on disk. Only between transactions.
int store_flush(struct store *store, struct err *err) MUST_USE;

struct store_sizes {
	uint64_t table_bytes, disk_bytes, flushes, memory_bytes; // memory: tables and filters
};
void store_sizes(struct store *store, struct store_sizes *out); // any thread
