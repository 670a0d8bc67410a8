// SPDX-License-Identifier: Apache-2.0
// Runs a plan. Every read is checked against the end of the input; nothing is trusted: neither lengths, counts, indexes nor depth.
#include "schemas/distinct.h"
#include "schemas/program.h"
#include "schemas/read.h"

enum { DEPTH_MAX = 64 };

struct run {
	const uint8_t *p;
	const uint8_t *end;
	const struct plan *plan;
	struct arena *arena;
	struct err *err;
	size_t elements; // of all lists so far
	unsigned depth;
	char nowhere[8]; // where skipped values do not go
};

static int fail(const struct run *r, uint32_t pc, const char *what)
{
	const char *path = r->plan->paths[pc];

	return err_set(r->err, ERR_POISON, "bad_record", "%s: %s", path[0] ? path : "record", what);
}

static inline void put(char *at, const void *value, size_t n)
{
	memcpy(at, value, n);
}

static int run(struct run *r, uint32_t pc, char *base);

// The header of a block of a list: how many elements follow; 0 ends the list. A negative count is followed by the block's size.
struct block {
	int64_t count;
	const uint8_t *end; // where it must end; NULL: not said
};

static int read_block(struct run *r, uint32_t pc, const struct program_part *part, struct block *block)
{
	int64_t size = 0;

	block->end = NULL;
	r->p = read_long(r->p, r->end, &block->count);
	if (!r->p || block->count == INT64_MIN)
		return fail(r, pc, "broken count of a block");
	if (block->count < 0) {
		block->count = -block->count;
		r->p = read_long(r->p, r->end, &size);
		if (!r->p || size < 0 || size > r->end - r->p)
			return fail(r, pc, "broken size of a block");
		block->end = r->p + size;
	}
	if (!part->empty && block->count > r->end - r->p)
		return fail(r, pc, "more elements announced than bytes left");
	return 0;
}

static int count_elements(struct run *r, uint32_t pc, int64_t count)
{
	if ((uint64_t)count > r->plan->elements_max - r->elements)
		return fail(r, pc, "too many elements in lists and maps");
	r->elements += (size_t)count;
	return 0;
}

static int descend(struct run *r, uint32_t pc)
{
	return ++r->depth > DEPTH_MAX ? fail(r, pc, "nested too deeply") : 0;
}

// Room for `count` more elements behind the n that are there.
static char *make_room(struct run *r, char *p, size_t n, size_t count, size_t *room, size_t stride)
{
	if (n + count <= *room)
		return p;
	*room = n + count > 2 * *room ? n + count : 2 * *room;
	char *more = arena_take(r->arena, *room * stride + 1);
	if (n)
		memcpy(more, p, n * stride);
	return more;
}

static int read_element(struct run *r, uint32_t pc, const struct program_part *part, bool map, char *element)
{
	if (map) {
		struct view key;
		const uint8_t *p = read_sized(r->p, r->end, &key);

		if (!p || !read_is_text(key))
			return fail(r, pc, "broken key of a map");
		r->p = p;
		put(element, &key, sizeof key);
	}
	return run(r, part->entry, element);
}

static char nothing[1];

// NOLINTNEXTLINE(readability-function-cognitive-complexity): blocks of a list and what may be wrong with each
static int read_list(struct run *r, uint32_t pc, bool map, char *at)
{
	const struct program_part *part = &r->plan->parts[r->plan->ops[pc].arg];
	struct shape_list list = {nothing, 0}; // empty, but not absent
	size_t room = 0;
	struct block block;

	if (descend(r, pc))
		return -1;
	for (;;) {
		if (read_block(r, pc, part, &block) || count_elements(r, pc, block.count))
			return -1;
		if (block.count == 0)
			break;
		list.p = make_room(r, list.p, list.n, (size_t)block.count, &room, part->stride);
		for (int64_t i = 0; i < block.count; i++)
			if (read_element(r, pc, part, map, (char *)list.p + list.n++ * part->stride))
				return -1;
		if (block.end && block.end != r->p)
			return fail(r, pc, "a block of another size than announced");
	}
	if (map)
		list.n = distinct_entries(list.p, list.n, part->stride, r->arena);
	put(at, &list, sizeof list);
	r->depth--;
	return 0;
}

