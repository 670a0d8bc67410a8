// SPDX-License-Identifier: Apache-2.0
// Whatever the schemas and the data, a plan reads what avro-c reads; cut or damaged data is refused or read, never a crash.
// Defaults, aliases, string for bytes and enums of other symbols are not here, as avro-c knows none of them: see test_plan.c.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <avro.h>
#include <cmocka.h>
#include <stdio.h>

#include "base/own.h"
#include "schemas/encode.h"
#include "schemas/inside.h"

enum { CASES = 10000, KIDS = 6, TEXT = 64 * 1024 };
enum kind { NUL, BOOLEAN, INT, LONG, FLOAT, DOUBLE, BYTES, STRING, FIXED, ENUM, RECORD, ARRAY, MAP, UNION };

struct type {
	enum kind kind;
	int id; // of a named type
	int n;  // kids, size or symbols
	struct type *kids[KIDS];
	int names[KIDS]; // of fields
};

static uint64_t seed;
static int next_id;
static struct arena arena;

static unsigned dice(unsigned n)
{
	seed ^= seed << 13;
	seed ^= seed >> 7;
	seed ^= seed << 17;
	return (unsigned)((seed >> 11) % n);
}

static bool is_named(enum kind kind)
{
	return kind == FIXED || kind == ENUM || kind == RECORD;
}

static struct type *type_new(enum kind kind)
{
	struct type *t = arena_zero(&arena, sizeof *t);

	t->kind = kind;
	t->id = ++next_id;
	return t;
}

static struct type *random_type(unsigned depth, bool in_union);

// Kinds among which a reader's union leaves a choice (test_plan.c) count as one.
static int group(enum kind kind)
{
	if (kind >= INT && kind <= DOUBLE)
		return INT;
	return kind == STRING ? BYTES : (int)kind;
}

static void random_branches(struct type *t, unsigned depth)
{
	int wanted = 1 + (int)dice(4);

	while (t->n < wanted) {
		struct type *kid = random_type(depth, true);
		bool twice = false;

		for (int i = 0; i < t->n; i++)
			twice = twice || (group(t->kids[i]->kind) == group(kid->kind) && !is_named(kid->kind));
		if (twice)
			wanted--;
		else
			t->kids[t->n++] = kid;
	}
	if (t->n == 0)
		t->kids[t->n++] = type_new(NUL);
}

static struct type *random_type(unsigned depth, bool in_union)
{
	static const enum kind nested[] = {RECORD, RECORD, RECORD, ARRAY, MAP, UNION, UNION};
	enum kind kind = depth > 1 && dice(2) ? nested[dice(in_union ? 5 : 7)] : dice(depth == 0 ? RECORD : in_union ? UNION : UNION + 1);
	struct type *t = type_new(kind);

	switch (kind) {
	case FIXED:
		t->n = 1 + (int)dice(20); // avro-c cannot do 0
		break;
	case ENUM:
		t->n = 1 + (int)dice(100);
		break;
	case RECORD:
		t->n = 1 + (int)dice(KIDS); // avro-c has no lists of empty records
		for (int i = 0; i < t->n; i++) {
			t->kids[i] = random_type(depth - 1, false);
			t->names[i] = i;
		}
		break;
	case ARRAY:
	case MAP:
		t->kids[t->n++] = random_type(depth - 1, false);
		break;
	case UNION:
		random_branches(t, depth - 1);
		break;
	default:
		break;
	}
	return t;
}

