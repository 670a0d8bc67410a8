// SPDX-License-Identifier: Apache-2.0
// A fixed record of the caller's for each key: to keep the latest of each key of a topic. Keys themselves are not kept, but 128 bits of digest, which no two keys
// share in practice. Costs 16 bytes and the record per key, with what is free up to 2.7 times that, and half as much again while it grows.
#pragma once
#include <stddef.h>

#include "base/bytes.h"

struct key_table;

// `record_bytes`: a multiple of 8. `most`: keys at once.
struct key_table *key_table_new(size_t record_bytes, size_t most);
void key_table_free(struct key_table **table);

// The key's record, zeroed if the key is new; valid until the next call. NULL: it is new, and there are as many as may be.
void *key_table_at(struct key_table *table, struct view key);
// NULL: it has none.
void *key_table_find(const struct key_table *table, struct view key);
size_t key_table_count(const struct key_table *table);
// Forgets all keys, keeps the memory.
void key_table_reset(struct key_table *table);
