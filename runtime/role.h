// SPDX-License-Identifier: Apache-2.0
// One role of this process: its topics checked, its identity checked, its workers started and stopped.
#pragma once
#include "runtime/worker.h"

struct role;
struct rd_kafka_s; // any client of runtime/kafka.h

struct role_options {
	const struct config *config;
	const struct processor *processor;
	void *role_state;
	int workers; // 0: one per core
	int64_t commit_interval_ms;
	int failure_budget_percent;
	uint64_t memory;   // its share of state.memory; 0: all of it
	size_t flood_keep; // landings kept per user and hour (state/store.h)
	// Does the cluster fit (runtime/validate.h)? At the start; at every assignment.
	int (*validate)(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t *partitions,
		struct err *err);
	int (*validate_again)(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t partitions,
		struct err *err);
};

struct role_place {
	const char *instance; // of the process
	const char *address;  // of the admin port
	struct status *status;
	struct admin_mail *mail;
	int first_slot; // of both; one per worker from here
};

struct role *role_new(const struct role_options *options);
void role_free(struct role **role); // after role_join
int role_workers(const struct role *role);

// A thread waits for a broker, checks the cluster and the state directory, and starts the workers. `place` is copied, its texts are not.
void role_start(struct role *role, const struct role_place *place);
void role_stop(struct role *role, int64_t flush_ms);
// Has something of it ended? Has everything?
bool role_any_ended(const struct role *role);
bool role_all_ended(const struct role *role);
// Bytes of state, and what they may come to; 0 while the role is starting.
void role_memory(const struct role *role, uint64_t *used, uint64_t *budget);
// The role's own gauges (processor.h). By one thread.
void role_measure(const struct role *role);
// After all have ended. -1: the first failure.
int role_join(struct role *role, struct err *err) MUST_USE;
