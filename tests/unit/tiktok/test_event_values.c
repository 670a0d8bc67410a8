// SPDX-License-Identifier: Apache-2.0
// Where each value comes from: the record, else its hiding places; over it what the config maps; and what does not fit is said, not sent.
#include "tests/unit/tiktok/event_case.h"

static void the_credits_click_goes_first(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.context.ttclid = T("from-context");
	assert_has(case_json(&k), "\"ttclid\":\"E.C.P.AbCd_1234-xyz\"");
	k.credits[0].ttclid = VIEW_ABSENT;
	assert_has(case_json(&k), "\"ttclid\":\"from-context\"");
	k.c.context.ttclid = T("__CLICKID__");
	case_property(&k, T("cookie"), T("a=1; ttclid=__CLICKID__; ttclid=E.C.P.c%2Dookie; _ttp=2F7h"));
	k.c.context.page_url = T("https://shop.example/?ttclid=E.C.P.url");
	assert_has(case_json(&k), "\"ttclid\":\"E.C.P.c-ookie\",\"ttp\":\"2F7h\"");
	k.properties[0] = (struct property){T("cookies"), T("b=2")};
	assert_has(case_json(&k), "\"ttclid\":\"E.C.P.url\"");
	assert_has_not(case_json(&k), "\"ttp\"");
	case_clear(&k);
}

// Two events of one conversion never name one click.
static void no_credit_borrows_anothers_click(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.credits[1] = k.credits[0];
	k.credits[0].click_id = T("touch-1");
	k.credits[0].ttclid = VIEW_ABSENT;
	k.c.credits.n = 2;
	k.c.context.ttclid = k.credits[1].ttclid;
	assert_has_not(case_json(&k), "ttclid");
	case_clear(&k);
}

static void ip_and_user_agent_go_together(void **state)
{
	static const struct {
		const char *ip;
		const char *sent;
	} rows[] = {
		{"198.51.100.7", "198.51.100.7"},
		{" 198.51.100.7 , 10.0.0.1", "198.51.100.7"},
		{"2001:db8::7", "2001:db8::7"},
		{"10.1.2.3", NULL},
		{"192.168.0.1", NULL},
		{"172.16.9.9", NULL},
		{"127.0.0.1", NULL},
		{"0.0.0.0", NULL},
		{"::1", NULL},
		{"fd00::1", NULL},
		{"unknown", NULL},
		{"999.1.1.1", NULL},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct event_case k = case_new();
		char expected[80];

		k.c.context.ip = view_text(rows[i].ip);
		k.c.context.user_agent = T("UA");
		snprintf(expected, sizeof expected, "\"ip\":\"%s\",\"user_agent\":\"UA\"", rows[i].sent ? rows[i].sent : "");
		if (rows[i].sent)
			assert_has(case_json(&k), expected);
		else
			assert_has_not(case_json(&k), "user_agent");
		k.c.context.user_agent = VIEW_ABSENT;
		assert_has_not(case_json(&k), "\"ip\"");
		case_clear(&k);
	}
}

static void att_status_is_one_of_the_list_or_nothing(void **state)
{
	static const char *const known[] = {"AUTHORIZED", "DENIED", "NOT_DETERMINED", "RESTRICTED", "NOT_APPLICABLE"};
	struct event_case k = case_new();
	char expected[64];

	(void)state;
	k.tenant.tiktok.app_id = T("7");
	k.c.context.app.id = T("com.shop");
	for (size_t i = 0; i < sizeof known / sizeof *known; i++) {
		k.c.context.device.att_status = view_text(known[i]);
		snprintf(expected, sizeof expected, "\"att_status\":\"%s\"", known[i]);
		assert_has(case_json(&k), expected);
	}
	k.c.context.device.att_status = T("MAYBE");
	assert_has_not(case_json(&k), "att_status");
	case_clear(&k);
}

