// SPDX-License-Identifier: Apache-2.0
// A setting takes what its row says, nothing else, and what it prints it reads.
#include "config/setting.h"

#include "tests/unit/config/given.h"

static struct arena arena;

static const struct setting *row_of(enum setting_scope scope, const char *key)
{
	const struct setting *row = setting_find(scope, view_text(key));

	if (!row)
		fail_msg("there is no %s", key);
	return row;
}

static enum setting_verdict parse(const char *key, const char *text, struct config *config)
{
	const struct setting *row = row_of(SETTING_OF_CONFIG, key);

	return setting_parse(row, view_text(text), &arena, (char *)config + row->offset);
}

static enum setting_verdict parse_goal(const char *key, const char *text, struct goal *goal)
{
	const struct setting *row = row_of(SETTING_OF_GOAL, key);

	return setting_parse(row, view_text(text), &arena, (char *)goal + row->offset);
}

static void test_rows_stand_by_scope_and_have_good_defaults(void **state)
{
	(void)state;
	size_t rows = 0;

	for (int scope = 0; scope < SETTING_SCOPES; scope++) {
		for (size_t i = 0; i < setting_count((enum setting_scope)scope); i++, rows++) {
			const struct setting *row = setting_first((enum setting_scope)scope) + i;
			union {
				struct config config;
				struct goal goal;
				struct tenant tenant;
			} any = {0};

			assert_ptr_equal(setting_find((enum setting_scope)scope, view_text(row->key)), row);
			assert_int_equal(setting_index(row), i);
			assert_true(strlen(row->about) > 20);
			if (!setting_is_scalar(row) || !row->fallback)
				continue;
			assert_int_equal(setting_parse(row, view_text(row->fallback), &arena, (char *)&any + row->offset), SETTING_OK);
			OWN(buf_clear) struct buf printed = {0};
			assert_true(setting_print(row, (char *)&any + row->offset, &printed));
			buf_add_byte(&printed, '\0');
			assert_string_equal(printed.p, row->fallback);
		}
	}
	assert_int_equal(rows, setting_row_count);
}

static void test_sizes_durations_and_percentages_have_units_and_bounds(void **state)
{
	(void)state;
	struct config c = {0};

	assert_int_equal(parse("state.memory", "64MiB", &c), SETTING_OK);
	assert_int_equal(c.state.memory, 64 << 20);
	assert_int_equal(parse("state.memory", "63MiB", &c), SETTING_OUT_OF_BOUNDS);
	assert_int_equal(parse("max_record", "1024B", &c), SETTING_OK);
	assert_int_equal(c.max_record, 1024);
	assert_int_equal(parse("max_record", "16MiB", &c), SETTING_OK);
	assert_int_equal(c.max_record, 16 << 20);
	assert_int_equal(parse("max_record", "16385KiB", &c), SETTING_OUT_OF_BOUNDS);
	static const char *const no_sizes[] = {"1024", "1 KiB", "1kb", "1K", "KiB", "-1KiB", "99999999999999999999GiB",
		"9223372036854775807GiB"};
	for (size_t i = 0; i < sizeof no_sizes / sizeof no_sizes[0]; i++)
		assert_int_equal(parse("max_record", no_sizes[i], &c), SETTING_NO_FORM);
	assert_int_equal(parse("attribution.failure_budget", "0%", &c), SETTING_OK);
	assert_int_equal(parse("attribution.failure_budget", "100", &c), SETTING_NO_FORM);
	assert_int_equal(parse("attribution.failure_budget", "101%", &c), SETTING_OUT_OF_BOUNDS);
	assert_int_equal(parse("attribution.commit_interval", "0ms", &c), SETTING_OUT_OF_BOUNDS);
	assert_int_equal(parse("attribution.commit_interval", "20ms", &c), SETTING_OK);
	assert_int_equal(c.attribution.commit_interval_ms, 20);
}

static void test_a_word_may_stand_for_a_number(void **state)
{
	(void)state;
	struct config c = {.attribution.workers = 7};
	struct goal g = {0};

	assert_int_equal(parse("attribution.workers", "auto", &c), SETTING_OK);
	assert_int_equal(c.attribution.workers, 0);
	assert_int_equal(parse("attribution.workers", "0", &c), SETTING_OUT_OF_BOUNDS);
	assert_int_equal(parse("attribution.workers", "Auto", &c), SETTING_NO_FORM);
	assert_int_equal(parse_goal("first_scope", "lifetime", &g), SETTING_OK);
	assert_true(g.first_scope_ms == GOAL_LIFETIME);
	assert_int_equal(parse_goal("first_scope", "90d", &g), SETTING_OK);
	assert_int_equal(g.first_scope_ms, 90LL * 86400000);
	assert_int_equal(parse_goal("first_scope", "0d", &g), SETTING_OUT_OF_BOUNDS);
}

