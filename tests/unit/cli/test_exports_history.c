// SPDX-License-Identifier: Apache-2.0
// Promise: an event is found by its id or its conversion's, of the right tenant alone; its records stand oldest first; payloads are shown only if asked for.
#include "cli/exports_history.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/contract.h"

static struct export_result result(const char *tenant, const char *event, const char *conversion, int verdict)
{
	return (struct export_result){.tenant = view_text(tenant),
		.event_id = view_text(event),
		.user = VIEW_LIT("ada"),
		.goal = VIEW_LIT("purchase"),
		.conversion_id = view_text(conversion),
		.conversion_time = 1790000000000,
		.verdict = (int8_t)verdict,
		.destination = VIEW_LIT("events_api"),
		.event = VIEW_LIT("Purchase"),
		.event_source = VIEW_LIT("web"),
		.event_source_id = VIEW_LIT("PIXEL"),
		.advertiser_id = VIEW_LIT("700"),
		.currency = VIEW_LIT("EUR"),
		.value_micros = 20000000,
		.value_now_micros = TIME_ABSENT,
		.intent_time = 1790000000000,
		.verdict_time = TIME_ABSENT,
		.code = TIME_ABSENT,
		.payload = VIEW_LIT("{\"ip\":\"203.0.113.9\"}")};
}

static void take(struct exports_history *h, const char *key, int64_t offset, const struct export_result *r)
{
	const struct record record = {.partition = 3, .offset = offset, .timestamp = 1790000000000 + offset, .key = view_text(key)};

	exports_history_take(h, &record, r);
}

static bool wants(const struct exports_history *h, const char *key, const char *value)
{
	return exports_history_wants(h, &(struct record){.key = view_text(key), .value = view_text(value)});
}

static void test_found_by_either_id(void **state)
{
	(void)state;
	struct export_result r[] = {result("shop", "e1", "o1", EXPORT_INTENT), result("shop", "e2", "o1", EXPORT_INTENT),
		result("shop", "o1", "x", EXPORT_INTENT), result("shop2", "e1", "o1", EXPORT_INTENT), result("shop", "e11", "o11", EXPORT_INTENT)};
	const struct {
		const char *id;
		size_t found;
	} cases[] = {{"o1", 3}, {"e1", 1}, {"x", 1}, {"e", 0}};

	for (size_t c = 0; c < sizeof cases / sizeof *cases; c++) {
		OWN(exports_history_free) struct exports_history *h = exports_history_new(VIEW_LIT("shop"), view_text(cases[c].id));

		for (size_t i = 0; i < sizeof r / sizeof *r; i++)
			take(h, "k", (int64_t)i, &r[i]);
		assert_int_equal(exports_history_count(h), cases[c].found);
	}
}

static void test_what_is_not_worth_decoding(void **state)
{
	(void)state;
	OWN(exports_history_free) struct exports_history *h = exports_history_new(VIEW_LIT("shop"), VIEW_LIT("o1"));

	assert_true(wants(h, "shop|purchase|e1", "..o1.."));
	assert_false(wants(h, "shop|purchase|e1", "..o2.."));
	assert_false(wants(h, "shop2|purchase|e1", "..o1.."));
	assert_false(wants(h, "shop", "o1"));
	assert_false(wants(h, NULL, "o1"));
	assert_false(wants(h, "shop|purchase|o1", NULL));
}

