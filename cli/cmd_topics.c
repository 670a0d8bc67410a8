// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>

#include "base/own.h"
#include "base/when.h"
#include "cli/options.h"
#include "runtime/topics_live.h"

static const struct topics_setting *setting_of(const struct topics_wanted *w, const char *name)
{
	for (size_t i = 0; i < w->setting_count; i++)
		if (strcmp(w->settings[i].name, name) == 0)
			return &w->settings[i];
	return NULL;
}

static const char *print_retention(const struct topics_wanted *w, char *out)
{
	const struct topics_setting *s = setting_of(w, "retention.ms");
	int64_t ms = -1;

	if (!s)
		return "-";
	if (when_parse_integer(view_text(s->create), &ms) != 0 || ms < 0)
		return "unlimited";
	return when_print_duration(ms, out);
}

static int name_width(const struct topics_result *results)
{
	size_t width = strlen("topic");

	for (int i = 0; i < TOPICS_COUNT; i++)
		if (strlen(results[i].wanted.name) > width)
			width = strlen(results[i].wanted.name);
	return (int)width;
}

static void print_table(const struct topics_result *results, struct buf *out)
{
	int width = name_width(results);

	buf_addf(out, "%-*s  %10s  %8s  %-14s  %-9s  %s\n", width, "topic", "partitions", "replicas", "cleanup", "retention", "result");
	for (int i = 0; i < TOPICS_COUNT; i++) {
		const struct topics_result *r = &results[i];
		char retention[WHEN_ISO_SIZE];

		buf_addf(out, "%-*s  %10d  %8d  %-14s  %-9s  %s\n", width, r->wanted.name, r->wanted.partitions, r->wanted.replication_factor,
			setting_of(&r->wanted, "cleanup.policy")->create, print_retention(&r->wanted, retention), topics_outcome_name(r->outcome));
		for (size_t k = 0; k < r->difference_count; k++)
			buf_addf(out, "%*s  %s: is %s, wanted %s; left as it is\n", width, "", r->differences[k].what, r->differences[k].has,
				r->differences[k].wants);
		if (r->problem[0])
			buf_addf(out, "%*s  %s\n", width, "", r->problem);
	}
}

static void add_member(struct buf *out, const char *name, const char *text)
{
	buf_addf(out, ", \"%s\": ", name);
	buf_add_quoted(out, view_text(text));
}

static void print_settings(const struct topics_wanted *w, struct buf *out)
{
	buf_add_text(out, ", \"settings\": {");
	for (size_t i = 0; i < w->setting_count; i++) {
		buf_add_text(out, i ? ", " : "");
		buf_add_quoted(out, view_text(w->settings[i].name));
		buf_add_text(out, ": ");
		buf_add_quoted(out, view_text(w->settings[i].create));
	}
	buf_add_text(out, "}");
}

static void print_differences(const struct topics_result *r, struct buf *out)
{
	buf_add_text(out, ", \"differences\": [");
	for (size_t i = 0; i < r->difference_count; i++) {
		buf_add_text(out, i ? ", {\"what\": " : "{\"what\": ");
		buf_add_quoted(out, view_text(r->differences[i].what));
		add_member(out, "is", r->differences[i].has);
		add_member(out, "wanted", r->differences[i].wants);
		buf_add_text(out, "}");
	}
	buf_add_text(out, "]");
}

static void print_json(const struct topics_result *results, struct buf *out)
{
	buf_add_text(out, "[\n");
	for (int i = 0; i < TOPICS_COUNT; i++) {
		const struct topics_result *r = &results[i];

		buf_add_text(out, "  {\"topic\": ");
		buf_add_quoted(out, view_text(r->wanted.name));
		buf_addf(out, ", \"partitions\": %d, \"replication_factor\": %d", r->wanted.partitions, r->wanted.replication_factor);
		add_member(out, "result", topics_outcome_name(r->outcome));
		print_settings(&r->wanted, out);
		print_differences(r, out);
		if (r->problem[0])
			add_member(out, "problem", r->problem);
		buf_add_text(out, i + 1 < TOPICS_COUNT ? "},\n" : "}\n");
	}
	buf_add_text(out, "]\n");
}

static int exit_of(const struct topics_result *results)
{
	bool refused = false, differs = false;

	for (int i = 0; i < TOPICS_COUNT; i++) {
		refused |= results[i].outcome == TOPICS_REFUSED;
		differs |= results[i].outcome == TOPICS_DIFFERS;
	}
	return refused ? COMMAND_FAILED : differs ? COMMAND_DIFFERENCES : COMMAND_DONE;
}

static int run(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	OWN(own_free) struct topics_result *results = calloc(TOPICS_COUNT, sizeof *results);
	OWN(buf_clear) struct buf text = {0};
	struct err err;

	if (!results)
		err_out_of_memory();
	if (options_config_with_tenants(options, &config) != 0)
		return COMMAND_FAILED;
	if (topics_live_create(config, options_has(options, "dry-run"), results, &err) != 0)
		return options_fail(&err);
	(options->json ? print_json : print_table)(results, &text);
	int printed = command_print(&text);

	return printed == COMMAND_DONE ? exit_of(results) : printed;
}

const struct command cmd_topics_create = {
	.name = "topics create",
	.about = "creates the topics that the configuration needs; what exists is compared, never changed",
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options =
		(const struct command_option[]){{"dry-run", NULL, "ask the broker whether it would create them, and create nothing", NULL}, {0}},
	.example = "lookback topics create --config shop.yaml --dry-run",
	.run = run,
};
