// SPDX-License-Identifier: Apache-2.0
// The log in memory keeps order, transactions and commits as a broker does.
#include "runtime/bus_memory.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

enum { IN, OTHER, OUT, TOPICS };

struct told {
	char text[64];
	size_t n;
};

static void tell(void *context, const struct emission *e)
{
	struct told *told = context;

	told->n += (size_t)snprintf(told->text + told->n, sizeof told->text - told->n, "%.*s", e->value.p ? (int)e->value.n : 1,
		e->value.p ? e->value.p : "-");
}

static struct bus *bus_new(struct told *told, bool keep)
{
	struct bus_memory_options options = {.topic_count = TOPICS,
		.input_count = 2,
		.committed = told ? tell : NULL,
		.context = told,
		.keep_outputs = keep};

	return bus_memory_new(&options);
}

static size_t fetch(struct bus *bus, size_t room, struct record *out, bool *at_end)
{
	struct err err;
	size_t n;

	assert_int_equal(0, bus->ops->fetch(bus, IN, 0, out, room, &n, at_end, &err));
	return n;
}

static void send(struct bus *bus, const char *value)
{
	struct emission e = {.topic = OUT, .partition = 0, .key = VIEW_LIT("k"), .value = view_text(value)};
	struct err err;

	assert_int_equal(0, bus->ops->begin(bus, &err));
	assert_int_equal(0, bus->ops->send(bus, &e, &err));
}

static void commit(struct bus *bus, int64_t next)
{
	struct bus_offset offsets[] = {{IN, 0, next, VIEW_LIT("said")}};
	struct err err;

	assert_int_equal(0, bus->ops->commit(bus, offsets, 1, &err));
}

static int64_t high(struct bus *bus, int topic)
{
	int64_t from, to;
	struct err err;

	assert_int_equal(0, bus->ops->bounds(bus, topic, 0, &from, &to, &err));
	assert_int_equal(0, from);
	return to;
}

static void what_is_put_in_comes_out_in_order(void **state)
{
	// Offsets are places, bytes are copies; the end is told with the last record.
	struct bus *bus = bus_new(NULL, false);
	struct record r[4];
	char value[] = "one";
	bool at_end;

	(void)state;
	bus_memory_put(bus, IN, 11, VIEW_LIT("k"), view_of(value, 3));
	bus_memory_put(bus, IN, -1, VIEW_ABSENT, VIEW_ABSENT);
	bus_memory_put(bus, IN, 13, VIEW_LIT(""), VIEW_LIT(""));
	value[0] = '!';
	assert_int_equal(2, fetch(bus, 2, r, &at_end));
	assert_false(at_end);
	assert_int_equal(0, r[0].offset);
	assert_int_equal(11, r[0].timestamp);
	assert_true(view_eq(VIEW_LIT("one"), r[0].value));
	assert_int_equal(-1, r[1].timestamp);
	assert_false(view_is_set(r[1].key) || view_is_set(r[1].value));
	assert_int_equal(1, fetch(bus, 2, r, &at_end));
	assert_true(at_end);
	assert_int_equal(2, r[0].offset);
	assert_true(view_is_set(r[0].value));
	assert_int_equal(0, fetch(bus, 2, r, &at_end));
	assert_true(at_end);
	bus_memory_free(&bus);
	assert_null(bus);
}

static void a_gap_takes_an_offset_and_is_no_record(void **state)
{
	// Fetches, ranges and times pass over it; one at the end is read with what is before it.
	struct bus *bus = bus_new(NULL, false);
	struct bus_reader *reader;
	struct record r[4];
	struct err err;
	int64_t offset;
	bool at_end;
	size_t n;

	(void)state;
	bus_memory_skip(bus, IN);
	bus_memory_put(bus, IN, 10, VIEW_LIT("k"), VIEW_LIT("1"));
	bus_memory_skip(bus, IN);
	bus_memory_put(bus, IN, 20, VIEW_LIT("k"), VIEW_LIT("2"));
	bus_memory_skip(bus, IN);
	assert_int_equal(2, fetch(bus, 4, r, &at_end));
	assert_true(at_end);
	assert_int_equal(1, r[0].offset);
	assert_int_equal(3, r[1].offset);
	assert_int_equal(5, high(bus, IN));
	assert_int_equal(0, bus->ops->offset_at(bus, IN, 0, 11, &offset, &err));
	assert_int_equal(3, offset);
	assert_int_equal(0, bus->ops->offset_at(bus, IN, 0, 21, &offset, &err));
	assert_int_equal(5, offset);
	assert_int_equal(0, bus->ops->reader_open(bus, IN, 0, 2, 5, &reader, &err));
	assert_int_equal(0, bus->ops->reader_next(reader, r, 4, &n, &at_end, &err));
	assert_int_equal(1, n);
	assert_true(at_end);
	assert_int_equal(3, r[0].offset);
	bus->ops->reader_close(&reader);
	bus_memory_free(&bus);
}

static void a_seek_goes_back(void **state)
{
	// What was fetched comes again.
	struct bus *bus = bus_new(NULL, false);
	struct record r[4];
	struct err err;
	bool at_end;

	(void)state;
	bus_memory_put(bus, IN, 1, VIEW_LIT("k"), VIEW_LIT("1"));
	bus_memory_put(bus, IN, 2, VIEW_LIT("k"), VIEW_LIT("2"));
	assert_int_equal(2, fetch(bus, 4, r, &at_end));
	assert_int_equal(0, bus->ops->seek(bus, IN, 0, 1, &err));
	assert_int_equal(1, fetch(bus, 4, r, &at_end));
	assert_int_equal(1, r[0].offset);
	bus_memory_free(&bus);
}