static void test_enums_know_their_words_only(void **state)
{
	(void)state;
	struct config c = {0};
	struct goal g = {0};

	assert_int_equal(parse_goal("model", "custom", &g), SETTING_OK);
	assert_int_equal(g.model, MODEL_CUSTOM);
	assert_int_equal(parse_goal("model", "last-touch", &g), SETTING_NO_FORM);
	assert_int_equal(parse_goal("value_basis", "net", &g), SETTING_OK);
	assert_int_equal(g.value_basis, GOAL_NET);
	assert_int_equal(parse_goal("export", "last_touch_only", &g), SETTING_OK);
	assert_int_equal(g.export, EXPORT_LAST_TOUCH_ONLY);
	assert_int_equal(parse("dead_letters.value", "digest", &c), SETTING_OK);
	assert_true(c.dead_letter_digest);
	assert_int_equal(parse("keep_query", "yes", &c), SETTING_NO_FORM);
	assert_int_equal(parse("keep_query", "true", &c), SETTING_OK);
	assert_true(c.keep_query);
	assert_int_equal(parse("log.level", "error", &c), SETTING_OK);
	assert_int_equal(c.log.level, LOG_ERROR);
}

static void test_names_are_safe_as_topics_files_and_keys(void **state)
{
	(void)state;
	struct config c = {0};
	static const char *const bad[] = {"", ".", "..", "a b", "a/b", "a|b", "a\nb", "\xc3\xa9"};

	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
		assert_int_equal(parse("run", bad[i], &c), SETTING_NO_FORM);
		assert_int_equal(parse("topics.clicks", bad[i], &c), SETTING_NO_FORM);
	}
	assert_int_equal(parse("run", "A-z_0.9", &c), SETTING_OK);
	char longest[66];
	memset(longest, 'a', sizeof longest);
	longest[65] = '\0';
	assert_int_equal(parse("run", longest, &c), SETTING_OUT_OF_BOUNDS);
	longest[64] = '\0';
	assert_int_equal(parse("run", longest, &c), SETTING_OK);
	assert_string_equal(c.run, longest);
}

static void test_addresses_have_a_host_and_a_port(void **state)
{
	(void)state;
	struct config c = {0};

	assert_int_equal(parse("admin.listen", "[::1]:9404", &c), SETTING_OK);
	assert_string_equal(c.admin.host, "::1");
	assert_int_equal(c.admin.port, 9404);
	assert_int_equal(parse("admin.listen", "localhost:0", &c), SETTING_OK);
	assert_string_equal(c.admin.host, "localhost");
	assert_int_equal(c.admin.port, 0);
	static const char *const bad[] = {"", "localhost", ":9404", "9404", "::1:9404", "a:b", "a:", "a:1x"};
	for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++)
		assert_int_equal(parse("admin.listen", bad[i], &c), SETTING_NO_FORM);
	assert_int_equal(parse("admin.listen", "a:65536", &c), SETTING_OUT_OF_BOUNDS);
}

static void test_a_run_starts_at_an_end_or_at_a_time(void **state)
{
	(void)state;
	struct config c = {0};

	assert_int_equal(parse("start", "latest", &c), SETTING_OK);
	assert_int_equal(c.start, CONFIG_LATEST);
	assert_int_equal(parse("start", "2026-03-01T10:00:00+01:00", &c), SETTING_OK);
	assert_int_equal(c.start, CONFIG_AT);
	assert_int_equal(c.start_time, 1772355600000);
	assert_int_equal(parse("start", "1772355600000", &c), SETTING_OK);
	assert_int_equal(c.start_time, 1772355600000);
	assert_int_equal(parse("start", "2026-03-01", &c), SETTING_NO_FORM);
	assert_int_equal(parse("start", "-1", &c), SETTING_OUT_OF_BOUNDS);
}

static void test_a_registry_address_holds_no_credentials(void **state)
{
	(void)state;
	struct config c = {0};

	assert_int_equal(parse("schema_registry.url", "https://registry.example.com/apis/ccompat/v7", &c), SETTING_OK);
	assert_int_equal(parse("schema_registry.url", "https://me:pw@registry.example.com", &c), SETTING_NO_FORM);
	assert_int_equal(parse("schema_registry.url", "registry.example.com", &c), SETTING_NO_FORM);
	assert_int_equal(parse("schema_registry.url", "http://", &c), SETTING_NO_FORM);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_rows_stand_by_scope_and_have_good_defaults),
		cmocka_unit_test(test_sizes_durations_and_percentages_have_units_and_bounds),
		cmocka_unit_test(test_a_word_may_stand_for_a_number),
		cmocka_unit_test(test_enums_know_their_words_only),
		cmocka_unit_test(test_names_are_safe_as_topics_files_and_keys),
		cmocka_unit_test(test_addresses_have_a_host_and_a_port),
		cmocka_unit_test(test_a_run_starts_at_an_end_or_at_a_time),
		cmocka_unit_test(test_a_registry_address_holds_no_credentials),
	};
	int failed = cmocka_run_group_tests(tests, NULL, NULL);

	arena_clear(&arena);
	return failed;
}
