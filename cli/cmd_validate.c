// SPDX-License-Identifier: Apache-2.0
#include <stdio.h>

#include "base/own.h"
#include "cli/options.h"
#include "crypto/seal.h"
#include "processors/events-sink/sink_tokens.h"
#include "runtime/validate.h"
#include "schemas/contract.h"
#include "tiktok/event.h"
#include "tiktok/order_sync.h"

// Findings are lines of level, subject and words with tabs between, as runtime/validate.h gives them.
struct verdict {
	struct buf findings;
	bool bad;
	size_t tenants, goals;
};

static void add_finding(struct verdict *v, const char *level, const char *subject, struct view words)
{
	buf_addf(&v->findings, "%s\t%s\t%.*s\n", level, subject, VIEW_ARG(words));
	v->bad |= strcmp(level, "problem") == 0;
}

static struct view take_until(struct view *rest, char end)
{
	const char *stop = memchr(rest->p, end, rest->n);
	struct view taken = view_of(rest->p, stop ? (size_t)(stop - rest->p) : rest->n);
	size_t n = taken.n + (stop != NULL);

	*rest = view_of(rest->p + n, rest->n - n);
	return taken;
}

static void count(struct verdict *v, const struct config *config)
{
	v->tenants = config->tenant_count;
	for (size_t i = 0; i < config->tenant_count; i++)
		v->goals += config->tenants[i].goal_count;
}

static void judge_file(struct verdict *v, const struct config *config, const char *file)
{
	count(v, config);
	if (v->goals == 0 && !file)
		add_finding(v, "problem", "config", VIEW_LIT("there is no ./lookback.yaml; --config FILE or LOOKBACK_CONFIG names another"));
	else if (v->goals == 0)
		add_finding(v, "problem", "tenants",
			VIEW_LIT("there is no goal, so nothing would be attributed; docs/example-config.yaml shows one"));
}

// 0, or -1 with the problems as findings.
static int load(const struct options *options, struct verdict *v, struct config **config)
{
	OWN(buf_clear) struct buf problems = {0};
	struct err err;
	int rc = config_load_verbose(options_file(options), options->flags, options->flag_count, config, &problems, &err);
	struct view rest = buf_view(&problems);

	while (rest.n > 0)
		add_finding(v, "problem", "config", take_until(&rest, '\n'));
	if (rc != 0 && problems.n == 0)
		add_finding(v, "problem", "config", view_text(err.words));
	return rc;
}

// Are those that can be read tokens, and do the sealed ones open?
static void judge_tokens(struct verdict *v, const struct config *config)
{
	OWN(sink_tokens_free) struct sink_tokens *tokens = sink_tokens_new(config);

	for (size_t i = 0; i < config->tenant_count; i++) {
		const struct tenant *tenant = &config->tenants[i];
		OWN(seal_wipe) struct buf token = {0};
		uint64_t version;
		struct err err;

		if (config_exports(tenant) && view_is_set(tenant->tiktok.access_token) &&
			sink_tokens_get(tokens, tenant->id, &token, &version, &err) != 0)
			add_finding(v, "problem", "events_sink", view_text(err.words));
	}
}

static void add_plan_finding(struct verdict *v, const struct tenant *tenant, const struct err *err)
{
	OWN(buf_clear) struct buf words = {0};

	buf_addf(&words, "tenant %.*s: %s", VIEW_ARG(tenant->id), err->words);
	add_finding(v, "problem", "events_sink", buf_view(&words));
}

// Field mappings, event ids and order statuses are compiled as the role would.
static void judge_plans(struct verdict *v, const struct tenant *tenant)
{
	struct err err;

	for (size_t i = 0; i < tenant->goal_count; i++) {
		OWN(event_plan_free) struct event_plan *plan = NULL;
		const struct goal *goal = &tenant->goals[i];

		if (goal->export != EXPORT_NONE && event_plan_new(tenant, goal, &plan, &err) != 0)
			add_plan_finding(v, tenant, &err);
	}
	OWN(order_sync_plan_free) struct order_sync_plan *orders = NULL;
	if (tenant->tiktok.order_sync.status_count > 0 && order_sync_plan_new(&tenant->tiktok.order_sync, &orders, &err) != 0)
		add_plan_finding(v, tenant, &err);
}

