// SPDX-License-Identifier: Apache-2.0
// How a contract stands in a Kafka value: Confluent framing (0x00, 4-byte id; with a registry), Avro single-object encoding
// (C3 01, CRC-64-AVRO; without), or JSON. One `wire` per process knows the registry; one `wire_reader` per thread and input topic
// caches plans by id or fingerprint. A reader accepts both Avro framings whatever it writes itself.
#pragma once
#include "schemas/contract.h"

struct registry; // schemas/registry.h

struct wire_reader;
enum wire_format { WIRE_AVRO, WIRE_JSON };

struct wire_reader *wire_reader_new(const struct contract *contract, enum wire_format format, struct registry *registry);
void wire_reader_free(struct wire_reader **reader);

// For values that come from the program's own state, where each was read or written before: texts are not checked again, so what nobody asks for is not
// touched. Of values in JSON they are.
void wire_reader_trust(struct wire_reader *reader);

// Decodes a value. POISON bad_record (also: unknown fingerprint, unknown schema id). RETRY registry_unavailable: call again later.
// FATAL as registry_schema.
int wire_read(struct wire_reader *reader, struct view value, struct arena *arena, void *record, struct err *err) MUST_USE;

// What stands before the Avro body in what we write: with a registry the id under which `<topic>-value` knows our schema (looked up, or
// registered if the registry allows), else the fingerprint. Filled once at start.
struct wire_header {
	uint8_t bytes[10];
	uint8_t n;
};
int wire_header_for(const struct contract *contract, struct registry *registry, const char *topic, struct wire_header *out,
	struct err *err) MUST_USE;
void wire_write(const struct wire_header *header, const struct contract *contract, const void *record, struct buf *out);
