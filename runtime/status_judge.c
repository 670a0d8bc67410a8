// SPDX-License-Identifier: Apache-2.0
// Liveness and readiness out of a snapshot.
#include <inttypes.h>

#include "base/now.h"
#include "base/own.h"
#include "runtime/status_slots.h"

bool status_is_live(struct status *status, struct buf *why)
{
	OWN(status_view_clear) struct status_view view;
	int64_t now_ms = now_steady_ms();
	bool live = true;

	status_read(status, &view);
	for (size_t i = 0; i < view.worker_count; i++) {
		const struct status_worker *w = &view.workers[i];
		int64_t still_ms = w->last_turn_ms ? now_ms - w->last_turn_ms : 0;

		if (w->state == STATUS_FAILED)
			buf_addf(why, "worker %zu (%s) has failed: %s\n", i, w->role, w->problem);
		else if (still_ms > status->turn_budget_ms)
			buf_addf(why, "worker %zu (%s) has not turned for %" PRId64 " ms, over its budget of %" PRId64 " ms\n", i, w->role, still_ms,
				status->turn_budget_ms);
		else
			continue;
		live = false;
	}
	return live;
}

static bool shard_is_ready(const struct status_worker *w, const struct status_shard *s, struct buf *why)
{
	if (s->state == STATUS_LIVE)
		return true;
	buf_addf(why, "shard %" PRId32 " (%s) is %s", s->partition, w->role, status_shard_state_name(s->state));
	if (s->state == STATUS_RESTORING)
		buf_addf(why, ", %" PRId64 " of %" PRId64 " records", s->restore_done, s->restore_total);
	buf_add_text(why, "\n");
	return false;
}

bool status_is_ready(struct status *status, struct buf *why)
{
	OWN(status_view_clear) struct status_view view;
	bool ready = true;

	status_read(status, &view);
	for (size_t i = 0; i < view.worker_count; i++) {
		const struct status_worker *w = &view.workers[i];

		if (w->state != STATUS_WORKING) {
			buf_addf(why, "worker %zu (%s) is %s\n", i, w->role, status_worker_state_name(w->state));
			ready = false;
		}
		for (size_t k = 0; k < w->shard_count; k++)
			ready &= shard_is_ready(w, &w->shards[k], why);
	}
	return ready;
}
