// SPDX-License-Identifier: Apache-2.0
// A shop's day from the sums of its sources: a pure function of these, the tenant's settings and the rates (docs/roas-command.md).
#pragma once
#include "base/arena.h"
#include "processors/roas-join/rates.h"
#include "processors/roas-totals/costs.h"

struct tenant_total_rules {
	struct view day_zone;
	struct view currency; // absent: that of the parts, if they have one
	struct costs costs;
	const struct rates *rates;
};

// `parts` of all sources, in any order. What is made lives in `arena`, texts are those given.
void tenant_total_of(const struct tenant_total_rules *rules, const struct daily_part *parts, size_t count, struct arena *arena,
	struct tenant_day *out);
