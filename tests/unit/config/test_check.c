// SPDX-License-Identifier: Apache-2.0
// Settings that are good alone but not together are refused, where the reader can change them.
#include "config/check.h"

#include "tests/unit/config/given.h"

#define GOAL(more) "tenants:\n  - id: shop\n    max_lookback: 3d\n    goals:\n      - name: g\n        lookback: 1d\n" more

static void test_no_lookback_is_longer_than_the_tenants(void **state)
{
	(void)state;
	given_is_refused("tenants:\n  - id: shop\n    max_lookback: 3d\n    goals:\n      - name: g\n        lookback: 73h\n",
		"lookback.yaml:6:9: lookback: 73h is longer than the tenant's max_lookback, 3d\n");
	given_is_refused("tenants:\n  - id: shop\n    max_lookback: 3d\n    goals:\n      - name: g\n",
		"lookback.yaml:5:9: lookback: 7d is longer than the tenant's max_lookback, 3d\n");
	OWN(config_free) struct config *equal = given_config(GOAL("        half_life: 1ms\n"));
	assert_int_equal(equal->tenants[0].goals[0].half_life_ms, 1);
}

static void test_conversions_need_an_event(void **state)
{
	(void)state;
	given_is_refused(GOAL("        source: conversions\n"),
		"lookback.yaml:5:9: event is missing: source: conversions needs the event name to select\n");
	given_is_refused(GOAL("        value_property: x\n"),
		"lookback.yaml:7:9: value_property: is for source: conversions; an order's value is its own\n");
	OWN(config_free)
	struct config *c = given_config(GOAL("        source: conversions\n        event: lead\n        value_property: score\n"));
	assert_string_equal(c->tenants[0].goals[0].event.p, "lead");
	assert_string_equal(c->tenants[0].goals[0].value_property.p, "score");
}

static void test_custom_needs_weights(void **state)
{
	(void)state;
	given_is_refused(GOAL("        model: custom\n"),
		"lookback.yaml:7:9: model: custom needs weights, as [40, 20, 40] for first, middle, last\n");
	given_is_refused(GOAL("        weights: [0, 0, 0]\n"), "lookback.yaml:7:18: weights: at least one must be above 0\n");
	given_is_refused(GOAL("        weights: [1, 2]\n"),
		"lookback.yaml:7:18: weights: needs three integers (first, middle, last), these are 2\n");
	given_is_refused(GOAL("        weights: [1, 2, 1001]\n"), "lookback.yaml:7:25: weights: \"1001\" is not an integer, 0 to 1000\n");
	given_is_refused(GOAL("        weights: [1, 2, null]\n"), "lookback.yaml:7:25: weights: has no value; it needs one\n");
	OWN(config_free) struct config *c = given_config(GOAL("        model: custom\n        weights: [0, 1000, 7]\n"));
	const int expected[3] = {0, 1000, 7};
	assert_memory_equal(c->tenants[0].goals[0].weights, expected, sizeof expected);
}

static void test_goal_names_differ_within_a_tenant(void **state)
{
	(void)state;
	given_is_refused(GOAL("      - name: h\n        lookback: 1d\n      - name: g\n        lookback: 1d\n"),
		"lookback.yaml:9:9: goal g is there twice, first in line 5\n");
	OWN(config_free) struct config *c = given_config("tenants: [{id: a, goals: [{name: g}]}, {id: b, goals: [{name: g}]}]\n");
	assert_int_equal(c->tenant_count, 2);
}

static void test_where_names_fields_of_the_source(void **state)
{
	(void)state;
	given_is_refused(GOAL("        where: {context.shopid: [pe]}\n"),
		"lookback.yaml:7:9: where: \"context.shopid\" is no field of orders; nearest: context.shop_id\n");
	given_is_refused(GOAL("        where: {conversion_id: x}\n"), "lookback.yaml:7:9: where: \"conversion_id\" is no field of orders\n");
	given_is_refused(GOAL("        where: {context.shop_id: []}\n"),
		"lookback.yaml:7:34: where: a path needs 1 to 1000 values, these are 0\n");
	given_is_refused(GOAL("        where: {context.shop_id: [pe, null]}\n"),
		"lookback.yaml:7:39: where: null is no text; for the word, put it into quotes\n");
	OWN(config_free)
	struct config *c = given_config(GOAL("        where: {status: [placed], context.shop_id: [pe, mx, pe], properties.any thing: true}\n"));
	const struct goal *g = &c->tenants[0].goals[0];
	assert_int_equal(g->where_count, 3);
	assert_string_equal(g->where[0].path.p, "context.shop_id");
	assert_int_equal(g->where[0].value_count, 2);
	assert_string_equal(g->where[0].values[0].p, "mx");
	assert_string_equal(g->where[1].path.p, "properties.any thing");
	assert_string_equal(g->where[1].values[0].p, "true");
}

static void test_an_order_lives_twice_the_lateness(void **state)
{
	(void)state;
	given_is_refused("attribution: {order_lifetime: 13d}\n",
		"lookback.yaml:1:15: attribution.order_lifetime: 13d is less than twice allowed_lateness, 14d\n");
	given_is_refused("attribution:\n  allowed_lateness: 91d\n",
		"lookback.yaml:2:3: attribution.order_lifetime: 180d is less than twice allowed_lateness, 182d\n");
	OWN(config_free) struct config *c = given_config("attribution: {order_lifetime: 14d}\n");
	assert_int_equal(c->attribution.order_lifetime_ms, 14 * 86400000);
}

