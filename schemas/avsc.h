// SPDX-License-Identifier: Apache-2.0
// An Avro schema (JSON text) as a graph: names are resolved, so a recursive type is a cycle. Read-only once parsed, and any thread may
// use it. Costs a few microseconds per field; limits on size, depth and number of types hold for schemas from a registry.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/arena.h"
#include "base/bytes.h"

enum avsc_type {
	AVSC_NULL,
	AVSC_BOOLEAN,
	AVSC_INT,
	AVSC_LONG,
	AVSC_FLOAT,
	AVSC_DOUBLE,
	AVSC_BYTES,
	AVSC_STRING,
	AVSC_FIXED,
	AVSC_ENUM,
	AVSC_RECORD,
	AVSC_ARRAY,
	AVSC_MAP,
	AVSC_UNION,
};

struct json_t; // a default as JSON: only files that include jansson look inside

struct avsc;

struct avsc_field {
	const char *name;
	const char *doc; // NULL: none
	const struct avsc *type;
	const struct json_t *fallback; // the default; NULL: none
	const char **aliases;
	size_t aliases_n;
};

struct avsc {
	enum avsc_type type;
	bool empty;                // a value takes no bytes (null, fixed(0), records of such)
	const char *name;          // full name of a record, enum or fixed; else NULL
	const char *logical;       // logicalType; NULL: none
	struct avsc_field *fields; // record
	size_t fields_n;
	const char **symbols; // enum
	size_t symbols_n;
	int64_t symbol_default;    // enum: -1 = none
	size_t size;               // fixed
	const struct avsc **parts; // union: its branches; array, map: one, the element
	size_t parts_n;
};

struct avsc_schema;

// POISON bad_schema: not JSON, not a schema, too large.
int avsc_parse(struct view text, struct avsc_schema **out, struct err *err) MUST_USE;
void avsc_free(struct avsc_schema **schema);
const struct avsc *avsc_root(const struct avsc_schema *schema);

const char *avsc_type_name(enum avsc_type type); // "string"
const char *avsc_name(const struct avsc *node);  // the full name, else the type's
// The part of a full name behind the last dot.
const char *avsc_short_name(const struct avsc *node);
