// SPDX-License-Identifier: Apache-2.0
// Spend beside revenue, straight from the topics.
#include <stdio.h>
#include <stdlib.h>
#include <strings.h>
#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "cli/roas_json.h"
#include "cli/roas_scan.h"

// ---- scans

static bool sum_wants(void *context, struct view key)
{
	return roas_sum_wants(context, key);
}

static int sum_hear(void *context, struct view key, const void *decoded, struct err *err)
{
	return roas_sum_take(context, key, decoded, err);
}

static void sum_end(void *context)
{
	roas_sum_partition_end(context);
}

static bool shop_wants(void *context, struct view key)
{
	return roas_shop_wants(context, key);
}

static int shop_hear(void *context, struct view key, const void *decoded, struct err *err)
{
	(void)err;
	roas_shop_take(context, key, decoded);
	return 0;
}

static int scan_rows(const struct config *config, struct roas_sum *sum, struct err *err)
{
	const struct roas_scan scan = {.config = config,
		.topic = config->topics.roas,
		.contract = contract_roas_row,
		.record_bytes = sizeof(struct roas_row),
		.wants = sum_wants,
		.hear = sum_hear,
		.partition_end = sum_end,
		.context = sum};

	return roas_scan(&scan, err);
}

static int scan_days(const struct config *config, struct roas_shop *shop, struct err *err)
{
	const struct roas_scan scan = {.config = config,
		.topic = config->topics.tenant_days,
		.contract = contract_tenant_day,
		.record_bytes = sizeof(struct tenant_day),
		.wants = shop_wants,
		.hear = shop_hear,
		.context = shop};

	return roas_scan(&scan, err);
}

// ---- what is printed

// Does the locale speak UTF-8? The first of these that is set decides.
static bool is_utf8_locale(void)
{
	static const char *const names[] = {"LC_ALL", "LC_CTYPE", "LANG"};

	for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
		const char *value = getenv(names[i]);

		if (value && *value)
			return strcasestr(value, "utf-8") || strcasestr(value, "utf8");
	}
	return false;
}

static enum roas_bars bars_here(void)
{
	if (isatty(STDOUT_FILENO) != 1)
		return ROAS_BARS_NONE;
	return is_utf8_locale() ? ROAS_BARS_BLOCKS : ROAS_BARS_ASCII;
}

// Behind a table the notes are part of it; JSON has them as members.
static int print(const struct config *config, const struct roas_found *found)
{
	OWN(buf_clear) struct buf text = {0}, notes = {0};

	if (found->query->output == ROAS_JSON)
		roas_json_print(found, &text);
	else if (found->query->output == ROAS_CSV)
		roas_print_csv(found, &text);
	else
		roas_print_table(found, &text);
	roas_print_notes(found, &notes);
	if (found->count + found->shop_count == 0)
		fprintf(stderr, "lookback roas: %s has nothing of tenant %.*s in these days\n",
			found->query->pnl ? config->topics.tenant_days : config->topics.roas, VIEW_ARG(found->query->tenant));
	if (found->query->output == ROAS_TABLE && notes.n > 0) {
		buf_add_text(&text, text.n > 0 ? "\n" : "");
		buf_add_view(&text, buf_view(&notes));
	} else if (found->query->output == ROAS_CSV) {
		fprintf(stderr, "%.*s", VIEW_ARG(buf_view(&notes)));
	}
	return command_print(&text);
}

static int show(const struct config *config, const struct roas_query *query)
{
	OWN(roas_sum_free) struct roas_sum *sum = roas_sum_new(query);
	OWN(roas_shop_free) struct roas_shop *shop = roas_shop_new(query);
	struct roas_found found = {.query = query, .bars = bars_here()};
	struct err err;

	if (!query->pnl && scan_rows(config, sum, &err) != 0)
		return options_fail(&err);
	if ((query->pnl || query->by == ROAS_BY_TOTAL) && scan_days(config, shop, &err) != 0)
		return options_fail(&err);
	found.lines = roas_sum_lines(sum, &found.count, &found.left_out);
	found.unplaced = roas_sum_unplaced(sum);
	found.shop = roas_shop_lines(shop, &found.shop_count);
	return print(config, &found);
}

static int run(const struct options *options)
{
	OWN(config_free) struct config *config = NULL;
	struct roas_query query;

	if (roas_query_parse(options, &query) != 0)
		return COMMAND_USAGE;
	if (options_config_with_tenants(options, &config) != 0 || roas_query_complete(config, now_wall_ms(), &query) != 0)
		return COMMAND_FAILED;
	return show(config, &query);
}

const struct command cmd_roas = {
	.name = "roas",
	.about = "ad spend beside the revenue attributed to it; a shop's blended ROAS, MER (spend / revenue), profit and loss",
	.usage = "TENANT",
	.operands_min = 1,
	.operands_max = 1,
	.traits = COMMAND_CONFIG,
	.options = roas_query_options,
	.example = "lookback roas demo-shop --by campaign --last 28d --config shop.yaml\n"
			   "  lookback roas demo-shop --by day --basis net --from 2026-11-01 --to 2026-11-21 --output csv\n"
			   "  lookback roas demo-shop --pnl --config shop.yaml",
	.run = run,
};
