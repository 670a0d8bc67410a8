// SPDX-License-Identifier: Apache-2.0
// Time zones of the IANA database, for the days of an account: which local day an instant falls on, and when a local day begins. Read from the system's
// files (package tzdata, below /usr/share/zoneinfo), which are updated with the system, by our own reader of TZif: libc's TZ is one zone for the whole
// process, and GLib's look-up walks all transitions under a shared count. A zone is immutable and read by any thread without a lock.
//
// A look-up is a binary search over about 200 instants; after the last of them the rule at the file's end is computed. zone_span gives a caller who has
// many instants the whole stretch of equal offset. Instants outside the years 1 to 9999 count as the nearest that is inside.
#pragma once
#include "base/bytes.h"

struct zone;

// The zone of that name ("America/Lima", "Etc/GMT+8" which is eight hours *west*), read once and kept until the process ends. Any thread. POISON
// unknown_zone: no such name, or none that could be one (case counts; no path leaves the folder); FATAL zone_files: the file cannot be read or is damaged.
int zone_open(struct view name, const struct zone **out, struct err *err) MUST_USE;

int32_t zone_day(const struct zone *zone, int64_t ms); // of the local calendar, as days since 1970-01-01

// The first instant of the local day or, if the calendar has no such day or its midnight was skipped, of what comes next. A day has 23 to 25 hours where
// clocks change: it ends where the next one starts.
int64_t zone_day_start(const struct zone *zone, int32_t day);

// The first instant at which the zone's clocks show this ("2026-03-01 10:00" as ms as if it were UTC). An hour that is skipped is read by the clock before.
int64_t zone_instant(const struct zone *zone, int64_t local_ms);

// True where clocks are set back: they show it twice.
bool zone_is_twice(const struct zone *zone, int64_t local_ms);

int32_t zone_offset_s(const struct zone *zone, int64_t ms); // east of UTC

// A stretch of time in which the offset is one: from_ms included, until_ms not.
struct zone_span {
	int64_t from_ms, until_ms; // INT64_MIN, INT64_MAX: for ever
	int32_t offset_s;
};
struct zone_span zone_span(const struct zone *zone, int64_t ms);

// True if every offset between the two instants is of whole hours, so that hours of UTC are hours of this zone.
bool zone_has_whole_hours(const struct zone *zone, int64_t from_ms, int64_t until_ms);

// For tests and the fuzzer: the bytes of a TZif file, version 2 and later. POISON bad_zone, saying what is wrong.
int zone_parse(struct view tzif, struct zone **out, struct err *err) MUST_USE;
void zone_free(struct zone **zone); // of zone_parse only
