// SPDX-License-Identifier: Apache-2.0
// Do a role's topics fit together? Inputs and outputs by shard have one partition count, and it is the run's. Pure.
#pragma once
#include "runtime/processor.h"

// `counts` by topic index, -1 = no such topic. `run_partitions`: the run's first count; 0 = not known yet. FATAL topic_missing, partitions_differ,
// partitions_changed; else the count is in *partitions.
int copartition_check(const struct processor *processor, const char *const *topics, const int32_t *counts, int32_t run_partitions,
	int32_t *partitions, struct err *err) MUST_USE;
