// SPDX-License-Identifier: Apache-2.0
// A user agrees at TikTok; the token that comes of it is kept sealed, for each account that it reaches.
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "cli/connections_consent.h"
#include "cli/connections_grant.h"
#include "cli/connections_print.h"

struct authorizing {
	const struct connections_desk *desk;
	const struct connections_grant *grant;
	const char *select;
	struct connections_print_written *rows;
	size_t n;
};

// ---- which accounts are to be read

static bool is_listed(const char *list, struct view id)
{
	for (const char *at = list; at && *at;) {
		size_t n = strcspn(at, ",");

		if (view_eq(view_trimmed(view_of(at, n)), id))
			return true;
		at += n + (at[n] == ',');
	}
	return false;
}

static bool is_selected(const struct authorizing *a, struct view id)
{
	return a->select && (strcmp(a->select, "all") == 0 || is_listed(a->select, id));
}

static int check_selection(const struct authorizing *a, struct err *err)
{
	for (const char *at = a->select; at && *at && strcmp(a->select, "all") != 0;) {
		size_t n = strcspn(at, ",");
		struct view id = view_trimmed(view_of(at, n));

		if (!connections_grant_find(a->grant, id))
			return err_set(err, ERR_POISON, "account_unknown",
				"--select %.*s: the token does not reach this account, nothing was connected; choose it on TikTok's page", VIEW_ARG(id));
		at += n + (at[n] == ',');
	}
	return 0;
}

// ---- writing

static int put_one(struct authorizing *a, const struct connections_grant_account *account, const struct connections_account *known,
	struct topic_change_writer *writer, struct err *err)
{
	const struct connection *before = known ? known->connection : NULL;
	bool active = is_selected(a, account->advertiser_id) || (before && before->state == CONNECTION_ACTIVE);
	enum connection_state state = active ? CONNECTION_ACTIVE : CONNECTION_AUTHORIZED;

	if (before && before->state == CONNECTION_ERASING) {
		fprintf(stderr, "lookback: advertiser %.*s is being erased and was left out; connect it when it is gone\n",
			VIEW_ARG(account->advertiser_id));
		return 0;
	}
	if (connections_grant_put(a->grant, account, known, state, writer, err) != 0)
		return -1;
	a->rows[a->n++] = (struct connections_print_written){account, (known ? known->highest : 0) + 1, (int8_t)state};
	return 0;
}

static int attempt(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct authorizing *a = context;
	struct view tenant = view_text(a->desk->options->operands[0]);
	OWN(connections_book_clear) struct connections_book book = {0};

	a->n = 0;
	if (connections_desk_read(a->desk, tenant, &book, err) != 0)
		return -1;
	for (size_t i = 0; i < a->grant->n; i++) {
		const struct connections_grant_account *account = &a->grant->accounts[i];

		if (put_one(a, account, connections_book_find(&book, tenant, account->advertiser_id), writer, err) != 0)
			return -1;
	}
	return 0;
}

static int authorize(struct connections_desk *desk, struct connections_grant *grant)
{
	struct authorizing a = {.desk = desk, .grant = grant, .select = options_value(desk->options, "select")};
	OWN(own_free) struct connections_print_written *rows = NULL;
	OWN(buf_clear) struct buf text = {0};
	struct err err;

	if (connections_grant_obtain(desk, grant, &err) != 0 || check_selection(&a, &err) != 0)
		return options_fail(&err);
	a.rows = rows = calloc(grant->n, sizeof *rows);
	if (!rows)
		err_out_of_memory();
	if (connections_desk_change(desk, attempt, &a, &err) != 0)
		return options_fail(&err);
	connections_print_written(a.rows, a.n, desk->options->json, &text);
	if (!a.select)
		fprintf(stderr, "lookback: connected; `lookback connections select %s ID…` says which are to be read\n",
			desk->options->operands[0]);
	return command_print(&text);
}

static int run(const struct options *options)
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	OWN(connections_grant_clear) struct connections_grant grant = {0};

	if (connections_consent_check(options) != 0)
		return COMMAND_USAGE;
	int code = connections_desk_open(options, &desk);

	return code == COMMAND_DONE ? authorize(&desk, &grant) : code;
}

static const struct command_option options_of_authorize[] = {
	CONNECTIONS_CONSENT_OPTIONS,
	{"select", "IDS", "accounts that are to be read from now on: ids with commas between them, or `all`", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_connections_authorize = {
	.name = "connections authorize",
	.about = "connects a tenant to its advertiser accounts at TikTok: a user agrees in a browser",
	.usage = "TENANT",
	.operands_min = 1,
	.operands_max = 1,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = options_of_authorize,
	.example = "lookback connections authorize demo-shop --select all --config shop.yaml",
	.run = run,
};
