// SPDX-License-Identifier: Apache-2.0
// What is kept of a status is what was published of it, and back, texts cut to their room and days that are none left out.
#include "processors/spend-ingest/sync_record.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/own.h"
#include "processors/spend-ingest/sync_plan.h"

static void test_a_status_comes_back_as_it_went(void **state)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(sync_record_clear) struct sync_record r, back;
	struct sync_status s;

	(void)state;
	sync_record_init(&r);
	sync_record_init(&back);
	r.state = SYNC_FAILING;
	r.generation = 3;
	memcpy(r.reason, "tiktok_busy", 12);
	memcpy(r.time_zone, "Asia/Tokyo", 11);
	r.code = 40100;
	r.last_attempt = 1000;
	r.first_day = 20000;
	r.rows_new = 7;
	r.days_left = 4;
	spans_add(&r.spans, (struct span){20000, 20009, 1000});
	spans_add(&r.spans, (struct span){20020, 20029, 2000});
	sync_record_write(&r, VIEW_LIT("shop"), VIEW_LIT("700"), &arena, &s);
	assert_true(view_eq(s.spans.p[0].from, VIEW_LIT("2024-10-24")));
	assert_true(view_eq(s.first_day, VIEW_LIT("2024-10-04")));
	assert_false(view_is_set(s.message));
	sync_record_read(&s, &back);
	assert_int_equal(back.state, r.state);
	assert_int_equal(back.generation, 3);
	assert_string_equal(back.reason, "tiktok_busy");
	assert_string_equal(back.time_zone, "Asia/Tokyo");
	assert_string_equal(back.message, "");
	assert_int_equal(back.code, 40100);
	assert_int_equal(back.last_attempt, 1000);
	assert_int_equal(back.next_sync, TIME_ABSENT);
	assert_int_equal(back.first_day, 20000);
	assert_int_equal(back.rows_new, 7);
	assert_int_equal(back.days_left, 4);
	assert_int_equal(back.spans.n, 2);
	assert_int_equal(back.spans.p[1].to, 20009);
	assert_int_equal(back.spans.p[0].read_at, 2000);
}

static void test_days_that_are_none_are_read_again(void **state)
{
	OWN(sync_record_clear) struct sync_record r;
	struct sync_span spans[] = {{VIEW_LIT("2026-07-20"), VIEW_LIT("2026-07-21"), 1}, {VIEW_LIT("2026-02-30"), VIEW_LIT("2026-03-02"), 1},
		{VIEW_LIT("2026-07-01"), VIEW_LIT("2026-06-01"), 1}};
	struct sync_status s = {.state = SYNC_OK, .spans = {spans, 3}, .first_day = VIEW_LIT("soon")};

	(void)state;
	sync_record_init(&r);
	sync_record_read(&s, &r);
	assert_int_equal(r.spans.n, 1);
	assert_int_equal(r.first_day, SYNC_NO_DAY);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_status_comes_back_as_it_went),
		cmocka_unit_test(test_days_that_are_none_are_read_again),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
