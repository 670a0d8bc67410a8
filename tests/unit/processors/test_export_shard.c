// SPDX-License-Identifier: Apache-2.0
// What is published stands in the row; a tenant with very much waiting leaves the memory to others.
#include "tests/unit/processors/export_case.h"

static void test_what_is_published_stands_in_the_row(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_send_all(k, &c);
	struct ledger_row row = case_row(k, "shop|u|buy|o1");
	assert_int_equal(row.event_count, 1);
	assert_same_result(&row.events[0], case_last(k));
	assert_true(view_is_set(row.events[0].payload));
	case_free(k);
}

static void test_results_are_counted_by_verdict_until_the_commit(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 3);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	case_now += SECOND;
	assert_true(case_tick(k));
	assert_int_equal(k->s->counts.verdicts[EXPORT_INTENT], 3);
	case_abort(k);
	assert_int_equal(k->s->counts.verdicts[EXPORT_INTENT], 0);
	assert_true(case_tick(k));
	assert_int_equal(k->s->counts.verdicts[EXPORT_INTENT], 3);
	case_commit(k);
	assert_int_equal(k->s->counts.verdicts[EXPORT_INTENT], 0);
	case_free(k);
}

static void test_a_kept_conversion_that_cannot_be_read_is_fatal(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct attributed_conversion c;

	assert_int_equal(export_shard_conversion(k->s, VIEW_LIT("rubbish"), &c, &k->err), -1);
	assert_int_equal(k->err.class, ERR_FATAL);
	assert_non_null(strstr(k->err.words, "a conversion kept in the ledger"));
	case_free(k);
}

static void test_a_tenant_is_parked_only_for_the_sake_of_others(void **state)
{
	enum { MUGS, SHOP };

	(void)state;
	struct export_case *k = case_new();
	struct export_tenant *shop = &k->s->tenants[SHOP];

	for (int i = 0; i < EXPORT_WAITING_MAX / 2 + 10; i++)
		export_shard_wait(k->s, SHOP, case_now + DAY, VIEW_LIT("shop|u|buy|o"));
	assert_true(!shop->parked && shop->active && k->s->active_count == 1); // nobody else wants the room
	assert_int_equal(waiting_count(shop->waiting), EXPORT_WAITING_MAX / 2 + 10);
	export_shard_wait(k->s, MUGS, case_now + DAY, VIEW_LIT("mugs|u|buy|o"));
	assert_int_equal(k->s->active_count, 2);
	export_shard_wait(k->s, SHOP, case_now + DAY, VIEW_LIT("shop|u|buy|o"));
	assert_true(shop->parked);
	assert_int_equal(waiting_count(shop->waiting), EXPORT_WAITING_MAX / 2 + 10);
	export_shard_wait(k->s, MUGS, case_now + DAY, VIEW_LIT("mugs|u|buy|p"));
	assert_true(!k->s->tenants[MUGS].parked && waiting_count(k->s->tenants[MUGS].waiting) == 2);
	assert_int_equal(k->s->waiting_count, EXPORT_WAITING_MAX / 2 + 12);
	case_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_is_published_stands_in_the_row),
		cmocka_unit_test(test_results_are_counted_by_verdict_until_the_commit),
		cmocka_unit_test(test_a_kept_conversion_that_cannot_be_read_is_fatal),
		cmocka_unit_test(test_a_tenant_is_parked_only_for_the_sake_of_others),
	};

	return GIVEN_TESTS(tests);
}
