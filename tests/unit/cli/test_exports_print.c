// SPDX-License-Identifier: Apache-2.0
// Promise: the table is aligned, has a column for changed values only if there are any, and colours only if told so; the JSON is valid and says the same.
#include "cli/exports_print.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>

#include <cmocka.h>

#include "base/own.h"

static struct exports_row row(const char *tenant, int verdict, uint64_t events, int64_t micros)
{
	return (struct exports_row){.tenant = view_text(tenant),
		.reason = VIEW_ABSENT,
		.currency = VIEW_LIT("EUR"),
		.day_ms = 1790000000000 / 86400000 * 86400000,
		.verdict = verdict,
		.events = events,
		.value_micros = micros};
}

static void assert_table(const struct exports_row *rows, size_t n, bool colour, const char *text)
{
	OWN(buf_clear) struct buf out = {0};

	exports_print_table(rows, n, colour, &out);
	buf_add_byte(&out, 0);
	assert_string_equal(out.p, text);
}

static void test_table(void **state)
{
	(void)state;
	struct exports_row rows[] = {row("shop", EXPORT_ACCEPTED, 1200, 20500000), row("demo-\tshop", EXPORT_REFUSED, 1, 1230000000)};

	rows[1].reason = VIEW_LIT("missing_field");
	assert_table(rows, 0, false, "");
	assert_table(rows, 1, false,
		"tenant  day         verdict   reason  events      value\n"
		"shop    2026-09-21  accepted  -         1200  20.50 EUR\n"
		"\n1200 events: 1200 accepted\n");
	assert_table(rows, 2, false,
		"tenant      day         verdict   reason         events        value\n"
		"shop        2026-09-21  accepted  -                1200    20.50 EUR\n"
		"demo-?shop  2026-09-21  refused   missing_field       1  1230.00 EUR\n"
		"\n1201 events: 1200 accepted, 1 refused\n");
}

static void test_changed_and_colour(void **state)
{
	(void)state;
	struct exports_row rows[] = {row("s", EXPORT_SENT_THEN_CHANGED, 1, 20000000), row("s", ENUM_UNKNOWN, 1, 0)};

	rows[0].now_micros = 5000000;
	rows[1].currency = VIEW_LIT("");
	assert_table(rows, 2, true,
		"tenant  day         verdict            reason  events      value       now\n"
		"s       2026-09-21  \033[33msent_then_changed  \033[0m-            1  20.00 EUR  5.00 EUR\n"
		"s       2026-09-21  other              \033[0m-            1          -         -\n"
		"\n2 events: 1 sent_then_changed, 1 other\n");
}

static void test_json(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf out = {0};
	struct exports_row rows[] = {row("a \"shop\"", EXPORT_SENT_THEN_CHANGED, 3, 20000000), row("s", EXPORT_PAUSED, 1, 0)};

	rows[0].now_micros = 7;
	rows[1].currency = VIEW_LIT("");
	exports_print_json(rows, 2, &out);
	json_t *all = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);

	assert_int_equal(json_array_size(all), 2);
	const json_t *first = json_array_get(all, 0), *second = json_array_get(all, 1);

	assert_string_equal(json_string_value(json_object_get(first, "tenant")), "a \"shop\"");
	assert_string_equal(json_string_value(json_object_get(first, "day")), "2026-09-21");
	assert_string_equal(json_string_value(json_object_get(first, "verdict")), "sent_then_changed");
	assert_string_equal(json_string_value(json_object_get(first, "currency")), "EUR");
	assert_int_equal(json_integer_value(json_object_get(first, "events")), 3);
	assert_int_equal(json_integer_value(json_object_get(first, "value_micros")), 20000000);
	assert_int_equal(json_integer_value(json_object_get(first, "value_now_micros")), 7);
	assert_true(json_is_null(json_object_get(second, "currency")));
	assert_true(json_is_null(json_object_get(second, "reason")));
	assert_true(json_is_null(json_object_get(second, "value_now_micros")));
	json_decref(all);
	buf_reset(&out);
	exports_print_json(NULL, 0, &out);
	assert_true(view_eq(buf_view(&out), VIEW_LIT("[\n]\n")));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_table),
		cmocka_unit_test(test_changed_and_colour),
		cmocka_unit_test(test_json),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