// NOLINTNEXTLINE(readability-function-cognitive-complexity): blocks of a list and what may be wrong with each
static int skip_list(struct run *r, uint32_t pc, bool map)
{
	const struct program_part *part = &r->plan->parts[r->plan->ops[pc].arg];
	struct block block;
	struct view key;

	if (descend(r, pc))
		return -1;
	for (;;) {
		if (read_block(r, pc, part, &block) || (part->empty && count_elements(r, pc, block.count)))
			return -1;
		if (block.count == 0)
			break;
		for (int64_t i = 0; i < block.count && !block.end; i++) {
			if (map && !(r->p = read_sized(r->p, r->end, &key)))
				return fail(r, pc, "broken key of a map");
			if (run(r, part->entry, r->nowhere))
				return -1;
		}
		if (block.end)
			r->p = block.end;
	}
	r->depth--;
	return 0;
}

static int run_union(struct run *r, uint32_t pc, char *base)
{
	const struct program_part *part = &r->plan->parts[r->plan->ops[pc].arg];
	int64_t branch;

	r->p = read_long(r->p, r->end, &branch);
	if (!r->p || branch < 0 || branch >= part->branches)
		return fail(r, pc, "no such branch of the union");
	if (descend(r, pc) || run(r, r->plan->entries[part->first + (size_t)branch], base))
		return -1;
	r->depth--;
	return 0;
}

static int run_call(struct run *r, uint32_t pc)
{
	if (descend(r, pc) || run(r, r->plan->parts[r->plan->ops[pc].arg].entry, r->nowhere))
		return -1;
	r->depth--;
	return 0;
}

static int run_nested(struct run *r, uint32_t pc, char *base)
{
	const struct op *op = &r->plan->ops[pc];

	switch (op->code) {
	case OP_ARRAY:
	case OP_MAP:
		return read_list(r, pc, op->code == OP_MAP, base + op->offset);
	case OP_SKIP_ARRAY:
	case OP_SKIP_MAP:
		return skip_list(r, pc, op->code == OP_SKIP_MAP);
	case OP_UNION:
		return run_union(r, pc, base);
	default:
		return run_call(r, pc);
	}
}

// Numbers that are promoted or real. Gives the place behind, or NULL.
static const uint8_t *read_number(const struct op *op, const uint8_t *p, const uint8_t *end, char *at)
{
	int64_t integer = 0;
	float single = 0;
	double real = 0;
	size_t size = op->code == OP_DOUBLE ? sizeof real : sizeof single;

	switch (op->code) {
	case OP_FLOAT:
	case OP_DOUBLE:
		if ((size_t)(end - p) < size)
			return NULL;
		put(at, p, size);
		return p + size;
	case OP_FLOAT_TO_DOUBLE:
		if ((size_t)(end - p) < sizeof single)
			return NULL;
		memcpy(&single, p, sizeof single);
		real = single;
		put(at, &real, sizeof real);
		return p + sizeof single;
	case OP_INT_TO_FLOAT:
	case OP_INT_TO_DOUBLE:
		p = read_int(p, end, &integer);
		break;
	default:
		p = read_long(p, end, &integer);
	}
	single = (float)integer;
	real = (double)integer;
	if (op->code == OP_INT_TO_FLOAT || op->code == OP_LONG_TO_FLOAT)
		put(at, &single, sizeof single);
	else
		put(at, &real, sizeof real);
	return p;
}

static const uint8_t *skip_simple(const struct op *op, const uint8_t *p, const uint8_t *end)
{
	struct view bytes;
	int64_t integer = 0;

	switch (op->code) {
	case OP_SKIP_FLAG:
		return p < end && *p < 2 ? p + 1 : NULL;
	case OP_SKIP_INT:
		return read_int(p, end, &integer);
	case OP_SKIP_LONG:
		return read_long(p, end, &integer);
	case OP_SKIP_ENUM:
		p = read_long(p, end, &integer);
		return p && integer >= 0 && integer < (int64_t)op->arg ? p : NULL;
	case OP_SKIP_SIZED:
		return read_sized(p, end, &bytes);
	default:
		return (size_t)(end - p) >= op->arg ? p + op->arg : NULL;
	}
}

static const uint8_t *read_enum(const struct program_symbols *symbols, const uint8_t *p, const uint8_t *end, char *at)
{
	int64_t index;

	p = read_long(p, end, &index);
	if (!p || index < 0 || index >= symbols->n || symbols->to[index] == SYMBOL_REFUSED)
		return NULL;
	*(int8_t *)at = symbols->to[index];
	return p;
}

