// SPDX-License-Identifier: Apache-2.0
// Schema, struct and table of a contract agree in names, order and types, or the program does not start.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "base/own.h"
#include "schemas/shape.h"

struct inner {
	int32_t number;
};

struct pairs {
	void *p;
	size_t n;
};

struct sample {
	struct view text;
	int64_t time;
	int8_t flag;
	struct inner inner;
	struct pairs list, map;
};

static const struct binding inner_table[] = {BIND(inner, number), {.name = NULL}};

#define HEAD "{\"type\":\"record\",\"name\":\"r\",\"fields\":["
#define F(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define INNER "{\"type\":\"record\",\"name\":\"i\",\"fields\":[" F("number", "\"int\"") "]}"

static struct err err;

static void assert_mismatch(const char *schema, const struct binding *table, const char *words)
{
	struct shape shape;

	if (shape_bind(&shape, view_text(schema), table, sizeof(struct sample), &err) == 0)
		fail_msg("accepted: %s", schema);
	assert_int_equal(err.class, ERR_FATAL);
	assert_string_equal(err.code, "schema_mismatch");
	if (!strstr(err.words, words))
		fail_msg("\"%s\" does not say \"%s\"", err.words, words);
}

static void agreement_is_accepted(void **state)
{
	static const struct binding table[] = {BIND(sample, text, .money = true), BIND(sample, time), BIND(sample, flag),
		BIND(sample, inner, .of = inner_table), BIND(sample, list, .stride = sizeof(struct inner), .of = inner_table),
		BIND(sample, map, .stride = 2 * sizeof(struct view)), {.name = NULL}};
	static const char schema[] = HEAD F("text", "[\"null\",\"string\"]") "," F("time",
		"{\"type\":\"long\",\"logicalType\":\"timestamp-millis\"}") "," F("flag", "[\"boolean\",\"null\"]") "," F("inner",
		INNER) "," F("list", "{\"type\":\"array\",\"items\":\"i\"}") "," F("map", "{\"type\":\"map\",\"values\":\"string\"}") "]}";
	OWN(shape_clear) struct shape shape = {0};

	(void)state;
	if (shape_bind(&shape, view_text(schema), table, sizeof(struct sample), &err))
		fail_msg("%s", err.words);
	assert_int_equal(shape.root.parts[0].offset, offsetof(struct sample, text));
	assert_true(shape.root.parts[0].optional && shape.root.parts[0].money);
	assert_true(shape.root.parts[1].time && shape.root.parts[1].lenient);
	assert_int_equal(shape.root.parts[2].null_branch, 1);
	assert_int_equal(shape.root.parts[3].parts[0].offset, offsetof(struct sample, inner) + offsetof(struct inner, number));
	assert_int_equal(shape.root.parts[4].stride, sizeof(struct inner));
	assert_int_equal(shape.root.parts[4].parts->parts[0].offset, offsetof(struct inner, number));
}

static void disagreement_names_the_field(void **state)
{
	static const struct binding text_table[] = {BIND(sample, text), {.name = NULL}};
	static const struct binding two_table[] = {BIND(sample, text), BIND(sample, time), {.name = NULL}};
	static const struct binding list_table[] = {BIND(sample, list), {.name = NULL}};
	static const struct binding inner_less[] = {BIND(sample, inner), {.name = NULL}};
	static const struct binding map_table[] = {BIND(sample, map, .stride = 8), {.name = NULL}};

	(void)state;
	assert_mismatch(HEAD F("text", "\"long\"") "]}", text_table, "field text: the C type");
	assert_mismatch(HEAD F("text", "\"bytes\"") "]}", text_table, "field text: a contract has no null, bytes");
	assert_mismatch(HEAD F("other", "\"string\"") "]}", text_table, "field other: the schema and the table");
	assert_mismatch(HEAD F("text", "\"string\"") "," F("more", "\"string\"") "]}", text_table, "field more: the schema and the table");
	assert_mismatch(HEAD F("text", "\"string\"") "]}", two_table, "more fields than the schema");
	assert_mismatch(HEAD F("time", "\"long\"") "," F("text", "\"string\"") "]}", two_table, "field time: the schema and the table");
	assert_mismatch(HEAD F("text", "\"string\"") "," F("time", "\"int\"") "]}", two_table, "field time: the C type");
	assert_mismatch(HEAD F("list", "{\"type\":\"array\",\"items\":\"string\"}") "]}", list_table, "field list");
	assert_mismatch(HEAD F("inner", INNER) "]}", inner_less, "a record needs a table");
	assert_mismatch(HEAD F("map", "{\"type\":\"map\",\"values\":\"string\"}") "]}", map_table, "pairs of texts");
	assert_mismatch(HEAD F("text", "[\"string\",\"int\"]") "]}", text_table, "field text");
}

static void shapes_that_cannot_be_laid_out_are_refused(void **state)
{
	struct shape shape;

	(void)state;
	assert_int_equal(shape_lay_out(&shape, view_text(HEAD F("next", "[\"null\",\"r\"]") "]}"), &err), -1);
	assert_string_equal(err.code, "bad_schema");
	assert_non_null(strstr(err.words, "recursive"));
	assert_int_equal(shape_lay_out(&shape, VIEW_LIT("\"nothing\""), &err), -1);
	assert_string_equal(err.code, "bad_schema");
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(agreement_is_accepted),
		cmocka_unit_test(disagreement_names_the_field),
		cmocka_unit_test(shapes_that_cannot_be_laid_out_are_refused),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
