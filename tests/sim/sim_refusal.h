// SPDX-License-Identifier: Apache-2.0
// At the end of a case the ground is taken from under one partition, in one of the ways that recovery must see and refuse.
#pragma once
#include "tests/sim/sim_world.h"

void sim_refusal_try(struct sim_world *w, struct sim_worker *worker);
