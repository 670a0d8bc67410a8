// SPDX-License-Identifier: Apache-2.0
// A contract's struct, its Avro bytes and its JSON say the same.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/plan.h"

static struct arena arena;
static struct buf out;
static struct err err;

static int set_up(void **state)
{
	(void)state;
	if (contract_setup(&err))
		fail_msg("%s", err.words);
	return 0;
}

static int clear(void **state)
{
	(void)state;
	arena_clear(&arena);
	buf_clear(&out);
	return 0;
}

static void assert_view(struct view got, const char *want)
{
	if (!want) {
		assert_null(got.p);
		return;
	}
	assert_non_null(got.p);
	if (got.n != strlen(want) || memcmp(got.p, want, got.n) != 0)
		fail_msg("got \"%.*s\", want \"%s\"", VIEW_ARG(got), want);
}

static void parse(const struct contract *c, const char *json, void *record)
{
	if (contract_parse_json(c, view_text(json), &arena, record, &err))
		fail_msg("%s: %s", json, err.words);
}

static void assert_refused(const struct contract *c, const char *json, const char *words)
{
	union {
		struct click click;
		struct order order;
		struct conversion conversion;
		struct attributed_conversion attributed;
		struct export_result result;
	} record;

	if (contract_parse_json(c, view_text(json), &arena, &record, &err) == 0)
		fail_msg("accepted: %s", json);
	assert_int_equal(err.class, ERR_POISON);
	assert_string_equal(err.code, "bad_record");
	if (!strstr(err.words, words))
		fail_msg("\"%s\" does not say \"%s\"", err.words, words);
}

static void decode(const struct contract *c, struct view bytes, void *record)
{
	struct plan *plan = NULL;

	if (plan_new(c, view_text(contract_schema(c)), &plan, &err) || plan_decode(plan, bytes, &arena, record, &err))
		fail_msg("%s", err.words);
	plan_free(&plan);
}

static const struct click click_example = {
	.tenant = {"t", 1},
	.user = {"u1", 2},
	.event_time = 1772359200123,
	.ttclid = {"E.C.P", 5},
	.channel = {"tiktok", 6},
	.consent = CONSENT_UNKNOWN,
};

// The bytes were put together by hand from the Avro specification.
static void click_bytes_are_as_specified(void **state)
{
	static const uint8_t want[] = {2, 't', 4, 'u', '1', 0xf6, 0xb5, 0xb9, 0x8d, 0x95, 0x67, 2, 10, 'E', '.', 'C', '.', 'P', 12, 't', 'i',
		'k', 't', 'o', 'k', 0, 0, 0, 0, 0, 0, 0, 4};
	struct click back;

	(void)state;
	contract_encode(contract_click, &click_example, &out);
	assert_int_equal(out.n, sizeof want);
	assert_memory_equal(out.p, want, sizeof want);
	decode(contract_click, buf_view(&out), &back);
	assert_view(back.tenant, "t");
	assert_view(back.user, "u1");
	assert_true(back.event_time == click_example.event_time);
	assert_view(back.ttclid, "E.C.P");
	assert_view(back.channel, "tiktok");
	assert_view(back.touch_id, NULL);
	assert_view(back.landing_url, NULL);
	assert_view(back.ad_id, NULL);
	assert_int_equal(back.consent, CONSENT_UNKNOWN);
}

static void printed_click_has_all_fields_in_order(void **state)
{
	(void)state;
	contract_print_json(contract_click, &click_example, &out);
	assert_view(buf_view(&out),
		"{\"tenant\":\"t\",\"user\":\"u1\",\"event_time\":1772359200123,\"ttclid\":\"E.C.P\",\"channel\":\"tiktok\","
		"\"touch_id\":null,\"landing_url\":null,\"referrer\":null,\"advertiser_id\":null,\"campaign_id\":null,\"adgroup_id\":null,"
		"\"ad_id\":null,\"consent\":\"unknown\"}");
}

