// SPDX-License-Identifier: Apache-2.0
// A tenant's named rule: what counts, which window, which model. Filled by config/, read by F; docs/attribution.md has the rules.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "attribution/destination.h"
#include "base/bytes.h"

enum goal_source { GOAL_ORDERS, GOAL_CONVERSIONS };
enum goal_model {
	MODEL_PARTICIPATION,
	MODEL_FIRST_TOUCH,
	MODEL_LAST_TOUCH,
	MODEL_LINEAR,
	MODEL_TIME_DECAY,
	MODEL_POSITION_BASED,
	MODEL_J_SHAPED,
	MODEL_INVERSE_J,
	MODEL_CUSTOM,
};
enum goal_group { GROUP_CLICK, GROUP_AD, GROUP_ADGROUP, GROUP_CAMPAIGN, GROUP_CHANNEL };
enum goal_basis { GOAL_PLACED, GOAL_CONFIRMED, GOAL_DELIVERED, GOAL_NET, GOAL_BASES };
enum goal_export { EXPORT_NONE, EXPORT_PER_CREDIT, EXPORT_LAST_TOUCH_ONLY };

#define GOAL_LIFETIME INT64_MAX
enum { GOAL_TOUCHPOINTS_MAX = 1000 };

struct goal_where {
	struct view path; // "context.shop_id"
	struct view *values;
	size_t value_count;
};

struct goal {
	struct view name;
	enum goal_source source;
	struct view event;          // orders: the name given to the output
	struct view value_property; // absent: the record's value
	enum goal_basis value_basis;
	int64_t lookback_ms;
	enum goal_model model;
	enum goal_group participation_group;
	int64_t half_life_ms;
	int weights[3]; // custom: first, middle, last
	bool only_first_conversion;
	int64_t first_scope_ms; // GOAL_LIFETIME: no bound
	struct goal_where *where;
	size_t where_count;
	struct view *channels; // none: all
	size_t channel_count;
	enum goal_export export;
	struct destination destination; // of what is exported
	int max_touchpoints;
};

// What an order costs the shop, as written: money in the tenant's currency, percentages of delivered revenue. Absent: not given.
struct tenant_costs {
	struct view cogs, cogs_percent, shipping, returned, fee, fee_percent;
};

struct tenant {
	struct view id;
	int64_t max_lookback_ms;
	struct view time_zone; // IANA name: of days that no advertiser account gives a zone to
	struct view currency;  // ISO 4217, of sums over accounts; absent: none
	struct tenant_costs costs;
	struct tenant_tiktok tiktok;
	struct goal *goals;
	size_t goal_count;
};

// Names as in config and outputs: "time_decay", "click", "net", "per_credit".
const char *goal_model_name(enum goal_model model);
const char *goal_group_name(enum goal_group group);
const char *goal_basis_name(enum goal_basis basis);
const char *goal_export_name(enum goal_export export);
const char *goal_source_name(enum goal_source source);
