// SPDX-License-Identifier: Apache-2.0
#include "tiktok/event.h"

#include <stdlib.h>

#include "tiktok/event_plan.h"

enum { PATH_SIZE = 128, KEY_LONGEST = 64 };
#define DAY_MS (INT64_C(24) * 60 * 60 * 1000)

static const char *const source_words[EVENT_SOURCES] = {"web", "app", "offline", "crm"};
static const char *const source_keys[EVENT_SOURCES] = {"pixel_code", "app_id", "offline_event_set_id", "crm_event_set_id"};

static struct destination_pair *copy_pairs(const struct destination_pair *pairs, size_t n, struct arena *arena)
{
	struct destination_pair *copy = arena_take(arena, (n + 1) * sizeof *copy);

	for (size_t i = 0; i < n; i++)
		copy[i] = (struct destination_pair){arena_dup(arena, pairs[i].from), arena_dup(arena, pairs[i].to)};
	return copy;
}

static void copy_source_ids(struct event_plan *plan, const struct tenant *tenant)
{
	const struct destination *d = &plan->destination;
	const struct tenant_tiktok *t = &tenant->tiktok;
	const struct view ids[EVENT_SOURCES][2] = {{d->pixel_code, t->pixel_code}, {d->app_id, t->app_id},
		{d->offline_event_set_id, t->offline_event_set_id}, {d->crm_event_set_id, t->crm_event_set_id}};

	for (int i = 0; i < EVENT_SOURCES; i++)
		plan->source_ids[i] = arena_dup(&plan->arena, ids[i][0].n > 0 ? ids[i][0] : ids[i][1]);
}

static void copy_settings(struct event_plan *plan, const struct tenant *tenant, const struct goal *goal)
{
	struct destination *d = &plan->destination;

	*d = goal->destination;
	d->events = copy_pairs(goal->destination.events, d->event_count, &plan->arena);
	d->fields = NULL;
	d->test_event_code = arena_dup(&plan->arena, d->test_event_code);
	plan->tenant = arena_dup(&plan->arena, tenant->id);
	plan->goal = arena_dup(&plan->arena, goal->name);
	plan->event = arena_dup(&plan->arena, goal->event);
	plan->export = goal->export;
	copy_source_ids(plan, tenant);
	for (int i = 0; i < EVENT_SOURCES; i++)
		plan->names[i].is = event_names_find(d, (enum event_source)i, plan->event, &plan->names[i].name);
}

static bool is_refused_offline(const struct event_name *name)
{
	return name->is == NAME_CUSTOM;
}

static int check_value(const struct goal *goal, struct err *err)
{
	static const enum destination_at counts_from[GOAL_BASES] = {EXPORT_AT_PLACED, EXPORT_AT_CONFIRMED, EXPORT_AT_DELIVERED,
		EXPORT_AT_DELIVERED};
	static const char *const words[] = {"placed", "confirmed", "delivered"};
	enum destination_at needed = counts_from[goal->value_basis];

	if (goal->source != GOAL_ORDERS || goal->destination.at >= needed)
		return 0;
	return err_set(err, ERR_FATAL, "event_setting",
		"goal %.*s: its value is 0 until the order is %s (value_basis: %s), and what is sent cannot be changed later; set export_at: %s",
		VIEW_ARG(goal->name), words[needed], goal_basis_name(goal->value_basis), words[needed]);
}

static int check_settings(const struct event_plan *plan, const struct goal *goal, struct err *err)
{
	const struct destination *d = &plan->destination;

	if (d->event_id == EVENT_ID_CONVERSION_ID && plan->export == EXPORT_PER_CREDIT)
		return err_set(err, ERR_FATAL, "event_setting",
			"goal %.*s: event_id: conversion_id gives every credit of a conversion one id, of which TikTok keeps one event; set export: last_touch_only",
			VIEW_ARG(goal->name));
	if (d->source == SOURCE_OFFLINE && is_refused_offline(&plan->names[EVENT_SOURCE_OFFLINE]))
		return err_set(err, ERR_FATAL, "event_setting",
			"goal %.*s: %.*s is not an event that TikTok takes from offline; say its name under destination.events, as {%.*s: Purchase}",
			VIEW_ARG(goal->name), VIEW_ARG(plan->event), VIEW_ARG(plan->event));
	return check_value(goal, err);
}

