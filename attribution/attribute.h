// SPDX-License-Identifier: Apache-2.0
// F for one conversion: its facts and the user's landings in, outcome and credits out. Pure: no Kafka, no RocksDB, no clock.
// docs/attribution.md sections 3 to 9 are the rules. Costs a sort or two of the landings in range; only the shares stay in the
// arena.
#pragma once
#include "attribution/goal.h"
#include "attribution/landing.h"
#include "base/arena.h"

// In the order of enum outcome in the contract.
enum attribute_outcome { ATTR_NO_CONSENT, ATTR_CANCELLED, ATTR_NOT_FIRST, ATTR_ATTRIBUTED, ATTR_OUTSIDE_WINDOW, ATTR_NO_CLICK };

// Amounts in minor units.
struct amounts {
	int64_t basis[GOAL_BASES];
	bool counts[3]; // placed, confirmed, delivered
};

struct facts {
	int64_t time; // T
	bool denied;
	bool first; // or the goal does not ask
	bool cancelled;
	struct view own_ttclid; // not a placeholder; absent if there is none or it has no time
	int64_t own_time;
	struct amounts amounts;
};

struct share {
	struct landing touch;
	int64_t share_nanos;
	int64_t minor[GOAL_BASES];
	int64_t counts[3]; // nanos
};

struct verdict {
	enum attribute_outcome outcome;
	bool truncated;
	struct share *shares; // ordered by (time, identity); in the arena
	size_t share_count;
};

// `landings`: the user's, any order, flood rule applied (attribution/flood.h); those out of range are ignored.
void attribute(const struct goal *goal, int64_t max_lookback_ms, const struct facts *facts, const struct landing *landings,
	size_t landing_count, struct arena *arena, struct verdict *out);

// Section 9: `listed` are the touchpoints of the latest output (all eligible, ordered), `outcome` and `truncated` its own.
void attribute_frozen(const struct goal *goal, const struct facts *facts, const struct landing *listed, size_t listed_count,
	enum attribute_outcome outcome, bool truncated, struct arena *arena, struct verdict *out);
