// SPDX-License-Identifier: Apache-2.0
// Promise: a row comes back as it was packed, users of one hash stay apart when rows are merged, and bytes that are no row are refused.
#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/row.h"

enum { HOUR = TRIM_HOUR_MS };

static struct state_click clicks[] = {{INT64_MIN, VIEW_LIT("first"), VIEW_LIT("")}, {-5, VIEW_LIT(""), VIEW_LIT("attrs")},
	{1790000000000, VIEW_LIT("c"), VIEW_LIT("d")}, {INT64_MAX, VIEW_LIT("last"), VIEW_LIT("e")}};
static struct state_conversion conversions[] = {{VIEW_LIT(""), INT64_MAX, VIEW_LIT("value")}, {VIEW_LIT("key"), -1, VIEW_LIT("")}};
static const struct state_user both = {clicks, 4, conversions, 2}, only_clicks = {clicks, 2, NULL, 0},
							   only_conversions = {NULL, 0, conversions, 1};

static void assert_rows(const struct state_user *rows, const struct state_user *expected)
{
	assert_int_equal(rows->click_count, expected->click_count);
	for (size_t i = 0; i < rows->click_count; i++)
		assert_int_equal(trim_compare(&rows->clicks[i], &expected->clicks[i]), 0);
	assert_int_equal(rows->conversion_count, expected->conversion_count);
	for (size_t i = 0; i < rows->conversion_count; i++) {
		assert_true(view_eq(rows->conversions[i].key, expected->conversions[i].key));
		assert_true(view_eq(rows->conversions[i].value, expected->conversions[i].value));
		assert_int_equal(rows->conversions[i].time, expected->conversions[i].time);
	}
}

static void test_comes_back(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf row = {0};
	struct row_user *users;
	struct state_user found;
	size_t n;

	(void)state;
	row_add(&row, VIEW_LIT("a"), &both);
	row_add(&row, VIEW_LIT("b"), &only_clicks);
	row_add(&row, VIEW_LIT("c"), &only_conversions);
	row_add(&row, VIEW_LIT("d"), &(struct state_user){0}); // leaves no trace
	assert_int_equal(row_decode(buf_view(&row), &arena, &users, &n), 0);
	assert_int_equal(n, 3);
	assert_rows(&users[0].rows, &both);
	assert_true(view_eq(users[1].user, VIEW_LIT("b")));
	assert_rows(&users[1].rows, &only_clicks);
	assert_rows(&users[2].rows, &only_conversions);
	assert_int_equal(row_find(buf_view(&row), VIEW_LIT("c"), &arena, &found), 0);
	assert_rows(&found, &only_conversions);
	assert_int_equal(row_find(buf_view(&row), VIEW_LIT("bb"), &arena, &found), 0);
	assert_int_equal(found.click_count + found.conversion_count, 0);
}

// Whole users may be cut off unseen; a part of one never.
static void test_cut_rows_are_refused(void **state)
{
	OWN(buf_clear) struct buf row = {0};

	(void)state;
	row_add(&row, VIEW_LIT("user"), &both);
	for (size_t cut = 1; cut < row.n; cut++) {
		OWN(arena_clear) struct arena arena = {0};
		OWN(own_free) char *exact = malloc(cut); // so that a sanitizer sees one byte too far
		OWN(buf_clear) struct buf out = {0};
		struct row_user *users;
		struct state_user found;
		size_t n;

		memcpy(exact, row.p, cut);
		struct view part = view_of(exact, cut);
		assert_int_equal(row_decode(part, &arena, &users, &n), -1);
		assert_int_equal(row_find(part, VIEW_LIT("other"), &arena, &found), -1);
		assert_int_equal(row_merge(&part, 1, 100, INT64_MIN, &out), -1);
	}
}

static void test_huge_counts_take_no_memory(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf row = {0};
	struct row_user *users;
	size_t n;

	(void)state;
	buf_add_varint(&row, 1);
	buf_add_text(&row, "u");
	buf_add_varint(&row, UINT64_MAX / 64);
	buf_add_text(&row, "some bytes that are clicks, perhaps");
	assert_int_equal(row_decode(buf_view(&row), &arena, &users, &n), -1);
	assert_true(arena.used < 4096);
}

static void test_unsorted_users_are_refused(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf row = {0};
	struct row_user *users;
	size_t n;

	(void)state;
	row_add(&row, VIEW_LIT("b"), &both);
	row_add(&row, VIEW_LIT("a"), &both);
	assert_int_equal(row_decode(buf_view(&row), &arena, &users, &n), -1);
}

