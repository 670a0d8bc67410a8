// SPDX-License-Identifier: Apache-2.0
// The sink's process and its disk over a cluster in memory: the real role, shard, commit and recovery code, one step at a time, with a clock that the case sets.
#pragma once
#include "processors/events-sink/events_sink.h"
#include "processors/events-sink/export_role.h"
#include "runtime/restore.h"
#include "state/budget.h"
#include "tests/sim/sim_bus.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim_sink/sink_model.h"

enum { SINK_PATH = 300 };

// How often, over all cases: what never happens is not tested.
struct sink_totals {
	uint64_t records, commits, in_doubt, aborts, kills, left, restores, lost_disks, older_disks, compacted, retries, verdicts[8];
};

struct sink_world {
	struct sim_random random;
	struct sim_kafka *kafka;
	struct sink_model model;
	struct sim_faults faults;
	struct sim_disk_faults disk_faults;
	struct config *config;
	struct export_role *role;
	struct budget *budget;
	struct sim_bus *bus; // NULL: not running
	struct shard *shard;
	bool live, leaving;
	char root[SINK_PATH], directory[SINK_PATH];
	int tokens[SINK_TENANTS]; // that stand in the files
	bool orders;              // the role is order-sync
	struct wire_header header;
	struct sink_totals *totals;
};

extern int64_t sink_clock; // ms since 1970

void sink_world_open(struct sink_world *w, uint64_t seed, const char *root, struct sink_totals *totals);
void sink_world_close(struct sink_world *w);

// A conversion is told, for the first time or anew.
void sink_world_tell(struct sink_world *w);
void sink_world_work(struct sink_world *w, size_t most);
void sink_world_commit(struct sink_world *w);
void sink_world_flush(struct sink_world *w);
// Told to stop, it begins nothing new, waits a while for answers, and goes.
void sink_world_leave(struct sink_world *w);
void sink_world_kill(struct sink_world *w, bool flushed);
// Older records of a key go from input and results.
void sink_world_compact(struct sink_world *w);
// The file of this tenant holds this token; -1: there is none.
void sink_world_write_token(struct sink_world *w, int tenant, int number);

bool sink_world_is_quiet(const struct sink_world *w);
// Nothing of the shard is open, by any of its counts.
void sink_world_check_empty(const struct sink_world *w);
// A number for all rows: names and results.
uint64_t sink_world_rows(struct sink_world *w);
// Reads of the store fail as its commits do.
void sink_world_fail_reads(struct sim_random *random, const struct sim_disk_faults *faults);
