// SPDX-License-Identifier: Apache-2.0
// Promise: of clicks and conversions exactly those stay that the rules name, whatever the order and the grouping they came in.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/trim.h"

enum { HOUR = TRIM_HOUR_MS, MANY = 500 };

static struct state_click click(int64_t time, const char *id, const char *attrs)
{
	return (struct state_click){time, view_text(id), view_text(attrs)};
}

static void assert_click(const struct state_click *c, int64_t time, const char *id, const char *attrs)
{
	assert_int_equal(c->time, time);
	assert_true(view_eq(c->id, view_text(id)));
	assert_true(view_eq(c->attrs, view_text(attrs)));
}

static void test_hours_go_down_before_1970(void **state)
{
	(void)state;
	assert_int_equal(trim_hour(0), 0);
	assert_int_equal(trim_hour(HOUR - 1), 0);
	assert_int_equal(trim_hour(-1), -1);
	assert_int_equal(trim_hour(-HOUR), -1);
	assert_int_equal(trim_hour(-HOUR - 1), -2);
	assert_int_equal(trim_hour(INT64_MIN), INT64_MIN / HOUR - 1);
}

static void test_of_equal_clicks_the_smallest_attributes_stay(void **state)
{
	struct state_click c[] = {click(5, "b", "x"), click(5, "a", "z"), click(5, "a", "y"), click(4, "b", "x"), click(5, "a", "y")}, spare[5];

	(void)state;
	trim_sort(c, 5, spare);
	assert_int_equal(trim_clicks(c, 5, 100, INT64_MIN, NULL), 3);
	assert_click(&c[0], 4, "b", "x");
	assert_click(&c[1], 5, "a", "y");
	assert_click(&c[2], 5, "b", "x");
}

static void test_an_hour_keeps_its_smallest(void **state)
{
	struct state_click c[] = {click(-1, "a", ""), click(0, "a", ""), click(0, "b", ""), click(0, "b", "more"), click(0, "c", ""),
		click(1, "a", ""), click(HOUR, "a", "")};
	uint64_t flooded = 0;

	(void)state;
	assert_int_equal(trim_clicks(c, 7, 2, INT64_MIN, &flooded), 4);
	assert_int_equal(flooded, 2); // (0, c) and (1, a); the equal (0, b) is none
	assert_click(&c[0], -1, "a", "");
	assert_click(&c[1], 0, "a", "");
	assert_click(&c[2], 0, "b", "");
	assert_click(&c[3], HOUR, "a", "");
}

static void test_equal_clicks_that_are_flooded_count_once(void **state)
{
	struct state_click c[] = {click(0, "a", ""), click(0, "b", "1"), click(0, "b", "2"), click(0, "b", "3")};
	uint64_t flooded = 0;

	(void)state;
	assert_int_equal(trim_clicks(c, 4, 1, INT64_MIN, &flooded), 1);
	assert_int_equal(flooded, 1);
}

// So an hour never loses its smallest alone, which would let larger ones come back.
static void test_expiry_goes_by_whole_hours(void **state)
{
	struct state_click c[] = {click(HOUR - 1, "a", ""), click(HOUR, "a", ""), click(HOUR + 5, "a", "")};

	(void)state;
	assert_int_equal(trim_clicks(c, 3, 100, HOUR + 5, NULL), 2);
	assert_click(&c[0], HOUR, "a", "");
}

static int compare(const void *a, const void *b)
{
	return trim_compare(a, b);
}

static void test_sorting_any_length(void **state)
{
	static const char *const ids[] = {"a", "ab", "b", ""};
	struct state_click mine[MANY], theirs[MANY], spare[MANY];
	uint64_t random = 7;

	(void)state;
	for (size_t n = 0; n < MANY; n += 1 + n / 8) {
		for (size_t i = 0; i < n; i++) {
			random = random * 6364136223846793005u + 1442695040888963407u;
			mine[i] = theirs[i] = click((int64_t)(random >> 58), ids[random >> 40 & 3], ids[random >> 30 & 3]);
		}
		trim_sort(mine, n, spare);
		qsort(theirs, n, sizeof *theirs, compare);
		for (size_t i = 0; i < n; i++)
			assert_int_equal(trim_compare(&mine[i], &theirs[i]), 0);
	}
}

static void test_the_last_put_of_a_key_stays(void **state)
{
	struct state_conversion c[] = {{VIEW_LIT("b"), 1, VIEW_LIT("1")}, {VIEW_LIT("a"), 2, VIEW_LIT("2")}, {VIEW_LIT("b"), 3, VIEW_LIT("3")},
		{VIEW_LIT("a"), 4, VIEW_LIT("4")}, {VIEW_LIT("b"), 5, VIEW_LIT("5")}},
							spare[5];

	(void)state;
	assert_int_equal(trim_conversions(c, 5, spare), 2);
	assert_true(view_eq(c[0].value, VIEW_LIT("4")));
	assert_true(view_eq(c[1].value, VIEW_LIT("5")));
	assert_int_equal(c[1].time, 5);
}

static void test_layers(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	struct state_click disk[] = {click(1, "a", "x"), click(3, "a", "x")}, table[] = {click(2, "a", "x"), click(1, "a", "w")};
	struct state_conversion old[] = {{VIEW_LIT("k"), 1, VIEW_LIT("old")}}, new[] = {{VIEW_LIT("k"), 1, VIEW_LIT("new")}};
	struct state_user layers[] = {{disk, 2, old, 1}, {0}, {table, 2, new, 1}}, out;

	(void)state;
	trim_layers(layers, 3, 100, INT64_MIN, &arena, &out);
	assert_int_equal(out.click_count, 3);
	assert_click(&out.clicks[0], 1, "a", "w");
	assert_int_equal(out.conversion_count, 1);
	assert_true(view_eq(out.conversions[0].value, VIEW_LIT("new")));
	trim_layers(layers, 0, 100, INT64_MIN, &arena, &out);
	assert_int_equal(out.click_count + out.conversion_count, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_hours_go_down_before_1970),
		cmocka_unit_test(test_of_equal_clicks_the_smallest_attributes_stay),
		cmocka_unit_test(test_an_hour_keeps_its_smallest),
		cmocka_unit_test(test_equal_clicks_that_are_flooded_count_once),
		cmocka_unit_test(test_expiry_goes_by_whole_hours),
		cmocka_unit_test(test_sorting_any_length),
		cmocka_unit_test(test_the_last_put_of_a_key_stays),
		cmocka_unit_test(test_layers),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
