// SPDX-License-Identifier: Apache-2.0
// The connected accounts, how far their reports have been read, and what is in the way.
#include <stdio.h>

#include "base/now.h"
#include "base/own.h"
#include "cli/connections_print.h"

static int list(const struct connections_desk *desk)
{
	const struct options *o = desk->options;
	OWN(connections_book_clear) struct connections_book book = {0};
	OWN(buf_clear) struct buf text = {0};
	struct err err;

	if (connections_desk_read(desk, o->operand_count ? view_text(o->operands[0]) : VIEW_ABSENT, &book, &err) != 0)
		return options_fail(&err);
	if (o->json)
		connections_print_json(desk, &book, &text);
	else
		connections_print_table(desk, &book, now_wall_ms(), &text);
	if (book.n == 0)
		fprintf(stderr, "lookback connections list: nothing is connected; `lookback connections authorize TENANT` connects accounts\n");
	return command_print(&text);
}

static int show(const struct connections_desk *desk)
{
	const struct options *o = desk->options;
	struct view tenant = view_text(o->operands[0]), id = view_text(o->operands[1]);
	OWN(connections_book_clear) struct connections_book book = {0};
	OWN(buf_clear) struct buf text = {0};
	struct err err;

	if (connections_desk_read(desk, tenant, &book, &err) != 0)
		return options_fail(&err);
	const struct connections_account *account = connections_book_find(&book, tenant, id);

	if (!account) {
		fprintf(stderr, "lookback: tenant %.*s has no connection to advertiser %.*s\n", VIEW_ARG(tenant), VIEW_ARG(id));
		return COMMAND_FAILED;
	}
	if (o->json)
		connections_print_one_json(desk, account, &text);
	else
		connections_print_one(desk, account, &text);
	buf_add_text(&text, o->json ? "\n" : "");
	return command_print(&text);
}

static int run_with(const struct options *options, int (*work)(const struct connections_desk *desk))
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	int code = connections_desk_open(options, &desk);

	return code == COMMAND_DONE ? work(&desk) : code;
}

static int run_list(const struct options *options)
{
	return run_with(options, list);
}

static int run_show(const struct options *options)
{
	return run_with(options, show);
}

const struct command cmd_connections_list = {
	.name = "connections list",
	.about = "the advertiser accounts of all tenants or of one: state, last and next reading, what to do",
	.usage = "[TENANT]",
	.operands_max = 1,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback connections list demo-shop --config shop.yaml",
	.run = run_list,
};

const struct command cmd_connections_show = {
	.name = "connections show",
	.about = "everything that is known of one advertiser account, but its token",
	.usage = "TENANT ID",
	.operands_min = 2,
	.operands_max = 2,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback connections show demo-shop 7000000000000000001 --config shop.yaml",
	.run = run_show,
};
