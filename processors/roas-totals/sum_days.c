// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-totals/sum_days.h"

#include <stdlib.h>
#include <xxhash.h>

#include "runtime/key_table.h"

enum { DAYS_MOST = 1 << 20, SOURCES_MOST = 1 << 20 };

// What stands in the topic, as a hash.
static const uint64_t NOT_KNOWN = 0, NOTHING = 1;

struct source {
	struct view name, wire;
};

struct sum_day {
	struct view name; // of its row
	struct view tenant;
	int32_t day;
	uint64_t told;
	struct source *sources; // sorted by name
	size_t count, room;
};

struct sum_days {
	struct store *store;
	struct wire_reader *sums;
	sum_days_maker *make;
	void *context;
	struct key_table *index; // row name -> number in `touched` + 1
	struct sum_day **touched;
	size_t count, room;
	struct arena arena; // what is touched
	struct arena parts; // of the day that is being said
	struct buf name, row, value;
};

struct sum_days *sum_days_new(struct store *store, struct wire_reader *sums, sum_days_maker *make, void *context)
{
	struct sum_days *d = calloc(1, sizeof *d);

	if (!d)
		err_out_of_memory();
	d->store = store;
	d->sums = sums;
	d->make = make;
	d->context = context;
	d->index = key_table_new(sizeof(uint64_t), DAYS_MOST);
	return d;
}

void sum_days_free(struct sum_days **days)
{
	struct sum_days *d = *days;

	if (!d)
		return;
	key_table_free(&d->index);
	arena_clear(&d->arena);
	arena_clear(&d->parts);
	buf_clear(&d->name);
	buf_clear(&d->row);
	buf_clear(&d->value);
	free(d->touched);
	free(d);
	*days = NULL;
}

void sum_days_drop(struct sum_days *d)
{
	key_table_reset(d->index);
	d->count = 0;
	arena_reset(&d->arena);
}

// ---- rows: the hash of what was told, then the sources

static int corrupt(struct err *err)
{
	return err_set(err, ERR_FATAL, "store_corrupt", "a tenant's day cannot be read; remove the shard's state, it restores itself");
}

bool sum_days_row(struct view name, struct view value, struct retell_day *out)
{
	uint64_t told = NOT_KNOWN;

	if (!retell_read_name(name, out))
		return false;
	if (value.n >= sizeof told)
		memcpy(&told, value.p, sizeof told);
	out->told = told != NOT_KNOWN;
	return true;
}

static int unpack(struct sum_days *d, struct view bytes, struct sum_day *day, struct err *err)
{
	struct cursor c = cursor_over(bytes);
	struct view told = cursor_bytes(&c, sizeof day->told);
	uint64_t count = cursor_varint(&c);

	if (c.bad || count > SOURCES_MOST)
		return corrupt(err);
	memcpy(&day->told, told.p, sizeof day->told);
	day->count = day->room = (size_t)count;
	day->sources = arena_take(&d->arena, (day->room + 1) * sizeof *day->sources);
	for (size_t i = 0; i < day->count; i++) {
		day->sources[i].name = cursor_sized(&c);
		day->sources[i].wire = cursor_sized(&c);
	}
	return c.bad ? corrupt(err) : 0;
}

static void write_row(struct sum_days *d, const struct sum_day *day)
{
	buf_reset(&d->row);
	buf_add(&d->row, &day->told, sizeof day->told);
	buf_add_varint(&d->row, day->count);
	for (size_t i = 0; i < day->count; i++) {
		buf_add_sized(&d->row, day->sources[i].name);
		buf_add_sized(&d->row, day->sources[i].wire);
	}
	const struct state_conversion row = {VIEW_LIT(""), 0, buf_view(&d->row)};

	store_put_conversion(d->store, store_hash(day->name), day->name, &row, VIEW_ABSENT);
}

// ---- touched days

static int load(struct sum_days *d, struct sum_day *day, struct err *err)
{
	uint64_t hash = store_hash(day->name);
	struct view bytes = VIEW_ABSENT;

	if (!store_may_have_conversion(d->store, hash, INT64_MIN))
		return 0;
	if (store_read_conversion(d->store, hash, day->name, VIEW_LIT(""), &d->arena, &bytes, err) != 0)
		return -1;
	return view_is_set(bytes) ? unpack(d, bytes, day, err) : 0;
}

static void remember(struct sum_days *d, struct sum_day *day, uint64_t *number)
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

