// SPDX-License-Identifier: Apache-2.0
// One case: inputs, a run with everything that can go wrong, the same inputs undisturbed, and one thing that must be refused.
#pragma once
#include "tests/sim/sim_world.h"

void sim_case_run(uint64_t seed, bool verbose, const char *root, struct sim_totals *totals);
