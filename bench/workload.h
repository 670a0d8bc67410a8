// SPDX-License-Identifier: Apache-2.0
// A workload: what a shop's clicks and orders look like, made from a seed, with the totals that attribution must arrive at.
#pragma once
#include <stdint.h>

#include "schemas/records.h"

struct workload_options {
	uint64_t seed;
	int64_t begin_ms; // event time of the first click
	int64_t clicks, orders, users;
	int64_t span_ms;       // event time from first to last
	int late_percent;      // of the clicks
	int64_t late_up_to_ms; // how long after its event time such a click is written
	int64_t lookback_ms;   // what the totals assume; participation by click, first conversion only
};

// What must come out.
struct workload_totals {
	int64_t orders;        // each with one latest output
	int64_t credits;       // touchpoints of all first orders
	int64_t credit_micros; // their placed revenue
};

struct workload;

struct workload *workload_new(const struct workload_options *options);
void workload_free(struct workload **workload);

// The next click or order in the order of writing; texts live until the next call. False: no more.
bool workload_click(struct workload *workload, struct click *out, int64_t *written_at);
bool workload_order(struct workload *workload, struct order *out, int64_t *written_at);

void workload_totals(const struct workload *workload, struct workload_totals *out);