// What goals that export need; the other roles would run without it.
static void judge_events_sink(struct verdict *v, const struct config *config)
{
	OWN(buf_clear) struct buf problems = {0};
	struct err err;

	if (contract_setup(&err) != 0) {
		add_finding(v, "problem", "contracts", view_text(err.words));
		return;
	}
	for (size_t i = 0; i < config->tenant_count; i++)
		judge_plans(v, &config->tenants[i]);
	if (config_check_events_sink(config, &problems, &err) == 0)
		return judge_tokens(v, config);
	struct view rest = buf_view(&problems);
	while (rest.n > 0)
		add_finding(v, "problem", "events_sink", take_until(&rest, '\n'));
}

// An app that is named is meant to read accounts.
static void judge_spend_ingest(struct verdict *v, const struct config *config)
{
	OWN(buf_clear) struct buf problems = {0};
	struct err err;

	if (config_check_spend_ingest(config, config->marketing_api.app_id != NULL, &problems, &err) == 0)
		return;
	struct view rest = buf_view(&problems);
	while (rest.n > 0)
		add_finding(v, "problem", "spend_ingest", take_until(&rest, '\n'));
}

static void print_json(const struct verdict *v, struct buf *out)
{
	struct view rest = buf_view(&v->findings);
	const char *comma = "";

	buf_addf(out, "{\"valid\": %s, \"tenants\": %zu, \"goals\": %zu, \"findings\": [", v->bad ? "false" : "true", v->tenants, v->goals);
	while (rest.n > 0) {
		struct view line = take_until(&rest, '\n');

		buf_addf(out, "%s\n  {\"level\": ", comma);
		buf_add_quoted(out, take_until(&line, '\t'));
		buf_add_text(out, ", \"subject\": ");
		buf_add_quoted(out, take_until(&line, '\t'));
		buf_add_text(out, ", \"words\": ");
		buf_add_quoted(out, line);
		buf_add_byte(out, '}');
		comma = ",";
	}
	buf_addf(out, "%s]}\n", *comma ? "\n" : "");
}

static void print_table(const struct verdict *v, struct buf *out)
{
	struct view rest = buf_view(&v->findings);

	while (rest.n > 0) {
		struct view line = take_until(&rest, '\n');
		struct view level = take_until(&line, '\t');
		struct view subject = take_until(&line, '\t');

		buf_addf(out, "%-8.*s %-24.*s %.*s\n", VIEW_ARG(level), VIEW_ARG(subject), VIEW_ARG(line));
	}
	if (v->bad)
		buf_add_text(out, "The configuration is not good.\n");
	else
		buf_addf(out, "The configuration is good: %zu tenant%s, %zu goal%s.\n", v->tenants, v->tenants == 1 ? "" : "s", v->goals,
			v->goals == 1 ? "" : "s");
}

static int judge(const struct options *options, struct verdict *v)
{
	OWN(config_free) struct config *config = NULL;
	bool differs = false;
	struct err err;

	if (load(options, v, &config) != 0)
		return COMMAND_DONE;
	judge_file(v, config, options_file(options));
	judge_events_sink(v, config);
	judge_spend_ingest(v, config);
	if (v->bad || !options_has(options, "live"))
		return COMMAND_DONE;
	log_setup(LOG_ERROR, config->log.format); // what is found is in the report
	if (validate_live(config, &v->findings, &differs, &err) != 0)
		return options_fail(&err);
	v->bad = differs;
	return COMMAND_DONE;
}

static int run(const struct options *options)
{
	OWN(buf_clear) struct buf text = {0};
	struct verdict v = {0};
	int code = judge(options, &v);

	if (options->json)
		print_json(&v, &text);
	else
		print_table(&v, &text);
	buf_clear(&v.findings);
	if (code == COMMAND_DONE)
		code = command_print(&text);
	return code == COMMAND_DONE && v.bad ? COMMAND_DIFFERENCES : code;
}

static const struct command_option options_of_validate[] = {
	{"live", NULL, "asks the brokers and the schema registry, too: topics, limits, retention, where keys are", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_validate = {
	.name = "validate",
	.about = "checks the configuration and, live, what it runs on",
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = options_of_validate,
	.example = "lookback validate --live --config shop.yaml",
	.run = run,
};
