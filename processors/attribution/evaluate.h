// SPDX-License-Identifier: Apache-2.0
// One known conversion through F: what its output must say now.
#pragma once
#include "processors/attribution/step.h"

// Fills known->now but for `previous`. The person is loaded and its landings are trimmed by the flood rule.
void evaluate_known(struct step_shard *shard, const struct person *person, struct known *known);
