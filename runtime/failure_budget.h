// SPDX-License-Identifier: Apache-2.0
// How many of the last records of one input may be bad before a run stops: a wrong schema or topic must not turn a whole stream into dead
// letters. Pure; one thread.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

enum { FAILURE_BUDGET_WINDOW = 10000 };

struct failure_budget {
	uint64_t bad[(FAILURE_BUDGET_WINDOW + 63) / 64]; // a bit for each of the last records
	int32_t next, count;                             // where the next bit goes; bits that are set
	int percent;
	char last_reason[40];
};

void failure_budget_init(struct failure_budget *budget, int percent);

// One record was judged; `reason` NULL: not bad. FATAL failure_budget once more than `percent` of the window is bad: counted against the whole
// window, so a start with a few bad records is none.
int failure_budget_judge(struct failure_budget *budget, const char *reason, const char *topic, struct err *err) MUST_USE;
