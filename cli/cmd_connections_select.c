// SPDX-License-Identifier: Apache-2.0
// Which of the connected accounts are read.
#include <stdio.h>

#include "base/now.h"
#include "base/own.h"
#include "cli/connections_desk.h"
#include "tiktok/connection.h"

enum { IDS_MAX = 1000 };

struct selecting {
	const struct connections_desk *desk;
	enum connection_state state;
	int changed, same;
};

static int put_one(struct selecting *s, const struct connections_book *book, struct view id, struct topic_change_writer *writer,
	struct err *err)
{
	const struct connections_account *a = NULL;

	if (connections_desk_find(book, view_text(s->desk->options->operands[0]), id, &a, err) != 0)
		return -1;
	if (a->connection->state == (int8_t)s->state) {
		s->same++;
		return 0;
	}
	struct connection changed = *a->connection;

	changed.state = (int8_t)s->state;
	changed.changed_at = now_wall_ms();
	s->changed++;
	return connections_desk_put(s->desk, writer, &changed, err);
}

// All or none: an id that is not connected changes nothing.
static int attempt(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct selecting *s = context;
	const struct options *o = s->desk->options;
	OWN(connections_book_clear) struct connections_book book = {0};

	s->changed = s->same = 0;
	if (connections_desk_read(s->desk, view_text(o->operands[0]), &book, err) != 0)
		return -1;
	for (int i = 1; i < o->operand_count; i++)
		if (put_one(s, &book, view_text(o->operands[i]), writer, err) != 0)
			return -1;
	return 0;
}

static int run_to(const struct options *options, enum connection_state state)
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	struct selecting s = {.desk = &desk, .state = state};
	OWN(buf_clear) struct buf text = {0};
	int code = connections_desk_open(options, &desk);
	struct err err;

	if (code != COMMAND_DONE)
		return code;
	if (connections_desk_change(&desk, attempt, &s, &err) != 0)
		return options_fail(&err);
	buf_addf(&text, options->json ? "{\"state\": \"%s\", \"changed\": %d, \"same\": %d}\n" : "%s: %d changed, %d as they were\n",
		connection_state_name((int8_t)state), s.changed, s.same);
	return command_print(&text);
}

static int run_select(const struct options *options)
{
	return run_to(options, CONNECTION_ACTIVE);
}

static int run_unselect(const struct options *options)
{
	return run_to(options, CONNECTION_AUTHORIZED);
}

const struct command cmd_connections_select = {
	.name = "connections select",
	.about = "has the reports of connected accounts read from now on",
	.usage = "TENANT ID…",
	.operands_min = 2,
	.operands_max = IDS_MAX,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback connections select demo-shop 7000000000000000001 7000000000000000002 --config shop.yaml",
	.run = run_select,
};

const struct command cmd_connections_unselect = {
	.name = "connections unselect",
	.about = "has the reports of connected accounts read no more; they stay connected",
	.usage = "TENANT ID…",
	.operands_min = 2,
	.operands_max = IDS_MAX,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.example = "lookback connections unselect demo-shop 7000000000000000002 --config shop.yaml",
	.run = run_unselect,
};
