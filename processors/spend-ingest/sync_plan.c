// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/sync_plan.h"

static const int64_t MINUTE_MS = 60000, DAY_MS = 86400000;

int32_t sync_plan_day(const struct zone *zone, int64_t ms)
{
	if (zone)
		return zone_day(zone, ms);
	return (int32_t)((ms >= 0 ? ms : ms - (DAY_MS - 1)) / DAY_MS);
}

int64_t sync_plan_day_start(const struct zone *zone, int32_t day)
{
	return zone ? zone_day_start(zone, day) : day * DAY_MS;
}

int32_t sync_plan_first_day(const struct sync_plan_settings *settings, int32_t known, int32_t today)
{
	int32_t first = today - settings->first_days + 1;

	return known < first ? known : first;
}

static bool is_settled(const struct sync_plan *p, int32_t day, int64_t read_at)
{
	return read_at >= sync_plan_day_start(p->zone, day + 1 + p->settings->trailing_days);
}

static bool is_wanted(const struct sync_plan *p, const struct spans *spans, int32_t day)
{
	const struct span *span = spans_find(spans, day);

	return !span || (span->read_at < p->began_ms && !is_settled(p, day, span->read_at));
}

bool sync_plan_next_window(const struct sync_plan *p, const struct spans *spans, int32_t most, struct sync_plan_window *out)
{
	int32_t day = p->today;

	while (day >= p->first_day && !is_wanted(p, spans, day))
		day--;
	if (day < p->first_day)
		return false;
	*out = (struct sync_plan_window){day, day};
	while (out->from > p->first_day && out->to - out->from + 1 < most && is_wanted(p, spans, out->from - 1))
		out->from--;
	return true;
}

int32_t sync_plan_days_left(const struct sync_plan *p, const struct spans *spans)
{
	int32_t n = 0;

	for (int32_t day = p->first_day; day <= p->today; day++)
		n += is_wanted(p, spans, day);
	return n;
}

int32_t sync_plan_settled_before(const struct sync_plan *p, int64_t now_ms)
{
	return sync_plan_day(p->zone, now_ms) - p->settings->trailing_days;
}

// Where the clocks of that day show this time; where they skip it, what they show as much later.
static int64_t instant_of(const struct zone *zone, int32_t day, int minute)
{
	int64_t local = day * DAY_MS + minute * MINUTE_MS;

	if (!zone)
		return local;
	int64_t guess = local - zone_offset_s(zone, local) * 1000LL;
	return local - zone_offset_s(zone, guess) * 1000LL;
}

int64_t sync_plan_next_sync(const struct sync_plan_settings *settings, const struct zone *zone, int64_t ended_ms)
{
	if (settings->at_minute < 0)
		return ended_ms + settings->every_ms;
	int32_t day = sync_plan_day(zone, ended_ms);
	while (instant_of(zone, day, settings->at_minute) <= ended_ms)
		day++;
	return instant_of(zone, day, settings->at_minute);
}
