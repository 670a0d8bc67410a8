// SPDX-License-Identifier: Apache-2.0
// Avro specification, "Schema Resolution". Names of records, enums and fixed matter in unions only, and there without
// namespace: producers choose their own.
#include <stdio.h>

#include "base/own.h"
#include "schemas/program.h"
#include "schemas/records.h"

enum { STEPS_MAX = 200000, SKIP_DEPTH_MAX = 500, PATH_MAX_BYTES = 300 };

// A named type that the program can skip already.
struct skippable {
	struct skippable *next;
	const struct avsc *type;
	uint32_t part;
};

struct resolver {
	struct plan *plan;
	struct skippable *skippables;
	size_t steps;
	unsigned depth;
	char path[PATH_MAX_BYTES];
	size_t path_n;
	const char *kept; // the path in the plan's arena; NULL: not yet
	struct err *err;
};

static int resolve(struct resolver *r, const struct slot *slot, const struct avsc *writer);
static int skip(struct resolver *r, const struct avsc *writer);

static int refuse(struct resolver *r, const char *what, const char *which)
{
	return err_set(r->err, ERR_POISON, "bad_record", "writer's schema, %s: %s%.150s", r->path_n ? r->path : "record", what,
		which ? which : "");
}

static size_t path_push(struct resolver *r, const char *separator, const char *name)
{
	size_t before = r->path_n;
	int n = snprintf(r->path + before, sizeof r->path - before, "%s%s", before ? separator : "", name);

	r->path_n = n < 0 ? before : before + (size_t)n < sizeof r->path ? before + (size_t)n : sizeof r->path - 1;
	r->kept = NULL;
	return before;
}

static void path_pop(struct resolver *r, size_t before)
{
	r->path_n = before;
	r->path[before] = '\0';
	r->kept = NULL;
}

// Room for one more; `array` is one of the plan's.
static void *grow(void *array, size_t n, size_t *room, size_t size)
{
	if (n < *room)
		return array;
	*room = *room ? 2 * *room : 32;
	array = realloc(array, *room * size);
	if (!array)
		err_out_of_memory();
	return array;
}

static uint32_t emit(struct resolver *r, enum op_code code, uint8_t small, uint32_t offset, uint32_t arg)
{
	struct plan *plan = r->plan;

	if (!r->kept)
		r->kept = arena_dup(&plan->arena, view_of(r->path, r->path_n)).p;
	if (plan->ops_n == plan->ops_room)
		plan->paths = realloc(plan->paths, (plan->ops_room ? 2 * plan->ops_room : 32) * sizeof *plan->paths);
	if (plan->ops_n == plan->ops_room && !plan->paths)
		err_out_of_memory();
	plan->ops = grow(plan->ops, plan->ops_n, &plan->ops_room, sizeof *plan->ops);
	plan->paths[plan->ops_n] = r->kept;
	plan->ops[plan->ops_n] = (struct op){(uint8_t)code, small, offset, arg};
	return (uint32_t)plan->ops_n++;
}

static uint32_t add_part(struct plan *plan, struct program_part part)
{
	plan->parts = grow(plan->parts, plan->parts_n, &plan->parts_room, sizeof *plan->parts);
	plan->parts[plan->parts_n] = part;
	return (uint32_t)plan->parts_n++;
}

static void emit_copy(struct resolver *r, const struct slot *slot, const void *image)
{
	struct plan *plan = r->plan;

	if (slot->size == 0)
		return;
	plan->images = grow(plan->images, plan->images_n, &plan->images_room, sizeof *plan->images);
	plan->images[plan->images_n] = (struct program_image){image, slot->size};
	emit(r, OP_COPY, 0, slot->offset, (uint32_t)plan->images_n++);
}

static void emit_fail(struct resolver *r, const char *text)
{
	struct plan *plan = r->plan;

	plan->words = grow(plan->words, plan->words_n, &plan->words_room, sizeof *plan->words);
	plan->words[plan->words_n] = arena_dup(&plan->arena, view_text(text)).p;
	emit(r, OP_FAIL, 0, 0, (uint32_t)plan->words_n++);
}

