// SPDX-License-Identifier: Apache-2.0
// Asks the members of a role's group, over their admin ports, why a conversion is (not) attributed.
#pragma once
#include "config/config.h"
#include "runtime/processor.h"

// Collected from all that know the conversion.
struct admin_ask {
	bool found;
	int asked;           // processes (or shards) that answered
	struct buf text;     // as the question's form has it; JSON: objects with commas between them
	struct buf keys;     // QUESTION_KEYS' lines
	struct buf absent;   // shards that could not be asked: numbers with commas between them
	struct buf troubles; // a line per member that does not answer
};

void admin_ask_clear(struct admin_ask *answers);

// 0 also if nothing runs. RETRY: no broker answers.
int admin_ask_owners(const struct config *config, const char *role, const struct processor_question *question, struct admin_ask *out,
	struct err *err) MUST_USE;
