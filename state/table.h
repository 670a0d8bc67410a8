// SPDX-License-Identifier: Apache-2.0
// One shard's rows in memory: what was committed since the last flush, and behind a marker what the running transaction wrote. Adding a click is a
// blind append to its user's chain. An abort puts the chains' heads back and truncates; a commit forgets how. A table that was frozen (never written
// again) may be read by two threads.
//
// A chain that has become long is tidied: what the rules of state/trim.h drop is unlinked and its memory used again. Of the committed part nothing is
// unlinked before the next commit, so that an abort finds it.
#pragma once
#include "state/directory.h"
#include "state/region.h"
#include "state/trim.h"

struct table;

// Takes over the memory that an earlier table has left, if `from` has any; NULL: none.
struct table *table_new(struct trim_rules *rules, struct region *from);
void table_free(struct table **table);
void table_dissolve(struct table **table, struct region *out); // leaves its memory, empty

void table_add_click(struct table *t, uint64_t hash, struct view user, const struct state_click *click);
void table_put_conversion(struct table *t, uint64_t hash, struct view user, const struct state_conversion *conversion);
void table_add_name(struct table *t, uint64_t key_hash, struct view key, uint64_t user_hash, struct view user);
void table_commit(struct table *t);
void table_abort(struct table *t);
bool table_has_tail(const struct table *t); // writes since the last commit
bool table_is_empty(const struct table *t);
size_t table_bytes(const struct table *t);
size_t table_spare_bytes(const struct table *t); // memory it has and does not use yet
void table_shed(struct table *t);                // that goes
void table_prefetch(struct table *t, uint64_t hash);

// The user's rows, copied into `arena`, in no order but that of puts; false if there are none.
bool table_read(const struct table *t, uint64_t hash, struct view user, struct arena *arena, struct state_user *out);

// The value put last under the key, in the table: it stands until the key is put again, a commit or an abort. False if there is none.
bool table_conversion(const struct table *t, uint64_t hash, struct view user, struct view key, struct view *value);

// Brings the users' newest conversions into the cache; all steps of one user are steps of all, so they wait for memory together.
void table_prefetch_conversions(const struct table *t, const uint64_t *hashes, size_t n);

// Users named under the key, views into the table.
size_t table_find(const struct table *t, uint64_t key_hash, struct view key, struct arena *arena, struct view **users);

// Walking all of it, for the flusher: views into the table.
struct table_user {
	uint64_t hash;
	struct view user;
	uint32_t ref;
};
struct table_name {
	struct view key, user;
};
// The users of one directory part, by (hash, user). Part after part is the order of hashes.
size_t table_users(const struct table *t, int part, struct arena *arena, struct table_user **users);
void table_prefetch_rows(const struct table *t, uint32_t user);                                     // what table_rows will look at first
void table_rows(const struct table *t, uint32_t user, struct arena *arena, struct state_user *out); // as table_read, not copied
size_t table_names(const struct table *t, struct arena *arena, struct table_name **names);          // by (key, user)
