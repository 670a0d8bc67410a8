// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-orders/order_days.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/when.h"
#include "runtime/key_table.h"

enum { DAYS_MOST = 1 << 20, FIRST_ROOM = 8, TOLD = 1 };

struct order_day {
	struct view name; // of its row
	struct view tenant;
	int32_t day;
	bool told;        // the row stands in the topic
	struct view wire; // the row's DailySum; empty: the day has none
	struct daily_parts parts;
	size_t room;
};

struct order_days {
	struct store *store;
	struct wire_reader *reader;
	const struct wire_header *header;
	const char *source;
	struct key_table *index; // name -> number in `touched` + 1
	struct order_day **touched;
	size_t count, room;
	struct arena arena; // what is touched
	struct buf name, value;
};

struct order_days *order_days_new(struct store *store, struct wire_reader *reader, const struct wire_header *header, const char *source)
{
	struct order_days *d = calloc(1, sizeof *d);

	if (!d)
		err_out_of_memory();
	d->store = store;
	d->reader = reader;
	d->header = header;
	d->source = source;
	d->index = key_table_new(sizeof(uint64_t), DAYS_MOST);
	return d;
}

void order_days_free(struct order_days **days)
{
	struct order_days *d = *days;

	if (!d)
		return;
	key_table_free(&d->index);
	arena_clear(&d->arena);
	buf_clear(&d->name);
	buf_clear(&d->value);
	free(d->touched);
	free(d);
	*days = NULL;
}

void order_days_drop(struct order_days *d)
{
	key_table_reset(d->index);
	d->count = 0;
	arena_reset(&d->arena);
}

// ---- rows

static bool is_told(struct view value)
{
	return value.n > 0 && value.p[0] == TOLD;
}

bool order_days_row(struct view name, struct view value, struct retell_day *out)
{
	if (!retell_read_name(name, out))
		return false;
	out->told = is_told(value);
	return true;
}

static int corrupt(struct err *err)
{
	return err_set(err, ERR_FATAL, "store_corrupt", "a day of orders cannot be read; remove the shard's state, it restores itself");
}

static int unpack(struct order_days *d, struct view bytes, struct order_day *day, struct err *err)
{
	struct daily_sum sum;

	if (bytes.n == 0)
		return corrupt(err);
	day->told = is_told(bytes);
	day->wire = view_of(bytes.p + 1, bytes.n - 1);
	if (day->wire.n == 0)
		return 0;
	if (wire_read(d->reader, day->wire, &d->arena, &sum, err) != 0)
		return err->class == ERR_POISON ? corrupt(err) : -1;
	day->parts = sum.parts;
	day->room = sum.parts.n;
	return 0;
}

static int load(struct order_days *d, struct view tenant, int32_t number, struct order_day *day, struct err *err)
{
	uint64_t hash = store_hash(buf_view(&d->name));
	struct view bytes = VIEW_ABSENT;

	*day = (struct order_day){.name = arena_dup(&d->arena, buf_view(&d->name)),
		.tenant = arena_dup(&d->arena, tenant),
		.day = number,
		.told = true, // that there is nothing
		.wire = VIEW_LIT("")};
	if (!store_may_have_conversion(d->store, hash, INT64_MIN))
		return 0;
	if (store_read_conversion(d->store, hash, day->name, VIEW_LIT(""), &d->arena, &bytes, err) != 0)
		return -1;
	return view_is_set(bytes) ? unpack(d, bytes, day, err) : 0;
}

static void remember(struct order_days *d, struct order_day *day, uint64_t *number)
{
	if (d->count == d->room) {
		d->room = d->room ? d->room * 2 : 64;
		d->touched = realloc(d->touched, d->room * sizeof *d->touched);
		if (!d->touched)
			err_out_of_memory();
	}
	d->touched[d->count++] = day;
	*number = d->count;
}

static int day_at(struct order_days *d, struct view tenant, int32_t day, struct order_day **out, struct err *err)
{
	retell_print_name(&d->name, tenant, day);
	uint64_t *number = key_table_at(d->index, buf_view(&d->name));

	CHECK(number); // a batch is far smaller
	if (*number == 0) {
		struct order_day *fresh = arena_take(&d->arena, sizeof *fresh);

		if (load(d, tenant, day, fresh, err) != 0)
			return -1;
		remember(d, fresh, number);
	}
	*out = d->touched[*number - 1];
	return 0;
}

int order_days_touch(struct order_days *d, struct view tenant, int32_t day, bool stands, struct err *err)
{
	struct order_day *touched;

	if (day_at(d, tenant, day, &touched, err) != 0)
		return -1;
	touched->told &= stands;
	return 0;
}

// ---- sums

static int order_of(const struct daily_part *a, const struct daily_part *b)
{
	int order = view_cmp(a->goal, b->goal);

	if (!order)
		order = view_cmp(a->currency, b->currency);
	return order ? order : view_cmp(a->rate_day, b->rate_day);
}

static size_t place_of(const struct daily_parts *parts, const struct daily_part *like, bool *found)
{
	size_t from = 0, to = parts->n;

	*found = false;
	while (from < to && !*found) {
		size_t middle = from + (to - from) / 2;
		int order = order_of(&parts->p[middle], like);

		*found = order == 0;
		if (order < 0)
			from = middle + 1;
		else
			to = middle;
	}
	return to;
}

