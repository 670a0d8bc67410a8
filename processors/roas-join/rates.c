// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/rates.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/file.h"
#include "base/money.h"
#include "base/own.h"
#include "base/when.h"

enum { FILE_MAX = 128 << 20, DIGITS_MAX = 15, FIELDS = 4 };

// Each line twice: as it is, and turned round.
struct rate {
	int32_t day;
	char from[3], to[3];
	bool turned;
	int64_t times, over; // below 10^16
};

struct rates {
	struct rate *p;
	size_t n, room;
	uint64_t digest;
};

static int by_day_and_pair(const struct rate *a, const struct rate *b)
{
	if (a->day != b->day)
		return a->day < b->day ? -1 : 1;
	int from = memcmp(a->from, b->from, 3);
	return from ? from : memcmp(a->to, b->to, 3);
}

// A rate as it is stands before one that was turned round.
static int by_all(const void *x, const void *y)
{
	const struct rate *a = x, *b = y;
	int order = by_day_and_pair(a, b);

	return order ? order : a->turned - b->turned;
}

// ---- reading

struct rates_reader {
	struct rates *rates;
	const char *name;
	size_t line;
};

static int refuse(const struct rates_reader *r, const char *what, struct view text, struct err *err)
{
	return err_set(err, ERR_FATAL, "rates_invalid", "%s, line %zu: %s: %.*s; a line is day,from,to,rate, as 2026-03-01,USD,PEN,3.7215",
		r->name, r->line, what, (int)(text.n > 60 ? 60 : text.n), text.p ? text.p : "");
}

static void add(struct rates *r, const struct rate *rate)
{
	if (r->n == r->room) {
		r->room = r->room ? r->room * 2 : 1024;
		r->p = realloc(r->p, r->room * sizeof *r->p);
		if (!r->p)
			err_out_of_memory();
	}
	r->p[r->n++] = *rate;
}

// `digits[.digits]`, above 0, at most 15 digits without the zeros that lead, and 15 behind the point.
static int parse_rate(struct view text, struct rate *out)
{
	int digits = 0, fraction = -1;

	out->times = 0;
	out->over = 1;
	for (size_t i = 0; i < text.n; i++) {
		char c = text.p[i];

		if (c == '.' && fraction < 0 && i > 0 && i + 1 < text.n) {
			fraction = 0;
			continue;
		}
		if (c < '0' || c > '9')
			return -1;
		digits += digits > 0 || c != '0';
		if (fraction >= 0) {
			fraction++;
			out->over *= 10;
		}
		if (digits > DIGITS_MAX || fraction > DIGITS_MAX)
			return -1;
		out->times = out->times * 10 + c - '0';
	}
	return out->times > 0 ? 0 : -1;
}

static size_t split(struct view line, struct view *fields)
{
	size_t n = 0, begin = 0;

	for (size_t i = 0; i <= line.n; i++) {
		if (i < line.n && line.p[i] != ',')
			continue;
		if (n < FIELDS)
			fields[n] = view_trimmed(view_of(line.p + begin, i - begin));
		n++;
		begin = i + 1;
	}
	return n;
}

static int read_line(struct rates_reader *r, struct view line, struct err *err)
{
	struct view f[FIELDS];
	struct rate rate = {.turned = false};

	if (split(line, f) != FIELDS)
		return refuse(r, "not four fields", line, err);
	if (when_parse_day(f[0], &rate.day) != 0)
		return refuse(r, "not a day", f[0], err);
	for (int i = 1; i <= 2; i++)
		if (!money_currency(f[i]))
			return refuse(r, "not a currency of ISO 4217", f[i], err);
	if (view_eq(f[1], f[2]))
		return refuse(r, "a currency against itself", line, err);
	if (parse_rate(f[3], &rate) != 0)
		return refuse(r, "not a rate (a decimal number above 0 of at most 15 digits)", f[3], err);
	memcpy(rate.from, f[1].p, 3);
	memcpy(rate.to, f[2].p, 3);
	add(r->rates, &rate);
	struct rate turned = {.day = rate.day, .turned = true, .times = rate.over, .over = rate.times};
	memcpy(turned.from, rate.to, 3);
	memcpy(turned.to, rate.from, 3);
	add(r->rates, &turned);
	return 0;
}

