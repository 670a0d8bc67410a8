// SPDX-License-Identifier: Apache-2.0
// Whatever the value of a record from Kafka: each contract's reader takes it or calls it bad_record, whatever it has read before.
#include <stdint.h>

#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/wire.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

enum { CONTRACTS = 13 };

static struct wire_reader *readers[CONTRACTS][2];
static const struct contract *contracts[CONTRACTS];

static void set_up(void)
{
	struct err err;

	CHECK(contract_setup(&err) == 0);
	for (int i = 0; i < CONTRACTS; i++) {
		contracts[i] = contract_at((size_t)i);
		readers[i][0] = wire_reader_new(contracts[i], WIRE_AVRO, NULL);
		readers[i][1] = wire_reader_new(contracts[i], WIRE_JSON, NULL);
	}
}

static void read_value(int which, bool json, struct view value)
{
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf out = {0};
	void *record = arena_zero(&arena, contract_size(contracts[which]));
	struct err err = {0};

	if (wire_read(readers[which][json], value, &arena, record, &err))
		CHECK(err.class == ERR_POISON && strcmp(err.code, "bad_record") == 0);
	else
		contract_print_json(contracts[which], record, &out);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
	if (!contracts[0])
		set_up();
	for (int i = 0; i < CONTRACTS; i++)
		read_value(i, false, view_of(data, size));
	if (size)
		read_value(data[0] % CONTRACTS, true, view_of(data + 1, size - 1));
	return 0;
}
