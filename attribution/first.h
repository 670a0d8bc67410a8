// SPDX-License-Identifier: Apache-2.0
// only_first_conversion (docs/attribution.md 4).
#pragma once
#include "attribution/goal.h"

struct first_entry {
	int64_t time;
	struct view id;
};

// `others`: all conversions of the user that match the goal, in any order; the one asked about may be among them.
bool first_is(const struct goal *goal, const struct first_entry *asked, const struct first_entry *others, size_t n);

// Whether a conversion at `time` can have become or ceased to be first because another one's T moved from `from` (INT64_MAX: it is
// new) to `to`. True too often, never too seldom.
bool first_may_change(const struct goal *goal, int64_t time, int64_t from, int64_t to);
