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

// Runs until a signal or a failure. FATAL with the first failure's words.
int life_run(const struct config *config, struct role *const *roles, size_t count, struct err *err) MUST_USE;
