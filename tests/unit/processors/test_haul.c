// SPDX-License-Identifier: Apache-2.0
// Rows are taken over with texts of their own; hours become days of UTC; what is unknown stays unknown; an entity's body ends with `deleted` and `fetched_at`.
#include "processors/spend-ingest/haul.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/contract.h"
#include "tiktok/account.h"
#include "tiktok/structure.h"

static const int64_t HOUR_MS = 3600000;

static void free_haul(struct haul **h)
{
	haul_free(*h);
}

static struct haul *new_haul(void)
{
	struct haul *h = haul_new(VIEW_LIT("shop"), VIEW_LIT("700"));

	h->from = 0;
	h->to = 1000;
	return h;
}

static struct report_row ad_row(const char *ad, int32_t day, int64_t clicks)
{
	return (struct report_row){.ad_id = view_text(ad),
		.campaign_id = VIEW_LIT("c"),
		.adgroup_id = VIEW_LIT("g"),
		.day = day,
		.hour = -1,
		.spend = {true, 1500000},
		.impressions = 10,
		.clicks = clicks,
		.conversions = READER_UNKNOWN,
		.vta_conversions = 0,
		.cta_conversions = READER_UNKNOWN,
		.web_value = {true, 5},
		.app_value = {false, 0}};
}

static void test_rows_come_in_the_order_of_level_day_and_entity(void **state)
{
	OWN(free_haul) struct haul *h = new_haul();
	char ad[2] = "b";
	struct report_row rows[] = {ad_row(ad, 7, 1), ad_row("a", 7, 2), ad_row("a", 6, 3), ad_row("", 7, 4), ad_row("z", 1001, 5)};

	(void)state;
	rows[3].ad_id = VIEW_ABSENT; // the account's own
	haul_take_report(h, rows, 5);
	ad[0] = '?'; // the reader's texts are gone
	haul_sort_rows(h);
	assert_int_equal(h->rows_n, 4);
	assert_int_equal(h->rows[0].level, LEVEL_ADVERTISER);
	assert_true(view_eq(h->rows[0].entity, VIEW_LIT("700")));
	assert_int_equal(h->rows[1].clicks, 3);
	assert_int_equal(h->rows[2].clicks, 2);
	assert_true(view_eq(h->rows[3].entity, VIEW_LIT("b")));
	assert_int_equal(h->rows[3].spend_micros, 1500000);
	assert_int_equal(h->rows[3].conversions, TIME_ABSENT);
	assert_int_equal(h->rows[3].vta_conversions, 0);
	assert_int_equal(h->rows[3].value_micros, 5);
	assert_true(view_eq(h->rows[3].campaign, VIEW_LIT("c")));
}

static void test_hours_become_days_of_utc(void **state)
{
	OWN(free_haul) struct haul *h = new_haul();
	struct report_row rows[3];

	(void)state;
	for (int i = 0; i < 3; i++) {
		rows[i] = ad_row("a", 7, 1);
		rows[i].from_ms = 7 * 24 * HOUR_MS + (22 + i) * HOUR_MS;
	}
	rows[1].conversions = 2;
	h->days_in_utc = true;
	haul_take_report(h, rows, 3);
	haul_sort_rows(h);
	assert_int_equal(h->rows_n, 2);
	assert_int_equal(h->rows[0].day, 7);
	assert_int_equal(h->rows[0].clicks, 2);
	assert_int_equal(h->rows[0].spend_micros, 3000000);
	assert_int_equal(h->rows[0].conversions, TIME_ABSENT); // of one hour it is not known
	assert_int_equal(h->rows[1].day, 8);
}

static void test_an_entity_ends_with_deleted_and_the_time(void **state)
{
	OWN(free_haul) struct haul *h = new_haul();
	const struct structure ad = {.level = STRUCTURE_AD,
		.id = VIEW_LIT("1755"),
		.name = VIEW_LIT("Clip"),
		.video_id = VIEW_LIT("v"),
		.landing_page_url = VIEW_LIT("https://shop.example/a?email=x&ttclid=__CLICKID__"),
		.create_ms = READER_UNKNOWN,
		.modify_ms = READER_UNKNOWN,
		.deleted = true};
	struct ad_entity expected = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("700"),
		.level = LEVEL_AD,
		.entity_id = VIEW_LIT("1755"),
		.name = VIEW_LIT("Clip"),
		.budget_micros = TIME_ABSENT,
		.bid_micros = TIME_ABSENT,
		.creative_ids = {(struct view[]){VIEW_LIT("v")}, 1},
		.landing_page_url = VIEW_LIT("https://shop.example/a?ttclid=__CLICKID__"),
		.create_time = TIME_ABSENT,
		.modify_time = TIME_ABSENT,
		.deleted = 1};
	OWN(buf_clear) struct buf body = {0};

	(void)state;
	haul_take_structure(h, &ad, 1);
	contract_encode(contract_ad_entity, &expected, &body);
	assert_int_equal(h->entities_n, 1);
	assert_true(view_eq(h->entities[0].body, buf_view(&body)));
	assert_int_equal(body.p[body.n - 1], 0);
	assert_int_equal(body.p[body.n - 2], 1);
	expected.deleted = 0;
	buf_reset(&body);
	contract_encode(contract_ad_entity, &expected, &body);
	assert_int_equal(body.p[body.n - 2], 0);
	assert_memory_equal(body.p, h->entities[0].body.p, body.n - 2);
}

static void test_another_account_is_not_taken(void **state)
{
	OWN(free_haul) struct haul *h = new_haul();
	struct account accounts[] = {
		{.advertiser_id = VIEW_LIT("701"), .currency = VIEW_LIT("USD")},
		{.advertiser_id = VIEW_LIT("700"),
			.currency = VIEW_LIT("EUR"),
			.timezone = VIEW_LIT("Etc/GMT+8"),
			.display_timezone = VIEW_LIT("Europe/Paris")},
	};

	(void)state;
	haul_take_account(h, accounts, 1);
	assert_false(h->account.found);
	haul_take_account(h, accounts, 2);
	assert_true(h->account.found);
	assert_true(view_eq(h->account.currency, VIEW_LIT("EUR")));
	assert_true(view_eq(h->account.zone, VIEW_LIT("Europe/Paris")));
	haul_reset(h);
	assert_false(h->account.found);
	assert_int_equal(h->entities_n, 0);
	assert_true(view_eq(h->advertiser, VIEW_LIT("700")));
}

static int setup(void **state)
{
	struct err err;

	(void)state;
	return contract_setup(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_come_in_the_order_of_level_day_and_entity),
		cmocka_unit_test(test_hours_become_days_of_utc),
		cmocka_unit_test(test_an_entity_ends_with_deleted_and_the_time),
		cmocka_unit_test(test_another_account_is_not_taken),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
