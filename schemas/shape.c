// SPDX-License-Identifier: Apache-2.0
#include "schemas/shape.h"

#include <stdlib.h>

#include "schemas/fallback.h"
#include "schemas/records.h"

enum { SYMBOLS_MAX = INT8_MAX, DEPTH_MAX = 24, SIZE_MAX_BYTES = 1 << 20, SLOTS_MAX = 20000, ELEMENTS_DEFAULT = 10000 };

static const struct view absent_view = {NULL, 0};
static const struct shape_list absent_list = {NULL, 0};
static const int64_t absent_long = TIME_ABSENT;
static const int8_t absent_flag = FLAG_ABSENT;
static const int8_t missing_enum = ENUM_MISSING;

struct builder {
	struct shape *shape;
	size_t slots;
	bool bound;
};

static int mismatch(struct err *err, const struct slot *slot, const char *what)
{
	return err_set(err, ERR_FATAL, "schema_mismatch", "field %s: %s", slot->name, what);
}

static int too_much(struct err *err, const char *what)
{
	return err_set(err, ERR_POISON, "bad_schema", "Avro schema: %s", what);
}

static enum slot_kind kind_of(enum avsc_type type)
{
	static const enum slot_kind kinds[] = {[AVSC_NULL] = SLOT_NULL,
		[AVSC_BOOLEAN] = SLOT_FLAG,
		[AVSC_INT] = SLOT_INT,
		[AVSC_LONG] = SLOT_LONG,
		[AVSC_FLOAT] = SLOT_FLOAT,
		[AVSC_DOUBLE] = SLOT_DOUBLE,
		[AVSC_BYTES] = SLOT_BYTES,
		[AVSC_STRING] = SLOT_TEXT,
		[AVSC_FIXED] = SLOT_BYTES,
		[AVSC_ENUM] = SLOT_ENUM,
		[AVSC_RECORD] = SLOT_RECORD,
		[AVSC_ARRAY] = SLOT_ARRAY,
		[AVSC_MAP] = SLOT_MAP,
		[AVSC_UNION] = SLOT_UNION};

	return kinds[type];
}

static uint32_t size_of(enum slot_kind kind)
{
	static const uint32_t sizes[] = {[SLOT_NULL] = 0,
		[SLOT_FLAG] = 1,
		[SLOT_INT] = 4,
		[SLOT_LONG] = 8,
		[SLOT_FLOAT] = 4,
		[SLOT_DOUBLE] = 8,
		[SLOT_BYTES] = sizeof(struct view),
		[SLOT_TEXT] = sizeof(struct view),
		[SLOT_ENUM] = 1,
		[SLOT_ARRAY] = sizeof(struct shape_list),
		[SLOT_MAP] = sizeof(struct shape_list),
		[SLOT_RECORD] = 0,
		[SLOT_UNION] = 0};

	return sizes[kind];
}

static const void *absent_of(enum slot_kind kind)
{
	switch (kind) {
	case SLOT_TEXT:
	case SLOT_BYTES:
		return &absent_view;
	case SLOT_ARRAY:
		return &absent_list;
	case SLOT_LONG:
		return &absent_long;
	case SLOT_FLAG:
	case SLOT_ENUM:
		return &absent_flag;
	default:
		return NULL;
	}
}

// Is this a union of null and one other type whose C value can say absent itself?
static bool is_optional(const struct builder *b, const struct avsc *type, uint8_t *null_branch)
{
	if (type->type != AVSC_UNION || type->parts_n != 2)
		return false;
	*null_branch = type->parts[0]->type == AVSC_NULL ? 0 : 1;
	if (type->parts[*null_branch]->type != AVSC_NULL)
		return false;

	enum slot_kind kind = kind_of(type->parts[!*null_branch]->type);
	return absent_of(kind) && (b->bound || kind != SLOT_LONG); // without a table any long is a value
}

