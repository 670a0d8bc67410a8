// SPDX-License-Identifier: Apache-2.0
// One event of each source, byte for byte: everything that a record carries and TikTok takes is there, nothing else.
#include "tests/unit/tiktok/event_case.h"

#define EMAIL "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d"
#define PHONE "42d573cfc315801d4cd8eddd5416b416a0bf298b9b9e12d6b07442c91db42bd8"
#define PERSON "ad286f91dcd219ecec032064d462c7066dbf6b1704fbdf02f8c52944832e17ea"
#define HEAD "{\"event\":\"Purchase\",\"event_time\":1784709895,\"event_id\":\"714ec52445c1f1b1761be46135b83b15\","

static struct event_case full_case(void)
{
	struct event_case k = case_new();
	struct context *c = &k.c.context;

	c->email = T(EMAIL);
	c->phone = T(PHONE);
	c->external_id = T(PERSON);
	c->ttp = T("2F7h37YkS1j57AYSKTI7IHhJPYH");
	c->ip = T("203.0.113.9");
	c->user_agent = T("Mozilla/5.0 (X11; Linux x86_64)");
	c->page_url = T("https://shop.example/thanks?utm_id=7");
	c->page_referrer = T("https://shop.example/pay");
	c->locale = T("es_PE");
	c->limited_data_use = 0;
	c->shop_id = T("pe");
	c->search_string = T("mug");
	case_item(&k, (struct item){T("SKU-9"), T("Mug \"Ñandú\""), T("39.9500"), 2, VIEW_ABSENT, T("Kitchen > Mugs"), T("Acme")});
	return k;
}

static void web(void **state)
{
	struct event_case k = full_case();

	(void)state;
	assert_string_equal(case_json(&k),
		HEAD
		"\"user\":{\"email\":[\"" EMAIL "\"],\"phone\":[\"" PHONE "\"],\"external_id\":[\"" PERSON "\"],\"ttclid\":\"E.C.P.AbCd_1234-xyz\","
		"\"ttp\":\"2F7h37YkS1j57AYSKTI7IHhJPYH\",\"ip\":\"203.0.113.9\",\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64)\",\"locale\":\"es-PE\"},"
		"\"page\":{\"url\":\"https://shop.example/thanks?utm_id=7\",\"referrer\":\"https://shop.example/pay\"},"
		"\"properties\":{\"contents\":[{\"content_id\":\"SKU-9\",\"content_name\":\"Mug \\\"Ñandú\\\"\",\"content_category\":\"Kitchen > Mugs\","
		"\"brand\":\"Acme\",\"price\":39.95,\"quantity\":2}],\"content_ids\":[\"SKU-9\"],\"content_type\":\"product\",\"num_items\":2,"
		"\"currency\":\"PEN\",\"value\":79.90,\"order_id\":\"o-99812\",\"shop_id\":\"pe\",\"search_string\":\"mug\",\"query\":\"mug\","
		"\"description\":\"Purchase\"},\"limited_data_use\":false}");
	assert_int_equal(k.written.address.api, EVENT_API_TRACK);
	assert_int_equal(k.written.address.source, EVENT_SOURCE_WEB);
	assert_true(view_eq(k.written.address.source_id, T("C4EXAMPLE0PIXEL0CODE")));
	assert_false(view_is_set(k.written.address.test_event_code));
	assert_true(view_eq(k.written.name, T("Purchase")));
	case_clear(&k);
}

