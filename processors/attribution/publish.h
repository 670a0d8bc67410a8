// SPDX-License-Identifier: Apache-2.0
// The end of a run: every conversion that something touched is evaluated by F, and what differs from what was published is emitted, stored, and
// said in deltas.
#pragma once
#include "processors/attribution/step.h"
#include "schemas/wire.h"

struct publish_topics {
	int attributed_conversions, attribution_credits; // topic indexes
	int32_t partition;
	struct wire_header conversion_header, credit_header;
};

int publish_run(struct step_shard *shard, const struct publish_topics *topics, struct emit *emit, struct err *err) MUST_USE;

// Recovery: one record that was published, into the state.
int publish_again(struct step_shard *shard, const struct attributed_conversion *published, struct err *err) MUST_USE;
