// SPDX-License-Identifier: Apache-2.0
// A new token for an account that is connected, and for those that shared its old one.
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "cli/connections_consent.h"
#include "cli/connections_grant.h"
#include "cli/connections_print.h"

struct reconnecting {
	const struct connections_desk *desk;
	const struct connections_grant *grant;
	struct view tenant, advertiser;
	bool only;
	struct connections_print_written *rows;
	size_t n, left; // left: of the old grant, not reached by the new token
};

static int find(const struct reconnecting *r, struct connections_book *book, const struct connections_account **out, struct err *err)
{
	if (connections_desk_read(r->desk, r->tenant, book, err) != 0)
		return -1;
	return connections_desk_find(book, r->tenant, r->advertiser, out, err);
}

static bool is_wanted(const struct reconnecting *r, const struct connections_account *target, const struct connections_account *a)
{
	if (a == target)
		return true;
	return !r->only && a->connection && a->connection->state != CONNECTION_ERASING &&
		view_eq(a->connection->grant_id, target->connection->grant_id);
}

static int put_one(struct reconnecting *r, const struct connections_account *a, struct topic_change_writer *writer, struct err *err)
{
	const struct connections_grant_account *account = connections_grant_find(r->grant, a->advertiser_id);

	if (!account) {
		r->left++;
		return 0;
	}
	if (connections_grant_put(r->grant, account, a, a->connection->state, writer, err) != 0)
		return -1;
	r->rows[r->n++] = (struct connections_print_written){account, a->highest + 1, a->connection->state};
	return 0;
}

static int attempt(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct reconnecting *r = context;
	OWN(connections_book_clear) struct connections_book book = {0};
	const struct connections_account *target = NULL;

	r->n = r->left = 0;
	if (find(r, &book, &target, err) != 0)
		return -1;
	for (size_t i = 0; i < book.n; i++)
		if (is_wanted(r, target, &book.accounts[i]) && put_one(r, &book.accounts[i], writer, err) != 0)
			return -1;
	return 0;
}

// Before the user is sent to TikTok, and when the token is there.
static int check_account(const struct reconnecting *r, struct err *err)
{
	OWN(connections_book_clear) struct connections_book book = {0};
	const struct connections_account *target = NULL;

	return find(r, &book, &target, err);
}

static int check_token(const struct reconnecting *r, struct err *err)
{
	if (connections_grant_find(r->grant, r->advertiser))
		return 0;
	return err_set(err, ERR_POISON, "account_unknown",
		"the new token does not reach advertiser %.*s, nothing was changed: begin again, and choose it on TikTok's page",
		VIEW_ARG(r->advertiser));
}

static int reconnect(struct connections_desk *desk, struct connections_grant *grant)
{
	struct reconnecting r = {.desk = desk,
		.grant = grant,
		.tenant = view_text(desk->options->operands[0]),
		.advertiser = view_text(desk->options->operands[1]),
		.only = options_has(desk->options, "only")};
	OWN(own_free) struct connections_print_written *rows = NULL;
	OWN(buf_clear) struct buf text = {0};
	struct err err;

	if (check_account(&r, &err) != 0 || connections_grant_obtain(desk, grant, &err) != 0 || check_token(&r, &err) != 0)
		return options_fail(&err);
	r.rows = rows = calloc(grant->n, sizeof *rows);
	if (!rows)
		err_out_of_memory();
	if (connections_desk_change(desk, attempt, &r, &err) != 0)
		return options_fail(&err);
	connections_print_written(r.rows, r.n, desk->options->json, &text);
	if (r.left > 0)
		fprintf(stderr, "lookback: %zu account%s of the old authorisation %s not reached by the new token and keep the old one\n", r.left,
			r.left == 1 ? "" : "s", r.left == 1 ? "is" : "are");
	return command_print(&text);
}

static int run(const struct options *options)
{
	OWN(connections_desk_clear) struct connections_desk desk = {0};
	OWN(connections_grant_clear) struct connections_grant grant = {0};

	if (connections_consent_check(options) != 0)
		return COMMAND_USAGE;
	int code = connections_desk_open(options, &desk);

	return code == COMMAND_DONE ? reconnect(&desk, &grant) : code;
}

static const struct command_option options_of_reconnect[] = {
	CONNECTIONS_CONSENT_OPTIONS,
	{"only", NULL, "this account alone, not the others of its authorisation", NULL},
	{NULL, NULL, NULL, NULL},
};

const struct command cmd_connections_reconnect = {
	.name = "connections reconnect",
	.about = "authorises an account again, and the others of the same authorisation; what is selected stays",
	.usage = "TENANT ID",
	.operands_min = 2,
	.operands_max = 2,
	.traits = COMMAND_CONFIG | COMMAND_OUTPUT,
	.options = options_of_reconnect,
	.example = "lookback connections reconnect demo-shop 7000000000000000001 --config shop.yaml",
	.run = run,
};