static struct daily_part *insert(struct order_days *d, struct order_day *day, size_t at, const struct daily_part *like)
{
	struct daily_parts *parts = &day->parts;

	if (parts->n == day->room) {
		struct daily_part *more;

		day->room = day->room < FIRST_ROOM ? FIRST_ROOM : day->room * 2;
		more = arena_take(&d->arena, day->room * sizeof *more);
		if (parts->n)
			memcpy(more, parts->p, parts->n * sizeof *more);
		parts->p = more;
	}
	memmove(parts->p + at + 1, parts->p + at, (parts->n - at) * sizeof *parts->p);
	parts->n++;
	parts->p[at] = (struct daily_part){.goal = arena_dup(&d->arena, like->goal),
		.currency = arena_dup(&d->arena, like->currency),
		.rate_day = arena_dup(&d->arena, like->rate_day)};
	return &parts->p[at];
}

// Modulo 2^64: what overflows comes back when it is taken out again.
static void add_to(int64_t *sum, int64_t number, int sign)
{
	*sum = (int64_t)((uint64_t)*sum + (sign > 0 ? (uint64_t)number : -(uint64_t)number));
}

static void count(struct daily_part *part, const struct booking *b, int sign)
{
	add_to(&part->revenue.placed_micros, b->revenue.placed_micros, sign);
	add_to(&part->revenue.confirmed_micros, b->revenue.confirmed_micros, sign);
	add_to(&part->revenue.delivered_micros, b->revenue.delivered_micros, sign);
	add_to(&part->revenue.net_micros, b->revenue.net_micros, sign);
	add_to(&part->conversions.placed_nanos, b->conversions.placed_nanos, sign);
	add_to(&part->conversions.confirmed_nanos, b->conversions.confirmed_nanos, sign);
	add_to(&part->conversions.delivered_nanos, b->conversions.delivered_nanos, sign);
	add_to(&part->shipped_nanos, b->shipped_nanos, sign);
	add_to(&part->returned_nanos, b->returned_nanos, sign);
}

static int change(struct order_days *d, const struct booking *b, int sign, struct err *err)
{
	char rate_day[WHEN_ISO_SIZE];
	struct order_day *day;
	bool found;

	if (day_at(d, b->tenant, b->day, &day, err) != 0)
		return -1;
	const struct daily_part like = {.goal = b->goal,
		.currency = b->currency,
		.rate_day = view_text(when_print_day(booking_rate_day(b), rate_day))};
	size_t at = place_of(&day->parts, &like, &found);

	CHECK(!found || day->parts.p);
	count(found ? &day->parts.p[at] : insert(d, day, at, &like), b, sign);
	return 0;
}

int order_days_add(struct order_days *d, const struct booking *b, struct err *err)
{
	return change(d, b, +1, err);
}

int order_days_take_out(struct order_days *d, const struct booking *b, struct err *err)
{
	return change(d, b, -1, err);
}

// ---- at the batch's end

static bool is_nothing(const struct daily_part *p)
{
	const struct revenue *r = &p->revenue;
	const struct counts *c = &p->conversions;

	return !(r->placed_micros | r->confirmed_micros | r->delivered_micros | r->net_micros | c->placed_nanos | c->confirmed_nanos |
		c->delivered_nanos | p->shipped_nanos | p->returned_nanos);
}

static void drop_nothings(struct daily_parts *parts)
{
	size_t kept = 0;

	for (size_t i = 0; i < parts->n; i++)
		if (!is_nothing(&parts->p[i]))
			parts->p[kept++] = parts->p[i];
	parts->n = kept;
}

// The row's bytes in d->value: told or not, and the sum.
static void pack(struct order_days *d, struct order_day *day, bool told)
{
	char text[WHEN_ISO_SIZE];
	const struct daily_sum sum = {.tenant = day->tenant,
		.source = view_text(d->source),
		.day = view_text(when_print_day(day->day, text)),
		.parts = day->parts};

	buf_reset(&d->value);
	buf_add_byte(&d->value, told ? TOLD : 0);
	if (day->parts.n > 0)
		wire_write(d->header, contract_daily_sum, &sum, &d->value);
}

static int tell_day(struct order_days *d, const struct order_day *day, struct view value, order_days_teller *tell, void *context,
	struct err *err)
{
	char text[WHEN_ISO_SIZE];

	buf_reset(&d->name);
	buf_add_view(&d->name, day->tenant);
	buf_addf(&d->name, "|%s|%s", d->source, when_print_day(day->day, text));
	return tell(context, buf_view(&d->name), value, err);
}

static int write_day(struct order_days *d, struct order_day *day, order_days_teller *tell, void *context, struct err *err)
{
	drop_nothings(&day->parts);
	pack(d, day, tell != NULL);
	struct view wire = view_of(d->value.p + 1, d->value.n - 1);
	bool changed = !view_eq(wire, day->wire);

	if (!changed && (day->told || !tell))
		return 0;
	const struct state_conversion row = {VIEW_LIT(""), 0, buf_view(&d->value)};

	store_put_conversion(d->store, store_hash(day->name), day->name, &row, VIEW_ABSENT);
	return tell ? tell_day(d, day, wire, tell, context, err) : 0;
}

int order_days_write(struct order_days *d, order_days_teller *tell, void *context, struct err *err)
{
	for (size_t i = 0; i < d->count; i++)
		if (write_day(d, d->touched[i], tell, context, err) != 0)
			return -1;
	order_days_drop(d);
	return 0;
}
