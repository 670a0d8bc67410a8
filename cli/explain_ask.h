// SPDX-License-Identifier: Apache-2.0
// The two places where `lookback explain` can ask: the members of the running group, and the state directory when nothing runs.
#pragma once
#include "config/config.h"
#include "runtime/processor.h"

// Collected from all that know the conversion.
struct explain_answers {
	bool found;
	struct buf text;   // tables one after the other, or JSON objects with commas between them
	struct buf keys;   // a line per output: "key", partition, the key in hexadecimal, separated by tabs
	struct buf absent; // shards that could not be asked: numbers with commas between them
	int asked;         // processes or shards that answered
};

void explain_answers_clear(struct explain_answers *answers);

// Asks every member of the group. 0 also if there is none; an unreachable one is told on stderr.
int explain_ask_owners(const struct config *config, const struct processor_question *question, struct explain_answers *out,
	struct err *err) MUST_USE;

// Reads the shards in the state directory, as they were at their last flush; only the user's own if the question names one.
int explain_ask_disk(const struct config *config, const struct processor_question *question, struct explain_answers *out,
	struct err *err) MUST_USE;
