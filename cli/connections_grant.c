// SPDX-License-Identifier: Apache-2.0
#include "cli/connections_grant.h"

#include <inttypes.h>
#include <stdio.h>
#include <sys/random.h>
#include <unistd.h>

#include "base/now.h"
#include "base/own.h"
#include "cli/connections_consent.h"
#include "tiktok/connection.h"

enum { DESCRIBED_MAX = 1000, WAIT_MOST_MS = 5000 };

// ---- the token

static int make_id(struct connections_grant *g, struct err *err)
{
	unsigned char bytes[CONNECTIONS_GRANT_ID / 2];

	if (getrandom(bytes, sizeof bytes, 0) != sizeof bytes)
		return err_set(err, ERR_FATAL, "random_missing", "the system gives no random bytes");
	for (size_t i = 0; i < sizeof bytes; i++)
		snprintf(g->id + 2 * i, 3, "%02x", bytes[i]);
	return 0;
}

static int exchange(const struct connections_desk *desk, struct view code, struct connections_grant *g, struct err *err)
{
	OWN(call_clear) struct call call = {0};
	OWN(call_result_clear) struct call_result result = {0};
	const struct oauth_app app = connections_desk_oauth(desk);
	struct call_now how = connections_desk_call(desk, VIEW_ABSENT);

	how.once = true;
	oauth_exchange(&call, &app, code);
	call_now(&how, &call, &result);
	g->at_ms = now_wall_ms();
	if (result.verdict != CALL_OK) {
		call_error(&call, &result, err);
		return err_prefix(err,
			"the code was not exchanged for a token, nothing was connected; a code works once and not for long: begin again");
	}
	if (oauth_read_grant(&result, &g->oauth, err) != 0)
		return -1;
	for (size_t i = 0; i < g->oauth.scopes_n; i++)
		buf_addf(&g->scope, "%s%" PRId64, i ? "," : "", g->oauth.scopes[i]);
	return 0;
}

// ---- its accounts

static int list_accounts(const struct connections_desk *desk, struct connections_grant *g, struct err *err)
{
	OWN(call_clear) struct call call = {0};
	OWN(call_result_clear) struct call_result result = {0};
	const struct oauth_app app = connections_desk_oauth(desk);
	const struct call_now how = connections_desk_call(desk, buf_view(&g->oauth.token));
	struct oauth_account *found = NULL;

	oauth_accounts(&call, &app);
	call_now(&how, &call, &result);
	if (result.verdict != CALL_OK)
		return call_error(&call, &result, err);
	if (oauth_read_accounts(&result, &g->arena, &found, &g->n, err) != 0)
		return -1;
	if (g->n == 0)
		return err_set(err, ERR_POISON, "no_accounts",
			"the token reaches no advertiser account: begin again, and choose some on TikTok's page");
	g->accounts = arena_zero(&g->arena, g->n * sizeof *g->accounts);
	for (size_t i = 0; i < g->n; i++)
		g->accounts[i] = (struct connections_grant_account){.advertiser_id = found[i].advertiser_id, .name = found[i].name};
	return 0;
}

static void take_rows(struct connections_grant *g, const struct account *rows, size_t n)
{
	for (size_t i = 0; i < n; i++) {
		struct connections_grant_account *a =
			(struct connections_grant_account *)(uintptr_t)connections_grant_find(g, rows[i].advertiser_id);

		if (!a)
			continue;
		a->name = rows[i].name.n ? arena_dup(&g->arena, rows[i].name) : a->name;
		a->currency = arena_dup(&g->arena, rows[i].currency);
		a->zone = arena_dup(&g->arena, account_zone(&rows[i]));
		a->status = arena_dup(&g->arena, rows[i].status);
	}
}

static void answer(const struct call_now *how, struct reader *reader, struct call *call)
{
	OWN(call_result_clear) struct call_result result = {0};

	call_now(how, call, &result);
	reader_answer(reader, &result, now_steady_ms());
	call_clear(call);
}

// As far as it goes: these are words for people, and spend-ingest reads them again.
static enum call_verdict describe(const struct connections_desk *desk, struct connections_grant *g, const struct view *ids, size_t n)
{
	const struct reader_limits limits = {.tries = 3, .seed = (uint64_t)g->at_ms};
	struct call_now how = connections_desk_call(desk, buf_view(&g->oauth.token));
	OWN(reader_free) struct reader *reader = account_reader_new(ids, n, &limits);
	struct call call = {0};
	int64_t until = 0;

