// SPDX-License-Identifier: Apache-2.0
// docs/contracts.md shows the fields as the .avsc files have them. `test_contract_docs --print` prints the tables to paste.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <jansson.h>
#include <stdio.h>

#include "base/own.h"
#include "schemas/inside.h"

static const struct avsc *printed[32];
static size_t printed_n;

static bool is_printed(const struct avsc *record)
{
	for (size_t i = 0; i < printed_n; i++)
		if (strcmp(printed[i]->name, record->name) == 0)
			return true;
	return false;
}

static void print_type(const struct avsc *type, struct buf *out)
{
	switch (type->type) {
	case AVSC_UNION: // of null and one other: test_shape.c
		print_type(type->parts[type->parts[0]->type == AVSC_NULL], out);
		return buf_add_byte(out, '?');
	case AVSC_ARRAY:
		buf_add_text(out, "array of ");
		return print_type(type->parts[0], out);
	case AVSC_MAP:
		buf_add_text(out, "map of ");
		return print_type(type->parts[0], out);
	case AVSC_ENUM:
		buf_addf(out, "%s: ", avsc_short_name(type));
		for (size_t i = 0; i < type->symbols_n; i++)
			buf_addf(out, "%s%s", i ? ", " : "", type->symbols[i]);
		return;
	case AVSC_RECORD:
		return buf_add_text(out, avsc_short_name(type));
	default:
		buf_add_text(out, type->logical ? type->logical : avsc_type_name(type->type));
	}
}

static void print_default(const json_t *value, struct buf *out)
{
	if (json_is_string(value))
		buf_addf(out, "; default %s", json_string_value(value));
	else if (json_is_integer(value))
		buf_addf(out, "; default %lld", (long long)json_integer_value(value));
	else if (value && !json_is_null(value))
		buf_add_text(out, json_is_object(value) && json_object_size(value) ? "; default: its defaults" : "; default empty");
}

static const struct avsc *record_in(const struct avsc *type)
{
	while (type->type == AVSC_ARRAY || type->type == AVSC_MAP || type->type == AVSC_UNION)
		type = type->parts[type->parts_n - 1];
	return type->type == AVSC_RECORD ? type : NULL;
}

// The record, then those that its fields are made of.
static void print_record(const struct avsc *record, struct buf *out)
{
	if (is_printed(record))
		return;
	printed[printed_n++] = record;
	buf_addf(out, "\n**%s**\n\n| field | type | meaning |\n| --- | --- | --- |\n", avsc_short_name(record));
	for (size_t i = 0; i < record->fields_n; i++) {
		const struct avsc_field *f = &record->fields[i];

		assert_non_null(f->doc);
		buf_addf(out, "| %s | ", f->name);
		print_type(f->type, out);
		print_default(f->fallback, out);
		buf_addf(out, " | %s |\n", f->doc);
	}
	for (size_t i = 0; i < record->fields_n; i++)
		if (record_in(record->fields[i].type))
			print_record(record_in(record->fields[i].type), out);
}

static void print_all(struct buf *out)
{
	printed_n = 0;
	for (size_t i = 0; contract_at(i); i++)
		print_record(avsc_root(contract_shape(contract_at(i))->schema), out);
}

static void docs_show_the_fields(void **state)
{
	OWN(own_file) FILE *file = fopen(TEST_SOURCE_DIR "/docs/contracts.md", "r");
	OWN(buf_clear) struct buf want = {0};
	OWN(own_free) char *text = calloc(1, 1 << 20);

	(void)state;
	assert_non_null(file);
	assert_true(fread(text, 1, (1 << 20) - 1, file) > 0);
	print_all(&want);
	buf_add_byte(&want, 0);
	if (!strstr(text, want.p))
		fail_msg("docs/contracts.md: replace its tables with what `test_contract_docs --print` prints");
}

int main(int argc, char **argv)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(docs_show_the_fields)};
	OWN(buf_clear) struct buf out = {0};
	struct err err;

	if (contract_setup(&err)) {
		fprintf(stderr, "%s\n", err.words);
		return 1;
	}
	if (argc < 2 || strcmp(argv[1], "--print") != 0)
		return cmocka_run_group_tests(tests, NULL, NULL);
	print_all(&out);
	fwrite(out.p, 1, out.n, stdout);
	return 0;
}
