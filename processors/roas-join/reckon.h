// SPDX-License-Identifier: Apache-2.0
// A row of ROAS from what is known of it: docs/roas.md has the rules. Pure.
#pragma once
#include "attribution/goal.h"
#include "processors/roas-join/join_part.h"
#include "processors/roas-join/join_spend.h"
#include "processors/roas-join/rates.h"

struct reckon_facts {
	const struct tenant *tenant;
	const struct rates *rates;
	struct view account_currency; // absent: not known
	int32_t day;                  // whose rate exchanges spend
	bool is_account;
	const struct join_parts *parts;       // tidy
	const struct join_spend *spend, *own; // of ads; of the account itself
};

// Fills `row` from its currency on; what it is about is there already. In `arena`, texts borrowed.
void reckon_row(const struct reckon_facts *facts, struct arena *arena, struct roas_row *row);

// times * by / over, rounded half to even; TIME_ABSENT if it does not fit. `over` above 0.
int64_t reckon_ratio(int64_t times, int64_t by, int64_t over);
