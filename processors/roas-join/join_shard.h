// SPDX-License-Identifier: Apache-2.0
// One shard of the join, for the files of this folder. A step says what has changed, of which entity and day; a flush settles all of it at once, ads first,
// since they change the sums above them.
//
//   record -> step -> work (entity, day) -> place -> settle ads -> settle what is above -> publish
#pragma once
#include "base/zone.h"
#include "processors/roas-join/join_entry.h"
#include "processors/roas-join/join_part.h"
#include "processors/roas-join/join_role.h"
#include "runtime/processor.h"

// What has changed of a day.
struct join_day {
	struct join_day *next;
	int64_t bucket;
	struct join_parts credits; // to be added
	struct join_spend spend;   // likewise; of what is above ads
	const struct report_snapshot *report;
	bool is_reported; // `report` is how it stands now; NULL: gone
};

// What has changed of an entity, in this flush.
struct join_work {
	struct join_work *chain;
	uint64_t hash;
	struct join_account *account;
	struct join_name name;
	struct view key;
	bool is_loaded;
	struct join_entity entity;
	const struct ad_entity *said;
	bool is_said;                              // `said` is how it stands now; NULL: gone
	struct view named_campaign, named_adgroup; // the smallest that credits name
	struct view zone;                          // of an account: the first one said
	struct join_day *days;
};

// An advertiser account, as committed; known until a transaction is aborted.
struct join_account {
	struct join_account *chain;
	uint64_t hash;
	struct view tenant_id, advertiser;
	const struct tenant *tenant;
	const struct zone *zone; // NULL: not known
	struct view zone_name, currency;
	struct zone_span span;  // where the zone was looked at last
	struct join_work *work; // in this flush
	bool is_changed;        // all its rows are to be reckoned anew
	bool is_placed;         // its zone has become known: what is unplaced moves
};

enum { JOIN_BUCKETS = 8192 };
enum join_reload { RELOAD_UNKNOWN, RELOAD_NEEDED, RELOAD_RUNNING, RELOAD_DONE };

struct join_shard {
	struct join_role *role;
	int32_t partition;
	struct store *store;
	const struct position *position;
	struct wire_reader *inputs[JOIN_INPUTS], *rows;
	struct arena arena;         // of the flush
	struct arena account_arena; // of what is known of accounts
	struct join_account *accounts[JOIN_BUCKETS];
	struct join_work *works[JOIN_BUCKETS], **list;
	size_t work_count, work_room;
	struct buf bytes, spare;
	struct emit *emit; // NULL: restoring, nothing is said
	enum join_reload reload;
	uint64_t accepted[JOIN_INPUTS], published, tombstones;
};

// join_work.c

// The account; FATAL days_changed: its days were reckoned by another zone than the config says now. NULL in `out`: the tenant is unknown.
int join_work_account(struct join_shard *s, struct view tenant, struct view advertiser, struct join_account **out,
	struct err *err) MUST_USE;
void join_work_forget_accounts(struct join_shard *s);
struct join_work *join_work_of(struct join_shard *s, struct join_account *account, int8_t level, struct view entity);
struct join_work *join_work_unplaced(struct join_shard *s, struct join_account *account, struct view campaign, struct view adgroup,
	struct view ad);
struct join_work *join_work_of_account(struct join_shard *s, struct join_account *account);
struct join_day *join_work_day(struct join_shard *s, struct join_work *work, int64_t bucket);
void join_work_clear(struct join_shard *s); // the flush is over
// A sum that is booked to a quarter of an hour, or where the zone is known to its day.
void join_work_credit(struct join_shard *s, struct join_account *account, const struct credit_change *ids, int64_t quarter,
	const struct roas_part *part);

// join_step.c: POISON: why the record cannot be used.
int join_step_credits(struct join_shard *s, const struct record *record, const struct credit_delta *delta, struct err *err) MUST_USE;
int join_step_report(struct join_shard *s, const struct record *record, const struct report_snapshot *report, struct err *err) MUST_USE;
int join_step_entity(struct join_shard *s, const struct record *record, const struct ad_entity *entity, struct err *err) MUST_USE;

// join_settle.c: all that the steps said, into rows.
int join_settle(struct join_shard *s, struct err *err) MUST_USE;
// join_place.c: credits of accounts whose zone has become known go to their days.
int join_place(struct join_shard *s, struct join_account *account, struct err *err) MUST_USE;

// join_restore.c: a record of the roas topic. FATAL output_foreign, store_corrupt.
int join_restore_row(struct join_shard *s, const struct record *record, struct err *err) MUST_USE;

// join_publish.c

// The published row, decoded; all absent if there is none. FATAL store_corrupt.
int join_publish_read(struct join_shard *s, struct view published, struct roas_row *out, struct err *err) MUST_USE;
// Reckons a day from its parts and reports, and tells if it differs from what was told.
int join_publish_day(struct join_shard *s, const struct join_account *account, const struct join_name *name,
	const struct join_entity *entity, int64_t bucket, struct join_parts *parts, struct join_row *row, struct err *err) MUST_USE;
// The row without a day.
int join_publish_entity(struct join_shard *s, const struct join_work *work, struct join_entity *entity, struct err *err) MUST_USE;
// All rows of an account once more.
int join_publish_account(struct join_shard *s, const struct join_account *account, struct err *err) MUST_USE;
