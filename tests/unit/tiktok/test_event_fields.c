// SPDX-License-Identifier: Apache-2.0
// The table of fields can be asked by path and by name, and each type takes what TikTok takes.
#include "tiktok/event_fields.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"

static struct arena arena;
static struct digest *digest;

static void every_path_finds_its_field(void **state)
{
	char path[128];

	(void)state;
	for (int id = 0; id < FIELD_COUNT; id++) {
		struct view p = event_fields_path((enum event_field_id)id, path, sizeof path);

		assert_int_equal(event_fields_find(p), id);
		assert_true(event_fields[id].sources != 0);
	}
	assert_int_equal(event_fields_find(VIEW_LIT("user.email")), FIELD_USER_EMAIL);
	assert_int_equal(event_fields_find(VIEW_LIT("limited_data_use")), FIELD_LIMITED_DATA_USE);
	assert_int_equal(event_fields_find(VIEW_LIT("properties.contents.price")), FIELD_ITEM_PRICE);
	assert_int_equal(event_fields_find(VIEW_LIT("email")), -1);
}

static void the_nearest_is_what_was_meant(void **state)
{
	static const struct {
		const char *wrong, *right;
	} rows[] = {{"user.phone_number", "user.phone"}, {"page.referer", "page.referrer"}, {"lead.leadid", "lead.lead_id"},
		{"properties.contents.prise", "properties.contents.price"}};
	char out[128];

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++)
		assert_true(view_eq(event_fields_nearest(view_text(rows[i].wrong), out, sizeof out), view_text(rows[i].right)));
}

static void properties_of_a_fields_name_are_offered(void **state)
{
	(void)state;
	assert_int_equal(event_fields_offered(VIEW_LIT("num_adults")), FIELD_NUM_ADULTS);
	assert_int_equal(event_fields_offered(VIEW_LIT("vin")), FIELD_VIN);
	// The money is the goal's, the items are the record's.
	assert_int_equal(event_fields_offered(VIEW_LIT("value")), -1);
	assert_int_equal(event_fields_offered(VIEW_LIT("currency")), -1);
	assert_int_equal(event_fields_offered(VIEW_LIT("price")), -1);
	assert_int_equal(event_fields_offered(VIEW_LIT("email")), -1);
	assert_int_equal(event_fields_offered(VIEW_LIT("")), -1);
}

// NULL: refused.
static void assert_converts(enum event_field_type type, const char *text, const char *expected)
{
	const struct event_fields_tools tools = {digest, &arena, false};
	struct view got = event_fields_convert(type, view_text(text), &tools);

	if (!view_eq(got, view_text(expected)))
		fail_msg("%s: %.*s is not %s", text, VIEW_ARG(got), expected ? expected : "absent");
}

static void types(void **state)
{
	(void)state;
	assert_converts(TYPE_BOOLEAN, "true", "true");
	assert_converts(TYPE_BOOLEAN, " 0", "false");
	assert_converts(TYPE_BOOLEAN, "yes", NULL);
	assert_converts(TYPE_NUMBER, "1.50", "1.50");
	assert_converts(TYPE_INTEGER, "1.50", NULL);
	assert_converts(TYPE_LOCALE, "es_PE", "es-PE");
	assert_converts(TYPE_LOCALE, "  ", NULL);
	assert_converts(TYPE_ATT_STATUS, "not_determined", "NOT_DETERMINED");
	assert_converts(TYPE_ATT_STATUS, "3", NULL);
	assert_converts(TYPE_IP, "203.0.113.9", "203.0.113.9");
	assert_converts(TYPE_IP, "224.0.0.1", NULL);
	assert_converts(TYPE_IP, "fe80::1", NULL);
	assert_converts(TYPE_TEXT, "", NULL);
	assert_converts(TYPE_EMAIL, " ", NULL);
	assert_converts(TYPE_PHONE, "(+1)2133734253", "9f7ec22d72092cd3c0b58726ed9c2d91b92e51a3f29837508fb2948bb22dd2fd");
	assert_converts(TYPE_NAME, "94107", "c884a209ebe08750a7d13db63bd02233b375bd79786cbe329ab11586cc35dead");
	assert_converts(TYPE_DEVICE, "38400000-8CF0-11BD-b23e-10b96e40000d",
		"d4181bb455a74b3bc8b37c75ac9b2c702eb6b9930bd040b861403b31ca85634d");
	for (int type = TYPE_TEXT; type <= TYPE_ATT_STATUS; type++)
		assert_non_null(event_fields_type_words((enum event_field_type)type));
}

static void writing_knows_lists_and_literals(void **state)
{
	OWN(buf_clear) struct buf json = {0};

	(void)state;
	buf_add_byte(&json, '{');
	event_fields_write(FIELD_USER_EMAIL, VIEW_LIT("ab"), &json);
	event_fields_write(FIELD_VALUE, VIEW_LIT("1.50"), &json);
	event_fields_write(FIELD_CONTENT_IDS, VIEW_LIT("a,b"), &json);
	event_fields_write(FIELD_ORDER_ID, VIEW_LIT("7"), &json);
	event_fields_write(FIELD_LIMITED_DATA_USE, VIEW_LIT("true"), &json);
	buf_add_byte(&json, 0);
	assert_string_equal(json.p,
		"{\"email\":[\"ab\"],\"value\":1.50,\"content_ids\":[\"a\",\"b\"],\"order_id\":\"7\",\"limited_data_use\":true");
}

static int setup(void **state)
{
	(void)state;
	digest = digest_new();
	return 0;
}

static int teardown(void **state)
{
	(void)state;
	digest_free(&digest);
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(every_path_finds_its_field),
		cmocka_unit_test(the_nearest_is_what_was_meant),
		cmocka_unit_test(properties_of_a_fields_name_are_offered),
		cmocka_unit_test(types),
		cmocka_unit_test(writing_knows_lists_and_literals),
	};

	return cmocka_run_group_tests(tests, setup, teardown);
}
