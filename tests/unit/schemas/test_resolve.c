// SPDX-License-Identifier: Apache-2.0
// A writer's schema and ours may differ as the Avro specification allows ("Schema Resolution"), and nothing else.
#include "tests/unit/schemas/show.h"

#define REC(fields) "{\"type\":\"record\",\"name\":\"r\",\"fields\":[" fields "]}"
#define FIELD(name, type) "{\"name\":\"" name "\",\"type\":" type "}"
#define WITH(name, type, more) "{\"name\":\"" name "\",\"type\":" type "," more "}"
#define ENUM_OF(name, symbols, more) "{\"type\":\"enum\",\"name\":\"" name "\",\"symbols\":[" symbols "]" more "}"
#define FIXED_OF(name, size) "{\"type\":\"fixed\",\"name\":\"" name "\",\"size\":" size "}"
#define LIST "{\"type\":\"array\",\"items\":"
#define MAP "{\"type\":\"map\",\"values\":"

static void check_all(const struct show_case *cases, size_t n)
{
	for (size_t i = 0; i < n; i++)
		show_check(&cases[i]);
}
#define CHECK_ALL(cases) check_all(cases, sizeof(cases) / sizeof *(cases))

static void numbers_and_texts_are_promoted(void **state)
{
	static const struct show_case cases[] = {
		{"\"long\"", "\"int\"", BYTES("\x03"), "-2L", NULL},
		{"\"float\"", "\"int\"", BYTES("\x04"), "2f", NULL},
		{"\"double\"", "\"int\"", BYTES("\x04"), "2", NULL},
		{"\"float\"", "\"long\"", BYTES("\x04"), "2f", NULL},
		{"\"double\"", "\"long\"", BYTES("\x04"), "2", NULL},
		{"\"double\"", "\"float\"", BYTES("\0\0\xc0\x3f"), "1.5", NULL},
		{"\"double\"", NULL, BYTES("\0\0\0\0\0\0\xf8\x3f"), "1.5", NULL},
		{"\"string\"", "\"bytes\"", BYTES("\x04hi"), "'hi'", NULL},
		{"\"bytes\"", "\"string\"", BYTES("\x04hi"), "'hi'", NULL},
		{"\"string\"", "\"bytes\"", BYTES("\x02\xff"), NULL, "UTF-8"},
		{"\"bytes\"", "\"string\"", BYTES("\x00"), "''", NULL},
		{"\"int\"", "\"long\"", BYTES("\x02"), NULL, "written as long, expected is int"},
		{"\"long\"", "\"float\"", BYTES("\0\0\0\0"), NULL, "written as float, expected is long"},
		{"\"float\"", "\"double\"", BYTES(""), NULL, "written as double, expected is float"},
		{"\"string\"", "\"int\"", BYTES("\x02"), NULL, "written as int, expected is string"},
		{"\"int\"", "\"boolean\"", BYTES("\x01"), NULL, "written as boolean, expected is int"},
		{"\"boolean\"", NULL, BYTES("\x01"), "1", NULL},
		{FIXED_OF("f", "2"), FIXED_OF("g", "2"), BYTES("ab"), "'ab'", NULL},
		{FIXED_OF("f", "2"), FIXED_OF("f", "3"), BYTES("abc"), NULL, "written as fixed"},
		{"\"bytes\"", FIXED_OF("f", "2"), BYTES("ab"), NULL, "written as fixed, expected is bytes"},
		{FIXED_OF("f", "0"), NULL, BYTES(""), "''", NULL},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void fields_are_found_by_name_or_alias(void **state)
{
	static const struct show_case cases[] = {
		{REC(FIELD("a", "\"int\"") "," FIELD("b", "\"string\"")), REC(FIELD("b", "\"string\"") "," FIELD("a", "\"int\"")),
			BYTES("\x02x\x0e"), "(a=7 b='x')", NULL},
		{REC(WITH("new", "\"int\"", "\"aliases\":[\"older\",\"old\"]")), REC(FIELD("old", "\"int\"")), BYTES("\x0e"), "(new=7)", NULL},
		// the name itself goes before an alias; the other field is skipped
		{REC(WITH("new", "\"int\"", "\"aliases\":[\"old\"]")), REC(FIELD("old", "\"int\"") "," FIELD("new", "\"int\"")), BYTES("\x02\x04"),
			"(new=2)", NULL},
		{REC(FIELD("a", "\"int\"")), REC(FIELD("b", "\"int\"")), BYTES("\x02"), NULL, "a: this field is missing and has no default"},
		{REC(FIELD("a", "{\"type\":\"record\",\"name\":\"q\",\"fields\":[]}")), REC(FIELD("a", "\"int\"")), BYTES("\x02"), NULL,
			"a: written as int, expected is record"},
		{REC(FIELD("o", LIST "{\"type\":\"record\",\"name\":\"i\",\"fields\":[" FIELD("p", "\"int\"") "]}}")),
			REC(FIELD("o", LIST "{\"type\":\"record\",\"name\":\"i\",\"fields\":[" FIELD("p", "\"string\"") "]}}")), BYTES("\0"), NULL,
			"o[].p: written as string"},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void missing_fields_get_their_default(void **state)
{
#define EMPTY REC("")
#define DEFAULT(type, value) REC(WITH("a", type, "\"default\":" value)), EMPTY, BYTES("")
	static const struct show_case cases[] = {
		{DEFAULT("\"int\"", "7"), "(a=7)", NULL},
		{DEFAULT("\"long\"", "-9223372036854775808"), "(a=-9223372036854775808L)", NULL},
		{DEFAULT("\"float\"", "1.5"), "(a=1.5f)", NULL},
		{DEFAULT("\"double\"", "2"), "(a=2)", NULL},
		{DEFAULT("\"boolean\"", "true"), "(a=1)", NULL},
		{DEFAULT("\"string\"", "\"\xc3\xa9\""), "(a='\xc3\xa9')", NULL},
		{DEFAULT("\"bytes\"", "\"\\u00ffA\\u0001\""),
			"(a='\xff"
			"A\x01')",
			NULL},
		{DEFAULT(FIXED_OF("f", "2"), "\"\\u00e9Z\""), "(a='\xe9Z')", NULL},
		{DEFAULT(ENUM_OF("e", "\"x\",\"y\"", ""), "\"y\""), "(a=1)", NULL},
		{DEFAULT("[\"null\",\"string\"]", "null"), "(a=absent)", NULL},
		{DEFAULT("[\"string\",\"null\"]", "\"s\""), "(a='s')", NULL},
		{DEFAULT("[\"null\",\"long\"]", "null"), "(a=<0>null)", NULL},
		{DEFAULT("[\"long\",\"null\"]", "5"), "(a=<0>5L)", NULL},
		{DEFAULT("\"null\"", "null"), "(a=null)", NULL},
		{DEFAULT(LIST "\"int\"}", "[]"), "(a=[])", NULL},
		{DEFAULT(LIST "\"int\"}", "[1,2,3]"), "(a=[1,2,3])", NULL},
		{DEFAULT(MAP "\"string\"}", "{\"k\":\"v\"}"), "(a={k:'v'})", NULL},
		{DEFAULT("{\"type\":\"record\",\"name\":\"q\",\"fields\":[" FIELD("x", "\"int\"") "," WITH("y", "\"string\"",
					 "\"default\":\"z\"") "]}",
			 "{\"x\":4}"),
			"(a=(x=4 y='z'))", NULL},
		// refused when our own schema is read
		{DEFAULT("\"int\"", "\"7\""), NULL, "no int"},
		{DEFAULT("\"int\"", "2147483648"), NULL, "no int"},
		{DEFAULT("\"boolean\"", "1"), NULL, "no boolean"},
		{DEFAULT("\"bytes\"", "\"\\u0100\""), NULL, "no bytes"},
		{DEFAULT(FIXED_OF("f", "2"), "\"a\""), NULL, "no fixed"},
		{DEFAULT(ENUM_OF("e", "\"x\"", ""), "\"z\""), NULL, "no enum"},
		{DEFAULT(LIST "\"int\"}", "{}"), NULL, "no array"},
		{DEFAULT(MAP "\"int\"}", "[]"), NULL, "no map"},
		{DEFAULT("{\"type\":\"record\",\"name\":\"q\",\"fields\":[" FIELD("x", "\"int\"") "]}", "{}"), NULL, "without its field x"},
		{DEFAULT("[\"null\",\"string\"]", "1"), NULL, "no string"},
		{DEFAULT("[\"null\",\"long\"]", "\"x\""), NULL, "no union"},
	};

	(void)state;
	CHECK_ALL(cases);
}

// A default inside the elements of a list, and inside one branch of a union.
static void defaults_reach_into_lists_and_unions(void **state)
{
#define ITEM(fields) "{\"type\":\"record\",\"name\":\"i\",\"fields\":[" fields "]}"
	static const struct show_case cases[] = {
		{LIST ITEM(FIELD("p", "\"int\"") "," WITH("q", "\"string\"", "\"default\":\"d\"")) "}", LIST ITEM(FIELD("p", "\"int\"")) "}",
			BYTES("\x04\x02\x04\0"), "[(p=1 q='d'),(p=2 q='d')]", NULL},
		{"[\"null\"," ITEM(WITH("q", "\"long\"", "\"default\":9")) "]", "[" ITEM("") ",\"null\"]", BYTES("\0"), "<1>(q=9L)", NULL},
		{"[\"null\"," ITEM(WITH("q", "\"long\"", "\"default\":9")) "]", "[" ITEM("") ",\"null\"]", BYTES("\x02"), "<0>null", NULL},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void enums_go_by_symbol(void **state)
{
	static const struct show_case cases[] = {
		{ENUM_OF("e", "\"a\",\"b\",\"c\"", ""), ENUM_OF("other", "\"c\",\"a\"", ""), BYTES("\0"), "2", NULL},
		{ENUM_OF("e", "\"a\",\"b\"", ",\"default\":\"b\""), ENUM_OF("e", "\"a\",\"x\"", ""), BYTES("\x02"), "1", NULL},
		{ENUM_OF("e", "\"a\",\"b\"", ""), ENUM_OF("e", "\"a\",\"x\"", ""), BYTES("\x02"), NULL, "no value of its type"},
		{ENUM_OF("e", "\"a\",\"b\"", ""), ENUM_OF("e", "\"a\",\"x\"", ""), BYTES("\0"), "0", NULL},
		{ENUM_OF("e", "\"a\"", ""), NULL, BYTES("\x02"), NULL, "no value of its type"},
		{ENUM_OF("e", "\"a\"", ""), NULL, BYTES("\x01"), NULL, "no value of its type"},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void unions_meet_values_and_unions(void **state)
{
	static const struct show_case cases[] = {
		{"[\"null\",\"string\"]", "\"string\"", BYTES("\x02x"), "'x'", NULL},
		{"[\"null\",\"string\"]", "\"null\"", BYTES(""), "absent", NULL},
		{"\"string\"", "[\"null\",\"string\"]", BYTES("\x02\x02x"), "'x'", NULL},
		{"\"string\"", "[\"null\",\"string\"]", BYTES("\0"), NULL, "null, but a value is required"},
		{"[\"null\",\"string\"]", "[\"string\",\"null\"]", BYTES("\x02"), "absent", NULL},
		{"[\"null\",\"string\"]", "[\"string\",\"null\"]", BYTES("\0\x02x"), "'x'", NULL},
		{"[\"null\",\"string\"]", NULL, BYTES("\x04"), NULL, "cut short"},
		{"[\"null\",\"string\"]", "[\"null\",\"bytes\",\"string\"]", BYTES("\x02\x02y"), "'y'", NULL},
		{"[\"null\",\"string\"]", "[\"null\",\"int\"]", BYTES("\0"), "absent", NULL},
		{"[\"null\",\"string\"]", "[\"null\",\"int\"]", BYTES("\x02\x02"), NULL, "written as int"},
		{"\"string\"", "[\"null\",\"int\"]", BYTES("\0"), NULL, "writer's schema"},
		// the exact type before a promotion, the first branch otherwise
		{"[\"double\",\"int\"]", "\"int\"", BYTES("\x02"), "<1>1", NULL},
		{"[\"double\",\"long\"]", "\"int\"", BYTES("\x02"), "<0>1", NULL},
		{"[\"null\",\"long\",\"string\"]", "[\"int\",\"string\"]", BYTES("\0\x02"), "<1>1L", NULL},
		{"[\"null\",\"long\",\"string\"]", "[\"int\",\"string\"]", BYTES("\x04"), NULL, "no such branch"},
		{"[\"null\",\"long\",\"string\"]", "[\"int\",\"string\"]", BYTES("\x01"), NULL, "no such branch"},
		// named types go by name, without namespace
		{"[" ENUM_OF("x.e", "\"a\"", "") "," ENUM_OF("x.f", "\"a\"", "") "]", ENUM_OF("y.f", "\"a\"", ""), BYTES("\0"), "<1>0", NULL},
		{"[\"null\"," ENUM_OF("e", "\"a\"", "") ",\"int\"]", ENUM_OF("g", "\"a\"", ""), BYTES("\0"), NULL, "fits no branch"},
	};

	(void)state;
	CHECK_ALL(cases);
}

// What only the writer has is stepped over, whatever it is.
static void unknown_fields_are_skipped(void **state)
{
#define SKIPPED(type, data) REC(FIELD("a", "\"int\"")), REC(FIELD("s", type) "," FIELD("a", "\"int\"")), BYTES(data "\x0e"), "(a=7)", NULL
#define LINKED "{\"type\":\"record\",\"name\":\"link\",\"fields\":[" FIELD("v", "\"int\"") "," FIELD("next", "[\"null\",\"link\"]") "]}"
	static const struct show_case cases[] = {
		{SKIPPED("\"null\"", "")}, {SKIPPED("\"boolean\"", "\x01")}, {SKIPPED("\"int\"", "\x80\x01")},
		{SKIPPED("\"long\"", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x01")}, {SKIPPED("\"float\"", "1234")},
		{SKIPPED("\"double\"", "12345678")},
		{SKIPPED("\"string\"",
			"\x06"
			"abc")},
		{SKIPPED("\"bytes\"", "\x02\xff")}, {SKIPPED(FIXED_OF("f", "3"), "abc")}, {SKIPPED(ENUM_OF("e", "\"x\",\"y\"", ""), "\x02")},
		{SKIPPED("[\"null\",\"string\"]", "\x02\x02z")},
		{SKIPPED(LIST "\"string\"}",
			"\x04\x02"
			"a\x02"
			"b\0")},
		{SKIPPED(LIST "\"string\"}",
			"\x03\x08\x02"
			"a\x02"
			"b\0")}, // a block with its size
		{SKIPPED(LIST "\"string\"}",
			"\x03\x06"
			"\xff\xff\xff"
			"\0")}, // and so nobody looks inside
		{SKIPPED(MAP "\"int\"}", "\x02\x02k\x02\x02\x02l\x04\0")}, {SKIPPED(LIST LIST "\"int\"}}", "\x02\x02\x02\0\0")},
		{SKIPPED(LIST "\"null\"}", "\x06\0")}, {SKIPPED(LINKED, "\x02\x02\x04\x02\x06\0")},
		{SKIPPED(LINKED "},{\"name\":\"t\",\"type\":\"link\"",
			"\x02\0"
			"\x02\x02\x04\0")}, // the same type again
	};

	(void)state;
	CHECK_ALL(cases);
}

static void cuts_in_skipped_fields_are_refused(void **state)
{
#define BROKEN(type, data, words) REC(""), REC(FIELD("s", type)), BYTES(data), NULL, words
	static const struct show_case cases[] = {
		{BROKEN("\"boolean\"", "\x02", "s: cut short")},
		{BROKEN("\"boolean\"", "", "s: cut short")},
		{BROKEN("\"int\"", "\xff\xff\xff\xff\xff\x01", "s: cut short")},
		{BROKEN("\"long\"", "\xff\xff\xff\xff\xff\xff\xff\xff\xff\x02", "s: cut short")},
		{BROKEN("\"double\"", "1234567", "s: cut short")},
		{BROKEN("\"string\"",
			"\x06"
			"ab",
			"s: cut short")},
		{BROKEN("\"string\"", "\x01", "s: cut short")},
		{BROKEN(ENUM_OF("e", "\"x\"", ""), "\x02", "s: cut short")},
		{BROKEN(LIST "\"int\"}", "\x04\x02", "s: more elements")},
		{BROKEN(LIST "\"int\"}", "\x03\x7e\x02", "s: broken size")},
		{BROKEN(LIST "\"int\"}", "\x02\x02", "s: broken count")},
		{BROKEN(MAP "\"int\"}",
			"\x02\x06"
			"ab",
			"s: broken key")},
		{BROKEN(LIST "\"null\"}", "\xfe\xff\xff\xff\x0f\0", "s: too many elements")},
		{BROKEN("\"int\"", "\x02\x02", "1 bytes are left")},
	};

	(void)state;
	CHECK_ALL(cases);
}

static void logical_types_that_would_mislead_are_refused(void **state)
{
#define TIME(unit) "{\"type\":\"long\",\"logicalType\":\"" unit "\"}"
	static const struct show_case cases[] = {
		{TIME("timestamp-millis"), TIME("timestamp-micros"), BYTES("\x02"), NULL, "another logicalType: timestamp-micros"},
		{TIME("timestamp-millis"), TIME("local-timestamp-millis"), BYTES("\x02"), NULL, "another logicalType"},
		{TIME("timestamp-millis"), "[\"null\"," TIME("timestamp-micros") "]", BYTES("\x02\x02"), NULL, "another logicalType"},
		{TIME("timestamp-millis"), "\"long\"", BYTES("\x02"), "1L", NULL},
		{TIME("timestamp-millis"), "\"int\"", BYTES("\x02"), "1L", NULL},
		{TIME("timestamp-millis"), NULL, BYTES("\x02"), "1L", NULL},
		{"\"long\"", TIME("timestamp-micros"), BYTES("\x02"), "1L", NULL},
		{"\"string\"", "{\"type\":\"bytes\",\"logicalType\":\"decimal\",\"precision\":4,\"scale\":2}",
			BYTES("\x02"
				  "1"),
			NULL, "another logicalType: decimal"},
		{"\"string\"", "{\"type\":\"string\",\"logicalType\":\"uuid\"}",
			BYTES("\x02"
				  "1"),
			"'1'", NULL},
	};

	(void)state;
	CHECK_ALL(cases);
}

// Records that hold the one before twice, 60 times over: neither the program nor its run may grow with the paths through the schema.
static void schemas_that_double_at_every_level_stay_small(void **state)
{
	static const char *const innermost[] = {FIELD("a", "\"int\""), ""};

	(void)state;
	for (int empty = 0; empty < 2; empty++) {
		OWN(buf_clear) struct buf writer = {0};
		OWN(buf_clear) struct buf out = {0};
		struct err err;

		buf_addf(&writer,
			"{\"type\":\"record\",\"name\":\"r\",\"fields\":[{\"name\":\"s\",\"type\":[\"int\",{\"type\":\"record\",\"name\":\"r0\",\"fields\":[%s]}",
			innermost[empty]);
		for (int i = 1; i < 60; i++)
			buf_addf(&writer, ",{\"type\":\"record\",\"name\":\"r%d\",\"fields\":[" FIELD("a", "\"r%d\"") "," FIELD("b", "\"r%d\"") "]}", i,
				i - 1, i - 1);
		buf_add_text(&writer, "]}]}");
		buf_add_byte(&writer, 0);
		if (show_read(REC(""), writer.p, view_of("\0\x02", 2), &out, &err)) // the branch int
			fail_msg("%s", err.words);
		// the last branch: 2^59 ints that are not there, or 2^59 times nothing
		assert_int_equal(show_read(REC(""), writer.p, view_of("\x78", 1), &out, &err), empty ? 0 : -1);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(numbers_and_texts_are_promoted),
		cmocka_unit_test(fields_are_found_by_name_or_alias),
		cmocka_unit_test(missing_fields_get_their_default),
		cmocka_unit_test(defaults_reach_into_lists_and_unions),
		cmocka_unit_test(enums_go_by_symbol),
		cmocka_unit_test(unions_meet_values_and_unions),
		cmocka_unit_test(unknown_fields_are_skipped),
		cmocka_unit_test(cuts_in_skipped_fields_are_refused),
		cmocka_unit_test(logical_types_that_would_mislead_are_refused),
		cmocka_unit_test(schemas_that_double_at_every_level_stay_small),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
