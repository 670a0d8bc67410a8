// SPDX-License-Identifier: Apache-2.0
// A plan is refused when it could only send wrong or refused events, and says what to change; an event finds its source, its address and its name.
#include "tests/unit/tiktok/event_case.h"

static void one_id_for_many_events_is_refused(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.event_id = EVENT_ID_CONVERSION_ID;
	assert_string_equal(case_plan_fails(&k), "event_setting");
	assert_has(k.err.words, "last_touch_only");
	k.goal.export = EXPORT_LAST_TOUCH_ONLY;
	case_json(&k);
	case_clear(&k);
}

static void a_value_that_is_not_there_yet_is_refused(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.source = GOAL_ORDERS;
	k.goal.value_basis = GOAL_NET;
	k.goal.destination.at = EXPORT_AT_CONFIRMED;
	assert_string_equal(case_plan_fails(&k), "event_setting");
	assert_has(k.err.words, "export_at: delivered");
	k.goal.value_basis = GOAL_CONFIRMED;
	k.c.conversions.confirmed_nanos = 1000000000;
	case_json(&k);
	k.goal.value_basis = GOAL_DELIVERED;
	k.goal.source = GOAL_CONVERSIONS; // all its bases are the value at once
	case_json(&k);
	case_clear(&k);
}

static void offline_takes_standard_names_only(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.tenant.tiktok.offline_event_set_id = T("7111");
	k.goal.event = k.c.event = T("Spin");
	k.goal.destination.source = SOURCE_OFFLINE;
	assert_string_equal(case_plan_fails(&k), "event_setting");
	k.goal.destination.source = SOURCE_AUTO;
	k.c.context.event_source = EVENT_SOURCE_OFFLINE;
	assert_int_equal(case_write(&k), -1);
	assert_string_equal(k.err.code, "bad_field");
	case_event(&k, T("Spin"), T("Purchase"));
	assert_has(case_json(&k), "\"event\":\"Purchase\"");
	k.goal.destination.event_count = 0;
	k.c.context.event_source = EVENT_SOURCE_CRM;
	k.tenant.tiktok.crm_event_set_id = T("7222");
	assert_has(case_json(&k), "\"event\":\"Spin\"");
	case_clear(&k);
}

static void paths_and_templates_are_checked(void **state)
{
	static const struct {
		const char *path, *template, *says;
	} rows[] = {
		{"user.emial", "{context.email}", "user.email"},
		{"event_id", "{conversion_id}", "nearest"},
		{"properties.contents.colour", "{item.id}", "properties.contents."},
		{"properties.contents", "x", "nearest"},
		{"properties.a.b", "x", "nearest"},
		{"user.email", "{context.emial}", "context.emial"},
		{"user.email", "{credit.budget}", "a credit has no such field"},
		{"properties.contents.brand", "{item.colour}", "an item has no such field"},
		{"properties.shop_id", "{item.id}", "properties.contents only"},
		{"properties.shop_id", "{context.shop_id", "without its partner"},
		{"properties.shop_id", "a}b", "without its partner"},
		{"properties.shop_id", "{}", "a path is missing"},
		{"properties.shop_id", "", "nothing stands"},
		{"properties.num_items", "many", "a whole number"},
		{"limited_data_use", "maybe", "true or false"},
		{"properties.context", "{context}", "no single value"},
	};

	(void)state;
	for (size_t i = 0; i < sizeof rows / sizeof *rows; i++) {
		struct event_case k = case_new();

		case_field(&k, view_text(rows[i].path), view_text(rows[i].template));
		assert_string_equal(case_plan_fails(&k), "event_field");
		assert_has(k.err.words, rows[i].says);
		assert_has(k.err.words, "purchase");
		case_clear(&k);
	}
}

static void a_fixed_source_has_its_fields_only(void **state)
{
	struct event_case k = case_new();

	(void)state;
	case_field(&k, T("user.ttclid"), T("{context.ttclid}"));
	k.goal.destination.source = SOURCE_OFFLINE;
	assert_string_equal(case_plan_fails(&k), "event_field");
	assert_has(k.err.words, "offline");
	case_clear(&k);
}

static void without_an_address_it_says_which_setting(void **state)
{
	static const char *const keys[] = {"pixel_code", "app_id", "offline_event_set_id", "crm_event_set_id"};

	(void)state;
	for (int i = 0; i < 4; i++) {
		struct event_case k = case_new();

		k.tenant.tiktok.pixel_code = VIEW_ABSENT;
		k.goal.destination.source = (enum destination_source)(SOURCE_WEB + i);
		assert_int_equal(case_write(&k), -1);
		assert_int_equal(k.err.class, ERR_POISON);
		assert_string_equal(k.err.code, "missing_field");
		assert_has(k.err.words, keys[i]);
		case_clear(&k);
	}
}

