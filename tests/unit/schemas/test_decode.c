// SPDX-License-Identifier: Apache-2.0
// Bytes from outside are read within their bounds or refused as bad_record, naming the field; the decoder trusts no number in them.
#include "schemas/plan.h"
#include "tests/unit/schemas/show.h"

#define LIST "{\"type\":\"array\",\"items\":"
#define MAP "{\"type\":\"map\",\"values\":"

static struct arena arena;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	return contract_setup(&err);
}

static int clear(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

static void lengths_and_counts_are_checked(void **state)
{
	static const struct show_case cases[] = {
		// 2^62, INT64_MAX, -1, INT64_MIN, eleven bytes, none
		{"\"string\"", NULL, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), NULL, "a wrong length"},
		{"\"string\"", NULL, BYTES("\xfe\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL, "a wrong length"},
		{"\"string\"", NULL, BYTES("\x01"), NULL, "a wrong length"},
		{"\"bytes\"", NULL, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), NULL, "cut short"},
		{"\"bytes\"", NULL, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01"), NULL, "cut short"},
		{"\"long\"", NULL, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x03"), NULL, "cut short"},
		{"\"long\"", NULL, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01"), "-9223372036854775808L", NULL},
		{"\"long\"", NULL, BYTES("\x80\x00"), "0L", NULL}, // longer than needed is allowed
		{"\"long\"", NULL, BYTES(""), NULL, "cut short"},
		{"\"int\"", NULL, BYTES("\x80\x80\x80\x80\x10"), NULL, "no value of its type"}, // 2^31
		{"\"int\"", NULL, BYTES("\xff\xff\xff\xff\x0f"), "-2147483648", NULL},
		{"\"boolean\"", NULL, BYTES("\x02"), NULL, "no value of its type"},
		{"\"float\"", NULL, BYTES("123"), NULL, "cut short"},
		{"\"string\"", NULL, BYTES("\x04\xc0\x80"), NULL, "UTF-8"},
		{"\"string\"", NULL,
			BYTES("\x12"
				  "abcdefgh\xff"),
			NULL, "UTF-8"},
		{"\"string\"", NULL,
			BYTES("\x14"
				  "abcdefg\xe2\x82\xac"),
			"'abcdefg\xe2\x82\xac'", NULL},
		{LIST "\"int\"}", NULL, BYTES("\x02\x02\x02\x04\0"), "[1,2]", NULL}, // two blocks
		{LIST "\"int\"}", NULL, BYTES("\x03\x04\x02\x04\0"), "[1,2]", NULL},
		{LIST "\"int\"}", NULL, BYTES("\x03\x06\x02\x04\x06\0"), NULL, "a block of another size than announced"},
		{LIST "\"int\"}", NULL, BYTES("\x03\x01\x02\x04\0"), NULL, "broken size of a block"},
		{LIST "\"int\"}", NULL, BYTES("\x03\x7e\x02\x04\0"), NULL, "broken size of a block"},
		{LIST "\"int\"}", NULL, BYTES("\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01\0"), NULL, "broken count of a block"},
		{LIST "\"int\"}", NULL, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\0"), NULL, "more elements announced than bytes left"},
		{LIST "\"int\"}", NULL, BYTES("\x02\x02"), NULL, "broken count of a block"},
		{LIST "\"null\"}", NULL, BYTES("\x06\0"), "[null,null,null]", NULL},
		{LIST "\"null\"}", NULL, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\0"), NULL, "too many elements"},
		{LIST "\"null\"}", NULL, BYTES("\xa2\x9c\x01\0"), NULL, "too many elements"},                       // 10,001
		{LIST LIST "\"null\"}}", NULL, BYTES("\x04\x90\x4e\0\xc0\x4e\0\0"), NULL, "[]: too many elements"}, // 2 + 5,000 + 5,024
		{MAP "\"int\"}", NULL,
			BYTES("\x04\x02"
				  "a\x02\x02"
				  "b\x04\0"),
			"{a:1,b:2}", NULL},
		{MAP "\"int\"}", NULL,
			BYTES("\x08\x02"
				  "a\x02\x02"
				  "b\x04\x02"
				  "a\x06\x02"
				  "c\x08\0"),
			"{b:2,a:3,c:4}", NULL},
		{MAP "\"int\"}", NULL, BYTES("\x02\x02\xff\x02\0"), NULL, "broken key"},
		{MAP "\"null\"}", NULL, BYTES("\x80\x80\x80\x80\x80\x80\x80\x80\x80\x01\0"), NULL, "more elements announced than bytes left"},
		{"\"int\"", NULL, BYTES("\x02\x02"), NULL, "1 bytes are left behind the record"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++)
		show_check(&cases[i]);
}

static void deep_data_is_refused(void **state)
{
	static const char linked[] = "{\"type\":\"record\",\"name\":\"link\",\"fields\":[{\"name\":\"next\",\"type\":[\"null\",\"link\"]}]}";
	char bytes[10001];
	OWN(buf_clear) struct buf writer = {0};
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	memset(bytes, 2, sizeof bytes);
	bytes[sizeof bytes - 1] = 0;
	buf_addf(&writer, "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"s\",\"type\":%s}]}", linked);
	buf_add_byte(&writer, 0);
	assert_int_equal(show_read("{\"type\":\"record\",\"name\":\"r\",\"fields\":[]}", writer.p, view_of(bytes, sizeof bytes), &out, &err),
		-1);
	assert_non_null(strstr(err.words, "nested too deeply"));
	assert_int_equal(show_read("{\"type\":\"record\",\"name\":\"r\",\"fields\":[]}", writer.p, view_of(bytes + sizeof bytes - 20, 20), &out,
						 &err),
		0);
}

// Many keys take another way than few: sorting. Of equal ones the last wins in both.
static void maps_of_many_equal_keys_keep_the_last(void **state)
{
	OWN(buf_clear) struct buf bytes = {0};
	OWN(buf_clear) struct buf out = {0};

	(void)state;
	buf_add(&bytes, "\x90\x03", 2); // 200 entries
	for (int i = 0; i < 200; i++) {
		buf_add_byte(&bytes, 2);
		buf_add_byte(&bytes, (uint8_t)('a' + i % 3));
		buf_add_varint(&bytes, (uint64_t)i * 2);
	}
	buf_add_byte(&bytes, 0);
	assert_int_equal(show_read(MAP "\"int\"}", MAP "\"int\"}", buf_view(&bytes), &out, &err), 0);
	buf_add_byte(&out, 0);
	assert_string_equal(out.p, "{c:197,a:198,b:199}");
}

#define COUNTS "\"conversions\":{\"placed_nanos\":1,\"confirmed_nanos\":2,\"delivered_nanos\":3}"
#define AMOUNTS "\"revenue\":{\"placed_micros\":1,\"confirmed_micros\":2,\"delivered_micros\":3,\"net_micros\":4}," COUNTS
#define ROAS_VIEW \
	"{" COUNTS ",\"placed_micros\":1,\"confirmed_micros\":2,\"delivered_micros\":3,\"net_micros\":4,\"placed_roas_nanos\":5," \
	"\"confirmed_roas_nanos\":6,\"delivered_roas_nanos\":7,\"net_roas_nanos\":8,\"placed_cpa_micros\":9,\"confirmed_cpa_micros\":10," \
	"\"delivered_cpa_micros\":11,\"reason\":\"r\"}"

// Those of spend and accounts.
static bool full_account(const struct contract *c, struct buf *json)
{
	if (c == contract_connection)
		buf_add_text(json,
			"{\"state\":\"active\",\"generation\":2,\"name\":\"n\",\"scope\":\"1,4\",\"token\":\"v1.k.x\",\"authorized_at\":1,\"changed_at\":2}");
	else if (c == contract_sync_status)
		buf_add_text(json,
			"{\"state\":\"ok\",\"generation\":2,\"reason\":\"r\",\"message\":\"m\",\"code\":40105,\"request_id\":\"q\",\"name\":\"n\",\"currency\":\"USD\","
			"\"time_zone\":\"UTC\",\"last_attempt\":1,\"last_sync\":2,\"next_sync\":3,\"disconnected_at\":4,\"first_day\":\"2026-01-01\","
			"\"spans\":[{\"from\":\"2026-01-01\",\"to\":\"2026-01-30\",\"read_at\":5}],\"rows_new\":1,\"rows_restated\":2,\"rows_same\":3,\"days_left\":4}");
	else if (c == contract_report_snapshot)
		buf_add_text(json,
			"{\"level\":\"ad\",\"campaign_id\":\"1\",\"adgroup_id\":\"2\",\"spend_micros\":1,\"impressions\":2,\"clicks\":3,\"conversions\":4,"
			"\"cta_conversions\":5,\"vta_conversions\":6,\"value_micros\":7,\"cpc_micros\":8,\"cpm_micros\":9,\"ctr_nanos\":10,\"cpa_micros\":11,"
			"\"fetched_at\":12}");
	else if (c == contract_ad_entity)
		buf_add_text(json,
			"{\"level\":\"campaign\",\"campaign_id\":\"1\",\"adgroup_id\":\"2\",\"name\":\"n\",\"status\":\"ENABLE\",\"secondary_status\":\"s\",\"objective\":\"o\","
			"\"budget_mode\":\"m\",\"budget_micros\":1,\"bid_type\":\"b\",\"bid_micros\":2,\"placements\":[\"p\",\"q\"],\"format\":\"f\","
			"\"creative_ids\":[\"v\"],\"landing_page_url\":\"l\",\"currency\":\"EUR\",\"time_zone\":\"UTC\",\"country\":\"PE\",\"create_time\":3,"
			"\"modify_time\":4,\"deleted\":true,\"fetched_at\":5}");
	else if (c == contract_roas_row)
		buf_add_text(json,
			"{\"level\":\"ad\",\"name\":\"n\",\"campaign_id\":\"1\",\"adgroup_id\":\"2\",\"spend_micros\":1,\"ads_spend_micros\":2,\"account_spend_micros\":3,"
			"\"impressions\":4,\"clicks\":5,\"tiktok_conversions\":6,\"tiktok_value_micros\":7,\"goals\":[{\"goal\":\"g\",\"additive\":true,"
			"\"click_day\":" ROAS_VIEW ",\"order_day\":" ROAS_VIEW "}],\"parts\":[{\"goal\":\"g\",\"by_order_day\":true," AMOUNTS "}]}");
	else if (c == contract_daily_sum)
		buf_add_text(json,
			"{\"parts\":[{\"goal\":\"g\",\"attributed\":true,\"spend_micros\":1," AMOUNTS ",\"shipped_nanos\":2,\"returned_nanos\":3}]}");
	else if (c == contract_tenant_day)
		buf_add_text(json,
			"{\"spend_micros\":1,\"reason\":\"r\",\"goals\":[{\"goal\":\"g\"," COUNTS
			",\"placed_micros\":1,\"confirmed_micros\":2,\"delivered_micros\":3,"
			"\"net_micros\":4,\"attributed_placed_micros\":5,\"attributed_delivered_micros\":6,\"blended_roas_nanos\":7,"
			"\"delivered_blended_roas_nanos\":8,\"mer_nanos\":9,\"cogs_micros\":10,\"shipping_micros\":11,\"returns_micros\":12,\"fees_micros\":13,"
			"\"profit_micros\":14,\"reason\":\"r\"}]}");
	else
		return false;
	return true;
}

// A record of each contract with every field filled.
static void full_record(const struct contract *c, struct buf *bytes)
{
	static const char context[] =
		"{\"event_source\":\"app\",\"ttclid\":\"c\",\"ttclid_time\":5,\"ttp\":\"a\",\"email\":\"b\",\"phone\":\"c\","
		"\"external_id\":\"d\",\"ip\":\"e\",\"user_agent\":\"f\",\"page_url\":\"g\",\"page_referrer\":\"h\",\"locale\":\"i\",\"app\":{\"id\":\"j\","
		"\"name\":\"k\",\"version\":\"l\"},\"device\":{\"platform\":\"m\",\"idfa\":\"n\",\"idfv\":\"o\",\"gaid\":\"p\",\"att_status\":\"q\"},"
		"\"limited_data_use\":true,\"shop_id\":\"r\",\"search_string\":\"\xe2\x82\xac\",\"consent\":\"granted\"}";
	static const char lists[] =
		"\"items\":[{\"id\":\"i\",\"name\":\"n\",\"price\":\"1.50\",\"quantity\":2,\"content_type\":\"p\",\"category\":\"c\","
		"\"brand\":\"b\"},{\"id\":\"j\"}],\"properties\":{\"k\":\"v\",\"l\":\"\"}";
	static const char amounts[] = AMOUNTS;
	OWN(buf_clear) struct buf json = {0};
	void *record = arena_zero(&arena, contract_size(c));

	if (c == contract_click)
		buf_add_text(&json,
			"{\"tenant\":\"t\",\"user\":\"u\",\"event_time\":1772359200123,\"ttclid\":\"c\",\"touch_id\":\"d\",\"landing_url\":\"e\","
			"\"referrer\":\"f\",\"advertiser_id\":\"1\",\"campaign_id\":\"2\",\"adgroup_id\":\"3\",\"ad_id\":\"4\",\"consent\":\"granted\"}");
	else if (c == contract_order)
		buf_addf(&json,
			"{\"tenant\":\"t\",\"user\":\"u\",\"order_id\":\"o\",\"status\":\"refunded\",\"status_time\":1,\"placed_at\":2,\"value\":1.25,"
			"\"currency\":\"USD\",\"refunded\":\"1\",%s,\"context\":%s}",
			lists, context);
	else if (c == contract_conversion)
		buf_addf(&json,
			"{\"tenant\":\"t\",\"user\":\"u\",\"conversion_id\":\"o\",\"event\":\"e\",\"event_time\":1,\"value\":\"1\",\"currency\":\"USD\","
			"\"order_id\":\"x\",%s,\"context\":%s}",
			lists, context);
	else if (c == contract_attributed_conversion)
		buf_addf(&json,
			"{\"outcome\":\"attributed\",\"lookback_ms\":1,\"value_micros\":2,%s,\"status\":\"placed\",\"status_time\":1,\"refunded_micros\":2,"
			"\"refund_clamped\":true,\"source_fingerprint\":-1,\"context_time\":3,\"credits\":[{\"share_nanos\":1,\"value_micros\":2,%s}],"
			"\"previous\":[{\"ttclid\":\"x\",\"share_nanos\":1,\"value_micros\":2,%s}],\"truncated\":false,%s,\"context\":%s}",
			amounts, amounts, amounts, lists, context);
	else if (c == contract_export_result)
		buf_add_text(&json,
			"{\"tenant\":\"t\",\"event_id\":\"e\",\"user\":\"u\",\"goal\":\"g\",\"conversion_id\":\"o\",\"conversion_time\":1,"
			"\"verdict\":\"paused\",\"reason\":\"r\",\"destination\":\"offline\",\"event\":\"Purchase\",\"event_source\":\"web\","
			"\"event_source_id\":\"C4\",\"test_event_code\":\"T\",\"advertiser_id\":\"7\",\"click_id\":\"c\",\"currency\":\"USD\","
			"\"value_micros\":1,\"value_now_micros\":2,\"intent_time\":3,\"maybe_since\":6,\"verdict_time\":4,\"attempts\":5,\"code\":40105,"
			"\"message\":\"m\",\"request_id\":\"q\",\"payload\":\"{}\"}");
	else if (full_account(c, &json))
		;
	else
		buf_addf(&json, "{\"tenant\":\"t\",\"advertiser_id\":\"1\",\"deltas\":[{\"click_id\":\"c\",\"ad_id\":\"a\",%s}]}", amounts);
	if (contract_parse_json(c, buf_view(&json), &arena, record, &err))
		fail_msg("%s", err.words);
	contract_encode(c, record, bytes);
}

static void cut_records_are_refused_at_every_byte(void **state)
{
	(void)state;
	for (size_t i = 0; contract_at(i); i++) {
		const struct contract *c = contract_at(i);
		OWN(buf_clear) struct buf bytes = {0};
		OWN(plan_free) struct plan *plan = NULL;
		void *record = arena_take(&arena, contract_size(c));

		full_record(c, &bytes);
		assert_int_equal(plan_new(c, view_text(contract_schema(c)), &plan, &err), 0);
		assert_int_equal(plan_decode(plan, buf_view(&bytes), &arena, record, &err), 0);
		for (size_t n = 0; n < bytes.n; n++) {
			OWN(own_free) char *cut = malloc(n + 1); // so that a read behind the end is seen

			memcpy(cut + 1, bytes.p, n);
			if (plan_decode(plan, view_of(cut + 1, n), &arena, record, &err) == 0)
				fail_msg("%s: accepted when cut to %zu of %zu bytes", contract_name(c), n, bytes.n);
			assert_int_equal(err.class, ERR_POISON);
			assert_string_equal(err.code, "bad_record");
		}
	}
}

// Any byte replaced by any other: never a crash, and what is still accepted can be written and printed.
static void damaged_records_do_no_harm(void **state)
{
	OWN(buf_clear) struct buf bytes = {0};
	OWN(buf_clear) struct buf out = {0};
	OWN(plan_free) struct plan *plan = NULL;
	struct order order;
	unsigned accepted = 0;

	(void)state;
	full_record(contract_order, &bytes);
	assert_int_equal(plan_new(contract_order, view_text(contract_schema(contract_order)), &plan, &err), 0);
	for (size_t i = 0; i < bytes.n; i++) {
		for (int value = 0; value < 256; value += 5) {
			struct arena scratch = {0};
			char before = bytes.p[i];

			bytes.p[i] = (char)value;
			if (plan_decode(plan, buf_view(&bytes), &scratch, &order, &err) == 0) {
				buf_reset(&out);
				contract_encode(contract_order, &order, &out);
				contract_print_json(contract_order, &order, &out);
				accepted++;
			}
			bytes.p[i] = before;
			arena_clear(&scratch);
		}
	}
	assert_true(accepted > 100);
}

// The smallest long is our sign for absent: from the wire it is a bad time, so nobody takes it for a missing one.
static void the_smallest_time_is_a_bad_time(void **state)
{
	struct order order, back;
	OWN(buf_clear) struct buf bytes = {0};
	OWN(plan_free) struct plan *plan = NULL;

	(void)state;
	assert_int_equal(contract_parse_json(contract_order, VIEW_LIT("{\"context\":{\"ttclid_time\":7}}"), &arena, &order, &err), 0);
	order.placed_at = INT64_MIN;
	contract_encode(contract_order, &order, &bytes);
	assert_int_equal(plan_new(contract_order, view_text(contract_schema(contract_order)), &plan, &err), 0);
	assert_int_equal(plan_decode(plan, buf_view(&bytes), &arena, &back, &err), 0);
	assert_true(back.placed_at == TIME_BAD);
	assert_true(back.context.ttclid_time == 7);
}

// A shop's schema of its own: nullable fields, other order, other names of types, missing optional fields.
static void a_shops_own_schema_is_understood(void **state)
{
	static const char schema[] =
		"{\"type\":\"record\",\"name\":\"Click\",\"namespace\":\"com.shop\",\"fields\":["
		"{\"name\":\"user\",\"type\":[\"null\",\"string\"]},{\"name\":\"extra\",\"type\":{\"type\":\"map\",\"values\":\"double\"}},"
		"{\"name\":\"event_time\",\"type\":[\"null\",\"long\"]},{\"name\":\"tenant\",\"type\":\"string\"},"
		"{\"name\":\"consent\",\"type\":[\"null\",{\"type\":\"enum\",\"name\":\"C\",\"symbols\":[\"unknown\",\"maybe\",\"denied\"]}]}]}";
	OWN(plan_free) struct plan *plan = NULL;
	struct click c;

	(void)state;
	if (plan_new(contract_click, view_text(schema), &plan, &err))
		fail_msg("%s", err.words);
	assert_int_equal(plan_decode(plan, view_of("\0\0\0\x02t\0", 6), &arena, &c, &err), 0);
	assert_null(c.user.p);
	assert_true(c.event_time == TIME_ABSENT);
	assert_int_equal(c.consent, ENUM_MISSING);
	assert_true(view_eq(c.channel, VIEW_LIT("tiktok")));
	assert_null(c.ttclid.p);
	assert_int_equal(plan_decode(plan, view_of("\x02\x02u\0\x02\x04\x02t\x02\x02", 10), &arena, &c, &err), 0);
	assert_true(view_eq(c.user, VIEW_LIT("u")));
	assert_true(c.event_time == 2);
	assert_int_equal(c.consent, ENUM_UNKNOWN);
	assert_int_equal(plan_decode(plan, view_of("\x02\x02u\0\x02\x04\x02t\x02\x04", 10), &arena, &c, &err), 0);
	assert_int_equal(c.consent, CONSENT_DENIED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lengths_and_counts_are_checked, clear),
		cmocka_unit_test_teardown(deep_data_is_refused, clear),
		cmocka_unit_test_teardown(maps_of_many_equal_keys_keep_the_last, clear),
		cmocka_unit_test_teardown(cut_records_are_refused_at_every_byte, clear),
		cmocka_unit_test_teardown(damaged_records_do_no_harm, clear),
		cmocka_unit_test_teardown(the_smallest_time_is_a_bad_time, clear),
		cmocka_unit_test_teardown(a_shops_own_schema_is_understood, clear),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
