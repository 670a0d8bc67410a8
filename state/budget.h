// SPDX-License-Identifier: Apache-2.0
// One memory budget for all shards of the process: tables, block cache, filters and client queues are shares of it. Safe from any
// thread. The table that is largest or oldest is asked to flush first; a worker that would pass the budget waits for the flusher.
#pragma once
#include <stdatomic.h>
#include <stdint.h>

#include "base/bytes.h"
#include "state/region.h"

struct budget;

// `total` bytes for `shards` open shards and `clients` Kafka clients. FATAL budget_too_small, naming the least that works.
int budget_new(uint64_t total, int shards, int clients, struct budget **out, struct err *err) MUST_USE;
void budget_free(struct budget **budget);

uint64_t budget_client_queue_bytes(const struct budget *budget); // for each consumer's prefetch queues together
uint64_t budget_used(const struct budget *budget);
uint64_t budget_total(const struct budget *budget);

// For state/ alone: a store's part. Counters are written by the store and its flusher, read by all.
struct budget_member {
	struct budget_member *next;
	_Atomic uint64_t active_bytes; // the table that is written
	_Atomic uint64_t frozen_bytes; // tables and files on their way to the disk
	_Atomic uint64_t spare_bytes;  // memory of the active table that it does not use yet
	_Atomic uint64_t filter_bytes;
	_Atomic bool asked; // to flush at its next commit
};

void budget_join(struct budget *budget, struct budget_member *member);
void budget_leave(struct budget *budget, struct budget_member *member);

enum budget_advice { BUDGET_GO_ON, BUDGET_FREEZE, BUDGET_WAIT };
// At a commit: is this member's table to be frozen (it is asked, or the largest when there are too many bytes)? Or has the process so much on its way to the
// disk that the worker must wait for its flusher, too?
enum budget_advice budget_advise(struct budget *budget, struct budget_member *member);

// The memory of tables that are done, for the next ones of any store: cleared pages are dear. It is part of the tables' share, and the first to go when that is
// short; a fifth of that share at most is kept. `keep` takes the region, `take` gives one with or without memory.
void budget_keep_region(struct budget *budget, struct region *region);
void budget_take_region(struct budget *budget, struct region *out);
// Tables and what is spare need more than the tables' share, with no region left to give up: active tables must shed what they do not use.
bool budget_is_short(struct budget *budget);

// At most a few flushes at once in the process. Blocks.
void budget_flush_begin(struct budget *budget);
void budget_flush_end(struct budget *budget);

void *budget_block_cache(const struct budget *budget);     // rocksdb_cache_t, shared
uint64_t budget_filter_share(const struct budget *budget); // bytes for one shard's filter
