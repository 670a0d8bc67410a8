// SPDX-License-Identifier: Apache-2.0
// SyncStatus as a shard keeps it: the contract's record with room for its texts and its days as numbers.
#pragma once
#include "base/arena.h"
#include "processors/spend-ingest/spans.h"
#include "schemas/records.h"

struct sync_record {
	enum sync_state state;
	int64_t generation;
	char reason[40], message[400], request_id[64]; // "": none, as the next ones
	char name[256], currency[4], time_zone[64];
	int64_t code; // TIME_ABSENT: none, as the times
	int64_t last_attempt, last_sync, next_sync, disconnected_at;
	int32_t first_day; // SYNC_NO_DAY: not known yet
	struct spans spans;
	int64_t rows_new, rows_restated, rows_same;
	int32_t days_left;
};

void sync_record_init(struct sync_record *record);
void sync_record_clear(struct sync_record *record);

// As the contract has it; texts are in `arena` or in `record`.
void sync_record_write(const struct sync_record *record, struct view tenant, struct view advertiser, struct arena *arena,
	struct sync_status *out);
// Days that are none are left out: they are read again.
void sync_record_read(const struct sync_status *status, struct sync_record *out);
