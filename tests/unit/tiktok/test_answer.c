// SPDX-License-Identifier: Apache-2.0
// Any bytes are an answer of some kind; only JSON with a code decides; no secret and nothing personal stays in its texts.
#include "tiktok/answer.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>
#include <jansson.h>

static struct answer answer;

static int end(void **state)
{
	(void)state;
	answer_clear(&answer);
	return 0;
}

static void read_text(const char *body)
{
	answer_read(view_text(body), &answer);
}

static void an_envelope_is_read(void **state)
{
	(void)state;
	read_text("{\"code\":40002,\"message\":\"Invalid value for event_id: not a valid string.\",\"new\":{\"x\":[1]},"
			  "\"request_id\":\"202607221104550101921880451200AF31\",\"data\":{}}");
	assert_int_equal(answer.kind, ANSWER_CODE);
	assert_int_equal(answer.code, 40002);
	assert_string_equal(answer.message, "Invalid value for event_id: not a valid string.");
	assert_string_equal(answer.request_id, "202607221104550101921880451200AF31");
	assert_int_equal(answer.items_n, 0);
	read_text("{\"code\":0}"); // nothing of the one before stays
	assert_int_equal(answer.kind, ANSWER_CODE);
	assert_int_equal(answer.code, 0);
	assert_string_equal(answer.message, "");
	assert_string_equal(answer.request_id, "");
}

static void failed_events_have_texts_or_numbers(void **state)
{
	(void)state;
	read_text("{\"code\":20001,\"data\":{\"failed_events\":["
			  "{\"index\":3,\"event_id\":\"a-b\",\"code\":40002,\"message\":\"why\"},"
			  "{\"index\":\"4\",\"event_id\":7123456789012345678,\"code\":\"40062\"},"
			  "{\"index\":-2,\"event_id\":null,\"code\":1.5},5,null]}}");
	assert_int_equal(answer.items_n, 5);
	assert_int_equal(answer.items[0].index, 3);
	assert_string_equal(answer.items[0].event_id, "a-b");
	assert_int_equal(answer.items[0].code, 40002);
	assert_string_equal(answer.items[0].message, "why");
	assert_int_equal(answer.items[1].index, 4);
	assert_string_equal(answer.items[1].event_id, "7123456789012345678");
	assert_int_equal(answer.items[1].code, 40062);
	assert_int_equal(answer.items[2].index, -2);
	assert_string_equal(answer.items[2].event_id, "");
	assert_int_equal(answer.items[2].code, 0);
	assert_int_equal(answer.items[3].index, -1);
	assert_int_equal(answer.items[4].index, -1);
}

static void a_bare_id_beyond_64_bits_does_not_hide_the_code(void **state)
{
	(void)state;
	read_text("{\"code\":20001,\"id\":99999999999999999999999,\"data\":{\"failed_events\":[{\"index\":1}]}}");
	assert_int_equal(answer.kind, ANSWER_CODE);
	assert_int_equal(answer.code, 20001);
	assert_int_equal(answer.items[0].index, 1);
}

static void what_is_no_json_object_is_transient(void **state)
{
	static const char *const bodies[] = {"", " ", "<html><body>502 Bad Gateway</body></html>", "[]", "[0]", "0", "null", "\"code\"", "{",
		"{\"code\":0", "{\"code\":0}x", "{\"code\":0,\"code\":0}", "{\"code\":0,\"data\":{\"a\":1,\"a\":1}}", "{'code':0}", "{\"code\":0,}",
		"{\"code\":00}", "{\"message\":\"\xff\",\"code\":0}", "{\"message\":\"\\ud800\",\"code\":0}",
		"{\"message\":\"\\u0000\",\"code\":0}", "{\"code\":1e999}", "\xef\xbb\xbf{\"code\":0}"};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		read_text(bodies[i]);
		if (answer.kind != ANSWER_TRANSIENT)
			fail_msg("%s", bodies[i]);
	}
	answer_read(VIEW_ABSENT, &answer);
	assert_int_equal(answer.kind, ANSWER_TRANSIENT);
	answer_read(VIEW_LIT("{\"code\":0}\0"), &answer);
	assert_int_equal(answer.kind, ANSWER_TRANSIENT);
}

static void json_without_a_usable_code_is_another_protocol(void **state)
{
	static const char *const bodies[] = {"{}", "{\"error\":\"x\"}", "{\"code\":null}", "{\"code\":\"ok\"}", "{\"code\":-1}",
		"{\"code\":1.5}", "{\"code\":true}", "{\"code\":{}}", "{\"code\":2147483648}", "{\"data\":{\"code\":0}}"};

	(void)state;
	for (size_t i = 0; i < sizeof bodies / sizeof *bodies; i++) {
		read_text(bodies[i]);
		if (answer.kind != ANSWER_PROTOCOL)
			fail_msg("%s", bodies[i]);
	}
}

