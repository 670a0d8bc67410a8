// SPDX-License-Identifier: Apache-2.0
// What of an account is to be read now, and when the next reading begins. Pure: the clock is the caller's.
//
// A day is settled once it was read `trailing` days after its end or later: TikTok changes it no more. A reading takes every day from the first one wanted to
// today that is not settled and was not yet read since the reading began, the newest first. So the trailing days are taken again each time, gaps after an
// outage are filled, and days that were last read before an outage, too early to be settled, are read once more.
#pragma once
#include "base/zone.h"
#include "processors/spend-ingest/spans.h"

enum { SYNC_NO_DAY = INT32_MAX, SYNC_WINDOW_MAX = 30 };

struct sync_plan_settings {
	int64_t every_ms;
	int at_minute; // of the account's day, 0 to 1439; -1: by every_ms
	int32_t first_days, trailing_days;
};

// `zone` NULL: UTC, here and below.
int32_t sync_plan_day(const struct zone *zone, int64_t ms);
int64_t sync_plan_day_start(const struct zone *zone, int32_t day);

// The oldest day that is wanted: it never becomes younger. `known`: as it was, or SYNC_NO_DAY.
int32_t sync_plan_first_day(const struct sync_plan_settings *settings, int32_t known, int32_t today);

struct sync_plan {
	const struct sync_plan_settings *settings;
	const struct zone *zone;
	int32_t first_day, today;
	int64_t began_ms; // the reading
};

// The newest days that are still to be read, at most `most` (<= SYNC_WINDOW_MAX) of them. False: there are none.
struct sync_plan_window {
	int32_t from, to;
};
bool sync_plan_next_window(const struct sync_plan *plan, const struct spans *spans, int32_t most, struct sync_plan_window *out);
int32_t sync_plan_days_left(const struct sync_plan *plan, const struct spans *spans);
// Before this day all that was read by now is settled, if it was.
int32_t sync_plan_settled_before(const struct sync_plan *plan, int64_t now_ms);

int64_t sync_plan_next_sync(const struct sync_plan_settings *settings, const struct zone *zone, int64_t ended_ms);