static void the_goals_address_goes_before_the_tenants(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.goal.destination.pixel_code = T("C4OTHER");
	case_json(&k);
	assert_true(view_eq(k.written.address.source_id, T("C4OTHER")));
	case_clear(&k);
}

static void an_app_id_makes_it_an_app_event(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.tenant.tiktok.app_id = T("7");
	k.c.context.app.id = T("com.shop");
	case_json(&k);
	assert_int_equal(k.written.address.source, EVENT_SOURCE_APP);
	k.goal.destination.source = SOURCE_WEB;
	case_json(&k);
	assert_int_equal(k.written.address.source, EVENT_SOURCE_WEB);
	case_clear(&k);
}

static void a_plan_needs_nothing_of_the_config_afterwards(void **state)
{
	struct event_case k = case_new();
	char path[] = "properties.note", template[] = "{context.shop_id}!", from[] = "Purchase", to[] = "PlaceAnOrder", pixel[] = "C4";
	struct event_wanted *events;
	size_t n;

	(void)state;
	k.c.context.shop_id = T("pe");
	case_field(&k, view_text(path), view_text(template));
	case_event(&k, view_text(from), view_text(to));
	k.tenant.tiktok.pixel_code = view_text(pixel);
	struct event_plan *plan = case_plan(&k);
	memset(path, 'x', sizeof path - 1);
	memset(template, 'x', sizeof template - 1);
	memset(from, 'x', sizeof from - 1);
	memset(to, 'x', sizeof to - 1);
	memset(pixel, 'x', sizeof pixel - 1);
	memset(k.fields, 0, sizeof k.fields);
	memset(k.events, 0, sizeof k.events);
	assert_int_equal(event_list(plan, &k.c, k.digest, &k.arena, &events, &n), EVENT_NOW);
	assert_int_equal(event_write(plan, &k.c, events, k.digest, &k.arena, &k.written, &k.json, &k.err), 0);
	buf_add_byte(&k.json, 0);
	assert_has(k.json.p, "{\"event\":\"PlaceAnOrder\"");
	assert_has(k.json.p, "\"note\":\"pe!\"");
	assert_true(view_eq(k.written.address.source_id, T("C4")));
	assert_true(view_eq(event_plan_name(plan, EVENT_SOURCE_WEB), T("PlaceAnOrder")));
	event_plan_free(&plan);
	assert_null(plan);
	case_clear(&k);
}

// A refused event leaves those before it in the buffer as they were.
static void what_was_written_before_stays(void **state)
{
	struct event_case k = case_new();
	struct event_wanted *events;
	size_t n;

	(void)state;
	case_item(&k, (struct item){.id = T("a"), .brand = T("Acme"), .quantity = 1});
	case_field(&k, T("properties.contents.quantity"), T("{item.brand}"));
	struct event_plan *plan = case_plan(&k);
	assert_int_equal(event_list(plan, &k.c, k.digest, &k.arena, &events, &n), EVENT_NOW);
	buf_add_text(&k.json, "[before");
	assert_int_equal(event_write(plan, &k.c, events, k.digest, &k.arena, &k.written, &k.json, &k.err), -1);
	assert_has(k.err.words, "properties.contents.quantity");
	assert_true(view_eq(buf_view(&k.json), T("[before")));
	event_plan_free(&plan);
	case_clear(&k);
}

// A record from before the goal's event was renamed.
static void another_event_name_is_looked_up(void **state)
{
	struct event_case k = case_new();

	(void)state;
	k.c.event = T("sign_up");
	assert_has(case_json(&k), "\"event\":\"CompleteRegistration\"");
	case_clear(&k);
}

static void ages(void **state)
{
	(void)state;
	for (int source = EVENT_SOURCE_WEB; source <= EVENT_SOURCE_CRM; source++)
		assert_int_equal(event_oldest((enum event_source)source), INT64_C(28) * 86400 * 1000);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(one_id_for_many_events_is_refused),
		cmocka_unit_test(a_value_that_is_not_there_yet_is_refused),
		cmocka_unit_test(offline_takes_standard_names_only),
		cmocka_unit_test(paths_and_templates_are_checked),
		cmocka_unit_test(a_fixed_source_has_its_fields_only),
		cmocka_unit_test(without_an_address_it_says_which_setting),
		cmocka_unit_test(the_goals_address_goes_before_the_tenants),
		cmocka_unit_test(an_app_id_makes_it_an_app_event),
		cmocka_unit_test(a_plan_needs_nothing_of_the_config_afterwards),
		cmocka_unit_test(what_was_written_before_stays),
		cmocka_unit_test(another_event_name_is_looked_up),
		cmocka_unit_test(ages),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
