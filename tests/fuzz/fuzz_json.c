// SPDX-License-Identifier: Apache-2.0
// Whatever the text: it is refused as bad_record, or what was read can be printed and encoded, and the printed text reads back as itself.
#include <stdint.h>

#include "base/own.h"
#include "schemas/inside.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const struct contract *pick(uint8_t which)
{
	struct err err;

	CHECK(contract_setup(&err) == 0);
	return contract_at(which % 13);
}

static bool reprint(const struct contract *c, struct view text, struct arena *arena, struct buf *out)
{
	void *record = arena_zero(arena, contract_size(c));
	OWN(buf_clear) struct buf avro = {0};
	struct err err = {0};

	if (contract_parse_json(c, text, arena, record, &err)) {
		CHECK(err.class == ERR_POISON && strcmp(err.code, "bad_record") == 0 && err.words[0]);
		return false;
	}
	contract_print_json(c, record, out);
	contract_encode(c, record, &avro);
	return true;
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf first = {0}, second = {0}, third = {0};
	const struct contract *c = pick(size ? data[0] : 0);

	// what the rules would refuse (unknown enums, bad times) is printed as null and so becomes a default in the second round
	if (size == 0 || !reprint(c, view_of(data + 1, size - 1), &arena, &first))
		return 0;
	CHECK(reprint(c, buf_view(&first), &arena, &second));
	CHECK(reprint(c, buf_view(&second), &arena, &third));
	CHECK(view_eq(buf_view(&second), buf_view(&third)));
	return 0;
}
