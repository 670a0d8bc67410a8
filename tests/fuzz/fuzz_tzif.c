// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes of a time zone file: they are refused as bad_zone, or its spans tile time and its days begin and end in order.
#include <stdint.h>

#include "base/own.h"
#include "base/zone.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { DAYS = 40, SPANS = 200 };

static void check_days(const struct zone *zone, int32_t first)
{
	for (int32_t day = first; day < first + DAYS; day++) {
		int64_t start_ms = zone_day_start(zone, day), next_ms = zone_day_start(zone, day + 1);

		CHECK(start_ms <= next_ms);
		CHECK(start_ms == next_ms || zone_day(zone, start_ms) >= day);
	}
}

static void check_spans(const struct zone *zone)
{
	struct zone_span span = zone_span(zone, INT64_MIN);

	CHECK(span.from_ms == INT64_MIN);
	for (int i = 0; i < SPANS && span.until_ms != INT64_MAX; i++) {
		struct zone_span next = zone_span(zone, span.until_ms);

		CHECK(next.from_ms == span.until_ms && next.until_ms > next.from_ms);
		CHECK(zone_offset_s(zone, next.from_ms) == next.offset_s && zone_offset_s(zone, next.from_ms - 1) == span.offset_s);
		span = next;
	}
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(zone_free) struct zone *zone = NULL;
	struct err err = {0};

	if (zone_parse(view_of(data, size), &zone, &err)) {
		CHECK(err.class == ERR_POISON && strcmp(err.code, "bad_zone") == 0 && err.words[0]);
		return 0;
	}
	check_spans(zone);
	check_days(zone, 20000);
	check_days(zone, -1000000);
	check_days(zone, INT32_MIN);
	check_days(zone, INT32_MAX - DAYS - 1);
	return 0;
}
