// SPDX-License-Identifier: Apache-2.0
// Where each value of a schema lies in a C struct. Either bound to a struct by a table (our contracts), or laid out automatically for any
// schema that is not recursive (tests and fuzzers use it, so that decoding is tried far beyond our contracts). Decoding, encoding, JSON and
// paths all walk this tree.
#pragma once
#include "schemas/avsc.h"

enum slot_kind {
	SLOT_NULL,
	SLOT_FLAG, // int8_t 0, 1
	SLOT_INT,  // int32_t
	SLOT_LONG, // int64_t
	SLOT_FLOAT,
	SLOT_DOUBLE,
	SLOT_BYTES,  // struct view; fixed too
	SLOT_TEXT,   // struct view of UTF-8
	SLOT_ENUM,   // int8_t, index of the symbol
	SLOT_RECORD, // its fields in place
	SLOT_ARRAY,  // struct shape_list
	SLOT_MAP,    // struct shape_list of {struct view key; value}
	SLOT_UNION,  // int64_t branch, behind it the value
};

// What every array and map of a bound struct looks like: struct items, struct credits, struct properties …
struct shape_list {
	void *p;
	size_t n;
};

struct slot {
	const char *name; // of the field; "" for an element
	enum slot_kind kind;
	uint32_t offset; // from the start of the struct that it is in: the record, or the element of the list
	uint32_t size;
	uint32_t stride;         // array, map: size of one element
	bool optional;           // a union with null that has no tag of its own: absent is said by the value (records.h)
	bool lenient;            // may be missing although required: the rules judge
	bool time;               // timestamp-millis
	bool money;              // decimal text; JSON may say a number
	uint8_t null_branch;     // optional: which branch of the union null is
	const struct avsc *type; // of the value (an optional: of the branch that is not null)
	struct slot *parts;      // record: fields; union: branches; array and map: one, the element's value
	size_t parts_n;
	const void *fallback;           // the default, `size` bytes; NULL: none
	const void *absent;             // optional or lenient: what absent or missing looks like
	const struct avsc_field *field; // NULL for elements and branches
};

// One field of a bound struct. The C type decides what it can hold.
enum bind_type { BIND_VIEW, BIND_INT64, BIND_INT32, BIND_INT8, BIND_OTHER };

struct binding {
	const char *name; // NULL ends the table
	uint32_t offset;
	uint32_t size;
	enum bind_type type;
	bool money;
	uint32_t stride;          // array, map: sizeof its element
	const struct binding *of; // record, or array of records: their table
};

#define BIND_TYPE(value) \
	_Generic((value), struct view : BIND_VIEW, int64_t : BIND_INT64, int32_t : BIND_INT32, int8_t : BIND_INT8, default : BIND_OTHER)
#define BIND(s, field, ...) \
	{ \
		.name = #field, .offset = offsetof(struct s, field), .size = sizeof(((struct s *)0)->field), \
		.type = BIND_TYPE(((struct s *)0)->field), ##__VA_ARGS__ \
	}

struct shape {
	struct avsc_schema *schema;
	struct arena arena;
	struct slot root;
	size_t elements_max; // of all arrays and maps of a datum together
};

// Field for field, in order and by name, the schema must be what the table says. FATAL schema_mismatch.
int shape_bind(struct shape *shape, struct view schema, const struct binding *table, size_t size, struct err *err) MUST_USE;
// Lays the struct out itself: every value aligned to 8, `root.size` bytes. POISON bad_schema, also if the schema is recursive.
int shape_lay_out(struct shape *shape, struct view schema, struct err *err) MUST_USE;
void shape_clear(struct shape *shape);
