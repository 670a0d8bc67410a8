// SPDX-License-Identifier: Apache-2.0
#include <inttypes.h>
#include <stdio.h>

#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/records.h"

enum { NUMBER_SIZE = 24 };

static int number_of(const struct contract *c, const struct slot *wanted)
{
	for (int i = 0;; i++) {
		const struct slot *slot = contract_leaf(c, (size_t)i);

		CHECK(slot); // every scalar and map outside lists is a leaf
		if (slot == wanted)
			return i;
	}
}

static const struct slot *part_named(const struct slot *slot, struct view name)
{
	for (size_t i = 0; slot->kind == SLOT_RECORD && i < slot->parts_n; i++)
		if (view_eq(view_text(slot->parts[i].name), name))
			return &slot->parts[i];
	return NULL;
}

// Splits at the first dot; without one `rest` is absent.
static struct view first_step(struct view path, struct view *rest)
{
	const char *dot = path.n ? memchr(path.p, '.', path.n) : NULL;

	*rest = VIEW_ABSENT;
	if (!dot)
		return path;
	size_t n = (size_t)(dot - path.p);
	*rest = view_of(dot + 1, path.n - n - 1);
	return view_of(path.p, n);
}

static int no_path(const struct contract *c, struct view path, const char *why, struct err *err)
{
	return err_set(err, ERR_FATAL, "bad_path", "%.*s: %s of %s; a path is like context.shop_id or properties.KEY", VIEW_ARG(path), why,
		contract_name(c));
}

int contract_path_resolve(const struct contract *c, struct view path, struct contract_path *out, struct err *err)
{
	const struct slot *slot = &contract_shape(c)->root;
	struct view rest = path;

	while (view_is_set(rest) && slot->kind == SLOT_RECORD) {
		slot = part_named(slot, first_step(rest, &rest));
		if (!slot)
			return no_path(c, path, "no such field", err);
	}
	if (slot->kind == SLOT_MAP && rest.n == 0)
		return no_path(c, path, "a key is missing behind this field", err);
	if (slot->kind == SLOT_RECORD || slot->kind == SLOT_ARRAY || (slot->kind != SLOT_MAP && view_is_set(rest)))
		return no_path(c, path, "no single value", err);
	*out = (struct contract_path){.contract = c, .field = number_of(c, slot), .map_key = rest};
	return 0;
}

static struct view print_number(int64_t value, struct arena *arena)
{
	char *text = arena_take(arena, NUMBER_SIZE);

	return view_of(text, (size_t)snprintf(text, NUMBER_SIZE, "%" PRId64, value));
}

static struct view look_up(const struct properties *map, struct view key)
{
	for (size_t i = map->n; i > 0; i--)
		if (view_eq(map->p[i - 1].key, key))
			return map->p[i - 1].value;
	return VIEW_ABSENT;
}

static struct view read_long(const struct slot *slot, int64_t value, struct arena *arena)
{
	bool absent = (slot->absent && value == TIME_ABSENT) || (slot->time && value == TIME_BAD);

	return absent ? VIEW_ABSENT : print_number(value, arena);
}

static struct view read_small(const struct slot *slot, int8_t value)
{
	if (slot->kind == SLOT_FLAG)
		return value == FLAG_ABSENT ? VIEW_ABSENT : view_text(value ? "true" : "false");
	return value < 0 || (size_t)value >= slot->type->symbols_n ? VIEW_ABSENT : view_text(slot->type->symbols[value]);
}

struct view contract_path_read(const struct contract_path *path, const void *record, struct arena *arena)
{
	const struct slot *slot = contract_leaf(path->contract, (size_t)path->field);
	const char *at = (const char *)record + slot->offset;

	switch (slot->kind) {
	case SLOT_TEXT:
		return *(const struct view *)at;
	case SLOT_INT:
		return print_number(*(const int32_t *)at, arena);
	case SLOT_LONG:
		return read_long(slot, *(const int64_t *)at, arena);
	case SLOT_MAP:
		return look_up((const struct properties *)at, path->map_key);
	default:
		return read_small(slot, *(const int8_t *)at);
	}
}
