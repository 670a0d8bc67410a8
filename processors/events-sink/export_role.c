// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/export_role.h"

#include <stdlib.h>
#include <unistd.h>

#include "base/metrics.h"
#include "base/now.h"
#include "runtime/admin_json.h"

static int by_name(const void *a, const void *b)
{
	const struct export_goal *x = a, *y = b;
	int order = view_cmp(x->tenant->id, y->tenant->id);

	return order ? order : view_cmp(x->goal->name, y->goal->name);
}

const struct export_goal *export_role_goal(const struct export_role *role, struct view tenant, struct view goal)
{
	const struct tenant t = {.id = tenant};
	const struct goal g = {.name = goal};
	const struct export_goal wanted = {.tenant = &t, .goal = &g};

	return role->goal_count ? bsearch(&wanted, role->goals, role->goal_count, sizeof *role->goals, by_name) : NULL;
}

static size_t count_goals(const struct config *c)
{
	size_t n = 0;

	for (size_t i = 0; i < c->tenant_count; i++)
		for (size_t k = 0; k < c->tenants[i].goal_count; k++)
			n += c->tenants[i].goals[k].export != EXPORT_NONE;
	return n;
}

static int add_goal(struct export_role *role, size_t tenant, const struct goal *goal, struct err *err)
{
	struct export_goal *g = &role->goals[role->goal_count++];

	*g = (struct export_goal){.tenant = &role->config->tenants[tenant], .goal = goal, .tenant_index = tenant};
	if (event_plan_new(g->tenant, goal, &g->plan, err) == 0)
		return 0;
	return err_prefix(err, "tenant %.*s", VIEW_ARG(g->tenant->id));
}

static int plan_goals(struct export_role *role, struct err *err)
{
	const struct config *c = role->config;

	role->goals = calloc(count_goals(c) + 1, sizeof *role->goals);
	if (!role->goals)
		err_out_of_memory();
	for (size_t i = 0; i < c->tenant_count; i++)
		for (size_t k = 0; k < c->tenants[i].goal_count; k++)
			if (c->tenants[i].goals[k].export != EXPORT_NONE && add_goal(role, i, &c->tenants[i].goals[k], err) != 0)
				return -1;
	qsort(role->goals, role->goal_count, sizeof *role->goals, by_name);
	return 0;
}

// A tenant that maps no status tells no orders.
static int plan_orders(struct export_role *role, struct err *err)
{
	const struct config *c = role->config;

	role->orders = calloc(c->tenant_count + 1, sizeof(struct order_sync_plan *));
	if (!role->orders)
		err_out_of_memory();
	for (size_t i = 0; i < c->tenant_count; i++)
		if (c->tenants[i].tiktok.order_sync.status_count > 0 &&
			order_sync_plan_new(&c->tenants[i].tiktok.order_sync, &role->orders[i], err) != 0)
			return err_prefix(err, "tenant %.*s", VIEW_ARG(c->tenants[i].id));
	return 0;
}

bool export_role_tells_orders(const struct config *config)
{
	for (size_t i = 0; i < config->tenant_count; i++)
		if (config->tenants[i].tiktok.order_sync.status_count > 0)
			return true;
	return false;
}

static void start_sender(struct export_role *role)
{
	const struct config *c = role->config;

	role->sender = sender_new(&(struct send_options){
		.endpoint = c->events_sink.endpoint,
		.ca_file = c->events_sink.ca_file,
		.batch_events = c->events_sink.batch,
		.batch_bytes = (int64_t)c->events_sink.batch_bytes,
		.batch_age_ms = c->events_sink.batch_age_ms,
		.requests_in_flight = c->events_sink.requests_in_flight,
		.timeout_ms = c->events_sink.request_timeout_ms,
		.app_per_second = c->events_sink.app_rate,
		.advertiser_per_second = c->events_sink.advertiser_rate,
		.retry_first_ms = 500,
		.retry_most_ms = 60000,
		.throttle_first_ms = 1000,
		.throttle_most_ms = 300000,
		.seed = (uint64_t)getpid(),
		.tokens = sink_tokens_source(role->tokens),
		.order_path = c->events_sink.order_path,
		.order_header = c->events_sink.order_header,
	});
}

int export_role_new(const struct config *config, struct registry *registry, struct export_role **out, struct err *err)
{
	struct export_role *role = calloc(1, sizeof *role);

	if (!role)
		err_out_of_memory();
	role->config = config;
	role->registry = registry;
	role->pauses = pauses_new(config);
	*out = role;
	if (plan_goals(role, err) != 0 || plan_orders(role, err) != 0 ||
		wire_header_for(contract_export_result, registry, config->topics.export_results, &role->result_header, err) != 0) {
		export_role_free(out);
		return -1;
	}
	role->tokens = sink_tokens_new(config);
	sink_tokens_follow(role->tokens, registry);
	start_sender(role);
	return 0;
}

void export_role_free(struct export_role **out)
{
	struct export_role *role = *out;

	if (!role)
		return;
	sender_free(&role->sender);
	sink_tokens_free(&role->tokens);
	pauses_free(&role->pauses);
	for (size_t i = 0; i < role->goal_count; i++)
		event_plan_free(&role->goals[i].plan);
	free(role->goals);
	for (size_t i = 0; role->orders && i < role->config->tenant_count; i++)
		order_sync_plan_free(&role->orders[i]);
	free(role->orders);
	free(role);
	*out = NULL;
}

void export_role_pause(struct export_role *role, const struct pause *pause)
{
	metrics_set(metrics_slot(METRICS_EXPORT_PAUSED), (double)pauses_put(role->pauses, pause));
}

void export_role_go_on(struct export_role *role, const struct pause *pause)
{
	metrics_set(metrics_slot(METRICS_EXPORT_PAUSED), (double)pauses_end(role->pauses, pause));
}

void export_role_describe(void *role_state, struct buf *json)
{
	struct export_role *role = role_state;
	struct send_numbers n;

	sender_numbers(role->sender, &n);
	buf_add_text(json, "{");
	admin_json_name(json, "sender");
	buf_add_text(json, "{");
	admin_json_integer(json, "waiting", (int64_t)n.waiting);
	admin_json_integer(json, "in_flight", (int64_t)n.in_flight);
	admin_json_integer(json, "requests", (int64_t)n.requests);
	admin_json_integer(json, "retries", (int64_t)n.retries);
	admin_json_integer(json, "throttled", (int64_t)n.throttled);
	admin_json_integer(json, "bisected", (int64_t)n.bisected);
	admin_json_optional(json, "down_since", n.down_since_ms, 0);
	buf_add_text(json, "}");
	admin_json_name(json, "paused");
	pauses_print(role->pauses, json);
	buf_add_text(json, "}");
}

void export_role_measure(void *role_state)
{
	struct export_role *role = role_state;
	struct send_numbers n, before = role->measured;

	sender_numbers(role->sender, &n);
	role->measured = n;
	metrics_set(metrics_slot(METRICS_EXPORT_WAITING), (double)n.waiting);
	metrics_set(metrics_slot(METRICS_EXPORT_IN_FLIGHT), (double)n.in_flight);
	metrics_add(metrics_slot(METRICS_EXPORT_REQUESTS), n.requests - before.requests);
	metrics_add(metrics_slot(METRICS_EXPORT_RETRIES), n.retries - before.retries);
	metrics_add(metrics_slot(METRICS_EXPORT_THROTTLED), n.throttled - before.throttled);
	metrics_set(metrics_slot(METRICS_EXPORT_DOWN), n.down_since_ms ? (double)(now_wall_ms() - n.down_since_ms) / 1e3 : 0);
}
