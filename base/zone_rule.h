// SPDX-License-Identifier: Apache-2.0
// The rule at the end of a TZif file, for the time after its last transition: "EST5EDT,M3.2.0,M11.1.0" (POSIX, TZ; RFC 9636, 3.3). Inside of base/zone.h.
#pragma once
#include "base/bytes.h"

enum { ZONE_DAY_S = 24 * 60 * 60 };

// A day of each year and a time of it, which may lie up to a week before or after that day.
struct zone_change {
	enum { ZONE_NO_LEAP_DAY, ZONE_ANY_DAY, ZONE_WEEKDAY } kind; // Jn: 1 to 365, 29 February is not counted; n: 0 to 365; Mm.w.d
	int month, week, day;
	int32_t time_s;
};

struct zone_rule {
	bool present, has_summer;
	int32_t standard_s, summer_s; // east of UTC, unlike in the text
	struct zone_change to_summer, to_standard;
};

struct zone_stretch {
	int64_t from_s, until_s; // INT64_MIN, INT64_MAX: for ever
	int32_t offset_s;
};

// Empty text: no rule. 0 or -1.
int zone_rule_parse(struct view text, struct zone_rule *out) MUST_USE;

// `at_s`: in the years 1 to 9999.
struct zone_stretch zone_rule_stretch(const struct zone_rule *rule, int64_t at_s);