static bool is_heading(const struct rates_reader *r, struct view line)
{
	return r->line == 1 && line.n >= 3 && memcmp(line.p, "day", 3) == 0;
}

static int read_lines(struct rates_reader *r, struct view text, struct err *err)
{
	const char *p = text.p, *end = text.p + text.n;

	if (text.n >= 3 && memcmp(p, "\xef\xbb\xbf", 3) == 0)
		p += 3; // a byte order mark, as spreadsheets write it
	while (p < end) {
		const char *stop = memchr(p, '\n', (size_t)(end - p));
		struct view line = view_trimmed(view_of(p, (size_t)((stop ? stop : end) - p)));

		p = stop ? stop + 1 : end;
		if (++r->line > RATES_LINES_MAX)
			return refuse(r, "too many lines", VIEW_LIT("the limit is 2,000,000"), err);
		if (line.n == 0 || line.p[0] == '#' || is_heading(r, line))
			continue;
		if (read_line(r, line, err) != 0)
			return -1;
	}
	return 0;
}

static int sort(struct rates_reader *reader, struct err *err)
{
	struct rates *r = reader->rates;

	if (r->n)
		qsort(r->p, r->n, sizeof *r->p, by_all);
	for (size_t i = 1; i < r->n; i++) {
		const struct rate *a = &r->p[i - 1], *b = &r->p[i];
		char day[WHEN_DAY_SIZE];

		if (by_all(a, b) == 0)
			return err_set(err, ERR_FATAL, "rates_invalid", "%s: two rates of %s from %.3s to %.3s", reader->name,
				when_print_day(a->day, day), a->turned ? a->to : a->from, a->turned ? a->from : a->to);
	}
	return 0;
}

static uint64_t digest_of(const struct rates *r)
{
	XXH64_state_t *state = XXH64_createState();

	if (!state)
		err_out_of_memory();
	XXH64_reset(state, r->n);
	for (size_t i = 0; i < r->n; i++) {
		const struct rate *e = &r->p[i];
		int64_t numbers[] = {e->day, e->turned, e->times, e->over};

		XXH64_update(state, numbers, sizeof numbers);
		XXH64_update(state, e->from, sizeof e->from);
		XXH64_update(state, e->to, sizeof e->to);
	}
	uint64_t out = XXH64_digest(state);
	XXH64_freeState(state);
	return out;
}

int rates_parse(struct view text, const char *name, struct rates **out, struct err *err)
{
	struct rates_reader reader = {calloc(1, sizeof *reader.rates), name, 0};

	if (!reader.rates)
		err_out_of_memory();
	*out = reader.rates;
	if (read_lines(&reader, text, err) != 0 || sort(&reader, err) != 0) {
		rates_free(out);
		return -1;
	}
	reader.rates->digest = digest_of(reader.rates);
	return 0;
}

int rates_load(const char *path, struct rates **out, struct err *err)
{
	OWN(buf_clear) struct buf text = {0};

	if (path && file_read(path, FILE_MAX, &text, err) != 0)
		return err_prefix(err, "roas_join.rates_file");
	return rates_parse(buf_view(&text), path ? path : "no file", out, err);
}

void rates_free(struct rates **rates)
{
	if (*rates)
		free((*rates)->p);
	free(*rates);
	*rates = NULL;
}

uint64_t rates_digest(const struct rates *rates)
{
	return rates->digest;
}

// ---- looking up

// The first entry that does not come before (day, from, to); `to` NULL: of any.
static size_t first_at(const struct rates *r, int32_t day, const char *from, const char *to)
{
	struct rate wanted = {.day = day};
	size_t low = 0, high = r->n;

	memcpy(wanted.from, from, 3);
	if (to)
		memcpy(wanted.to, to, 3);
	while (low < high) {
		size_t mid = low + (high - low) / 2;

		if (by_day_and_pair(&r->p[mid], &wanted) < 0)
			low = mid + 1;
		else
			high = mid;
	}
	return low;
}

