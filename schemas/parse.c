// SPDX-License-Identifier: Apache-2.0
#include "schemas/parse.h"

#include <stdio.h>

#include "base/own.h"
#include "base/when.h"
#include "schemas/distinct.h"
#include "schemas/records.h"
#include "schemas/tokens.h"

enum { TEXT_MAX = 16 << 20, FIELDS_MAX = 64, PATH_MAX_PARTS = 32 };

struct parse {
	struct tokens tokens;
	const struct shape *shape;
	size_t elements;
	struct err *err;
	const struct slot *path[PATH_MAX_PARTS]; // where we are, for errors
	unsigned depth;
};

static int parse_value(struct parse *p, const struct slot *slot, char *base);

static int refuse(struct parse *p, const char *what)
{
	OWN(buf_clear) struct buf path = {0};

	for (unsigned i = 0; i < p->depth; i++)
		buf_addf(&path, "%s%s", path.n && p->path[i]->name[0] ? "." : "", p->path[i]->name[0] ? p->path[i]->name : "[]");
	if (path.n == 0)
		buf_add_text(&path, "record");
	return err_set(p->err, ERR_POISON, "bad_record", "%.*s: %s, at byte %zu of the JSON text", VIEW_ARG(buf_view(&path)), what,
		tokens_offset(&p->tokens));
}

// The path is left only by what succeeded: a failure ends the parse, and its words need the path.
static void enter(struct parse *p, const struct slot *slot)
{
	CHECK(p->depth < PATH_MAX_PARTS); // as deep as the contract, not as the text
	p->path[p->depth++] = slot;
}

static void leave(struct parse *p)
{
	p->depth--;
}

static int done(struct parse *p)
{
	return tokens_failed(&p->tokens) ? refuse(p, p->tokens.bad) : 0;
}

static bool is_missing_ok(const struct slot *slot)
{
	return slot->fallback || slot->absent;
}

// The field is not there, null, or empty where that means the same.
static int put_missing(struct parse *p, const struct slot *slot, char *base)
{
	const void *image = slot->fallback ? slot->fallback : slot->absent;

	if (!is_missing_ok(slot))
		return refuse(p, "this field is required");
	memcpy(base + slot->offset, image, slot->size);
	return 0;
}

static int parse_text(struct parse *p, const struct slot *slot, char *base)
{
	bool number = slot->money && tokens_kind(&p->tokens) == 0;
	struct view text = number ? tokens_number(&p->tokens) : tokens_text(&p->tokens);

	if (done(p))
		return -1;
	if (text.n == 0 && slot->optional)
		text = VIEW_ABSENT;
	memcpy(base + slot->offset, &text, sizeof text);
	return 0;
}

// Integer milliseconds or ISO 8601; anything else that is a number or a text is a bad time, which the rules name.
static int parse_time(struct parse *p, const struct slot *slot, char *base)
{
	bool number = tokens_kind(&p->tokens) == 0;
	struct view text = number ? tokens_number(&p->tokens) : tokens_text(&p->tokens);
	int64_t time;

	if (done(p))
		return -1;
	if ((number ? when_parse_integer(text, &time) : when_parse_iso(text, &time)) || time == TIME_ABSENT)
		time = TIME_BAD;
	if (text.n == 0)
		time = TIME_ABSENT;
	memcpy(base + slot->offset, &time, sizeof time);
	return 0;
}

static int parse_integer(struct parse *p, const struct slot *slot, char *base)
{
	struct view digits = tokens_number(&p->tokens);
	int64_t value;
	int32_t small;

	if (done(p))
		return -1;
	if (when_parse_integer(digits, &value) || (slot->absent && value == TIME_ABSENT))
		return refuse(p, "not an integer, or too large");
	small = (int32_t)value;
	if (slot->kind == SLOT_INT && small != value)
		return refuse(p, "not an integer of 32 bits");
	memcpy(base + slot->offset, slot->kind == SLOT_INT ? (const void *)&small : &value, slot->size);
	return 0;
}

static int parse_enum(struct parse *p, const struct slot *slot, char *base)
{
	struct view text = tokens_text(&p->tokens);
	int8_t value = ENUM_UNKNOWN;

	if (done(p))
		return -1;
	if (text.n == 0)
		return put_missing(p, slot, base);
	for (size_t i = 0; i < slot->type->symbols_n; i++)
		if (view_eq(text, view_text(slot->type->symbols[i])))
			value = (int8_t)i;
	if (value == ENUM_UNKNOWN && slot->optional)
		return refuse(p, "not one of the values of this field");
	base[slot->offset] = value;
	return 0;
}

// Elements are gathered in a buffer that doubles; then the list lies in the arena.
struct gathered {
	char *p;
	size_t n;
	size_t room;
};

static char *gather(struct parse *p, struct gathered *g, size_t stride)
{
	if (p->elements++ >= p->shape->elements_max)
		return refuse(p, "too many elements in lists and maps"), NULL;
	if (g->n == g->room) {
		size_t room = g->room ? 2 * g->room : 4;
		char *more = arena_take(p->tokens.arena, room * stride);

		if (g->n)
			memcpy(more, g->p, g->n * stride);
		g->p = more;
		g->room = room;
	}
	return g->p + g->n++ * stride;
}