static bool is_own_property(struct view path, struct view *key)
{
	static const char prefix[] = "properties.";
	size_t n = sizeof prefix - 1;

	if (path.n <= n || path.n > n + KEY_LONGEST || memcmp(path.p, prefix, n) != 0)
		return false;
	*key = view_of(path.p + n, path.n - n);
	return !memchr(key->p, '.', key->n) && !view_eq(*key, VIEW_LIT("contents")) && bytes_are_utf8(*key);
}

static struct view quoted_key(struct view key, struct arena *arena)
{
	struct buf text = {0};

	buf_add_quoted(&text, key);
	buf_add_byte(&text, ':');
	struct view quoted = arena_dup(arena, buf_view(&text));
	buf_clear(&text);
	return quoted;
}

static int find_field(struct event_plan *plan, struct view path, struct event_mapped *m, struct err *err)
{
	char near[PATH_SIZE];
	enum destination_source source = plan->destination.source;
	struct view key;

	*m = (struct event_mapped){.field = event_fields_find(path), .path = arena_dup(&plan->arena, path)};
	if (m->field < 0 && is_own_property(path, &key))
		m->key = quoted_key(key, &plan->arena);
	else if (m->field < 0)
		return err_set(err, ERR_FATAL, "event_field",
			"%.*s is no field of an event; the nearest is %.*s, and an own one stands as properties.NAME", VIEW_ARG(path),
			VIEW_ARG(event_fields_nearest(path, near, sizeof near)));
	if (m->field >= 0 && source != SOURCE_AUTO && !(event_fields[m->field].sources & 1u << (source - SOURCE_WEB)))
		return err_set(err, ERR_FATAL, "event_field", "%.*s: events of source %s do not have it", VIEW_ARG(path),
			source_words[source - SOURCE_WEB]);
	return 0;
}

// A constant that does not fit would refuse every event: better now than then.
static int check_constant(struct event_plan *plan, const struct event_mapped *m, struct err *err)
{
	const struct event_fields_tools tools = {.arena = &plan->arena};
	enum event_field_type type;
	struct view text;

	if (m->field < 0 || !event_template_is_constant(&m->template, &text))
		return 0;
	type = (enum event_field_type)event_fields[m->field].type;
	if (type >= TYPE_EMAIL && type <= TYPE_DEVICE)
		return 0; // any text can be hashed
	if (event_fields_convert(type, text, &tools).n > 0)
		return 0;
	return err_set(err, ERR_FATAL, "event_field", "not %s", event_fields_type_words(type));
}

static int compile_field(struct event_plan *plan, const struct destination_pair *pair, struct err *err)
{
	struct event_template_scope scope = {.contract = contract_attributed_conversion, .credit = true, .value = true};
	struct event_mapped m;

	if (find_field(plan, pair->from, &m, err))
		return -1;
	scope.item = m.field >= 0 && event_fields[m.field].group == IN_CONTENTS;
	if (event_template_compile(&scope, pair->to, &plan->arena, &m.template, err) || check_constant(plan, &m, err))
		return err_prefix(err, "%.*s", VIEW_ARG(pair->from));
	plan->maps_by_event |= m.field == FIELD_USER_TTCLID || m.field == FIELD_VALUE || event_template_reads_event(&m.template);
	if (scope.item)
		plan->mapped_items[plan->mapped_item_count++] = m;
	else
		plan->mapped[plan->mapped_count++] = m;
	return 0;
}

static int compile_fields(struct event_plan *plan, const struct goal *goal, struct err *err)
{
	const struct destination *d = &goal->destination;

	plan->mapped = arena_take(&plan->arena, (d->field_count + 1) * sizeof *plan->mapped);
	plan->mapped_items = arena_take(&plan->arena, (d->field_count + 1) * sizeof *plan->mapped_items);
	for (size_t i = 0; i < d->field_count; i++)
		if (compile_field(plan, &d->fields[i], err))
			return err_prefix(err, "goal %.*s, destination.fields", VIEW_ARG(goal->name));
	return 0;
}

int event_plan_new(const struct tenant *tenant, const struct goal *goal, struct event_plan **out, struct err *err)
{
	struct event_plan *plan = calloc(1, sizeof *plan);

	if (!plan)
		err_out_of_memory();
	plan->arena.block = 4096;
	copy_settings(plan, tenant, goal);
	if (check_settings(plan, goal, err) || compile_fields(plan, goal, err)) {
		event_plan_free(&plan);
		return -1;
	}
	*out = plan;
	return 0;
}

