// SPDX-License-Identifier: Apache-2.0
// What the state holds of a conversion comes back as it was published, or not at all.
#include "processors/attribution/kept_output.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

#include "schemas/contract.h"

enum { CREDITS_MOST = 5 };

static const struct view ids[] = {VIEW_LIT("1729384756102938475"), VIEW_LIT("17"), VIEW_LIT("7a"), VIEW_LIT(""), VIEW_LIT("a\0b"),
	{NULL, 0}};
enum { IDS = sizeof ids / sizeof *ids };

static int64_t random_number(unsigned *seed)
{
	static const int64_t numbers[] = {0, 1, -1, 64, 1000000000, 45000000, -45000000, INT64_MAX, INT64_MIN};

	return numbers[(unsigned)rand_r(seed) % (sizeof numbers / sizeof *numbers)];
}

static struct credit random_credit(unsigned *seed)
{
	static const struct view names[] = {VIEW_LIT("E.C.P.0025JUnYrHm1uDbAyUQ2"), VIEW_LIT("touch:1"), VIEW_LIT("")};
	struct credit c = {.click_id = names[(unsigned)rand_r(seed) % 3], .click_time = random_number(seed)};

	c.ttclid = rand_r(seed) % 2 ? c.click_id : VIEW_ABSENT;
	c.channel = rand_r(seed) % 2 ? view_text("tiktok") : view_text("meta");
	c.advertiser_id = ids[(unsigned)rand_r(seed) % IDS];
	c.campaign_id = ids[(unsigned)rand_r(seed) % IDS];
	c.adgroup_id = ids[(unsigned)rand_r(seed) % IDS];
	c.ad_id = ids[(unsigned)rand_r(seed) % IDS];
	c.share_nanos = random_number(seed);
	c.value_micros = random_number(seed);
	c.revenue = (struct revenue){random_number(seed), random_number(seed), random_number(seed), random_number(seed)};
	c.conversions = (struct counts){random_number(seed), random_number(seed), random_number(seed)};
	return c;
}

static struct attributed_conversion random_output(unsigned *seed, struct credit credits[CREDITS_MOST])
{
	struct attributed_conversion c = {.tenant = VIEW_LIT("shop"),
		.user = VIEW_LIT("u1"),
		.goal = VIEW_LIT("purchase"),
		.conversion_id = VIEW_LIT("o-1"),
		.event = VIEW_LIT("Purchase"),
		.conversion_time = rand_r(seed), // never INT64_MIN, which stands for none
		.model = VIEW_LIT("linear"),
		.participation_group = VIEW_LIT("click"),
		.currency = VIEW_LIT("EUR"),
		.value_basis = VIEW_LIT("placed"),
		.status = FLAG_ABSENT,
		.status_time = TIME_ABSENT,
		.refunded_micros = TIME_ABSENT,
		.context_time = TIME_ABSENT};

	c.context.limited_data_use = FLAG_ABSENT;
	c.context.ttclid_time = TIME_ABSENT;
	c.credits = (struct credits){credits, (size_t)rand_r(seed) % (CREDITS_MOST + 1)};
	for (size_t i = 0; i < c.credits.n; i++)
		credits[i] = random_credit(seed);
	return c;
}

static void assert_same(const struct attributed_conversion *a, const struct attributed_conversion *b)
{
	struct buf x = {0}, y = {0};

	contract_encode(contract_attributed_conversion, a, &x);
	contract_encode(contract_attributed_conversion, b, &y);
	assert_true(view_eq(buf_view(&x), buf_view(&y)));
	buf_clear(&x);
	buf_clear(&y);
}

static void what_was_published_comes_back(void **state)
{
	struct credit credits[CREDITS_MOST];
	struct arena arena = {0};
	struct buf bytes = {0};
	unsigned seed = 3;
	struct err err;

	(void)state;
	for (int i = 0; i < 5000; i++) {
		struct attributed_conversion in = random_output(&seed, credits), out;

		buf_reset(&bytes);
		kept_output_encode(&in, &bytes);
		assert_int_equal(0, kept_output_decode(buf_view(&bytes), &arena, &out, &err));
		assert_same(&in, &out);
		assert_null(out.previous.p);
		arena_reset(&arena);
	}
	arena_clear(&arena);
	buf_clear(&bytes);
}

static void bytes_that_end_too_soon_are_refused(void **state)
{
	struct credit credits[CREDITS_MOST];
	struct arena arena = {0};
	struct buf bytes = {0};
	unsigned seed = 5;
	struct err err;

	(void)state;
	for (int i = 0; i < 100; i++) {
		struct attributed_conversion in = random_output(&seed, credits), out;

		buf_reset(&bytes);
		kept_output_encode(&in, &bytes);
		for (size_t n = 0; n < bytes.n; n++) {
			assert_int_equal(-1, kept_output_decode(view_of(bytes.p, n), &arena, &out, &err));
			assert_int_equal(ERR_FATAL, err.class);
		}
		arena_reset(&arena);
	}
	arena_clear(&arena);
	buf_clear(&bytes);
}

static void a_count_of_credits_is_no_promise(void **state)
{
	static const char bytes[] = "\xff\xff\xff\xff\x0f and no credit";
	struct attributed_conversion out;
	struct arena arena = {0};
	struct err err;

	(void)state;
	assert_int_equal(-1, kept_output_decode(view_of(bytes, sizeof bytes - 1), &arena, &out, &err));
	assert_string_equal("store_corrupt", err.code);
	arena_clear(&arena);
}

static void what_the_credit_replaced_is_not_kept(void **state)
{
	struct credit credits[CREDITS_MOST], before = {.click_id = VIEW_LIT("x"), .channel = VIEW_LIT("tiktok")};
	struct buf with = {0}, without = {0};
	unsigned seed = 7;

	(void)state;
	struct attributed_conversion c = random_output(&seed, credits);
	kept_output_encode(&c, &without);
	c.previous = (struct credits){&before, 1};
	kept_output_encode(&c, &with);
	assert_true(view_eq(buf_view(&with), buf_view(&without)));
	buf_clear(&with);
	buf_clear(&without);
}

static int set_up(void **state)
{
	struct err err;

	(void)state;
	return contract_setup(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_was_published_comes_back),
		cmocka_unit_test(bytes_that_end_too_soon_are_refused),
		cmocka_unit_test(a_count_of_credits_is_no_promise),
		cmocka_unit_test(what_the_credit_replaced_is_not_kept),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
