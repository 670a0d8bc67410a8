// SPDX-License-Identifier: Apache-2.0
// The role knows the exported goals of each tenant, hands the config's settings to the sender, and says who is paused.
#include "tests/unit/processors/export_case.h"

static void test_exported_goals_are_found_by_tenant_and_name(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	const struct export_goal *shop = export_role_goal(k->role, VIEW_LIT("shop"), VIEW_LIT("buy"));
	const struct export_goal *mugs = export_role_goal(k->role, VIEW_LIT("mugs"), VIEW_LIT("buy"));

	assert_non_null(shop);
	assert_non_null(mugs);
	assert_text_equal(shop->tenant->id, "shop");
	assert_true(shop->tenant_index == 1 && mugs->tenant_index == 0);
	assert_true(shop->goal->destination.delay_ms == SECOND && mugs->goal->destination.delay_ms == 0);
	assert_null(export_role_goal(k->role, VIEW_LIT("shop"), VIEW_LIT("kept")));
	assert_null(export_role_goal(k->role, VIEW_LIT("nobody"), VIEW_LIT("buy")));
	assert_null(export_role_goal(k->role, VIEW_LIT("shop"), VIEW_LIT("")));
	case_free(k);
}

static void test_without_exported_goals_none_is_found(void **state)
{
	(void)state;
	struct export_case *k = case_new_of(events_sink_processor(), "tenants: [{id: shop, goals: [{name: buy, source: orders}]}]\n");

	assert_null(export_role_goal(k->role, VIEW_LIT("shop"), VIEW_LIT("buy")));
	assert_false(export_role_tells_orders(k->config));
	case_free(k);
}

static void test_the_sender_gets_what_the_config_says(void **state)
{
	(void)state;
	struct export_case *k = case_new_of(events_sink_processor(),
		"events_sink: {endpoint: 'https://stand-in.test/v/', batch: 77, batch_age: 123ms, requests_in_flight: 5, request_timeout: 9s, app_rate: 11, "
		"advertiser_rate: 3, order_path: x/y/, order_header: X-Token}\n"
		"tenants: [{id: shop, tiktok: {advertiser_id: '71', access_token: t}, order_sync: {statuses: {placed: CREATE_ORDER}}}]\n");
	const struct send_options *o = &tiktok.options;

	assert_string_equal(o->endpoint, "https://stand-in.test/v/");
	assert_string_equal(o->order_path, "x/y/");
	assert_string_equal(o->order_header, "X-Token");
	assert_true(o->batch_events == 77 && o->batch_age_ms == 123 && o->requests_in_flight == 5 && o->timeout_ms == 9000);
	assert_int_equal((int64_t)o->app_per_second, 11);
	assert_int_equal((int64_t)o->advertiser_per_second, 3);
	assert_true(export_role_tells_orders(k->config) && k->role->orders[0]);
	OWN(buf_clear) struct buf token = {0};
	uint64_t version;
	assert_int_equal(o->tokens.get(o->tokens.context, VIEW_LIT("shop"), &token, &version, &k->err), 0);
	assert_text_equal(buf_view(&token), "t");
	case_free(k);
}

static void test_it_says_who_is_paused(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	const struct pause pause = {1, false, 3, CASE_NOW, CASE_NOW + 600000, 40105, "expired"};
	OWN(buf_clear) struct buf json = {0};

	export_role_pause(k->role, &pause);
	export_role_describe(k->role, &json);
	buf_add_byte(&json, 0);
	assert_non_null(strstr(json.p, "\"shop\""));
	assert_non_null(strstr(json.p, "40105"));
	export_role_go_on(k->role, &pause);
	buf_reset(&json);
	export_role_describe(k->role, &json);
	buf_add_byte(&json, 0);
	assert_null(strstr(json.p, "\"shop\""));
	case_free(k);
}

static void test_a_shard_that_is_closed_pauses_nobody(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);
	OWN(buf_clear) struct buf json = {0};

	case_send_all(k, &c);
	tiktok_answers(0, SEND_PAUSED, 40105);
	case_tick(k);
	export_role_describe(k->role, &json);
	buf_add_byte(&json, 0);
	assert_non_null(strstr(json.p, "\"shop\""));
	case_close_shard(k);
	buf_reset(&json);
	export_role_describe(k->role, &json);
	buf_add_byte(&json, 0);
	assert_null(strstr(json.p, "\"shop\""));
	case_open_shard(k);
	case_free(k);
}

static void test_a_goal_that_cannot_be_sent_stops_the_start(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config(
		"tenants: [{id: shop, tiktok: {advertiser_id: '71', access_token: t, pixel_code: P}, goals: [{name: buy, source: orders, "
		"export: per_credit, destination: {fields: {user.emial: '{context.email}'}}}]}]\n");
	struct export_role *role = NULL;
	struct err err;

	assert_int_equal(export_role_new(c, NULL, &role, &err), -1);
	assert_null(role);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "event_field");
	if (!strstr(err.words, "shop") || !strstr(err.words, "buy"))
		fail_msg("%s", err.words);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_exported_goals_are_found_by_tenant_and_name),
		cmocka_unit_test(test_without_exported_goals_none_is_found),
		cmocka_unit_test(test_the_sender_gets_what_the_config_says),
		cmocka_unit_test(test_it_says_who_is_paused),
		cmocka_unit_test(test_a_shard_that_is_closed_pauses_nobody),
		cmocka_unit_test(test_a_goal_that_cannot_be_sent_stops_the_start),
	};

	return GIVEN_TESTS(tests);
}
