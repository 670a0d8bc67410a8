// SPDX-License-Identifier: Apache-2.0
// A worker's metrics. What became of records is the processor's to count.
#pragma once
#include "base/metrics.h"
#include "runtime/processor.h"
#include "runtime/status.h"

struct worker_totals {
	struct metrics_slot *committed, *aborted, *rebalances, *duration, *restored;
};

struct worker_numbers {
	struct metrics_slot *lag[POSITION_INPUTS], *time_lag[POSITION_INPUTS];
	struct metrics_slot *table, *disk, *memory, *progress;
};

void worker_totals_init(struct worker_totals *totals);
void worker_numbers_init(struct worker_numbers *numbers, const struct processor *processor, const char *const *topic_names,
	int32_t partition);
void worker_numbers_hide(struct worker_numbers *numbers);
// From the same snapshot that status gets.
void worker_numbers_show(struct worker_numbers *numbers, const struct status_shard *shard);
