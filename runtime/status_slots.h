// SPDX-License-Identifier: Apache-2.0
// What is behind `struct status`: for status*.c only.
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "runtime/status.h"

enum { STATUS_TURN_BUDGET_MS = 30000 };

struct status_role {
	const char *role;
	void (*describe)(void *state, struct buf *json);
	void *state;
};

struct status {
	pthread_mutex_t lock;
	struct status_view view; // under the lock, as the two below
	struct status_role roles[STATUS_ROLES_MAX];
	size_t role_count;
	_Atomic int64_t *turned; // per worker, steady ms; 0: has not begun
	int64_t turn_budget_ms;
};