static int day_at(struct sum_days *d, struct view tenant, int32_t number, struct sum_day **out, struct err *err)
{
	retell_print_name(&d->name, tenant, number);
	uint64_t *place = key_table_at(d->index, buf_view(&d->name));

	CHECK(place); // a batch is far smaller
	if (*place == 0) {
		struct sum_day *day = arena_take(&d->arena, sizeof *day);

		*day = (struct sum_day){.name = arena_dup(&d->arena, buf_view(&d->name)),
			.tenant = arena_dup(&d->arena, tenant),
			.day = number,
			.told = NOTHING};
		if (load(d, day, err) != 0)
			return -1;
		remember(d, day, place);
	}
	*out = d->touched[*place - 1];
	return 0;
}

int sum_days_touch(struct sum_days *d, struct view tenant, int32_t day, bool stands, struct err *err)
{
	struct sum_day *touched;

	if (day_at(d, tenant, day, &touched, err) != 0)
		return -1;
	if (!stands && touched->told == NOTHING)
		touched->told = NOT_KNOWN;
	return 0;
}

// ---- sources

static size_t place_of(const struct sum_day *day, struct view source, bool *found)
{
	size_t at = 0;

	while (at < day->count && view_cmp(day->sources[at].name, source) < 0)
		at++;
	*found = at < day->count && view_eq(day->sources[at].name, source);
	return at;
}

static void insert(struct sum_days *d, struct sum_day *day, size_t at, struct view source)
{
	if (day->count == day->room) {
		size_t room = day->room ? day->room * 2 : 8;
		struct source *more = arena_take(&d->arena, room * sizeof *more);

		if (day->count)
			memcpy(more, day->sources, day->count * sizeof *more);
		day->sources = more;
		day->room = room;
	}
	memmove(day->sources + at + 1, day->sources + at, (day->count - at) * sizeof *day->sources);
	day->sources[at] = (struct source){.name = arena_dup(&d->arena, source)};
	day->count++;
}

int sum_days_put(struct sum_days *d, struct view tenant, int32_t number, struct view source, struct view wire, struct err *err)
{
	struct sum_day *day;
	bool found;

	if (day_at(d, tenant, number, &day, err) != 0)
		return -1;
	size_t at = place_of(day, source, &found);

	if (view_is_set(wire)) {
		if (!found)
			insert(d, day, at, source);
		CHECK(day->sources);
		day->sources[at].wire = arena_dup(&d->arena, wire);
	} else if (found) {
		memmove(day->sources + at, day->sources + at + 1, (day->count - at - 1) * sizeof *day->sources);
		day->count--;
	}
	return 0;
}

// ---- at the batch's end

// The parts of all its sources one behind the other, in d->parts.
static int gather(struct sum_days *d, const struct sum_day *day, struct daily_parts *out, struct err *err)
{
	struct daily_sum *sums = arena_take(&d->parts, (day->count + 1) * sizeof *sums);

	*out = (struct daily_parts){0};
	for (size_t i = 0; i < day->count; i++) {
		if (wire_read(d->sums, day->sources[i].wire, &d->parts, &sums[i], err) != 0)
			return err->class == ERR_POISON ? corrupt(err) : -1;
		out->n += sums[i].parts.n;
	}
	out->p = arena_take(&d->parts, (out->n + 1) * sizeof *out->p);
	out->n = 0;
	for (size_t i = 0; i < day->count; i++) {
		if (sums[i].parts.n > 0)
			memcpy(out->p + out->n, sums[i].parts.p, sums[i].parts.n * sizeof *out->p);
		out->n += sums[i].parts.n;
	}
	return 0;
}

static uint64_t hash_of(struct view value)
{
	uint64_t hash = value.n > 0 ? XXH64(value.p, value.n, 0) : NOTHING;

	return value.n > 0 && hash <= NOTHING ? NOTHING + 1 : hash;
}

static int tell_day(struct sum_days *d, struct sum_day *day, sum_days_teller *tell, struct err *err)
{
	struct daily_parts parts;

	arena_reset(&d->parts);
	buf_reset(&d->value);
	if (gather(d, day, &parts, err) != 0)
		return -1;
	if (parts.n > 0)
		d->make(d->context, day->tenant, day->day, parts.p, parts.n, &d->value);
	uint64_t hash = hash_of(buf_view(&d->value));

	if (hash == day->told)
		return 0;
	day->told = hash;
	return tell(d->context, day->tenant, day->day, buf_view(&d->value), err);
}

int sum_days_write(struct sum_days *d, sum_days_teller *tell, struct err *err)
{
	for (size_t i = 0; i < d->count; i++) {
		struct sum_day *day = d->touched[i];

		if (!tell)
			day->told = NOT_KNOWN;
		else if (tell_day(d, day, tell, err) != 0)
			return -1;
		write_row(d, day);
	}
	sum_days_drop(d);
	return 0;
}
