// SPDX-License-Identifier: Apache-2.0
// What the sink knows of one conversion under one goal: when it was first seen, what is known of each of its events (the export results that were
// published), and, while something of it is open, the conversion itself. A row of the shard's store under the key of its record in Kafka, so that a user with
// many conversions costs no more than others.
#pragma once
#include "schemas/records.h"
#include "state/store.h"

struct ledger_row {
	int64_t first_seen; // timestamp of the first record heard, ms UTC; never changes: the row is kept for so long after it
	struct view record; // the attributed conversion's value as it came; absent when nothing is open
	struct export_result *events;
	size_t event_count, event_room;
};

struct ledger_key {
	struct view name; // tenant|user|goal|conversion id
	uint64_t hash;
};

static inline struct ledger_key ledger_key_of(struct view name)
{
	return (struct ledger_key){name, store_hash(name)};
}

// The key of the conversion that a result is of; in `arena`.
struct ledger_key ledger_key(const struct export_result *result, struct arena *arena);

// The row, empty if there is none. In `arena`, or in the store until the row is written, a commit or an abort. FATAL store_corrupt, as store_read.
int ledger_read(struct store *store, const struct ledger_key *key, struct arena *arena, struct ledger_row *row, struct err *err) MUST_USE;
void ledger_prefetch(struct store *store, const struct ledger_key *keys, size_t n); // rows that are read next; up to 64
void ledger_write(struct store *store, const struct ledger_key *key, const struct ledger_row *row, struct buf *spare);

// A row's bytes, as store_visit gives them.
int ledger_unpack(struct view bytes, struct arena *arena, struct ledger_row *row, struct err *err) MUST_USE;

struct export_result *ledger_find(const struct ledger_row *row, struct view event_id); // NULL: unknown
// Puts it in the place of the one with the same id, or adds it.
void ledger_put(struct ledger_row *row, const struct export_result *event, struct arena *arena);

bool ledger_any_open(const struct ledger_row *row);
// Lets go of the record if nothing of the row is open.
void ledger_close(struct ledger_row *row);

// Is its fate still open: an intent, or waiting for a token?
static inline bool ledger_is_open(const struct export_result *r)
{
	return r->verdict == EXPORT_INTENT || r->verdict == EXPORT_PAUSED;
}
