// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "tiktok/backoff.h"
#include "tiktok/digits.h"
#include "tiktok/reader_private.h"

enum { PAGES_DEFAULT = 1000, ROWS_DEFAULT = 1000000, PAGE_SIZE_MAX = 1000, PAGE_SIZE_LEAST = 50, TRIES_DEFAULT = 12, READINGS_DEFAULT = 4 };
enum { WAIT_FIRST_MS = 500, WAIT_MOST_MS = 60 * 1000, ROW_TRIES = 3, RETRY_AFTER_MOST_MS = 60 * 60 * 1000 };
static const size_t BYTES_DEFAULT = (size_t)512 << 20;

// One reading of a window.
struct reading {
	struct arena arena;
	char *rows;
	size_t n, room;
	bool moved; // totals differed between its pages
};

enum state { ASKING, BUSY, WAITING, HOLDING, GIVEN, FINISHED, FAILED };

struct reader {
	const struct reader_kind *kind;
	void *self;
	struct reader_limits limits;
	struct backoff backoff;
	enum state state;
	struct reader_window whole, window;
	int64_t span, wait_until_ms;
	uint32_t page, page_size, failures, readings;
	int64_t total, total_page; // as last said; -1: not said
	struct reading now, before;
	bool have_before;
	struct call_result result;
	struct reader_progress progress;
};

static void reading_reset(struct reading *r)
{
	arena_reset(&r->arena);
	r->n = 0;
	r->moved = false;
}

static void reading_clear(struct reading *r)
{
	arena_clear(&r->arena);
	free(r->rows);
	*r = (struct reading){0};
}

static uint32_t either(uint32_t given, uint32_t otherwise)
{
	return given ? given : otherwise;
}

static void begin_reading(struct reader *r)
{
	reading_reset(&r->now);
	r->page = 1;
	r->total = r->total_page = -1;
	r->failures = 0;
	r->state = ASKING;
}

static void begin_window(struct reader *r, int64_t from)
{
	int64_t left = r->whole.until - from;

	r->window = (struct reader_window){from, from + (left < r->span ? left : r->span)};
	r->readings = 0;
	r->have_before = false;
	begin_reading(r);
	if (left <= 0)
		r->state = FINISHED;
}

struct reader *reader_new(const struct reader_kind *kind, void *self, struct reader_window whole, int64_t span,
	const struct reader_limits *limits)
{
	struct reader *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	CHECK(span > 0);
	*r = (struct reader){.kind = kind, .self = self, .whole = whole, .span = span, .limits = *limits};
	r->limits.pages = either(limits->pages, PAGES_DEFAULT);
	r->limits.rows = either(limits->rows, ROWS_DEFAULT);
	r->limits.bytes = limits->bytes ? limits->bytes : BYTES_DEFAULT;
	r->limits.tries = (uint8_t)either(limits->tries, TRIES_DEFAULT);
	r->limits.readings = (uint8_t)either(limits->readings, READINGS_DEFAULT);
	r->page_size = either(limits->page_size, PAGE_SIZE_MAX);
	CHECK(r->page_size <= PAGE_SIZE_MAX);
	r->backoff = (struct backoff){WAIT_FIRST_MS, WAIT_MOST_MS, limits->seed};
	call_result_clear(&r->result);
	begin_window(r, whole.from);
	return r;
}

void reader_free(struct reader **reader)
{
	struct reader *r = *reader;

	if (!r)
		return;
	reading_clear(&r->now);
	reading_clear(&r->before);
	call_result_clear(&r->result);
	r->kind->free(r->self);
	free(r);
	*reader = NULL;
}

static void ask(struct reader *r, struct call *call)
{
	r->kind->ask(r->self, r->window, call);
	if (r->kind->paged) {
		call_param_integer(call, "page", r->page);
		call_param_integer(call, "page_size", r->page_size);
	}
	r->state = BUSY;
	r->progress.requests++;
}

enum reader_want reader_next(struct reader *r, int64_t now_ms, struct call *call, int64_t *wait_until_ms)
{
	if (r->state == GIVEN)
		begin_window(r, r->window.until);
	if (r->state == WAITING && now_ms >= r->wait_until_ms)
		r->state = ASKING;
	switch (r->state) {
	case ASKING:
		ask(r, call);
		return READER_ASK;
	case WAITING:
		*wait_until_ms = r->wait_until_ms;
		return READER_WAIT;
	case HOLDING:
		r->state = GIVEN;
		r->progress.windows++;
		return READER_ROWS;
	case BUSY:
		return READER_BUSY;
	case FAILED:
		return READER_FAILED;
	default:
		return READER_DONE;
	}
}

