// SPDX-License-Identifier: Apache-2.0
// Each click of the user and what became of it, in words.
#pragma once
#include "attribution/goal.h"
#include "base/arena.h"
#include "processors/attribution/explain.h"

// `landings`: the user's, trimmed by the flood rule. Needs of `e`: goal, now, frozen. Fills clicks, click_count, left_out, flooded_hours.
void explain_clicks(struct explanation *e, int64_t max_lookback_ms, const struct landing *landings, size_t count, struct arena *arena);

// "6d 4h", "12m 30s", "250ms".
const char *explain_span(int64_t ms, char *out, size_t room);
