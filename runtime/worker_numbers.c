// SPDX-License-Identifier: Apache-2.0
#include "runtime/worker_numbers.h"

#include <inttypes.h>
#include <stdio.h>

#include "base/now.h"

void worker_totals_init(struct worker_totals *t)
{
	t->committed = metrics_slot(METRICS_COMMITS, "committed");
	t->aborted = metrics_slot(METRICS_COMMITS, "aborted");
	t->rebalances = metrics_slot(METRICS_REBALANCES);
	t->duration = metrics_slot(METRICS_COMMIT_DURATION);
	t->restored = metrics_slot(METRICS_RESTORE_RECORDS);
}

void worker_numbers_init(struct worker_numbers *n, const struct processor *processor, const char *const *topic_names, int32_t partition)
{
	char number[16];

	*n = (struct worker_numbers){0};
	snprintf(number, sizeof number, "%" PRId32, partition);
	for (int i = 0; i < processor->input_count; i++) {
		n->lag[i] = metrics_slot(METRICS_LAG_RECORDS, topic_names[i], number);
		n->time_lag[i] = metrics_slot(METRICS_EVENT_TIME_LAG, topic_names[i], number);
	}
	n->table = metrics_slot(METRICS_STORE_BYTES, number, "table");
	n->disk = metrics_slot(METRICS_STORE_BYTES, number, "disk");
	n->memory = metrics_slot(METRICS_STORE_BYTES, number, "memory");
	n->progress = metrics_slot(METRICS_RESTORE_PROGRESS, number);
}

void worker_numbers_hide(struct worker_numbers *n)
{
	for (int i = 0; i < POSITION_INPUTS; i++) {
		if (n->lag[i])
			metrics_hide(n->lag[i]);
		if (n->time_lag[i])
			metrics_hide(n->time_lag[i]);
	}
	metrics_hide(n->table);
	metrics_hide(n->disk);
	metrics_hide(n->memory);
	metrics_hide(n->progress);
}

void worker_numbers_show(struct worker_numbers *n, const struct status_shard *s)
{
	int64_t now = now_wall_ms();

	for (int i = 0; i < s->input_count; i++) {
		const struct status_input *in = &s->inputs[i];

		if (in->high >= 0 && in->committed >= 0)
			metrics_set(n->lag[i], (double)(in->high > in->committed ? in->high - in->committed : 0));
		if (in->stream_time != POSITION_NO_TIME)
			metrics_set(n->time_lag[i], (double)(now - in->stream_time));
	}
	metrics_set(n->table, (double)s->table_bytes);
	metrics_set(n->disk, (double)s->disk_bytes);
	metrics_set(n->memory, (double)s->memory_bytes);
	if (s->state == STATUS_LIVE)
		metrics_set(n->progress, 1);
	else if (s->restore_total > 0)
		metrics_set(n->progress, (double)s->restore_done / (double)s->restore_total);
}
