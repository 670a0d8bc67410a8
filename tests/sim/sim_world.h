// SPDX-License-Identifier: Apache-2.0
// Workers with their disks, over one cluster: the real shard, commit and recovery code of the attribution role, one step at a time, in an order that chance
// gives. What must hold at each step is checked at each step.
#pragma once
#include "runtime/restore.h"
#include "state/budget.h"
#include "tests/sim/sim_bus.h"
#include "tests/sim/sim_check.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_input.h"

enum { SIM_WORKERS = 2, SIM_GOALS = 2, SIM_PATH = 300 };

struct sim_seat {
	struct shard *shard; // NULL: not open
	bool live;
	char directory[SIM_PATH];
};

struct sim_worker {
	int id;
	struct sim_bus *bus; // NULL: not running
	struct sim_seat seats[SIM_PARTITIONS];
	bool frozen; // its partitions were given to another; it does not know
};

// How often something went wrong, over all cases: what never happens is not tested.
struct sim_totals {
	uint64_t records, commits, aborts, kills, in_doubt, restores, restored_records, lost_disks, older_disks, rebalances, frozen,
		other_builds, refusals, retries;
};

struct sim_world {
	struct sim_random random;
	const struct sim_inputs *inputs;
	size_t revealed;
	struct sim_kafka *kafka;
	struct sim_check *check;
	struct sim_faults faults;
	struct sim_disk_faults disk_faults;
	void *role;
	struct budget *budget;
	struct shard_options shard_options;
	struct position_goal goals[SIM_GOALS];
	struct restore_options restore;
	int32_t partitions;
	int owners[SIM_PARTITIONS]; // worker by partition
	struct sim_worker workers[SIM_WORKERS];
	struct sim_commit older[SIM_PARTITIONS][POSITION_INPUTS]; // the commits of some time ago
	struct sim_totals *totals;
};

void sim_world_open(struct sim_world *w, uint64_t seed, const struct sim_inputs *inputs, int32_t partitions, const char *root,
	struct sim_totals *totals);
void sim_world_close(struct sim_world *w);

void sim_world_reveal(struct sim_world *w, size_t n); // the next records arrive
// Opens and restores the seat's shard, as far as this try comes. 0: live; -1: RETRY or FATAL in err.
int sim_world_bring_up(struct sim_world *w, struct sim_worker *worker, int32_t partition, struct err *err);
void sim_world_work(struct sim_world *w, struct sim_worker *worker, size_t most);
void sim_world_commit(struct sim_world *w, struct sim_worker *worker);
// As kill -9. `flushed`: what its stores' flushers were at was written.
void sim_world_kill(struct sim_world *w, struct sim_worker *worker, bool flushed);
void sim_world_flush(struct sim_world *w, struct sim_worker *worker); // between transactions

bool sim_world_is_done(const struct sim_world *w, const struct sim_worker *worker); // all revealed, consumed and committed
void sim_world_check_positions(struct sim_world *w);
// The store holds what was published, and nothing else.
void sim_world_check_store(struct sim_world *w, struct sim_worker *worker, int32_t partition);
// What the partition's committed metadata says.
void sim_world_committed(struct sim_world *w, int32_t partition, struct position *out);
// From when on clicks may still be needed; INT64_MIN: all.
int64_t sim_world_needed_since(struct sim_world *w, int32_t partition);
// A number for the clicks that a store holds and that may still be needed, whatever their order.
uint64_t sim_world_clicks_sum(struct sim_world *w, struct sim_worker *worker, int32_t partition);
