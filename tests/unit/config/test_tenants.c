// SPDX-License-Identifier: Apache-2.0
// Tenants come from the file and from a folder, each exactly once, and what is wrong with one names its own file.
#include "config/tenants.h"

#include "tests/unit/config/given.h"

static void given_directory(void)
{
	assert_true(mkdir("tenants.d", 0700) == 0 || access("tenants.d", F_OK) == 0);
}

static void test_files_of_the_directory_are_tenants(void **state)
{
	(void)state;
	given_directory();
	given_file("tenants.d/b.yaml", "id: b\nmax_lookback: 30d\ngoals: [{name: g, lookback: 30d}]\n");
	given_file("tenants.d/a.yml", "id: a\n");
	given_file("tenants.d/notes.txt", "no yaml: [");
	given_file("tenants.d/.hidden.yaml", "no yaml: [");
	OWN(config_free) struct config *c = given_config("tenants_directory: ./tenants.d\ntenants: [{id: aa}]\n");

	assert_int_equal(c->tenant_count, 3);
	assert_string_equal(c->tenants[0].id.p, "a");
	assert_string_equal(c->tenants[1].id.p, "aa");
	assert_string_equal(c->tenants[2].id.p, "b");
	assert_int_equal(c->tenants[2].goals[0].lookback_ms, 30LL * 86400000);
	given_is_refused("tenants_directory: tenants.d/\ntenants:\n  - id: b\n",
		"tenants.d/b.yaml:1:1: tenant b is there twice, first in lookback.yaml:3:5\n");
	unlink("tenants.d/b.yaml");
	unlink("tenants.d/a.yml");
}

static void test_a_bad_tenant_file_is_named(void **state)
{
	(void)state;
	given_directory();
	given_file("tenants.d/x.yaml", "id: x\nmax_lokback: 1d\n");
	given_file("tenants.d/y.yaml", "");
	given_file("tenants.d/z.yaml", "- id: z\n");
	given_is_refused("tenants_directory: tenants.d\n",
		"tenants.d/x.yaml:2:1: \"max_lokback\" is no key of a tenant; nearest: max_lookback\n"
		"tenants.d/y.yaml: is empty; a tenant file is an entry of `tenants`\n"
		"tenants.d/z.yaml:1:1: a tenant is a map of settings\n");
	unlink("tenants.d/x.yaml");
	unlink("tenants.d/y.yaml");
	unlink("tenants.d/z.yaml");
	given_is_refused("tenants_directory: gone.d\n", "lookback.yaml:1:1: tenants_directory: gone.d: No such file or directory\n");
}

static void test_what_a_tenant_needs_is_asked_for(void **state)
{
	(void)state;
	given_is_refused("tenants:\n  - max_lookback: 1d\n", "lookback.yaml:2:5: id is missing\n");
	given_is_refused("tenants:\n  - id: a|b\n",
		"lookback.yaml:2:9: id: \"a|b\" is not text of letters, digits, dots, underscores and hyphens, at most 64 bytes\n");
	given_is_refused("tenants:\n  - id: a\n    goals:\n      - source: orders\n", "lookback.yaml:4:9: name is missing\n");
	given_is_refused("tenants:\n  a: {}\n", "lookback.yaml:2:3: tenants: needs a list, an entry begins with \"- id: \"\n");
	given_is_refused("tenants:\n  - id: a\n    goals: {name: g}\n",
		"lookback.yaml:3:12: goals: needs a list, an entry begins with \"- name: \"\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, lookbak: 1d}]}]\n",
		"lookback.yaml:1:37: \"lookbak\" is no key of a goal; nearest: lookback\n");
}

static void test_an_id_is_there_once(void **state)
{
	(void)state;
	given_is_refused("tenants:\n  - id: a\n  - id: b\n  - id: a\n",
		"lookback.yaml:4:5: tenant a is there twice, first in lookback.yaml:2:5\n");
}

