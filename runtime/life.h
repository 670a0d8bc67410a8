// SPDX-License-Identifier: Apache-2.0
// The life of a process that runs roles: admin port, workers, signals, the order of start and stop.
//
//   SIGTERM, SIGINT   commit, flush and leave within 25 s; exit code 0
//   a second one      end at once; exit code 1
//   a worker fails    the others leave in order; exit code 1
#pragma once
#include "runtime/role.h"

// Blocks the signals that end a process, so that threads started later do not get them. Before any thread.
void life_block_signals(void);

// When a process that does something once has done it: asked while every shard that it is assigned is live. By the main thread.
struct life_end {
	bool (*reached)(void *context);
	void *context;
};

// Runs until a signal, a failure, or the end that is given (NULL: there is none). FATAL with the first failure's words.
int life_run(const struct config *config, struct role *const *roles, size_t count, const struct life_end *end, struct err *err) MUST_USE;
