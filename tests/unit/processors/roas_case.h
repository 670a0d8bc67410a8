// SPDX-License-Identifier: Apache-2.0
// One shard of a role on a log in memory, with its store on a disk that can be lost: the runtime's own shard, commit and recovery. The latest committed output of
// each key is kept. Include it first.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>

#include "runtime/bus_memory.h"
#include "runtime/processor.h"
#include "runtime/restore.h"
#include "runtime/shard.h"
#include "schemas/contract.h"
#include "schemas/wire.h"
#include "state/budget.h"

enum { ROAS_KEYS = 20000, ROAS_RECORDS = 20000 };

struct roas_output {
	struct view key, value; // value absent: deleted
	int32_t partition;
};

struct roas_record {
	struct view key, value;
};

struct roas_case {
	const struct processor *processor;
	void *role;
	char root[64], directory[80];
	struct budget *budget;
	struct bus *bus;
	struct shard *shard;
	const char *names[4];
	struct arena arena;
	struct roas_output outputs[ROAS_KEYS];
	size_t output_count, told; // keys; committed emissions
	struct roas_record records[ROAS_RECORDS];
	size_t record_count;
};

static struct err case_err;

static inline void case_ok(int failed)
{
	if (failed)
		fail_msg("%s: %s", case_err.code, case_err.words);
}

static inline void case_heard(void *context, const struct emission *e)
{
	struct roas_case *c = context;
	size_t i = 0;

	if (e->topic != 1)
		return;
	while (i < c->output_count && !view_eq(c->outputs[i].key, e->key))
		i++;
	assert_true(i < ROAS_KEYS);
	if (i == c->output_count)
		c->outputs[c->output_count++].key = arena_dup(&c->arena, e->key);
	c->outputs[i].value = arena_dup(&c->arena, e->value);
	c->outputs[i].partition = e->partition;
	c->told++;
}

static inline void case_bus(struct roas_case *c)
{
	c->bus = bus_memory_new(&(struct bus_memory_options){.topic_count = c->processor->topic_count,
		.input_count = c->processor->input_count,
		.committed = case_heard,
		.context = c});
}

static inline struct roas_case *case_new(const struct processor *processor, void *role)
{
	struct roas_case *c = calloc(1, sizeof *c);

	assert_non_null(c);
	case_ok(contract_setup(&case_err));
	c->processor = processor;
	c->role = role;
	snprintf(c->root, sizeof c->root, "/tmp/lookback-roas-XXXXXX");
	assert_non_null(mkdtemp(c->root));
	snprintf(c->directory, sizeof c->directory, "%s/0", c->root);
	case_ok(budget_new(128 << 20, 1, 0, &c->budget, &case_err));
	for (int i = 0; i < processor->topic_count; i++)
		c->names[i] = processor->topics[i].key;
	case_bus(c);
	return c;
}

static inline int case_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void case_free(struct roas_case **at)
{
	struct roas_case *c = *at;

	shard_close(&c->shard);
	budget_free(&c->budget);
	bus_memory_free(&c->bus);
	arena_clear(&c->arena);
	nftw(c->root, case_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(c);
	*at = NULL;
}

// A process begins.
static inline void case_start(struct roas_case *c)
{
	const struct shard_options options = {.processor = c->processor,
		.role_state = c->role,
		.partitions = 8,
		.store = {.directory = c->directory, .budget = c->budget},
		.max_record = 1 << 20,
		.topic_names = c->names};
	struct restore_progress progress;

	case_ok(shard_open(&options, &c->shard, &case_err));
	bus_memory_rewind(c->bus);
	case_ok(restore_shard(c->shard, c->bus, &(struct restore_options){.start = RESTORE_EARLIEST}, &progress, &case_err));
	bus_memory_rewind(c->bus);
}

// Killed: nothing is flushed, the open transaction is gone.
static inline void case_kill(struct roas_case *c)
{
	shard_close(&c->shard);
	case_ok(c->bus->ops->abort(c->bus, &case_err));
}

static inline void case_put(struct roas_case *c, struct view key, struct view value)
{
	assert_true(c->record_count < ROAS_RECORDS);
	c->records[c->record_count++] = (struct roas_record){arena_dup(&c->arena, key), arena_dup(&c->arena, value)};
	bus_memory_put(c->bus, 0, 1000, key, value);
}

static inline void case_work(struct roas_case *c, size_t most)
{
	size_t did;

	case_ok(shard_work(c->shard, c->bus, most, &did, &case_err));
}

static inline void case_commit(struct roas_case *c)
{
	struct bus_offset offsets[POSITION_INPUTS];
	size_t n = 0;

	shard_offsets(c->shard, offsets, &n);
	case_ok(c->bus->ops->commit(c->bus, offsets, n, &case_err));
	case_ok(shard_committed(c->shard, c->bus, &case_err));
}

static inline void case_abort(struct roas_case *c)
{
	case_ok(c->bus->ops->abort(c->bus, &case_err));
	case_ok(shard_aborted(c->shard, c->bus, &case_err));
}

// Everything there is, committed.
static inline void case_settle(struct roas_case *c)
{
	for (int i = 0; i < 3; i++) {
		case_work(c, SIZE_MAX);
		case_commit(c);
	}
}

static inline bool case_is_latest(const struct roas_case *c, size_t i)
{
	for (size_t k = i + 1; k < c->record_count; k++)
		if (view_eq(c->records[k].key, c->records[i].key))
			return false;
	return true;
}

// The log is compacted; its commits stay. `deletions`: those that were read are gone, too.
static inline void case_compact(struct roas_case *c, bool deletions)
{
	struct bus_offset commits[POSITION_INPUTS];
	struct arena arena = {0};

	case_ok(c->bus->ops->committed(c->bus, 0, commits, &arena, &case_err));
	struct bus *before = c->bus;
	case_bus(c);
	for (size_t i = 0; i < c->record_count; i++)
		if (case_is_latest(c, i) && (c->records[i].value.p || !deletions || (int64_t)i >= commits[0].next))
			bus_memory_put(c->bus, 0, 1000, c->records[i].key, c->records[i].value);
		else
			bus_memory_skip(c->bus, 0);
	if (commits[0].next >= 0)
		case_ok(c->bus->ops->commit(c->bus, commits, (size_t)c->processor->input_count, &case_err));
	bus_memory_free(&before);
	arena_clear(&arena);
}

static inline void case_lose_disk(struct roas_case *c)
{
	nftw(c->directory, case_remove, 16, FTW_DEPTH | FTW_PHYS);
}

// The latest output of the key; NULL: none, or deleted.
static inline const struct roas_output *case_output(const struct roas_case *c, const char *key)
{
	for (size_t i = 0; i < c->output_count; i++)
		if (view_eq(c->outputs[i].key, view_text(key)))
			return c->outputs[i].value.p ? &c->outputs[i] : NULL;
	return NULL;
}

static inline uint64_t case_random(uint64_t *seed)
{
	*seed ^= *seed << 13;
	*seed ^= *seed >> 7;
	*seed ^= *seed << 17;
	return *seed;
}