static void test_a_tenant_has_a_largest_number_of_goals(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf text = {0};

	buf_add_text(&text, "tenants:\n  - id: a\n    goals:\n");
	for (int i = 0; i < LOADING_GOALS_MAX; i++)
		buf_addf(&text, "      - name: g%d\n", i);
	buf_add_byte(&text, '\0');
	OWN(config_free) struct config *c = given_config(text.p);
	assert_int_equal(c->tenants[0].goal_count, LOADING_GOALS_MAX);
	text.n--;
	buf_addf(&text, "      - name: more%c", '\0');
	given_is_refused(text.p, "lookback.yaml:4:7: goals: more than 256 of a tenant, or 1000000 in all\n");
}

static void test_tenants_share_goals_by_alias(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config("tenants:\n  - id: a\n    goals: &g [{name: p, model: linear}]\n  - {id: b, goals: *g}\n");

	assert_int_equal(c->tenants[1].goals[0].model, MODEL_LINEAR);
	assert_ptr_not_equal(c->tenants[0].goals, c->tenants[1].goals);
}

static void text_is(struct view got, const char *want)
{
	assert_true(view_eq(got, view_text(want)));
}

static void test_sections_hold_dotted_keys(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config(
		"tenants:\n  - id: a\n    tiktok:\n      advertiser_id: 7100000000000000001\n      pixel_code: C4X\n    goals:\n      - name: g\n"
		"        export: per_credit\n        export_delay: 1h\n        export_at: delivered\n        send: all\n        event_id: ttclid_date\n"
		"        destination:\n          source: offline\n          offline_event_set_id: 5\n          test_event_code: TEST1\n"
		"          events: {b: PlaceAnOrder, a: Lead, c: null, d: 'null'}\n          fields: {properties.description: '{event} of {context.shop_id}'}\n"
		"          view_content: view_item\n          offline_api: legacy\n          lower_case_external_id: true\n"
		"    order_sync: {statuses: {cancelled: CANCEL_ORDER}, merchant_id: 42, fields: {extra.no_show: '{properties.noshow}'}}\n"
		"  - id: b\n    tiktok:\n    goals: [{name: g, destination: null}]\n");
	const struct tenant *t = &c->tenants[0];
	const struct destination *d = &t->goals[0].destination;

	text_is(t->tiktok.advertiser_id, "7100000000000000001");
	text_is(t->tiktok.pixel_code, "C4X");
	text_is(t->tiktok.order_sync.merchant_id, "42");
	assert_int_equal(t->tiktok.order_sync.status_count, 1);
	text_is(t->tiktok.order_sync.statuses[0].to, "CANCEL_ORDER");
	assert_int_equal(t->tiktok.order_sync.field_count, 1);
	text_is(t->tiktok.order_sync.fields[0].from, "extra.no_show");
	assert_false(view_is_set(t->tiktok.order_sync.country));
	assert_false(view_is_set(t->tiktok.app_id) || view_is_set(t->tiktok.access_token) || view_is_set(d->pixel_code));
	assert_int_equal(d->delay_ms, 3600000);
	assert_int_equal(d->at, EXPORT_AT_DELIVERED);
	assert_int_equal(d->send, SEND_ALL);
	assert_int_equal(d->event_id, EVENT_ID_TTCLID_DATE);
	assert_int_equal(d->source, SOURCE_OFFLINE);
	text_is(d->offline_event_set_id, "5");
	text_is(d->test_event_code, "TEST1");
	assert_int_equal(d->event_count, 4);
	text_is(d->events[0].from, "a");
	text_is(d->events[0].to, "Lead");
	text_is(d->events[1].from, "b");
	assert_false(view_is_set(d->events[2].to)); // not sent
	text_is(d->events[3].to, "null");
	assert_int_equal(d->field_count, 1);
	text_is(d->fields[0].to, "{event} of {context.shop_id}");
	assert_int_equal(d->view_content, VIEW_CONTENT_VIEW_ITEM);
	assert_int_equal(d->offline_api, OFFLINE_LEGACY);
	assert_true(d->lower_case_external_id);
	d = &c->tenants[1].goals[0].destination;
	assert_int_equal(d->delay_ms, 600000);
	assert_int_equal(d->send, SEND_ATTRIBUTED);
	assert_int_equal(d->source, SOURCE_AUTO);
	assert_int_equal(d->event_count + d->field_count, 0);
}

