// SPDX-License-Identifier: Apache-2.0
// Costs come from the sums, half to even; two rows are the same if they say the same, whenever they were read; a day of zeros is a day without a row.
#include "processors/spend-ingest/snapshot.h"

#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/own.h"

static const struct snapshot_of whose = {VIEW_LIT("shop"), VIEW_LIT("700"), VIEW_LIT("America/Lima"), VIEW_LIT("PEN")};

static struct report_snapshot filled(struct haul_row row, int64_t fetched_at)
{
	struct report_snapshot s;

	row.entity = VIEW_LIT("1755");
	snapshot_fill(&whose, &row, fetched_at, VIEW_LIT("2026-07-20"), &s);
	return s;
}

static struct haul_row row_of(int64_t spend, int64_t impressions, int64_t clicks, int64_t conversions)
{
	return (struct haul_row){.level = LEVEL_AD,
		.spend_micros = spend,
		.impressions = impressions,
		.clicks = clicks,
		.conversions = conversions,
		.cta_conversions = TIME_ABSENT,
		.vta_conversions = TIME_ABSENT,
		.value_micros = TIME_ABSENT};
}

static void test_costs_are_of_the_sums(void **state)
{
	struct report_snapshot s = filled(row_of(20000000, 4696, 51, 3), 1);

	(void)state;
	assert_int_equal(s.cpc_micros, 392157);
	assert_int_equal(s.cpm_micros, 4258944);
	assert_int_equal(s.ctr_nanos, 10860307);
	assert_int_equal(s.cpa_micros, 6666667);
}

static void test_half_goes_to_the_even_one(void **state)
{
	(void)state;
	assert_int_equal(filled(row_of(5, 1, 2, 1), 1).cpc_micros, 2);
	assert_int_equal(filled(row_of(7, 1, 2, 1), 1).cpc_micros, 4);
	assert_int_equal(filled(row_of(-5, 1, 2, 1), 1).cpc_micros, -2);
	assert_int_equal(filled(row_of(-7, 1, 2, 1), 1).cpc_micros, -4);
	assert_int_equal(filled(row_of(-8, 1, 3, 1), 1).cpc_micros, -3);
}

static void test_what_cannot_be_said_is_absent(void **state)
{
	struct report_snapshot s = filled(row_of(20000000, 0, 0, TIME_ABSENT), 1);

	(void)state;
	assert_int_equal(s.cpc_micros, TIME_ABSENT);
	assert_int_equal(s.cpm_micros, TIME_ABSENT);
	assert_int_equal(s.ctr_nanos, TIME_ABSENT);
	assert_int_equal(s.cpa_micros, TIME_ABSENT);
	assert_int_equal(filled(row_of(INT64_MAX, 1, 1, 1), 1).cpm_micros, TIME_ABSENT); // beyond what a long holds
}

static void test_the_digest_is_of_what_is_said(void **state)
{
	OWN(buf_clear) struct buf spare = {0};
	struct report_snapshot a = filled(row_of(20000000, 4696, 51, 3), 1), b = filled(row_of(20000000, 4696, 51, 3), 2);

	(void)state;
	assert_int_equal(snapshot_digest(&a, &spare), snapshot_digest(&b, &spare));
	b.vta_conversions = 0;
	assert_int_not_equal(snapshot_digest(&a, &spare), snapshot_digest(&b, &spare));
	b = a;
	b.campaign_id = VIEW_LIT("1");
	assert_int_not_equal(snapshot_digest(&a, &spare), snapshot_digest(&b, &spare));
	b = a;
	b.day_zone = VIEW_LIT("UTC");
	assert_int_not_equal(snapshot_digest(&a, &spare), snapshot_digest(&b, &spare));
}

static void test_zeros_are_nothing(void **state)
{
	OWN(buf_clear) struct buf spare = {0};
	struct report_snapshot s = filled(row_of(0, 0, 0, TIME_ABSENT), 1);

	(void)state;
	assert_int_equal(snapshot_digest(&s, &spare), SNAPSHOT_ZERO);
	s.value_micros = 1;
	assert_true(snapshot_digest(&s, &spare) > SNAPSHOT_ZERO);
	s = filled(row_of(TIME_ABSENT, 0, 0, 0), 1);
	assert_true(snapshot_digest(&s, &spare) > SNAPSHOT_ZERO); // that nothing is known of the spend is something
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_costs_are_of_the_sums),
		cmocka_unit_test(test_half_goes_to_the_even_one),
		cmocka_unit_test(test_what_cannot_be_said_is_absent),
		cmocka_unit_test(test_the_digest_is_of_what_is_said),
		cmocka_unit_test(test_zeros_are_nothing),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
