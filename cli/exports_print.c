// SPDX-License-Identifier: Apache-2.0
#include "cli/exports_print.h"

#include <inttypes.h>

#include "base/own.h"
#include "base/when.h"
#include "cli/exports_words.h"

enum column { TENANT, DAY, VERDICT, REASON, EVENTS, VALUE, NOW, COLUMNS };

static const struct {
	const char *title;
	bool right;
} columns[COLUMNS] = {{"tenant", false}, {"day", false}, {"verdict", false}, {"reason", false}, {"events", true}, {"value", true},
	{"now", true}};

struct table {
	int widths[COLUMNS];
	int columns; // shown; the last one only if some row has it
	bool colour;
	struct buf cell;
};

static void print_day(int64_t day_ms, struct buf *out)
{
	char text[WHEN_ISO_SIZE];
	const char *end = strchr(when_print_iso(day_ms, text), 'T');

	buf_add(out, text, end ? (size_t)(end - text) : strlen(text));
}

static void fill_cell(struct table *t, const struct exports_row *r, int column)
{
	struct buf *cell = &t->cell;

	buf_reset(cell);
	if (column == TENANT)
		exports_words_text(cell, r->tenant);
	else if (column == DAY)
		print_day(r->day_ms, cell);
	else if (column == VERDICT)
		buf_add_text(cell, exports_words_verdict(r->verdict));
	else if (column == REASON)
		exports_words_text(cell, view_is_set(r->reason) ? r->reason : VIEW_LIT("-"));
	else if (column == EVENTS)
		buf_addf(cell, "%" PRIu64, r->events);
	else if (column == VALUE)
		exports_words_money(cell, r->value_micros, r->currency);
	else if (r->verdict == EXPORT_SENT_THEN_CHANGED)
		exports_words_money(cell, r->now_micros, r->currency);
	else
		buf_add_text(cell, "-");
}

static void measure(struct table *t, const struct exports_row *rows, size_t count)
{
	t->columns = NOW;
	for (int c = 0; c < COLUMNS; c++)
		t->widths[c] = (int)strlen(columns[c].title);
	for (size_t i = 0; i < count; i++) {
		if (rows[i].verdict == EXPORT_SENT_THEN_CHANGED)
			t->columns = COLUMNS;
		for (int c = 0; c < COLUMNS; c++) {
			fill_cell(t, &rows[i], c);
			t->widths[c] = (int)t->cell.n > t->widths[c] ? (int)t->cell.n : t->widths[c];
		}
	}
}

static void print_cell(const struct table *t, int c, struct view text, struct buf *out)
{
	bool last = c == t->columns - 1;

	if (columns[c].right)
		buf_addf(out, "%*.*s", t->widths[c], VIEW_ARG(text));
	else
		buf_addf(out, "%-*.*s", t->widths[c], VIEW_ARG(text));
	buf_add_text(out, last ? "\n" : "  ");
}

static void print_row(struct table *t, const struct exports_row *r, struct buf *out)
{
	for (int c = 0; c < t->columns; c++) {
		bool coloured = t->colour && c == VERDICT;

		fill_cell(t, r, c);
		buf_add_text(out, coloured ? exports_words_colour(r->verdict) : "");
		print_cell(t, c, buf_view(&t->cell), out);
		buf_add_text(out, coloured ? EXPORTS_WORDS_PLAIN : "");
	}
}

// "7 events: 5 accepted, 2 paused"
static void print_totals(const struct exports_row *rows, size_t count, struct buf *out)
{
	uint64_t all = 0, events[EXPORTS_WORDS_VERDICTS + 1] = {0}; // the last: others

	for (size_t i = 0; i < count; i++) {
		bool known = rows[i].verdict >= 0 && rows[i].verdict < EXPORTS_WORDS_VERDICTS;

		events[known ? rows[i].verdict : EXPORTS_WORDS_VERDICTS] += rows[i].events;
		all += rows[i].events;
	}
	buf_addf(out, "\n%" PRIu64 " event%s", all, all == 1 ? "" : "s");
	const char *before = ": ";

	for (int v = 0; v <= EXPORTS_WORDS_VERDICTS; v++)
		if (events[v]) {
			buf_addf(out, "%s%" PRIu64 " %s", before, events[v], exports_words_verdict(v));
			before = ", ";
		}
	buf_add_text(out, "\n");
}

void exports_print_table(const struct exports_row *rows, size_t count, bool colour, struct buf *out)
{
	struct table t = {.colour = colour};

	if (count == 0)
		return;
	measure(&t, rows, count);
	for (int c = 0; c < t.columns; c++)
		print_cell(&t, c, view_text(columns[c].title), out);
	for (size_t i = 0; i < count; i++)
		print_row(&t, &rows[i], out);
	print_totals(rows, count, out);
	buf_clear(&t.cell);
}

static void add_member(struct buf *out, const char *name, struct view text)
{
	buf_addf(out, ", \"%s\": ", name);
	if (view_is_set(text))
		buf_add_quoted(out, text);
	else
		buf_add_text(out, "null");
}

static void print_object(const struct exports_row *r, struct buf *out)
{
	buf_add_text(out, "  {\"tenant\": ");
	buf_add_quoted(out, r->tenant);
	buf_add_text(out, ", \"day\": \"");
	print_day(r->day_ms, out);
	buf_add_text(out, "\"");
	add_member(out, "verdict", view_text(exports_words_verdict(r->verdict)));
	add_member(out, "reason", r->reason);
	add_member(out, "currency", r->currency.n ? r->currency : VIEW_ABSENT);
	buf_addf(out, ", \"events\": %" PRIu64 ", \"value_micros\": ", r->events);
	exports_words_integer(out, r->value_micros);
	buf_add_text(out, ", \"value_now_micros\": ");
	if (r->verdict == EXPORT_SENT_THEN_CHANGED)
		exports_words_integer(out, r->now_micros);
	else
		buf_add_text(out, "null");
	buf_add_text(out, "}");
}

void exports_print_json(const struct exports_row *rows, size_t count, struct buf *out)
{
	buf_add_text(out, "[\n");
	for (size_t i = 0; i < count; i++) {
		print_object(&rows[i], out);
		buf_add_text(out, i + 1 < count ? ",\n" : "\n");
	}
	buf_add_text(out, "]\n");
}