// A place to go back to when a branch turns out not to fit.
struct attempt {
	size_t ops_n, parts_n, entries_n, images_n, symbols_n, words_n;
	struct skippable *skippables;
	size_t path_n;
};

static struct attempt attempt_begin(const struct resolver *r)
{
	const struct plan *p = r->plan;

	return (struct attempt){p->ops_n, p->parts_n, p->entries_n, p->images_n, p->symbols_n, p->words_n, r->skippables, r->path_n};
}

static void attempt_undo(struct resolver *r, const struct attempt *a)
{
	struct plan *p = r->plan;

	p->ops_n = a->ops_n;
	p->parts_n = a->parts_n;
	p->entries_n = a->entries_n;
	p->images_n = a->images_n;
	p->symbols_n = a->symbols_n;
	p->words_n = a->words_n;
	r->skippables = a->skippables;
	path_pop(r, a->path_n);
}

// Emits `code` with a part whose body is what `body` emits.
static int emit_list(struct resolver *r, enum op_code code, const struct slot *slot, const struct avsc *writer)
{
	const struct avsc *element = writer->parts[0];
	uint32_t part = add_part(r->plan, (struct program_part){.empty = code != OP_MAP && code != OP_SKIP_MAP && element->empty});

	if (slot) {
		r->plan->parts[part].stride = slot->stride;
		r->plan->parts[part].value = slot->parts->offset;
	}
	emit(r, code, 0, slot ? slot->offset : 0, part);
	size_t before = path_push(r, "", "[]");
	r->plan->parts[part].entry = (uint32_t)r->plan->ops_n;
	int failed = slot ? resolve(r, slot->parts, element) : skip(r, element);
	emit(r, OP_END, 0, 0, 0);
	r->plan->parts[part].after = (uint32_t)r->plan->ops_n;
	path_pop(r, before);
	return failed;
}

// One body per branch; a branch that does not fit fails when a record uses it, and at once if none fits.
static int emit_union(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	struct plan *plan = r->plan;
	uint32_t first = (uint32_t)plan->entries_n;
	uint32_t part = add_part(plan, (struct program_part){.first = first, .branches = (uint32_t)writer->parts_n});
	size_t fitting = 0;

	for (size_t i = 0; i < writer->parts_n; i++) {
		plan->entries = grow(plan->entries, plan->entries_n, &plan->entries_room, sizeof *plan->entries);
		plan->entries[plan->entries_n++] = 0;
	}
	emit(r, OP_UNION, 0, 0, part);
	for (size_t i = 0; i < writer->parts_n; i++) {
		struct attempt a = attempt_begin(r);

		plan->entries[first + i] = (uint32_t)plan->ops_n;
		if ((slot ? resolve(r, slot, writer->parts[i]) : skip(r, writer->parts[i])) == 0) {
			fitting++;
		} else {
			attempt_undo(r, &a);
			emit_fail(r, r->err->words);
		}
		emit(r, OP_END, 0, 0, 0);
	}
	plan->parts[part].after = (uint32_t)plan->ops_n;
	return fitting ? 0 : -1;
}

static void skip_known(struct resolver *r, const struct avsc *writer, uint32_t part)
{
	struct skippable *s = arena_take(&r->plan->arena, sizeof *s);

	*s = (struct skippable){r->skippables, writer, part};
	r->skippables = s;
}

