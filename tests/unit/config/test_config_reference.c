// SPDX-License-Identifier: Apache-2.0
// The reference page, the example and the program name the same keys, and the page in docs/ is the one that the program prints.
#include "config/config.h"

#include "base/file.h"
#include "config/setting.h"
#include "config/tree.h"
#include "tests/unit/config/given.h"

static void read_doc(const char *name, struct buf *out)
{
	char path[512];
	struct err err;

	snprintf(path, sizeof path, "%s/docs/%s", TEST_SOURCE_DIR, name);
	if (file_read(path, 1 << 20, out, &err) != 0)
		fail_msg("%s", err.words);
}

static void test_the_page_is_up_to_date(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf page = {0}, printed = {0};

	read_doc("configuration.md", &page);
	config_reference(&printed);
	if (!view_eq(buf_view(&page), buf_view(&printed)))
		fail_msg("run `lookback config reference > docs/configuration.md`");
}

static void test_each_key_has_a_row(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf page = {0};

	config_reference(&page);
	buf_add_byte(&page, '\0');
	for (size_t i = 0; i < setting_row_count; i++) {
		OWN(buf_clear) struct buf row = {0};

		buf_addf(&row, "\n| `%s` | %c", setting_rows[i].key, '\0');
		assert_non_null(strstr(page.p, row.p));
	}
}

static const struct tree_node *member(const struct tree_node *map, struct view key)
{
	for (size_t i = 0; map && map->kind == TREE_MAP && i < map->count; i += 2) {
		if (view_eq(map->items[i]->text, key))
			return map->items[i + 1];
	}
	return NULL;
}

static const struct tree_node *dotted(const struct tree_node *map, const char *key)
{
	const char *dot = strchr(key, '.');

	return dot ? member(member(map, view_of(key, (size_t)(dot - key))), view_text(dot + 1)) : member(map, view_text(key));
}

static void names_all(enum setting_scope scope, const struct tree_node *map)
{
	for (size_t i = 0; i < setting_count(scope); i++) {
		const char *key = setting_first(scope)[i].key;

		if (!dotted(map, key))
			fail_msg("docs/example-config.yaml does not name %s", key);
	}
}

static void test_the_example_names_every_key_and_loads(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf text = {0};
	OWN(arena_clear) struct arena arena = {0};
	struct problems problems = {0};

	read_doc("example-config.yaml", &text);
	const struct tree_node *root = tree_parse("example", buf_view(&text), &arena, &problems);
	const struct tree_node *tenant = member(root, VIEW_LIT("tenants"))->items[0];
	names_all(SETTING_OF_CONFIG, root);
	names_all(SETTING_OF_TENANT, tenant);
	names_all(SETTING_OF_GOAL, member(tenant, VIEW_LIT("goals"))->items[0]);
	buf_add_byte(&text, '\0');
	OWN(config_free) struct config *c = given_config(text.p);
	assert_int_equal(c->tenant_count, 1);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_the_page_is_up_to_date),
		cmocka_unit_test(test_each_key_has_a_row),
		cmocka_unit_test(test_the_example_names_every_key_and_loads),
	};

	return GIVEN_TESTS(tests);
}
