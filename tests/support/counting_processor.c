// SPDX-License-Identifier: Apache-2.0
#include "tests/support/counting_processor.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"

struct counting {
	int32_t partition;
	struct store *store;
	struct position *position;
	struct arena arena;
	bool urgent; // since the last commit
};

static void *counting_open(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct counting *c = calloc(1, sizeof *c);

	(void)role_state;
	if (!c)
		err_out_of_memory();
	c->partition = partition;
	c->store = store;
	c->position = position;
	return c;
}

static void counting_close(void *self)
{
	struct counting *c = self;

	arena_clear(&c->arena);
	free(c);
}

static void counting_prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	(void)self;
	*out = (struct prepared){record->timestamp, (void *)(uintptr_t)record, NULL};
	if (view_is_set(record->key) && view_is_set(record->value))
		return;
	struct err *fault = arena_zero(arena, sizeof *fault);
	err_set(fault, ERR_POISON, "bad_record", "no key or no value");
	out->fault = fault;
}

static void add_click(struct counting *c, const struct record *r)
{
	struct state_click click = {r->timestamp, r->value, VIEW_LIT("")};

	store_add_click(c->store, store_hash(r->key), r->key, &click);
}

static void put_order(struct counting *c, struct view user, struct view name, struct view number)
{
	struct state_conversion order = {name, 0, number};

	store_put_conversion(c->store, store_hash(user), user, &order, name);
}

static int step_order(struct counting *c, const struct record *r, struct emit *emit, struct err *err)
{
	OWN(buf_clear) struct buf key = {0}, value = {0};
	struct state_user rows;

	arena_reset(&c->arena);
	if (store_read(c->store, store_hash(r->key), r->key, &c->arena, &rows, err) != 0)
		return -1;
	buf_addf(&value, "%zu %zu", rows.conversion_count + 1, rows.click_count);
	buf_addf(&key, "%.*s|%.*s", VIEW_ARG(r->key), VIEW_ARG(r->value));
	struct emission e = {.topic = COUNTING_OUTPUTS, .partition = c->partition, .key = buf_view(&key), .value = buf_view(&value)};
	if (emit->send(emit, &e, err) != 0)
		return -1; // too large for its topic: it has not happened
	put_order(c, r->key, r->value, buf_view(&value));
	return 0;
}

static int counting_step(void *self, const struct record *r, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct counting *c = self;
	int64_t *stream_time = &c->position->inputs[r->input].stream_time;

	if (prepared->time > *stream_time)
		*stream_time = prepared->time;
	if (r->value.n >= 3 && memcmp(r->value.p, "bad", 3) == 0)
		return err_set(err, ERR_POISON, "bad_record", "it says so");
	c->urgent |= view_eq(r->value, VIEW_LIT("urgent"));
	if (r->input == COUNTING_ORDERS)
		return step_order(c, r, emit, err);
	add_click(c, r);
	return 0;
}

static int counting_flush(void *self, struct emit *emit, struct err *err)
{
	(void)self, (void)emit, (void)err;
	return 0;
}

static int64_t counting_horizon(void *self, const bool *at_end)
{
	(void)at_end;
	return ((struct counting *)self)->position->horizon;
}

static bool counting_held_up(void *self)
{
	return ((struct counting *)self)->urgent;
}

static void counting_settled(void *self)
{
	((struct counting *)self)->urgent = false;
}

static int64_t counting_restore_since(void *self)
{
	(void)self;
	return INT64_MIN;
}

static int counting_restore(void *self, bool own_output, const struct record *r, const struct prepared *prepared, struct err *err)
{
	struct counting *c = self;
	const char *bar;

	(void)prepared;
	if (!own_output) {
		if (r->timestamp > c->position->inputs[COUNTING_CLICKS].stream_time)
			c->position->inputs[COUNTING_CLICKS].stream_time = r->timestamp;
		if (r->value.n < 3 || memcmp(r->value.p, "bad", 3) != 0)
			add_click(c, r);
		return 0;
	}
	bar = memchr(r->key.p, '|', r->key.n);
	if (!bar)
		return err_set(err, ERR_FATAL, "output_foreign", "not an output of this role");
	size_t n = (size_t)(bar - r->key.p);
	put_order(c, view_of(r->key.p, n), view_of(bar + 1, r->key.n - n - 1), r->value);
	return 0;
}

static bool counting_counts(const char *reason)
{
	return strcmp(reason, "bad_record") == 0;
}

const struct processor *counting_processor(void)
{
	static const struct processor_topic topics[COUNTING_TOPICS] = {{"clicks"}, {"orders"}, {"attributed_conversions"}, {"dead_letters"}};
	static const struct processor processor = {
		.role = "counting",
		.topics = topics,
		.held_up = counting_held_up,
		.topic_count = COUNTING_TOPICS,
		.input_count = 2,
		.restore_topic = COUNTING_OUTPUTS,
		.restore_inputs = 1U << COUNTING_CLICKS,
		.outside_inputs = 1U << COUNTING_CLICKS | 1U << COUNTING_ORDERS,
		.dead_letter_topic = COUNTING_DEAD_LETTERS,
		.open = counting_open,
		.close = counting_close,
		.prepare = counting_prepare,
		.step = counting_step,
		.flush = counting_flush,
		.horizon = counting_horizon,
		.committed = counting_settled,
		.aborted = counting_settled,
		.restore_since = counting_restore_since,
		.restore = counting_restore,
		.counts_as_failure = counting_counts,
	};

	return &processor;
}
