// SPDX-License-Identifier: Apache-2.0
#include "runtime/process_numbers.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>

#include "base/metrics.h"
#include "base/own.h"
#include "base/version.h"

void process_numbers_built(void)
{
	struct version_library kafka[VERSION_LIBRARIES_MAX], rocksdb[VERSION_LIBRARIES_MAX];

	metrics_set(metrics_slot(METRICS_BUILD_INFO, version_text(), version_of("librdkafka", kafka), version_of("rocksdb", rocksdb)), 1);
}

static uint64_t resident_bytes(void)
{
	OWN(own_file) FILE *f = fopen("/proc/self/statm", "re");
	uint64_t size, resident;

	if (!f || fscanf(f, "%" SCNu64 " %" SCNu64, &size, &resident) != 2)
		return 0;
	return resident * (uint64_t)sysconf(_SC_PAGESIZE);
}

static void show_shards(struct status *status)
{
	OWN(status_view_clear) struct status_view view;
	int counts[STATUS_CLOSED + 1] = {0};

	status_read(status, &view);
	for (size_t w = 0; w < view.worker_count; w++)
		for (size_t i = 0; i < view.workers[w].shard_count; i++)
			counts[view.workers[w].shards[i].state]++;
	for (int state = STATUS_WAITING; state < STATUS_CLOSED; state++)
		metrics_set(metrics_slot(METRICS_SHARDS, status_shard_state_name((enum status_shard_state)state)), counts[state]);
}

void process_numbers_show(struct status *status, uint64_t used, uint64_t budget)
{
	show_shards(status);
	metrics_set(metrics_slot(METRICS_MEMORY, "resident"), (double)resident_bytes());
	if (budget == 0)
		return;
	metrics_set(metrics_slot(METRICS_MEMORY, "state"), (double)used);
	metrics_set(metrics_slot(METRICS_MEMORY, "budget"), (double)budget);
}
