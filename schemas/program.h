// SPDX-License-Identifier: Apache-2.0
// The flat program that a plan is: made by resolve.c, run by decode.c. One op reads one value of the writer. Lists, unions and skipped
// named types are parts of the program of their own, entered and left through `program_part`.
#pragma once
#include "base/arena.h"
#include "schemas/shape.h"

enum op_code {
	OP_END,
	// The value goes to `offset` of the struct.
	OP_TEXT,
	OP_BYTES,
	OP_FIXED, // arg: size
	OP_LONG,
	OP_TIME, // a long whose smallest value stands for absent, so it is read as TIME_BAD
	OP_INT,
	OP_FLOAT,
	OP_DOUBLE,
	OP_FLAG,
	OP_ENUM, // arg: first entry in `symbols`
	// Union of null (branch `small`) and the type.
	OP_OPT_TEXT,
	OP_OPT_BYTES,
	OP_OPT_LONG,
	// Promotions.
	OP_INT_TO_LONG,
	OP_INT_TO_FLOAT,
	OP_INT_TO_DOUBLE,
	OP_LONG_TO_FLOAT,
	OP_LONG_TO_DOUBLE,
	OP_FLOAT_TO_DOUBLE,
	// Reads nothing.
	OP_COPY, // arg: index of an image
	OP_TAG,  // arg: branch of the reader's union
	OP_FAIL, // arg: index of words
	// arg: index of a part.
	OP_ARRAY,
	OP_MAP,
	OP_UNION, // small: unused; the part's `branches` entries in `entries`
	OP_CALL,
	// Skips.
	OP_SKIP_FLAG,
	OP_SKIP_INT,
	OP_SKIP_LONG,
	OP_SKIP_ENUM, // arg: number of symbols
	OP_SKIP_SIZED,
	OP_SKIP_FIXED, // arg: size
	OP_SKIP_ARRAY,
	OP_SKIP_MAP,
};

struct op {
	uint8_t code;
	uint8_t small;
	uint32_t offset;
	uint32_t arg;
};

struct program_part {
	uint32_t entry;    // first op of the body
	uint32_t after;    // where to go on
	uint32_t stride;   // lists: size of an element in the struct
	uint32_t value;    // maps: offset of the value in it
	uint32_t branches; // unions: how many; their entries stand from `first` on
	uint32_t first;
	bool empty; // an element takes no bytes
};

struct program_image {
	const void *p;
	uint32_t size;
};

struct program_symbols {
	uint32_t n;
	int8_t to[]; // the writer's index -> the reader's; or one of these
};
enum { SYMBOL_REFUSED = -128 };

struct plan {
	struct arena arena; // paths, words, symbol tables
	struct op *ops;
	const char **paths; // of each op, for errors
	struct program_part *parts;
	uint32_t *entries;
	struct program_image *images;
	const struct program_symbols **symbols;
	const char **words;
	size_t elements_max;
	size_t ops_n, parts_n, entries_n, images_n, symbols_n, words_n;
	size_t ops_room, parts_room, entries_room, images_room, symbols_room, words_room;
};

// Fills the program for data of `writer` read into `reader`. POISON bad_record naming the field that does not fit.
int resolve_program(struct plan *plan, const struct slot *reader, const struct avsc *writer, struct err *err) MUST_USE;

// Runs it over bytes that it must use up.
int decode_run(const struct plan *plan, struct view bytes, struct arena *arena, void *record, struct err *err) MUST_USE;
