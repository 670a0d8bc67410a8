// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/step.h"

#include <xxhash.h>

// ceiling: the record, its owner and its times in; stream time and tenant out
int step_owner(struct step_shard *s, const struct record *r, struct view tenant, struct view user, const struct judge_time *times, size_t n,
	int64_t *stream_time, const struct rules_tenant **found, struct err *err)
{
	int64_t *moving = &s->position->inputs[r->input].stream_time;

	if (judge_owner_and_times(r, tenant, user, times, n, s->rules->max_future_ms, err) != 0)
		return -1;
	*stream_time = *moving;
	if (times[0].time > *moving)
		*moving = times[0].time;
	*found = rules_tenant(s->rules, tenant);
	if (*found)
		return 0;
	return err_set(err, ERR_POISON, "unknown_tenant", "tenant `%.*s` is not in the config: add it, or stop its producer",
		(int)(tenant.n < 64 ? tenant.n : 64), tenant.p);
}

int64_t step_fingerprint(struct step_shard *s, const struct contract *contract, const void *record)
{
	buf_reset(&s->bytes);
	contract_encode(contract, record, &s->bytes);
	return (int64_t)XXH64(s->bytes.p, s->bytes.n, 0);
}
