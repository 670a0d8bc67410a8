// SPDX-License-Identifier: Apache-2.0
// Metrics of the process as a whole: what is built, how many shards are in which state, memory.
#pragma once
#include "runtime/status.h"

void process_numbers_built(void); // once
// `used` and `budget`: bytes of state, and what they may come to; 0 = not known yet.
void process_numbers_show(struct status *status, uint64_t used, uint64_t budget);
