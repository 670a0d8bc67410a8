// SPDX-License-Identifier: Apache-2.0
// Schemas from a registry are read with limits, and what is no schema is refused with the reason.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/avsc.h"

static struct err err;

static void assert_refused(const char *text, const char *words)
{
	OWN(avsc_free) struct avsc_schema *schema = NULL;

	if (avsc_parse(view_text(text), &schema, &err) == 0)
		fail_msg("accepted: %.200s", text);
	assert_int_equal(err.class, ERR_POISON);
	assert_string_equal(err.code, "bad_schema");
	if (!strstr(err.words, words))
		fail_msg("%.200s: \"%s\" does not say \"%s\"", text, err.words, words);
}

static void what_is_no_schema_is_refused(void **state)
{
	(void)state;
	assert_refused("", "not JSON");
	assert_refused("{\"type\":", "not JSON");
	assert_refused("{\"type\":\"int\",\"type\":\"int\"}", "not JSON");
	assert_refused("7", "neither text, list nor object");
	assert_refused("\"integer\"", "stands for no type: integer");
	assert_refused("{}", "missing");
	assert_refused("[]", "a union has");
	assert_refused("[\"int\",\"int\"]", "two branches of one type");
	assert_refused("[\"int\",[\"null\"]]", "directly in a union");
	assert_refused("{\"type\":\"record\",\"fields\":[]}", "needs a name");
	assert_refused("{\"type\":\"record\",\"name\":\"1a\",\"fields\":[]}", "needs a name");
	assert_refused("{\"type\":\"record\",\"name\":\"a b\",\"fields\":[]}", "needs a name");
	assert_refused("{\"type\":\"record\",\"name\":\"int\",\"fields\":[]}", "given twice");
	assert_refused("{\"type\":\"record\",\"name\":\"a\"}", "needs a list");
	assert_refused("{\"type\":\"record\",\"name\":\"a\",\"fields\":[{\"name\":\"x\"}]}", "field x");
	assert_refused("{\"type\":\"record\",\"name\":\"a\",\"fields\":[{\"name\":\"x.y\",\"type\":\"int\"}]}", "a field needs a name");
	assert_refused("{\"type\":\"record\",\"name\":\"a\",\"fields\":[{\"name\":\"x\",\"type\":\"int\"},{\"name\":\"x\",\"type\":\"int\"}]}",
		"there twice: x");
	assert_refused("{\"type\":\"enum\",\"name\":\"a\",\"symbols\":[]}", "needs symbols");
	assert_refused("{\"type\":\"enum\",\"name\":\"a\",\"symbols\":[\"x\",\"x\"]}", "there twice");
	assert_refused("{\"type\":\"enum\",\"name\":\"a\",\"symbols\":[\"x\"],\"default\":\"y\"}", "none of its symbols");
	assert_refused("{\"type\":\"fixed\",\"name\":\"a\",\"size\":-1}", "needs a size");
	assert_refused("{\"type\":\"fixed\",\"name\":\"a\",\"size\":2147483648}", "needs a size");
	assert_refused("{\"type\":\"array\"}", "missing");
}

static void nesting_and_size_are_limited(void **state)
{
	OWN(buf_clear) struct buf deep = {0};
	OWN(buf_clear) struct buf wide = {0};
	OWN(buf_clear) struct buf large = {0};

	(void)state;
	for (int i = 0; i < 100; i++)
		buf_add_text(&deep, "{\"type\":\"array\",\"items\":");
	buf_add_text(&deep, "\"int\"");
	for (int i = 0; i < 100; i++)
		buf_add_byte(&deep, '}');
	buf_add_byte(&deep, 0);
	assert_refused(deep.p, "nested deeper than 64");

	buf_add_text(&wide, "{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"a\",\"type\":\"int\"}");
	for (int i = 0; i < 10000; i++)
		buf_addf(&wide, ",{\"name\":\"f%d\",\"type\":{\"type\":\"array\",\"items\":\"int\"}}", i);
	buf_add_text(&wide, "]}");
	buf_add_byte(&wide, 0);
	assert_refused(wide.p, "10000");

	while (large.n <= 1 << 20)
		buf_add_text(&large, "                                                                ");
	buf_add_text(&large, "\"int\"");
	buf_add_byte(&large, 0);
	assert_refused(large.p, "longer than 1 MiB");
}

static void names_resolve_in_their_namespace(void **state)
{
	static const char text[] =
		"{\"type\":\"record\",\"name\":\"a\",\"namespace\":\"x.y\",\"fields\":["
		"{\"name\":\"one\",\"type\":{\"type\":\"fixed\",\"name\":\"b\",\"size\":1}},"
		"{\"name\":\"two\",\"type\":{\"type\":\"record\",\"name\":\"q.c\",\"fields\":[{\"name\":\"up\",\"type\":[\"null\",\"x.y.a\"]},"
		"{\"name\":\"d\",\"type\":{\"type\":\"enum\",\"name\":\"e\",\"symbols\":[\"s\"]}}]}},"
		"{\"name\":\"three\",\"type\":\"b\"},{\"name\":\"four\",\"type\":\"q.e\"},{\"name\":\"five\",\"type\":{\"type\":\"x.y.b\"}}]}";
	OWN(avsc_free) struct avsc_schema *schema = NULL;

	(void)state;
	if (avsc_parse(view_text(text), &schema, &err))
		fail_msg("%s", err.words);
	const struct avsc *root = avsc_root(schema);
	assert_string_equal(root->name, "x.y.a");
	assert_string_equal(root->fields[0].type->name, "x.y.b");
	assert_ptr_equal(root->fields[1].type->fields[0].type->parts[1], root);
	assert_ptr_equal(root->fields[2].type, root->fields[0].type);
	assert_string_equal(root->fields[3].type->name, "q.e");
	assert_ptr_equal(root->fields[4].type, root->fields[0].type);
	assert_string_equal(avsc_short_name(root), "a");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(what_is_no_schema_is_refused),
		cmocka_unit_test(nesting_and_size_are_limited),
		cmocka_unit_test(names_resolve_in_their_namespace),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
