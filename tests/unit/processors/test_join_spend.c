// SPDX-License-Identifier: Apache-2.0
// Figures of reports are added up by currency; a sum that no row says is told from zero, and bytes read back.
#include "processors/roas-join/join_spend.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static struct join_spend said(struct arena *arena, const char *currency, int64_t spend, int64_t clicks)
{
	struct report_snapshot r = {.currency = view_text(currency),
		.spend_micros = spend,
		.clicks = clicks,
		.impressions = TIME_ABSENT,
		.conversions = TIME_ABSENT,
		.value_micros = TIME_ABSENT};

	return join_spend_of(&r, arena);
}

static void test_what_was_added_and_taken_back_is_gone(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	struct join_spend sum = {NULL, 0}, a = said(&arena, "USD", 5, TIME_ABSENT), b = said(&arena, "PEN", 7, 1),
					  zero = said(&arena, "USD", 0, 0);

	join_spend_add(&sum, &a, 1, &arena);
	join_spend_add(&sum, &b, 1, &arena);
	join_spend_add(&sum, &zero, 1, &arena);
	assert_int_equal(sum.n, 2);
	assert_true(view_eq(sum.p[0].currency, VIEW_LIT("PEN")));
	assert_int_equal(sum.p[1].sum[FIGURE_SPEND], 5);
	assert_int_equal(sum.p[1].known[FIGURE_SPEND], 2);
	join_spend_add(&sum, &a, -1, &arena);
	assert_int_equal(sum.n, 2); // zero is said still
	join_spend_add(&sum, &zero, -1, &arena);
	join_spend_add(&sum, &b, -1, &arena);
	assert_int_equal(sum.n, 0);
}

static void test_a_report_that_says_nothing_is_nothing(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};

	assert_int_equal(said(&arena, "USD", TIME_ABSENT, TIME_ABSENT).n, 0);
	assert_int_equal(said(&arena, "USD", 0, TIME_ABSENT).n, 1);
}

static void test_bytes_read_back_and_cut_ones_are_bad(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf bytes = {0};
	struct join_spend sum = said(&arena, "USD", -5, INT64_MAX), other = said(&arena, "PEN", 0, 3);

	join_spend_add(&sum, &other, 1, &arena);
	join_spend_pack(&sum, &bytes);
	struct cursor c = cursor_over(buf_view(&bytes));
	struct join_spend again = join_spend_unpack(&c, &arena);
	assert_false(c.bad);
	assert_int_equal(cursor_left(&c), 0);
	assert_int_equal(again.n, 2);
	assert_int_equal(again.p[1].sum[FIGURE_SPEND], -5);
	assert_int_equal(again.p[1].sum[FIGURE_CLICKS], INT64_MAX);
	assert_int_equal(again.p[0].known[FIGURE_CLICKS], 1);
	for (size_t n = 0; n < bytes.n; n++) {
		struct cursor cut = cursor_over(view_of(bytes.p, n));

		join_spend_unpack(&cut, &arena);
		assert_true(cut.bad);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_added_and_taken_back_is_gone),
		cmocka_unit_test(test_a_report_that_says_nothing_is_nothing),
		cmocka_unit_test(test_bytes_read_back_and_cut_ones_are_bad),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