static const struct rate *rate_at(const struct rates *r, int32_t day, const char *from, const char *to)
{
	size_t i = first_at(r, day, from, to);

	if (i == r->n || r->p[i].day != day || memcmp(r->p[i].from, from, 3) != 0 || memcmp(r->p[i].to, to, 3) != 0)
		return NULL;
	return &r->p[i];
}

static bool over_a_third(const struct rates *r, int32_t day, const char *from, const char *to, struct rates_quote *out)
{
	for (size_t i = first_at(r, day, from, NULL); i < r->n && r->p[i].day == day && memcmp(r->p[i].from, from, 3) == 0; i++) {
		const struct rate *a = &r->p[i], *b = rate_at(r, day, a->to, to);

		if (!b || (i > 0 && by_day_and_pair(a - 1, a) == 0))
			continue; // the one before is the rate as it is, this one was turned round
		*out = (struct rates_quote){(unsigned __int128)a->times * (unsigned __int128)b->times,
			(unsigned __int128)a->over * (unsigned __int128)b->over};
		return true;
	}
	return false;
}

bool rates_find(const struct rates *rates, struct view from, struct view to, int32_t day, struct rates_quote *out)
{
	*out = (struct rates_quote){1, 1};
	if (from.n != 3 || to.n != 3)
		return false;
	if (view_eq(from, to))
		return true;
	for (int32_t back = 0; rates->n > 0 && back <= RATES_REACH; back++) {
		const struct rate *r = rate_at(rates, day - back, from.p, to.p);

		if (r) {
			*out = (struct rates_quote){(unsigned __int128)r->times, (unsigned __int128)r->over};
			return true;
		}
		if (over_a_third(rates, day - back, from.p, to.p, out))
			return true;
	}
	return false;
}

// ---- exact arithmetic: an amount below 2^64 times a number below 10^30 needs 164 bits

static void multiply(uint64_t a, unsigned __int128 b, unsigned __int128 *high, uint64_t *low)
{
	unsigned __int128 p0 = (unsigned __int128)a * (uint64_t)b;

	*high = (unsigned __int128)a * (uint64_t)(b >> 64) + (p0 >> 64);
	*low = (uint64_t)p0;
}

// (high * 2^64 + low) / over, `over` below 2^127: the quotient, as far as it fits into 128 bits, and the rest.
static bool divide(unsigned __int128 high, uint64_t low, unsigned __int128 over, unsigned __int128 *quotient, unsigned __int128 *rest)
{
	unsigned __int128 q = high / over;

	*rest = high % over;
	if (q >> 63)
		return false;
	for (int bit = 63; bit >= 0; bit--) {
		*rest = *rest << 1 | (low >> bit & 1);
		q <<= 1;
		if (*rest >= over) {
			*rest -= over;
			q |= 1;
		}
	}
	*quotient = q;
	return true;
}

bool rates_apply(const struct rates_quote *quote, int64_t micros, int64_t *out)
{
	uint64_t amount = micros < 0 ? 0 - (uint64_t)micros : (uint64_t)micros, low;
	unsigned __int128 high, quotient, rest;

	multiply(amount, quote->times, &high, &low);
	if (!divide(high, low, quote->over, &quotient, &rest))
		return false;
	unsigned __int128 twice = rest << 1;
	quotient += twice > quote->over || (twice == quote->over && (quotient & 1));
	if (quotient > INT64_MAX)
		return false;
	*out = micros < 0 ? -(int64_t)quotient : (int64_t)quotient;
	return true;
}

bool rates_convert(const struct rates *rates, struct view from, struct view to, int32_t day, int64_t micros, int64_t *out)
{
	struct rates_quote quote;

	return rates_find(rates, from, to, day, &quote) && rates_apply(&quote, micros, out);
}
