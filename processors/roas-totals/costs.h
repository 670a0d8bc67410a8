// SPDX-License-Identifier: Apache-2.0
// What orders cost a shop, as its config says, and what is left of a day. All money in micros of the tenant's currency. Pure.
#pragma once
#include "attribution/goal.h"
#include "schemas/records.h"

struct costs {
	bool given; // any of them
	bool cogs_given, shipping_given, returned_given, fee_given;
	int64_t cogs_micros, shipping_micros, returned_micros, fee_micros; // of one order
	int64_t cogs_ppm, fee_ppm;                                         // millionths of delivered revenue
};

// As the config checked them; without a currency there are none.
void costs_read(const struct tenant_costs *written, struct view currency, struct costs *out);
uint64_t costs_digest(const struct costs *costs); // equal for equal costs

// What happened in a day.
struct costs_day {
	int64_t delivered_nanos, shipped_nanos, returned_nanos; // 1000000000 is one
	int64_t delivered_micros, net_micros, spend_micros;     // TIME_ABSENT: not known
};

// Each is TIME_ABSENT where no cost is given, or what it depends on is not known; what is not given costs nothing.
struct costs_result {
	int64_t cogs_micros, shipping_micros, returns_micros, fees_micros;
	int64_t profit_micros; // net revenue less these and the spend
};
void costs_apply(const struct costs *costs, const struct costs_day *day, struct costs_result *out);
