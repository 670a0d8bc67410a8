// SPDX-License-Identifier: Apache-2.0
// What the workers of this process are doing, readable from other threads: the admin port prints it, readiness and liveness are judged by it.
// One `struct status` per process, made before threads start. Each worker fills its own slots; everything is copied under one mutex, and
// `status_turned`, which is called in every turn of a loop, is one atomic store.
//
//   worker:  status_turned() every turn, idle ones too; status_worker_put() when it joins, works, stops;
//            status_shard_put() when a shard is assigned, changes state, and at most once a second while it lives or restores;
//            status_shard_gone() when it is revoked; status_committed() after each commit in Kafka.
#pragma once
#include <stdint.h>

#include "base/bytes.h"
#include "runtime/position.h"

enum status_worker_state { STATUS_STARTING, STATUS_JOINING, STATUS_WORKING, STATUS_STOPPING, STATUS_FAILED };
enum status_shard_state { STATUS_WAITING, STATUS_RESTORING, STATUS_LIVE, STATUS_CLOSED };
enum { STATUS_WORD = 80 };

struct status_input {
	const char *topic;   // lives as long as the process (of the config)
	int64_t next;        // what the loop reads next; -1: nothing yet
	int64_t committed;   // -1: no commit
	int64_t high;        // end of the partition as last heard; -1: unknown
	int64_t stream_time; // POSITION_NO_TIME: none
};

struct status_shard {
	int32_t partition;
	enum status_shard_state state;
	struct status_input inputs[POSITION_INPUTS];
	int input_count;
	int64_t horizon;                     // POSITION_NO_TIME: none
	int64_t output_next;                 // -1: unknown
	int64_t restore_done, restore_total; // records by offsets
	uint64_t table_bytes, disk_bytes, memory_bytes;
	int64_t since_ms; // wall time of the last change of state; status_shard_put keeps it up
};

struct status_worker {
	const char *role; // lives as long as the process
	char client_id[STATUS_WORD * 2];
	enum status_worker_state state;
	char problem[STATUS_WORD * 2]; // of the last ABORT, RETRY or FATAL: its code and words, cut; "" if none
	int64_t last_turn_ms;          // steady; kept up by status_turned
	int64_t last_commit_ms;        // wall; 0: none yet; kept up by status_committed
	uint64_t commits;
	struct status_shard *shards; // sorted by partition
	size_t shard_count;
};

struct status;

struct status_options {
	const char *run, *instance; // copied
	int workers;                // of all roles together; slots are numbered from 0
	int64_t turn_budget_ms;     // a loop that has not turned for so long is stuck; 0 = 30 s
};

struct status *status_new(const struct status_options *options);
void status_free(struct status **status); // after all threads have ended

void status_worker_put(struct status *status, int worker, const char *role, const char *client_id, enum status_worker_state state);
void status_problem(struct status *status, int worker, const struct err *err); // NULL: none any more
void status_turned(struct status *status, int worker);
void status_committed(struct status *status, int worker);
// Adds, or replaces the one with this partition.
void status_shard_put(struct status *status, int worker, const struct status_shard *shard);
// The restore thread, between the worker's own puts. Nothing happens if the worker has no such shard.
void status_restore_put(struct status *status, int worker, int32_t partition, int64_t done, int64_t total);
void status_shard_gone(struct status *status, int worker, int32_t partition);

// What a role says of itself on the page, beside its workers: `describe` appends one JSON value, asked by the admin port's threads at every page. `role` and
// `state` outlive them. As many roles as STATUS_ROLES_MAX.
enum { STATUS_ROLES_MAX = 8 };
void status_describe(struct status *status, const char *role, void (*describe)(void *state, struct buf *json), void *state);

// A copy of everything, consistent.
struct status_view {
	char run[STATUS_WORD], instance[STATUS_WORD];
	int64_t started_ms; // wall
	struct status_worker *workers;
	size_t worker_count;
};
void status_read(struct status *status, struct status_view *out);
void status_view_clear(struct status_view *view);

// Has every loop turned within its budget? If not, `why` says which and for how long. A worker that has not begun is not stuck.
bool status_is_live(struct status *status, struct buf *why);
// Is every worker at work and each of its shards live? If not, `why` says which are not, a line each.
bool status_is_ready(struct status *status, struct buf *why);
// JSON of all of it.
void status_print(struct status *status, struct buf *out);

const char *status_worker_state_name(enum status_worker_state state);
const char *status_shard_state_name(enum status_shard_state state);
