// SPDX-License-Identifier: Apache-2.0
// A position survives Kafka and RocksDB, and nothing else is taken for one.
#include "runtime/position.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

static struct position some_position(void)
{
	return (struct position){.inputs = {{101, 1767225600123, 99, 1767225600200, 0xfeedfacecafebeef}, {7, POSITION_NO_TIME, -1, -1, 0},
								 {INT64_MAX, -5, INT64_MAX - 1, 0, 1}},
		.horizon = 1767225000000,
		.bounds = {{5, 1767225000000}, {INT64_MAX, -7}},
		.bound_count = 2,
		.output_next = 42,
		.partitions = 64};
}

static void assert_same(const struct position *a, const struct position *b)
{
	struct buf x = {0}, y = {0};

	position_pack(a, &x);
	position_pack(b, &y);
	assert_true(view_eq(buf_view(&x), buf_view(&y)));
	buf_clear(&x);
	buf_clear(&y);
}

static void metadata_of_three_inputs_gives_the_position_back(void **state)
{
	// What one commit says in three offsets is the whole position, and every tenant's goals once.
	struct position_goal goals[7], back[7];
	struct position in = some_position(), out;
	struct buf text = {0};
	struct err err;
	size_t n = 0;
	uint32_t seen = 0;

	(void)state;
	for (uint32_t i = 0; i < 7; i++)
		goals[i] = (struct position_goal){i * 0x9e3779b9u, ~i};
	position_clear(&out);
	for (int i = 0; i < POSITION_INPUTS; i++) {
		buf_reset(&text);
		position_print(&in, i, POSITION_INPUTS, goals, 7, &text);
		for (size_t k = 0; k < text.n; k++)
			assert_in_range(text.p[k], ' ', '~');
		assert_int_equal(0, position_parse(buf_view(&text), i, &out, back, 7, &n, &err));
	}
	assert_same(&in, &out);
	assert_int_equal(7, n);
	for (size_t i = 0; i < n; i++)
		for (size_t k = 0; k < 7; k++)
			if (back[i].name == goals[k].name && back[i].meaning == goals[k].meaning)
				seen |= 1u << k;
	assert_int_equal(0x7f, seen);
	buf_clear(&text);
}

static void metadata_stays_below_what_brokers_take(void **state)
{
	// However many tenants: 4,096 bytes are Kafka's default limit.
	static struct position_goal goals[5000];
	struct position in = some_position();
	struct buf text = {0};

	(void)state;
	for (uint32_t i = 0; i < 5000; i++)
		goals[i] = (struct position_goal){i, i};
	position_print(&in, 0, POSITION_INPUTS, goals, 5000, &text);
	assert_in_range(text.n, 3000, 4096);
	buf_clear(&text);
}

static void metadata_of_others_is_refused(void **state)
{
	static const char *const foreign[] = {"", "reset by ops", "2 1 1 1 1 1 0 1 1 ", "1 1 1 1 1 1 0 1 ", "1 1 1 1 1 1 0 1 1 abc",
		"1 1 1 1 1 1 0 1 1 0 abc", "1 1 1 1 1 1 0 1 1 5 ", "1 1 1 1 1 1 0 1 1 1 7 ", "1 1 1 1 1 1 0 1 1 0 ????????????"};
	struct position_goal goals[4];
	struct position out;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof foreign / sizeof *foreign; i++) {
		size_t n = 0;

		assert_int_equal(-1, position_parse(view_text(foreign[i]), 0, &out, goals, 4, &n, &err));
		assert_string_equal("bad_metadata", err.code);
		assert_int_equal(ERR_FATAL, err.class);
	}
}

static void packed_bytes_give_the_position_back_and_nothing_else_does(void **state)
{
	struct position in = some_position(), out;
	struct buf bytes = {0};
	struct err err;

	(void)state;
	position_pack(&in, &bytes);
	assert_int_equal(0, position_unpack(buf_view(&bytes), &out, &err));
	assert_same(&in, &out);
	for (size_t n = 0; n < bytes.n; n++)
		assert_int_equal(-1, position_unpack(view_of(bytes.p, n), &out, &err));
	bytes.p[0] ^= 2;
	assert_int_equal(-1, position_unpack(buf_view(&bytes), &out, &err));
	buf_clear(&bytes);
}

static void a_horizon_ahead_of_the_input_is_remembered_by_offset(void **state)
{
	// So a restored shard judges a record as it was judged when it was live.
	struct position p;

	(void)state;
	position_clear(&p);
	p.inputs[0] = (struct position_input){.next = 10, .stream_time = 100};
	p.horizon = 100;
	position_note_bound(&p, 0); // not ahead
	assert_int_equal(0, p.bound_count);
	p.horizon = 150;
	position_note_bound(&p, 0);
	p.horizon = 160;
	position_note_bound(&p, 0); // no record since: one bound
	assert_int_equal(1, p.bound_count);
	assert_int_equal(POSITION_NO_TIME, position_bound_at(&p, 9));
	assert_int_equal(160, position_bound_at(&p, 10));
	p.inputs[0].next = 11;
	position_note_bound(&p, 0); // the same horizon: it holds already
	assert_int_equal(1, p.bound_count);
	for (int64_t next = 12; next < 12 + 2 * POSITION_BOUNDS; next++) {
		p.inputs[0].next = next;
		p.horizon = 200 + next;
		position_note_bound(&p, 0);
	}
	assert_int_equal(POSITION_BOUNDS, p.bound_count);
	assert_int_equal(211 + 2 * POSITION_BOUNDS, position_bound_at(&p, 1000));
	assert_int_equal(212 + POSITION_BOUNDS, position_bound_at(&p, 12 + POSITION_BOUNDS));
	assert_int_equal(POSITION_NO_TIME, position_bound_at(&p, 11 + POSITION_BOUNDS)); // forgotten
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(metadata_of_three_inputs_gives_the_position_back),
		cmocka_unit_test(metadata_stays_below_what_brokers_take),
		cmocka_unit_test(metadata_of_others_is_refused),
		cmocka_unit_test(a_horizon_ahead_of_the_input_is_remembered_by_offset),
		cmocka_unit_test(packed_bytes_give_the_position_back_and_nothing_else_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