// An event in a currency that TikTok does not list would be refused, and with it all of its request.
static void another_currency_goes_without_value(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.currency = T("UZS");
	case_item(&k, (struct item){.id = T("a"), .price = T("5"), .quantity = 1});
	const char *json = case_json(&k);
	assert_has_not(json, "UZS");
	assert_has_not(json, "\"value\"");
	assert_has_not(json, "price");
	assert_has(json, "\"order_id\"");
	assert_true(k.written.without_value);
	case_field(&k, T("properties.currency"), T("USD"));
	case_field(&k, T("properties.value"), T("{properties.usd}"));
	case_property(&k, T("usd"), T("6.40"));
	assert_has(case_json(&k), "\"currency\":\"USD\",\"value\":6.40");
	assert_false(k.written.without_value);
	case_clear(&k);
}

static void every_currency_of_the_list_is_taken(void **state)
{
	static const char all[] =
		"AED ARS AUD BDT BHD BIF BOB BRL CAD CHF CLP CNY COP CRC CZK DKK DZD EGP EUR GBP GTQ HKD HNL HUF IDR ILS INR ISK JPY KES "
		"KHR KRW KWD KZT MAD MOP MXN MYR NGN NIO NOK NZD OMR PEN PHP PKR PLN PYG QAR RON RUB SAR SEK SGD THB TRY TWD UAH USD "
		"VES VND ZAR";
	struct event_case k = case_new();

	(void)state;
	for (const char *p = all; p < all + sizeof all - 1; p += 4) {
		k.c.currency = view_of(p, 3);
		case_json(&k);
		assert_false(k.written.without_value);
	}
	case_clear(&k);
}