// A record's body stands in the program once; whoever skips it again, or skips it inside itself, calls it.
static int skip_record(struct resolver *r, const struct avsc *writer)
{
	struct plan *plan = r->plan;

	for (struct skippable *s = r->skippables; s; s = s->next) {
		if (s->type != writer)
			continue;
		uint32_t again = add_part(plan, (struct program_part){.entry = plan->parts[s->part].entry, .after = (uint32_t)plan->ops_n + 1});
		emit(r, OP_CALL, 0, 0, again);
		return 0;
	}
	uint32_t part = add_part(plan, (struct program_part){.entry = (uint32_t)plan->ops_n + 1});
	skip_known(r, writer, part);
	emit(r, OP_CALL, 0, 0, part);
	for (size_t i = 0; i < writer->fields_n; i++) {
		size_t before = path_push(r, ".", writer->fields[i].name);

		if (skip(r, writer->fields[i].type))
			return -1;
		path_pop(r, before);
	}
	emit(r, OP_END, 0, 0, 0);
	plan->parts[part].after = (uint32_t)plan->ops_n;
	return 0;
}

static int skip_value(struct resolver *r, const struct avsc *writer)
{
	switch (writer->type) {
	case AVSC_NULL:
		return 0;
	case AVSC_BOOLEAN:
		return emit(r, OP_SKIP_FLAG, 0, 0, 0), 0;
	case AVSC_INT:
		return emit(r, OP_SKIP_INT, 0, 0, 0), 0;
	case AVSC_LONG:
		return emit(r, OP_SKIP_LONG, 0, 0, 0), 0;
	case AVSC_ENUM:
		return emit(r, OP_SKIP_ENUM, 0, 0, (uint32_t)writer->symbols_n), 0;
	case AVSC_FLOAT:
		return emit(r, OP_SKIP_FIXED, 0, 0, 4), 0;
	case AVSC_DOUBLE:
		return emit(r, OP_SKIP_FIXED, 0, 0, 8), 0;
	case AVSC_FIXED:
		return emit(r, OP_SKIP_FIXED, 0, 0, (uint32_t)writer->size), 0;
	case AVSC_BYTES:
	case AVSC_STRING:
		return emit(r, OP_SKIP_SIZED, 0, 0, 0), 0;
	case AVSC_ARRAY:
		return emit_list(r, OP_SKIP_ARRAY, NULL, writer);
	case AVSC_MAP:
		return emit_list(r, OP_SKIP_MAP, NULL, writer);
	case AVSC_UNION:
		return emit_union(r, NULL, writer);
	case AVSC_RECORD:
		return skip_record(r, writer);
	}
	return refuse(r, "unknown type", NULL);
}

static int enter(struct resolver *r)
{
	if (r->steps >= STEPS_MAX || r->depth >= SKIP_DEPTH_MAX)
		return refuse(r, "too large or nested too deeply", NULL);
	r->steps++;
	r->depth++;
	return 0;
}

static int skip(struct resolver *r, const struct avsc *writer)
{
	if (writer->empty) // else records of empty records, doubled at each level, would be visited 2^depth times
		return 0;
	if (enter(r))
		return -1;
	int failed = skip_value(r, writer);
	r->depth--;
	return failed;
}

static const struct avsc_field *writer_field(const struct avsc *writer, const char *name)
{
	for (size_t i = 0; i < writer->fields_n; i++)
		if (strcmp(writer->fields[i].name, name) == 0)
			return &writer->fields[i];
	return NULL;
}

// The writer's field for a reader's: by name, else by one of the reader's aliases.
static const struct avsc_field *source_of(const struct avsc *writer, const struct slot *part)
{
	const struct avsc_field *found = writer_field(writer, part->name);

	for (size_t i = 0; !found && i < part->field->aliases_n; i++)
		found = writer_field(writer, part->field->aliases[i]);
	return found;
}

// `sources` says for each of the slot's fields which of the writer's it comes from.
static int resolve_field(struct resolver *r, const struct slot *slot, const struct avsc_field *const *sources,
	const struct avsc_field *field)
{
	size_t before = path_push(r, ".", field->name);
	size_t i = 0;

	while (i < slot->parts_n && sources[i] != field)
		i++;
	if (i < slot->parts_n ? resolve(r, &slot->parts[i], field->type) : skip(r, field->type))
		return -1;
	path_pop(r, before);
	return 0;
}

