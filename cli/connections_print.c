// SPDX-License-Identifier: Apache-2.0
#include "cli/connections_print.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"
#include "base/when.h"
#include "cli/exports_words.h"
#include "tiktok/connection.h"

enum { COLUMNS_MAX = 8, SECOND = 1000, MINUTE = 60 * SECOND, HOUR = 60 * MINUTE, DAY = 24 * HOUR };

static const char *const sync_names[] = {"waiting", "syncing", "ok", "failing", "expired", "no_access", "disconnected"};

static const char *sync_name(const struct sync_status *s)
{
	return s->state >= 0 && (size_t)s->state < sizeof sync_names / sizeof sync_names[0] ? sync_names[s->state] : "other";
}

// ---- a table of texts

struct table {
	struct buf cells; // each ends with '\0'
	size_t widths[COLUMNS_MAX], columns, n;
};

static void add_cell(struct table *t, struct view text)
{
	size_t column = t->n++ % t->columns, before = t->cells.n;

	exports_words_text(&t->cells, text.n ? text : VIEW_LIT("-"));
	size_t width = t->cells.n - before;

	t->widths[column] = width > t->widths[column] ? width : t->widths[column];
	buf_add_byte(&t->cells, '\0');
}

static void print_table(struct table *t, struct buf *out)
{
	const char *cell = t->cells.p;

	for (size_t i = 0; i < t->n; i++, cell += strlen(cell) + 1) {
		size_t column = i % t->columns;

		if (column + 1 == t->columns)
			buf_addf(out, "%s\n", cell);
		else
			buf_addf(out, "%-*s  ", (int)t->widths[column], cell);
	}
	buf_clear(&t->cells);
}

// "5 h" of a span of time; its largest unit is enough.
static void add_span(struct buf *out, int64_t ms)
{
	static const struct {
		int64_t unit;
		const char *name;
	} units[] = {{DAY, "d"}, {HOUR, "h"}, {MINUTE, "min"}};

	for (size_t i = 0; i < sizeof units / sizeof units[0]; i++)
		if (ms >= units[i].unit) {
			buf_addf(out, "%" PRId64 " %s", ms / units[i].unit, units[i].name);
			return;
		}
	buf_addf(out, "%" PRId64 " s", ms / SECOND);
}

static void add_time(struct table *t, int64_t ms, int64_t now_ms)
{
	OWN(buf_clear) struct buf text = {0};

	if (ms != TIME_ABSENT) {
		buf_add_text(&text, ms > now_ms ? "in " : "");
		add_span(&text, ms > now_ms ? ms - now_ms : now_ms - ms);
		buf_add_text(&text, ms > now_ms ? "" : " ago");
	}
	add_cell(t, buf_view(&text));
}

// ---- what is the matter

// The first of: the record cannot be used, its token does not open, what spend-ingest says. Empty: nothing is.
static void add_matter(const struct connections_desk *desk, const struct connections_account *a, struct buf *out)
{
	OWN(seal_wipe) struct buf token = {0};
	const struct connection *c = a->connection;
	struct err err;

	if (a->problem)
		buf_add_text(out, a->problem);
	else if (c && c->state == CONNECTION_ERASING)
		buf_add_text(out, "what is known of the account is being deleted by spend-ingest");
	else if (c && connection_open(desk->seal, c, a->highest, &token, &err) != 0)
		buf_add_text(out, err.words);
	else if (a->status && view_is_set(a->status->message))
		buf_add_view(out, a->status->message);
	else if (c && c->state == CONNECTION_AUTHORIZED)
		buf_addf(out, "not read: `lookback connections select %.*s %.*s`", VIEW_ARG(a->tenant), VIEW_ARG(a->advertiser_id));
}

static struct view name_of(const struct connections_account *a)
{
	if (a->connection && view_is_set(a->connection->name))
		return a->connection->name;
	return a->status ? a->status->name : VIEW_ABSENT;
}

static const char *state_of(const struct connections_account *a)
{
	if (a->problem)
		return "unusable";
	return a->connection ? connection_state_name(a->connection->state) : "disconnected";
}