	how.tries = 1; // the reader repeats
	for (;;) {
		int64_t now = now_steady_ms();
		size_t rows_n = 0;

		switch (reader_next(reader, now, &call, &until)) {
		case READER_ASK:
			answer(&how, reader, &call);
			break;
		case READER_WAIT:
			usleep((useconds_t)(until > now ? (until - now > WAIT_MOST_MS ? WAIT_MOST_MS : until - now) : 1) * 1000);
			break;
		case READER_ROWS: {
			const struct account *rows = reader_rows(reader, &rows_n);

			take_rows(g, rows, rows_n);
			break;
		}
		case READER_DONE:
			return CALL_OK;
		case READER_BUSY:
		case READER_FAILED:
			return reader_result(reader)->verdict;
		}
	}
}

// One account that may not be read fails all: then each by itself.
static void describe_all(const struct connections_desk *desk, struct connections_grant *g)
{
	size_t n = g->n < DESCRIBED_MAX ? g->n : DESCRIBED_MAX, unknown = g->n - n;
	OWN(own_free) struct view *ids = calloc(n + 1, sizeof *ids);

	if (!ids)
		err_out_of_memory();
	for (size_t i = 0; i < n; i++)
		ids[i] = g->accounts[i].advertiser_id;
	if (describe(desk, g, ids, n) != CALL_OK)
		for (size_t i = 0; i < n; i++)
			unknown += g->accounts[i].currency.n == 0 && describe(desk, g, &ids[i], 1) != CALL_OK;
	if (unknown > 0)
		fprintf(stderr, "lookback: currency and time zone of %zu account%s could not be read; they are connected all the same\n", unknown,
			unknown == 1 ? "" : "s");
}

const struct connections_grant_account *connections_grant_find(const struct connections_grant *g, struct view advertiser)
{
	for (size_t i = 0; i < g->n; i++)
		if (view_eq(g->accounts[i].advertiser_id, advertiser))
			return &g->accounts[i];
	return NULL;
}

// ---- the whole

int connections_grant_obtain(struct connections_desk *desk, struct connections_grant *g, struct err *err)
{
	OWN(seal_wipe) struct buf code = {0};
	OWN(connections_book_clear) struct connections_book book = {0};

	g->desk = desk;
	// What would fail in the end fails before the user is sent to TikTok.
	if (connections_desk_app(desk, err) != 0 || connections_desk_can_seal(desk, err) != 0 ||
		connections_desk_read(desk, VIEW_LIT("-"), &book, err) != 0)
		return -1;
	CHECK(buf_reserve(&code, 8 << 10));
	if (make_id(g, err) != 0 || connections_consent(desk, &code, err) != 0 || exchange(desk, buf_view(&code), g, err) != 0 ||
		list_accounts(desk, g, err) != 0)
		return -1;
	describe_all(desk, g);
	return 0;
}

void connections_grant_clear(struct connections_grant *g)
{
	oauth_grant_clear(&g->oauth);
	buf_clear(&g->scope);
	arena_clear(&g->arena);
	*g = (struct connections_grant){0};
}

int connections_grant_put(const struct connections_grant *g, const struct connections_grant_account *account,
	const struct connections_account *known, enum connection_state state, struct topic_change_writer *writer, struct err *err)
{
	OWN(buf_clear) struct buf sealed = {0};
	int64_t highest = known ? known->highest : 0;
	struct connection c = {.tenant = view_text(g->desk->options->operands[0]),
		.advertiser_id = account->advertiser_id,
		.state = (int8_t)state,
		.grant_id = view_text(g->id),
		.app_id = view_text(g->desk->config->marketing_api.app_id),
		.name = account->name.n ? account->name : VIEW_ABSENT,
		.scope = g->scope.n ? buf_view(&g->scope) : VIEW_ABSENT,
		.authorized_at = g->at_ms,
		.changed_at = now_wall_ms()};

	if (highest == INT64_MAX)
		return err_set(err, ERR_POISON, "connection_generation",
			"tenant %.*s, advertiser %.*s: a record says the largest generation there is, so somebody else wrote it; `lookback connections erase` "
			"forgets the account",
			VIEW_ARG(c.tenant), VIEW_ARG(c.advertiser_id));
	c.generation = highest + 1;
	if (connection_seal(g->desk->sealing, &c, buf_view(&g->oauth.token), &sealed, err) != 0)
		return -1;
	return connections_desk_put(g->desk, writer, &c, err);
}