static void data_keeps_the_digits_of_its_numbers(void **state)
{
	(void)state;
	answer_read_data(view_text("{\"code\":0,\"data\":{\"id\":7000000000000000001,\"far\":99999999999999999999999,\"spend\":0.10}}"), 1000,
		&answer);
	assert_int_equal(answer.kind, ANSWER_CODE);
	assert_string_equal(json_string_value(json_object_get(answer.data, "id")), "7000000000000000001");
	assert_string_equal(json_string_value(json_object_get(answer.data, "far")), "99999999999999999999999");
	assert_string_equal(json_string_value(json_object_get(answer.data, "spend")), "0.10");
	answer_read_data(view_text("{\"code\":0,\"data\":{}}"), 19, &answer);
	assert_int_equal(answer.kind, ANSWER_TRANSIENT);
	assert_null(answer.data);
	answer_read_data(view_text("{\"code\":40105}"), 20, &answer);
	assert_int_equal(answer.code, 40105);
	assert_null(answer.data);
	answer_read_data(view_text("{\"code\":1.5}"), 20, &answer);
	assert_int_equal(answer.kind, ANSWER_PROTOCOL);
	read_text("{\"code\":0,\"data\":{}}");
	assert_null(answer.data);
}

static void depth_and_size_have_ends(void **state)
{
	struct buf body = {0};

	(void)state;
	buf_add_text(&body, "{\"code\":0,\"data\":");
	for (int i = 0; i < 31; i++)
		buf_add_byte(&body, '[');
	for (int i = 0; i < 31; i++)
		buf_add_byte(&body, ']');
	buf_add_byte(&body, '}');
	answer_read(buf_view(&body), &answer);
	assert_int_equal(answer.kind, ANSWER_CODE);
	buf_reset(&body);
	buf_add_text(&body, "{\"code\":0,\"data\":");
	for (int i = 0; i < 100000; i++)
		buf_add_byte(&body, '[');
	answer_read(buf_view(&body), &answer);
	assert_int_equal(answer.kind, ANSWER_TRANSIENT);
	buf_reset(&body);
	buf_add_text(&body, "{\"message\":\"[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[\\\"[[[[\",\"code\":0}");
	answer_read(buf_view(&body), &answer);
	assert_int_equal(answer.kind, ANSWER_CODE);
	buf_reset(&body);
	buf_add_text(&body, "{\"code\":0");
	while (body.n < ANSWER_BODY_MAX)
		buf_add_byte(&body, ' ');
	buf_add_byte(&body, '}');
	answer_read(buf_view(&body), &answer);
	assert_int_equal(answer.kind, ANSWER_TRANSIENT);
	buf_clear(&body);
}

static void failed_events_have_an_end(void **state)
{
	struct buf body = {0};

	(void)state;
	buf_add_text(&body, "{\"code\":20001,\"data\":{\"failed_events\":[{}");
	for (int i = 0; i < 5000; i++)
		buf_add_text(&body, ",{}");
	buf_add_text(&body, "]}}");
	answer_read(buf_view(&body), &answer);
	assert_int_equal(answer.items_n, ANSWER_ITEMS_MAX);
	buf_clear(&body);
}

static void assert_text(const char *text, size_t room, const char *expected)
{
	char out[256];

	memset(out, 'x', sizeof out);
	answer_text(view_text(text), out, room);
	assert_string_equal(out, expected);
}

static void texts_keep_no_secret_and_nothing_personal(void **state)
{
	(void)state;
	assert_text("Invalid value for properties.contents.0.content_id: Not a valid string", 256,
		"Invalid value for properties.contents.0.content_id: Not a valid string");
	assert_text("token 0123456789abcdef0123456789ABCDEF01234567 is wrong", 256, "token … is wrong");
	assert_text("token=0123456789abcdef0123456789ABCDEF, is", 256, "…, is");
	assert_text("value 'jane@shop.example' and <me@x.test>", 256, "value '…' and …");
	assert_text("id 7123456789012345678", 256, "id 7123456789012345678");
	assert_text("a\r\nb\tc\x7f", 256, "a  b c ");
	assert_text("", 256, "");
	assert_text("abcdef", 4, "abc");
	assert_text("abé", 4, "ab"); // not half a letter
	assert_text("abé", 5, "abé");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test_teardown(an_envelope_is_read, end),
		cmocka_unit_test_teardown(failed_events_have_texts_or_numbers, end),
		cmocka_unit_test_teardown(a_bare_id_beyond_64_bits_does_not_hide_the_code, end),
		cmocka_unit_test_teardown(what_is_no_json_object_is_transient, end),
		cmocka_unit_test_teardown(json_without_a_usable_code_is_another_protocol, end),
		cmocka_unit_test_teardown(data_keeps_the_digits_of_its_numbers, end),
		cmocka_unit_test_teardown(depth_and_size_have_ends, end),
		cmocka_unit_test_teardown(failed_events_have_an_end, end),
		cmocka_unit_test(texts_keep_no_secret_and_nothing_personal),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
