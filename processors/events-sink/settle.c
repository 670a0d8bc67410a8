// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/settle.h"

int64_t settle_value(const struct event_wanted *wanted, size_t count, struct view event_id)
{
	for (size_t i = 0; i < count; i++)
		if (view_eq(wanted[i].id, event_id))
			return wanted[i].value_micros;
	return 0;
}

static bool was_sent(const struct export_result *r)
{
	return r->verdict == EXPORT_ACCEPTED || r->verdict == EXPORT_SENT_THEN_CHANGED;
}

// What TikTok holds and what the conversion says now.
static int tell_change(struct export_shard *s, struct export_result *r, int64_t now, struct err *err)
{
	int64_t said = r->verdict == EXPORT_ACCEPTED ? r->value_micros : r->value_now_micros;

	if (now == said)
		return 0;
	r->verdict = now == r->value_micros ? EXPORT_ACCEPTED : EXPORT_SENT_THEN_CHANGED;
	r->value_now_micros = now == r->value_micros ? TIME_ABSENT : now;
	return export_shard_emit(s, r, err);
}

int settle_row(struct export_shard *s, const struct export_goal *goal, const struct attributed_conversion *conversion,
	const struct ledger_key *key, struct ledger_row *row, struct err *err)
{
	struct digest *ids = row->event_count ? s->digest : NULL; // nothing to compare with: how many there are is enough
	struct event_wanted *wanted;
	size_t count;

	event_list(goal->plan, conversion, ids, &s->arena, &wanted, &count);
	return settle_wanted(s, goal, wanted, count, key, row, err);
}

// ceiling: whose row, what it is to be, and the lists it is judged by
int settle_wanted(struct export_shard *s, const struct export_goal *goal, const struct event_wanted *wanted, size_t count,
	const struct ledger_key *key, struct ledger_row *row, struct err *err)
{
	for (size_t i = 0; s->emit && i < row->event_count; i++) {
		struct export_result *r = &row->events[i];

		if (was_sent(r) && tell_change(s, r, settle_value(wanted, count, r->event_id), err) != 0)
			return -1;
	}
	bool waits = count > 0 && row->event_count == 0; // a conversion is sent once: what a restatement adds would be counted on top
	if (waits && s->emit)
		export_shard_wait(s, goal->tenant_index, row->first_seen + goal->goal->destination.delay_ms, key->name);
	if (!waits)
		ledger_close(row);
	return 0;
}
