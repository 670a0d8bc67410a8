// SPDX-License-Identifier: Apache-2.0
// A row against its conversion as it stands now: what was sent and says something else is told, what was not sent yet waits, what is done lets go.
#pragma once
#include "processors/events-sink/export_shard.h"

// Changes `row`; the caller writes it. While restoring (no emit) only the row's record is judged.
int settle_row(struct export_shard *s, const struct export_goal *goal, const struct attributed_conversion *conversion,
	const struct ledger_key *key, struct ledger_row *row, struct err *err) MUST_USE;
// The same, where the list of the conversion's events is at hand.
int settle_wanted(struct export_shard *s, const struct export_goal *goal, const struct event_wanted *wanted, size_t count,
	const struct ledger_key *key, struct ledger_row *row, struct err *err) MUST_USE;

// What the event says now: the value wanted, 0 if it is not wanted any more.
int64_t settle_value(const struct event_wanted *wanted, size_t count, struct view event_id);
