// SPDX-License-Identifier: Apache-2.0
// Promise: each key has one record, zeroed when new, that survives growth; `most` is a ceiling for new keys alone; a reset forgets all.
#include "runtime/key_table.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"

enum { MANY = 100000 };

static uint64_t *at(struct key_table *t, int i)
{
	char key[32];

	snprintf(key, sizeof key, "shop|purchase|%d", i);
	return key_table_at(t, view_text(key));
}

static void test_records_survive_growth(void **state)
{
	(void)state;
	OWN(key_table_free) struct key_table *t = key_table_new(16, MANY);

	for (int i = 0; i < MANY; i++) {
		uint64_t *record = at(t, i);

		assert_non_null(record);
		assert_int_equal(record[0] | record[1], 0);
		record[0] = (uint64_t)i + 1;
		record[1] = ~(uint64_t)i;
	}
	assert_int_equal(key_table_count(t), MANY);
	for (int i = 0; i < MANY; i++) {
		assert_int_equal(at(t, i)[0], i + 1);
		assert_int_equal(at(t, i)[1], ~(uint64_t)i);
	}
	assert_int_equal(key_table_count(t), MANY);
}

static void test_a_ceiling_for_new_keys(void **state)
{
	(void)state;
	OWN(key_table_free) struct key_table *t = key_table_new(8, 2);

	*at(t, 1) = 10;
	*at(t, 2) = 20;
	assert_null(at(t, 3));
	assert_int_equal(*at(t, 1), 10);
	assert_int_equal(key_table_count(t), 2);
}

static void test_found_or_not(void **state)
{
	(void)state;
	OWN(key_table_free) struct key_table *t = key_table_new(8, 10);

	assert_null(key_table_find(t, VIEW_LIT("a")));
	assert_int_equal(key_table_count(t), 0);
	*(uint64_t *)key_table_at(t, VIEW_LIT("a")) = 7;
	assert_int_equal(*(uint64_t *)key_table_find(t, VIEW_LIT("a")), 7);
	assert_null(key_table_find(t, VIEW_LIT("")));
	*(uint64_t *)key_table_at(t, VIEW_ABSENT) = 8; // a record without a key
	assert_int_equal(*(uint64_t *)key_table_find(t, VIEW_LIT("")), 8);
}

static void test_reset_forgets(void **state)
{
	(void)state;
	OWN(key_table_free) struct key_table *t = key_table_new(8, 2);

	*at(t, 1) = 10;
	*at(t, 2) = 20;
	key_table_reset(t);
	assert_int_equal(key_table_count(t), 0);
	assert_null(key_table_find(t, VIEW_LIT("shop|purchase|1")));
	assert_int_equal(*at(t, 3), 0);
	assert_int_equal(*at(t, 1), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_survive_growth),
		cmocka_unit_test(test_a_ceiling_for_new_keys),
		cmocka_unit_test(test_found_or_not),
		cmocka_unit_test(test_reset_forgets),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