static void test_what_is_wrong_in_a_section_is_named(void **state)
{
	(void)state;
	given_is_refused("tenants:\n  - id: a\n    tiktok:\n      advertizer_id: 7\n",
		"lookback.yaml:4:7: \"tiktok.advertizer_id\" is no key of a tenant; nearest: tiktok.advertiser_id\n");
	given_is_refused("tenants:\n  - id: a\n    tiktokk: {}\n", "lookback.yaml:3:5: \"tiktokk\" is no key of a tenant\n");
	given_is_refused("tenants:\n  - id: a\n    advertiser_id: 7\n",
		"lookback.yaml:3:5: \"advertiser_id\" is no key of a tenant; nearest: tiktok.advertiser_id\n");
	given_is_refused("tenants:\n  - id: a\n    tiktok: 7\n", "lookback.yaml:3:13: tiktok: needs a map\n");
	given_is_refused("tenants:\n  - id: a\n    goals:\n      - name: g\n        destination: [x]\n",
		"lookback.yaml:5:22: destination: needs a map\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, destination: {pixelcode: x}}]}]\n",
		"lookback.yaml:1:51: \"destination.pixelcode\" is no key of a goal; nearest: destination.pixel_code\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, destination: {source: webb}}]}]\n",
		"lookback.yaml:1:59: destination.source: \"webb\" is not one of auto, web, app, offline, crm; nearest: web\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, destination: {events: {a: ''}}}]}]\n",
		"lookback.yaml:1:63: destination.events: a text here has 1 to 256 bytes of UTF-8\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, destination: {events: {a: [b]}}}]}]\n",
		"lookback.yaml:1:63: destination.events: needs a single value, this is a list\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, destination: {fields: [a]}}]}]\n",
		"lookback.yaml:1:59: destination.fields: needs a map, this is a list\n");
	given_is_refused("tenants: [{id: a, goals: [{name: g, destination: {fields: {a: null}}}]}]\n",
		"lookback.yaml:1:63: destination.fields: null is no text; for the word, put it into quotes\n");
}

// Whoever attributes need not have the token: it is read when an event is sent.
static void test_a_token_stays_as_it_is_written(void **state)
{
	(void)state;
	unsetenv("GIVEN_NOT_SET");
	OWN(config_free)
	struct config *c =
		given_config("tenants:\n  - {id: a, tiktok: {access_token: '${file:/nowhere/t}'}}\n  - {id: b, tiktok: {access_token: "
					 "'${GIVEN_NOT_SET}'}}\n");
	text_is(c->tenants[0].tiktok.access_token, "${file:/nowhere/t}");
	text_is(c->tenants[1].tiktok.access_token, "${GIVEN_NOT_SET}");
	given_is_refused("tenants:\n  - {id: a, tiktok: {access_token: '${file:/nowhere'}}\n",
		"lookback.yaml:2:36: tiktok.access_token: a ${ has no }; for a plain ${ write $${\n");
	given_is_refused("tenants:\n  - {id: a, tiktok: {access_token: \"secret\\x01\"}}\n",
		"lookback.yaml:2:36: tiktok.access_token: this value is not text, at most 4096 bytes, or null\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_files_of_the_directory_are_tenants),
		cmocka_unit_test(test_a_bad_tenant_file_is_named),
		cmocka_unit_test(test_what_a_tenant_needs_is_asked_for),
		cmocka_unit_test(test_an_id_is_there_once),
		cmocka_unit_test(test_a_tenant_has_a_largest_number_of_goals),
		cmocka_unit_test(test_tenants_share_goals_by_alias),
		cmocka_unit_test(test_sections_hold_dotted_keys),
		cmocka_unit_test(test_what_is_wrong_in_a_section_is_named),
		cmocka_unit_test(test_a_token_stays_as_it_is_written),
	};

	return GIVEN_TESTS(tests);
}
