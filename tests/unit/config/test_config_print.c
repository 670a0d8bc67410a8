// SPDX-License-Identifier: Apache-2.0
// What is printed is what holds, with its origin; it reads back to the same, and secrets are not in it.
#include "config/config.h"

#include "tests/unit/config/given.h"

static char *printed(const struct config *config, bool json)
{
	struct buf text = {0};

	config_print(config, json, &text);
	buf_add_byte(&text, '\0');
	return text.p;
}

static void has_line(const char *text, const char *key, const char *origin)
{
	const char *line = strstr(text, key);

	if (!line)
		fail_msg("'%s' is not in:\n%s", key, text);
	const char *end = strchr(line, '\n');
	const char *comment = memmem(line, (size_t)(end - line), " # ", 3);
	assert_non_null(comment);
	assert_int_equal((size_t)(end - comment - 3), strlen(origin));
	assert_memory_equal(comment + 3, origin, strlen(origin));
}

static void test_each_value_has_its_origin(void **state)
{
	(void)state;
	const struct config_flag flags[] = {{"log.level", "debug"}};

	setenv("LOOKBACK_MAX_RECORD", "1MiB", 1);
	OWN(config_free)
	struct config *c = given_config_and_flags(
		"run: eu\nkafka:\n  properties: {linger.ms: 5}\ntenants:\n  - id: shop\n    goals:\n      - name: g\n        lookback: 36h\n",
		flags, 1);
	unsetenv("LOOKBACK_MAX_RECORD");
	OWN(own_free) char *text = printed(c, false);
	has_line(text, "run: eu", "lookback.yaml:1");
	has_line(text, "    linger.ms: 5", "lookback.yaml:3");
	has_line(text, "  level: debug", "flag");
	has_line(text, "  format: logfmt", "default");
	has_line(text, "max_record: 1MiB", "env LOOKBACK_MAX_RECORD");
	has_line(text, "  workers: auto", "default");
	has_line(text, "  - id: shop", "lookback.yaml:5");
	has_line(text, "      - name: g", "lookback.yaml:7");
	has_line(text, "        lookback: 36h", "lookback.yaml:8");
	has_line(text, "        weights: null", "default");
}

static void test_a_secret_is_three_stars(void **state)
{
	(void)state;
	setenv("GIVEN_SECRET", "hunter2", 1);
	given_file("secret", "hunter2\n");
	OWN(config_free)
	struct config *c =
		given_config("run: ${GIVEN_SECRET}\nkafka: {properties: {sasl.password: hunter2, ssl.ca: '${file:secret}', 'X.Token': hunter2}}\n"
					 "schema_registry: {user: me, password: hunter2}\n"
					 "tenants: [{id: '${GIVEN_SECRET}', goals: [{name: a, event: '${GIVEN_SECRET}', channels: ['${GIVEN_SECRET}'], "
					 "where: {user: '${GIVEN_SECRET}'}}]}]\n");
	for (int json = 0; json < 2; json++) {
		OWN(own_free) char *text = printed(c, json);
		int stars = 0;

		assert_null(strstr(text, "hunter2"));
		for (const char *p = text; (p = strstr(p, "\"***\"")); p++)
			stars++;
		assert_int_equal(stars, 9);
	}
}

// A comment begins at the last " # " of its line.
static char *without_comments(char *text)
{
	char *to = text;

	for (char *line = text, *next; *line; line = next) {
		next = strchr(line, '\n') + 1;
		char *comment = NULL;
		for (char *p = line; p + 3 <= next; p++)
			comment = strncmp(p, " # ", 3) == 0 ? p : comment;
		size_t n = (size_t)((comment ? comment : next - 1) - line);
		memmove(to, line, n);
		to += n;
		*to++ = '\n';
	}
	*to = '\0';
	return text;
}

