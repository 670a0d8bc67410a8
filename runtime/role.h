// SPDX-License-Identifier: Apache-2.0
// One role of this process: its topics checked, its identity checked, its workers started and stopped.
#pragma once
#include "runtime/worker.h"

struct role;

struct role_options {
	const struct config *config;
	const struct processor *processor;
	void *role_state;
	int workers; // 0: one per core, and no more than there are partitions
	int64_t commit_interval_ms;
	int failure_budget_percent;
	size_t flood_keep; // landings kept per user and hour (state/store.h)
};

// Asks the cluster and checks: every topic exists, inputs and outputs by shard have one partition count, the state directory is of this run.
// FATAL topic_missing, partitions_differ, and what identity_check says. RETRY: no broker answers.
int role_new(const struct role_options *options, struct role **out, struct err *err) MUST_USE;
void role_free(struct role **role); // after its workers have ended

int role_workers(const struct role *role);
// `instance`: of the process. `address`: of the admin port, or NULL. Slots of status and mail are numbered from `first_slot`.
void role_start(struct role *role, const char *instance, const char *address, struct status *status, struct admin_mail *mail, int first_slot);
void role_stop(struct role *role, int64_t flush_ms);
// Has one of its workers ended? Has every one?
bool role_any_ended(const struct role *role);
bool role_all_ended(const struct role *role);
// After all have ended. -1: the first failure.
int role_join(struct role *role, struct err *err) MUST_USE;
