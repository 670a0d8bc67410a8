// SPDX-License-Identifier: Apache-2.0
// "Why is this conversion (not) attributed?": everything that the shard knows of it, goal by goal, with a reason for each click. Reads the state,
// computes with F, changes nothing; so it answers for a living shard (between transactions) and for one that is stopped alike.
#pragma once
#include "attribution/landing.h"
#include "processors/attribution/rules.h"
#include "runtime/position.h"
#include "runtime/processor.h"
#include "schemas/records.h"

// Clicks that are told of one conversion: those that count first, then the newest.
enum { EXPLAIN_CLICKS_MAX = 2000, EXPLAIN_WORDS = 240 };

struct explain_source {
	const struct rules *rules;
	struct store *store;
	const struct position *position;
};

struct explain_click {
	struct landing landing;
	const char *fate;            // touch_fate_name(), after_conversion, out_of_reach, decided_before or past_retention
	bool own;                    // known from the conversion's own ttclid alone
	const struct credit *credit; // what it has now; NULL: nothing
	char why[EXPLAIN_WORDS];
};

struct explanation {
	int32_t partition;
	struct view key;                  // of the output
	const struct rules_goal *goal;    // NULL: no longer in the config, so clicks cannot be judged
	struct attributed_conversion now; // as published, without `previous`
	bool frozen;                      // nothing that arrives can change its clicks any more
	int64_t kept_since;               // clicks before may be gone from the state; POSITION_NO_TIME: none are
	bool past_retention;              // that touches clicks which could count
	struct explain_click *clicks;     // ordered by (time, identity)
	size_t click_count, left_out, flooded_hours;
	char why[EXPLAIN_WORDS]; // the outcome
};

// One per user and goal that knows the conversion, in the arena. FATAL/RETRY from the store.
int explain_find(const struct explain_source *source, const struct processor_question *question, struct arena *arena,
	struct explanation ***out, size_t *count, struct err *err) MUST_USE;

// The same, printed as asked; `found` false: nobody knows it.
int explain_answer(const struct explain_source *source, const struct processor_question *question, struct buf *out, bool *found,
	struct err *err) MUST_USE;
