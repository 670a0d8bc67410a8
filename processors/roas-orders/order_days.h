// SPDX-License-Identifier: Apache-2.0
// The days that the running batch touches: read from the store at first touch, changed in memory, written and told at the batch's end. What the store keeps
// of a day is the DailySum as it was published, and whether it was.
#pragma once
#include "processors/roas-orders/booking.h"
#include "processors/roas-orders/retell.h"
#include "schemas/wire.h"
#include "state/store.h"

struct order_days;

// `source`: "orders:3", as the sums name this shard.
struct order_days *order_days_new(struct store *store, struct wire_reader *reader, const struct wire_header *header, const char *source);
void order_days_free(struct order_days **days);
void order_days_drop(struct order_days *days); // forgets what is touched: the transaction was aborted

// Adds the booking to its day, or takes it out. FATAL as store_read.
int order_days_add(struct order_days *days, const struct booking *b, struct err *err) MUST_USE;
int order_days_take_out(struct order_days *days, const struct booking *b, struct err *err) MUST_USE;
// Writes what was touched. `tell` hears each day that must be published (NULL: none is, they stay to be told): `value` empty, nothing is left of it.
typedef int order_days_teller(void *context, struct view key, struct view value, struct err *err);
int order_days_write(struct order_days *days, order_days_teller *tell, void *context, struct err *err) MUST_USE;

// As retell.h wants rows and days.
bool order_days_row(struct view name, struct view value, struct retell_day *out);
int order_days_touch(struct order_days *days, struct view tenant, int32_t day, bool stands, struct err *err) MUST_USE;
