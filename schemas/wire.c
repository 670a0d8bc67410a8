// SPDX-License-Identifier: Apache-2.0
#include "schemas/wire.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/own.h"
#include "schemas/inside.h"
#include "schemas/plan.h"
#include "schemas/registry.h"

enum { PLANS_MAX = 256, CONFLUENT_HEADER = 5, SINGLE_OBJECT_HEADER = 10 };

// A schema as a value names it, and what became of it.
struct known {
	uint64_t name; // fingerprint, or id
	bool by_id;
	struct plan *plan; // NULL: this schema cannot be read; `refused` says why
	struct err refused;
};

struct wire_reader {
	const struct contract *contract;
	enum wire_format format;
	bool trusts;
	struct registry *registry; // NULL: none
	struct known *last;        // most values name the same schema as the one before
	struct known *known[PLANS_MAX];
	size_t known_n;
	size_t next; // to be replaced when all places are taken
};

struct wire_reader *wire_reader_new(const struct contract *contract, enum wire_format format, struct registry *registry)
{
	struct wire_reader *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	r->contract = contract;
	r->format = format;
	r->registry = registry;
	return r;
}

void wire_reader_trust(struct wire_reader *reader)
{
	CHECK(reader->known_n == 0); // before the first value
	reader->trusts = true;
}

static void known_free(struct known *k)
{
	if (!k)
		return;
	plan_free(&k->plan);
	free(k);
}

void wire_reader_free(struct wire_reader **reader)
{
	if (!*reader)
		return;
	for (size_t i = 0; i < (*reader)->known_n; i++)
		known_free((*reader)->known[i]);
	free(*reader);
	*reader = NULL;
}

static struct known *find(struct wire_reader *r, uint64_t name, bool by_id)
{
	for (size_t i = 0; i < r->known_n; i++)
		if (r->known[i]->name == name && r->known[i]->by_id == by_id)
			return r->known[i];
	return NULL;
}

// Takes the schema's plan, or the reason why there is none, into the cache.
static struct known *learn(struct wire_reader *r, uint64_t name, bool by_id, struct view schema)
{
	struct known *k = calloc(1, sizeof *k);
	size_t place = r->known_n < PLANS_MAX ? r->known_n++ : r->next++ % PLANS_MAX;

	if (!k)
		err_out_of_memory();
	k->name = name;
	k->by_id = by_id;
	if (plan_new(r->contract, schema, &k->plan, &k->refused))
		k->plan = NULL;
	else if (r->trusts)
		plan_trust(k->plan);
	known_free(r->known[place]);
	return r->known[place] = k;
}

static int by_id(struct wire_reader *r, uint32_t id, struct known **out, struct err *err)
{
	struct view schema;

	*out = find(r, id, true);
	if (*out)
		return 0;
	if (!r->registry)
		return err_set(err, ERR_POISON, "bad_record",
			"written with schema id %" PRIu32 " of a registry, but schema_registry.url is not set", id);
	if (registry_schema(r->registry, id, &schema, err)) {
		if (err->class == ERR_POISON)
			snprintf(err->code, sizeof err->code, "bad_record");
		return -1;
	}
	*out = learn(r, id, true, schema);
	return 0;
}

static int by_fingerprint(struct wire_reader *r, uint64_t fingerprint, struct known **out, struct err *err)
{
	const char *schema = contract_version(r->contract, fingerprint);

	*out = find(r, fingerprint, false);
	if (*out)
		return 0;
	if (!schema)
		return err_set(err, ERR_POISON, "bad_record",
			"written with fingerprint %016" PRIx64 ", which is no known version of %s: use a schema registry, or write by schemas/avro",
			fingerprint, contract_name(r->contract));
	*out = learn(r, fingerprint, false, view_text(schema));
	return 0;
}

static uint64_t little_endian(const uint8_t *p)
{
	uint64_t value = 0;

	for (int i = 7; i >= 0; i--)
		value = value << 8 | p[i];
	return value;
}

static uint32_t big_endian(const uint8_t *p)
{
	return (uint32_t)p[0] << 24 | (uint32_t)p[1] << 16 | (uint32_t)p[2] << 8 | p[3];
}

static bool is_last(const struct wire_reader *r, uint64_t name, bool named_by_id)
{
	return r->last && r->last->name == name && r->last->by_id == named_by_id;
}

// Which schema the value was written with, and how long its header is.
static int read_header(struct wire_reader *r, struct view value, size_t *header, struct err *err)
{
	const uint8_t *p = (const uint8_t *)value.p;

	if (value.n >= CONFLUENT_HEADER && p[0] == 0x00) {
		*header = CONFLUENT_HEADER;
		uint32_t id = big_endian(p + 1);
		return is_last(r, id, true) ? 0 : by_id(r, id, &r->last, err);
	}
	if (value.n >= SINGLE_OBJECT_HEADER && p[0] == 0xc3 && p[1] == 0x01) {
		*header = SINGLE_OBJECT_HEADER;
		uint64_t fingerprint = little_endian(p + 2);
		return is_last(r, fingerprint, false) ? 0 : by_fingerprint(r, fingerprint, &r->last, err);
	}
	if (value.n && (p[0] == '{' || p[0] == '['))
		return err_set(err, ERR_POISON, "bad_record", "JSON, but the format of this topic is avro: see `format` in the config");
	return err_set(err, ERR_POISON, "bad_record", "begins with neither 00 and a schema id nor C3 01 and a fingerprint");
}

int wire_read(struct wire_reader *r, struct view value, struct arena *arena, void *record, struct err *err)
{
	size_t header = 0;

	if (!value.p)
		return err_set(err, ERR_POISON, "bad_record", "no value");
	if (r->format == WIRE_JSON)
		return contract_parse_json(r->contract, value, arena, record, err);
	if (read_header(r, value, &header, err))
		return r->last = NULL, -1;
	if (!r->last->plan)
		return *err = r->last->refused, -1;
	return plan_decode(r->last->plan, view_of(value.p + header, value.n - header), arena, record, err);
}

int wire_header_for(const struct contract *contract, struct registry *registry, const char *topic, struct wire_header *out, struct err *err)
{
	uint64_t fingerprint = contract_fingerprint(contract);
	uint32_t id;

	if (!registry) {
		*out = (struct wire_header){.bytes = {0xc3, 0x01}, .n = SINGLE_OBJECT_HEADER};
		for (int i = 0; i < 8; i++)
			out->bytes[2 + i] = (uint8_t)(fingerprint >> (8 * i));
		return 0;
	}
	if (registry_id(registry, topic, contract_schema(contract), &id, err))
		return -1;
	*out = (struct wire_header){.bytes = {0, (uint8_t)(id >> 24), (uint8_t)(id >> 16), (uint8_t)(id >> 8), (uint8_t)id},
		.n = CONFLUENT_HEADER};
	return 0;
}

void wire_write(const struct wire_header *header, const struct contract *contract, const void *record, struct buf *out)
{
	buf_add(out, header->bytes, header->n);
	contract_encode(contract, record, out);
}
