// SPDX-License-Identifier: Apache-2.0
#include "schemas/canonical.h"

#include "base/own.h"

#define CRC64_EMPTY 0xc15d213aa4d7a795u

// Named types that were written out already: later they stand as their name.
struct seen {
	const struct avsc **types;
	size_t n;
	size_t room;
};

static void seen_clear(struct seen *seen)
{
	free(seen->types);
}

static bool seen_before(struct seen *seen, const struct avsc *type)
{
	for (size_t i = 0; i < seen->n; i++)
		if (seen->types[i] == type)
			return true;
	if (seen->n == seen->room) {
		seen->room = seen->room ? 2 * seen->room : 16;
		seen->types = realloc(seen->types, seen->room * sizeof *seen->types);
		if (!seen->types)
			err_out_of_memory();
	}
	seen->types[seen->n++] = type;
	return false;
}

static void print(struct seen *seen, const struct avsc *type, struct buf *out);

// Names and symbols hold letters, digits, dots and _ only (avsc_parse), so nothing needs an escape.
static void print_record(struct seen *seen, const struct avsc *type, struct buf *out)
{
	buf_addf(out, "{\"name\":\"%s\",\"type\":\"record\",\"fields\":[", type->name);
	for (size_t i = 0; i < type->fields_n; i++) {
		buf_addf(out, "%s{\"name\":\"%s\",\"type\":", i ? "," : "", type->fields[i].name);
		print(seen, type->fields[i].type, out);
		buf_add_byte(out, '}');
	}
	buf_add_text(out, "]}");
}

static void print_enum(const struct avsc *type, struct buf *out)
{
	buf_addf(out, "{\"name\":\"%s\",\"type\":\"enum\",\"symbols\":[", type->name);
	for (size_t i = 0; i < type->symbols_n; i++)
		buf_addf(out, "%s\"%s\"", i ? "," : "", type->symbols[i]);
	buf_add_text(out, "]}");
}

static void print_parts(struct seen *seen, const struct avsc *type, const char *before, const char *after, struct buf *out)
{
	buf_add_text(out, before);
	for (size_t i = 0; i < type->parts_n; i++) {
		if (i)
			buf_add_byte(out, ',');
		print(seen, type->parts[i], out);
	}
	buf_add_text(out, after);
}

static void print(struct seen *seen, const struct avsc *type, struct buf *out)
{
	bool known = type->name && seen_before(seen, type);

	if (known)
		buf_addf(out, "\"%s\"", type->name);
	else if (type->type == AVSC_RECORD)
		print_record(seen, type, out);
	else if (type->type == AVSC_ENUM)
		print_enum(type, out);
	else if (type->type == AVSC_FIXED)
		buf_addf(out, "{\"name\":\"%s\",\"type\":\"fixed\",\"size\":%zu}", type->name, type->size);
	else if (type->type == AVSC_ARRAY)
		print_parts(seen, type, "{\"type\":\"array\",\"items\":", "}", out);
	else if (type->type == AVSC_MAP)
		print_parts(seen, type, "{\"type\":\"map\",\"values\":", "}", out);
	else if (type->type == AVSC_UNION)
		print_parts(seen, type, "[", "]", out);
	else
		buf_addf(out, "\"%s\"", avsc_type_name(type->type));
}

void canonical_print(const struct avsc_schema *schema, struct buf *out)
{
	OWN(seen_clear) struct seen seen = {0};

	print(&seen, avsc_root(schema), out);
}

// Rabin fingerprint, bit by bit: a schema is read once.
uint64_t canonical_crc64(struct view bytes)
{
	uint64_t crc = CRC64_EMPTY;

	for (size_t i = 0; i < bytes.n; i++) {
		crc ^= (uint8_t)bytes.p[i];
		for (int bit = 0; bit < 8; bit++)
			crc = crc >> 1 ^ (CRC64_EMPTY & -(crc & 1));
	}
	return crc;
}

uint64_t canonical_fingerprint(const struct avsc_schema *schema)
{
	OWN(buf_clear) struct buf text = {0};

	canonical_print(schema, &text);
	return canonical_crc64(buf_view(&text));
}