static const char order_json[] =
	"{\"tenant\":\"t\",\"user\":\"u\",\"order_id\":\"o1\",\"status\":\"delivered\",\"status_time\":\"2026-03-01T10:00:00.123Z\","
	"\"placed_at\":1772359200123,\"value\":79.90,\"currency\":\"PEN\",\"refunded\":\"\",\"unknown\":[{\"a\":[1,2,null,true,\"x\"]}],"
	"\"items\":[{\"id\":\"sku\\u00e9\",\"price\":\"1.5\",\"quantity\":3},{\"id\":\"b\"}],"
	"\"properties\":{\"b\":\"2\",\"a\":\"1\"},"
	"\"context\":{\"ttclid\":\"x\",\"ttclid_time\":5,\"email\":\"\",\"app\":{\"id\":\"7\"},\"limited_data_use\":true,\"consent\":\"granted\"}}";

static void json_orders_are_read(void **state)
{
	struct order o;

	(void)state;
	parse(contract_order, order_json, &o);
	assert_view(o.order_id, "o1");
	assert_int_equal(o.status, STATUS_DELIVERED);
	assert_true(o.status_time == 1772359200123);
	assert_true(o.placed_at == 1772359200123);
	assert_view(o.value, "79.90"); // digits as written
	assert_view(o.refunded, NULL); // empty is absent
	assert_int_equal(o.items.n, 2);
	assert_view(o.items.p[0].id, "sku\xc3\xa9");
	assert_view(o.items.p[0].price, "1.5");
	assert_int_equal(o.items.p[0].quantity, 3);
	assert_int_equal(o.items.p[1].quantity, 1);
	assert_view(o.items.p[1].price, NULL);
	assert_int_equal(o.properties.n, 2);
	assert_view(o.properties.p[0].key, "b");
	assert_view(o.context.ttclid, "x");
	assert_true(o.context.ttclid_time == 5);
	assert_view(o.context.email, NULL);
	assert_view(o.context.app.id, "7");
	assert_view(o.context.app.name, NULL);
	assert_view(o.context.device.idfa, NULL);
	assert_int_equal(o.context.limited_data_use, 1);
	assert_int_equal(o.context.consent, CONSENT_GRANTED);
	assert_int_equal(o.context.event_source, EVENT_SOURCE_WEB);
}

static void json_avro_json_is_stable(void **state)
{
	OWN(buf_clear) struct buf first = {0};
	OWN(buf_clear) struct buf second = {0};
	struct order o, back;

	(void)state;
	parse(contract_order, order_json, &o);
	contract_encode(contract_order, &o, &out);
	decode(contract_order, buf_view(&out), &back);
	contract_print_json(contract_order, &o, &first);
	contract_print_json(contract_order, &back, &second);
	assert_view(buf_view(&first), buf_view(&second).p ? (buf_add_byte(&second, 0), second.p) : "");
	parse(contract_order, (buf_add_byte(&first, 0), first.p), &o); // what we print we read
	assert_view(o.items.p[0].id, "sku\xc3\xa9");
}

// Defaults, and everything that the rules judge themselves.
static void missing_fields_are_left_to_the_rules(void **state)
{
	struct order o;
	struct click c;

	(void)state;
	parse(contract_order, "{}", &o);
	assert_view(o.tenant, NULL);
	assert_view(o.value, NULL);
	assert_true(o.status_time == TIME_ABSENT);
	assert_int_equal(o.status, ENUM_MISSING);
	assert_int_equal(o.items.n, 0);
	assert_non_null(o.items.p);
	assert_int_equal(o.properties.n, 0);
	assert_int_equal(o.context.consent, CONSENT_UNKNOWN);
	assert_int_equal(o.context.event_source, EVENT_SOURCE_WEB);
	assert_true(o.context.ttclid_time == TIME_ABSENT);
	assert_int_equal(o.context.limited_data_use, FLAG_ABSENT);
	parse(contract_click, "{\"tenant\":null,\"consent\":\"perhaps\",\"event_time\":\"yesterday\"}", &c);
	assert_view(c.tenant, NULL);
	assert_view(c.channel, "tiktok");
	assert_int_equal(c.consent, ENUM_UNKNOWN);
	assert_true(c.event_time == TIME_BAD);
}

