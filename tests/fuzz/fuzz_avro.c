// SPDX-License-Identifier: Apache-2.0
// Whatever the bytes: a contract's decoder refuses them as bad_record, or what it read can be written, and reads back the same. And whatever the
// two schemas: the same holds for a plan between them.
//   byte 0..5: the rest is a record of that contract
//   byte 6..11: a writer's schema, NUL, a record of it read by that contract
//   else:      a reader's schema, NUL, a writer's schema, NUL, a record
#include <stdint.h>

#include "base/own.h"
#include "schemas/encode.h"
#include "schemas/inside.h"

enum { CONTRACTS = 13 };

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct contract *pick(uint8_t which)
{
	struct err err;

	CHECK(contract_setup(&err) == 0);
	return contract_at(which % CONTRACTS);
}

// Up to the next NUL; `rest` begins behind it.
static struct view cut(struct view *rest)
{
	const char *nul = rest->n ? memchr(rest->p, 0, rest->n) : NULL;
	struct view head = nul ? view_of(rest->p, (size_t)(nul - rest->p)) : *rest;

	*rest = nul ? view_of(nul + 1, rest->n - head.n - 1) : view_of(rest->p + rest->n, 0);
	return head;
}

static bool is_read(int failed, const struct err *err)
{
	CHECK(!failed || (err->class == ERR_POISON && strcmp(err->code, "bad_record") == 0 && err->words[0]));
	return !failed;
}

// The contracts' own plans are made once.
static bool read_own(const struct contract *c, struct view bytes, struct arena *arena, void *record)
{
	static struct {
		const struct contract *contract;
		struct plan *plan;
	} kept[CONTRACTS];
	struct err err = {0};
	int i = 0;

	while (kept[i].contract && kept[i].contract != c)
		i++;
	if (!kept[i].contract)
		CHECK(plan_new(c, view_text(contract_schema(c)), &kept[i].plan, &err) == 0);
	kept[i].contract = c;
	return is_read(plan_decode(kept[i].plan, bytes, arena, record, &err), &err);
}

static bool read_bytes(const struct shape *shape, struct view schema, struct view bytes, struct arena *arena, void *record)
{
	OWN(plan_free) struct plan *plan = NULL;
	struct err err = {0};

	return is_read(plan_new_for(shape, schema, &plan, &err) || plan_decode(plan, bytes, arena, record, &err), &err);
}

static void try_contract(const struct contract *c, const struct view *writer, struct view bytes)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf first = {0}, second = {0};
	void *record = arena_zero(&arena, contract_size(c)), *back = arena_zero(&arena, contract_size(c));

	if (writer ? !read_bytes(contract_shape(c), *writer, bytes, &arena, record) : !read_own(c, bytes, &arena, record))
		return;
	contract_encode(c, record, &first);
	CHECK(read_own(c, buf_view(&first), &arena, back));
	contract_encode(c, back, &second);
	CHECK(view_eq(buf_view(&first), buf_view(&second)));
	contract_print_json(c, back, &second);
}

// `reader` is the text of the shape's own schema.
static void try_plan(const struct shape *shape, struct view reader, struct view writer, struct view bytes)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf first = {0}, second = {0};
	size_t size = shape->root.size + 8;
	void *record = arena_zero(&arena, size), *back = arena_zero(&arena, size);

	if (!read_bytes(shape, writer, bytes, &arena, record))
		return;
	encode_record(&shape->root, record, &first);
	CHECK(read_bytes(shape, reader, buf_view(&first), &arena, back));
	encode_record(&shape->root, back, &second);
	CHECK(view_eq(buf_view(&first), buf_view(&second)));
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(shape_clear) struct shape shape = {0};
	struct view rest = view_of(data + 1, size ? size - 1 : 0);
	struct err err = {0};

	if (size == 0)
		return 0;
	if (data[0] < 2 * CONTRACTS) {
		struct view writer = data[0] < CONTRACTS ? VIEW_ABSENT : cut(&rest);

		try_contract(pick(data[0]), writer.p ? &writer : NULL, rest);
		return 0;
	}
	struct view reader = cut(&rest), writer = cut(&rest);
	if (shape_lay_out(&shape, reader, &err))
		CHECK(err.class == ERR_POISON && strcmp(err.code, "bad_schema") == 0);
	else
		try_plan(&shape, reader, writer, rest);
	return 0;
}
