// SPDX-License-Identifier: Apache-2.0
// What was sent to TikTok, and what became of it: the audit.
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>

#include "base/own.h"
#include "base/when.h"
#include "cli/exports_history.h"
#include "cli/exports_print.h"
#include "cli/exports_scan.h"
#include "cli/exports_words.h"
#include "cli/options.h"
#include "config/nearest.h"

enum { DAY_MS = 86400000 };

static int usage(const char *command, const char *words)
{
	fprintf(stderr, "lookback exports %s: %s; see `lookback exports %s --help`\n", command, words, command);
	return -1;
}

// ---- list

struct listing {
	struct exports_filter filter;
	struct exports_sum *sum;
};

// Of another tenant is nothing kept, and nothing decoded.
static bool list_wants(void *context, const struct record *record)
{
	struct view tenant = ((const struct listing *)context)->filter.tenant, key = record->key;

	return !view_is_set(tenant) || (key.n > tenant.n && memcmp(key.p, tenant.p, tenant.n) == 0 && key.p[tenant.n] == '|');
}

static int list_hear(void *context, const struct record *record, const struct export_result *result, struct err *err)
{
	return exports_sum_take(((struct listing *)context)->sum, record->key, result, err);
}

static void list_partition_end(void *context, int32_t partition)
{
	(void)partition;
	exports_sum_partition_end(((struct listing *)context)->sum);
}

// "2026-11-21" as its begin in UTC.
static int parse_day(const char *text, int64_t *day_ms)
{
	char whole[WHEN_ISO_SIZE];

	if (strlen(text) == strlen("YYYY-MM-DD")) {
		snprintf(whole, sizeof whole, "%sT00:00Z", text);
		if (when_parse_iso(view_text(whole), day_ms) == 0)
			return 0;
	}
	return usage("list", "a day is YYYY-MM-DD, in UTC");
}

static int parse_days(const struct options *options, struct exports_filter *f)
{
	const char *day = options_value(options, "day"), *from = options_value(options, "from"), *to = options_value(options, "to");
	int64_t last_ms = 0;

	f->from_ms = INT64_MIN;
	f->to_ms = INT64_MAX;
	if (day && (from || to))
		return usage("list", "--day is one day, --from and --to are the first and the last of several");
	if (day)
		from = to = day;
	if (from && parse_day(from, &f->from_ms) != 0)
		return -1;
	if (to && parse_day(to, &last_ms) != 0)
		return -1;
	if (to)
		f->to_ms = last_ms + DAY_MS;
	return f->from_ms < f->to_ms ? 0 : usage("list", "--from is after --to");
}

static int parse_verdict(const struct options *options, struct exports_filter *f)
{
	const char *name = options_value(options, "verdict");
	struct nearest nearest = {.word = view_text(name)};

	f->verdict = name ? exports_words_parse(name) : EXPORTS_SUM_ANY;
	if (!name || f->verdict >= 0)
		return 0;
	fprintf(stderr, "lookback exports list: '%s' is no verdict; there are:", name);
	for (int v = 0; v < EXPORTS_WORDS_VERDICTS; v++) {
		fprintf(stderr, "%s %s", v ? "," : "", exports_words_verdict(v));
		nearest_offer(&nearest, exports_words_verdict(v));
	}
	if (nearest_best(&nearest))
		fprintf(stderr, "; nearest: %s", nearest_best(&nearest));
	fputc('\n', stderr);
	return -1;
}

static int list(const struct options *options, const struct config *config, struct listing *l)
{
	OWN(exports_sum_free) struct exports_sum *sum = exports_sum_new(&l->filter);
	OWN(buf_clear) struct buf text = {0};
	size_t count;
	struct err err;

	l->sum = sum;
	// A result is written after what it tells of, so nothing that counts is older; a day more, for clocks that differ.
	const struct exports_scan scan = {.config = config,
		.since_ms = l->filter.from_ms > DAY_MS ? l->filter.from_ms - DAY_MS : INT64_MIN,
		.wants = list_wants,
		.hear = list_hear,
		.partition_end = list_partition_end,
		.context = l};

	if (exports_scan(&scan, &err) != 0)
		return options_fail(&err);
	const struct exports_row *rows = exports_sum_rows(sum, &count);

	if (options->json)
		exports_print_json(rows, count, &text);
	else
		exports_print_table(rows, count, isatty(STDOUT_FILENO) == 1 && !getenv("NO_COLOR"), &text);
	if (count == 0)
		fprintf(stderr, "lookback exports list: %s has nothing like that\n", config->topics.export_results);
	return command_print(&text);
}