static void test_the_yaml_reads_back_to_the_same(void **state)
{
	(void)state;
	setenv("GIVEN_ODD", "x", 1);
	OWN(config_free)
	struct config *c = given_config(
		"start: 2026-03-01T00:00:00.5Z\nadmin: {listen: '[::1]:1'}\nkafka: {properties: {a: '$${x} \"quoted\" \\ tab\t', b: 'null', c: '- d', e: "
		"'a: b', f: 'a #b', 'g:': \"\xc3\xa9\"}}\n"
		"state: {directory: 'some where'}\ntenants:\n  - id: '1'\n    goals:\n      - name: 'true'\n        event: 'two words: # '\n"
		"        model: custom\n        weights: [1, 0, 2]\n        first_scope: 90d\n        where: {properties.a b: ['', 'x, y', '~']}\n"
		"        channels: ['a]', tiktok]\n  - id: empty\n");
	OWN(own_free) char *text = without_comments(printed(c, false));
	OWN(config_free) struct config *again = given_config(text);
	OWN(own_free) char *text_again = without_comments(printed(again, false));
	assert_string_equal(text, text_again);
	for (size_t i = 0; i < c->kafka.property_count; i++)
		assert_string_equal(c->kafka.properties[i].value, again->kafka.properties[i].value);
	OWN(buf_clear) struct buf goals = {0}, goals_again = {0};
	config_canonical_goals(&c->tenants[0], &goals);
	config_canonical_goals(&again->tenants[0], &goals_again);
	assert_true(view_eq(buf_view(&goals), buf_view(&goals_again)));
}

// A literal token is as secret as one that came by reference, and its reference is nobody's business either.
static void test_a_token_is_never_printed(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config("seal: {keys: {k1: hunter2}}\ntenants:\n  - {id: a, tiktok: {access_token: hunter2}}\n"
									"  - {id: b, tiktok: {access_token: '${file:hunter2}'}}\n");
	for (int json = 0; json < 2; json++) {
		OWN(own_free) char *text = printed(c, json);

		assert_null(strstr(text, "hunter2"));
		assert_non_null(strstr(text, "{\"k1\": \"***\"}"));
		if (!json)
			has_line(text, "      access_token: \"***\"", "lookback.yaml:3");
	}
}

static void test_sections_of_goals_read_back(void **state)
{
	(void)state;
	OWN(config_free)
	struct config *c = given_config(
		"tenants:\n  - id: a\n    tiktok: {advertiser_id: '7', pixel_code: C4}\n    goals:\n      - name: g\n        export: per_credit\n"
		"        destination:\n          events: {'a: b': Lead, '- c': 'null', d: null}\n          fields: {properties.x: '$${y} \"z\" {event}'}\n"
		"      - name: h\n        destination: {crm_event_set_id: '9'}\n");
	OWN(own_free) char *shown = printed(c, false);
	has_line(shown, "          crm_event_set_id: 9", "lookback.yaml:11");
	has_line(shown, "      pixel_code: C4", "lookback.yaml:3");
	OWN(own_free) char *text = without_comments(printed(c, false));
	OWN(config_free) struct config *again = given_config(text);
	OWN(own_free) char *text_again = without_comments(printed(again, false));
	assert_string_equal(text, text_again);
	const struct destination *d = &again->tenants[0].goals[0].destination;
	assert_string_equal(d->fields[0].to.p, "${y} \"z\" {event}");
	assert_string_equal(d->events[0].from.p, "- c");
	assert_string_equal(d->events[0].to.p, "null");
	assert_string_equal(again->tenants[0].goals[1].destination.crm_event_set_id.p, "9");
	OWN(own_free) char *json = printed(c, true);
	assert_non_null(strstr(json, "\"events\": {\"value\": {\"- c\": \"null\", \"a: b\": \"Lead\", \"d\": null}, "));
	assert_non_null(strstr(json, "\"tiktok\": {"));
}

static void test_the_json_has_types(void **state)
{
	(void)state;
	OWN(config_free) struct config *c = given_config("tenants: [{id: '5', goals: [{name: g, max_touchpoints: 7, where: {user: '5'}}]}]\n");
	OWN(own_free) char *text = printed(c, true);

	assert_non_null(strstr(text, "\"partitions\": {\"value\": 8, \"origin\": \"default\"}"));
	assert_non_null(strstr(text, "\"keep_query\": {\"value\": false, \"origin\": \"default\"}"));
	assert_non_null(strstr(text, "\"id\": {\"value\": \"5\", \"origin\": \"lookback.yaml:1\"}"));
	assert_non_null(strstr(text, "\"max_touchpoints\": {\"value\": 7, "));
	assert_non_null(strstr(text, "\"where\": {\"value\": {\"user\": [\"5\"]}, "));
	assert_non_null(strstr(text, "\"url\": {\"value\": null, "));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_each_value_has_its_origin),
		cmocka_unit_test(test_a_secret_is_three_stars),
		cmocka_unit_test(test_the_yaml_reads_back_to_the_same),
		cmocka_unit_test(test_a_token_is_never_printed),
		cmocka_unit_test(test_sections_of_goals_read_back),
		cmocka_unit_test(test_the_json_has_types),
	};

	return GIVEN_TESTS(tests);
}
