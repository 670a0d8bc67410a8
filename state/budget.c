// SPDX-License-Identifier: Apache-2.0
#include "state/budget.h"

#include <pthread.h>
#include <rocksdb/c.h>
#include <stdlib.h>
#include <unistd.h>

enum {
	MIB = 1024 * 1024,
	// Taken before anything is shared: the program, its threads and RocksDB's compaction buffers; and RocksDB's least per database.
	FIXED = 24 * MIB,
	FIXED_PER_SHARD = 2 * MIB,
	// Shares of the rest in percent. The cache is for RocksDB's indexes and filters alone (disk.c). The rest is nobody's: the producers' queues, what
	// compactions work with, and what the allocator keeps.
	CLIENTS_PERCENT = 16,
	FILTERS_PERCENT = 4,
	CACHE_PERCENT = 10,
	TABLES_PERCENT = 56,
	CLIENT_LEAST = 6 * MIB,
	TABLE_LEAST = 6 * MIB, // per shard
	CACHE_LEAST = 2 * MIB,
	// Of the tables' share, those being written may have half; the rest is for what is on its way to the disk.
	ACTIVE_PERCENT = 50,
	TABLE_MOST = 128 * MIB, // a larger table only makes a longer flush
	FLUSHES_MOST = 2,
	// Memory kept for the next tables: one or two of them, since stores flush in turn.
	REGIONS_MOST = 16,
	KEPT_PERCENT = 20,
	COMPACTIONS_MOST = 8,
};

struct budget {
	uint64_t total;
	uint64_t clients_bytes; // of one
	uint64_t filter_share;
	uint64_t tables_bytes;
	int clients;
	rocksdb_cache_t *cache;
	pthread_mutex_t lock; // guards what follows
	pthread_cond_t flush_ended;
	struct budget_member *members;
	struct region regions[REGIONS_MOST]; // the last is taken first
	size_t region_count;
	int flushes;
};

static uint64_t larger(uint64_t a, uint64_t b)
{
	return a > b ? a : b;
}

static uint64_t least_total(uint64_t shards, uint64_t clients)
{
	uint64_t shared = larger(clients * CLIENT_LEAST * 100 / CLIENTS_PERCENT, shards * TABLE_LEAST * 100 / TABLES_PERCENT);

	shared = larger(shared, (uint64_t)CACHE_LEAST * 100 / CACHE_PERCENT);
	return FIXED + shards * FIXED_PER_SHARD + shared;
}

// RocksDB's threads serve all shards of the process.
static void set_compaction_threads(void)
{
	long cores = sysconf(_SC_NPROCESSORS_ONLN);
	rocksdb_env_t *environment = rocksdb_create_default_env();

	rocksdb_env_set_background_threads(environment, cores < 4 ? 1 : cores < 16 ? (int)cores / 2 : COMPACTIONS_MOST);
	rocksdb_env_destroy(environment);
}

int budget_new(uint64_t total, int shards, int clients, struct budget **out, struct err *err)
{
	uint64_t n = shards > 0 ? (uint64_t)shards : 1, least = least_total(n, (uint64_t)(clients > 0 ? clients : 0));

	*out = NULL;
	if (total < least)
		return err_set(err, ERR_FATAL, "budget_too_small",
			"the memory budget of %llu MiB is too small for %d shards and %d clients: give at least %llu MiB (state.memory), or use "
			"fewer shards per process",
			(unsigned long long)total / MIB, shards, clients, (unsigned long long)(least + MIB - 1) / MIB);

	struct budget *b = calloc(1, sizeof *b);
	if (!b)
		err_out_of_memory();
	uint64_t shared = total - FIXED - n * FIXED_PER_SHARD;
	b->total = total;
	b->clients = clients > 0 ? clients : 1;
	b->clients_bytes = shared * CLIENTS_PERCENT / 100 / (uint64_t)b->clients;
	b->filter_share = shared * FILTERS_PERCENT / 100 / n;
	b->tables_bytes = shared * TABLES_PERCENT / 100;
	set_compaction_threads();
	b->cache = rocksdb_cache_create_lru(shared * CACHE_PERCENT / 100);
	pthread_mutex_init(&b->lock, NULL);
	pthread_cond_init(&b->flush_ended, NULL);
	*out = b;
	return 0;
}

void budget_free(struct budget **budget)
{
	struct budget *b = *budget;

	if (!b)
		return;
	CHECK(b->members == NULL);
	while (b->region_count > 0)
		region_clear(&b->regions[--b->region_count]);
	rocksdb_cache_destroy(b->cache);
	pthread_cond_destroy(&b->flush_ended);
	pthread_mutex_destroy(&b->lock);
	free(b);
	*budget = NULL;
}

uint64_t budget_client_queue_bytes(const struct budget *budget)
{
	return budget->clients_bytes;
}

