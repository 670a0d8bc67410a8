// SPDX-License-Identifier: Apache-2.0
// Every ad is in one part; no part has more ads than a report answers for nor more ids than a filter takes; a campaign that is too large is read by ad group.
#include "processors/spend-ingest/ad_parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "tiktok/report.h"

enum { ADS_MAX = 5000 };

struct fixture {
	char texts[ADS_MAX][2][16];
	struct ad_parents ads[ADS_MAX];
	size_t n;
	struct ad_parts parts;
};

static struct fixture *fixture;

static int set_up(void **state)
{
	(void)state;
	fixture = calloc(1, sizeof *fixture);
	return fixture ? 0 : -1;
}

static int tear_down(void **state)
{
	(void)state;
	ad_parts_clear(&fixture->parts);
	free(fixture);
	return 0;
}

static void add(int campaign, int adgroup, int count)
{
	while (count-- > 0) {
		size_t i = fixture->n++;

		assert_true(i < ADS_MAX);
		snprintf(fixture->texts[i][0], 16, "c%d", campaign);
		snprintf(fixture->texts[i][1], 16, "c%dg%d", campaign, adgroup);
		fixture->ads[i] = (struct ad_parents){view_text(fixture->texts[i][0]), view_text(fixture->texts[i][1])};
	}
}

static void plan(size_t most)
{
	ad_parts_plan(&fixture->parts, fixture->ads, fixture->n, most);
	memset(fixture->texts, '?', sizeof fixture->texts); // they go, the parts stay
}

static bool has(const struct ad_part *part, const char *id)
{
	for (size_t i = 0; i < part->n; i++)
		if (view_eq(fixture->parts.ids[part->from + i], view_text(id)))
			return true;
	return false;
}

static void test_an_account_that_a_report_holds_is_one_part_without_ids(void **state)
{
	(void)state;
	add(1, 1, 10);
	plan(10);
	assert_int_equal(fixture->parts.n, 1);
	assert_int_equal(fixture->parts.p[0].n, 0);
	assert_int_equal(fixture->parts.left_out, 0);
	fixture->n = 0;
	plan(10);
	assert_int_equal(fixture->parts.n, 1);
	assert_int_equal(fixture->parts.p[0].n, 0);
}

static void test_campaigns_fill_parts(void **state)
{
	(void)state;
	for (int round = 0; round < 4; round++) // not in order
		for (int c = 1; c <= 3; c++)
			add(c, round, 1);
	add(4, 1, 3);
	plan(8);
	assert_int_equal(fixture->parts.n, 2);
	const struct ad_part *p = fixture->parts.p;
	assert_int_equal(p[0].ads, 8);
	assert_true(!p[0].by_adgroup && p[0].n == 2 && has(&p[0], "c1") && has(&p[0], "c2"));
	assert_int_equal(p[1].ads, 7);
	assert_true(!p[1].by_adgroup && p[1].n == 2 && has(&p[1], "c3") && has(&p[1], "c4"));
}

static void test_a_filter_takes_so_many_ids(void **state)
{
	(void)state;
	for (int c = 0; c < 2 * REPORT_PARENTS_MAX + 1; c++)
		add(c, 1, 1);
	plan(2 * REPORT_PARENTS_MAX);
	assert_int_equal(fixture->parts.n, 3);
	assert_int_equal(fixture->parts.p[0].n, REPORT_PARENTS_MAX);
	assert_int_equal(fixture->parts.p[1].n, REPORT_PARENTS_MAX);
	assert_int_equal(fixture->parts.p[2].n, 1);
}

static void test_a_campaign_that_is_too_large_is_read_by_ad_group(void **state)
{
	(void)state;
	add(1, 1, 2);
	for (int g = 0; g < 4; g++)
		add(2, g, 3);
	add(3, 1, 2);
	plan(7);
	const struct ad_part *p = fixture->parts.p;
	assert_int_equal(fixture->parts.n, 4);
	assert_true(!p[0].by_adgroup && p[0].n == 1 && has(&p[0], "c1"));
	assert_true(p[1].by_adgroup && p[1].n == 2 && has(&p[1], "c2g0") && has(&p[1], "c2g1"));
	assert_true(p[2].by_adgroup && p[2].n == 2 && has(&p[2], "c2g2") && has(&p[2], "c2g3"));
	assert_true(!p[3].by_adgroup && p[3].n == 1 && has(&p[3], "c3"));
	assert_int_equal(fixture->parts.left_out, 0);
}

static void test_what_no_part_can_have_is_counted(void **state)
{
	(void)state;
	add(1, 1, 9);
	add(1, 2, 1);
	add(2, 1, 3);
	for (size_t i = fixture->n - 3; i < fixture->n; i++)
		fixture->ads[i].campaign = VIEW_ABSENT;
	plan(8);
	assert_int_equal(fixture->parts.left_out, 12);
	assert_int_equal(fixture->parts.n, 1);
	assert_true(fixture->parts.p[0].by_adgroup && has(&fixture->parts.p[0], "c1g2"));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_setup_teardown(test_an_account_that_a_report_holds_is_one_part_without_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_campaigns_fill_parts, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_filter_takes_so_many_ids, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_a_campaign_that_is_too_large_is_read_by_ad_group, set_up, tear_down),
		cmocka_unit_test_setup_teardown(test_what_no_part_can_have_is_counted, set_up, tear_down),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
