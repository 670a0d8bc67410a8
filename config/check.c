// SPDX-License-Identifier: Apache-2.0
#include "config/check.h"

#include "base/money.h"
#include "base/own.h"
#include "base/when.h"
#include "config/where.h"

enum { SEAL_ID_MAX = 32, PERCENT_DIGITS = 4, PERCENT_MOST = 100 * 10000 };

struct goal_in_file {
	struct problems *problems;
	const struct goal *goal;
	const struct config_goal_marks *marks;
	const char *file;
};

static const struct config_mark *goal_mark(const struct goal_in_file *g, const char *key)
{
	return &g->marks->rows[setting_index(setting_find(SETTING_OF_GOAL, view_text(key)))];
}

// Where a goal says it, or where the goal begins if it does not.
static struct origin goal_place(const struct goal_in_file *g, const char *key)
{
	const struct config_mark *mark = goal_mark(g, key);

	return loading_place(g->file, mark->line > 0 ? *mark : g->marks->at);
}

static void check_window(const struct goal_in_file *g, int64_t max_lookback_ms)
{
	char lookback[WHEN_ISO_SIZE], limit[WHEN_ISO_SIZE];

	if (g->goal->lookback_ms <= max_lookback_ms)
		return;
	when_print_duration(g->goal->lookback_ms, lookback);
	when_print_duration(max_lookback_ms, limit);
	problem_add(g->problems, goal_place(g, "lookback"), "lookback: %s is longer than the tenant's max_lookback, %s", lookback, limit);
}

static void check_source(const struct goal_in_file *g)
{
	if (g->goal->source == GOAL_CONVERSIONS && goal_mark(g, "event")->line == 0)
		problem_add(g->problems, goal_place(g, "event"), "event is missing: source: conversions needs the event name to select");
	if (g->goal->source == GOAL_ORDERS && view_is_set(g->goal->value_property))
		problem_add(g->problems, goal_place(g, "value_property"),
			"value_property: is for source: conversions; an order's value is its own");
}

static void check_model(const struct goal_in_file *g)
{
	if (g->goal->model == MODEL_CUSTOM && goal_mark(g, "weights")->line == 0)
		problem_add(g->problems, goal_place(g, "model"), "model: custom needs weights, as [40, 20, 40] for first, middle, last");
}

static void check_where(const struct goal_in_file *g)
{
	for (size_t i = 0; i < g->goal->where_count; i++) {
		struct view path = g->goal->where[i].path;
		const char *nearest = where_nearest(g->goal->source, path);
		OWN(buf_clear) struct buf quoted = {0};

		if (where_path_exists(g->goal->source, path))
			continue;
		problem_quote(path, &quoted);
		problem_add(g->problems, goal_place(g, "where"), "where: %.*s is no field of %s%s%s", VIEW_ARG(buf_view(&quoted)),
			goal_source_name(g->goal->source), nearest ? "; nearest: " : "", nearest ? nearest : "");
	}
}

static void check_event_id(const struct goal_in_file *g)
{
	if (g->goal->destination.event_id == EVENT_ID_CONVERSION_ID && g->goal->export == EXPORT_PER_CREDIT)
		problem_add(g->problems, goal_place(g, "event_id"),
			"event_id: conversion_id goes with export: last_touch_only; per_credit sends several events of a conversion");
}

// ---- costs

struct cost {
	const char *key;
	struct view text;
	bool percent;
};

static struct origin tenant_place(const struct config_tenant_marks *marks, const char *key)
{
	struct config_mark mark = marks->rows[setting_index(setting_find(SETTING_OF_TENANT, view_text(key)))];

	return loading_place(marks->file, mark.line > 0 ? mark : marks->at);
}

static void check_cost(struct problems *problems, const struct cost *cost, const struct money_currency *currency,
	const struct config_tenant_marks *marks)
{
	OWN(buf_clear) struct buf quoted = {0};
	int64_t minor;

	if (!view_is_set(cost->text))
		return;
	problem_quote(cost->text, &quoted);
	if (cost->percent && (money_parse(cost->text, PERCENT_DIGITS, &minor) != 0 || minor > PERCENT_MOST))
		problem_add(problems, tenant_place(marks, cost->key), "%s: %.*s is no percentage from 0 to 100 with up to %d decimals, as \"42.5\"",
			cost->key, VIEW_ARG(buf_view(&quoted)), PERCENT_DIGITS);
	if (cost->percent)
		return;
	if (!currency)
		problem_add(problems, tenant_place(marks, cost->key), "%s: money needs the tenant's currency", cost->key);
	else if (money_parse(cost->text, currency->exponent, &minor) != 0)
		problem_add(problems, tenant_place(marks, cost->key), "%s: %.*s is no amount of %s, digits with at most %d behind the point",
			cost->key, VIEW_ARG(buf_view(&quoted)), currency->code, currency->exponent);
}

static void check_costs(struct problems *problems, const struct tenant *tenant, const struct config_tenant_marks *marks)
{
	const struct tenant_costs *c = &tenant->costs;
	const struct cost costs[] = {{"costs.cogs", c->cogs, false}, {"costs.cogs_percent", c->cogs_percent, true},
		{"costs.shipping", c->shipping, false}, {"costs.return", c->returned, false}, {"costs.fee", c->fee, false},
		{"costs.fee_percent", c->fee_percent, true}};
	const struct money_currency *currency = view_is_set(tenant->currency) ? money_currency(tenant->currency) : NULL;

	for (size_t i = 0; i < sizeof costs / sizeof costs[0]; i++)
		check_cost(problems, &costs[i], currency, marks);
}

