// SPDX-License-Identifier: Apache-2.0
// JSON records beyond the plain cases of test_contract.c: limits, empty texts, values that only the rules can judge.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/inside.h"

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

static int parse_items(int n, struct order *order)
{
	OWN(buf_clear) struct buf json = {0};

	buf_add_text(&json, "{\"items\":[");
	for (int i = 0; i < n; i++)
		buf_addf(&json, "%s{\"id\":\"%d\"}", i ? "," : "", i);
	buf_add_text(&json, "]}");
	struct view kept = arena_dup(&arena, buf_view(&json)); // views into it outlive the buffer
	return contract_parse_json(contract_order, kept, &arena, order, &err);
}

static void lists_grow_to_their_limit(void **state)
{
	struct order order;

	(void)state;
	assert_int_equal(parse_items(10000, &order), 0);
	assert_int_equal(order.items.n, 10000);
	assert_true(view_eq(order.items.p[9999].id, VIEW_LIT("9999")));
	assert_true(view_eq(order.items.p[0].id, VIEW_LIT("0")));
	assert_int_equal(parse_items(10001, &order), -1);
	assert_non_null(strstr(err.words, "too many elements"));
}

static void many_keys_may_not_repeat(void **state)
{
	OWN(buf_clear) struct buf json = {0};
	struct order order;

	(void)state;
	buf_add_text(&json, "{\"properties\":{");
	for (int i = 0; i < 100; i++)
		buf_addf(&json, "\"k%d\":\"%d\",", i, i);
	size_t n = json.n;
	buf_add_text(&json, "\"x\":\"y\"}}");
	assert_int_equal(contract_parse_json(contract_order, buf_view(&json), &arena, &order, &err), 0);
	assert_int_equal(order.properties.n, 101);
	json.n = n;
	buf_add_text(&json, "\"k7\":\"y\"}}");
	assert_int_equal(contract_parse_json(contract_order, buf_view(&json), &arena, &order, &err), -1);
	assert_non_null(strstr(err.words, "properties: a key is there twice"));
}

static void empty_texts_are_as_good_as_none(void **state)
{
	struct order o;
	struct click c;

	(void)state;
	assert_int_equal(contract_parse_json(contract_order,
						 VIEW_LIT("{\"status\":\"\",\"order_id\":\"\",\"value\":\"\",\"context\":{\"consent\":\"\","
								  "\"event_source\":\"\",\"shop_id\":\"\",\"ttclid_time\":\"\"}}"),
						 &arena, &o, &err),
		0);
	assert_int_equal(o.status, ENUM_MISSING);
	assert_true(o.order_id.p && o.order_id.n == 0); // required: the rules say missing_field
	assert_int_equal(o.context.consent, CONSENT_UNKNOWN);
	assert_int_equal(o.context.event_source, EVENT_SOURCE_WEB);
	assert_null(o.context.shop_id.p);
	assert_true(o.context.ttclid_time == TIME_ABSENT);
	assert_int_equal(contract_parse_json(contract_click, VIEW_LIT("{\"channel\":\"\",\"ttclid\":\"\"}"), &arena, &c, &err), 0);
	assert_true(c.channel.p && c.channel.n == 0);
	assert_null(c.ttclid.p);
}

static void amounts_keep_what_was_written(void **state)
{
	struct order o;

	(void)state;
	assert_int_equal(contract_parse_json(contract_order, VIEW_LIT("{\"value\":12345678901234567890.10,\"refunded\":-1e3}"), &arena, &o,
						 &err),
		0);
	assert_true(view_eq(o.value, VIEW_LIT("12345678901234567890.10")));
	assert_true(view_eq(o.refunded, VIEW_LIT("-1e3")));
	assert_int_equal(contract_parse_json(contract_order, VIEW_LIT("{\"currency\":604}"), &arena, &o, &err), -1); // no amount
	assert_int_equal(contract_parse_json(contract_order, VIEW_LIT("{\"value\":true}"), &arena, &o, &err), -1);
}

// In an optional enum the sign for unknown would be the sign for absent.
static void an_unknown_value_of_an_optional_enum_is_refused(void **state)
{
	struct attributed_conversion a;

	(void)state;
	assert_int_equal(contract_parse_json(contract_attributed_conversion, VIEW_LIT("{\"status\":\"lost\"}"), &arena, &a, &err), -1);
	assert_non_null(strstr(err.words, "status: not one of the values"));
}

static void printed_text_is_escaped_and_nulls_are_shown(void **state)
{
	OWN(buf_clear) struct buf out = {0};
	struct click c = {.tenant = VIEW_LIT("\"\\\n\r\t\x01\x7f\xe2\x82\xac"),
		.event_time = TIME_BAD,
		.channel = VIEW_LIT(""),
		.consent = ENUM_UNKNOWN};

	(void)state;
	contract_print_json(contract_click, &c, &out);
	buf_add_byte(&out, 0);
	assert_non_null(strstr(out.p, "{\"tenant\":\"\\\"\\\\\\n\\r\\t\\u0001\\u007f\xe2\x82\xac\",\"user\":null,\"event_time\":null,"));
	assert_non_null(strstr(out.p, "\"channel\":\"\","));
	assert_non_null(strstr(out.p, "\"consent\":null}"));
}

static void a_writers_schema_that_is_none_is_a_bad_record(void **state)
{
	struct plan *plan = NULL;

	(void)state;
	assert_int_equal(plan_new(contract_click, VIEW_LIT("{\"type\":\"record\"}"), &plan, &err), -1);
	assert_string_equal(err.code, "bad_record");
	assert_int_equal(err.class, ERR_POISON);
	assert_null(plan);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(lists_grow_to_their_limit, clear),
		cmocka_unit_test_teardown(many_keys_may_not_repeat, clear),
		cmocka_unit_test_teardown(empty_texts_are_as_good_as_none, clear),
		cmocka_unit_test_teardown(amounts_keep_what_was_written, clear),
		cmocka_unit_test_teardown(an_unknown_value_of_an_optional_enum_is_refused, clear),
		cmocka_unit_test_teardown(printed_text_is_escaped_and_nulls_are_shown, clear),
		cmocka_unit_test_teardown(a_writers_schema_that_is_none_is_a_bad_record, clear),
	};

	return cmocka_run_group_tests(tests, set_up, NULL);
}
