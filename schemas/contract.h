// SPDX-License-Identifier: Apache-2.0
// A contract: one .avsc, embedded at build time, and the C struct it fills. Decoding, encoding, JSON in and out are all driven by
// one table per contract (field path -> offset and kind), checked against the .avsc when the contract is first used.
#pragma once
#include "base/arena.h"
#include "base/bytes.h"
#include "schemas/records.h"

struct contract;

// The contracts. `contract_setup` builds them once, before threads start; it fails only on a bug in the tables.
int contract_setup(struct err *err) MUST_USE;
extern const struct contract *const contract_click;
extern const struct contract *const contract_order;
extern const struct contract *const contract_conversion;
extern const struct contract *const contract_attributed_conversion;
extern const struct contract *const contract_credit_delta;
extern const struct contract *const contract_export_result;
extern const struct contract *const contract_connection;
extern const struct contract *const contract_sync_status;
extern const struct contract *const contract_report_snapshot;
extern const struct contract *const contract_ad_entity;
extern const struct contract *const contract_roas_row;
extern const struct contract *const contract_daily_sum;
extern const struct contract *const contract_tenant_day;
// All of them, in this order; NULL behind the last.
const struct contract *contract_at(size_t i);

const char *contract_name(const struct contract *c);     // "Click"
const char *contract_schema(const struct contract *c);   // the .avsc text, as it is registered
uint64_t contract_fingerprint(const struct contract *c); // CRC-64-AVRO of its Parsing Canonical Form

// Appends the record as Avro binary by the contract's own schema, map keys in byte order.
void contract_encode(const struct contract *c, const void *record, struct buf *out);

// Appends one line of JSON: enums as text, times in ms, nulls shown, keys in the contract's order.
void contract_print_json(const struct contract *c, const void *record, struct buf *out);

// Reads a JSON object: unknown fields ignored, missing optional ones absent, empty text in an optional field absent, money as text or
// number (read from its digits), times as integer ms or ISO 8601. Texts without escapes are views into `text`.
// POISON bad_record: not JSON, wrong type (names the path), too deep, too large. See records.h for what is left to the caller.
int contract_parse_json(const struct contract *c, struct view text, struct arena *arena, void *record, struct err *err) MUST_USE;

// A field of a record by path ("context.shop_id", "properties.channel", "value") as text for comparison: enums by name, booleans true/false,
// numbers in decimal. Resolved once, read many times.
struct contract_path {
	const struct contract *contract;
	int field;           // internal
	struct view map_key; // for a path into a map
};
int contract_path_resolve(const struct contract *c, struct view path, struct contract_path *out, struct err *err) MUST_USE;
struct view contract_path_read(const struct contract_path *path, const void *record, struct arena *arena); // absent if null
