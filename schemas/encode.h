// SPDX-License-Identifier: Apache-2.0
// A struct as Avro binary by the schema of its shape: one block per list, map keys in byte order, each key once (its last value).
// A text that is missing becomes empty, an enum that is missing or unknown its default, else its first symbol: callers that care have
// judged before.
#pragma once
#include "schemas/shape.h"

void encode_record(const struct slot *slot, const void *record, struct buf *out);

// The places of n map entries (each starting with its key) in byte order of the keys, of equal keys the last only; gives how many.
size_t encode_order(const struct shape_list *map, size_t stride, const char **out);