static void money_is_exact(void **state)
{
	static const struct {
		const char *currency;
		int64_t micros;
		const char *value;
	} rows[] = {
		{"USD", 0, "0.00"},
		{"USD", 10000, "0.01"},
		{"USD", 999999999999990000, "999999999999.99"},
		{"JPY", 1200000000, "1200"},
		{"KWD", 1234000, "1.234"},
		{"USD", 1234567, "1.234567"},
		{"USD", 100000000, "100.00"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct event_case k = case_new();
		char expected[64];

		k.c.currency = view_text(rows[i].currency);
		k.credits[0].value_micros = rows[i].micros;
		snprintf(expected, sizeof expected, "\"value\":%s,", rows[i].value);
		assert_has(case_json(&k), expected);
		case_clear(&k);
	}
}

static void the_config_maps_over_the_record(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.credits[0].ad_id = T("1712345");
	k.c.context.shop_id = T("pe");
	case_property(&k, T("mail"), T("\tJane.Doe@Example.COM\n"));
	case_property(&k, T("first"), T("Ana María"));
	case_item(&k, (struct item){.id = T("1"), .category = T("Mugs"), .price = T("2"), .quantity = 1});
	case_field(&k, T("user.email"), T("{properties.mail}"));
	case_field(&k, T("user.first_name"), T("{properties.first}"));
	case_field(&k, T("user.zip_code"), T("94107"));
	case_field(&k, T("properties.description"), T("{event} of {context.shop_id}, ad {credit.ad_id}, {value}"));
	case_field(&k, T("properties.contents.content_id"), T("{context.shop_id}-{item.id}"));
	case_field(&k, T("properties.contents.brand"), T("{item.brand}"));
	case_field(&k, T("properties.tier"), T("{{gold}}"));
	const char *json = case_json(&k);
	assert_has(json, "\"email\":[\"86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d\"]");
	assert_has(json, "\"first_name\":\"4ecf742e504f725c6fd5fcb79182224f1b346179b41d933aa3a588724f2e2cff\"");
	assert_has(json, "\"zip_code\":\"c884a209ebe08750a7d13db63bd02233b375bd79786cbe329ab11586cc35dead\"");
	assert_has(json, "\"description\":\"Purchase of pe, ad 1712345, 79.90\"");
	assert_has(json,
		"\"contents\":[{\"content_id\":\"pe-1\",\"content_category\":\"Mugs\",\"price\":2,\"quantity\":1}],\"content_ids\":[\"pe-1\"]");
	assert_has(json, "\"tier\":\"{gold}\"}");
	case_clear(&k);
}

static void a_template_of_nothing_leaves_the_default(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.context.shop_id = T("pe");
	case_field(&k, T("properties.shop_id"), T("{properties.store}"));
	case_field(&k, T("properties.description"), T("{event} of {properties.store}"));
	assert_has(case_json(&k), "\"shop_id\":\"pe\",\"description\":\"Purchase\"");
	case_clear(&k);
}

static void what_does_not_fit_names_its_path(void **state)
{
	struct event_case k = case_new();

	(void)state;
	case_field(&k, T("properties.num_items"), T("{properties.pieces}"));
	case_property(&k, T("pieces"), T("many"));
	k.json.n = 0;
	assert_int_equal(case_write(&k), -1);
	assert_int_equal(k.err.class, ERR_POISON);
	assert_string_equal(k.err.code, "bad_field");
	assert_has(k.err.words, "properties.num_items");
	assert_null(strstr(k.err.words, "many"));
	assert_int_equal(k.json.n, 0);
	case_clear(&k);
}

static void a_field_of_another_source_is_not_sent(void **state)
{
	struct event_case k = case_new();

	(void)state;
	case_field(&k, T("app.app_name"), T("{properties.no}"));
	case_field(&k, T("user.idfv"), T("X"));
	assert_has_not(case_json(&k), "idfv");
	case_clear(&k);
}

static void an_app_event_needs_its_app(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.tenant.tiktok.app_id = T("7");
	k.c.context.event_source = EVENT_SOURCE_APP;
	assert_int_equal(case_write(&k), -1);
	assert_string_equal(k.err.code, "missing_field");
	assert_has(k.err.words, "app.app_id");
	case_field(&k, T("app.app_id"), T("com.shop"));
	case_field(&k, T("ad.is_retargeting"), T("{properties.again}"));
	case_property(&k, T("again"), T("true"));
	assert_has(case_json(&k), "\"app\":{\"app_id\":\"com.shop\"},\"ad\":{\"is_retargeting\":true}");
	case_clear(&k);
}

static void no_clear_text_where_a_digest_belongs(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.context.email = T("jane.doe@example.com");
	k.c.context.phone = T("+33 6 12 34 56 78");
	const char *json = case_json(&k);
	assert_has(json, "86e0b9e56c17cc4d12387e1949b85053fbe73bc3ce5a1188713a9d300cc6133d");
	assert_has_not(json, "jane");
	assert_has_not(json, "+33");
	case_clear(&k);
}

static void the_digest_of_nothing_is_nothing(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.context.email = T("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
	assert_has_not(case_json(&k), "\"user\":{\"email\"");
	case_field(&k, T("user.phone"), T("{properties.phone}"));
	case_property(&k, T("phone"), T("n/a"));
	assert_has_not(case_json(&k), "phone");
	case_clear(&k);
}

static void external_ids_are_lower_cased_where_the_pixel_does(void **state)
{
	struct event_case k = case_new();

	(void)state;
	case_field(&k, T("user.external_id"), T(" Cust-0042 "));
	assert_has(case_json(&k), "ad286f91dcd219ecec032064d462c7066dbf6b1704fbdf02f8c52944832e17ea");
	k.goal.destination.lower_case_external_id = true;
	assert_has(case_json(&k), "04f18369b9f09f7908b299d2535b6d99d3df2e17e8f953553f269e38ed7281d8");
	case_clear(&k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(the_credits_click_goes_first),
		cmocka_unit_test(no_credit_borrows_anothers_click),
		cmocka_unit_test(ip_and_user_agent_go_together),
		cmocka_unit_test(att_status_is_one_of_the_list_or_nothing),
		cmocka_unit_test(another_currency_goes_without_value),
		cmocka_unit_test(every_currency_of_the_list_is_taken),
		cmocka_unit_test(money_is_exact),
		cmocka_unit_test(the_config_maps_over_the_record),
		cmocka_unit_test(a_template_of_nothing_leaves_the_default),
		cmocka_unit_test(what_does_not_fit_names_its_path),
		cmocka_unit_test(a_field_of_another_source_is_not_sent),
		cmocka_unit_test(an_app_event_needs_its_app),
		cmocka_unit_test(no_clear_text_where_a_digest_belongs),
		cmocka_unit_test(the_digest_of_nothing_is_nothing),
		cmocka_unit_test(external_ids_are_lower_cased_where_the_pixel_does),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
