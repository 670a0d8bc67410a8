// SPDX-License-Identifier: Apache-2.0
// What the events sink cannot run without is asked for when it is to run, with the place to change; other roles load the same file.
#include "tests/unit/config/given.h"

static char *sink_problems(const char *text, int expected)
{
	OWN(config_free) struct config *c = given_config(text);
	struct buf problems = {0};
	struct err err;

	assert_int_equal(config_check_events_sink(c, &problems, &err), expected);
	if (expected != 0) {
		assert_int_equal(err.class, ERR_FATAL);
		assert_string_equal(err.code, "config_invalid");
	}
	buf_add_byte(&problems, '\0');
	return problems.p;
}

static void is_good(const char *text)
{
	OWN(own_free) char *problems = sink_problems(text, 0);

	assert_string_equal(problems, "");
}

static void is_refused(const char *text, const char *expected)
{
	OWN(own_free) char *problems = sink_problems(text, -1);

	assert_string_equal(problems, expected);
}

#define TENANT(tiktok, goal) "tenants:\n  - id: shop\n    tiktok: {" tiktok "}\n    goals:\n      - {name: g, " goal "}\n"

static void test_what_exports_has_an_advertiser(void **state)
{
	(void)state;
	is_good("tenants: [{id: shop, goals: [{name: g}]}]\n");
	is_good(TENANT("advertiser_id: 7, pixel_code: C4", "export: per_credit"));
	is_refused(TENANT("pixel_code: C4", "export: per_credit"),
		"lookback.yaml:2:5: tenant shop exports, but tiktok.advertiser_id is missing\n");
}

static void test_a_source_has_its_id(void **state)
{
	(void)state;
	is_good(TENANT("advertiser_id: 7", "export: last_touch_only, destination: {source: web, pixel_code: C4}"));
	is_good(TENANT("advertiser_id: 7, crm_event_set_id: 9", "export: last_touch_only, destination: {source: crm}"));
	is_refused(TENANT("advertiser_id: 7, pixel_code: C4", "export: per_credit, destination: {source: app}"),
		"lookback.yaml:5:53: destination.source: app needs the tenant's tiktok.app_id, or destination.app_id\n");
	is_refused(TENANT("advertiser_id: 7, app_id: 1", "export: per_credit, destination: {source: offline}"),
		"lookback.yaml:5:53: destination.source: offline needs the tenant's tiktok.offline_event_set_id, or "
		"destination.offline_event_set_id\n");
	is_refused(TENANT("advertiser_id: 7", "export: per_credit"),
		"lookback.yaml:5:19: export: events need an address: tiktok.pixel_code, app_id, offline_event_set_id or crm_event_set_id of the "
		"tenant\n");
	is_good(TENANT("", "destination: {source: app}")); // nothing is exported
}

static void test_secrets_can_be_read(void **state)
{
	(void)state;
	unsetenv("GIVEN_NOT_SET");
	given_file("token", "hunter2\n");
	given_file("empty", "\n");
	is_good(TENANT("advertiser_id: 7, pixel_code: C4, access_token: '${file:token}'", "export: per_credit"));
	is_refused(TENANT("advertiser_id: 7, pixel_code: C4, access_token: '${file:gone}'", "export: per_credit"),
		"lookback.yaml:3:48: tiktok.access_token: gone: No such file or directory\n");
	is_refused(TENANT("advertiser_id: 7, pixel_code: C4, access_token: '${file:empty}'", "export: per_credit"),
		"lookback.yaml:3:48: tiktok.access_token: is empty\n");
	is_refused("seal: {keys: {k1: '${GIVEN_NOT_SET}'}}\n" TENANT("advertiser_id: 7, pixel_code: C4", "export: per_credit"),
		"lookback.yaml:1:8: seal.keys.k1: environment variable GIVEN_NOT_SET is not set\n");
	is_good("seal: {keys: {k1: '${GIVEN_NOT_SET}'}}\n" TENANT("access_token: '${GIVEN_NOT_SET}'", "export: none"));
}

static void test_the_ledger_is_kept_twice_an_orders_life(void **state)
{
	(void)state;
	is_refused("events_sink: {ledger_retention: 359d}\n" TENANT("advertiser_id: 7, pixel_code: C4", "export: per_credit"),
		"lookback.yaml:1:15: events_sink.ledger_retention: 359d is less than twice attribution.order_lifetime, 360d\n");
	is_good("events_sink: {ledger_retention: 360d}\n" TENANT("advertiser_id: 7, pixel_code: C4", "export: per_credit"));
	is_good("events_sink: {ledger_retention: 1d}\n");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_exports_has_an_advertiser),
		cmocka_unit_test(test_a_source_has_its_id),
		cmocka_unit_test(test_secrets_can_be_read),
		cmocka_unit_test(test_the_ledger_is_kept_twice_an_orders_life),
	};

	return GIVEN_TESTS(tests);
}
