// SPDX-License-Identifier: Apache-2.0
// The tenants' days that the running batch touches: each one's latest part of every source, and what was last published of it. The store keeps both in one row of
// the day, so a day is told only when it has changed.
#pragma once
#include "processors/roas-orders/retell.h"
#include "schemas/wire.h"
#include "state/store.h"

struct sum_days;

// Says a day: appends to `value` what is to be published. `parts` of all sources; none: nothing is appended.
typedef void sum_days_maker(void *context, struct view tenant, int32_t day, const struct daily_part *parts, size_t count,
	struct buf *value);
// Hears what must be published; `value` empty: nothing is left of the day.
typedef int sum_days_teller(void *context, struct view tenant, int32_t day, struct view value, struct err *err);

struct sum_days *sum_days_new(struct store *store, struct wire_reader *sums, sum_days_maker *make, void *context);
void sum_days_free(struct sum_days **days);
void sum_days_drop(struct sum_days *days); // the transaction was aborted

// A source's latest part of a day, as it came; `wire` absent: it was deleted. FATAL as store_read.
int sum_days_put(struct sum_days *days, struct view tenant, int32_t day, struct view source, struct view wire, struct err *err) MUST_USE;

// Writes what was touched and tells what has changed; `tell` NULL: nothing is told, and what was told is not known any more.
int sum_days_write(struct sum_days *days, sum_days_teller *tell, struct err *err) MUST_USE;

// As retell.h wants rows and days.
bool sum_days_row(struct view name, struct view value, struct retell_day *out);
int sum_days_touch(struct sum_days *days, struct view tenant, int32_t day, bool stands, struct err *err) MUST_USE;
