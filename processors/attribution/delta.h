// SPDX-License-Identifier: Apache-2.0
// What changed between two credit sets of one conversion, as credit deltas: adding them all up gives the latest credits.
#pragma once
#include "base/arena.h"
#include "schemas/records.h"

struct delta_side {
	struct view currency;
	struct credits credits; // ordered by (click_time, click_id), distinct
};

// New minus old, one delta per (currency, advertiser), entries that are zero left out; in the arena. `whose` gives tenant, goal, conversion_id and
// conversion_time.
void delta_between(const struct attributed_conversion *whose, const struct delta_side *before, const struct delta_side *after,
	struct arena *arena, struct credit_delta **deltas, size_t *count);