static int explain(struct run *r, uint32_t pc)
{
	const struct op *op = &r->plan->ops[pc];

	if (op->code == OP_FAIL)
		return fail(r, pc, r->plan->words[op->arg]);
	if (op->code == OP_TEXT || op->code == OP_OPT_TEXT)
		return fail(r, pc, "cut short, a wrong length, or text that is not UTF-8");
	return fail(r, pc, "cut short, or no value of its type");
}

// NOLINTBEGIN(readability-function-cognitive-complexity,readability-function-size): as said below
// ceiling: the loop of the interpreter, one case per op.
static int run(struct run *r, uint32_t pc, char *base)
// NOLINTEND(readability-function-cognitive-complexity,readability-function-size)
{
	const struct plan *plan = r->plan;
	const uint8_t *p = r->p, *end = r->end;
	const struct op *op;
	struct view bytes = VIEW_ABSENT;
	int64_t integer = 0;
	int32_t small;

	for (;; pc++) {
		op = &plan->ops[pc];
		char *at = base + op->offset;

		switch ((enum op_code)op->code) {
		case OP_END:
			r->p = p;
			return 0;
		case OP_TEXT:
			p = read_sized(p, end, &bytes);
			put(at, &bytes, sizeof bytes);
			if (p && !read_is_text(bytes))
				p = NULL;
			break;
		case OP_OPT_TEXT:
			p = read_optional_text(op->small, p, end, &bytes);
			put(at, &bytes, sizeof bytes);
			break;
		case OP_OPT_BYTES:
			p = read_optional_bytes(op->small, p, end, &bytes);
			put(at, &bytes, sizeof bytes);
			break;
		case OP_BYTES:
			p = read_sized(p, end, &bytes);
			put(at, &bytes, sizeof bytes);
			break;
		case OP_FIXED:
			p = read_fixed(op->arg, p, end, &bytes);
			put(at, &bytes, sizeof bytes);
			break;
		case OP_LONG:
			p = read_long(p, end, &integer);
			put(at, &integer, sizeof integer);
			break;
		case OP_TIME:
			p = read_time(p, end, &integer);
			put(at, &integer, sizeof integer);
			break;
		case OP_OPT_LONG:
			p = read_optional_time(op->small, p, end, &integer);
			put(at, &integer, sizeof integer);
			break;
		case OP_INT_TO_LONG:
			p = read_int(p, end, &integer);
			put(at, &integer, sizeof integer);
			break;
		case OP_INT:
			p = read_int(p, end, &integer);
			small = (int32_t)integer;
			put(at, &small, sizeof small);
			break;
		case OP_FLAG:
			*at = (char)(p < end ? *p : 0);
			p = p < end && *p < 2 ? p + 1 : NULL;
			break;
		case OP_ENUM:
			p = read_enum(plan->symbols[op->arg], p, end, at);
			break;
		case OP_COPY:
			memcpy(at, plan->images[op->arg].p, plan->images[op->arg].size);
			break;
		case OP_TAG:
			integer = op->arg;
			put(at, &integer, sizeof integer);
			break;
		case OP_ARRAY:
		case OP_MAP:
		case OP_UNION:
		case OP_CALL:
		case OP_SKIP_ARRAY:
		case OP_SKIP_MAP:
			r->p = p;
			if (run_nested(r, pc, base))
				return -1;
			p = r->p;
			pc = plan->parts[op->arg].after - 1;
			break;
		case OP_FAIL:
			p = NULL;
			break;
		case OP_SKIP_FLAG:
		case OP_SKIP_INT:
		case OP_SKIP_LONG:
		case OP_SKIP_ENUM:
		case OP_SKIP_SIZED:
		case OP_SKIP_FIXED:
			p = skip_simple(op, p, end);
			break;
		default:
			p = read_number(op, p, end, at);
		}
		if (!p)
			return explain(r, pc);
	}
}

int decode_run(const struct plan *plan, struct view bytes, struct arena *arena, void *record, struct err *err)
{
	const uint8_t *start = (const uint8_t *)(bytes.p ? bytes.p : "");
	struct run r = {.p = start, .end = start + bytes.n, .plan = plan, .arena = arena, .err = err};

	if (run(&r, 0, record))
		return -1;
	if (r.p != r.end)
		return err_set(err, ERR_POISON, "bad_record", "%zu bytes are left behind the record: written by another schema?",
			(size_t)(r.end - r.p));
	return 0;
}
