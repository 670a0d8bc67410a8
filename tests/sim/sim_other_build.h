// SPDX-License-Identifier: Apache-2.0
// A build that rounds otherwise was at work for a moment: one of its outputs, with its deltas, is the latest.
#pragma once
#include "tests/sim/sim_world.h"

// Nothing while a worker has the partition.
void sim_other_build_publish(struct sim_world *w, int32_t partition);
