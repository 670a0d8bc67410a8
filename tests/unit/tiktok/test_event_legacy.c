// SPDX-License-Identifier: Apache-2.0
// The older offline endpoint gets its own shape: lists of two match keys, an ISO time, few properties.
#include "tests/unit/tiktok/event_case.h"

static void an_element_of_batch(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.offline_api = OFFLINE_LEGACY;
	k.goal.destination.source = SOURCE_OFFLINE;
	k.goal.destination.offline_event_set_id = T("7111");
	k.c.context.email = T("86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d");
	k.c.context.phone = T("42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8");
	k.c.context.external_id = T("ad286f91dcd219ecec032064d462c7066dbf6b1704fbdf02f8c52944832e17ea");
	case_item(&k, (struct item){.id = T("SKU-9"), .price = T("39.95"), .quantity = 2, .brand = T("Acme")});
	case_property(&k, T("event_channel"), T("in_store"));
	case_field(&k, T("properties.till"), T("till {context.shop_id}"));
	k.c.context.shop_id = T("4");
	assert_string_equal(case_json(&k),
		"{\"type\":\"track\",\"event\":\"Purchase\",\"event_id\":\"714ec52445c1f1b1761be46135b83b15\",\"timestamp\":\"2026-07-22T08:44:55Z\","
		"\"context\":{\"user\":{\"emails\":[\"86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d\"],"
		"\"phone_numbers\":[\"42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8\"]}},"
		"\"properties\":{\"contents\":[{\"content_id\":\"SKU-9\",\"price\":39.95,\"quantity\":2}],\"order_id\":\"o-99812\",\"shop_id\":\"4\","
		"\"currency\":\"PEN\",\"value\":79.90,\"event_channel\":\"in_store\",\"till\":\"till 4\"}}");
	assert_int_equal(k.written.address.api, EVENT_API_OFFLINE);
	case_clear(&k);
}

static void only_offline_events_take_it(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.offline_api = OFFLINE_LEGACY;
	assert_has(case_json(&k), "\"event_time\":1784709895");
	assert_int_equal(k.written.address.api, EVENT_API_TRACK);
	case_clear(&k);
}

static void without_match_keys_it_is_still_json(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.offline_api = OFFLINE_LEGACY;
	k.goal.destination.source = SOURCE_OFFLINE;
	k.goal.destination.offline_event_set_id = T("7111");
	assert_has(case_json(&k), "\"context\":{\"user\":{}},\"properties\":{\"order_id\":\"o-99812\",\"currency\":\"PEN\",\"value\":79.90}}");
	case_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(an_element_of_batch),
		cmocka_unit_test(only_offline_events_take_it),
		cmocka_unit_test(without_match_keys_it_is_still_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