// Its advertising ids leave hashed, of the zeros of a device that gives none nothing is left, and no click id of a browser is said.
static void app(void **state)
{
	struct event_case k = full_case();

	(void)state;
	k.tenant.tiktok.app_id = T("7000000000000000001");
	k.goal.destination.test_event_code = T("TEST123");
	k.c.context.app = (struct app){T("343200656"), T("Shop"), T("4.2.0")};
	k.c.context.device = (struct device){T("ios"), T(" AEBE52E7-03EE-455A-B3C4-E57283966239"), T("B1B2"),
		T("00000000-0000-0000-0000-000000000000"), T("authorized")};
	k.c.context.limited_data_use = 1;
	k.c.items.n = 0;
	assert_string_equal(case_json(&k),
		HEAD "\"user\":{\"email\":[\"" EMAIL "\"],\"phone\":[\"" PHONE
			 "\"],\"ip\":\"203.0.113.9\",\"user_agent\":\"Mozilla/5.0 (X11; Linux x86_64)\","
			 "\"locale\":\"es-PE\",\"idfa\":\"aab766791ab90f208a8bcb342fd935b3012e81ca20b1f7cf707caf804bbd813c\",\"idfv\":\"B1B2\","
			 "\"att_status\":\"AUTHORIZED\"},\"app\":{\"app_id\":\"343200656\",\"app_name\":\"Shop\",\"app_version\":\"4.2.0\"},"
			 "\"properties\":{\"currency\":\"PEN\",\"value\":79.90,\"order_id\":\"o-99812\",\"shop_id\":\"pe\",\"search_string\":\"mug\","
			 "\"query\":\"mug\",\"description\":\"Purchase\"},\"limited_data_use\":true}");
	assert_int_equal(k.written.address.source, EVENT_SOURCE_APP);
	assert_true(view_eq(k.written.address.source_id, T("7000000000000000001")));
	assert_true(view_eq(k.written.address.test_event_code, T("TEST123")));
	case_clear(&k);
}

static void offline(void **state)
{
	struct event_case k = full_case();

	(void)state;
	k.tenant.tiktok.offline_event_set_id = T("7111");
	k.c.context.event_source = EVENT_SOURCE_OFFLINE;
	case_property(&k, T("event_channel"), T("in_store"));
	assert_string_equal(case_json(&k),
		HEAD
		"\"user\":{\"email\":[\"" EMAIL "\"],\"phone\":[\"" PHONE "\"]},"
		"\"properties\":{\"contents\":[{\"content_id\":\"SKU-9\",\"content_name\":\"Mug \\\"Ñandú\\\"\",\"content_category\":\"Kitchen > Mugs\","
		"\"brand\":\"Acme\",\"price\":39.95,\"quantity\":2}],\"content_ids\":[\"SKU-9\"],\"content_type\":\"product\",\"num_items\":2,"
		"\"currency\":\"PEN\",\"value\":79.90,\"order_id\":\"o-99812\",\"shop_id\":\"pe\",\"search_string\":\"mug\",\"query\":\"mug\","
		"\"description\":\"Purchase\",\"event_channel\":\"in_store\"}}");
	assert_true(view_eq(k.written.address.source_id, T("7111")));
	case_clear(&k);
}

static void crm(void **state)
{
	struct event_case k = full_case();

	(void)state;
	k.goal.destination.crm_event_set_id = T("7222");
	k.tenant.tiktok.crm_event_set_id = T("not this one");
	k.c.context.event_source = EVENT_SOURCE_CRM;
	k.c.items.n = 0;
	k.c.status = FLAG_ABSENT;
	k.c.order_id = VIEW_ABSENT;
	k.c.currency = T("");
	k.c.value_micros = k.credits[0].value_micros = 0;
	case_property(&k, T("lead_id"), T("7300000000000000001"));
	case_property(&k, T("lead_event_source"), T("Salesforce"));
	assert_string_equal(case_json(&k),
		HEAD "\"user\":{\"email\":[\"" EMAIL "\"],\"phone\":[\"" PHONE "\"],\"external_id\":[\"" PERSON "\"]},"
			 "\"lead\":{\"lead_id\":\"7300000000000000001\",\"lead_event_source\":\"Salesforce\"},"
			 "\"properties\":{\"shop_id\":\"pe\",\"search_string\":\"mug\",\"query\":\"mug\",\"description\":\"Purchase\"}}");
	assert_true(view_eq(k.written.address.source_id, T("7222")));
	assert_false(k.written.without_value);
	case_clear(&k);
}

