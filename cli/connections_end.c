// SPDX-License-Identifier: Apache-2.0
#include "cli/connections_end.h"

#include <stdio.h>

#include "base/now.h"
#include "base/own.h"
#include "tiktok/connection.h"

struct ending {
	const struct connections_desk *desk;
	const struct connections_end *what;
	struct connections_end_result *result;
	struct buf token; // of the account, clear; wiped
};

// ---- the topic

static int64_t at_least(int64_t generation)
{
	return generation > 0 ? generation : 1;
}

// A record that has no token any more and never will again.
static int put_erasing(const struct ending *e, const struct connections_account *a, struct topic_change_writer *writer, struct err *err)
{
	const char *app = e->desk->config->marketing_api.app_id;
	const struct connection *before = a->connection;
	const struct connection erasing = {.tenant = a->tenant,
		.advertiser_id = a->advertiser_id,
		.state = CONNECTION_ERASING,
		.generation = at_least(a->highest),
		.grant_id = before ? before->grant_id : VIEW_LIT(""),
		.app_id = before ? before->app_id : view_text(app ? app : ""),
		.name = before ? before->name : VIEW_ABSENT,
		.authorized_at = before ? before->authorized_at : now_wall_ms(),
		.changed_at = now_wall_ms()};

	return connections_desk_put(e->desk, writer, &erasing, err);
}

static int end_one(struct ending *e, const struct connections_account *a, struct topic_change_writer *writer, struct err *err)
{
	e->result->ended++;
	if (e->what->erase)
		return put_erasing(e, a, writer, err);
	return connections_desk_remove(writer, a->tenant, a->advertiser_id, err);
}

static bool shares_grant(const struct connections_account *a, const struct connections_account *target)
{
	return a != target && a->connection && target->connection && view_is_set(a->connection->token) &&
		view_eq(a->connection->grant_id, target->connection->grant_id);
}

// The account itself: connected, or with a record that is of no use, or, to be erased, with nothing but what was read of it.
static int find(const struct ending *e, const struct connections_book *book, const struct connections_account **out, struct err *err)
{
	const struct connections_account *a = connections_book_find(book, e->what->tenant, e->what->advertiser);
	bool erasing = a && a->connection && a->connection->state == CONNECTION_ERASING;

	*out = a;
	if (a && (a->problem || (e->what->erase && (erasing || a->status))))
		return 0;
	return connections_desk_find(book, e->what->tenant, e->what->advertiser, out, err);
}

static void open_token(struct ending *e, const struct connections_account *a)
{
	struct connections_end_result *r = e->result;

	r->had_token = a->problem || (a->connection && view_is_set(a->connection->token));
	if (a->problem)
		err_set(&r->unrevoked, ERR_PAUSE, "connection_unusable", "%s", a->problem);
	else if (r->had_token)
		r->unrevoked.class =
			connection_open(e->desk->seal, a->connection, a->highest, &e->token, &r->unrevoked) == 0 ? ERR_NONE : ERR_PAUSE;
}

static int attempt(void *context, struct topic_change_writer *writer, struct err *err)
{
	struct ending *e = context;
	OWN(connections_book_clear) struct connections_book book = {0};
	const struct connections_account *target = NULL;

	*e->result = (struct connections_end_result){0};
	seal_wipe(&e->token);
	if (connections_desk_read(e->desk, VIEW_ABSENT, &book, err) != 0 || find(e, &book, &target, err) != 0)
		return -1;
	open_token(e, target);
	for (size_t i = 0; i < book.n; i++) {
		const struct connections_account *a = &book.accounts[i];
		bool shares = shares_grant(a, target);

		if (shares && !e->what->all_of_grant)
			e->result->others++;
		else if ((shares || a == target) && end_one(e, a, writer, err) != 0)
			return -1;
	}
	return 0;
}

// ---- the token

static int revoke_token(struct connections_desk *desk, struct view token, struct err *err)
{
	OWN(call_clear) struct call call = {0};
	OWN(call_result_clear) struct call_result result = {0};

	if (connections_desk_app(desk, err) != 0)
		return -1;
	const struct oauth_app app = connections_desk_oauth(desk);
	const struct call_now how = connections_desk_call(desk, VIEW_ABSENT);

	oauth_revoke(&call, &app, token);
	call_now(&how, &call, &result);
	if (result.verdict == CALL_OK || result.verdict == CALL_REAUTHORISE)
		return 0;
	return call_error(&call, &result, err);
}

int connections_end(struct connections_desk *desk, const struct connections_end *what, struct connections_end_result *out, struct err *err)
{
	struct ending e = {.desk = desk, .what = what, .result = out};
	int failed = connections_desk_change(desk, attempt, &e, err);

	if (!failed && e.token.n > 0 && out->others == 0)
		out->revoked = revoke_token(desk, buf_view(&e.token), &out->unrevoked) == 0;
	seal_wipe(&e.token);
	if (out->others > 0)
		out->unrevoked.class = ERR_NONE;
	return failed;
}

// ---- what to say

static const char *word_of(const struct connections_end_result *r)
{
	if (!r->had_token)
		return "none";
	if (r->others > 0)
		return "kept";
	return r->revoked ? "revoked" : "not_revoked";
}

static void add_line(const struct connections_end *what, const struct connections_end_result *r, struct buf *out)
{
	buf_addf(out, "%s: %zu account%s", what->erase ? "erasing" : "disconnected", r->ended, r->ended == 1 ? "" : "s");
	if (r->others > 0)
		buf_addf(out,
			"; the token was not revoked, since %zu other account%s of the same authorisation use%s it (--all-of-grant ends them, too)",
			r->others, r->others == 1 ? "" : "s", r->others == 1 ? "s" : "");
	else if (r->revoked)
		buf_add_text(out, "; the token is revoked at TikTok");
	buf_add_text(out, "\n");
}

int connections_end_report(const struct connections_desk *desk, const struct connections_end *what, const struct connections_end_result *r)
{
	OWN(buf_clear) struct buf text = {0};
	bool alive = r->had_token && !r->revoked && r->others == 0;

	if (desk->options->json)
		buf_addf(&text, "{\"ended\": %zu, \"others\": %zu, \"token\": \"%s\"}\n", r->ended, r->others, word_of(r));
	else
		add_line(what, r, &text);
	if (alive)
		fprintf(stderr,
			"lookback: the token was deleted here but not revoked at TikTok: %s. Take the app's access away there (TikTok Business Center or Ads Manager, "
			"authorised apps), else whoever has a copy of the token can still read the account\n",
			r->unrevoked.words);
	int printed = command_print(&text);

	return alive ? COMMAND_FAILED : printed;
}
