// SPDX-License-Identifier: Apache-2.0
// What only the events sink needs: attribution runs without it, so loading does not ask for it.
#include "base/own.h"
#include "base/when.h"
#include "config/config.h"
#include "config/loading.h"

struct sink_check {
	const struct config *config;
	struct problems problems;
	const struct tenant *tenant;
	const struct config_tenant_marks *marks; // of the tenant
};

static struct origin config_place(const struct sink_check *s, const char *key)
{
	return s->config->origins->rows[setting_index(setting_find(SETTING_OF_CONFIG, view_text(key)))];
}

// Where the tenant says it, or where the tenant begins if it does not.
static struct origin tenant_place(const struct sink_check *s, const char *key)
{
	const struct config_mark *mark = &s->marks->rows[setting_index(setting_find(SETTING_OF_TENANT, view_text(key)))];

	return loading_place(s->marks->file, mark->line > 0 ? *mark : s->marks->at);
}

static struct origin goal_place(const struct sink_check *s, size_t goal, const char *key)
{
	const struct config_mark *mark = &s->marks->goals[goal].rows[setting_index(setting_find(SETTING_OF_GOAL, view_text(key)))];

	return loading_place(s->marks->file, mark->line > 0 ? *mark : s->marks->goals[goal].at);
}

bool config_exports(const struct tenant *tenant)
{
	for (size_t i = 0; i < tenant->goal_count; i++) {
		if (tenant->goals[i].export != EXPORT_NONE)
			return true;
	}
	return false;
}

static void check_secret(struct sink_check *s, struct view written, struct origin at, const char *what, struct view id)
{
	struct buf text = {0};
	struct err err;

	if (config_expand_secret(written, &text, &err) != 0)
		problem_add(&s->problems, at, "%s%.*s: %s", what, VIEW_ARG(id), err.words);
	else if (text.n == 0)
		problem_add(&s->problems, at, "%s%.*s: is empty", what, VIEW_ARG(id));
	if (text.p)
		explicit_bzero(text.p, text.room);
	buf_clear(&text);
}

// The id that events of a kind are sent to.
static const struct {
	enum destination_source source;
	const char *source_name, *tenants_key;
	size_t of_tenant, of_goal;
} ids[] = {
#define ID(kind, name, field) \
	{ \
		kind, name, "tiktok." #field, offsetof(struct tenant_tiktok, field), offsetof(struct destination, field) \
	}
	ID(SOURCE_WEB, "web", pixel_code),
	ID(SOURCE_APP, "app", app_id),
	ID(SOURCE_OFFLINE, "offline", offline_event_set_id),
	ID(SOURCE_CRM, "crm", crm_event_set_id),
#undef ID
};

static bool has_id(const struct sink_check *s, const struct goal *goal, size_t i)
{
	return view_is_set(*(const struct view *)((const char *)&goal->destination + ids[i].of_goal)) ||
		view_is_set(*(const struct view *)((const char *)&s->tenant->tiktok + ids[i].of_tenant));
}

static void check_source_id(struct sink_check *s, size_t index)
{
	const struct goal *goal = &s->tenant->goals[index];
	enum destination_source source = goal->destination.source;

	for (size_t i = 0; i < sizeof ids / sizeof ids[0]; i++) {
		if (source != SOURCE_AUTO && ids[i].source != source)
			continue;
		if (has_id(s, goal, i))
			return;
		if (source == SOURCE_AUTO)
			continue;
		problem_add(&s->problems, goal_place(s, index, "destination.source"),
			"destination.source: %s needs the tenant's %s, or destination.%s", ids[i].source_name, ids[i].tenants_key,
			strchr(ids[i].tenants_key, '.') + 1);
		return;
	}
	problem_add(&s->problems, goal_place(s, index, "export"),
		"export: events need an address: tiktok.pixel_code, app_id, offline_event_set_id or crm_event_set_id of the tenant");
}

static void check_tenant(struct sink_check *s)
{
	const struct tenant *tenant = s->tenant;

	if (!config_exports(tenant))
		return;
	if (!view_is_set(tenant->tiktok.advertiser_id))
		problem_add(&s->problems, tenant_place(s, "tiktok.advertiser_id"), "tenant %.*s exports, but tiktok.advertiser_id is missing",
			VIEW_ARG(tenant->id));
	if (view_is_set(tenant->tiktok.access_token))
		check_secret(s, tenant->tiktok.access_token, tenant_place(s, "tiktok.access_token"), "tiktok.access_token", VIEW_LIT(""));
	for (size_t i = 0; i < tenant->goal_count; i++) {
		if (tenant->goals[i].export != EXPORT_NONE)
			check_source_id(s, i);
	}
}

static void check_retention(struct sink_check *s)
{
	int64_t least = 2 * s->config->attribution.order_lifetime_ms;
	char kept[WHEN_ISO_SIZE], needed[WHEN_ISO_SIZE];

	if (s->config->events_sink.ledger_retention_ms >= least)
		return;
	when_print_duration(s->config->events_sink.ledger_retention_ms, kept);
	when_print_duration(least, needed);
	problem_add(&s->problems, config_place(s, "events_sink.ledger_retention"),
		"events_sink.ledger_retention: %s is less than twice attribution.order_lifetime, %s", kept, needed);
}

static void check_all(struct sink_check *s)
{
	const struct config *config = s->config;
	bool any = false;

	for (size_t i = 0; i < config->tenant_count && !problem_full(&s->problems); i++) {
		s->tenant = &config->tenants[i];
		s->marks = &config->origins->tenants[i];
		check_tenant(s);
		any |= config_exports(s->tenant);
	}
	if (!any)
		return;
	check_retention(s);
	for (size_t i = 0; i < config->seal.key_count; i++)
		check_secret(s, config->seal.keys[i].to, config_place(s, "seal.keys"), "seal.keys.", config->seal.keys[i].from);
}

int config_check_events_sink(const struct config *config, struct buf *problems, struct err *err)
{
	struct sink_check s = {.config = config};
	int rc = 0;

	check_all(&s);
	if (s.problems.count > 0)
		rc = err_set(err, ERR_FATAL, "config_invalid", "the configuration has %d problem%s for the events sink", s.problems.count,
			s.problems.count == 1 ? "" : "s");
	buf_add_view(problems, buf_view(&s.problems.text));
	problem_clear(&s.problems);
	return rc;
}
