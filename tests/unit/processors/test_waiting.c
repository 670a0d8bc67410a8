// SPDX-License-Identifier: Apache-2.0
// What waits comes out by its time, whatever the order it was put in, with bytes of its own.
#include "processors/events-sink/waiting.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "tests/sim/sim_random.h"

static void test_nothing_waits_at_first(void **state)
{
	(void)state;
	OWN(waiting_free) struct waiting *w = waiting_new();

	assert_int_equal(waiting_count(w), 0);
	assert_int_equal(waiting_due(w), INT64_MAX);
}

static void test_the_first_comes_first(void **state)
{
	enum { MANY = 2000 };
	struct sim_random random = {7};

	(void)state;
	OWN(waiting_free) struct waiting *w = waiting_new();
	for (int round = 0; round < 5; round++) {
		int64_t sum = 0, before = INT64_MIN;
		for (int i = 0; i < MANY; i++) {
			char name[24];
			int64_t due = sim_random_below(&random, round == 0 ? 5 : 100000) - 50;

			waiting_add(w, due, view_of(name, (size_t)snprintf(name, sizeof name, "%d", (int)due)));
			sum += due;
		}
		assert_int_equal(waiting_count(w), MANY);
		while (waiting_count(w) > 0) {
			int64_t due = waiting_due(w);
			struct waiting_entry e = waiting_take(w);
			char name[24];

			assert_true(e.due_ms == due && due >= before);
			assert_true(view_eq(e.name, view_of(name, (size_t)snprintf(name, sizeof name, "%d", (int)due))));
			free((char *)(uintptr_t)e.name.p);
			sum -= due;
			before = due;
		}
		assert_int_equal(sum, 0);
	}
}

static void test_taking_and_adding_by_turns_keeps_the_order(void **state)
{
	struct sim_random random = {8};
	int64_t held[64];
	size_t n = 0;

	(void)state;
	OWN(waiting_free) struct waiting *w = waiting_new();
	for (int i = 0; i < 20000; i++) {
		if (n < 64 && (n == 0 || sim_random_hits(&random, 520))) {
			held[n] = sim_random_below(&random, 1000);
			waiting_add(w, held[n++], VIEW_LIT("x"));
			continue;
		}
		size_t least = 0;
		for (size_t k = 1; k < n; k++)
			if (held[k] < held[least])
				least = k;
		struct waiting_entry e = waiting_take(w);
		assert_int_equal(e.due_ms, held[least]);
		held[least] = held[--n];
		free((char *)(uintptr_t)e.name.p);
	}
	assert_int_equal(waiting_count(w), n);
}

static void test_cleared_it_can_be_used_again(void **state)
{
	(void)state;
	OWN(waiting_free) struct waiting *w = waiting_new();

	waiting_add(w, 5, VIEW_LIT("a"));
	waiting_add(w, 4, VIEW_LIT(""));
	waiting_clear(w);
	assert_int_equal(waiting_count(w), 0);
	assert_int_equal(waiting_due(w), INT64_MAX);
	waiting_add(w, 9, VIEW_LIT("b"));
	assert_int_equal(waiting_due(w), 9);
	waiting_free(&w);
	assert_null(w);
	waiting_free(&w);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_nothing_waits_at_first),
		cmocka_unit_test(test_the_first_comes_first),
		cmocka_unit_test(test_taking_and_adding_by_turns_keeps_the_order),
		cmocka_unit_test(test_cleared_it_can_be_used_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