static void test_topics_differ(void **state)
{
	(void)state;
	given_is_refused("topics:\n  clicks: same\n  roas: same\n",
		"lookback.yaml:3:3: topics.clicks and topics.roas are both same: topics differ\n");
	given_is_refused("topics:\n  clicks: orders\n", "lookback.yaml:2:3: topics.clicks and topics.orders are both orders: topics differ\n");
}

static void test_user_and_password_go_together(void **state)
{
	(void)state;
	given_is_refused("schema_registry: {user: me}\n",
		"lookback.yaml:1:19: schema_registry: user and password go together, password is missing\n");
	given_is_refused("schema_registry: {password: pw}\n",
		"lookback.yaml:1:19: schema_registry: user and password go together, user is missing\n");
}

static void test_one_event_id_per_conversion_needs_one_event(void **state)
{
	(void)state;
	given_is_refused(GOAL("        export: per_credit\n        event_id: conversion_id\n"),
		"lookback.yaml:8:9: event_id: conversion_id goes with export: last_touch_only; per_credit sends several events of a conversion\n");
	OWN(config_free) struct config *c = given_config(GOAL("        export: last_touch_only\n        event_id: conversion_id\n"));
	assert_int_equal(c->tenants[0].goals[0].destination.event_id, EVENT_ID_CONVERSION_ID);
}

static void test_an_endpoint_is_a_folder(void **state)
{
	(void)state;
	given_is_refused("events_sink: {endpoint: 'https://tiktok.example/v1.3'}\n",
		"lookback.yaml:1:15: events_sink.endpoint: https://tiktok.example/v1.3 does not end with /\n");
	OWN(config_free) struct config *c = given_config("events_sink: {endpoint: 'http://127.0.0.1:8080/open_api/v1.3/'}\n");
	assert_string_equal(c->events_sink.endpoint, "http://127.0.0.1:8080/open_api/v1.3/");
}

static void test_the_key_that_seals_is_known(void **state)
{
	(void)state;
	given_is_refused("seal:\n  current: b\n  keys: {a: x}\n", "lookback.yaml:2:3: seal.current: b is no key of seal.keys\n");
	given_is_refused("seal:\n  current: a\n", "lookback.yaml:2:3: seal.current: a is no key of seal.keys\n");
	given_is_refused("seal:\n  keys: {a: x, b: y}\n", "lookback.yaml:2:3: seal.current is missing: which of the 2 keys seals?\n");
	given_is_refused("seal:\n  keys: {a.b: x}\n",
		"lookback.yaml:2:3: seal.keys: the id a.b is not 1 to 32 letters, digits, underscores and hyphens\n");
	OWN(config_free) struct config *c = given_config("seal: {current: b, keys: {b: '${file:nowhere}', a: '${GIVEN_NOT_SET}'}}\n");
	assert_int_equal(c->seal.key_count, 2);
	assert_string_equal(c->seal.keys[0].from.p, "a");
	assert_string_equal(c->seal.keys[1].to.p, "${file:nowhere}");
	assert_string_equal(c->seal.current, "b");
}

static void test_costs_are_money_of_the_tenants_currency(void **state)
{
	// With line and column; a percentage has its bounds.
	(void)state;
	struct config *config = given_config(
		"tenants:\n  - id: shop\n    currency: EUR\n    costs: {cogs: 15, shipping: 4.50, fee_percent: 2.9, cogs_percent: 100}\n");

	config_free(&config);
	given_is_refused("tenants:\n  - id: shop\n    costs:\n      cogs: 15\n",
		"lookback.yaml:4:7: costs.cogs: money needs the tenant's currency\n");
	given_is_refused("tenants:\n  - id: shop\n    currency: EUR\n    costs:\n      return: 1.005\n",
		"lookback.yaml:5:7: costs.return: \"1.005\" is no amount of EUR, digits with at most 2 behind the point\n");
	given_is_refused("tenants:\n  - id: shop\n    currency: JPY\n    costs:\n      fee: -1\n",
		"lookback.yaml:5:7: costs.fee: \"-1\" is no amount of JPY, digits with at most 0 behind the point\n");
	given_is_refused("tenants:\n  - id: shop\n    costs:\n      fee_percent: 100.0001\n      cogs_percent: a\n",
		"lookback.yaml:5:7: costs.cogs_percent: \"a\" is no percentage from 0 to 100 with up to 4 decimals, as \"42.5\"\n"
		"lookback.yaml:4:7: costs.fee_percent: \"100.0001\" is no percentage from 0 to 100 with up to 4 decimals, as \"42.5\"\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_no_lookback_is_longer_than_the_tenants),
		cmocka_unit_test(test_conversions_need_an_event),
		cmocka_unit_test(test_custom_needs_weights),
		cmocka_unit_test(test_goal_names_differ_within_a_tenant),
		cmocka_unit_test(test_where_names_fields_of_the_source),
		cmocka_unit_test(test_an_order_lives_twice_the_lateness),
		cmocka_unit_test(test_topics_differ),
		cmocka_unit_test(test_user_and_password_go_together),
		cmocka_unit_test(test_one_event_id_per_conversion_needs_one_event),
		cmocka_unit_test(test_an_endpoint_is_a_folder),
		cmocka_unit_test(test_the_key_that_seals_is_known),
		cmocka_unit_test(test_costs_are_money_of_the_tenants_currency),
	};

	return GIVEN_TESTS(tests);
}
