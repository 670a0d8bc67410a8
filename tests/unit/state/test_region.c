// SPDX-License-Identifier: Apache-2.0
// Promise: blocks never overlap, what is given back is taken again, and truncating forgets both.
#include <setjmp.h>
#include <stdarg.h>
#include <string.h>

#include <cmocka.h>

#include "base/own.h"
#include "state/region.h"

static void test_blocks_are_apart_and_stay(void **state)
{
	OWN(region_clear) struct region r;
	uint32_t refs[3000];

	(void)state;
	region_init(&r);
	for (size_t i = 0; i < 3000; i++) {
		refs[i] = region_take(&r, i + 1);
		assert_int_not_equal(refs[i], 0);
		memset(region_at(&r, refs[i]), (int)i, i + 1);
	}
	for (size_t i = 0; i < 3000; i++) {
		const unsigned char *bytes = region_at(&r, refs[i]);

		assert_int_equal((uintptr_t)bytes % REGION_UNIT, 0);
		for (size_t k = 0; k <= i; k++)
			assert_int_equal(bytes[k], (unsigned char)i);
	}
}

static void test_given_back_is_taken_again(void **state)
{
	OWN(region_clear) struct region r;

	(void)state;
	region_init(&r);
	uint32_t a = region_take(&r, 100), b = region_take(&r, 100);
	size_t used = r.used;
	region_give_back(&r, a, 100);
	region_give_back(&r, b, 100);
	uint32_t other = region_take(&r, 500); // another size: not from there
	assert_true(other != a && other != b);
	assert_true(r.used > used);
	used = r.used;
	uint32_t c = region_take(&r, 97), d = region_take(&r, 112);
	assert_true((c == a && d == b) || (c == b && d == a));
	assert_int_equal(r.used, used);
	assert_true(region_take(&r, 100) != a);
}

static void test_every_size_up_to_a_mebibyte_is_taken_again(void **state)
{
	OWN(region_clear) struct region r;

	(void)state;
	region_init(&r);
	for (size_t n = 1; n <= 1 << 20; n += 1 + n / 37) {
		size_t before = r.used;
		uint32_t a = region_take(&r, n);

		assert_true(r.used - before >= n && r.used - before <= n + n / 8 + REGION_CLASS);
		region_give_back(&r, a, n);
		assert_int_equal(region_take(&r, n), a);
	}
	assert_int_equal(r.lost, 0);
}

static void test_truncating_forgets(void **state)
{
	OWN(region_clear) struct region r;

	(void)state;
	region_init(&r);
	uint32_t kept = region_take(&r, 64);
	size_t mark = r.used;
	uint32_t a = region_take(&r, 64);
	region_give_back(&r, a, 64);
	region_give_back(&r, kept, 64);
	region_truncate(&r, mark);
	assert_int_equal(region_take(&r, 64), a); // from the end, as the first time
	assert_true(region_take(&r, 64) != kept);
}

static void test_large_blocks(void **state)
{
	OWN(region_clear) struct region r;
	size_t size = 3 * (size_t)REGION_STEP + 5;

	(void)state;
	region_init(&r);
	for (int i = 0; i < 3; i++) {
		uint32_t ref = region_take(&r, size);

		memset(region_at(&r, ref), 1, size);
		region_give_back(&r, ref, size);
	}
	assert_true(r.lost >= 3 * size);
	assert_true(r.committed >= r.used && r.committed < r.used + REGION_STEP);
}

static void test_a_second_table_finds_the_memory_of_the_first(void **state)
{
	OWN(region_clear) struct region r;
	const size_t size = 3 * (size_t)REGION_STEP;

	(void)state;
	region_init(&r);
	uint32_t first = region_take(&r, 100);
	region_give_back(&r, first, 100);
	memset(region_at(&r, region_take(&r, size)), 7, size);
	size_t committed = r.committed;
	region_reset(&r);
	assert_int_equal(r.committed, committed);
	assert_int_equal(region_filled(&r), REGION_STEP);
	assert_int_equal(region_take(&r, 100), first); // the first place, not what was given back before
	uint32_t again = region_take(&r, size);
	assert_int_equal(*((unsigned char *)region_at(&r, again) + size / 2), 7); // not fetched from the kernel again
	assert_int_equal(r.committed, committed);
	assert_int_equal(region_filled(&r), committed);
}

static void test_what_is_shed_is_gone(void **state)
{
	OWN(region_clear) struct region r;
	const size_t size = 3 * (size_t)REGION_STEP;

	(void)state;
	region_init(&r);
	memset(region_at(&r, region_take(&r, size)), 7, size);
	region_reset(&r);
	uint32_t kept = region_take(&r, 100);
	memset(region_at(&r, kept), 9, 100);
	region_shed(&r, 2 * (size_t)REGION_STEP + 1);
	assert_int_equal(r.committed, 2 * (size_t)REGION_STEP);
	region_shed(&r, 0);
	assert_int_equal(r.committed, REGION_STEP);
	assert_int_equal(*(unsigned char *)region_at(&r, kept), 9);
	uint32_t again = region_take(&r, size);
	assert_int_equal(*((unsigned char *)region_at(&r, again) + size / 2), 0); // the kernel's, cleared
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_blocks_are_apart_and_stay),
		cmocka_unit_test(test_given_back_is_taken_again),
		cmocka_unit_test(test_every_size_up_to_a_mebibyte_is_taken_again),
		cmocka_unit_test(test_truncating_forgets),
		cmocka_unit_test(test_large_blocks),
		cmocka_unit_test(test_a_second_table_finds_the_memory_of_the_first),
		cmocka_unit_test(test_what_is_shed_is_gone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
