// SPDX-License-Identifier: Apache-2.0
#include "schemas/encode.h"

#include <stdlib.h>

#include "base/own.h"

enum { FEW = 32 };

struct pen;
static void encode(const struct slot *slot, const char *base, struct pen *pen);

// Writes into the room that the buffer has anyway, without a call per value; what does not fit goes through the buffer.
struct pen {
	struct buf *out;
	char *p;
	char *end;
};

static void pen_open(struct pen *pen)
{
	struct buf *out = pen->out;
	size_t limit = out->ceiling && out->ceiling < out->room ? out->ceiling : out->room;

	pen->p = pen->end = out->p + out->n;
	if (!out->full && out->n < limit)
		pen->end = out->p + limit;
}

static void pen_close(struct pen *pen)
{
	pen->out->n = (size_t)(pen->p - pen->out->p);
}

static __attribute__((noinline)) void add_slowly(struct pen *pen, const void *bytes, size_t n)
{
	pen_close(pen);
	buf_add(pen->out, bytes, n);
	pen_open(pen);
}

static inline void add_bytes(struct pen *pen, const void *bytes, size_t n)
{
	if ((size_t)(pen->end - pen->p) < n) {
		add_slowly(pen, bytes, n);
		return;
	}
	if (n)
		memcpy(pen->p, bytes, n);
	pen->p += n;
}

static inline void add_long(struct pen *pen, int64_t value)
{
	uint64_t left = zigzag(value);
	uint8_t bytes[10];
	size_t n = 0;

	if (left < 0x80 && pen->p < pen->end) {
		*pen->p++ = (char)left;
		return;
	}
	for (; left >= 0x80; left >>= 7)
		bytes[n++] = (uint8_t)(left | 0x80);
	bytes[n++] = (uint8_t)left;
	add_bytes(pen, bytes, n);
}

static inline void add_sized(struct pen *pen, struct view v)
{
	add_long(pen, (int64_t)v.n);
	add_bytes(pen, v.p, v.n);
}

static void encode_array(const struct slot *slot, const struct shape_list *list, struct pen *pen)
{
	if (list->n)
		add_long(pen, (int64_t)list->n);
	for (size_t i = 0; i < list->n; i++)
		encode(slot->parts, (const char *)list->p + i * slot->stride, pen);
	add_long(pen, 0);
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

static void encode_map(const struct slot *slot, const struct shape_list *map, struct pen *pen)
{
	const char *few[FEW];
	OWN(own_free) const char **many = map->n > FEW ? malloc(map->n * sizeof *many) : NULL;
	const char **entries = many ? many : few;

	if (map->n > FEW && !many)
		err_out_of_memory();
	size_t n = encode_order(map, slot->stride, entries);
	if (n)
		add_long(pen, (int64_t)n);
	for (size_t i = 0; i < n; i++) {
		add_sized(pen, *(const struct view *)entries[i]);
		encode(slot->parts, entries[i], pen);
	}
	add_long(pen, 0);
}

static void encode_enum(const struct slot *slot, int8_t value, struct pen *pen)
{
	if (value < 0 || (size_t)value >= slot->type->symbols_n)
		value = slot->fallback ? *(const int8_t *)slot->fallback : 0;
	add_long(pen, value);
}

static void encode_union(const struct slot *slot, const char *at, const char *base, struct pen *pen)
{
	int64_t branch = *(const int64_t *)at;

	CHECK(branch >= 0 && (size_t)branch < slot->parts_n);
	add_long(pen, branch);
	encode(&slot->parts[branch], base, pen);
}

static bool is_absent(const struct slot *slot, const char *at)
{
	if (slot->kind == SLOT_TEXT || slot->kind == SLOT_BYTES || slot->kind == SLOT_ARRAY)
		return ((const struct view *)at)->p == NULL; // a list begins with its pointer too
	return memcmp(at, slot->absent, slot->size) == 0;
}

static void encode_value(const struct slot *slot, const char *at, const char *base, struct pen *pen)
{
	switch (slot->kind) {
	case SLOT_NULL:
		return;
	case SLOT_FLAG:
		return add_bytes(pen, &(uint8_t){*(const int8_t *)at == 1}, 1);
	case SLOT_INT:
		return add_long(pen, *(const int32_t *)at);
	case SLOT_LONG:
		return add_long(pen, *(const int64_t *)at);
	case SLOT_FLOAT:
	case SLOT_DOUBLE:
		return add_bytes(pen, at, slot->size);
	case SLOT_TEXT:
		return add_sized(pen, *(const struct view *)at);
	case SLOT_BYTES:
		if (slot->type->type == AVSC_FIXED)
			return add_bytes(pen, ((const struct view *)at)->p, ((const struct view *)at)->n);
		return add_sized(pen, *(const struct view *)at);
	case SLOT_ENUM:
		return encode_enum(slot, *(const int8_t *)at, pen);
	case SLOT_ARRAY:
		return encode_array(slot, (const struct shape_list *)at, pen);
	case SLOT_MAP:
		return encode_map(slot, (const struct shape_list *)at, pen);
	case SLOT_UNION:
		return encode_union(slot, at, base, pen);
	case SLOT_RECORD:
		for (size_t i = 0; i < slot->parts_n; i++)
			encode(&slot->parts[i], base, pen);
	}
}

static void encode(const struct slot *slot, const char *base, struct pen *pen)
{
	const char *at = base + slot->offset;

	if (slot->optional) {
		bool absent = is_absent(slot, at);

		add_long(pen, absent ? slot->null_branch : !slot->null_branch);
		if (absent)
			return;
	}
	encode_value(slot, at, base, pen);
}

void encode_record(const struct slot *slot, const void *record, struct buf *out)
{
	struct pen pen = {.out = out};

	if (!out->p && !buf_reserve(out, 1)) // else there is no place for the pen
		return;
	pen_open(&pen);
	encode(slot, record, &pen);
	pen_close(&pen);
}
