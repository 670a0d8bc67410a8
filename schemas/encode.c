// SPDX-License-Identifier: Apache-2.0
#include "schemas/encode.h"

#include <stdlib.h>

#include "base/own.h"

enum { FEW = 32 };

static void encode(const struct slot *slot, const char *base, struct buf *out);

static void add_long(struct buf *out, int64_t value)
{
	buf_add_varint(out, (uint64_t)value << 1 ^ (uint64_t)(value >> 63));
}

static void add_sized(struct buf *out, struct view v)
{
	add_long(out, (int64_t)v.n);
	if (v.n)
		buf_add_view(out, v);
}

static void encode_array(const struct slot *slot, const struct shape_list *list, struct buf *out)
{
	if (list->n)
		add_long(out, (int64_t)list->n);
	for (size_t i = 0; i < list->n; i++)
		encode(slot->parts, (const char *)list->p + i * slot->stride, out);
	add_long(out, 0);
}

static int entry_order(const void *a, const void *b)
{
	const char *x = *(const char *const *)a, *y = *(const char *const *)b;
	int order = view_cmp(*(const struct view *)x, *(const struct view *)y);

	return order ? order : (x > y) - (x < y); // equal keys: as they stand
}

size_t encode_order(const struct shape_list *map, size_t stride, const char **out)
{
	size_t kept = 0;

	for (size_t i = 0; i < map->n; i++)
		out[i] = (const char *)map->p + i * stride;
	if (map->n > 1)
		qsort(out, map->n, sizeof *out, entry_order);
	for (size_t i = 0; i < map->n; i++) {
		bool overruled = i + 1 < map->n && view_eq(*(const struct view *)out[i], *(const struct view *)out[i + 1]);

		if (!overruled)
			out[kept++] = out[i];
	}
	return kept;
}

static void encode_map(const struct slot *slot, const struct shape_list *map, struct buf *out)
{
	const char *few[FEW];
	OWN(own_free) const char **many = map->n > FEW ? malloc(map->n * sizeof *many) : NULL;
	const char **entries = many ? many : few;

	if (map->n > FEW && !many)
		err_out_of_memory();
	size_t n = encode_order(map, slot->stride, entries);
	if (n)
		add_long(out, (int64_t)n);
	for (size_t i = 0; i < n; i++) {
		add_sized(out, *(const struct view *)entries[i]);
		encode(slot->parts, entries[i], out);
	}
	add_long(out, 0);
}

static void encode_enum(const struct slot *slot, int8_t value, struct buf *out)
{
	if (value < 0 || (size_t)value >= slot->type->symbols_n)
		value = slot->fallback ? *(const int8_t *)slot->fallback : 0;
	add_long(out, value);
}

static void encode_union(const struct slot *slot, const char *at, const char *base, struct buf *out)
{
	int64_t branch = *(const int64_t *)at;

	CHECK(branch >= 0 && (size_t)branch < slot->parts_n);
	add_long(out, branch);
	encode(&slot->parts[branch], base, out);
}

static bool is_absent(const struct slot *slot, const char *at)
{
	if (slot->kind == SLOT_TEXT || slot->kind == SLOT_BYTES || slot->kind == SLOT_ARRAY)
		return ((const struct view *)at)->p == NULL; // a list begins with its pointer too
	return memcmp(at, slot->absent, slot->size) == 0;
}

static void encode_value(const struct slot *slot, const char *at, const char *base, struct buf *out)
{
	switch (slot->kind) {
	case SLOT_NULL:
		return;
	case SLOT_FLAG:
		return buf_add_byte(out, *(const int8_t *)at == 1);
	case SLOT_INT:
		return add_long(out, *(const int32_t *)at);
	case SLOT_LONG:
		return add_long(out, *(const int64_t *)at);
	case SLOT_FLOAT:
	case SLOT_DOUBLE:
		return buf_add(out, at, slot->size);
	case SLOT_TEXT:
		return add_sized(out, *(const struct view *)at);
	case SLOT_BYTES:
		if (slot->type->type == AVSC_FIXED)
			return buf_add_view(out, *(const struct view *)at);
		return add_sized(out, *(const struct view *)at);
	case SLOT_ENUM:
		return encode_enum(slot, *(const int8_t *)at, out);
	case SLOT_ARRAY:
		return encode_array(slot, (const struct shape_list *)at, out);
	case SLOT_MAP:
		return encode_map(slot, (const struct shape_list *)at, out);
	case SLOT_UNION:
		return encode_union(slot, at, base, out);
	case SLOT_RECORD:
		for (size_t i = 0; i < slot->parts_n; i++)
			encode(&slot->parts[i], base, out);
	}
}

static void encode(const struct slot *slot, const char *base, struct buf *out)
{
	const char *at = base + slot->offset;

	if (slot->optional) {
		bool absent = is_absent(slot, at);

		add_long(out, absent ? slot->null_branch : !slot->null_branch);
		if (absent)
			return;
	}
	encode_value(slot, at, base, out);
}

void encode_record(const struct slot *slot, const void *record, struct buf *out)
{
	encode(slot, record, out);
}
