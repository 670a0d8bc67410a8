// SPDX-License-Identifier: Apache-2.0
// Talks to a real schema registry through our client; tests/integration/registry/run starts one and calls this.
//   registry_probe URL contracts         registers every contract, reads it back by id, writes and reads a record with it
//   registry_probe URL lookup            looks them up without registering
//   registry_probe URL register SUBJECT-TOPIC FILE   prints the id, or the error's code
//   registry_probe URL read ID           prints the schema, or the error's code
// With REGISTRY_CA set, that file signs the registry's certificate.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "schemas/canonical.h"
#include "schemas/inside.h"
#include "schemas/registry.h"
#include "schemas/wire.h"

static int same_schema(const struct contract *c, struct view text, struct err *err)
{
	OWN(avsc_free) struct avsc_schema *schema = NULL;

	if (avsc_parse(text, &schema, err))
		return -1;
	if (canonical_fingerprint(schema) != contract_fingerprint(c))
		return err_set(err, ERR_FATAL, "changed", "the registry gives another schema back");
	return 0;
}

static int round_trip(const struct contract *c, struct registry *registry, const struct wire_header *header, struct err *err)
{
	OWN(wire_reader_free) struct wire_reader *reader = wire_reader_new(c, WIRE_AVRO, registry);
	OWN(arena_clear) struct arena arena = {0};
	OWN(buf_clear) struct buf value = {0}, before = {0}, after = {0};
	void *record = arena_zero(&arena, contract_size(c)), *back = arena_take(&arena, contract_size(c));

	wire_write(header, c, record, &value);
	if (wire_read(reader, buf_view(&value), &arena, record, err) || wire_read(reader, buf_view(&value), &arena, back, err))
		return -1;
	contract_print_json(c, record, &before);
	contract_print_json(c, back, &after);
	return view_eq(buf_view(&before), buf_view(&after)) ? 0 : err_set(err, ERR_FATAL, "changed", "a record came back changed");
}

static int probe_contract(const struct contract *c, struct registry *registry, struct err *err)
{
	char topic[100];
	struct wire_header header;
	struct view schema;

	snprintf(topic, sizeof topic, "probe-%s", contract_name(c));
	if (wire_header_for(c, registry, topic, &header, err))
		return -1;
	uint32_t id = (uint32_t)header.bytes[1] << 24 | (uint32_t)header.bytes[2] << 16 | (uint32_t)header.bytes[3] << 8 | header.bytes[4];
	if (registry_schema(registry, id, &schema, err) || same_schema(c, schema, err) || round_trip(c, registry, &header, err))
		return -1;
	printf("%s %" PRIu32 "\n", contract_name(c), id);
	return 0;
}

static int probe_contracts(struct registry *registry, struct err *err)
{
	for (size_t i = 0; contract_at(i); i++)
		if (probe_contract(contract_at(i), registry, err))
			return err_prefix(err, "%s", contract_name(contract_at(i)));
	return 0;
}

static int register_file(struct registry *registry, const char *topic, const char *path, struct err *err)
{
	OWN(own_file) FILE *file = fopen(path, "r");
	char text[65536];
	uint32_t id;

	if (!file)
		return err_set(err, ERR_FATAL, "no_file", "%s", path);
	text[fread(text, 1, sizeof text - 1, file)] = '\0';
	if (registry_id(registry, topic, text, &id, err))
		return -1;
	printf("%" PRIu32 "\n", id);
	return 0;
}

static int read_id(struct registry *registry, uint32_t id, struct err *err)
{
	struct view schema;

	if (registry_schema(registry, id, &schema, err))
		return -1;
	printf("%.*s\n", VIEW_ARG(schema));
	return 0;
}

static int command(struct registry *registry, int argc, char **argv, struct err *err)
{
	if (strcmp(argv[2], "contracts") == 0 || strcmp(argv[2], "lookup") == 0)
		return probe_contracts(registry, err);
	if (strcmp(argv[2], "register") == 0 && argc == 5)
		return register_file(registry, argv[3], argv[4], err);
	if (strcmp(argv[2], "read") == 0 && argc == 4)
		return read_id(registry, (uint32_t)strtoul(argv[3], NULL, 10), err);
	if (strcmp(argv[2], "ping") == 0)
		return registry_ping(registry, err);
	return err_set(err, ERR_FATAL, "usage", "see the head of registry_probe.c");
}

int main(int argc, char **argv)
{
	struct registry *registry = NULL;
	struct err err = {0};

	if (argc < 3)
		return 2;
	const struct registry_options options = {.url = argv[1],
		.user = "user",
		.password = "password",
		.ca_file = getenv("REGISTRY_CA"),
		.register_schemas = strcmp(argv[2], "lookup") != 0};
	int failed = contract_setup(&err) || registry_new(&options, &registry, &err) || command(registry, argc, argv, &err);
	if (failed)
		fprintf(stderr, "%s %s: %s\n", err_class_name(err.class), err.code, err.words);
	registry_free(&registry);
	return failed;
}
