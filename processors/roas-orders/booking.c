// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-orders/booking.h"

static const int64_t DAY_MS = 86400000, ONE_NANOS = 1000000000;

static bool was_shipped(int status)
{
	return status == STATUS_SHIPPED || status == STATUS_DELIVERED || status == STATUS_RETURNED || status == STATUS_REFUNDED;
}

void booking_of(const struct attributed_conversion *c, const struct zone *zone, struct booking *out)
{
	*out = (struct booking){
		.tenant = c->tenant,
		.goal = c->goal,
		.currency = c->currency,
		.time_ms = c->conversion_time,
		.day = zone_day(zone, c->conversion_time),
		.revenue = c->revenue,
		.conversions = c->conversions,
		.shipped_nanos = was_shipped(c->status) ? ONE_NANOS : 0,
		.returned_nanos = c->status == STATUS_RETURNED ? ONE_NANOS : 0,
	};
}

static bool same_money(const struct revenue *a, const struct revenue *b)
{
	return a->placed_micros == b->placed_micros && a->confirmed_micros == b->confirmed_micros &&
		a->delivered_micros == b->delivered_micros && a->net_micros == b->net_micros;
}

static bool same_counts(const struct booking *a, const struct booking *b)
{
	const struct counts *x = &a->conversions, *y = &b->conversions;

	return x->placed_nanos == y->placed_nanos && x->confirmed_nanos == y->confirmed_nanos && x->delivered_nanos == y->delivered_nanos &&
		a->shipped_nanos == b->shipped_nanos && a->returned_nanos == b->returned_nanos;
}

bool booking_is_same(const struct booking *a, const struct booking *b)
{
	return a->time_ms == b->time_ms && a->day == b->day && same_money(&a->revenue, &b->revenue) && same_counts(a, b) &&
		view_eq(a->tenant, b->tenant) && view_eq(a->goal, b->goal) && view_eq(a->currency, b->currency);
}

int32_t booking_rate_day(const struct booking *b)
{
	return (int32_t)(b->time_ms / DAY_MS - (b->time_ms % DAY_MS < 0));
}

// ---- bytes

enum { NUMBERS = 11 };

static void gather(const struct booking *b, int64_t out[NUMBERS])
{
	const int64_t numbers[NUMBERS] = {b->time_ms, b->day, b->revenue.placed_micros, b->revenue.confirmed_micros,
		b->revenue.delivered_micros, b->revenue.net_micros, b->conversions.placed_nanos, b->conversions.confirmed_nanos,
		b->conversions.delivered_nanos, b->shipped_nanos, b->returned_nanos};

	memcpy(out, numbers, sizeof numbers);
}

void booking_pack(const struct booking *b, struct buf *out)
{
	const struct view texts[] = {b->tenant, b->goal, b->currency};
	int64_t numbers[NUMBERS];

	gather(b, numbers);
	for (size_t i = 0; i < sizeof texts / sizeof texts[0]; i++)
		buf_add_sized(out, texts[i]);
	for (int i = 0; i < NUMBERS; i++)
		buf_add_varint(out, (uint64_t)numbers[i]);
}

int booking_unpack(struct view bytes, struct booking *out, struct err *err)
{
	struct cursor c = cursor_over(bytes);
	int64_t n[NUMBERS];

	out->tenant = cursor_sized(&c);
	out->goal = cursor_sized(&c);
	out->currency = cursor_sized(&c);
	for (int i = 0; i < NUMBERS; i++)
		n[i] = (int64_t)cursor_varint(&c);
	if (c.bad)
		return err_set(err, ERR_FATAL, "store_corrupt",
			"a conversion's booking cannot be read; remove the shard's state, it restores itself");
	out->time_ms = n[0];
	out->day = (int32_t)n[1];
	out->revenue = (struct revenue){n[2], n[3], n[4], n[5]};
	out->conversions = (struct counts){n[6], n[7], n[8]};
	out->shipped_nanos = n[9];
	out->returned_nanos = n[10];
	return 0;
}
