// SPDX-License-Identifier: Apache-2.0
// One shard of spend ingest, for the files of this folder. A connection's record, the clock and the fetcher's answers move an account on; what was read is
// published in the transaction that says so in the account's status.
//
//   connection, clock -> reading_begin -> fetcher -> reading_answer -> rows, entities, status -> (next window …) -> status ok, next_sync
//
// Everything that is known is in the store; accounts in memory are read from it, and again after an aborted transaction.
#pragma once
#include "processors/spend-ingest/ad_parts.h"
#include "processors/spend-ingest/haul.h"
#include "processors/spend-ingest/ingest_role.h"
#include "processors/spend-ingest/known.h"
#include "processors/spend-ingest/sync_record.h"
#include "runtime/processor.h"

#define uthash_fatal(message) err_out_of_memory()
#include <uthash.h>

enum reading_step { READ_ACCOUNT, READ_CAMPAIGNS, READ_ADGROUPS, READ_ADS, READ_ACCOUNT_DAYS, READ_AD_DAYS };

// An account that is being read.
struct reading {
	uint64_t ticket; // of the fetcher's job
	enum reading_step step;
	struct haul *haul; // NULL while the fetcher has it
	const struct zone *zone;
	int32_t today;
	struct sync_plan_window window;
	int32_t most_days;     // of a window
	size_t ads;            // of the account
	struct ad_parts parts; // in which the ads of a window are read
	size_t part;           // of READ_AD_DAYS
	int64_t fetched_at;    // of what is asked for now
};

struct ingest_account {
	UT_hash_handle hh;
	char *name; // "tenant|advertiser": its key everywhere
	struct view tenant, advertiser;
	struct buf connection; // the record as it came; empty: none
	int8_t connection_state;
	bool has_status;
	struct sync_record record;
	struct reading *reading; // NULL: it is not being read
	int64_t due_ms;          // when something is to be done; INT64_MAX: not by itself
	int failures;            // readings in a row that failed, since it was loaded
	bool tried;              // in this process
};

struct ingest_counts {
	uint64_t fresh, restated, same, gone, entities, connections, syncs[INGEST_STATES];
};

struct ingest_shard {
	struct ingest_role *role;
	int32_t partition;
	struct known known;
	struct fetch_box *box;
	struct wire_reader *connections, *snapshots, *entities, *statuses;
	struct ingest_account *accounts; // uthash
	bool loaded;                     // they are those of the store
	bool caught_up;                  // what was published before us is known: from here on all of it is our own
	bool leaving;
	size_t readings; // accounts being read
	uint64_t tickets;
	int64_t due_ms;   // the earliest of all
	int64_t asked_ms; // when it was last asked for something due
	int64_t now_ms;   // of the running tick or record
	struct arena arena;
	struct buf bytes, key, spare;
	struct emit *emit; // NULL: restoring, nothing is said
	struct ingest_counts counts;
	struct ingest_summary summary;
};

static inline struct view ingest_name(const struct ingest_account *a)
{
	return view_of(a->name, a->tenant.n + 1 + a->advertiser.n);
}

// ingest_accounts.c
struct ingest_account *ingest_accounts_find(struct ingest_shard *shard, struct view name); // NULL: not known
struct ingest_account *ingest_accounts_add(struct ingest_shard *shard, struct view name);  // NULL: no name of an account
void ingest_accounts_remove(struct ingest_shard *shard, struct ingest_account *account);
void ingest_accounts_clear(struct ingest_shard *shard);
int ingest_accounts_load(struct ingest_shard *shard, struct err *err) MUST_USE;
// The latest record counts; `value` absent: it is disconnected.
void ingest_accounts_connect(struct ingest_account *account, struct view value, const struct connection *connection);
// When each account is due, and so the shard.
void ingest_accounts_schedule(struct ingest_shard *shard);
void ingest_accounts_summarise(struct ingest_shard *shard);

// ingest_publish.c: what goes into the transaction, and into the store with it.
int ingest_publish_status(struct ingest_shard *shard, struct ingest_account *account, struct err *err) MUST_USE;
// Rows of one window and one day that the report brought or no longer brings; entities of one level, likewise.
int ingest_publish_rows(struct ingest_shard *shard, struct ingest_account *account, const struct reading *reading,
	struct err *err) MUST_USE;
int ingest_publish_entities(struct ingest_shard *shard, struct ingest_account *account, const struct reading *reading, int8_t level,
	struct err *err) MUST_USE;
// Deletes what was published: some of it, `done` when nothing is left, the status included.
int ingest_publish_purge(struct ingest_shard *shard, struct ingest_account *account, bool *done, struct err *err) MUST_USE;

// reading.c
int reading_begin(struct ingest_shard *shard, struct ingest_account *account, struct err *err) MUST_USE;
int reading_answer(struct ingest_shard *shard, struct ingest_account *account, const struct fetch_answer *answer, struct err *err) MUST_USE;
void reading_drop(struct ingest_shard *shard, struct ingest_account *account); // no further request is made

// ingest_trouble.c: the reading has ended with this.
int ingest_trouble_answer(struct ingest_shard *shard, struct ingest_account *account, const struct fetch_answer *answer,
	struct err *err) MUST_USE;
int ingest_trouble(struct ingest_shard *shard, struct ingest_account *account, enum sync_state state, const char *reason,
	const char *message, int64_t retry_ms, struct err *err) MUST_USE; // retry_ms 0: not before somebody acts

// read_back.c: a record of our own topics, for a shard that does not know it yet.
void *read_back_prepare(struct ingest_shard *shard, const struct record *record, struct arena *arena,
	struct err *err); // NULL: `err` says why
void read_back_keep(struct ingest_shard *shard, const struct record *record, const void *prepared);