static void print_type(const struct type *t, struct buf *out)
{
	static const char *const names[] = {"null", "boolean", "int", "long", "float", "double", "bytes", "string"};

	switch (t->kind) {
	case FIXED:
		return buf_addf(out, "{\"type\":\"fixed\",\"name\":\"F%d\",\"size\":%d}", t->id, t->n);
	case ENUM:
		buf_addf(out, "{\"type\":\"enum\",\"name\":\"E%d\",\"symbols\":[", t->id);
		for (int i = 0; i < t->n; i++)
			buf_addf(out, "%s\"s%d\"", i ? "," : "", i);
		return buf_add_text(out, "]}");
	case RECORD:
		buf_addf(out, "{\"type\":\"record\",\"name\":\"R%d\",\"fields\":[", t->id);
		for (int i = 0; i < t->n; i++) {
			buf_addf(out, "%s{\"name\":\"f%d\",\"type\":", i ? "," : "", t->names[i]);
			print_type(t->kids[i], out);
			buf_add_text(out, "}");
		}
		return buf_add_text(out, "]}");
	case ARRAY:
	case MAP:
		buf_addf(out, "{\"type\":\"%s\",\"%s\":", t->kind == ARRAY ? "array" : "map", t->kind == ARRAY ? "items" : "values");
		print_type(t->kids[0], out);
		return buf_add_text(out, "}");
	case UNION:
		for (int i = 0; i < t->n; i++) {
			buf_add_text(out, i ? "," : "[");
			print_type(t->kids[i], out);
		}
		return buf_add_text(out, "]");
	default:
		buf_addf(out, "\"%s\"", names[t->kind]);
	}
}

static void swap(struct type *t, int i, int j)
{
	struct type *kid = t->kids[i];
	int name = t->names[i];

	t->kids[i] = t->kids[j];
	t->names[i] = t->names[j];
	t->kids[j] = kid;
	t->names[j] = name;
}

static enum kind promoted(enum kind kind)
{
	if (kind == INT)
		return LONG + dice(3);
	if (kind == LONG)
		return FLOAT + dice(2);
	return kind == FLOAT ? DOUBLE : kind;
}

// A reader's schema that differs: fields and branches in another order or gone, numbers promoted, values in unions.
static struct type *changed(const struct type *from, bool in_union)
{
	struct type *t = arena_zero(&arena, sizeof *t);

	*t = *from;
	if (t->kind >= RECORD)
		for (int i = 0; i < t->n; i++)
			t->kids[i] = changed(t->kids[i], t->kind == UNION);
	if ((t->kind == RECORD || t->kind == UNION) && t->n > 1 && dice(2))
		swap(t, (int)dice((unsigned)t->n), (int)dice((unsigned)t->n));
	if (t->n > 1 && ((t->kind == RECORD && dice(3) == 0) || (t->kind == UNION && dice(8) == 0)))
		t->n--;
	if (!in_union && dice(3) == 0)
		t->kind = promoted(t->kind);
	if (in_union || t->kind == UNION || t->kind == NUL || dice(5))
		return t;
	struct type *u = type_new(UNION);
	u->kids[u->n++] = t;
	if (t->kind != BOOLEAN && dice(2))
		u->kids[u->n++] = type_new(BOOLEAN);
	u->kids[u->n++] = type_new(NUL);
	swap(u, 0, (int)dice((unsigned)u->n));
	return u;
}

static size_t random_text(char *text)
{
	static const char *const bits[] = {"a", "Z", "0", "\xc3\xa9", "\xe2\x82\xac", "\xf0\x9f\x98\x80", "abcdefgh"};
	size_t n = 0;

	for (unsigned i = dice(2) ? 0 : dice(12); i > 0; i--) {
		const char *bit = bits[dice(7)];

		memcpy(text + n, bit, strlen(bit));
		n += strlen(bit);
	}
	text[n] = '\0';
	return n;
}

static int64_t random_integer(void)
{
	static const int64_t special[] = {0, -1, 1, INT32_MAX, INT32_MIN, INT64_MAX, INT64_MIN, 63, 64, -64, -65, 8191, 8192};

	return dice(2) ? special[dice(13)] : (int64_t)(seed ^ seed << 32) >> dice(64);
}

static void fill(avro_value_t *v);

static void fill_list(avro_value_t *v, bool map)
{
	for (unsigned i = dice(5); i > 0; i--) {
		avro_value_t kid;
		char key[200];

		if (map) {
			int n = snprintf(key, sizeof key, "%u", i);
			random_text(key + n);
			assert_int_equal(avro_value_add(v, key, &kid, NULL, NULL), 0);
		} else {
			assert_int_equal(avro_value_append(v, &kid, NULL), 0);
		}
		fill(&kid);
	}
}

