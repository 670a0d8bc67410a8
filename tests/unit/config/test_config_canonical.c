// SPDX-License-Identifier: Apache-2.0
// Two goals have the same canonical text exactly if they mean the same.
#include "config/config.h"

#include "tests/unit/config/given.h"

static char *canonical(const char *goals)
{
	OWN(buf_clear) struct buf yaml = {0};
	struct buf text = {0};

	buf_addf(&yaml, "tenants: [{id: t, max_lookback: 30d, goals: [%s]}]\n%c", goals, '\0');
	OWN(config_free) struct config *c = given_config(yaml.p);
	config_canonical_goals(&c->tenants[0], &text);
	buf_add_byte(&text, '\0');
	return text.p;
}

static void compare(const char *left, const char *right, bool equal)
{
	OWN(own_free) char *a = canonical(left);
	OWN(own_free) char *b = canonical(right);

	if ((strcmp(a, b) == 0) != equal)
		fail_msg("%s are%s equal:\n%s%s", left, equal ? " not" : "", a, b);
}

static void test_the_text_names_everything(void **state)
{
	(void)state;
	OWN(own_free) char *text = canonical("{name: g}");

	assert_string_equal(text,
		"g max_lookback=30d source=orders event=\"Purchase\" value_basis=placed lookback=7d model=participation participation_group=click "
		"only_first_conversion=true first_scope=lifetime where={} channels=[] export=none max_touchpoints=100\n");
}

static void test_what_says_the_same_is_equal(void **state)
{
	(void)state;
	compare("{name: g}", "{name: g, lookback: 168h, model: participation, first_scope: lifetime, channels: [], where: {}}", true);
	compare("{name: g, first_scope: 24h}", "{name: g, first_scope: 1d}", true);
	compare("{name: g, channels: [b, a, a]}", "{name: g, channels: [a, b]}", true);
	compare("{name: g, where: {user: [y, x], currency: PEN}}", "{name: g, where: {currency: [PEN, PEN], user: [x, y]}}", true);
	compare("{name: a}, {name: b, lookback: 1d}", "{lookback: 1d, name: b}, {name: a}", true);
}

static void test_what_the_model_does_not_look_at_says_nothing(void **state)
{
	(void)state;
	compare("{name: g, model: linear, half_life: 1d, weights: [1, 2, 3]}", "{name: g, model: linear}", true);
	compare("{name: g, only_first_conversion: false, first_scope: 1d}", "{name: g, only_first_conversion: false}", true);
	compare("{name: g, model: time_decay, half_life: 1d}", "{name: g, model: time_decay}", false);
	compare("{name: g, model: custom, weights: [1, 2, 3]}", "{name: g, model: custom, weights: [1, 2, 4]}", false);
	compare("{name: g, first_scope: 1d}", "{name: g}", false);
}

static void test_each_meaningful_difference_shows(void **state)
{
	(void)state;
	static const char *const others[] = {
		"{name: h}",
		"{name: g, source: conversions, event: Purchase}",
		"{name: g, event: Buy}",
		"{name: g, value_basis: net}",
		"{name: g, lookback: 8d}",
		"{name: g, model: linear}",
		"{name: g, participation_group: ad}",
		"{name: g, only_first_conversion: false}",
		"{name: g, where: {user: a}}",
		"{name: g, channels: [tiktok]}",
		"{name: g, export: per_credit}",
		"{name: g, max_touchpoints: 99}",
	};
	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++)
		compare("{name: g}", others[i], false);
	compare("{name: g, source: conversions, event: e}", "{name: g, source: conversions, event: e, value_property: p}", false);
	compare("{name: g, where: {user: ['a\",\"b']}}", "{name: g, where: {user: [a, b]}}", false);
}

// What is sent where is no rule of attribution: changing it needs no replay.
static void test_a_destination_says_nothing(void **state)
{
	(void)state;
	static const char *const others[] = {
		"send: all",
		"export_at: delivered",
		"export_delay: 1h",
		"event_id: ttclid_date",
		"destination: {source: web}",
		"destination: {pixel_code: C4, app_id: '1', offline_event_set_id: '2', crm_event_set_id: '3', test_event_code: TEST1}",
		"destination: {events: {Purchase: PlaceAnOrder}, fields: {properties.description: x}}",
		"destination: {view_content: view_item, offline_api: legacy, lower_case_external_id: true}",
	};

	for (size_t i = 0; i < sizeof others / sizeof others[0]; i++) {
		OWN(buf_clear) struct buf goal = {0};

		buf_addf(&goal, "{name: g, export: per_credit, %s}%c", others[i], '\0');
		compare("{name: g, export: per_credit}", goal.p, true);
	}
	OWN(config_free)
	struct config *c = given_config("tenants: [{id: a, goals: [{name: g}]}, {id: b, goals: [{name: g}], "
									"tiktok: {advertiser_id: '7', access_token: t, pixel_code: C4}}]\n");
	OWN(buf_clear) struct buf a = {0}, b = {0};
	config_canonical_goals(&c->tenants[0], &a);
	config_canonical_goals(&c->tenants[1], &b);
	assert_true(a.n > 0 && view_eq(buf_view(&a), buf_view(&b)));
}

static void test_max_lookback_is_part_of_every_goal(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config("tenants: [{id: a, goals: [{name: g}]}, {id: b, max_lookback: 8d, goals: [{name: g}]}, {id: c}]\n");
	OWN(buf_clear) struct buf a = {0}, b = {0}, none = {0};

	config_canonical_goals(&c->tenants[0], &a);
	config_canonical_goals(&c->tenants[1], &b);
	config_canonical_goals(&c->tenants[2], &none);
	assert_false(view_eq(buf_view(&a), buf_view(&b)));
	assert_int_equal(none.n, 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_text_names_everything),
		cmocka_unit_test(test_what_says_the_same_is_equal),
		cmocka_unit_test(test_what_the_model_does_not_look_at_says_nothing),
		cmocka_unit_test(test_each_meaningful_difference_shows),
		cmocka_unit_test(test_a_destination_says_nothing),
		cmocka_unit_test(test_max_lookback_is_part_of_every_goal),
	};

	return GIVEN_TESTS(tests);
}
