// SPDX-License-Identifier: Apache-2.0
// Memory of a batch is aligned, stays where it is until the reset, and is used again after it.
#include "base/arena.h"

#include <malloc.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"

static void test_pieces_are_aligned_and_apart(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {.block = 256};
	char *pieces[200];

	for (int i = 0; i < 200; i++) {
		pieces[i] = arena_take(&a, (size_t)i);
		assert_int_equal((uintptr_t)pieces[i] % 16, 0);
		memset(pieces[i], i, (size_t)i);
	}
	for (int i = 0; i < 200; i++) {
		for (int at = 0; at < i; at++)
			assert_int_equal((unsigned char)pieces[i][at], i);
	}
}

static void test_cleared_memory_is_zero(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {0};

	memset(arena_take(&a, 1000), 0xff, 1000);
	arena_reset(&a);
	const char *p = arena_zero(&a, 1000);
	for (int i = 0; i < 1000; i++)
		assert_int_equal(p[i], 0);
}

static void test_a_copy_ends_with_nul_and_absent_stays_absent(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {0};
	struct view copy = arena_dup(&a, view_of("abcdef", 3));

	assert_string_equal(copy.p, "abc");
	assert_int_equal(copy.n, 3);
	assert_false(view_is_set(arena_dup(&a, VIEW_ABSENT)));
	struct view empty = arena_dup(&a, VIEW_LIT(""));
	assert_true(view_is_set(empty));
	assert_string_equal(empty.p, "");
}

static void test_a_mark_gives_back_what_came_after_it(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {.block = 128};
	char *kept = arena_take(&a, 64);
	struct arena_mark mark = arena_mark(&a);

	memcpy(kept, "kept", 5);
	char *after = arena_take(&a, 32);
	for (int i = 0; i < 50; i++)
		arena_take(&a, 100);
	arena_return(&a, mark);
	assert_int_equal(a.used, 64);
	assert_ptr_equal(arena_take(&a, 32), after);
	assert_string_equal(kept, "kept");
}

static void test_a_reset_uses_the_same_blocks_again(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {.block = 128};
	void *first = arena_take(&a, 100), *second = arena_take(&a, 100);

	arena_reset(&a);
	assert_int_equal(a.used, 0);
	assert_ptr_equal(arena_take(&a, 100), first);
	assert_ptr_equal(arena_take(&a, 100), second);
}

static void test_more_than_a_block_is_fine(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {.block = 128};

	memset(arena_take(&a, 10000), 1, 10000);
	arena_reset(&a);
	memset(arena_take(&a, 20000), 2, 20000);
	memset(arena_take(&a, 10), 3, 10);
	assert_int_equal(a.used, 20016);
}

// Each piece is a little larger than all before it: no block that was made for an earlier one would do.
static void test_large_pieces_do_not_pile_up(void **state)
{
	(void)state;
	OWN(arena_clear) struct arena a = {0};
	size_t before = mallinfo2().uordblks + mallinfo2().hblkhd;

	for (size_t i = 1; i <= 100; i++) {
		struct arena_mark mark;

		arena_take(&a, i * 100000);
		mark = arena_mark(&a);
		arena_take(&a, i * 100001);
		arena_return(&a, mark);
		arena_take(&a, i * 100002);
		arena_reset(&a);
	}
	size_t after = mallinfo2().uordblks + mallinfo2().hblkhd;
	assert_true(after < before + 1000000); // a sanitizer's allocator tells nothing here
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_pieces_are_aligned_and_apart),
		cmocka_unit_test(test_cleared_memory_is_zero),
		cmocka_unit_test(test_a_copy_ends_with_nul_and_absent_stays_absent),
		cmocka_unit_test(test_a_mark_gives_back_what_came_after_it),
		cmocka_unit_test(test_a_reset_uses_the_same_blocks_again),
		cmocka_unit_test(test_more_than_a_block_is_fine),
		cmocka_unit_test(test_large_pieces_do_not_pile_up),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
