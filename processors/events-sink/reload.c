// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/reload.h"

#include "processors/events-sink/verdict.h"

enum { AGAIN_MS = 10000 };

// Tickets of orders that are on their way must not be made twice.
static bool is_hungry(const struct export_shard *s, const struct export_tenant *t)
{
	return t->parked && !t->paused && (!s->orders || t->open == 0) && (!t->waiting || waiting_count(t->waiting) == 0);
}

static bool any_hungry(const struct export_shard *s)
{
	for (size_t i = 0; i < s->role->config->tenant_count; i++)
		if (is_hungry(s, &s->tenants[i]))
			return true;
	return false;
}

bool reload_is_due(const struct export_shard *s, int64_t now_ms)
{
	return !s->reloaded || (now_ms >= s->reload_due_ms && any_hungry(s));
}

static void add_tickets(struct export_shard *s, size_t tenant, const struct ledger_key *key, const struct ledger_row *row)
{
	for (size_t i = 0; i < row->event_count; i++) {
		const struct export_result *r = &row->events[i];

		if (!ledger_is_open(r))
			continue;
		bool paused = r->verdict == EXPORT_PAUSED;
		int64_t maybe = r->maybe_since != TIME_ABSENT ? r->maybe_since : paused ? 0 : r->intent_time;
		uint64_t id = outbox_add(&s->outbox, paused ? TICKET_PAUSED : TICKET_READY, tenant, key->name, r->event_id, maybe, r->attempts);
		outbox_find(&s->outbox, id)->maybe_ms = maybe;
		s->tenants[tenant].open++;
		if (paused)
			verdict_paused_before(s, tenant, r);
	}
}

// Orders were given their intents when they came. A conversion may lack its record: a lost disk was restored, and in the compacted input there is only a
// newer one, yet to come.
static int load_intents(struct export_shard *s, const struct ledger_key *key, const struct ledger_row *row)
{
	const struct tenant *t = row->event_count ? config_tenant(s->role->config, row->events[0].tenant) : NULL;
	struct export_tenant *tenant = t ? &s->tenants[t - s->role->config->tenants] : NULL;

	if (!t || !tenant->loading || (!s->orders && s->reloaded))
		return 0;
	if (s->orders && tenant->open >= EXPORT_OPEN_TENANT_MAX)
		tenant->parked = true;
	else
		add_tickets(s, (size_t)(t - s->role->config->tenants), key, row);
	return 0;
}

static int load_conversion(struct export_shard *s, const struct ledger_key *key, const struct ledger_row *row, struct err *err)
{
	struct attributed_conversion c;

	if (export_shard_conversion(s, row->record, &c, err) != 0)
		return -1;
	const struct export_goal *goal = export_role_goal(s->role, c.tenant, c.goal);
	if (!goal || !s->tenants[goal->tenant_index].loading)
		return 0;
	if (!s->reloaded)
		add_tickets(s, goal->tenant_index, key, row); // later ones have theirs
	export_shard_wait(s, goal->tenant_index, row->first_seen + goal->goal->destination.delay_ms, key->name);
	return 0;
}

// Every open row waits, at worst for nothing: its turn finds that all its events have intents.
static int load(void *context, struct view name, const struct state_user *rows, struct err *err)
{
	struct export_shard *s = context;
	struct ledger_key key = ledger_key_of(name);
	struct ledger_row row;

	if (rows->conversion_count == 0)
		return 0;
	arena_reset(&s->arena);
	if (ledger_unpack(rows->conversions[0].value, &s->arena, &row, err) != 0)
		return -1;
	return s->orders || !view_is_set(row.record) ? load_intents(s, &key, &row) : load_conversion(s, &key, &row, err);
}

// Which tenants are read: all of them at first, later those that were parked and have nothing left in memory.
static void choose(struct export_shard *s)
{
	for (size_t i = 0; i < s->role->config->tenant_count; i++) {
		struct export_tenant *t = &s->tenants[i];

		t->loading = !s->reloaded || is_hungry(s, t);
		t->parked = t->parked && !t->loading;
	}
}

// The next reading begins anew: at first with no tickets, later with those tenants again.
static void undo(struct export_shard *s)
{
	for (size_t i = 0; i < s->role->config->tenant_count; i++) {
		s->tenants[i].parked |= s->tenants[i].loading;
		if (!s->reloaded)
			s->tenants[i].open = 0;
	}
	if (!s->reloaded)
		outbox_clear(&s->outbox);
}

int reload_rows(struct export_shard *s, struct err *err)
{
	choose(s);
	if (store_visit(s->store, load, s, err) != 0) {
		undo(s);
		return -1;
	}
	s->reloaded = true;
	s->reload_due_ms = s->now_ms + AGAIN_MS;
	return 0;
}
