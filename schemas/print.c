// SPDX-License-Identifier: Apache-2.0
#include "schemas/print.h"

#include <inttypes.h>

#include "base/own.h"
#include "schemas/encode.h"
#include "schemas/records.h"

static void print(const struct slot *slot, const char *base, struct buf *out);

static void print_escaped(uint8_t c, struct buf *out)
{
	switch (c) {
	case '"':
	case '\\':
		buf_add_byte(out, '\\');
		return buf_add_byte(out, c);
	case '\n':
		return buf_add_text(out, "\\n");
	case '\r':
		return buf_add_text(out, "\\r");
	case '\t':
		return buf_add_text(out, "\\t");
	default:
		return buf_addf(out, "\\u%04x", c);
	}
}

void print_text(struct view text, struct buf *out)
{
	size_t plain = 0; // where the run of bytes that need no escape began

	buf_add_byte(out, '"');
	for (size_t i = 0; i < text.n; i++) {
		uint8_t c = (uint8_t)text.p[i];

		if (c >= 0x20 && c != '"' && c != '\\' && c != 0x7f)
			continue;
		buf_add(out, text.p + plain, i - plain);
		print_escaped(c, out);
		plain = i + 1;
	}
	if (text.n)
		buf_add(out, text.p + plain, text.n - plain);
	buf_add_byte(out, '"');
}

static void print_view(struct view text, struct buf *out)
{
	if (text.p)
		print_text(text, out);
	else
		buf_add_text(out, "null");
}

static void print_long(const struct slot *slot, int64_t value, struct buf *out)
{
	bool absent = (slot->absent && value == TIME_ABSENT) || (slot->time && value == TIME_BAD);

	if (absent)
		buf_add_text(out, "null");
	else
		buf_addf(out, "%" PRId64, value);
}

static void print_enum(const struct slot *slot, int8_t value, struct buf *out)
{
	if (value >= 0 && (size_t)value < slot->type->symbols_n)
		buf_addf(out, "\"%s\"", slot->type->symbols[value]);
	else
		buf_add_text(out, "null");
}

static void print_array(const struct slot *slot, const struct shape_list *list, struct buf *out)
{
	if (!list->p && slot->optional)
		return buf_add_text(out, "null");
	buf_add_byte(out, '[');
	for (size_t i = 0; i < list->n; i++) {
		if (i)
			buf_add_byte(out, ',');
		print(slot->parts, (const char *)list->p + i * slot->stride, out);
	}
	buf_add_byte(out, ']');
}

static void print_map(const struct slot *slot, const struct shape_list *map, struct buf *out)
{
	OWN(own_free) const char **entries = malloc((map->n + 1) * sizeof *entries);

	if (!entries)
		err_out_of_memory();
	size_t n = encode_order(map, slot->stride, entries);
	buf_add_byte(out, '{');
	for (size_t i = 0; i < n; i++) {
		if (i)
			buf_add_byte(out, ',');
		print_text(*(const struct view *)entries[i], out);
		buf_add_byte(out, ':');
		print(slot->parts, entries[i], out);
	}
	buf_add_byte(out, '}');
}

static void print_fields(const struct slot *slot, const char *base, struct buf *out)
{
	buf_add_byte(out, '{');
	for (size_t i = 0; i < slot->parts_n; i++) {
		buf_addf(out, "%s\"%s\":", i ? "," : "", slot->parts[i].name);
		print(&slot->parts[i], base, out);
	}
	buf_add_byte(out, '}');
}

static void print_flag(int8_t value, struct buf *out)
{
	buf_add_text(out, value == FLAG_ABSENT ? "null" : value ? "true" : "false");
}

static void print(const struct slot *slot, const char *base, struct buf *out)
{
	const char *at = base + slot->offset;

	switch (slot->kind) {
	case SLOT_TEXT:
		return print_view(*(const struct view *)at, out);
	case SLOT_LONG:
		return print_long(slot, *(const int64_t *)at, out);
	case SLOT_INT:
		return buf_addf(out, "%" PRId32, *(const int32_t *)at);
	case SLOT_FLAG:
		return print_flag(*(const int8_t *)at, out);
	case SLOT_ENUM:
		return print_enum(slot, *(const int8_t *)at, out);
	case SLOT_ARRAY:
		return print_array(slot, (const struct shape_list *)at, out);
	case SLOT_MAP:
		return print_map(slot, (const struct shape_list *)at, out);
	case SLOT_RECORD:
		return print_fields(slot, base, out);
	default:
		CHECK(!"a contract has no such type"); // contract_setup saw to it
	}
}

void print_record(const struct slot *slot, const void *record, struct buf *out)
{
	print(slot, record, out);
}
