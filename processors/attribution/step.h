// SPDX-License-Identifier: Apache-2.0
// One record of each input, judged and merged into what is known (docs/attribution.md 1 to 3). What these touch is evaluated by publish.h at
// the end of the run.
#pragma once
#include "base/metrics.h"
#include "crypto/digest.h"
#include "processors/attribution/judge.h"
#include "processors/attribution/person.h"
#include "runtime/position.h"
#include "runtime/record.h"

enum { INPUT_CLICKS, INPUT_ORDERS, INPUT_CONVERSIONS, INPUT_COUNT };

// What is counted per run and told to metrics at the commit.
struct step_counts {
	uint64_t accepted[INPUT_COUNT], not_selected[INPUT_COUNT], denied;
	uint64_t emitted, unchanged, late_clicks;
	uint64_t outcomes[6];
};

// What a shard's instance works with; shared by the files of this folder.
struct step_shard {
	const struct rules *rules;
	struct store *store;
	struct position *position;
	struct people people;
	struct arena arena; // of one run: the working set and what is built for it
	struct digest *digest;
	struct buf bytes, other_bytes; // scratch
	struct step_counts counts;
};

// POISON with the reason, RETRY/FATAL from the store.
int step_click(struct step_shard *shard, const struct record *record, const struct click *click, struct err *err) MUST_USE;
int step_order(struct step_shard *shard, const struct record *record, const struct order *order, struct err *err) MUST_USE;
int step_conversion(struct step_shard *shard, const struct record *record, const struct conversion *conversion, struct err *err) MUST_USE;

// Recovery: the same judgement of a click, no evaluation.
int step_click_again(struct step_shard *shard, const struct record *record, const struct click *click, struct err *err) MUST_USE;

// Shared by the three: check 8, and the move of the stream time before it. Gives the stream time as it was.
int step_owner(struct step_shard *shard, const struct record *record, struct view tenant, struct view user, const struct judge_time *times,
	size_t n, int64_t *stream_time, const struct rules_tenant **found, struct err *err) MUST_USE;
// XXH64 of the record encoded by its contract, as a signed number.
int64_t step_fingerprint(struct step_shard *shard, const struct contract *contract, const void *record);