static void times_are_integers_or_iso(void **state)
{
	static const struct {
		const char *json;
		int64_t time;
	} cases[] = {
		{"0", 0},
		{"-1", -1},
		{"1772359200123", 1772359200123},
		{"\"2026-03-01T10:00:00.123Z\"", 1772359200123},
		{"\"2026-03-01T15:30:00.123+05:30\"", 1772359200123},
		{"\"2026-03-01T10:00:00\"", TIME_BAD},
		{"\"1772359200123\"", TIME_BAD},
		{"1.5", TIME_BAD},
		{"1e3", TIME_BAD},
		{"9223372036854775808", TIME_BAD},
		{"-9223372036854775808", TIME_BAD},
		{"\"\"", TIME_ABSENT},
		{"null", TIME_ABSENT},
	};

	(void)state;
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		char json[100];
		struct click c;

		snprintf(json, sizeof json, "{\"event_time\":%s}", cases[i].json);
		parse(contract_click, json, &c);
		if (c.event_time != cases[i].time)
			fail_msg("%s: %lld", json, (long long)c.event_time);
	}
}

static void json_that_does_not_fit_names_the_place(void **state)
{
	(void)state;
	assert_refused(contract_click, "{\"tenant\":1}", "tenant: a text was expected");
	assert_refused(contract_click, "{\"tenant\":\"a\",\"tenant\":\"a\"}", "tenant: this field is there twice");
	assert_refused(contract_click, "{\"event_time\":true}", "event_time: a text was expected");
	assert_refused(contract_click, "[]", "an object was expected");
	assert_refused(contract_click, "", "an object was expected");
	assert_refused(contract_click, "{} {}", "behind the record");
	assert_refused(contract_click, "{\"tenant\":\"\xff\"}", "not UTF-8");
	assert_refused(contract_click, "{\"tenant\":\"\\ud800\"}", "escape");
	assert_refused(contract_click, "{\"tenant\":\"a\nb\"}", "control character");
	assert_refused(contract_order, "{\"items\":[{\"id\":\"x\",\"quantity\":1.5}]}", "items[].quantity: not an integer");
	assert_refused(contract_order, "{\"items\":[{\"id\":\"x\",\"quantity\":2147483648}]}", "32 bits");
	assert_refused(contract_order, "{\"items\":[null]}", "items[]");
	assert_refused(contract_order, "{\"items\":{}}", "items: a list was expected");
	assert_refused(contract_order, "{\"properties\":{\"a\":1}}", "properties: its values are texts");
	assert_refused(contract_order, "{\"properties\":{\"a\":\"1\",\"a\":\"2\"}}", "properties: a key is there twice");
	assert_refused(contract_order, "{\"context\":{\"limited_data_use\":\"yes\"}}", "context.limited_data_use: true or false");
	assert_refused(contract_attributed_conversion, "{}", "lookback_ms: this field is required");
}

static void paths_are_read_as_text(void **state)
{
	static const struct {
		const char *path, *want;
	} cases[] = {
		{"context.ttclid", "x"},
		{"context.app.id", "7"},
		{"context.app.name", NULL},
		{"context.limited_data_use", "true"},
		{"context.event_source", "web"},
		{"context.consent", "granted"},
		{"status", "delivered"},
		{"status_time", "1772359200123"},
		{"context.ttclid_time", "5"},
		{"properties.a", "1"},
		{"properties.none", NULL},
		{"value", "79.90"},
		{"refunded", NULL},
	};
	struct order o;

	(void)state;
	parse(contract_order, order_json, &o);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		struct contract_path path;

		if (contract_path_resolve(contract_order, view_text(cases[i].path), &path, &err))
			fail_msg("%s", err.words);
		assert_view(contract_path_read(&path, &o, &arena), cases[i].want);
	}
}

