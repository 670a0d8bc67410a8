// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/export_shard.h"

static void add_key(struct buf *out, const struct export_result *r)
{
	buf_reset(out);
	buf_add_view(out, r->tenant);
	buf_add_byte(out, '|');
	buf_add_view(out, r->goal);
	buf_add_byte(out, '|');
	buf_add_view(out, r->event_id);
}

int export_shard_emit(struct export_shard *s, const struct export_result *result, struct err *err)
{
	buf_reset(&s->bytes);
	wire_write(&s->role->result_header, contract_export_result, result, &s->bytes);
	add_key(&s->spare, result);
	s->counts.verdicts[result->verdict]++;
	struct emission out = {.topic = EXPORT_RESULTS, .partition = s->partition, .key = buf_view(&s->spare), .value = buf_view(&s->bytes)};
	return s->emit->send(s->emit, &out, err);
}

int export_shard_refuse(struct export_shard *s, struct view name, const struct ledger_row *row, const struct err *why, struct err *err)
{
	const struct record record =
		{.input = EXPORT_INPUT, .partition = s->partition, .offset = -1, .timestamp = row->first_seen, .key = name, .value = row->record};

	return s->emit->refuse(s->emit, &record, why, err);
}

int export_shard_conversion(struct export_shard *s, struct view record, struct attributed_conversion *out, struct err *err)
{
	if (wire_read(s->kept_conversions, record, &s->arena, out, err) == 0)
		return 0;
	if (err->class == ERR_POISON)
		err->class = ERR_FATAL; // it was read before
	return err_prefix(err, "a conversion kept in the ledger");
}

// With the memory half full, who has much of it waits in rows only, so that others have room.
static bool is_greedy(const struct export_shard *s, const struct export_tenant *t)
{
	size_t own = t->waiting ? waiting_count(t->waiting) : 0;

	return s->waiting_count >= EXPORT_WAITING_MAX / 2 && own >= EXPORT_WAITING_MAX / 4 && own < s->waiting_count;
}

void export_shard_wait(struct export_shard *s, size_t tenant, int64_t due_ms, struct view name)
{
	struct export_tenant *t = &s->tenants[tenant];

	if (is_greedy(s, t)) {
		t->parked = true;
		return;
	}
	if (!t->waiting)
		t->waiting = waiting_new();
	waiting_add(t->waiting, due_ms, name);
	s->waiting_count++;
	if (!t->active)
		s->active[s->active_count++] = tenant;
	t->active = true;
}