void event_plan_free(struct event_plan **plan)
{
	if (!*plan)
		return;
	arena_clear(&(*plan)->arena);
	free(*plan);
	*plan = NULL;
}

struct view event_plan_name(const struct event_plan *plan, enum event_source source)
{
	return plan->names[source].name;
}

enum event_source event_source_of(const struct event_plan *plan, const struct attributed_conversion *conversion)
{
	const struct context *c = &conversion->context;

	if (plan->destination.source != SOURCE_AUTO)
		return (enum event_source)(plan->destination.source - SOURCE_WEB);
	if (c->app.id.n > 0)
		return EVENT_SOURCE_APP;
	return c->event_source >= 0 && c->event_source < EVENT_SOURCES ? (enum event_source)c->event_source : EVENT_SOURCE_WEB;
}

// A goal has one event, so its names are ready; only a record from before the goal's event was renamed has another.
struct event_name event_name_of(const struct event_plan *plan, const struct attributed_conversion *conversion, enum event_source source)
{
	struct event_name other;

	if (view_eq(conversion->event, plan->event))
		return plan->names[source];
	other.is = event_names_find(&plan->destination, source, conversion->event, &other.name);
	return other;
}

static int find_name(const struct event_plan *plan, const struct attributed_conversion *conversion, enum event_source source,
	struct view *out, struct err *err)
{
	struct event_name name = event_name_of(plan, conversion, source);

	*out = name.name;
	if (name.is == NAME_NONE)
		return err_set(err, ERR_POISON, "bad_field",
			"event: %.*s has no counterpart at source %s; say one under destination.events of goal %.*s", VIEW_ARG(conversion->event),
			source_words[source], VIEW_ARG(plan->goal));
	if (source == EVENT_SOURCE_OFFLINE && is_refused_offline(&name))
		return err_set(err, ERR_POISON, "bad_field",
			"event: TikTok takes no %.*s from offline; say another under destination.events of goal %.*s", VIEW_ARG(conversion->event),
			VIEW_ARG(plan->goal));
	return 0;
}

static int find_address(const struct event_plan *plan, enum event_source source, struct event_address *out, struct err *err)
{
	bool legacy = source == EVENT_SOURCE_OFFLINE && plan->destination.offline_api == OFFLINE_LEGACY;

	*out = (struct event_address){legacy ? EVENT_API_OFFLINE : EVENT_API_TRACK, source, plan->source_ids[source],
		plan->destination.test_event_code};
	if (out->source_id.n > 0)
		return 0;
	return err_set(err, ERR_POISON, "missing_field",
		"event_source_id: for %s events set tiktok.%s of tenant %.*s or destination.%s of goal %.*s", source_words[source],
		source_keys[source], VIEW_ARG(plan->tenant), source_keys[source], VIEW_ARG(plan->goal));
}

// ceiling: what it reads, what it works with and what it fills are each another thing
int event_write(const struct event_plan *plan, const struct attributed_conversion *conversion, const struct event_wanted *event,
	struct digest *digest, struct arena *arena, struct event_written *out, struct buf *json, struct err *err)
{
	struct event_scene scene = {.plan = plan,
		.conversion = conversion,
		.event = event,
		.tools = {digest, arena, plan->destination.lower_case_external_id},
		.begin = json->n,
		.seams = &out->seams};

	scene.source = event_source_of(plan, conversion);
	*out = (struct event_written){0};
	if (find_address(plan, scene.source, &out->address, err) || find_name(plan, conversion, scene.source, &out->name, err))
		return -1;
	if (event_values_fill(&scene, err))
		return -1;
	out->without_value = scene.value_left_out;
	out->seams.exponent = scene.exponent;
	int result = (out->address.api == EVENT_API_OFFLINE ? event_legacy_write : event_payload_write)(&scene, out->name, json, err);
	if (result == 0 && !json->full)
		return 0;
	json->n = scene.begin;
	return result ? result : err_set(err, ERR_POISON, "too_large", "the event does not fit into %zu bytes", json->ceiling);
}

// Web: a click counts for at most 28 days, so an older event can be attributed to nothing. Offline: TikTok's limit. App, CRM: none is known, and what is
// true of the others is a safe choice.
int64_t event_oldest(enum event_source source)
{
	(void)source;
	return 28 * DAY_MS;
}
