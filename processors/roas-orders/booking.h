// SPDX-License-Identifier: Apache-2.0
// What one conversion adds to its tenant's day: kept as it was booked, so that a later record of the conversion, or its deletion, takes just that out again.
#pragma once
#include "base/zone.h"
#include "schemas/records.h"

struct booking {
	struct view tenant, goal, currency;
	int64_t time_ms; // of the conversion
	int32_t day;     // of the tenant's time zone, since 1970
	struct revenue revenue;
	struct counts conversions;
	int64_t shipped_nanos, returned_nanos;
};

// Texts are the conversion's. Whatever its outcome: revenue is revenue.
void booking_of(const struct attributed_conversion *c, const struct zone *zone, struct booking *out);
bool booking_is_same(const struct booking *a, const struct booking *b);
int32_t booking_rate_day(const struct booking *b); // UTC day of the conversion

void booking_pack(const struct booking *b, struct buf *out);
// Texts are views into `bytes`. FATAL store_corrupt.
int booking_unpack(struct view bytes, struct booking *out, struct err *err) MUST_USE;
