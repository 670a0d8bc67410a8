// SPDX-License-Identifier: Apache-2.0
// One memory budget for all shards of the process: tables, block cache, filters and client queues are shares of it. Safe from any
// thread. The table that is largest or oldest is asked to flush first; a worker that would pass the budget waits for the flusher.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

struct budget;

// `total` bytes for `shards` open shards and `clients` Kafka clients. FATAL budget_too_small, naming the least that works.
int budget_new(uint64_t total, int shards, int clients, struct budget **out, struct err *err) MUST_USE;
void budget_free(struct budget **budget);

uint64_t budget_client_queue_bytes(const struct budget *budget); // for each consumer's prefetch queues together
uint64_t budget_used(const struct budget *budget);
uint64_t budget_total(const struct budget *budget);