static int resolve_record(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	const struct avsc_field **sources = arena_take(&r->plan->arena, (slot->parts_n + 1) * sizeof *sources);

	for (size_t i = 0; i < slot->parts_n; i++)
		sources[i] = source_of(writer, &slot->parts[i]);
	for (size_t i = 0; i < writer->fields_n; i++)
		if (resolve_field(r, slot, sources, &writer->fields[i]))
			return -1;
	for (size_t i = 0; i < slot->parts_n; i++) {
		const struct slot *part = &slot->parts[i];

		if (sources[i])
			continue;
		if (!part->fallback) {
			path_push(r, ".", part->name);
			return refuse(r, "this field is missing and has no default", NULL);
		}
		emit_copy(r, part, part->fallback);
	}
	return 0;
}

static int resolve_enum(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	struct plan *plan = r->plan;
	struct program_symbols *table = arena_take(&plan->arena, sizeof *table + writer->symbols_n + 1);

	table->n = (uint32_t)writer->symbols_n;
	for (size_t i = 0; i < writer->symbols_n; i++) {
		const struct avsc *reader = slot->type;

		table->to[i] = reader->symbol_default >= 0 ? (int8_t)reader->symbol_default : slot->lenient ? ENUM_UNKNOWN : SYMBOL_REFUSED;
		for (size_t j = 0; j < reader->symbols_n; j++)
			if (strcmp(reader->symbols[j], writer->symbols[i]) == 0)
				table->to[i] = (int8_t)j;
	}
	plan->symbols = grow(plan->symbols, plan->symbols_n, &plan->symbols_room, sizeof *plan->symbols);
	plan->symbols[plan->symbols_n] = table;
	emit(r, OP_ENUM, 0, slot->offset, (uint32_t)plan->symbols_n++);
	return 0;
}

// The op that reads the writer's primitive into the slot; OP_END if there is none.
static enum op_code primitive_op(const struct slot *slot, const struct avsc *writer)
{
	static const uint8_t ops[AVSC_FIXED + 1][SLOT_UNION + 1] = {
		[AVSC_BOOLEAN] = {[SLOT_FLAG] = OP_FLAG},
		[AVSC_INT] = {[SLOT_INT] = OP_INT, [SLOT_LONG] = OP_INT_TO_LONG, [SLOT_FLOAT] = OP_INT_TO_FLOAT, [SLOT_DOUBLE] = OP_INT_TO_DOUBLE},
		[AVSC_LONG] = {[SLOT_LONG] = OP_LONG, [SLOT_FLOAT] = OP_LONG_TO_FLOAT, [SLOT_DOUBLE] = OP_LONG_TO_DOUBLE},
		[AVSC_FLOAT] = {[SLOT_FLOAT] = OP_FLOAT, [SLOT_DOUBLE] = OP_FLOAT_TO_DOUBLE},
		[AVSC_DOUBLE] = {[SLOT_DOUBLE] = OP_DOUBLE},
		[AVSC_STRING] = {[SLOT_TEXT] = OP_TEXT, [SLOT_BYTES] = OP_BYTES},
		[AVSC_BYTES] = {[SLOT_TEXT] = OP_TEXT, [SLOT_BYTES] = OP_BYTES},
		[AVSC_FIXED] = {[SLOT_BYTES] = OP_FIXED},
	};
	bool fixed = slot->type->type == AVSC_FIXED;

	if (writer->type > AVSC_FIXED || fixed != (writer->type == AVSC_FIXED) || (fixed && slot->type->size != writer->size))
		return OP_END;
	enum op_code op = ops[writer->type][slot->kind];
	return op == OP_LONG && slot->absent ? OP_TIME : op;
}

// Logical types are annotations, but reading micros as millis, or a decimal's bytes as text, would be a silent error.
static bool logical_differs(const struct slot *slot, const struct avsc *writer)
{
	if (!writer->logical)
		return false;
	if (slot->time)
		return strcmp(writer->logical, "timestamp-millis") != 0;
	return slot->kind == SLOT_TEXT && strcmp(writer->logical, "decimal") == 0;
}

