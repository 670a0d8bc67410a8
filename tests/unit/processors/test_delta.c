// SPDX-License-Identifier: Apache-2.0
// Deltas are what changed: adding them all up gives the latest credits, per currency and advertiser.
#include "processors/attribution/delta.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#define USD VIEW_LIT("USD")
#define EUR VIEW_LIT("EUR")

static struct credit credit_of(const char *id, int64_t time, const char *advertiser, int64_t micros)
{
	return (struct credit){.click_id = view_text(id),
		.click_time = time,
		.channel = VIEW_LIT("tiktok"),
		.advertiser_id = view_text(advertiser),
		.revenue = {micros, 0, 0, 0},
		.conversions = {micros ? 1000000000 : 0, 0, 0}};
}

static size_t between(struct arena *arena, struct delta_side before, struct delta_side after, struct credit_delta **deltas)
{
	struct attributed_conversion whose = {.tenant = VIEW_LIT("t"),
		.goal = VIEW_LIT("g"),
		.conversion_id = VIEW_LIT("o"),
		.conversion_time = 9};
	size_t n;

	delta_between(&whose, &before, &after, arena, deltas, &n);
	return n;
}

static void a_first_output_is_all_new_one_delta_per_advertiser(void **state)
{
	struct arena arena = {0};
	struct credit credits[] = {credit_of("a", 1, "7", 10), credit_of("b", 2, NULL, 20), credit_of("c", 3, "7", 30)};
	struct credit_delta *d;

	(void)state;
	assert_int_equal(2, between(&arena, (struct delta_side){VIEW_LIT(""), {NULL, 0}}, (struct delta_side){USD, {credits, 3}}, &d));
	assert_int_equal(2, d[0].deltas.n);
	assert_int_equal(10, d[0].deltas.p[0].revenue.placed_micros);
	assert_int_equal(30, d[0].deltas.p[1].revenue.placed_micros);
	assert_int_equal(1, d[1].deltas.n);
	assert_null(d[1].advertiser_id.p);
	assert_int_equal(9, d[0].conversion_time);
	arena_clear(&arena);
}

static void what_did_not_change_is_left_out(void **state)
{
	struct arena arena = {0};
	struct credit before[] = {credit_of("a", 1, "7", 10), credit_of("b", 2, "7", 20)};
	struct credit after[] = {credit_of("a", 1, "7", 10), credit_of("b", 2, "7", 15), credit_of("z", 2, "7", 0)};
	struct credit_delta *d;

	(void)state;
	assert_int_equal(1, between(&arena, (struct delta_side){USD, {before, 2}}, (struct delta_side){USD, {after, 3}}, &d));
	assert_int_equal(1, d[0].deltas.n);
	assert_int_equal(-5, d[0].deltas.p[0].revenue.placed_micros);
	assert_int_equal(0, d[0].deltas.p[0].conversions.placed_nanos);
	assert_int_equal(0, between(&arena, (struct delta_side){USD, {before, 2}}, (struct delta_side){USD, {before, 2}}, &d));
	arena_clear(&arena);
}

static void a_touch_that_changes_its_advertiser_moves(void **state)
{
	struct arena arena = {0};
	struct credit before[] = {credit_of("a", 1, "7", 10)}, after[] = {credit_of("a", 1, "8", 10)};
	struct credit_delta *d;

	(void)state;
	assert_int_equal(2, between(&arena, (struct delta_side){USD, {before, 1}}, (struct delta_side){USD, {after, 1}}, &d));
	assert_int_equal(-10, d[0].deltas.p[0].revenue.placed_micros);
	assert_true(view_eq(VIEW_LIT("7"), d[0].advertiser_id));
	assert_int_equal(10, d[1].deltas.p[0].revenue.placed_micros);
	arena_clear(&arena);
}

static void another_currency_is_taken_back_in_the_old_one(void **state)
{
	struct arena arena = {0};
	struct credit before[] = {credit_of("a", 1, "7", 10)}, after[] = {credit_of("a", 1, "7", 10)};
	struct credit_delta *d;

	(void)state;
	assert_int_equal(2, between(&arena, (struct delta_side){USD, {before, 1}}, (struct delta_side){EUR, {after, 1}}, &d));
	assert_true(view_eq(USD, d[0].currency));
	assert_int_equal(-10, d[0].deltas.p[0].revenue.placed_micros);
	assert_true(view_eq(EUR, d[1].currency));
	assert_int_equal(1000000000, d[1].deltas.p[0].conversions.placed_nanos);
	arena_clear(&arena);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(a_first_output_is_all_new_one_delta_per_advertiser),
		cmocka_unit_test(what_did_not_change_is_left_out),
		cmocka_unit_test(a_touch_that_changes_its_advertiser_moves),
		cmocka_unit_test(another_currency_is_taken_back_in_the_old_one),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
