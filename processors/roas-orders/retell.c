// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-orders/retell.h"

#include <stdlib.h>

#include "base/when.h"

enum { AT_ONCE = 5000, MARK_BYTES = 9, DAY_TEXT = 10 };

// The row that says whether all days stand in the topic as they stand here, and the digest. None: the store is new, or was lost.
static const struct view ROW = VIEW_LIT("m");
enum mark { ALL_TOLD = 1, SOME_UNTOLD };

struct entry {
	struct view tenant;
	int32_t day;
	bool stands; // it has a row
};

struct entries {
	struct entry *p;
	size_t n, room;
};

enum retell_state { UNKNOWN, TELLING, ENDING, DONE }; // ENDING: all is told once the running transaction is committed

struct retell {
	struct retell_options options;
	bool noted;
	enum retell_state state;
	bool all_days;             // not only those that are untold
	struct entries rows, days; // as the store has them; with those between
	size_t next;
	struct arena arena;
};

void retell_print_name(struct buf *out, struct view tenant, int32_t day)
{
	char text[WHEN_DAY_SIZE];

	buf_reset(out);
	buf_add_byte(out, 'd');
	buf_add_view(out, tenant);
	buf_addf(out, "|%s", when_print_day(day, text));
}

bool retell_read_name(struct view name, struct retell_day *out)
{
	if (name.n < DAY_TEXT + 2 || name.p[0] != 'd' || when_parse_day(view_of(name.p + name.n - DAY_TEXT, DAY_TEXT), &out->day) != 0)
		return false;
	out->tenant = view_of(name.p + 1, name.n - DAY_TEXT - 2);
	return true;
}

struct retell *retell_new(const struct retell_options *options)
{
	struct retell *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	r->options = *options;
	return r;
}

static void drop_entries(struct entries *e)
{
	free(e->p);
	*e = (struct entries){0};
}

static void forget(struct retell *r)
{
	drop_entries(&r->rows);
	drop_entries(&r->days);
	arena_clear(&r->arena);
	r->next = 0;
}

void retell_free(struct retell **retell)
{
	if (!*retell)
		return;
	forget(*retell);
	free(*retell);
	*retell = NULL;
}

// ---- the row

// Absent: there is none.
static int read_row(struct retell *r, struct view *value, struct err *err)
{
	*value = VIEW_ABSENT;
	return store_read_conversion(r->options.store, store_hash(ROW), ROW, VIEW_LIT(""), &r->arena, value, err);
}

static void write_row(struct retell *r, enum mark mark)
{
	char bytes[MARK_BYTES] = {(char)mark};
	const struct state_conversion row = {VIEW_LIT(""), 0, view_of(bytes, sizeof bytes)};

	memcpy(bytes + 1, &r->options.digest, sizeof r->options.digest);
	store_put_conversion(r->options.store, store_hash(ROW), ROW, &row, VIEW_ABSENT);
}

static bool says_all_told(struct view value)
{
	return value.n == MARK_BYTES && value.p[0] == ALL_TOLD;
}

static bool is_of_digest(struct view value, uint64_t digest)
{
	return value.n == MARK_BYTES && memcmp(value.p + 1, &digest, sizeof digest) == 0;
}

int retell_note(struct retell *r, struct err *err)
{
	struct view value;

	if (r->noted)
		return 0;
	if (read_row(r, &value, err) != 0)
		return -1;
	if (says_all_told(value) && is_of_digest(value, r->options.digest))
		write_row(r, SOME_UNTOLD);
	r->noted = true;
	return 0;
}

// ---- what is to be told

static void add(struct entries *e, struct entry entry)
{
	if (e->n == e->room) {
		e->room = e->room ? e->room * 2 : 256;
		e->p = realloc(e->p, e->room * sizeof *e->p);
		if (!e->p)
			err_out_of_memory();
	}
	e->p[e->n++] = entry;
}

static int look(void *context, struct view name, const struct state_user *rows, struct err *err)
{
	struct retell *r = context;
	struct retell_day day;

	(void)err;
	if (rows->conversion_count == 0 || !r->options.row(name, rows->conversions[0].value, &day))
		return 0;
	if (r->all_days || !day.told)
		add(&r->rows, (struct entry){arena_dup(&r->arena, day.tenant), day.day, true});
	return 0;
}

static int by_tenant_and_day(const void *a, const void *b)
{
	const struct entry *x = a, *y = b;
	int order = view_cmp(x->tenant, y->tenant);

	return order ? order : (x->day > y->day) - (x->day < y->day);
}

static void fill(struct retell *r, struct view tenant, int64_t from, int64_t to)
{
	for (int64_t day = from; day < to; day++)
		add(&r->days, (struct entry){tenant, (int32_t)day, false});
}

static void fill_gaps(struct retell *r)
{
	for (size_t i = 0; i < r->rows.n; i++) {
		const struct entry *e = &r->rows.p[i];
		bool first = i == 0 || !view_eq(e[-1].tenant, e->tenant);
		bool last = i + 1 == r->rows.n || !view_eq(e[1].tenant, e->tenant);

		fill(r, e->tenant, first ? e->day - INT64_C(1) : e[-1].day + INT64_C(1), e->day);
		add(&r->days, *e);
		if (last)
			fill(r, e->tenant, e->day + INT64_C(1), e->day + 1 + r->options.margin_days);
	}
}

static int begin(struct retell *r, struct err *err)
{
	struct view value;

	forget(r);
	if (read_row(r, &value, err) != 0)
		return -1;
	bool lost = !view_is_set(value), same = is_of_digest(value, r->options.digest);

	r->state = TELLING;
	if (says_all_told(value) && same)
		return 0;
	r->all_days = lost || !same;
	if (store_visit(r->options.store, look, r, err) != 0)
		return -1;
	if (r->rows.n)
		qsort(r->rows.p, r->rows.n, sizeof *r->rows.p, by_tenant_and_day);
	if (lost)
		fill_gaps(r);
	for (size_t i = 0; !lost && i < r->rows.n; i++)
		add(&r->days, r->rows.p[i]);
	return 0;
}

bool retell_is_due(const struct retell *r)
{
	return r->state < ENDING;
}

int retell_some(struct retell *r, struct err *err)
{
	if (r->state == UNKNOWN && begin(r, err) != 0)
		return -1;
	for (int n = 0; r->next < r->days.n && n < AT_ONCE; r->next++, n++) {
		const struct entry *e = &r->days.p[r->next];

		if (r->options.touch(r->options.context, e->tenant, e->day, e->stands, err) != 0)
			return -1;
	}
	if (r->options.write(r->options.context, err) != 0)
		return -1;
	if (r->next == r->days.n) {
		write_row(r, ALL_TOLD);
		r->state = ENDING;
	}
	return 0;
}

void retell_committed(struct retell *r)
{
	if (r->state != ENDING)
		return;
	forget(r);
	r->state = DONE;
}

void retell_aborted(struct retell *r)
{
	if (r->state != DONE)
		r->state = UNKNOWN;
}