static void outputs_are_told_at_the_commit_and_never_if_aborted(void **state)
{
	// In the order in which they were sent, a tombstone too.
	struct told told = {"", 0};
	struct bus *bus = bus_new(&told, false);
	struct err err;

	(void)state;
	send(bus, "a");
	send(bus, "b");
	assert_string_equal("", told.text);
	assert_int_equal(0, bus->ops->abort(bus, &err));
	send(bus, "c");
	send(bus, NULL);
	commit(bus, 1);
	commit(bus, 1);
	assert_string_equal("c-", told.text);
	assert_int_equal(0, high(bus, OUT));
	bus_memory_free(&bus);
}

static void kept_outputs_can_be_read_back(void **state)
{
	// A range of them, as recovery reads it, in pieces.
	struct bus *bus = bus_new(NULL, true);
	struct bus_reader *reader;
	struct record r[2];
	struct err err;
	size_t n;
	bool done;

	(void)state;
	send(bus, "a");
	send(bus, "b");
	send(bus, "c");
	send(bus, "d");
	commit(bus, 1);
	assert_int_equal(4, high(bus, OUT));
	assert_int_equal(4, bus->ops->output_next(bus, OUT, 0));
	assert_int_equal(0, bus->ops->reader_open(bus, OUT, 0, 1, 4, &reader, &err));
	assert_int_equal(0, bus->ops->reader_next(reader, r, 2, &n, &done, &err));
	assert_int_equal(2, n);
	assert_false(done);
	assert_int_equal(1, r[0].offset);
	assert_true(view_eq(VIEW_LIT("b"), r[0].value));
	assert_int_equal(0, bus->ops->reader_next(reader, r, 2, &n, &done, &err));
	assert_int_equal(1, n);
	assert_true(done);
	assert_true(view_eq(VIEW_LIT("d"), r[0].value));
	bus->ops->reader_close(&reader);
	assert_null(reader);
	bus_memory_free(&bus);
}

static void commits_are_remembered_with_what_they_say(void **state)
{
	// Where there is none, -1 and no metadata.
	struct bus *bus = bus_new(NULL, false);
	struct arena arena = {0};
	struct bus_offset offsets[2];
	struct err err;

	(void)state;
	assert_int_equal(0, bus->ops->committed(bus, 0, offsets, &arena, &err));
	assert_int_equal(-1, offsets[IN].next);
	assert_false(view_is_set(offsets[IN].metadata));
	commit(bus, 5);
	assert_int_equal(0, bus->ops->committed(bus, 0, offsets, &arena, &err));
	assert_int_equal(5, offsets[IN].next);
	assert_true(view_eq(VIEW_LIT("said"), offsets[IN].metadata));
	assert_int_equal(-1, offsets[OTHER].next);
	arena_clear(&arena);
	bus_memory_free(&bus);
}

static void a_new_owner_begins_at_the_commits(void **state)
{
	// What the old one had fetched and sent is void.
	struct told told = {"", 0};
	struct bus *bus = bus_new(&told, false);
	struct record r[4];
	bool at_end;

	(void)state;
	for (int i = 0; i < 3; i++)
		bus_memory_put(bus, IN, i, VIEW_LIT("k"), VIEW_LIT("v"));
	fetch(bus, 4, r, &at_end);
	commit(bus, 2);
	send(bus, "lost");
	bus_memory_rewind(bus);
	assert_int_equal(1, fetch(bus, 4, r, &at_end));
	assert_int_equal(2, r[0].offset);
	commit(bus, 3);
	assert_string_equal("", told.text);
	bus_memory_free(&bus);
}

static void a_time_finds_the_first_record_so_young(void **state)
{
	// The end if there is none. A record without a time is taken for young: it may be needed.
	struct bus *bus = bus_new(NULL, false);
	struct err err;
	static const struct {
		int64_t time, offset;
	} cases[] = {{5, 0}, {10, 0}, {11, 1}, {20, 1}, {21, 2}, {INT64_MAX, 2}};

	(void)state;
	bus_memory_put(bus, IN, 10, VIEW_LIT("k"), VIEW_LIT("v"));
	bus_memory_put(bus, IN, 20, VIEW_LIT("k"), VIEW_LIT("v"));
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		int64_t offset;

		assert_int_equal(0, bus->ops->offset_at(bus, IN, 0, cases[i].time, &offset, &err));
		assert_int_equal(cases[i].offset, offset);
	}
	bus_memory_put(bus, IN, -1, VIEW_LIT("k"), VIEW_LIT("v"));
	int64_t offset;
	assert_int_equal(0, bus->ops->offset_at(bus, IN, 0, INT64_MAX, &offset, &err));
	assert_int_equal(2, offset);
	bus_memory_free(&bus);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_put_in_comes_out_in_order),
		cmocka_unit_test(a_gap_takes_an_offset_and_is_no_record),
		cmocka_unit_test(a_seek_goes_back),
		cmocka_unit_test(outputs_are_told_at_the_commit_and_never_if_aborted),
		cmocka_unit_test(kept_outputs_can_be_read_back),
		cmocka_unit_test(commits_are_remembered_with_what_they_say),
		cmocka_unit_test(a_new_owner_begins_at_the_commits),
		cmocka_unit_test(a_time_finds_the_first_record_so_young),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
