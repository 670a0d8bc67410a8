// SPDX-License-Identifier: Apache-2.0
#include "cli/exports_sum.h"

#include <stdlib.h>

#include "base/arena.h"
#include "base/own.h"

enum { DAY_MS = 86400000, KEYS_MOST = 100 * 1000 * 1000, ROWS_MOST = 1000 * 1000 };

// What is kept of a key.
struct kept {
	int64_t value_micros, now_micros;
	uint64_t row; // its index + 1; 0: it is not asked for
};

struct exports_sum {
	const struct exports_filter *filter;
	struct key_table *keys;  // -> struct kept
	struct key_table *index; // -> uint64_t, a row's index + 1
	struct exports_row *rows, *shown;
	size_t count, room;
	struct arena texts;
	struct buf name;
};

struct exports_sum *exports_sum_new(const struct exports_filter *filter)
{
	struct exports_sum *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->filter = filter;
	s->keys = key_table_new(sizeof(struct kept), KEYS_MOST);
	s->index = key_table_new(sizeof(uint64_t), ROWS_MOST);
	return s;
}

void exports_sum_free(struct exports_sum **sum)
{
	struct exports_sum *s = *sum;

	if (!s)
		return;
	key_table_free(&s->keys);
	key_table_free(&s->index);
	arena_clear(&s->texts);
	buf_clear(&s->name);
	free(s->rows);
	free(s->shown);
	free(s);
	*sum = NULL;
}

int64_t exports_sum_time(const struct export_result *r)
{
	return r->verdict_time == TIME_ABSENT ? r->intent_time : r->verdict_time;
}

static int64_t day_of(int64_t ms)
{
	return (ms / DAY_MS - (ms % DAY_MS < 0)) * DAY_MS;
}

static bool is_asked_for(const struct exports_filter *f, const struct export_result *r)
{
	int64_t time_ms = exports_sum_time(r);

	if (view_is_set(f->tenant) && !view_eq(f->tenant, r->tenant))
		return false;
	if (view_is_set(f->goal) && !view_eq(f->goal, r->goal))
		return false;
	return (f->verdict == EXPORTS_SUM_ANY || f->verdict == r->verdict) && time_ms >= f->from_ms && time_ms < f->to_ms;
}

static void add_part(struct buf *name, struct view part)
{
	buf_addf(name, "%d:", view_is_set(part) ? (int)part.n : -1);
	buf_add_view(name, part);
}

static size_t add_row(struct exports_sum *s, const struct export_result *r)
{
	if (s->count == s->room) {
		s->room = s->room ? s->room * 2 : 64;
		s->rows = realloc(s->rows, s->room * sizeof *s->rows);
		if (!s->rows)
			err_out_of_memory();
	}
	s->rows[s->count] = (struct exports_row){
		.tenant = arena_dup(&s->texts, r->tenant),
		.reason = arena_dup(&s->texts, r->reason),
		.currency = arena_dup(&s->texts, r->currency),
		.day_ms = day_of(exports_sum_time(r)),
		.verdict = r->verdict,
	};
	return s->count++;
}

// The row's index + 1; 0 if there are too many.
static uint64_t row_of(struct exports_sum *s, const struct export_result *r)
{
	buf_reset(&s->name);
	add_part(&s->name, r->tenant);
	add_part(&s->name, r->reason);
	add_part(&s->name, r->currency);
	buf_addf(&s->name, "%lld %d", (long long)day_of(exports_sum_time(r)), r->verdict);
	uint64_t *row = key_table_at(s->index, buf_view(&s->name));

	if (row && !*row)
		*row = add_row(s, r) + 1;
	return row ? *row : 0;
}

static void count(struct exports_sum *s, const struct kept *kept, int sign)
{
	struct exports_row *row = &s->rows[kept->row - 1];

	row->events += (uint64_t)(int64_t)sign;
	row->value_micros += (__int128)kept->value_micros * sign;
	row->now_micros += (__int128)kept->now_micros * sign;
}

static int too_many(const char *what, struct err *err)
{
	return err_set(err, ERR_FATAL, "too_many", "there are more %s than can be summed up at once: ask for fewer days (--from, --to)", what);
}

int exports_sum_take(struct exports_sum *s, struct view key, const struct export_result *r, struct err *err)
{
	bool asked_for = r && is_asked_for(s->filter, r);
	struct kept *kept = asked_for ? key_table_at(s->keys, key) : key_table_find(s->keys, key);

	if (!kept)
		return asked_for ? too_many("events in one partition", err) : 0;
	if (kept->row)
		count(s, kept, -1);
	*kept = (struct kept){0};
	if (!asked_for)
		return 0;
	*kept = (struct kept){r->value_micros, r->value_now_micros == TIME_ABSENT ? 0 : r->value_now_micros, row_of(s, r)};
	if (!kept->row)
		return too_many("sums", err);
	count(s, kept, +1);
	return 0;
}

void exports_sum_partition_end(struct exports_sum *s)
{
	key_table_reset(s->keys);
}

static int by_name(const void *a, const void *b)
{
	const struct exports_row *x = a, *y = b;
	int order = view_cmp(x->tenant, y->tenant);

	if (!order)
		order = (x->day_ms > y->day_ms) - (x->day_ms < y->day_ms);
	if (!order)
		order = x->verdict - y->verdict;
	if (!order)
		order = view_cmp(x->reason, y->reason);
	return order ? order : view_cmp(x->currency, y->currency);
}

const struct exports_row *exports_sum_rows(struct exports_sum *s, size_t *n)
{
	free(s->shown);
	s->shown = calloc(s->count + 1, sizeof *s->shown);
	if (!s->shown)
		err_out_of_memory();
	*n = 0;
	for (size_t i = 0; i < s->count; i++)
		if (s->rows[i].events)
			s->shown[(*n)++] = s->rows[i];
	qsort(s->shown, *n, sizeof *s->shown, by_name);
	return s->shown;
}
