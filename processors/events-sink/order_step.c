// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/order_step.h"

enum { ID_HEX = 32 };

// Of the order, TikTok's word and the time of the status: a record that comes twice is told once.
static struct view id_of(struct export_shard *s, const struct order *o, struct view word)
{
	const struct view parts[] = {o->tenant, o->user, o->order_id, word};
	char *hex = arena_take(&s->arena, DIGEST_HEX + 1);

	buf_reset(&s->spare);
	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++)
		buf_add_sized(&s->spare, parts[i]);
	buf_add_varint(&s->spare, (uint64_t)o->status_time);
	digest_sha256(s->digest, buf_view(&s->spare), hex);
	return view_of(hex, ID_HEX);
}

static struct export_result intent_of(const struct export_shard *s, const struct order *o, struct view word, struct view event_id)
{
	return (struct export_result){
		.tenant = o->tenant,
		.event_id = event_id,
		.user = o->user,
		.goal = VIEW_LIT(""),
		.conversion_id = o->order_id,
		.conversion_time = o->status_time,
		.verdict = EXPORT_INTENT,
		.destination = VIEW_LIT(EXPORT_TO_ORDERS),
		.event = word,
		.event_source = VIEW_LIT(""),
		.event_source_id = VIEW_LIT(""),
		.advertiser_id = config_tenant(s->role->config, o->tenant)->tiktok.advertiser_id,
		.currency = view_is_set(o->currency) ? o->currency : VIEW_LIT(""),
		.value_now_micros = TIME_ABSENT,
		.intent_time = s->now_ms,
		.maybe_since = TIME_ABSENT,
		.verdict_time = TIME_ABSENT,
		.code = TIME_ABSENT,
	};
}

// A tenant with too many open has the rest in rows: reload_rows finds them when those have gone.
static void add_ticket(struct export_shard *s, size_t tenant, const struct ledger_key *key, struct view event_id)
{
	struct export_tenant *t = &s->tenants[tenant];

	if (t->parked || t->open >= EXPORT_OPEN_TENANT_MAX) {
		t->parked = true;
		return;
	}
	outbox_add(&s->outbox, TICKET_WRITTEN, tenant, key->name, event_id, s->now_ms, 0);
	t->open++;
}

// ceiling: the record as it came and as it was read, and what it is told as
static int tell(struct export_shard *s, const struct order_sync_plan *plan, const struct record *record, const struct order *o,
	struct view word, size_t tenant, struct err *err)
{
	struct export_result r = intent_of(s, o, word, id_of(s, o, word));
	struct ledger_key key = ledger_key(&r, &s->arena);
	struct ledger_row row;

	if (ledger_read(s->store, &key, &s->arena, &row, err) != 0)
		return -1;
	if (ledger_find(&row, r.event_id))
		return 0;
	buf_reset(&s->json);
	if (order_sync_write(plan, o, &s->arena, &s->json, err) != 0)
		return -1;
	r.payload = arena_dup(&s->arena, buf_view(&s->json));
	if (export_shard_emit(s, &r, err) != 0)
		return -1;
	ledger_put(&row, &r, &s->arena);
	if (row.first_seen == INT64_MAX)
		row.first_seen = record->timestamp < 0 ? 0 : record->timestamp;
	row.record = record->value;
	ledger_write(s->store, &key, &row, &s->spare);
	add_ticket(s, tenant, &key, r.event_id);
	return 0;
}

int order_step(struct export_shard *s, const struct record *record, const struct order *o, struct err *err)
{
	const struct tenant *t = config_tenant(s->role->config, o->tenant);
	size_t tenant = t ? (size_t)(t - s->role->config->tenants) : 0;
	const struct order_sync_plan *plan = t ? s->role->orders[tenant] : NULL;

	arena_reset(&s->arena);
	struct view word = plan ? order_sync_status(plan, o) : VIEW_ABSENT;
	if (!view_is_set(word) || !view_is_set(order_sync_ttoclid(plan, o, &s->arena))) {
		s->counts.not_exported++;
		return 0;
	}
	return tell(s, plan, record, o, word, tenant, err);
}