static void paths_to_nothing_are_refused(void **state)
{
	static const char *const paths[] = {"", "x", "context", "context.", "context.x", "items", "items.id", "properties", "properties.",
		"value.x", "context.app", ".value"};
	struct contract_path path;

	(void)state;
	for (size_t i = 0; i < sizeof paths / sizeof *paths; i++)
		if (contract_path_resolve(contract_order, view_text(paths[i]), &path, &err) == 0)
			fail_msg("accepted: %s", paths[i]);
}

static void maps_are_encoded_in_byte_order_with_the_last_of_equal_keys(void **state)
{
	struct property entries[] = {{VIEW_LIT("b"), VIEW_LIT("1")}, {VIEW_LIT("a"), VIEW_LIT("2")}, {VIEW_LIT("b"), VIEW_LIT("3")},
		{VIEW_LIT("ab"), VIEW_LIT("4")}};
	static const uint8_t want[] = {6, 2, 'a', 2, '2', 4, 'a', 'b', 2, '4', 2, 'b', 2, '3', 0};
	struct conversion c;

	(void)state;
	parse(contract_conversion, "{}", &c);
	contract_encode(contract_conversion, &c, &out);
	size_t without = out.n;
	c.properties = (struct properties){entries, 4};
	buf_reset(&out);
	contract_encode(contract_conversion, &c, &out);
	assert_int_equal(out.n, without - 1 + sizeof want);
	// tenant, user, conversion_id, event: empty; event_time TIME_ABSENT: 10 bytes; value, currency, order_id: null
	assert_memory_equal(out.p + 4 + 10 + 3, want, sizeof want);
}

static void export_results_come_back_whole(void **state)
{
	static const char json[] =
		"{\"tenant\":\"t\",\"event_id\":\"e1\",\"user\":\"u\",\"goal\":\"g\",\"conversion_id\":\"o1\",\"conversion_time\":1772359200123,"
		"\"verdict\":\"refused\",\"reason\":null,\"destination\":\"events_api\",\"event\":\"Purchase\",\"event_source\":\"web\","
		"\"event_source_id\":\"C4X\",\"test_event_code\":null,\"advertiser_id\":\"7100000000000000001\",\"click_id\":\"E.C.P\","
		"\"currency\":\"PEN\",\"value_micros\":79900000,\"value_now_micros\":null,\"intent_time\":1772359300000,\"maybe_since\":null,"
		"\"verdict_time\":1772359301000,\"attempts\":2,\"code\":40002,\"message\":\"Invalid \\\"value\\\"\",\"request_id\":\"2026\","
		"\"payload\":null}";
	OWN(buf_clear) struct buf again = {0};
	struct export_result r, back;

	(void)state;
	parse(contract_export_result, json, &r);
	assert_int_equal(r.verdict, EXPORT_REFUSED);
	assert_true(r.value_now_micros == TIME_ABSENT);
	assert_int_equal(r.attempts, 2);
	assert_true(r.code == 40002);
	buf_reset(&out);
	contract_encode(contract_export_result, &r, &out);
	decode(contract_export_result, buf_view(&out), &back);
	contract_print_json(contract_export_result, &back, &again);
	assert_view(buf_view(&again), json);
	for (int8_t v = EXPORT_INTENT; v <= EXPORT_SENT_THEN_CHANGED; v++) {
		static const char *const names[] = {"intent", "accepted", "refused", "too_old", "unknown", "paused", "sent_then_changed"};
		struct contract_path path;

		back.verdict = v;
		assert_int_equal(contract_path_resolve(contract_export_result, VIEW_LIT("verdict"), &path, &err), 0);
		assert_view(contract_path_read(&path, &back, &arena), names[v]);
	}
}

// What was never answered says so; 0 is an answer.
static void an_export_result_without_an_answer_has_none(void **state)
{
	struct contract_path code;
	struct export_result r;

	(void)state;
	parse(contract_export_result, "{\"tenant\":\"t\",\"verdict\":\"intent\",\"value_micros\":0,\"attempts\":0,\"payload\":\"{}\"}", &r);
	assert_int_equal(contract_path_resolve(contract_export_result, VIEW_LIT("code"), &code, &err), 0);
	assert_view(contract_path_read(&code, &r, &arena), NULL);
	assert_true(r.verdict_time == TIME_ABSENT);
	assert_view(r.payload, "{}");
	r.code = 0;
	assert_view(contract_path_read(&code, &r, &arena), "0");
	assert_refused(contract_export_result, "{\"verdict\":\"intent\",\"value_micros\":0}", "attempts");
}

