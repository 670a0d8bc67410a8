// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/rules.h"

#include <stdlib.h>
#include <xxhash.h>

static int compile_where(const struct tenant *t, const struct goal *g, struct rules_goal *out, struct arena *arena, struct err *err)
{
	const struct contract *contract = g->source == GOAL_ORDERS ? contract_order : contract_conversion;

	out->where = arena_take(arena, g->where_count * sizeof *out->where);
	for (size_t i = 0; i < g->where_count; i++) {
		struct rules_where *w = &out->where[out->where_count++];

		if (contract_path_resolve(contract, g->where[i].path, &w->path, err) != 0)
			return err_prefix(err, "tenant %.*s, goal %.*s, where", VIEW_ARG(t->id), VIEW_ARG(g->name));
		w->values = g->where[i].values;
		w->value_count = g->where[i].value_count;
	}
	return 0;
}

static int compile_tenant(struct rules *r, const struct tenant *t, struct rules_tenant *out, struct err *err)
{
	out->tenant = t;
	out->goals = arena_zero(&r->arena, t->goal_count * sizeof *out->goals);
	for (size_t i = 0; i < t->goal_count; i++) {
		const struct goal *g = &t->goals[i];
		struct rules_goal *goal = &out->goals[out->goal_count++];

		goal->goal = g;
		goal->model = view_text(goal_model_name(g->model));
		goal->group = view_text(goal_group_name(g->participation_group));
		goal->basis = view_text(goal_basis_name(g->value_basis));
		r->uses_orders |= g->source == GOAL_ORDERS;
		r->uses_conversions |= g->source == GOAL_CONVERSIONS;
		if (compile_where(t, g, goal, &r->arena, err) != 0)
			return -1;
	}
	if (t->max_lookback_ms > r->max_lookback_ms)
		r->max_lookback_ms = t->max_lookback_ms;
	return 0;
}

static void index_tenants(struct rules *r)
{
	size_t slots = 16;

	while (slots < r->tenant_count * 2)
		slots *= 2;
	r->slots = arena_zero(&r->arena, slots * sizeof *r->slots);
	r->slot_mask = slots - 1;
	for (size_t i = 0; i < r->tenant_count; i++) {
		struct view id = r->tenants[i].tenant->id;
		size_t at = XXH64(id.p, id.n, 0) & r->slot_mask;

		while (r->slots[at])
			at = (at + 1) & r->slot_mask;
		r->slots[at] = (uint32_t)i + 1;
	}
}

int rules_new(const struct config *config, struct rules **out, struct err *err)
{
	struct rules *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	r->lateness_ms = config->attribution.allowed_lateness_ms;
	r->max_future_ms = config->attribution.max_future_ms;
	r->order_lifetime_ms = config->attribution.order_lifetime_ms;
	r->keep_query = config->keep_query;
	r->tenants = arena_zero(&r->arena, config->tenant_count * sizeof *r->tenants);
	for (size_t i = 0; i < config->tenant_count; i++)
		if (compile_tenant(r, &config->tenants[i], &r->tenants[r->tenant_count++], err) != 0) {
			rules_free(&r);
			return -1;
		}
	index_tenants(r);
	*out = r;
	return 0;
}

void rules_free(struct rules **rules)
{
	if (!*rules)
		return;
	arena_clear(&(*rules)->arena);
	free(*rules);
	*rules = NULL;
}

const struct rules_tenant *rules_tenant(const struct rules *r, struct view id)
{
	for (size_t at = XXH64(id.p, id.n, 0) & r->slot_mask; r->slots[at]; at = (at + 1) & r->slot_mask) {
		const struct rules_tenant *t = &r->tenants[r->slots[at] - 1];

		if (view_eq(t->tenant->id, id))
			return t;
	}
	return NULL;
}

const struct rules_goal *rules_goal(const struct rules_tenant *tenant, struct view name)
{
	for (size_t i = 0; i < tenant->goal_count; i++)
		if (view_eq(tenant->goals[i].goal->name, name))
			return &tenant->goals[i];
	return NULL;
}

static bool one_of(struct view value, const struct view *values, size_t n)
{
	for (size_t i = 0; i < n; i++)
		if (view_eq(value, values[i]))
			return true;
	return false;
}

bool rules_where_matches(const struct rules_goal *goal, const void *record, struct arena *arena)
{
	for (size_t i = 0; i < goal->where_count; i++) {
		const struct rules_where *w = &goal->where[i];
		struct view value = contract_path_read(&w->path, record, arena);

		if (!value.p || !one_of(value, w->values, w->value_count))
			return false;
	}
	return true;
}
