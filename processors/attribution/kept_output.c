// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/kept_output.h"

#include <pthread.h>

#include "processors/attribution/landing_attrs.h"
#include "processors/attribution/touchpoint.h"
#include "schemas/plan.h"

// kept = count of credits, credit*, the record without them
// credit = sized click id, time before the conversion, numbers (all zigzag varints), the landing's attributes
enum { NUMBERS = 9, CREDIT_LEAST = 2 + NUMBERS };

// ---- writing

static void add_number(struct buf *out, int64_t number)
{
	buf_add_varint(out, zigzag(number));
}

static void add_numbers(const struct credit *c, struct buf *out)
{
	const struct revenue *r = &c->revenue;
	const struct counts *n = &c->conversions;
	const int64_t numbers[NUMBERS] = {c->share_nanos, c->value_micros, r->placed_micros, r->confirmed_micros, r->delivered_micros,
		r->net_micros, n->placed_nanos, n->confirmed_nanos, n->delivered_nanos};

	for (int i = 0; i < NUMBERS; i++)
		add_number(out, numbers[i]);
}

static void add_credit(const struct credit *c, int64_t conversion_time, struct buf *out)
{
	const struct landing landing = touchpoint_of(c);

	buf_add_sized(out, c->click_id);
	add_number(out, (int64_t)((uint64_t)conversion_time - (uint64_t)c->click_time));
	add_numbers(c, out);
	landing_attrs_encode(&landing, out);
}

void kept_output_encode(const struct attributed_conversion *published, struct buf *out)
{
	struct attributed_conversion rest = *published;

	rest.credits = rest.previous = (struct credits){NULL, 0};
	buf_add_varint(out, published->credits.n);
	for (size_t i = 0; i < published->credits.n; i++)
		add_credit(&published->credits.p[i], published->conversion_time, out);
	contract_encode(contract_attributed_conversion, &rest, out);
}

// ---- reading

// One for the process, never changed once it is made.
static struct plan *own_plan;
static pthread_once_t own_plan_once = PTHREAD_ONCE_INIT;

static void make_own_plan(void)
{
	struct err err;

	if (plan_new(contract_attributed_conversion, view_text(contract_schema(contract_attributed_conversion)), &own_plan, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
}

static int64_t read_number(struct cursor *c)
{
	return unzigzag(cursor_varint(c));
}

static void set_numbers(struct credit *out, const int64_t numbers[NUMBERS])
{
	out->share_nanos = numbers[0];
	out->value_micros = numbers[1];
	out->revenue = (struct revenue){numbers[2], numbers[3], numbers[4], numbers[5]};
	out->conversions = (struct counts){numbers[6], numbers[7], numbers[8]};
}

// `click_time` is how long before the conversion, until that is known.
static void read_credit(struct cursor *c, struct arena *arena, struct credit *out)
{
	struct landing landing = {.id = cursor_sized(c)};
	int64_t numbers[NUMBERS];

	landing.time = read_number(c);
	for (int i = 0; i < NUMBERS; i++)
		numbers[i] = read_number(c);
	landing_attrs_read(c, arena, &landing);
	*out = touchpoint_credit(&landing);
	set_numbers(out, numbers);
}

static struct credits read_credits(struct cursor *c, struct arena *arena)
{
	uint64_t n = cursor_varint(c);
	struct credits credits = {NULL, 0};

	if (n > cursor_left(c) / CREDIT_LEAST) {
		c->bad = true;
		return credits;
	}
	credits.p = arena_take(arena, n * sizeof *credits.p);
	for (; credits.n < n && !c->bad; credits.n++)
		read_credit(c, arena, &credits.p[credits.n]);
	return credits;
}

int kept_output_decode(struct view bytes, struct arena *arena, struct attributed_conversion *out, struct err *err)
{
	struct cursor c = cursor_over(bytes);
	struct credits credits = read_credits(&c, arena);

	pthread_once(&own_plan_once, make_own_plan);
	if (c.bad)
		return err_set(err, ERR_FATAL, "store_corrupt", "the credits of a stored conversion do not decode");
	if (plan_decode(own_plan, cursor_bytes(&c, cursor_left(&c)), arena, out, err) != 0) {
		err->class = ERR_FATAL;
		return err_prefix(err, "a stored conversion does not decode");
	}
	for (size_t i = 0; i < credits.n; i++)
		credits.p[i].click_time = (int64_t)((uint64_t)out->conversion_time - (uint64_t)credits.p[i].click_time);
	out->credits = credits;
	return 0;
}