void reader_unsent(struct reader *r)
{
	CHECK(r->state == BUSY);
	r->state = ASKING;
	r->progress.requests--;
}

const void *reader_rows(const struct reader *r, size_t *n)
{
	CHECK(r->state == GIVEN);
	*n = r->now.n;
	return r->now.rows;
}

const struct call_result *reader_result(const struct reader *r)
{
	return &r->result;
}

struct reader_progress reader_progress(const struct reader *r)
{
	struct reader_progress p = r->progress;
	int64_t left = r->state == FINISHED ? 0 : r->whole.until - (r->state == GIVEN ? r->window.until : r->window.from);

	p.windows_known = p.windows + (uint32_t)((left + r->span - 1) / r->span);
	return p;
}

// --- What goes wrong -------------------------------------------------------------------------------------------------------------------------------

static void fail(struct reader *r, enum call_verdict verdict)
{
	r->result.verdict = verdict;
	answer_clear(&r->result.answer);
	reading_reset(&r->now);
	r->state = FAILED;
}

static int64_t later(int64_t a, int64_t b)
{
	return a > b ? a : b;
}

static void wait_for(struct reader *r, int64_t now_ms, int64_t wait_ms)
{
	r->wait_until_ms = now_ms + wait_ms;
	r->state = WAITING;
}

static void try_again(struct reader *r, int64_t now_ms)
{
	int64_t asked_ms = r->result.retry_after_ms < RETRY_AFTER_MOST_MS ? r->result.retry_after_ms : RETRY_AFTER_MOST_MS;

	r->failures++;
	if (r->result.tries && r->failures > r->result.tries) {
		fail(r, r->result.then);
		return;
	}
	if (r->failures >= r->limits.tries) {
		fail(r, CALL_RETRY);
		return;
	}
	r->progress.retries++;
	wait_for(r, now_ms, later(backoff_ms(&r->backoff, (int)r->failures), later(r->result.wait_ms, asked_ms)));
}

// Half of the window, and so all that follow; pages of half the size where there is no half, or where it was one answer that was too large.
static void shrink(struct reader *r, bool page_first)
{
	int64_t size = r->window.until - r->window.from;

	r->progress.halvings++;
	if (r->kind->paged && r->page_size / 2 >= PAGE_SIZE_LEAST && (page_first || size < 2)) {
		r->page_size /= 2;
		begin_reading(r);
	} else if (size >= 2) {
		r->span = size / 2;
		begin_window(r, r->window.from);
	} else {
		fail(r, CALL_SMALLER);
	}
}

static void over_ceiling(struct reader *r, const char *what)
{
	snprintf(r->result.message, sizeof r->result.message, "more than the ceiling of %s in one window", what);
	if (r->window.until - r->window.from >= 2)
		shrink(r, false);
	else
		fail(r, CALL_SMALLER);
}

static void not_understood(struct reader *r, const char *why, int64_t now_ms)
{
	snprintf(r->result.message, sizeof r->result.message, "the answer is not understood: %s", why);
	r->result.tries = ROW_TRIES;
	r->result.then = CALL_REFUSED;
	try_again(r, now_ms);
}

// --- The end of a reading --------------------------------------------------------------------------------------------------------------------------

static const void *row_at(const struct reader *r, const struct reading *reading, size_t i)
{
	return reading->rows + i * r->kind->row_size;
}

static bool has_repeats(const struct reader *r)
{
	for (size_t i = 1; i < r->now.n; i++) {
		const void *row = row_at(r, &r->now, i);

		if (r->kind->compare(row_at(r, &r->now, i - 1), row) == 0 && !(r->kind->may_repeat && r->kind->may_repeat(row)))
			return true;
	}
	return false;
}

static bool same_rows(const struct reader *r)
{
	if (!r->have_before || r->before.n != r->now.n)
		return false;
	for (size_t i = 0; i < r->now.n; i++) {
		if (r->kind->compare(row_at(r, &r->before, i), row_at(r, &r->now, i)) != 0)
			return false;
	}
	return true;
}

