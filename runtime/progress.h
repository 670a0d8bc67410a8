// SPDX-License-Identifier: Apache-2.0
// Restores shown to people: a bar on a terminal, else a log line every five seconds. One thread.
#pragma once
#include "runtime/status.h"

struct progress {
	bool terminal, drawn;
	int64_t next_ms;                  // steady
	int64_t rate_since_ms, rate_done; // for records per second
};

// What all restoring shards of the process come to.
struct progress_sum {
	int restoring, waiting;
	int32_t partition; // the smallest that is restoring; -1
	int64_t done, total;
};

void progress_sum(const struct status_view *view, struct progress_sum *out);
// One line without its end: bar, share, records, rate, time left. `rate` in records per second, 0 = not known.
void progress_bar(const struct progress_sum *sum, int64_t rate, struct buf *out);
// Called often; prints when it is time to.
void progress_show(struct progress *progress, struct status *status, int64_t now_ms);
