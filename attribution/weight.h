// SPDX-License-Identifier: Apache-2.0
// What each eligible touchpoint weighs, and which of them share a whole (docs/attribution.md 7).
#pragma once
#include "attribution/goal.h"
#include "attribution/landing.h"
#include "base/arena.h"

// Groups stand together, each oldest touchpoint first. All models but participation have one group.
struct weight_set {
	size_t n;
	uint64_t *weight;
	size_t *touch;     // index of the touchpoint that a weight is of
	size_t *group_end; // one past the last of each group
	size_t group_count;
};

// `touches`: the eligible ones in the order of (time, identity), 1 to GOAL_TOUCHPOINTS_MAX. The set lies in the arena.
void weight_assign(const struct goal *goal, const struct landing *const *touches, size_t n, struct arena *arena, struct weight_set *out);

// Each group gets the whole amount, split over its members: out[touch], n entries.
void weight_split(const struct weight_set *set, int64_t amount, struct arena *arena, int64_t *out);
