// SPDX-License-Identifier: Apache-2.0
// The body of a worker, for its own files alone.
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "runtime/failure_budget.h"
#include "runtime/restorer.h"
#include "runtime/worker.h"
#include "runtime/worker_numbers.h"

// One assigned partition.
struct worker_shard {
	int32_t partition;
	struct shard *shard; // NULL: being restored
	char *directory;
	bool announced;                     // its offsets have been committed since it went live
	int64_t committed[POSITION_INPUTS]; // next offsets as of the last commit
	struct worker_numbers numbers;
};

struct worker {
	struct worker_options options;
	pthread_t thread;
	_Atomic bool stop, ended;
	_Atomic int64_t flush_ms;
	struct err failure; // class ERR_NONE: none. Read by others after the thread has ended

	struct bus *bus;
	struct restorer *restorer;
	int wake_fd;
	struct worker_shard *shards; // sorted by partition
	size_t shard_count, turn;    // whose turn is first
	struct bus_offset *offsets;  // room for all inputs of all shards
	struct shard **live;         // room for all shards
	struct failure_budget budgets[POSITION_INPUTS];
	struct worker_totals totals;

	int64_t dirty_since_ms; // steady; 0: nothing is uncommitted
	bool commit_now;
	int64_t idle_until_ms; // backing off
	int64_t status_due_ms;
	uint64_t records_since_commit;
	int aborts_in_a_row, retries_in_a_row;
};

// worker_shards.c: inside the poll
void worker_shards_assigned(void *worker, const int32_t *partitions, size_t count);
void worker_shards_revoked(void *worker, bool lost);
int worker_shards_take(struct worker *w, struct err *err) MUST_USE; // those that the restorer has finished
void worker_shards_close(struct worker *w, int64_t flush_ms);       // flushes first, as long as the time lasts
void worker_shards_show(struct worker *w);
void worker_shards_note(const struct worker *w, struct worker_shard *s); // where it stands is committed
size_t worker_shards_live(struct worker *w);                             // into w->live

// worker_commit.c
bool worker_commit_is_due(const struct worker *w, int64_t now_ms);
int worker_commit(struct worker *w, struct err *err) MUST_USE; // 0 also where there is nothing to commit
int worker_abort(struct worker *w, const struct err *why, struct err *err) MUST_USE;

// The first failure stays.
void worker_fail(struct worker *w, const struct err *err);
