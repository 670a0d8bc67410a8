// SPDX-License-Identifier: Apache-2.0
// The config as the processor needs it: tenants found by id without a search, `where` paths resolved against the contracts, names as views.
// Built once at start, shared by all shards, read only.
#pragma once
#include "attribution/goal.h"
#include "config/config.h"
#include "schemas/contract.h"

struct rules_where {
	struct contract_path path;
	const struct view *values;
	size_t value_count;
};

struct rules_goal {
	const struct goal *goal;
	struct rules_where *where;
	size_t where_count;
	struct view model, group, basis; // names for outputs
};

struct rules_tenant {
	const struct tenant *tenant;
	struct rules_goal *goals;
	size_t goal_count;
};

struct rules {
	int64_t lateness_ms, max_future_ms, order_lifetime_ms;
	int64_t max_lookback_ms; // the largest of any tenant
	bool keep_query;
	bool uses_orders, uses_conversions; // by any goal
	struct rules_tenant *tenants;
	size_t tenant_count;
	uint32_t *slots; // hash of id -> index + 1
	size_t slot_mask;
	struct arena arena;
};

// FATAL: a `where` path that the contract does not have, naming goal and nearest field.
int rules_new(const struct config *config, struct rules **out, struct err *err) MUST_USE;
void rules_free(struct rules **rules);

const struct rules_tenant *rules_tenant(const struct rules *rules, struct view id);       // NULL: not in the config
const struct rules_goal *rules_goal(const struct rules_tenant *tenant, struct view name); // NULL: no such goal (any more)

// Does the goal look at this record (an order or conversion of the goal's source, event already compared)?
bool rules_where_matches(const struct rules_goal *goal, const void *record, struct arena *arena);
