// SPDX-License-Identifier: Apache-2.0
// One worker's bus over the cluster in memory, with faults: everything that the contract in runtime/bus.h allows to go wrong does, sooner or later. What
// it lends out is freed when the contract says so, so that a view that lives longer is found by AddressSanitizer.
#pragma once
#include "tests/sim/sim_kafka.h"
#include "tests/sim/sim_random.h"

// Each per mille of the calls that it can happen to.
struct sim_faults {
	int crash;     // any call: the process is gone; what was done stays done
	int retry;     // fetch, begin, and what recovery asks
	int abort;     // fetch, send, commit
	int in_doubt;  // commit: FATAL, and it happened, or will, or will not
	int few;       // fetch and reader: less than there is, or nothing
	int late_end;  // fetch: at the end, but the broker has not said so
	int no_report; // delivery reports that come after the commit
};

struct sim_bus;

struct sim_bus_options {
	struct sim_kafka *kafka;
	struct sim_random *random;
	const struct sim_faults *faults; // read at each call
	int owner;                       // of transactions
	int restore_topic;
	size_t topic_limits[SIM_TOPICS]; // bytes; 0: none
};

// Joins the group at its present generation, and settles what the owner left open.
struct sim_bus *sim_bus_new(const struct sim_bus_options *options);
void sim_bus_free(struct sim_bus **bus); // as a process that is gone: its transaction stays open
struct bus *sim_bus_of(struct sim_bus *bus);
bool sim_bus_has_crashed(const struct sim_bus *bus);
bool sim_bus_in_transaction(const struct sim_bus *bus);
void sim_bus_join(struct sim_bus *bus); // the present generation
