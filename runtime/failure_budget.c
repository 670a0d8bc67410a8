// SPDX-License-Identifier: Apache-2.0
#include "runtime/failure_budget.h"

#include <inttypes.h>
#include <stdio.h>

void failure_budget_init(struct failure_budget *budget, int percent)
{
	*budget = (struct failure_budget){.percent = percent};
}

static void note(struct failure_budget *b, bool bad)
{
	uint64_t *word = &b->bad[b->next / 64], bit = 1ULL << (b->next % 64);

	b->count += (int32_t)bad - ((*word & bit) ? 1 : 0);
	*word = bad ? *word | bit : *word & ~bit;
	b->next = (b->next + 1) % FAILURE_BUDGET_WINDOW;
}

int failure_budget_judge(struct failure_budget *b, const char *reason, const char *topic, struct err *err)
{
	note(b, reason != NULL);
	if (!reason)
		return 0;
	snprintf(b->last_reason, sizeof b->last_reason, "%s", reason);
	if ((int64_t)b->count * 100 <= (int64_t)b->percent * FAILURE_BUDGET_WINDOW)
		return 0;
	return err_set(err, ERR_FATAL, "failure_budget",
		"%s: %" PRId32
		" of the last %d records could not be used (limit: %d%%), the last one for `%s`. The dead-letters topic has the others; "
		"nothing of them is lost. Correct the producer or the config, or raise `failure_budget`, and start again",
		topic, b->count, FAILURE_BUDGET_WINDOW, b->percent, reason);
}