static int run_list(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	struct listing l = {
		.filter = {.tenant = view_text(options_value(options, "tenant")), .goal = view_text(options_value(options, "goal"))}};

	if (parse_days(options, &l.filter) != 0 || parse_verdict(options, &l.filter) != 0)
		return COMMAND_USAGE;
	if (options_config(options, &config) != 0)
		return COMMAND_FAILED;
	return list(options, config, &l);
}

static const struct command_option options_of_list[] = {
	{"tenant", "TENANT", "this one's events alone", NULL},
	{"day", "YYYY-MM-DD", "of this day, UTC: that of the verdict, or of the intent while there is none", NULL},
	{"from", "YYYY-MM-DD", "from this day on", NULL},
	{"to", "YYYY-MM-DD", "up to this day's end", NULL},
	{"verdict", "VERDICT", "intent, accepted, refused, too_old, unknown, paused or sent_then_changed", NULL},
	{"goal", "GOAL", "of this goal", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_exports_list = {
	.name = "exports list",
	.about = "what became of the events for TikTok, summed up by tenant, day, verdict and reason",
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = options_of_list,
	.example = "lookback exports list --tenant demo-shop --day 2026-11-21 --config shop.yaml",
	.run = run_list,
};

// ---- show

static bool show_wants(void *context, const struct record *record)
{
	return exports_history_wants(context, record);
}

static int show_hear(void *context, const struct record *record, const struct export_result *result, struct err *err)
{
	(void)err;
	if (result)
		exports_history_take(context, record, result);
	return 0;
}

static int show(const struct options *options, const struct config *config, struct exports_history *history)
{
	const struct exports_scan scan = {.config = config, .since_ms = INT64_MIN, .wants = show_wants, .hear = show_hear, .context = history};
	OWN(buf_clear) struct buf text = {0};
	struct err err;

	if (exports_scan(&scan, &err) != 0)
		return options_fail(&err);
	if (exports_history_count(history) == 0) {
		fprintf(stderr,
			"lookback exports show: %s knows no event or conversion %s of tenant %s; `lookback explain` says what is attributed\n",
			config->topics.export_results, options->operands[1], options->operands[0]);
		return COMMAND_FAILED;
	}
	if (exports_history_left_out(history))
		fprintf(stderr, "lookback exports show: %zu records more are left out\n", exports_history_left_out(history));
	(options->json ? exports_history_print_json : exports_history_print)(history, options_has(options, "payload"), &text);
	return command_print(&text);
}

static int run_show(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	struct view tenant = view_text(options->operands[0]), id = view_text(options->operands[1]);
	OWN(exports_history_free) struct exports_history *history = exports_history_new(tenant, id);

	if (tenant.n == 0 || id.n == 0) {
		usage("show", "neither the tenant nor the id may be empty");
		return COMMAND_USAGE;
	}
	if (options_config(options, &config) != 0)
		return COMMAND_FAILED;
	return show(options, config, history);
}

const struct command cmd_exports_show = {
	.name = "exports show",
	.about = "what was sent to TikTok of an event or a conversion, when, and what was answered",
	.usage = "TENANT EVENT|CONVERSION",
	.operands_min = 2,
	.operands_max = 2,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options =
		(const struct command_option[]){{"payload", NULL,
											"also the event as it is sent, while it is open; IP address and user agent are in it", NULL},
			{0}},
	.example = "lookback exports show demo-shop order-1001 --config shop.yaml",
	.run = run_show,
};
