// SPDX-License-Identifier: Apache-2.0
// Frozen tables on their way to the disk: a queue of at most two and one thread per store, which writes them in order. Until a table is on disk it is
// read here; reading frozen tables first and the disk after sees each at least once, and seeing one twice changes nothing.
#pragma once
#include "state/budget.h"
#include "state/disk.h"
#include "state/table.h"

struct flush;

enum { FLUSH_QUEUE = 2 };

// What becomes the store's position when the table is on disk.
struct flush_mark {
	struct view position;
	int64_t newest_conversion;
};

struct flush *flush_new(struct disk *disk, struct budget *budget, struct budget_member *member, struct trim_rules *rules,
	int64_t flush_after_ms, struct view position);
void flush_free(struct flush **flush); // writes what is queued, if it can

// Takes over the table. Waits while two are on their way. RETRY/FATAL if they cannot be written; then nothing is taken.
int flush_add(struct flush *flush, struct table **table, const struct flush_mark *mark, struct err *err) MUST_USE;
int flush_wait(struct flush *flush, struct err *err) MUST_USE; // until all is on disk
// A FATAL failure of the thread, else 0.
int flush_failed(struct flush *flush, struct err *err) MUST_USE;
// Has the table that is being filled become old? The clock starts at flush_started.
bool flush_is_due(const struct flush *flush);
void flush_started(struct flush *flush);

// The user's rows of up to FLUSH_QUEUE tables, oldest first, copied; returns how many.
size_t flush_read(struct flush *flush, uint64_t hash, struct view user, struct arena *arena, struct state_user *layers);
// The value put last under the user's key in them, copied; false if there is none.
bool flush_conversion(struct flush *flush, uint64_t hash, struct view user, struct view key, struct arena *arena, struct view *value);
// Users named under the key, copied. At most FLUSH_QUEUE lists.
size_t flush_find(struct flush *flush, uint64_t key_hash, struct view key, struct arena *arena, struct view **lists, size_t *counts);

bool flush_position(struct flush *flush, struct buf *out); // of what is on disk; false: none yet
uint64_t flush_count(struct flush *flush);                 // any thread