static enum bind_type bind_type_of(enum slot_kind kind)
{
	switch (kind) {
	case SLOT_TEXT:
	case SLOT_BYTES:
		return BIND_VIEW;
	case SLOT_LONG:
		return BIND_INT64;
	case SLOT_INT:
		return BIND_INT32;
	case SLOT_FLAG:
	case SLOT_ENUM:
		return BIND_INT8;
	default:
		return BIND_OTHER;
	}
}

static int build(struct builder *b, struct slot *slot, const struct avsc *type, const struct binding *bind, unsigned depth,
	struct err *err);

static uint32_t align8(uint32_t n)
{
	return (n + 7) & ~7u;
}

static int build_default(struct builder *b, struct slot *part, const struct avsc_field *field, struct err *err)
{
	part->field = field;
	if (!field->fallback)
		return 0;
	void *image = arena_zero(&b->shape->arena, part->size + 1);
	part->fallback = image;
	if (fallback_fill(part, field->fallback, &b->shape->arena, image, err))
		return err_prefix(err, "default of %s", field->name);
	return 0;
}

// Fields lie where the table says, or one behind the other.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): fields of contract and struct side by side
static int build_record(struct builder *b, struct slot *slot, const struct binding *table, unsigned depth, struct err *err)
{
	const struct avsc *type = slot->type;
	uint32_t size = 0;

	slot->parts = arena_zero(&b->shape->arena, (type->fields_n + 1) * sizeof *slot->parts);
	for (size_t i = 0; i < type->fields_n; i++) {
		struct slot *part = &slot->parts[slot->parts_n++];

		part->name = type->fields[i].name;
		if (table && (!table[i].name || strcmp(table[i].name, part->name) != 0))
			return mismatch(err, part, "the schema and the table of the contract have different fields from here on");
		part->offset = slot->offset + (table ? table[i].offset : size);
		if (build(b, part, type->fields[i].type, table ? &table[i] : NULL, depth, err))
			return -1;
		if (build_default(b, part, &type->fields[i], err))
			return -1;
		size = align8(size + part->size);
	}
	if (table && table[type->fields_n].name)
		return mismatch(err, slot, "the table of the contract has more fields than the schema");
	if (!table)
		slot->size = size;
	return 0;
}

static int build_list(struct builder *b, struct slot *slot, const struct binding *bind, unsigned depth, struct err *err)
{
	struct slot *value = arena_zero(&b->shape->arena, sizeof *value);
	struct binding text = {.name = "", .size = sizeof(struct view), .type = BIND_VIEW};
	struct binding record = {.name = "", .size = bind ? bind->stride : 0, .type = BIND_OTHER, .of = bind ? bind->of : NULL};

	slot->parts = value;
	slot->parts_n = 1;
	value->name = "";
	value->offset = slot->kind == SLOT_MAP ? sizeof(struct view) : 0;
	if (bind && (bind->size != sizeof(struct shape_list) || !bind->stride))
		return mismatch(err, slot, "a list is a struct of pointer and count, and its table entry has the size of an element");
	if (bind && slot->kind == SLOT_MAP && bind->stride != 2 * sizeof(struct view))
		return mismatch(err, slot, "a map holds pairs of texts");
	if (build(b, value, slot->type->parts[0], !bind ? NULL : bind->of ? &record : &text, depth, err))
		return -1;
	slot->stride = bind ? bind->stride : align8(value->offset + value->size);
	if (slot->stride == 0)
		slot->stride = 8;
	return 0;
}

static int build_union(struct builder *b, struct slot *slot, unsigned depth, struct err *err)
{
	const struct avsc *type = slot->type;
	uint32_t size = 0;

	slot->parts = arena_zero(&b->shape->arena, type->parts_n * sizeof *slot->parts);
	for (size_t i = 0; i < type->parts_n; i++) {
		struct slot *part = &slot->parts[slot->parts_n++];

		part->name = slot->name;
		part->offset = slot->offset + (uint32_t)sizeof(int64_t);
		if (build(b, part, type->parts[i], NULL, depth, err))
			return -1;
		if (part->size > size)
			size = part->size;
	}
	slot->size = (uint32_t)sizeof(int64_t) + align8(size);
	return 0;
}