static void read_again(struct reader *r, bool good, int64_t now_ms)
{
	struct reading swap = r->before;

	r->before = r->now;
	r->now = swap;
	r->have_before = good;
	if (++r->readings >= r->limits.readings) {
		snprintf(r->result.message, sizeof r->result.message, "rows moved between pages in each of %u readings", r->readings);
		fail(r, CALL_RETRY);
		return;
	}
	r->progress.rereads++;
	begin_reading(r);
	wait_for(r, now_ms, backoff_ms(&r->backoff, (int)r->readings));
}

static void finish(struct reader *r, int64_t now_ms)
{
	if (r->now.n)
		qsort(r->now.rows, r->now.n, r->kind->row_size, r->kind->compare);
	bool all = !has_repeats(r) && (r->total < 0 || r->total == (int64_t)r->now.n);

	if (all && (!r->now.moved || same_rows(r)))
		r->state = HOLDING;
	else
		read_again(r, all, now_ms);
}

// --- A page ----------------------------------------------------------------------------------------------------------------------------------------

static void *new_row(struct reader *r)
{
	struct reading *now = &r->now;

	if (now->n == now->room) {
		now->room = now->room ? now->room * 2 : PAGE_SIZE_MAX;
		now->rows = realloc(now->rows, now->room * r->kind->row_size);
		if (!now->rows)
			err_out_of_memory();
	}
	memset(now->rows + now->n * r->kind->row_size, 0, r->kind->row_size);
	return now->rows + now->n++ * r->kind->row_size;
}

static bool take_rows(struct reader *r, const json_t *list, const char **why)
{
	for (size_t i = 0; i < json_array_size(list); i++) {
		void *row = new_row(r);
		struct reader_item item = {json_array_get(list, i), r->window, &r->now.arena,
			r->now.n > 1 ? row_at(r, &r->now, r->now.n - 2) : NULL};

		if (!json_is_object(item.json) || !r->kind->take(r->self, &item, row, why))
			return false;
	}
	return true;
}

static int64_t said(const json_t *info, const char *name)
{
	int64_t value;

	if (digits_read(view_text(json_string_value(json_object_get(info, name))), 0, &value) != 0 || value < 0)
		return -1;
	return value;
}

static void read_totals(struct reader *r, const json_t *info)
{
	int64_t total = said(info, "total_number");

	r->now.moved |= r->page > 1 && total != r->total;
	r->total = total;
	r->total_page = said(info, "total_page");
}

// A full page may have another one behind it whatever was said of their number.
static bool is_last(const struct reader *r, size_t rows)
{
	return !r->kind->paged || rows == 0 || (rows < r->page_size && (int64_t)r->page >= r->total_page);
}

static void take_page(struct reader *r, const json_t *data, int64_t now_ms)
{
	const json_t *list = json_object_get(data, "list");
	struct arena_mark mark = arena_mark(&r->now.arena);
	size_t rows = json_array_size(list), before = r->now.n;
	const char *why = "a row is no object";

	if (!json_is_array(list) || !take_rows(r, list, &why)) {
		r->now.n = before;
		arena_return(&r->now.arena, mark);
		not_understood(r, json_is_array(list) ? why : "there is no list", now_ms);
		return;
	}
	r->failures = 0;
	r->state = ASKING;
	if (r->kind->paged)
		read_totals(r, json_object_get(data, "page_info"));
	if (r->now.n > r->limits.rows)
		over_ceiling(r, "rows");
	else if (r->now.arena.used + r->now.n * r->kind->row_size > r->limits.bytes)
		over_ceiling(r, "bytes");
	else if (is_last(r, rows))
		finish(r, now_ms);
	else if (r->page++ >= r->limits.pages)
		over_ceiling(r, "pages");
}

// All of a result but its data.
static void keep(struct reader *r, const struct call_result *result)
{
	call_result_clear(&r->result);
	r->result = *result;
	r->result.answer = (struct answer){0};
}

void reader_answer(struct reader *r, struct call_result *result, int64_t now_ms)
{
	CHECK(r->state == BUSY);
	keep(r, result);
	switch (result->verdict) {
	case CALL_OK:
		take_page(r, result->answer.data, now_ms);
		answer_clear(&result->answer);
		break;
	case CALL_RETRY:
	case CALL_THROTTLE_APP:
	case CALL_THROTTLE_ADVERTISER:
		try_again(r, now_ms);
		break;
	case CALL_SMALLER:
		shrink(r, result->code == 0);
		break;
	default:
		fail(r, result->verdict);
	}
}