static void test_merging_keeps_users_apart(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf older = {0}, newer = {0}, merged = {0};
	struct state_conversion again[] = {{VIEW_LIT("key"), 7, VIEW_LIT("again")}};
	struct row_user *users;
	size_t n;

	(void)state;
	row_add(&older, VIEW_LIT("a"), &both);
	row_add(&older, VIEW_LIT("c"), &only_clicks);
	row_add(&newer, VIEW_LIT("a"), &(struct state_user){NULL, 0, again, 1});
	row_add(&newer, VIEW_LIT("b"), &only_conversions);
	struct view operands[] = {buf_view(&older), VIEW_LIT(""), buf_view(&newer)};
	assert_int_equal(row_merge(operands, 3, 100, INT64_MIN, &merged), 0);
	assert_int_equal(row_decode(buf_view(&merged), &arena, &users, &n), 0);
	assert_int_equal(n, 3);
	assert_int_equal(users[0].rows.click_count, 4);
	assert_true(view_eq(users[0].rows.conversions[1].value, VIEW_LIT("again")));
	assert_rows(&users[1].rows, &only_conversions);
	assert_rows(&users[2].rows, &only_clicks);
}

static void test_a_row_expires_to_nothing(void **state)
{
	OWN(buf_clear) struct buf row = {0}, kept = {0}, gone = {0};
	struct state_click old[] = {{HOUR, VIEW_LIT("x"), VIEW_LIT("")}};

	(void)state;
	row_add(&row, VIEW_LIT("a"), &(struct state_user){old, 1, NULL, 0});
	struct view operand = buf_view(&row);
	assert_false(row_may_shrink(operand, (struct row_cutoffs){INT64_MIN, INT64_MIN}));
	assert_false(row_may_shrink(operand, (struct row_cutoffs){2 * HOUR - 1, INT64_MIN}));
	assert_int_equal(row_merge(&operand, 1, 100, 2 * HOUR - 1, &kept), 0);
	assert_true(view_eq(buf_view(&kept), operand));
	assert_true(row_may_shrink(operand, (struct row_cutoffs){2 * HOUR, INT64_MIN}));
	assert_int_equal(row_merge(&operand, 1, 100, 2 * HOUR, &gone), 0);
	assert_int_equal(gone.n, 0);
}

static void test_the_second_user_expires_too(void **state)
{
	OWN(buf_clear) struct buf row = {0};
	struct state_click old[] = {{HOUR, VIEW_LIT("x"), VIEW_LIT("")}};

	(void)state;
	row_add(&row, VIEW_LIT("a"), &only_conversions);
	row_add(&row, VIEW_LIT("b"), &(struct state_user){old, 1, NULL, 0});
	assert_true(row_may_shrink(buf_view(&row), (struct row_cutoffs){5 * HOUR, INT64_MIN}));
}

static void test_conversions_expire_by_their_own_time(void **state)
{
	OWN(buf_clear) struct buf row = {0}, kept = {0}, gone = {0};
	struct state_conversion two[] = {{VIEW_LIT("k1"), 10, VIEW_LIT("v1")}, {VIEW_LIT("k2"), 20, VIEW_LIT("v2")}};
	struct state_conversion second[] = {two[1]};
	OWN(buf_clear) struct buf expected = {0};

	(void)state;
	row_add(&row, VIEW_LIT("a"), &(struct state_user){NULL, 0, two, 2});
	row_add(&expected, VIEW_LIT("a"), &(struct state_user){NULL, 0, second, 1});
	assert_false(row_may_shrink(buf_view(&row), (struct row_cutoffs){INT64_MIN, 10}));
	assert_true(row_may_shrink(buf_view(&row), (struct row_cutoffs){INT64_MIN, 11}));
	assert_int_equal(row_shrink(buf_view(&row), 100, (struct row_cutoffs){INT64_MIN, 11}, &kept), 0);
	assert_true(view_eq(buf_view(&kept), buf_view(&expected)));
	assert_int_equal(row_shrink(buf_view(&row), 100, (struct row_cutoffs){INT64_MIN, 21}, &gone), 0);
	assert_int_equal(gone.n, 0);
}

static void test_names(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf one = {0}, two = {0}, merged = {0}, refused = {0};
	struct view *users;
	size_t n;

	(void)state;
	row_add_name(&one, VIEW_LIT("b"));
	row_add_name(&two, VIEW_LIT("a"));
	row_add_name(&two, VIEW_LIT("b"));
	struct view operands[] = {buf_view(&one), buf_view(&two)};
	assert_int_equal(row_merge_names(operands, 2, &merged), 0);
	assert_int_equal(row_decode_names(buf_view(&merged), &arena, &users, &n), 0);
	assert_int_equal(n, 2);
	assert_true(view_eq(users[0], VIEW_LIT("a")));
	assert_true(view_eq(users[1], VIEW_LIT("b")));
	struct view broken = VIEW_LIT("\x05"
								  "abc");
	assert_int_equal(row_decode_names(broken, &arena, &users, &n), -1);
	assert_int_equal(row_merge_names(&broken, 1, &refused), -1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_comes_back),
		cmocka_unit_test(test_cut_rows_are_refused),
		cmocka_unit_test(test_huge_counts_take_no_memory),
		cmocka_unit_test(test_unsorted_users_are_refused),
		cmocka_unit_test(test_merging_keeps_users_apart),
		cmocka_unit_test(test_a_row_expires_to_nothing),
		cmocka_unit_test(test_the_second_user_expires_too),
		cmocka_unit_test(test_conversions_expire_by_their_own_time),
		cmocka_unit_test(test_names),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