void connections_print_table(const struct connections_desk *desk, const struct connections_book *book, int64_t now_ms, struct buf *out)
{
	static const char *const titles[] = {"tenant", "advertiser", "name", "state", "sync", "last sync", "next sync", "what to know"};
	struct table t = {.columns = COLUMNS_MAX};

	if (book->n == 0)
		return;
	for (size_t i = 0; i < COLUMNS_MAX; i++)
		add_cell(&t, view_text(titles[i]));
	for (size_t i = 0; i < book->n; i++) {
		const struct connections_account *a = &book->accounts[i];
		OWN(buf_clear) struct buf matter = {0};

		add_matter(desk, a, &matter);
		add_cell(&t, a->tenant);
		add_cell(&t, a->advertiser_id);
		add_cell(&t, name_of(a));
		add_cell(&t, view_text(state_of(a)));
		add_cell(&t, a->status ? view_text(sync_name(a->status)) : VIEW_ABSENT);
		add_time(&t, a->status ? a->status->last_sync : TIME_ABSENT, now_ms);
		add_time(&t, a->status ? a->status->next_sync : TIME_ABSENT, now_ms);
		add_cell(&t, buf_view(&matter));
	}
	print_table(&t, out);
}

// ---- JSON

static void add_member(struct buf *out, const char *name, struct view text)
{
	buf_addf(out, ", \"%s\": ", name);
	if (view_is_set(text))
		buf_add_quoted(out, text);
	else
		buf_add_text(out, "null");
}

static void add_integer(struct buf *out, const char *name, int64_t value)
{
	if (value == TIME_ABSENT)
		buf_addf(out, ", \"%s\": null", name);
	else
		buf_addf(out, ", \"%s\": %" PRId64, name, value);
}

static void add_connection(const struct connection *c, struct buf *out)
{
	add_member(out, "grant_id", c ? c->grant_id : VIEW_ABSENT);
	add_member(out, "app_id", c ? c->app_id : VIEW_ABSENT);
	add_member(out, "scope", c ? c->scope : VIEW_ABSENT);
	add_integer(out, "generation", c ? c->generation : TIME_ABSENT);
	add_member(out, "sealed_with", c ? seal_key_id(c->token) : VIEW_ABSENT);
	add_integer(out, "authorized_at", c ? c->authorized_at : TIME_ABSENT);
	add_integer(out, "changed_at", c ? c->changed_at : TIME_ABSENT);
}

void connections_print_one_json(const struct connections_desk *desk, const struct connections_account *a, struct buf *out)
{
	OWN(buf_clear) struct buf matter = {0};

	add_matter(desk, a, &matter);
	buf_add_text(out, "{\"tenant\": ");
	buf_add_quoted(out, a->tenant);
	add_member(out, "advertiser_id", a->advertiser_id);
	add_member(out, "name", name_of(a));
	add_member(out, "state", view_text(state_of(a)));
	add_member(out, "message", matter.n ? buf_view(&matter) : VIEW_ABSENT);
	add_connection(a->connection, out);
	buf_add_text(out, ", \"sync\": ");
	if (a->status)
		contract_print_json(contract_sync_status, a->status, out);
	else
		buf_add_text(out, "null");
	while (out->n > 0 && out->p[out->n - 1] == '\n')
		out->n--;
	buf_add_text(out, "}");
}

void connections_print_json(const struct connections_desk *desk, const struct connections_book *book, struct buf *out)
{
	buf_add_text(out, "[\n");
	for (size_t i = 0; i < book->n; i++) {
		buf_add_text(out, "  ");
		connections_print_one_json(desk, &book->accounts[i], out);
		buf_add_text(out, i + 1 < book->n ? ",\n" : "\n");
	}
	buf_add_text(out, "]\n");
}

// ---- one account

static void add_line(struct table *t, const char *name, struct view text)
{
	add_cell(t, view_text(name));
	add_cell(t, text);
}

static void add_moment(struct table *t, const char *name, int64_t ms)
{
	char text[WHEN_ISO_SIZE];

	add_line(t, name, ms == TIME_ABSENT ? VIEW_ABSENT : view_text(when_print_iso(ms, text)));
}