static void fill_record(avro_value_t *v)
{
	size_t n = 0;

	avro_value_get_size(v, &n);
	for (size_t i = 0; i < n; i++) {
		avro_value_t kid;

		avro_value_get_by_index(v, i, &kid, NULL);
		fill(&kid);
	}
}

static void fill_simple(avro_value_t *v)
{
	char text[200];
	size_t n = random_text(text);

	switch (avro_value_get_type(v)) {
	case AVRO_NULL:
		avro_value_set_null(v);
		break;
	case AVRO_BOOLEAN:
		avro_value_set_boolean(v, (int)dice(2));
		break;
	case AVRO_INT32:
		avro_value_set_int(v, (int32_t)random_integer());
		break;
	case AVRO_INT64:
		avro_value_set_long(v, random_integer());
		break;
	case AVRO_FLOAT:
		avro_value_set_float(v, (float)random_integer() / 7);
		break;
	case AVRO_DOUBLE:
		avro_value_set_double(v, (double)random_integer() / 7);
		break;
	case AVRO_BYTES:
		avro_value_set_bytes(v, text, n);
		break;
	default:
		avro_value_set_string(v, text);
	}
}

static void fill(avro_value_t *v)
{
	avro_schema_t schema = avro_value_get_schema(v);
	avro_value_t branch;

	switch (avro_value_get_type(v)) {
	case AVRO_FIXED: {
		char bytes[32] = "0123456789abcdefghijklmnopqrstu";
		avro_value_set_fixed(v, bytes, (size_t)avro_schema_fixed_size(schema));
		break;
	}
	case AVRO_ENUM:
		avro_value_set_enum(v, (int)dice((unsigned)avro_schema_enum_number_of_symbols(schema)));
		break;
	case AVRO_RECORD:
		fill_record(v);
		break;
	case AVRO_ARRAY:
	case AVRO_MAP:
		fill_list(v, avro_value_get_type(v) == AVRO_MAP);
		break;
	case AVRO_UNION:
		avro_value_set_branch(v, (int)dice((unsigned)avro_schema_union_size(schema)), &branch);
		fill(&branch);
		break;
	default:
		fill_simple(v);
	}
}