static void test_oldest_first_by_event(void **state)
{
	(void)state;
	OWN(exports_history_free) struct exports_history *h = exports_history_new(VIEW_LIT("shop"), VIEW_LIT("o1"));
	OWN(buf_clear) struct buf out = {0};
	struct export_result r = result("shop", "e1", "o1", EXPORT_INTENT), other = result("shop", "e2", "o1", EXPORT_INTENT);

	take(h, "shop|purchase|e2", 5, &other);
	take(h, "shop|purchase|e1", 7, &r);
	r.verdict = EXPORT_ACCEPTED;
	r.attempts = 2;
	r.code = 0;
	r.message = VIEW_LIT("OK\n");
	take(h, "shop|purchase|e1", 9, &r);
	exports_history_print_json(h, false, &out);
	json_t *all = json_loadb(out.p, out.n, JSON_REJECT_DUPLICATES, NULL);

	assert_int_equal(json_array_size(all), 2);
	const json_t *first = json_array_get(all, 0), *records = json_object_get(first, "records"), *last = json_array_get(records, 1);

	assert_string_equal(json_string_value(json_object_get(first, "event_id")), "e1");
	assert_string_equal(json_string_value(json_object_get(first, "verdict")), "accepted");
	assert_int_equal(json_array_size(records), 2);
	assert_int_equal(json_integer_value(json_object_get(last, "offset")), 9);
	assert_int_equal(json_integer_value(json_object_get(json_object_get(last, "result"), "attempts")), 2);
	json_decref(all);
}

static void assert_says(const struct buf *text, const char *words)
{
	if (!memmem(text->p, text->n, words, strlen(words)))
		fail_msg("no \"%s\" in:\n%.*s", words, VIEW_ARG(buf_view(text)));
}

static void test_for_people(void **state)
{
	(void)state;
	OWN(exports_history_free) struct exports_history *h = exports_history_new(VIEW_LIT("shop"), VIEW_LIT("o1"));
	OWN(buf_clear) struct buf out = {0};
	struct export_result r = result("shop", "e1", "o1", EXPORT_SENT_THEN_CHANGED);

	r.value_now_micros = 15000000;
	r.attempts = 1;
	r.code = 0;
	r.request_id = VIEW_LIT("R7");
	take(h, "shop|purchase|e1", 0, &r);
	exports_history_print(h, false, &out);
	assert_says(&out, "event e1: sent_then_changed\n");
	assert_says(&out, "conversion  o1 of user ada, goal purchase, 2026-09-21T");
	assert_says(&out, "sent as     Purchase to web PIXEL (events_api) for advertiser 700\n");
	assert_says(&out, "click       none: the conversion as a whole\n");
	assert_says(&out, "value       20.00 EUR was sent, the conversion says 15.00 EUR now\n");
	assert_says(&out, "  sent_then_changed  1 request  code 0  request id R7  says 15.00 EUR\n");
}

static void test_payload_on_request(void **state)
{
	(void)state;
	struct export_result r = result("shop", "e1", "o1", EXPORT_INTENT);

	for (int payload = 0; payload < 2; payload++)
		for (int json = 0; json < 2; json++) {
			OWN(exports_history_free) struct exports_history *h = exports_history_new(VIEW_LIT("shop"), VIEW_LIT("o1"));
			OWN(buf_clear) struct buf out = {0};

			take(h, "k", 0, &r);
			(json ? exports_history_print_json : exports_history_print)(h, payload, &out);
			assert_int_equal(memmem(out.p, out.n, "203.0.113.9", 11) != NULL, payload);
			if (json)
				assert_says(&out, payload ? "\"payload_withheld\": false" : "\"payload_withheld\": true");
		}
}

static void test_a_ceiling(void **state)
{
	(void)state;
	OWN(exports_history_free) struct exports_history *h = exports_history_new(VIEW_LIT("shop"), VIEW_LIT("o1"));
	struct export_result r = result("shop", "e1", "o1", EXPORT_INTENT);

	for (int i = 0; i < EXPORTS_HISTORY_MOST + 3; i++)
		take(h, "k", i, &r);
	assert_int_equal(exports_history_count(h), EXPORTS_HISTORY_MOST);
	assert_int_equal(exports_history_left_out(h), 3);
}

static int setup(void **state)
{
	struct err err;

	(void)state;
	return contract_setup(&err);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_found_by_either_id),
		cmocka_unit_test(test_what_is_not_worth_decoding),
		cmocka_unit_test(test_oldest_first_by_event),
		cmocka_unit_test(test_for_people),
		cmocka_unit_test(test_payload_on_request),
		cmocka_unit_test(test_a_ceiling),
	};

	return cmocka_run_group_tests(tests, setup, NULL);
}
