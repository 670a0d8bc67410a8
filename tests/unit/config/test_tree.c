// SPDX-License-Identifier: Apache-2.0
// Every value of a YAML file knows where it stands, and a file that says less or more than it seems to is refused.
#include "config/tree.h"

#include "tests/unit/config/given.h"

static struct arena arena;
static struct problems problems;

static struct tree_node *parse(const char *text)
{
	problem_clear(&problems);
	arena_reset(&arena);
	return tree_parse("a.yaml", view_text(text), &arena, &problems);
}

static void is_refused(const char *text, const char *expected)
{
	assert_null(parse(text));
	buf_add_byte(&problems.text, '\0');
	assert_string_equal(problems.text.p, expected);
}

static void test_values_know_line_and_column(void **state)
{
	(void)state;
	struct tree_node *root = parse("# comment\na: 1\nlist:\n  - x\n  - {k: 'null'}\n");

	assert_int_equal(root->kind, TREE_MAP);
	assert_int_equal(root->count, 4);
	assert_string_equal(root->items[0]->text.p, "a");
	assert_int_equal(root->items[0]->at.line, 2);
	assert_int_equal(root->items[1]->at.column, 4);
	struct tree_node *list = root->items[3];
	assert_int_equal(list->kind, TREE_LIST);
	assert_int_equal(list->count, 2);
	assert_int_equal(list->items[1]->at.line, 5);
	assert_int_equal(list->items[1]->at.column, 5);
	assert_int_equal(list->items[1]->at.kind, ORIGIN_FILE);
	assert_string_equal(list->items[1]->at.name, "a.yaml");
	assert_false(tree_is_null(list->items[1]->items[1]));
}

static void test_nothing_is_null_unless_quoted(void **state)
{
	(void)state;
	struct tree_node *root = parse("- null\n- ~\n- Null\n-\n- 'null'\n- \"\"\n- nil\n- 0\n");

	for (size_t i = 0; i < root->count; i++)
		assert_int_equal(tree_is_null(root->items[i]), i < 4);
}

static void test_an_alias_is_what_its_anchor_is(void **state)
{
	(void)state;
	struct tree_node *root = parse("a: &x {k: v}\nb: *x\n");

	assert_ptr_equal(root->items[1], root->items[3]);
}

static void test_an_empty_file_is_no_problem(void **state)
{
	(void)state;
	assert_null(parse(""));
	assert_null(parse("# only words\n"));
	assert_int_equal(problems.count, 0);
}

static void test_what_is_no_yaml_is_told_with_its_place(void **state)
{
	(void)state;
	is_refused("a: [b\nc: d", "a.yaml:2:2: this is no YAML: did not find expected ',' or ']' while parsing a flow sequence\n");
	is_refused("a: {b: ${C}}",
		"a.yaml:1:9: this is no YAML: did not find expected ',' or '}' while parsing a flow mapping; inside { } and [ ], put ${...} into quotes\n");
	is_refused("a:\n\tb: c\n",
		"a.yaml:2:1: this is no YAML: found character that cannot start any token while scanning for the next token\n");
	is_refused("a: \xff\n", "a.yaml:1:1: this is no YAML: invalid leading UTF-8 octet\n");
	is_refused("a: *nobody\n", "a.yaml:1:4: this is no YAML: found undefined alias\n");
}

static void test_a_key_that_is_there_twice_is_refused(void **state)
{
	(void)state;
	is_refused("a: 1\nb: 2\n'a': 3\n", "a.yaml:3:1: \"a\" is there twice, first in line 1\n");
	is_refused("x: {k: 1, k: 1}\n", "a.yaml:1:11: \"k\" is there twice, first in line 1\n");
	is_refused("? [a]\n: 1\n", "a.yaml:1:3: a key is a word, not a list or a map\n");
}

static void test_a_second_document_is_refused(void **state)
{
	(void)state;
	is_refused("a: 1\n---\nb: 1\n", "a.yaml:2:1: a second document; a file holds one\n");
}

static void test_a_map_has_a_ceiling(void **state)
{
	(void)state;
	OWN(buf_clear) struct buf text = {0};

	for (int i = 0; i <= TREE_PAIRS_MAX; i++)
		buf_addf(&text, "k%d: v\n", i);
	buf_add_byte(&text, '\0');
	is_refused(text.p, "a.yaml:1:1: a map of 501 keys; at most 500 are taken\n");
}

static void test_an_endless_alias_ends(void **state)
{
	(void)state;
	struct tree_node *root = parse("a: &x [*x]\n");

	assert_ptr_equal(root->items[1]->items[0], root->items[1]);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_values_know_line_and_column),
		cmocka_unit_test(test_nothing_is_null_unless_quoted),
		cmocka_unit_test(test_an_alias_is_what_its_anchor_is),
		cmocka_unit_test(test_an_empty_file_is_no_problem),
		cmocka_unit_test(test_what_is_no_yaml_is_told_with_its_place),
		cmocka_unit_test(test_a_key_that_is_there_twice_is_refused),
		cmocka_unit_test(test_a_second_document_is_refused),
		cmocka_unit_test(test_a_map_has_a_ceiling),
		cmocka_unit_test(test_an_endless_alias_ends),
	};
	int failed = GIVEN_TESTS(tests);

	problem_clear(&problems);
	arena_clear(&arena);
	return failed;
}
