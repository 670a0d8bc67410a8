// SPDX-License-Identifier: Apache-2.0
// Days that must be told once more: after a restore, since what stands in the topic may differ from what was restored; and when that has changed on which all of
// them depend. A shard that lost its disk cannot know all days that it ever told: what has moved to another day since, or was deleted, is gone from a compacted
// input. So it tells each tenant's days from the first to the last, and some beyond; those that have nothing are told as deleted.
#pragma once
#include "state/store.h"

struct retell_day {
	struct view tenant;
	int32_t day;
	bool told; // it stands in the topic as it stands here
};

// The name of a day's row: "d", the tenant, "|" and the day. False: it is another row's; `told` is left to the caller.
void retell_print_name(struct buf *out, struct view tenant, int32_t day);
bool retell_read_name(struct view name, struct retell_day *out);

struct retell_options {
	struct store *store;
	uint64_t digest;     // of what all days depend on
	int64_t margin_days; // how far beyond the last known day one may have been told
	// Rows of the store: is this one a day?
	bool (*row)(struct view name, struct view value, struct retell_day *out);
	// The day is told by the next `write`; `stands` false: there is no row, it is told as deleted.
	int (*touch)(void *context, struct view tenant, int32_t day, bool stands, struct err *err);
	int (*write)(void *context, struct err *err);
	void *context;
};

struct retell;

struct retell *retell_new(const struct retell_options *options);
void retell_free(struct retell **retell);

// Before a record is restored.
int retell_note(struct retell *r, struct err *err) MUST_USE;

// Is there something to tell, or is that not known yet?
bool retell_is_due(const struct retell *r);
// Some of it, in the running transaction.
int retell_some(struct retell *r, struct err *err) MUST_USE;
void retell_committed(struct retell *r);
void retell_aborted(struct retell *r);