static void attributed_conversions_come_back_whole(void **state)
{
	struct credit credits[] = {
		{.click_id = VIEW_LIT("c1"),
			.ttclid = VIEW_LIT("c1"),
			.click_time = 1,
			.channel = VIEW_LIT("tiktok"),
			.share_nanos = 500000000,
			.value_micros = -5,
			.revenue = {1, 2, 3, 4},
			.conversions = {5, 6, 7}},
		{.click_id = VIEW_LIT("c2"), .click_time = INT64_MAX, .channel = VIEW_LIT(""), .ad_id = VIEW_LIT("9")},
	};
	struct attributed_conversion a = {.tenant = VIEW_LIT("t"),
		.outcome = OUTCOME_NO_CLICK,
		.status = FLAG_ABSENT,
		.status_time = TIME_ABSENT,
		.refunded_micros = TIME_ABSENT,
		.context_time = 7,
		.source_fingerprint = INT64_MIN,
		.credits = {credits, 2},
		.previous = {NULL, 0},
		.truncated = 1,
		.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT, .consent = CONSENT_DENIED}};
	struct attributed_conversion b;

	(void)state;
	contract_encode(contract_attributed_conversion, &a, &out);
	decode(contract_attributed_conversion, buf_view(&out), &b);
	assert_int_equal(b.outcome, OUTCOME_NO_CLICK);
	assert_int_equal(b.status, FLAG_ABSENT);
	assert_true(b.status_time == TIME_ABSENT && b.refunded_micros == TIME_ABSENT && b.context_time == 7);
	assert_true(b.source_fingerprint == INT64_MIN);
	assert_int_equal(b.credits.n, 2);
	assert_view(b.credits.p[0].ttclid, "c1");
	assert_true(
		b.credits.p[0].value_micros == -5 && b.credits.p[0].revenue.net_micros == 4 && b.credits.p[0].conversions.delivered_nanos == 7);
	assert_view(b.credits.p[1].ttclid, NULL);
	assert_view(b.credits.p[1].channel, "");
	assert_true(b.credits.p[1].click_time == INT64_MAX);
	assert_null(b.previous.p);
	assert_int_equal(b.truncated, 1);
	assert_int_equal(b.refund_clamped, 0);
	assert_int_equal(b.context.consent, CONSENT_DENIED);
	a.previous = (struct credits){credits, 0}; // there, but empty
	a.status = STATUS_REFUNDED;
	buf_reset(&out);
	contract_encode(contract_attributed_conversion, &a, &out);
	decode(contract_attributed_conversion, buf_view(&out), &b);
	assert_non_null(b.previous.p);
	assert_int_equal(b.previous.n, 0);
	assert_int_equal(b.status, STATUS_REFUNDED);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(click_bytes_are_as_specified, clear),
		cmocka_unit_test_teardown(printed_click_has_all_fields_in_order, clear),
		cmocka_unit_test_teardown(json_orders_are_read, clear),
		cmocka_unit_test_teardown(json_avro_json_is_stable, clear),
		cmocka_unit_test_teardown(export_results_come_back_whole, clear),
		cmocka_unit_test_teardown(an_export_result_without_an_answer_has_none, clear),
		cmocka_unit_test_teardown(missing_fields_are_left_to_the_rules, clear),
		cmocka_unit_test_teardown(times_are_integers_or_iso, clear),
		cmocka_unit_test_teardown(json_that_does_not_fit_names_the_place, clear),
		cmocka_unit_test_teardown(paths_are_read_as_text, clear),
		cmocka_unit_test_teardown(paths_to_nothing_are_refused, clear),
		cmocka_unit_test_teardown(maps_are_encoded_in_byte_order_with_the_last_of_equal_keys, clear),
		cmocka_unit_test_teardown(attributed_conversions_come_back_whole, clear),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