static int resolve_primitive(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	enum op_code op = primitive_op(slot, writer);
	char what[200];

	if (logical_differs(slot, writer))
		return refuse(r, "written with another logicalType: ", writer->logical);
	if (op != OP_END)
		return emit(r, op, 0, slot->offset, (uint32_t)writer->size), 0;
	snprintf(what, sizeof what, "written as %s, expected is ", avsc_type_name(writer->type));
	return refuse(r, what, avsc_type_name(slot->type->type));
}

static int resolve_null(struct resolver *r, const struct slot *slot)
{
	if (slot->absent)
		return emit_copy(r, slot, slot->absent), 0;
	return slot->kind == SLOT_NULL ? 0 : refuse(r, "null, but a value is required", NULL);
}

// How well a branch of the reader's union fits: 2 = same type and name, 1 = another type, so perhaps a promotion, 0 = another name, no fit. The
// first of the best is taken, as Java does; by the letter of the specification [double, int] would read an int as a double.
static int affinity(const struct avsc *branch, const struct avsc *writer)
{
	if (branch->type != writer->type)
		return 1;
	return !branch->name || strcmp(avsc_short_name(branch), avsc_short_name(writer)) == 0 ? 2 : 0;
}

static int resolve_into_union(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	for (int wanted = 2; wanted >= 1; wanted--) {
		for (size_t i = 0; i < slot->parts_n; i++) {
			struct attempt a = attempt_begin(r);

			if (affinity(slot->parts[i].type, writer) != wanted)
				continue;
			emit(r, OP_TAG, 0, slot->offset, (uint32_t)i);
			if (resolve(r, &slot->parts[i], writer) == 0)
				return 0;
			attempt_undo(r, &a);
		}
	}
	return refuse(r, "fits no branch of the union: ", avsc_name(writer));
}

// Null or text, null or long: the common case in one op.
static bool emit_optional(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	uint8_t null_branch = writer->parts[0]->type == AVSC_NULL ? 0 : 1;

	if (writer->parts_n != 2 || !slot->absent || writer->parts[null_branch]->type != AVSC_NULL)
		return false;
	const struct avsc *value = writer->parts[!null_branch];
	if (logical_differs(slot, value))
		return false;
	if (slot->kind == SLOT_TEXT && value->type == AVSC_STRING)
		emit(r, OP_OPT_TEXT, null_branch, slot->offset, 0);
	else if (slot->kind == SLOT_LONG && value->type == AVSC_LONG)
		emit(r, OP_OPT_LONG, null_branch, slot->offset, 0);
	else
		return false;
	return true;
}

static int resolve_kind(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	bool array = slot->kind == SLOT_ARRAY && writer->type == AVSC_ARRAY;
	bool map = slot->kind == SLOT_MAP && writer->type == AVSC_MAP;

	if (writer->type == AVSC_UNION)
		return emit_optional(r, slot, writer) ? 0 : emit_union(r, slot, writer);
	if (slot->kind == SLOT_UNION)
		return resolve_into_union(r, slot, writer);
	if (writer->type == AVSC_NULL)
		return resolve_null(r, slot);
	if (slot->kind == SLOT_RECORD && writer->type == AVSC_RECORD)
		return resolve_record(r, slot, writer);
	if (slot->kind == SLOT_ENUM && writer->type == AVSC_ENUM)
		return resolve_enum(r, slot, writer);
	if (array || map)
		return emit_list(r, array ? OP_ARRAY : OP_MAP, slot, writer);
	return resolve_primitive(r, slot, writer);
}

static int resolve(struct resolver *r, const struct slot *slot, const struct avsc *writer)
{
	if (enter(r))
		return -1;
	int failed = resolve_kind(r, slot, writer);
	r->depth--;
	return failed;
}

int resolve_program(struct plan *plan, const struct slot *reader, const struct avsc *writer, struct err *err)
{
	struct resolver r = {.plan = plan, .err = err};
	int failed = resolve(&r, reader, writer);

	emit(&r, OP_END, 0, 0, 0);
	return failed;
}