uint64_t budget_total(const struct budget *budget)
{
	return budget->total;
}

uint64_t budget_filter_share(const struct budget *budget)
{
	return budget->filter_share;
}

void *budget_block_cache(const struct budget *budget)
{
	return budget->cache;
}

static uint64_t kept_bytes(const struct budget *b)
{
	uint64_t bytes = 0;

	for (size_t i = 0; i < b->region_count; i++)
		bytes += b->regions[i].committed;
	return bytes;
}

uint64_t budget_used(const struct budget *budget)
{
	struct budget *b = (struct budget *)budget; // only its lock is written
	uint64_t used = FIXED + b->clients_bytes * (uint64_t)b->clients + rocksdb_cache_get_usage(b->cache);

	pthread_mutex_lock(&b->lock);
	for (struct budget_member *m = b->members; m; m = m->next)
		used += FIXED_PER_SHARD + m->active_bytes + m->spare_bytes + m->frozen_bytes + m->filter_bytes;
	used += kept_bytes(b);
	pthread_mutex_unlock(&b->lock);
	return used;
}

void budget_join(struct budget *b, struct budget_member *member)
{
	pthread_mutex_lock(&b->lock);
	member->next = b->members;
	b->members = member;
	pthread_mutex_unlock(&b->lock);
}

void budget_leave(struct budget *b, struct budget_member *member)
{
	pthread_mutex_lock(&b->lock);
	struct budget_member **link = &b->members;
	while (*link != member)
		link = &(*link)->next;
	*link = member->next;
	pthread_mutex_unlock(&b->lock);
}

// Asks the largest table but `member`'s to flush at its next commit, if `member`'s is not the largest.
static bool is_largest(struct budget *b, struct budget_member *member)
{
	struct budget_member *largest = member;

	for (struct budget_member *m = b->members; m; m = m->next)
		if (m->active_bytes > largest->active_bytes)
			largest = m;
	if (largest != member)
		largest->asked = true;
	return largest == member;
}

enum budget_advice budget_advise(struct budget *b, struct budget_member *member)
{
	uint64_t active = 0, frozen = 0;
	enum budget_advice advice = BUDGET_GO_ON;

	if (atomic_exchange(&member->asked, false) || member->active_bytes > TABLE_MOST)
		advice = BUDGET_FREEZE;
	pthread_mutex_lock(&b->lock);
	for (struct budget_member *m = b->members; m; m = m->next) {
		active += m->active_bytes;
		frozen += m->frozen_bytes;
	}
	if (active > b->tables_bytes * ACTIVE_PERCENT / 100 && is_largest(b, member))
		advice = BUDGET_FREEZE;
	if (active + frozen > b->tables_bytes)
		advice = BUDGET_WAIT;
	pthread_mutex_unlock(&b->lock);
	return advice;
}

// With the lock held.
static bool is_over(const struct budget *b)
{
	uint64_t bytes = kept_bytes(b);

	for (const struct budget_member *m = b->members; m; m = m->next)
		bytes += m->active_bytes + m->spare_bytes + m->frozen_bytes;
	return bytes > b->tables_bytes;
}

// With the lock held.
static void give_up_regions(struct budget *b)
{
	while (b->region_count > 0 && is_over(b))
		region_clear(&b->regions[--b->region_count]);
}

void budget_keep_region(struct budget *b, struct region *region)
{
	pthread_mutex_lock(&b->lock);
	uint64_t most = b->tables_bytes * KEPT_PERCENT / 100, kept = kept_bytes(b);
	if (b->region_count < REGIONS_MOST && kept + REGION_STEP <= most) {
		region_shed(region, most - kept);
		b->regions[b->region_count++] = *region;
		*region = (struct region){0};
	}
	give_up_regions(b);
	pthread_mutex_unlock(&b->lock);
	region_clear(region);
}

void budget_take_region(struct budget *b, struct region *out)
{
	*out = (struct region){0};
	pthread_mutex_lock(&b->lock);
	if (b->region_count > 0)
		*out = b->regions[--b->region_count];
	pthread_mutex_unlock(&b->lock);
}

bool budget_is_short(struct budget *b)
{
	pthread_mutex_lock(&b->lock);
	give_up_regions(b);
	bool is_short = is_over(b);
	pthread_mutex_unlock(&b->lock);
	return is_short;
}

void budget_flush_begin(struct budget *b)
{
	pthread_mutex_lock(&b->lock);
	while (b->flushes >= FLUSHES_MOST)
		pthread_cond_wait(&b->flush_ended, &b->lock);
	b->flushes++;
	pthread_mutex_unlock(&b->lock);
}

void budget_flush_end(struct budget *b)
{
	pthread_mutex_lock(&b->lock);
	b->flushes--;
	pthread_cond_signal(&b->flush_ended);
	pthread_mutex_unlock(&b->lock);
}
