// SPDX-License-Identifier: Apache-2.0
// A row of a report as it is published, and the few bytes by which it is known again.
#pragma once
#include "processors/spend-ingest/haul.h"

// Whose rows they are.
struct snapshot_of {
	struct view tenant, advertiser, day_zone, currency;
};

// `day`: the row's, as text. Costs are computed here, from the sums, rounded half to even.
void snapshot_fill(const struct snapshot_of *of, const struct haul_row *row, int64_t fetched_at, struct view day,
	struct report_snapshot *out);

enum { SNAPSHOT_GONE = 0, SNAPSHOT_ZERO = 1 };

// Of all that the row says but fetched_at and what is computed. SNAPSHOT_ZERO: nothing happened, which TikTok says by zeros or by no row at all.
uint64_t snapshot_digest(const struct report_snapshot *snapshot, struct buf *spare);