static int build_value(struct builder *b, struct slot *slot, const struct binding *bind, unsigned depth, struct err *err)
{
	switch (slot->kind) {
	case SLOT_NULL:
	case SLOT_BYTES:
	case SLOT_FLOAT:
	case SLOT_DOUBLE:
		return bind ? mismatch(err, slot, "a contract has no null, bytes, fixed, float or double") : 0;
	case SLOT_RECORD:
		if (bind && !bind->of)
			return mismatch(err, slot, "a record needs a table of its own");
		return build_record(b, slot, bind ? bind->of : NULL, depth, err);
	case SLOT_ARRAY:
	case SLOT_MAP:
		return build_list(b, slot, bind, depth, err);
	case SLOT_UNION:
		if (bind)
			return mismatch(err, slot, "a contract has no unions but with null, of a type that can say absent");
		return build_union(b, slot, depth, err);
	case SLOT_ENUM:
		if (slot->type->symbols_n > SYMBOLS_MAX)
			return too_much(err, "more than 127 symbols in an enum that we read");
		return 0;
	default:
		return 0;
	}
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): one case per kind of schema
static int build(struct builder *b, struct slot *slot, const struct avsc *type, const struct binding *bind, unsigned depth, struct err *err)
{
	if (depth >= DEPTH_MAX || ++b->slots > SLOTS_MAX)
		return too_much(err, "recursive, or too large to be laid out in a struct");
	slot->optional = is_optional(b, type, &slot->null_branch);
	slot->type = slot->optional ? type->parts[!slot->null_branch] : type;
	slot->kind = kind_of(slot->type->type);
	slot->size = bind && slot->kind == SLOT_RECORD ? bind->size : size_of(slot->kind);
	if (bind && bind->type != bind_type_of(slot->kind))
		return mismatch(err, slot, "the C type cannot hold the type of the schema");
	slot->time = slot->kind == SLOT_LONG && slot->type->logical && strcmp(slot->type->logical, "timestamp-millis") == 0;
	slot->money = bind && bind->money;
	slot->lenient = b->bound && !slot->optional && (slot->kind == SLOT_TEXT || slot->kind == SLOT_ENUM || slot->time);
	if (slot->optional || slot->lenient)
		slot->absent = slot->lenient && slot->kind == SLOT_ENUM ? &missing_enum : absent_of(slot->kind);
	if (build_value(b, slot, bind, depth + 1, err))
		return -1;
	return slot->size > SIZE_MAX_BYTES ? too_much(err, "too large to be laid out in a struct") : 0;
}

static int shape_build(struct shape *shape, struct view schema, const struct binding *bind, struct err *err)
{
	struct builder b = {.shape = shape, .bound = bind != NULL};

	*shape = (struct shape){.arena = {.block = 16 * 1024}, .elements_max = ELEMENTS_DEFAULT};
	shape->root.name = "";
	if (avsc_parse(schema, &shape->schema, err) || build(&b, &shape->root, avsc_root(shape->schema), bind, 0, err)) {
		shape_clear(shape);
		return -1;
	}
	return 0;
}

int shape_bind(struct shape *shape, struct view schema, const struct binding *table, size_t size, struct err *err)
{
	struct binding root = {.name = "", .size = (uint32_t)size, .type = BIND_OTHER, .of = table};

	return shape_build(shape, schema, &root, err);
}

int shape_lay_out(struct shape *shape, struct view schema, struct err *err)
{
	return shape_build(shape, schema, NULL, err);
}

void shape_clear(struct shape *shape)
{
	avsc_free(&shape->schema);
	arena_clear(&shape->arena);
}
