// SPDX-License-Identifier: Apache-2.0
// Of each day the last reading counts, whatever the order, the overlap and the gaps; spans stay sorted and apart.
#include "processors/spend-ingest/spans.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/own.h"
#include "tests/sim/sim_random.h"

static void assert_span(const struct spans *s, size_t i, int32_t from, int32_t to, int64_t read_at)
{
	assert_true(i < s->n);
	assert_int_equal(s->p[i].from, from);
	assert_int_equal(s->p[i].to, to);
	assert_int_equal(s->p[i].read_at, read_at);
}

static void test_neighbours_of_one_time_are_one(void **state)
{
	OWN(spans_clear) struct spans s = {0};

	(void)state;
	spans_add(&s, (struct span){20, 29, 5});
	spans_add(&s, (struct span){10, 19, 5});
	spans_add(&s, (struct span){0, 9, 4});
	assert_int_equal(s.n, 2);
	assert_span(&s, 0, 10, 29, 5);
	assert_span(&s, 1, 0, 9, 4);
}

static void test_a_span_in_the_middle_leaves_both_ends(void **state)
{
	OWN(spans_clear) struct spans s = {0};

	(void)state;
	spans_add(&s, (struct span){0, 29, 1});
	spans_add(&s, (struct span){10, 19, 2});
	assert_int_equal(s.n, 3);
	assert_span(&s, 0, 20, 29, 1);
	assert_span(&s, 1, 10, 19, 2);
	assert_span(&s, 2, 0, 9, 1);
	spans_remove(&s, 5, 24);
	assert_int_equal(s.n, 2);
	assert_span(&s, 0, 25, 29, 1);
	assert_span(&s, 1, 0, 4, 1);
}

static void test_old_neighbours_are_joined_and_gaps_stay(void **state)
{
	OWN(spans_clear) struct spans s = {0};

	(void)state;
	spans_add(&s, (struct span){0, 4, 1});
	spans_add(&s, (struct span){5, 9, 3});
	spans_add(&s, (struct span){11, 14, 2});
	spans_add(&s, (struct span){15, 19, 9});
	spans_join_before(&s, 15);
	assert_int_equal(s.n, 3);
	assert_span(&s, 0, 15, 19, 9);
	assert_span(&s, 1, 11, 14, 2);
	assert_span(&s, 2, 0, 9, 3);
}

// Against a day by day list.
static void test_any_sequence_says_what_a_list_of_days_says(void **state)
{
	enum { DAYS = 60, STEPS = 5000 };
	struct sim_random random = {11};
	OWN(spans_clear) struct spans s = {0};
	int64_t days[DAYS] = {0};

	(void)state;
	for (int step = 1; step <= STEPS; step++) {
		int32_t from = (int32_t)sim_random_below(&random, DAYS), to = from + (int32_t)sim_random_below(&random, DAYS - from);
		int64_t at = sim_random_below(&random, 5) ? 1 + (int64_t)sim_random_below(&random, 4) : 0;

		if (at)
			spans_add(&s, (struct span){from, to, at});
		else
			spans_remove(&s, from, to);
		for (int32_t day = from; day <= to; day++)
			days[day] = at;
		for (size_t i = 0; i < s.n; i++) {
			assert_true(s.p[i].from <= s.p[i].to);
			assert_true(i == 0 || s.p[i].to < s.p[i - 1].from);
			assert_true(i == 0 || s.p[i].to + 1 < s.p[i - 1].from || s.p[i].read_at != s.p[i - 1].read_at);
		}
		for (int32_t day = 0; day < DAYS; day++) {
			const struct span *span = spans_find(&s, day);

			assert_int_equal(span ? span->read_at : 0, days[day]);
		}
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_neighbours_of_one_time_are_one),
		cmocka_unit_test(test_a_span_in_the_middle_leaves_both_ends),
		cmocka_unit_test(test_old_neighbours_are_joined_and_gaps_stay),
		cmocka_unit_test(test_any_sequence_says_what_a_list_of_days_says),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
