// SPDX-License-Identifier: Apache-2.0
// Parsing Canonical Form (Avro specification, "Transforming into Parsing Canonical Form") and its CRC-64-AVRO fingerprint, by which
// single-object encoding names a schema.
#pragma once
#include "schemas/avsc.h"

void canonical_print(const struct avsc_schema *schema, struct buf *out);
uint64_t canonical_fingerprint(const struct avsc_schema *schema);
uint64_t canonical_crc64(struct view bytes);
