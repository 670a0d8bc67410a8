// SPDX-License-Identifier: Apache-2.0
// Campaigns, ad groups and ads are asked for with all that is deleted, and each field that is kept is read as it came, or as not said.
#include "tiktok/structure.h"

#include "tests/unit/tiktok/reading_case.h"

static const struct reader_limits limits;

static const struct structure *read_one(enum structure_level level, const char *item)
{
	OWN(buf_clear) struct buf data = {0};
	size_t n;

	end_case(NULL);
	reader = structure_reader_new(level, VIEW_LIT("7000000000000000001"), &limits);
	expect_ask("?advertiser_id=7000000000000000001&fields=[\"");
	buf_addf(&data, "{\"list\":[%s],\"page_info\":{\"total_number\":1,\"total_page\":1}}", item);
	buf_add_byte(&data, 0);
	answer_data(data.p);
	expect(READER_ROWS);
	const struct structure *rows = reader_rows(reader, &n);
	assert_int_equal(n, 1);
	return rows;
}

static void text_is(struct view found, const char *expected)
{
	if (!view_eq(found, view_text(expected)))
		fail_msg("%.*s is not %s", VIEW_ARG(found), expected ? expected : "absent");
}

static void a_level_is_asked_for_with_what_is_deleted(void **state)
{
	static const char *const paths[] = {"/campaign/get/", "/adgroup/get/", "/ad/get/"};

	(void)state;
	for (int level = 0; level < STRUCTURE_LEVELS; level++) {
		end_case(NULL);
		reader = structure_reader_new(level, VIEW_LIT("70"), &limits);
		expect_ask("&filtering={\"primary_status\":\"STATUS_ALL\"}&page=1&page_size=1000");
		assert_string_equal(asked.path, paths[level]);
		assert_string_equal(asked.limit_id, "70");
	}
}

static void a_campaign(void **state)
{
	(void)state;
	const struct structure *s = read_one(STRUCTURE_CAMPAIGN,
		"{\"campaign_id\":1711,\"campaign_name\":\"Summer \\\"sale\\\" \\ud83c\\udfd6\",\"objective_type\":\"WEB_CONVERSIONS\",\"budget\":500.5,"
		"\"budget_mode\":\"BUDGET_MODE_DAY\",\"operation_status\":\"ENABLE\",\"secondary_status\":\"CAMPAIGN_STATUS_DELETE\",\"bid_type\":null,"
		"\"roas_bid\":1.25,\"create_time\":\"2025-01-01 00:01:00\",\"modify_time\":\"\"}");
	text_is(s->id, "1711");
	text_is(s->name, "Summer \"sale\" \xf0\x9f\x8f\x96");
	text_is(s->objective, "WEB_CONVERSIONS");
	text_is(s->budget_mode, "BUDGET_MODE_DAY");
	text_is(s->bid_type, NULL);
	text_is(s->campaign_id, NULL);
	assert_true(s->deleted);
	assert_int_equal(s->level, STRUCTURE_CAMPAIGN);
	assert_true(s->budget.known && s->budget.micros == 500500000);
	assert_int_equal(s->roas_bid.micros, 1250000);
	assert_int_equal(s->create_ms, 1735689660000);
	assert_int_equal(s->modify_ms, READER_UNKNOWN);
	assert_false(read_one(STRUCTURE_CAMPAIGN, "{\"campaign_id\":1,\"budget\":null}")->budget.known);
	assert_true(read_one(STRUCTURE_CAMPAIGN, "{\"campaign_id\":1,\"budget\":0}")->budget.known);
}

static void an_ad_group(void **state)
{
	(void)state;
	const struct structure *s = read_one(STRUCTURE_ADGROUP,
		"{\"adgroup_id\":\"1721\",\"adgroup_name\":\"FR\",\"campaign_id\":\"1711\",\"optimization_goal\":\"CONVERT\",\"secondary_status\":"
		"\"ADGROUP_STATUS_DELIVERY_OK\",\"bid_price\":0,\"conversion_bid_price\":12.250,\"billing_event\":\"OCPM\",\"placement_type\":"
		"\"PLACEMENT_TYPE_NORMAL\",\"placements\":[\"PLACEMENT_TIKTOK\",null,5,\"\",\"PLACEMENT_PANGLE\"],\"bid_type\":{}}");
	text_is(s->id, "1721");
	text_is(s->campaign_id, "1711");
	text_is(s->objective, "CONVERT");
	text_is(s->billing_event, "OCPM");
	text_is(s->placement_type, "PLACEMENT_TYPE_NORMAL");
	text_is(s->bid_type, NULL);
	assert_false(s->deleted);
	assert_true(s->bid_price.known && s->bid_price.micros == 0);
	assert_int_equal(s->conversion_bid_price.micros, 12250000);
	assert_int_equal(s->placements.n, 3);
	text_is(s->placements.items[1], "5"); // a number is a text of its digits
	text_is(s->placements.items[2], "PLACEMENT_PANGLE");
}

static void an_ad(void **state)
{
	(void)state;
	const struct structure *s = read_one(STRUCTURE_AD,
		"{\"ad_id\":\"1731\",\"ad_name\":\"Clip A\",\"campaign_id\":\"1711\",\"adgroup_id\":\"1721\",\"ad_format\":\"SINGLE_VIDEO\",\"video_id\":\"v1\","
		"\"image_ids\":[\"i1\"],\"tiktok_item_id\":7300000000000000001,\"landing_page_url\":\"https://shop.example/mugs\",\"creative_type\":null,"
		"\"secondary_status\":\"AD_STATUS_CAMPAIGN_DELETE\",\"create_time\":\"2026-02-30 00:00:00\"}");
	text_is(s->adgroup_id, "1721");
	text_is(s->ad_format, "SINGLE_VIDEO");
	text_is(s->video_id, "v1");
	text_is(s->tiktok_item_id, "7300000000000000001");
	text_is(s->landing_page_url, "https://shop.example/mugs");
	text_is(s->creative_type, NULL);
	assert_int_equal(s->image_ids.n, 1);
	assert_true(s->deleted);
	assert_int_equal(s->create_ms, READER_UNKNOWN);
}

static void what_is_too_long_is_cut_between_characters(void **state)
{
	OWN(buf_clear) struct buf item = {0};

	(void)state;
	buf_add_text(&item, "{\"ad_id\":\"1\",\"image_ids\":[\"0\"");
	for (int i = 0; i < 1000; i++)
		buf_add_text(&item, ",\"1\"");
	buf_add_text(&item, "],\"ad_name\":\"x");
	for (int i = 0; i < 5000; i++)
		buf_add_text(&item, "\xc3\xa9");
	buf_add_text(&item, "\"}");
	buf_add_byte(&item, 0);
	const struct structure *s = read_one(STRUCTURE_AD, item.p);
	assert_int_equal(s->name.n, 4095);
	assert_true(bytes_are_utf8(s->name));
	assert_int_equal(s->image_ids.n, STRUCTURE_LIST_MAX);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(a_level_is_asked_for_with_what_is_deleted, end_case),
		cmocka_unit_test_teardown(a_campaign, end_case),
		cmocka_unit_test_teardown(an_ad_group, end_case),
		cmocka_unit_test_teardown(an_ad, end_case),
		cmocka_unit_test_teardown(what_is_too_long_is_cut_between_characters, end_case),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
