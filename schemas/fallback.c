// SPDX-License-Identifier: Apache-2.0
#include "schemas/fallback.h"

#include <jansson.h>
#include <string.h>

static int misfit(const struct slot *slot, struct err *err)
{
	return err_set(err, ERR_POISON, "bad_schema", "Avro schema: a default that is no %s", avsc_type_name(slot->type->type));
}

// The default of bytes and fixed says one byte per character, U+0000 to U+00FF.
static int fill_bytes(const struct slot *slot, const json_t *json, struct arena *keep, struct view *at, struct err *err)
{
	const char *text = json_string_value(json);
	size_t left = json_string_length(json);
	char *bytes = arena_take(keep, left + 1);
	size_t n = 0;

	for (size_t i = 0; i < left; i++) {
		uint8_t lead = (uint8_t)text[i];

		if (lead > 0xc3)
			return misfit(slot, err);
		bytes[n++] = (char)(lead < 0x80 ? lead : (lead & 3) << 6 | (text[++i] & 0x3f));
	}
	if (slot->type->type == AVSC_FIXED && n != slot->type->size)
		return misfit(slot, err);
	*at = view_of(bytes, n);
	return 0;
}

static int fill_text(const struct slot *slot, const json_t *json, struct arena *keep, struct view *at, struct err *err)
{
	if (!json_is_string(json))
		return misfit(slot, err);
	if (slot->kind == SLOT_BYTES)
		return fill_bytes(slot, json, keep, at, err);
	*at = arena_dup(keep, view_of(json_string_value(json), json_string_length(json)));
	return 0;
}

static int fill_number(const struct slot *slot, const json_t *json, void *at, struct err *err)
{
	double real = json_number_value(json);
	float single = (float)real;
	int64_t integer = json_integer_value(json);
	int32_t small = (int32_t)integer;

	if (slot->kind == SLOT_DOUBLE && json_is_number(json))
		return memcpy(at, &real, sizeof real), 0;
	if (slot->kind == SLOT_FLOAT && json_is_number(json))
		return memcpy(at, &single, sizeof single), 0;
	if (slot->kind == SLOT_LONG && json_is_integer(json))
		return memcpy(at, &integer, sizeof integer), 0;
	if (slot->kind == SLOT_INT && json_is_integer(json) && small == integer)
		return memcpy(at, &small, sizeof small), 0;
	return misfit(slot, err);
}

static int fill_enum(const struct slot *slot, const json_t *json, int8_t *at, struct err *err)
{
	const char *symbol = json_string_value(json);

	for (size_t i = 0; symbol && i < slot->type->symbols_n; i++)
		if (strcmp(slot->type->symbols[i], symbol) == 0)
			return *at = (int8_t)i, 0;
	return misfit(slot, err);
}

static int fill_record(const struct slot *slot, const json_t *json, struct arena *keep, char *at, struct err *err)
{
	if (!json_is_object(json))
		return misfit(slot, err);
	for (size_t i = 0; i < slot->parts_n; i++) {
		const struct slot *part = &slot->parts[i];
		const json_t *value = json_object_get(json, part->name);
		char *to = at + (part->offset - slot->offset);

		if (!value && !part->fallback)
			return err_set(err, ERR_POISON, "bad_schema", "Avro schema: a default without its field %.100s", part->name);
		if (!value)
			memcpy(to, part->fallback, part->size);
		else if (fallback_fill(part, value, keep, to, err))
			return -1;
	}
	return 0;
}

static int fill_array(const struct slot *slot, const json_t *json, struct arena *keep, struct shape_list *at, struct err *err)
{
	size_t n = json_array_size(json);
	char *p = arena_zero(keep, n * slot->stride + 1);

	if (!json_is_array(json))
		return misfit(slot, err);
	for (size_t i = 0; i < n; i++)
		if (fallback_fill(slot->parts, json_array_get(json, i), keep, p + i * slot->stride, err))
			return -1;
	*at = (struct shape_list){p, n};
	return 0;
}

static int fill_map(const struct slot *slot, const json_t *json, struct arena *keep, struct shape_list *at, struct err *err)
{
	char *p = arena_zero(keep, json_object_size(json) * slot->stride + 1);
	size_t n = 0;
	const char *key;
	json_t *value;

	if (!json_is_object(json))
		return misfit(slot, err);
	json_object_foreach((json_t *)json, key, value)
	{ // the iterator's type is not const
		char *element = p + n++ * slot->stride;
		struct view kept = arena_dup(keep, view_text(key));

		memcpy(element, &kept, sizeof kept);
		if (fallback_fill(slot->parts, value, keep, element + slot->parts->offset, err))
			return -1;
	}
	*at = (struct shape_list){p, n};
	return 0;
}

// The first branch that the default fits (up to Avro 1.11 it must be the very first).
static int fill_union(const struct slot *slot, const json_t *json, struct arena *keep, char *at, struct err *err)
{
	for (size_t i = 0; i < slot->parts_n; i++) {
		int64_t branch = (int64_t)i;

		memcpy(at, &branch, sizeof branch);
		if (fallback_fill(&slot->parts[i], json, keep, at + sizeof branch, err) == 0)
			return 0;
	}
	return misfit(slot, err);
}

int fallback_fill(const struct slot *slot, const struct json_t *json, struct arena *keep, void *at, struct err *err)
{
	if (slot->optional && json_is_null(json))
		return memcpy(at, slot->absent, slot->size), 0;
	switch (slot->kind) {
	case SLOT_NULL:
		return json_is_null(json) ? 0 : misfit(slot, err);
	case SLOT_FLAG:
		*(int8_t *)at = json_is_true(json);
		return json_is_boolean(json) ? 0 : misfit(slot, err);
	case SLOT_BYTES:
	case SLOT_TEXT:
		return fill_text(slot, json, keep, at, err);
	case SLOT_ENUM:
		return fill_enum(slot, json, at, err);
	case SLOT_RECORD:
		return fill_record(slot, json, keep, at, err);
	case SLOT_ARRAY:
		return fill_array(slot, json, keep, at, err);
	case SLOT_MAP:
		return fill_map(slot, json, keep, at, err);
	case SLOT_UNION:
		return fill_union(slot, json, keep, at, err);
	default:
		return fill_number(slot, json, at, err);
	}
}
