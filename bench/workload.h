// SPDX-License-Identifier: Apache-2.0
// A workload: what shops' clicks and orders look like, made from a seed, with the totals that attribution must arrive at. Each record follows from the
// seed and its number, so nothing is kept but clicks that are late and have not been written yet.
#pragma once
#include <stdint.h>

#include "schemas/records.h"

struct workload_options {
	int64_t seed;
	int64_t begin_ms; // event time of the first click
	int64_t clicks, orders, users, tenants;
	int64_t span_ms;         // event time from first to last
	int64_t late_percent;    // of the clicks
	int64_t late_up_to_ms;   // how long after its event time such a click is written
	int64_t late_restates;   // 1: it is of a user who orders in between, so that the order has to be attributed again
	int64_t lookback_ms;     // what the totals assume; participation by click, first conversion only
	int64_t max_touchpoints; // likewise
	int64_t
		unaligned_ms; // least_credits: clicks written this much before an order may come after it, where both are read as they are written
	int64_t zipf_permille;    // exponent of a power law over the users of clicks and orders, in thousandths; 0: all are alike
	int64_t hot_permille;     // of the clicks are those of one user, who has an order half-way
	int64_t click_url_bytes;  // of landing_url; 0: none
	int64_t order_properties; // how many
	int64_t property_bytes;   // length of each one's value
};

// What must come out. Each order has one latest output.
struct workload_totals {
	int64_t credits;       // touchpoints of all first orders
	int64_t credit_micros; // their placed revenue
	// Bounds for a program that never looks at an order again, and may know no limit of touchpoints.
	int64_t least_credits; // without the clicks that are written at or after the order's time, which such a program may have missed
	int64_t most_credits;
};

enum { WORKLOAD_VALUE_MICROS = 49900000 }; // of every order

struct workload;

struct workload *workload_new(const struct workload_options *options);
void workload_free(struct workload **workload);

// The next click or order in the order of writing; texts live until the next call of the same function. False: no more.
bool workload_click(struct workload *workload, struct click *out, int64_t *written_at);
bool workload_order(struct workload *workload, struct order *out, int64_t *written_at);

// The number of an order by its id, from 0; -1: not of this workload.
int64_t workload_order_number(const struct workload *workload, struct view order_id);

// Goes through the whole workload once; takes 20 bytes for each user.
void workload_totals(const struct workload *workload, struct workload_totals *out);
