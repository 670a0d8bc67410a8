// SPDX-License-Identifier: Apache-2.0
// One shard of the events sink, for the files of this folder. A record or an answer changes rows; what rows say is published in the same transaction; what a
// committed intent says is sent.
//
//   record -> settle --------------------> wait --due--> dispatch -> intent --committed--> outbox -> sender
//   answer -> verdict -> settle -> result                                                              |
//      ^------------------------------------------------------------------------------------------------
#pragma once
#include "processors/events-sink/answers.h"
#include "processors/events-sink/at_hand.h"
#include "processors/events-sink/export_role.h"
#include "processors/events-sink/ledger.h"
#include "processors/events-sink/outbox.h"
#include "processors/events-sink/waiting.h"
#include "runtime/processor.h"

enum {
	EXPORT_WAITING_MAX = 250000,   // conversions in memory that wait for their time; more are left in Kafka
	EXPORT_OPEN_MAX = 20000,       // intents without a verdict, of a shard
	EXPORT_OPEN_TENANT_MAX = 8000, // of one tenant
	EXPORT_AHEAD = 16,             // rows that are brought into the cache together
};

// A tenant as this shard sees it.
struct export_tenant {
	const struct tenant *tenant;
	struct waiting *waiting;
	size_t open;             // tickets
	bool paused;             // its token or permission was refused
	bool going;              // in the running transaction all that is paused of it goes on; with the commit it is not paused any more
	bool probed;             // in the running transaction one of its events asks again
	bool answered;           // the one that asked again was not refused as who asks
	uint64_t paused_version; // of the token that was refused
	int64_t ask_again_ms;    // when a paused tenant is tried once more with the same token
	int paused_code;         // what was answered then
	char paused_message[256];
	bool parked;        // some of its conversions wait in rows only
	bool loading;       // they are being read
	bool active;        // in the list of those
	uint64_t full_pass; // of dispatch_put, in which the sender had no room for it
};

// A conversion whose turn it is, and whose it is: an abort puts it back.
struct export_taken {
	size_t tenant;
	struct waiting_entry entry;
};

struct export_counts {
	uint64_t records, not_exported, verdicts[EXPORT_VERDICTS];
};

struct export_shard {
	struct export_role *role;
	int32_t partition;
	struct store *store;
	struct arena arena; // of a record, an answer, a due conversion
	struct digest *digest;
	struct buf bytes, json, spare;
	bool orders; // the input is orders, told as they are (role order-sync), not attributed conversions
	struct wire_reader *input, *results;
	struct wire_reader *kept_conversions; // for what stands in the ledger: it was read before
	struct export_tenant *tenants;        // as in the config
	struct send_box *box;
	struct outbox outbox;
	struct at_hand at_hand;
	struct answers answers;     // taken from the box
	struct export_taken *taken; // out of their heaps in the running transaction
	size_t taken_count, taken_room;
	size_t waiting_count; // of all tenants
	size_t *active;       // tenants that have something waiting
	size_t active_count, turn;
	bool leaving;  // nothing new is begun
	bool reloaded; // rows have been visited since it went live
	int64_t reload_due_ms, tokens_due_ms, stale_due_ms;
	uint64_t restated;  // counts records that came for rows with an open event, from 1: while it stands, tickets say what their rows do
	bool goes_on_due;   // some paused tenant may go on
	bool pause_due;     // some intent that nobody sends is of a paused tenant
	uint64_t put_pass;  // how often dispatch_put has run
	int64_t put_due_ms; // when the box is tried again that had no room
	struct err trouble; // of handing over, between transactions; the next tick fails with it
	int64_t asked_ms;   // when it was last asked for something due
	int64_t now_ms;     // of the running tick or record
	struct emit *emit;  // NULL: restoring, nothing is said
	struct export_counts counts;
};

// Where the running work goes.
int export_shard_emit(struct export_shard *s, const struct export_result *result, struct err *err) MUST_USE;
// The record that a row keeps, as a dead letter; where it stood in its topic is not kept.
int export_shard_refuse(struct export_shard *s, struct view name, const struct ledger_row *row, const struct err *why,
	struct err *err) MUST_USE;
// The conversion that a row keeps.
int export_shard_conversion(struct export_shard *s, struct view record, struct attributed_conversion *out, struct err *err) MUST_USE;
// The conversion's events are due at `due_ms`.
void export_shard_wait(struct export_shard *s, size_t tenant, int64_t due_ms, struct view name);
