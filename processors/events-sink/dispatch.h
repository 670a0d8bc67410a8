// SPDX-License-Identifier: Apache-2.0
// What is due becomes intents, and committed intents go into the sender's box.
#pragma once
#include "processors/events-sink/export_shard.h"

// Is there something due, for a tenant that has room?
bool dispatch_is_due(const struct export_shard *s, int64_t now_ms);
// May the conversion's events go with the record that brought it? Its goal lets none rest, nothing of the tenant is due before it, and there is room.
bool dispatch_at_once(const struct export_shard *s, const struct export_goal *goal, const struct ledger_row *row);
// Emits an intent, or a final result, per event, and puts them into `row`, which the caller writes.
int dispatch_conversion(struct export_shard *s, const struct export_goal *goal, const struct attributed_conversion *conversion,
	const struct ledger_key *key, struct ledger_row *row, struct err *err) MUST_USE;
// Up to `most` conversions, tenant by tenant in turn.
int dispatch_due(struct export_shard *s, size_t most, struct err *err) MUST_USE;

// Tickets that are READY, as many as the sender takes. Reads rows, writes nothing.
int dispatch_put(struct export_shard *s, struct err *err) MUST_USE;