// The encoder of the test: as avro-c's, but lists come in several blocks, some with their size.
static void add_long(struct buf *out, int64_t value)
{
	buf_add_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void write_value(avro_value_t *v, struct buf *out);

static void write_elements(avro_value_t *v, size_t from, size_t to, bool map, struct buf *out)
{
	for (size_t i = from; i < to; i++) {
		const char *key = NULL;
		avro_value_t kid;

		avro_value_get_by_index(v, i, &kid, &key);
		if (map) {
			add_long(out, (int64_t)strlen(key));
			buf_add_text(out, key);
		}
		write_value(&kid, out);
	}
}

static void write_list(avro_value_t *v, bool map, struct buf *out)
{
	size_t n = 0;

	avro_value_get_size(v, &n);
	for (size_t at = 0; at < n;) {
		size_t count = 1 + dice((unsigned)(n - at));
		struct buf block = {0};

		write_elements(v, at, at + count, map, &block);
		if (dice(2)) {
			add_long(out, (int64_t)count);
		} else {
			add_long(out, -(int64_t)count);
			add_long(out, (int64_t)block.n);
		}
		buf_add_view(out, buf_view(&block));
		buf_clear(&block);
		at += count;
	}
	add_long(out, 0);
}

static void write_record(avro_value_t *v, struct buf *out)
{
	size_t n = 0;

	avro_value_get_size(v, &n);
	for (size_t i = 0; i < n; i++) {
		avro_value_t kid;

		avro_value_get_by_index(v, i, &kid, NULL);
		write_value(&kid, out);
	}
}

static void write_value(avro_value_t *v, struct buf *out)
{
	char small[256];
	avro_writer_t writer;
	avro_value_t branch;
	int which = 0;

	switch (avro_value_get_type(v)) {
	case AVRO_ARRAY:
	case AVRO_MAP:
		return write_list(v, avro_value_get_type(v) == AVRO_MAP, out);
	case AVRO_RECORD:
		return write_record(v, out);
	case AVRO_UNION:
		avro_value_get_discriminant(v, &which);
		avro_value_get_current_branch(v, &branch);
		add_long(out, which);
		return write_value(&branch, out);
	default:
		writer = avro_writer_memory(small, sizeof small);
		assert_int_equal(avro_value_write(writer, v), 0);
		buf_add(out, small, (size_t)avro_writer_tell(writer));
		avro_writer_free(writer);
	}
}

static bool same(const struct slot *slot, const char *base, avro_value_t *want);

static bool same_list(const struct slot *slot, const struct shape_list *got, avro_value_t *want)
{
	size_t n = 0;
	bool equal;

	avro_value_get_size(want, &n);
	equal = got->n == n;
	for (size_t i = 0; equal && i < n; i++) {
		const char *element = (const char *)got->p + i * slot->stride;
		avro_value_t kid;

		if (slot->kind == SLOT_MAP) { // our encoder sorts the keys
			char key[300];

			snprintf(key, sizeof key, "%.*s", VIEW_ARG(*(const struct view *)element));
			equal = avro_value_get_by_name(want, key, &kid, NULL) == 0;
		} else {
			avro_value_get_by_index(want, i, &kid, NULL);
		}
		equal = equal && same(slot->parts, element, &kid);
	}
	return equal;
}

static bool same_view(struct view got, avro_value_t *want)
{
	const void *bytes = NULL;
	const char *text = NULL;
	size_t n = 0;

	if (avro_value_get_type(want) == AVRO_BYTES) {
		avro_value_get_bytes(want, &bytes, &n);
	} else if (avro_value_get_type(want) == AVRO_FIXED) {
		avro_value_get_fixed(want, &bytes, &n);
	} else {
		avro_value_get_string(want, &text, &n);
		bytes = text;
		n--;
	}
	return got.p && got.n == n && (n == 0 || memcmp(got.p, bytes, n) == 0);
}

static bool same_number(const struct slot *slot, const char *at, avro_value_t *want)
{
	int32_t i32 = 0;
	int64_t i64 = 0;
	float f = 0;
	double d = 0;
	int i = 0;

	switch (slot->kind) {
	case SLOT_FLAG:
		return avro_value_get_boolean(want, &i) == 0 && *(const int8_t *)at == i;
	case SLOT_ENUM:
		return avro_value_get_enum(want, &i) == 0 && *(const int8_t *)at == i;
	case SLOT_INT:
		return avro_value_get_int(want, &i32) == 0 && *(const int32_t *)at == i32;
	case SLOT_LONG:
		return avro_value_get_long(want, &i64) == 0 && *(const int64_t *)at == i64;
	case SLOT_FLOAT:
		return avro_value_get_float(want, &f) == 0 && memcmp(at, &f, sizeof f) == 0;
	default:
		return avro_value_get_double(want, &d) == 0 && memcmp(at, &d, sizeof d) == 0;
	}
}

static bool same_record(const struct slot *slot, const char *base, avro_value_t *want)
{
	bool equal = true;

	for (size_t i = 0; i < slot->parts_n; i++) {
		avro_value_t kid;

		avro_value_get_by_index(want, i, &kid, NULL);
		equal = equal && same(&slot->parts[i], base, &kid);
	}
	return equal;
}

// avro-c selects no branch of a union (-1) when nothing is set inside it: empty lists, and records of nothing else.
static bool sets_nothing(const struct slot *slot, const char *base)
{
	bool nothing = slot->kind == SLOT_RECORD;

	if (slot->kind == SLOT_ARRAY || slot->kind == SLOT_MAP)
		return ((const struct shape_list *)(base + slot->offset))->n == 0;
	for (size_t i = 0; i < slot->parts_n; i++)
		nothing = nothing && sets_nothing(&slot->parts[i], base);
	return nothing;
}

static bool same_optional(const struct slot *slot, const char *base, avro_value_t *want, bool *decided)
{
	bool absent =
		slot->kind == SLOT_FLAG || slot->kind == SLOT_ENUM ? base[slot->offset] == -1 : *(char *const *)(base + slot->offset) == NULL;
	int branch = 0;

	avro_value_get_discriminant(want, &branch);
	*decided = absent || branch == slot->null_branch || branch < 0;
	if (branch < 0)
		return !absent && sets_nothing(slot, base);
	return absent == (branch == slot->null_branch);
}

static bool same(const struct slot *slot, const char *base, avro_value_t *want)
{
	const char *at = base + slot->offset;
	avro_value_t branch;
	bool decided;
	int which = 0;

	if (slot->optional) {
		bool equal = same_optional(slot, base, want, &decided);

		if (decided)
			return equal;
		avro_value_get_current_branch(want, &branch);
		want = &branch;
	}
	switch (slot->kind) {
	case SLOT_NULL:
		return true;
	case SLOT_BYTES:
	case SLOT_TEXT:
		return same_view(*(const struct view *)at, want);
	case SLOT_ARRAY:
	case SLOT_MAP:
		return same_list(slot, (const struct shape_list *)at, want);
	case SLOT_RECORD:
		return same_record(slot, base, want);
	case SLOT_UNION:
		avro_value_get_discriminant(want, &which);
		if (which < 0)
			return sets_nothing(&slot->parts[*(const int64_t *)at], base);
		avro_value_get_current_branch(want, &branch);
		return *(const int64_t *)at == which && same(&slot->parts[which], base, &branch);
	default:
		return same_number(slot, at, want);
	}
}

// Reads `bytes` the way of avro-c. Gives 0, or -1 if it refuses; `want` is to be released if 0.
static int read_by_avro_c(avro_schema_t writer, avro_schema_t reader, struct view bytes, avro_value_t *want)
{
	avro_value_iface_t *resolver = avro_resolved_writer_new(writer, reader);
	avro_value_iface_t *class = avro_generic_class_from_schema(reader);
	avro_reader_t input = avro_reader_memory(bytes.p, (int64_t)bytes.n);
	avro_value_t resolved;
	int failed = 1;

	avro_generic_value_new(class, want);
	if (resolver) {
		avro_resolved_writer_new_value(resolver, &resolved);
		avro_resolved_writer_set_dest(&resolved, want);
		failed = avro_value_read(input, &resolved);
		avro_value_decref(&resolved);
		avro_value_iface_decref(resolver);
	}
	if (failed)
		avro_value_decref(want);
	avro_value_iface_decref(class);
	avro_reader_free(input);
	return failed ? -1 : 0;
}

struct tally {
	unsigned read, refused, damaged_read, damaged_refused;
};

// Never a crash, never a read beyond the end (the copy is exactly as long as the data, so that ASan would see it).
static void try_damaged(const struct plan *plan, struct view bytes, void *record, struct tally *tally)
{
	struct arena scratch = {0};
	struct err err;

	for (size_t i = 0; i < 8 && bytes.n; i++) {
		size_t n = i < 4 ? dice((unsigned)bytes.n) : bytes.n;
		OWN(own_free) char *copy = malloc(n ? n : 1);

		memcpy(copy, bytes.p, n);
		for (unsigned flips = i < 4 ? 0 : 1 + dice(3); flips > 0 && n; flips--)
			copy[dice((unsigned)n)] = (char)dice(256);
		if (plan_decode(plan, view_of(copy, n), &scratch, record, &err) == 0) {
			tally->damaged_read++;
		} else {
			assert_string_equal(err.code, "bad_record");
			tally->damaged_refused++;
		}
	}
	arena_clear(&scratch);
}

// Our own encoder writes what a reader of the same schema reads back.
static void round_trip(const struct shape *shape, struct view schema, const char *record, avro_value_t *want)
{
	OWN(buf_clear) struct buf bytes = {0};
	OWN(plan_free) struct plan *plan = NULL;
	char *back = arena_take(&arena, shape->root.size + 8);
	struct err err;

	encode_record(&shape->root, record, &bytes);
	assert_int_equal(plan_new_for(shape, schema, &plan, &err), 0);
	assert_int_equal(plan_decode(plan, buf_view(&bytes), &arena, back, &err), 0);
	assert_true(same(&shape->root, back, want));
}

static void compare(struct view writer_text, struct view reader_text, avro_schema_t writer, avro_schema_t reader, struct view bytes,
	struct tally *tally)
{
	OWN(shape_clear) struct shape shape = {0};
	OWN(plan_free) struct plan *plan = NULL;
	avro_value_t want;
	struct err err = {0};
	int refused;

	if (shape_lay_out(&shape, reader_text, &err))
		fail_msg("%s", err.words);
	char *record = arena_take(&arena, shape.root.size + 8);
	refused = plan_new_for(&shape, writer_text, &plan, &err) || plan_decode(plan, bytes, &arena, record, &err);
	if ((read_by_avro_c(writer, reader, bytes, &want) != 0) != (refused != 0))
		fail_msg("%s\nwriter %.*s\nreader %.*s\nours: %s, avro-c: %s", "one reads, the other refuses", VIEW_ARG(writer_text),
			VIEW_ARG(reader_text), refused ? err.words : "read", avro_strerror());
	if (refused) {
		tally->refused++;
		return;
	}
	tally->read++;
	if (!same(&shape.root, record, &want)) {
		char *json = NULL;

		avro_value_to_json(&want, 1, &json);
		fail_msg("another value\nwriter %.*s\nreader %.*s\navro-c: %s", VIEW_ARG(writer_text), VIEW_ARG(reader_text), json);
	}
	round_trip(&shape, reader_text, record, &want);
	avro_value_decref(&want);
	try_damaged(plan, bytes, record, tally);
}

static avro_schema_t parse_schema(struct view text)
{
	avro_schema_t schema;

	if (avro_schema_from_json_length(text.p, text.n, &schema))
		fail_msg("%s: %.*s", avro_strerror(), VIEW_ARG(text));
	return schema;
}

static void one_case(struct tally *tally)
{
	OWN(buf_clear) struct buf writer_text = {0};
	OWN(buf_clear) struct buf reader_text = {0};
	OWN(buf_clear) struct buf bytes = {0};
	struct type *writer_type = random_type(4, false);
	avro_schema_t writer, reader;
	avro_value_iface_t *class;
	avro_value_t value;

	next_id = 0;
	print_type(writer_type, &writer_text);
	print_type(dice(3) ? changed(writer_type, false) : writer_type, &reader_text);
	writer = parse_schema(buf_view(&writer_text));
	reader = parse_schema(buf_view(&reader_text));
	class = avro_generic_class_from_schema(writer);
	avro_generic_value_new(class, &value);
	fill(&value);
	write_value(&value, &bytes);
	compare(buf_view(&writer_text), buf_view(&reader_text), writer, reader, buf_view(&bytes), tally);
	avro_value_decref(&value);
	avro_value_iface_decref(class);
	avro_schema_decref(writer);
	avro_schema_decref(reader);
	arena_reset(&arena);
}

static void plans_read_what_avro_c_reads(void **state)
{
	const char *given = getenv("TEST_SEED");
	uint64_t first = given ? strtoull(given, NULL, 10) : 20260301;
	struct tally tally = {0};

	(void)state;
	for (unsigned i = 0; i < CASES; i++) {
		seed = (first + i) * 0x9e3779b97f4a7c15u | 1;
		dice(2);
		one_case(&tally);
	}
	arena_clear(&arena);
	print_message("%u read alike, %u refused alike; damaged: %u read, %u refused\n", tally.read, tally.refused, tally.damaged_read,
		tally.damaged_refused);
	assert_true(tally.read > CASES / 2);
	assert_true(tally.refused > 0);
	assert_true(tally.damaged_refused > 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {cmocka_unit_test(plans_read_what_avro_c_reads)};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