static void check_names(struct problems *problems, const struct tenant *tenant, const struct config_tenant_marks *marks)
{
	for (size_t i = 0; i < tenant->goal_count; i++) {
		for (size_t before = 0; before < i; before++) {
			if (!view_eq(tenant->goals[before].name, tenant->goals[i].name))
				continue;
			problem_add(problems, loading_place(marks->file, marks->goals[i].at), "goal %.*s is there twice, first in line %d",
				VIEW_ARG(tenant->goals[i].name), marks->goals[before].at.line);
			break;
		}
	}
}

void check_tenant(struct problems *problems, const struct tenant *tenant, const struct config_tenant_marks *marks)
{
	for (size_t i = 0; i < tenant->goal_count; i++) {
		struct goal_in_file g = {problems, &tenant->goals[i], &marks->goals[i], marks->file};

		check_window(&g, tenant->max_lookback_ms);
		check_source(&g);
		check_model(&g);
		check_where(&g);
		check_event_id(&g);
	}
	check_names(problems, tenant, marks);
	check_costs(problems, tenant, marks);
}

static struct origin place(const struct loading *l, const char *key)
{
	return l->config->origins->rows[setting_index(setting_find(SETTING_OF_CONFIG, view_text(key)))];
}

static void check_lifetime(struct loading *l)
{
	int64_t least = 2 * l->config->attribution.allowed_lateness_ms;
	struct origin at = place(l, "attribution.order_lifetime");
	char lifetime[WHEN_ISO_SIZE], needed[WHEN_ISO_SIZE];

	if (l->config->attribution.order_lifetime_ms >= least)
		return;
	when_print_duration(l->config->attribution.order_lifetime_ms, lifetime);
	when_print_duration(least, needed);
	problem_add(&l->problems, at.kind == ORIGIN_DEFAULT ? place(l, "attribution.allowed_lateness") : at,
		"attribution.order_lifetime: %s is less than twice allowed_lateness, %s", lifetime, needed);
}

static bool is_topic(const struct setting *row)
{
	return row->form == FORM_TOPIC;
}

static const char *topic_of(const struct loading *l, const struct setting *row)
{
	return *(const char *const *)((const char *)l->config + row->offset);
}

static void check_topics(struct loading *l)
{
	const struct setting *first = setting_first(SETTING_OF_CONFIG);
	const struct setting *end = first + setting_count(SETTING_OF_CONFIG);

	for (const struct setting *row = first; row < end; row++) {
		for (const struct setting *other = first; is_topic(row) && other < row; other++) {
			if (!is_topic(other) || strcmp(topic_of(l, row), topic_of(l, other)) != 0)
				continue;
			bool said = place(l, row->key).kind != ORIGIN_DEFAULT;
			problem_add(&l->problems, place(l, said ? row->key : other->key), "%s and %s are both %s: topics differ", other->key, row->key,
				topic_of(l, row));
		}
	}
}

static void check_registry(struct loading *l)
{
	const struct config *config = l->config;
	bool user = config->schema_registry.user, password = config->schema_registry.password;

	if (user != password)
		problem_add(&l->problems, place(l, user ? "schema_registry.user" : "schema_registry.password"),
			"schema_registry: user and password go together, %s is missing", user ? "password" : "user");
}

static void check_endpoint(struct loading *l)
{
	const char *endpoint = l->config->events_sink.endpoint;

	if (endpoint[strlen(endpoint) - 1] != '/')
		problem_add(&l->problems, place(l, "events_sink.endpoint"), "events_sink.endpoint: %s does not end with /", endpoint);
}

// It stands between dots in what is sealed.
static bool is_key_id(struct view id)
{
	for (size_t i = 0; i < id.n; i++) {
		char c = id.p[i];

		if (!((c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '_' || c == '-'))
			return false;
	}
	return id.n > 0 && id.n <= SEAL_ID_MAX;
}

static void check_seal(struct loading *l)
{
	const struct config *config = l->config;
	bool known = !config->seal.current;

	for (size_t i = 0; i < config->seal.key_count; i++) {
		struct view id = config->seal.keys[i].from;

		known |= config->seal.current && view_eq(id, view_text(config->seal.current));
		if (!is_key_id(id))
			problem_add(&l->problems, place(l, "seal.keys"),
				"seal.keys: the id %.*s is not 1 to %d letters, digits, underscores and hyphens", VIEW_ARG(id), SEAL_ID_MAX);
	}
	if (!known)
		problem_add(&l->problems, place(l, "seal.current"), "seal.current: %s is no key of seal.keys", config->seal.current);
	if (!config->seal.current && config->seal.key_count > 1)
		problem_add(&l->problems, place(l, "seal.keys"), "seal.current is missing: which of the %zu keys seals?", config->seal.key_count);
}

void check_config(struct loading *l)
{
	check_lifetime(l);
	check_topics(l);
	check_registry(l);
	check_endpoint(l);
	check_seal(l);
}
