// SPDX-License-Identifier: Apache-2.0
// Which of a user's landings are touchpoints of a conversion, and which of these count (docs/attribution.md 5). Every landing in
// range gets a fate, so that "why is this click not credited" has an answer.
#pragma once
#include "attribution/attribute.h"

enum touch_fate {
	TOUCH_ELIGIBLE,
	TOUCH_REPEAT,         // the same identity landed in [t - Wm, t)
	TOUCH_OTHER_CHANNEL,  // not among the goal's channels
	TOUCH_OUTSIDE_WINDOW, // older than the goal's lookback
	TOUCH_OVER_LIMIT,     // eligible, but max_touchpoints newer ones are too
};

struct touch {
	const struct landing *landing; // the caller's, or in the arena (the own ttclid)
	uint64_t bucket;               // private
	enum touch_fate fate;
};

struct touch_list {
	struct touch *touches; // ordered by (time, identity), which no two share
	size_t n;
	size_t eligible; // TOUCH_ELIGIBLE only
	bool truncated;  // some are TOUCH_OVER_LIMIT
	bool outside;    // some are TOUCH_OUTSIDE_WINDOW
};

// The list lies in the arena. Landings out of range do not appear.
void touch_judge(const struct goal *goal, int64_t max_lookback_ms, const struct facts *facts, const struct landing *landings, size_t n,
	struct arena *arena, struct touch_list *out);

// One word for people: "eligible", "repeat".
const char *touch_fate_name(enum touch_fate fate);