static void add_number(struct table *t, const char *name, int64_t value)
{
	char text[24];

	snprintf(text, sizeof text, "%" PRId64, value);
	add_line(t, name, value == TIME_ABSENT ? VIEW_ABSENT : view_text(text));
}

static void add_connection_lines(struct table *t, const struct connection *c)
{
	add_line(t, "app", c->app_id);
	add_line(t, "grant", c->grant_id);
	add_number(t, "generation", c->generation);
	add_line(t, "scope", c->scope);
	add_line(t, "sealed with key", seal_key_id(c->token));
	add_moment(t, "authorized", c->authorized_at);
	add_moment(t, "changed", c->changed_at);
}

static void add_status_lines(struct table *t, const struct sync_status *s)
{
	add_line(t, "sync", view_text(sync_name(s)));
	add_line(t, "currency", s->currency);
	add_line(t, "time zone", s->time_zone);
	add_moment(t, "last attempt", s->last_attempt);
	add_moment(t, "last sync", s->last_sync);
	add_moment(t, "next sync", s->next_sync);
	add_moment(t, "disconnected", s->disconnected_at);
	add_line(t, "reason", s->reason);
	add_number(t, "TikTok's code", s->code);
	add_line(t, "request id", s->request_id);
	add_number(t, "days to be read", s->days_left);
	add_number(t, "rows new", s->rows_new);
	add_number(t, "rows restated", s->rows_restated);
	add_number(t, "rows the same", s->rows_same);
}

void connections_print_one(const struct connections_desk *desk, const struct connections_account *a, struct buf *out)
{
	OWN(buf_clear) struct buf matter = {0};
	struct table t = {.columns = 2};

	add_matter(desk, a, &matter);
	add_line(&t, "tenant", a->tenant);
	add_line(&t, "advertiser", a->advertiser_id);
	add_line(&t, "name", name_of(a));
	add_line(&t, "state", view_text(state_of(a)));
	if (a->connection)
		add_connection_lines(&t, a->connection);
	if (a->status)
		add_status_lines(&t, a->status);
	add_line(&t, "what to know", buf_view(&matter));
	print_table(&t, out);
}

// ---- what was written

static void print_written_json(const struct connections_print_written *w, struct buf *out)
{
	buf_add_text(out, "  {\"advertiser_id\": ");
	buf_add_quoted(out, w->account->advertiser_id);
	add_member(out, "name", w->account->name.n ? w->account->name : VIEW_ABSENT);
	add_member(out, "currency", w->account->currency.n ? w->account->currency : VIEW_ABSENT);
	add_member(out, "time_zone", w->account->zone.n ? w->account->zone : VIEW_ABSENT);
	add_member(out, "status", w->account->status.n ? w->account->status : VIEW_ABSENT);
	add_member(out, "state", view_text(connection_state_name(w->state)));
	add_integer(out, "generation", w->generation);
	buf_add_text(out, "}");
}

static void print_written_table(const struct connections_print_written *rows, size_t n, struct buf *out)
{
	static const char *const titles[] = {"advertiser", "name", "currency", "time zone", "status", "state"};
	struct table t = {.columns = sizeof titles / sizeof titles[0]};

	for (size_t i = 0; i < t.columns; i++)
		add_cell(&t, view_text(titles[i]));
	for (size_t i = 0; i < n; i++) {
		add_cell(&t, rows[i].account->advertiser_id);
		add_cell(&t, rows[i].account->name);
		add_cell(&t, rows[i].account->currency);
		add_cell(&t, rows[i].account->zone);
		add_cell(&t, rows[i].account->status);
		add_cell(&t, view_text(connection_state_name(rows[i].state)));
	}
	print_table(&t, out);
}

void connections_print_written(const struct connections_print_written *rows, size_t n, bool json, struct buf *out)
{
	if (!json) {
		print_written_table(rows, n, out);
		return;
	}
	buf_add_text(out, "[\n");
	for (size_t i = 0; i < n; i++) {
		print_written_json(&rows[i], out);
		buf_add_text(out, i + 1 < n ? ",\n" : "\n");
	}
	buf_add_text(out, "]\n");
}
