// SPDX-License-Identifier: Apache-2.0
// Attributes as bytes have the order of the rule, and come back whole or not at all.
#include "processors/attribution/landing_attrs.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>

#include <cmocka.h>

static const struct view texts[] = {{"", 0}, {"a", 1}, {"a\0", 2}, {"a\0b", 3}, {"a\1", 2}, {"aa", 2}, {"b", 1}, {"\xc3\xa9", 2}, {"/", 1},
	{":", 1}, {"\0", 1}, {"0", 1}, {"9", 1}, {"1", 1}, {"12", 2}, {"123", 3}, {"1\0", 2}, {"1\0\0", 3}, {"12\0", 3}, {"1/", 2}, {"12/", 3},
	{"1:", 2}, {"12:3", 4}, {"12/\0", 4}, {"1a2", 3}, {"1729384756102938475", 19}, {"1729384756102938476", 19}, {"tiktok", 6},
	{"tiktoj", 6}, {"tiktok\0", 7}, {"tiktok2", 7}, {"t", 1}, {NULL, 0}};
enum { TEXTS = sizeof texts / sizeof *texts };

static struct landing random_landing(unsigned *seed)
{
	struct landing l = {.time = 5, .id = VIEW_LIT("id"), .is_ttclid = rand_r(seed) & 1};

	l.channel = texts[rand_r(seed) % (TEXTS - 1)];
	l.advertiser = texts[rand_r(seed) % TEXTS];
	l.campaign = texts[rand_r(seed) % TEXTS];
	l.adgroup = texts[rand_r(seed) % TEXTS];
	l.ad = texts[rand_r(seed) % TEXTS];
	return l;
}

static int sign(int x)
{
	return (x > 0) - (x < 0);
}

static void bytes_have_the_order_of_the_rule(void **state)
{
	// Of landings at one time with one identity the state keeps the bytewise smallest: it must be the rule's smallest.
	unsigned seed = 7;
	struct buf x = {0}, y = {0};

	(void)state;
	for (int i = 0; i < 200000; i++) {
		struct landing a = random_landing(&seed), b = random_landing(&seed);

		buf_reset(&x);
		buf_reset(&y);
		landing_attrs_encode(&a, &x);
		landing_attrs_encode(&b, &y);
		assert_int_equal(sign(landing_cmp_full(&a, &b)), sign(view_cmp(buf_view(&x), buf_view(&y))));
	}
	buf_clear(&x);
	buf_clear(&y);
}

static void what_was_encoded_comes_back(void **state)
{
	unsigned seed = 11;
	struct arena arena = {0};
	struct buf bytes = {0};
	struct err err;

	(void)state;
	for (int i = 0; i < 20000; i++) {
		struct landing in = random_landing(&seed), out;

		buf_reset(&bytes);
		landing_attrs_encode(&in, &bytes);
		struct state_click click = {in.time, in.id, buf_view(&bytes)};
		assert_int_equal(0, landing_attrs_decode(&click, &arena, &out, &err));
		assert_int_equal(0, landing_cmp_full(&in, &out));
		for (size_t n = 0; n < bytes.n; n++) {
			struct state_click cut = {in.time, in.id, view_of(bytes.p, n)};

			assert_int_equal(-1, landing_attrs_decode(&cut, &arena, &out, &err));
		}
		arena_reset(&arena);
	}
	buf_clear(&bytes);
	arena_clear(&arena);
}

static void usual_attributes_are_small(void **state)
{
	struct view id = VIEW_LIT("1729384756102938475");
	struct landing l = {.channel = VIEW_LIT("tiktok"), .advertiser = id, .campaign = id, .adgroup = id, .ad = id, .is_ttclid = true};
	struct buf bytes = {0};

	(void)state;
	landing_attrs_encode(&l, &bytes);
	assert_int_equal(1 + 4 * 11 + 1, bytes.n);
	buf_clear(&bytes);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(bytes_have_the_order_of_the_rule),
		cmocka_unit_test(what_was_encoded_comes_back),
		cmocka_unit_test(usual_attributes_are_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