static int put_list(const struct slot *slot, const struct gathered *g, char *base)
{
	static char nothing[1];
	struct shape_list list = {g->n ? g->p : nothing, g->n};

	memcpy(base + slot->offset, &list, sizeof list);
	return 0;
}

static int parse_array(struct parse *p, const struct slot *slot, char *base)
{
	struct gathered g = {0};

	for (bool more = tokens_open(&p->tokens, '['); more; more = tokens_more(&p->tokens, ']')) {
		char *element = gather(p, &g, slot->stride);

		enter(p, slot->parts);
		if (!element || parse_value(p, slot->parts, element))
			return -1;
		leave(p);
	}
	return done(p) ? -1 : put_list(slot, &g, base);
}

static int parse_entry(struct parse *p, const struct slot *slot, struct gathered *g)
{
	struct view key = tokens_key(&p->tokens);
	char *element = done(p) ? NULL : gather(p, g, slot->stride);

	if (!element)
		return -1;
	memcpy(element, &key, sizeof key);
	if (tokens_kind(&p->tokens) != '"')
		return refuse(p, "its values are texts, in quotes");
	enter(p, slot->parts);
	if (parse_value(p, slot->parts, element))
		return -1;
	leave(p);
	return 0;
}

static int parse_map(struct parse *p, const struct slot *slot, char *base)
{
	struct gathered g = {0};

	for (bool more = tokens_open(&p->tokens, '{'); more; more = tokens_more(&p->tokens, '}'))
		if (parse_entry(p, slot, &g))
			return -1;
	if (done(p))
		return -1;
	if (distinct_entries(g.p, g.n, slot->stride, p->tokens.arena) != g.n)
		return refuse(p, "a key is there twice");
	return put_list(slot, &g, base);
}

static const struct slot *find_part(const struct slot *slot, struct view key, size_t guess)
{
	for (size_t i = 0; i < slot->parts_n; i++) { // mostly in order
		const struct slot *part = &slot->parts[(guess + i) % slot->parts_n];

		if (strlen(part->name) == key.n && memcmp(part->name, key.p, key.n) == 0)
			return part;
	}
	return NULL;
}

static int parse_field(struct parse *p, const struct slot *slot, uint64_t *seen, size_t *guess, char *base)
{
	struct view key = tokens_key(&p->tokens);

	if (done(p))
		return -1;
	const struct slot *part = find_part(slot, key, *guess);
	if (!part)
		return tokens_skip(&p->tokens), 0;

	size_t i = (size_t)(part - slot->parts);
	*guess = i + 1;
	enter(p, part);
	if (*seen >> i & 1)
		return refuse(p, "this field is there twice");
	*seen |= (uint64_t)1 << i;
	if (parse_value(p, part, base))
		return -1;
	leave(p);
	return 0;
}

static int parse_object(struct parse *p, const struct slot *slot, char *base)
{
	uint64_t seen = 0;
	size_t guess = 0;

	CHECK(slot->parts_n <= FIELDS_MAX);
	for (bool more = tokens_open(&p->tokens, '{'); more; more = tokens_more(&p->tokens, '}'))
		if (parse_field(p, slot, &seen, &guess, base))
			return -1;
	if (done(p))
		return -1;
	for (size_t i = 0; i < slot->parts_n; i++) {
		if (seen >> i & 1)
			continue;
		enter(p, &slot->parts[i]);
		if (put_missing(p, &slot->parts[i], base))
			return -1;
		leave(p);
	}
	return 0;
}

static int parse_present(struct parse *p, const struct slot *slot, char *base)
{
	switch (slot->kind) {
	case SLOT_TEXT:
		return parse_text(p, slot, base);
	case SLOT_INT:
		return parse_integer(p, slot, base);
	case SLOT_LONG:
		return slot->time ? parse_time(p, slot, base) : parse_integer(p, slot, base);
	case SLOT_FLAG:
		base[slot->offset] = tokens_flag(&p->tokens);
		return done(p);
	case SLOT_ENUM:
		return parse_enum(p, slot, base);
	case SLOT_ARRAY:
		return parse_array(p, slot, base);
	case SLOT_MAP:
		return parse_map(p, slot, base);
	case SLOT_RECORD:
		return parse_object(p, slot, base);
	default:
		CHECK(!"a contract has no such type"); // contract_setup saw to it
		return -1;
	}
}

static int parse_value(struct parse *p, const struct slot *slot, char *base)
{
	if (tokens_kind(&p->tokens) != 'n')
		return parse_present(p, slot, base);
	tokens_null(&p->tokens);
	return done(p) ? -1 : put_missing(p, slot, base);
}

int parse_record(const struct shape *shape, struct view text, struct arena *arena, void *record, struct err *err)
{
	struct parse p = {.shape = shape, .err = err};

	if (text.n > TEXT_MAX)
		return err_set(err, ERR_POISON, "bad_record", "%zu bytes of JSON are more than 16 MiB", text.n);
	tokens_init(&p.tokens, text, arena);
	if (done(&p) || parse_object(&p, &shape->root, record))
		return -1;
	tokens_end(&p.tokens);
	return done(&p);
}
