// SPDX-License-Identifier: Apache-2.0
// One thread with one member of the group and one transactional producer; it owns the shards that it is assigned. The thread
// polls, works its live shards in turn and commits; a restorer beside it brings new shards up. It never waits long outside the poll:
//
//   poll (rebalances) -> take restored shards -> work a bit of each -> commit when due -> sleep until something arrives
#pragma once
#include "runtime/admin_mail.h"
#include "runtime/restore.h"
#include "runtime/status.h"

struct worker;

struct worker_options {
	const struct config *config;
	const struct processor *processor;
	int slot;             // of status and mail
	const char *instance; // unique in the group, the same after a restart
	const char *client_id;
	const char *const *topic_names;
	const uint32_t *topic_limits;
	uint64_t lane_bytes;
	const char *state_directory; // of the role; a shard's is below it, by its number
	struct shard_options shard;  // for all: without partition, directory and judge
	struct restore_options start;
	int64_t commit_interval_ms;
	int failure_budget_percent;
	struct status *status;
	struct admin_mail *mail; // NULL: none
	// At every assignment: do the topics still fit? Called by the worker's thread.
	int (*check)(void *context, struct err *err);
	// A shard is live.
	int (*live)(void *context, struct err *err);
	void *context;
};

// The options are copied; what they point to must outlive the worker.
struct worker *worker_start(const struct worker_options *options);
// Asks it to commit, flush what `flush_ms` allows, and leave.
void worker_stop(struct worker *worker, int64_t flush_ms);
bool worker_has_ended(const struct worker *worker);
// Joins and frees. -1: it failed.
int worker_join(struct worker **worker, struct err *err) MUST_USE;