static void a_lead_without_an_id_has_the_conversions(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.source = SOURCE_CRM;
	k.goal.destination.crm_event_set_id = T("7222");
	assert_has(case_json(&k), "\"lead\":{\"lead_id\":\"o-99812\"}");
	k.c.conversion_id = T("");
	assert_int_equal(case_write(&k), -1);
	assert_string_equal(k.err.code, "missing_field");
	assert_has(k.err.words, "lead.lead_id");
	case_clear(&k);
}

static void what_is_empty_is_left_out(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.outcome = OUTCOME_NO_CLICK;
	k.c.credits.n = 0;
	k.goal.destination.send = SEND_ALL;
	k.c.conversion_time = -1;
	assert_string_equal(case_json(&k),
		"{\"event\":\"Purchase\",\"event_time\":-1,\"event_id\":\"11456c7cc6fdf653a32076f3a69c7f03\",\"properties\":{\"currency\":\"PEN\","
		"\"value\":79.90,\"order_id\":\"o-99812\",\"description\":\"Purchase\"}}");
	case_clear(&k);
}

// Travel and vehicles: known fields are taken from properties of their name, with their types.
static void a_shops_properties_fill_fields_of_their_name(void **state)
{
	struct event_case k = case_new();

	(void)state;
	case_property(&k, T("checkin_date"), T("2026-08-01"));
	case_property(&k, T("num_adults"), T("2"));
	case_property(&k, T("num_children"), T("two"));
	case_property(&k, T("suggested_hotels"), T("h1, h2,,"));
	case_property(&k, T("predicted_ltv"), T("0120.50"));
	case_property(&k, T("secret_margin"), T("12"));
	case_property(&k, T("description"), T("spring"));
	case_property(&k, T("value"), T("1"));
	const char *json = case_json(&k);
	assert_has(json,
		"\"description\":\"spring\",\"predicted_ltv\":120.50,\"checkin_date\":\"2026-08-01\",\"num_adults\":2,\"suggested_hotels\":[\"h1\",\"h2\"]}");
	assert_has_not(json, "num_children");
	assert_has_not(json, "margin");
	assert_has(json, "\"value\":79.90");
	case_clear(&k);
}

static void a_flat_product_becomes_an_item(void **state)
{
	struct event_case k = case_new();

	(void)state;
	case_property(&k, T("content_id"), T("1077218"));
	case_property(&k, T("price"), T("10.0"));
	case_property(&k, T("quantity"), T("3"));
	case_property(&k, T("content_type"), T("product_group"));
	assert_has(case_json(&k),
		"\"properties\":{\"contents\":[{\"content_id\":\"1077218\",\"price\":10.0,\"quantity\":3}],\"content_ids\":[\"1077218\"],"
		"\"content_type\":\"product_group\",\"num_items\":3,");
	case_clear(&k);
}

static void bytes_that_are_not_text_become_text(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.context.page_url = view_of("a\xff\"\\\n\x01", 6);
	assert_has(case_json(&k), "\"url\":\"a\xef\xbf\xbd\\\"\\\\\\n\\u0001\"");
	case_clear(&k);
}

static void the_same_input_gives_the_same_bytes(void **state)
{
	struct event_case a = full_case(), b = full_case();

	(void)state;
	assert_string_equal(case_json(&a), case_json(&b));
	case_clear(&a);
	case_clear(&b);
}

static void a_buffer_that_is_too_small_is_said(void **state)
{
	struct event_case k = full_case();

	(void)state;
	k.json.ceiling = 256;
	assert_int_equal(case_write(&k), -1);
	assert_string_equal(k.err.code, "too_large");
	case_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(web),
		cmocka_unit_test(app),
		cmocka_unit_test(offline),
		cmocka_unit_test(crm),
		cmocka_unit_test(a_lead_without_an_id_has_the_conversions),
		cmocka_unit_test(what_is_empty_is_left_out),
		cmocka_unit_test(a_shops_properties_fill_fields_of_their_name),
		cmocka_unit_test(a_flat_product_becomes_an_item),
		cmocka_unit_test(bytes_that_are_not_text_become_text),
		cmocka_unit_test(the_same_input_gives_the_same_bytes),
		cmocka_unit_test(a_buffer_that_is_too_small_is_said),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
