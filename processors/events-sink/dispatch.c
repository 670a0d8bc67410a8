// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/dispatch.h"

#include <stdlib.h>

#include "base/prefetch.h"

enum { EVENTS_MANY = 8 }; // of one conversion: few have more

// ---- which tenant

// `taken`: conversions whose turn it is, and whose events are not known yet.
static bool has_room(const struct export_shard *s, const struct export_tenant *t, size_t taken)
{
	size_t events = taken * EVENTS_MANY;

	return !s->leaving && !t->paused && t->open + events < EXPORT_OPEN_TENANT_MAX && outbox_busy(&s->outbox) + events < EXPORT_OPEN_MAX;
}

static bool is_due(const struct export_tenant *t, int64_t now_ms)
{
	return waiting_due(t->waiting) <= now_ms;
}

bool dispatch_is_due(const struct export_shard *s, int64_t now_ms)
{
	for (size_t i = 0; i < s->active_count; i++) {
		const struct export_tenant *t = &s->tenants[s->active[i]];

		if (is_due(t, now_ms) && has_room(s, t, 0))
			return true;
	}
	return false;
}

// ---- one event

static const char *const source_names[] = {"web", "app", "offline", "crm"}; // enum event_source

static struct export_result result_of(const struct export_shard *s, const struct attributed_conversion *c, const struct event_wanted *w)
{
	return (struct export_result){
		.tenant = c->tenant,
		.event_id = w->id,
		.user = c->user,
		.goal = c->goal,
		.conversion_id = c->conversion_id,
		.conversion_time = c->conversion_time,
		.verdict = EXPORT_INTENT,
		.destination = VIEW_LIT(EXPORT_TO_EVENTS),
		.event = c->event,
		.event_source = VIEW_LIT(""),
		.event_source_id = VIEW_LIT(""),
		.advertiser_id = VIEW_LIT(""),
		.click_id = w->credit ? w->credit->click_id : VIEW_ABSENT,
		.currency = c->currency,
		.value_micros = w->value_micros,
		.value_now_micros = TIME_ABSENT,
		.intent_time = s->now_ms,
		.maybe_since = TIME_ABSENT,
		.verdict_time = TIME_ABSENT,
		.code = TIME_ABSENT,
	};
}

static void address_result(struct export_result *r, const struct export_goal *goal, const struct event_written *written)
{
	const struct event_address *a = &written->address;

	if (a->api == EVENT_API_OFFLINE)
		r->destination = VIEW_LIT(EXPORT_TO_OFFLINE);
	r->event = written->name;
	r->event_source = view_text(source_names[a->source]);
	r->event_source_id = a->source_id;
	r->test_event_code = a->test_event_code;
	r->advertiser_id = goal->tenant->tiktok.advertiser_id;
}

static void end_unsent(struct export_shard *s, struct export_result *r, enum export_verdict verdict, const char *reason)
{
	r->verdict = (int8_t)verdict;
	r->reason = arena_dup(&s->arena, view_text(reason));
	r->verdict_time = s->now_ms;
	r->payload = VIEW_ABSENT;
}

static bool is_too_old(const struct export_shard *s, const struct attributed_conversion *c, enum event_source source)
{
	int64_t most = s->role->config->events_sink.max_event_age_ms, known = event_oldest(source);

	return s->now_ms - c->conversion_time > (known < most ? known : most);
}

// A conversion whose time has come.
struct due {
	const struct export_goal *goal;
	const struct attributed_conversion *conversion;
	const struct ledger_key *key;
	struct ledger_row *row;
	// Its first event, from which the others are made; absent: none was written yet.
	struct view written_json;
	struct event_written written;
};

// Its JSON, which stays with it.
static int write_event(struct export_shard *s, struct due *d, const struct event_wanted *w, struct view *json, struct err *err)
{
	const struct event_plan *plan = d->goal->plan;

	buf_reset(&s->json);
	if (view_is_set(d->written_json) && event_write_again(plan, &d->written, d->written_json, w, &s->json)) {
		*json = at_hand_json(&s->at_hand, buf_view(&s->json), &s->arena);
		return 0;
	}
	d->written_json = VIEW_ABSENT;
	if (event_write(plan, d->conversion, w, s->digest, &s->arena, &d->written, &s->json, err) != 0)
		return -1;
	*json = d->written_json = at_hand_json(&s->at_hand, buf_view(&s->json), &s->arena);
	return 0;
}

// Fills `out`; the event's JSON goes with it.
static int make_result(struct export_shard *s, struct due *d, const struct event_wanted *w, struct export_result *out, struct err *err)
{
	struct view json;
	struct err why;

	*out = result_of(s, d->conversion, w);
	if (write_event(s, d, w, &json, &why) != 0) {
		if (why.class != ERR_POISON)
			return *err = why, -1;
		end_unsent(s, out, EXPORT_REFUSED, why.code);
		out->message = arena_dup(&s->arena, view_text(why.words));
		return export_shard_refuse(s, d->key->name, d->row, &why, err);
	}
	address_result(out, d->goal, &d->written);
	if (is_too_old(s, d->conversion, d->written.address.source)) {
		end_unsent(s, out, EXPORT_TOO_OLD, "too_old");
		return 0;
	}
	out->payload = json;
	return 0;
}

static void add_ticket(struct export_shard *s, const struct due *d, const struct export_result *r)
{
	const struct tenant *tenant = d->goal->tenant;
	size_t index = d->goal->tenant_index;
	uint64_t id = outbox_add(&s->outbox, TICKET_WRITTEN, index, d->key->name, r->event_id, s->now_ms, 0);
	struct ticket *t = outbox_find(&s->outbox, id);

	t->restated = s->restated;
	t->at_hand = at_hand_add(&s->at_hand,
		&(struct send_event){.ticket = id,
			.tenant = tenant->id,
			.advertiser = tenant->tiktok.advertiser_id,
			.address = d->written.address,
			.id = t->event_id,
			.json = r->payload});
	s->tenants[index].open++;
}

static int dispatch_event(struct export_shard *s, struct due *d, const struct event_wanted *w, struct err *err)
{
	struct export_result r;

	if (make_result(s, d, w, &r, err) != 0 || export_shard_emit(s, &r, err) != 0)
		return -1;
	ledger_put(d->row, &r, &s->arena);
	if (r.verdict == EXPORT_INTENT)
		add_ticket(s, d, &r);
	return 0;
}

// ---- one conversion

bool dispatch_at_once(const struct export_shard *s, const struct export_goal *goal, const struct ledger_row *row)
{
	const struct export_tenant *t = &s->tenants[goal->tenant_index];

	if (!s->emit || goal->goal->destination.delay_ms > 0 || row->event_count > 0)
		return false;
	return row->first_seen <= s->now_ms && !(t->waiting && is_due(t, s->now_ms)) && has_room(s, t, 0);
}

int dispatch_conversion(struct export_shard *s, const struct export_goal *goal, const struct attributed_conversion *conversion,
	const struct ledger_key *key, struct ledger_row *row, struct err *err)
{
	struct due due = {.goal = goal, .conversion = conversion, .key = key, .row = row};
	struct event_wanted *wanted;
	size_t count;

	event_list(goal->plan, conversion, s->digest, &s->arena, &wanted, &count);
	for (size_t i = 0; i < count; i++)
		if (!ledger_find(row, wanted[i].id) && dispatch_event(s, &due, &wanted[i], err) != 0)
			return -1; // TikTok would count two clicks of one id once
	ledger_close(row);
	return 0;
}

static int dispatch_row(struct export_shard *s, const struct ledger_key *key, struct ledger_row *row, struct err *err)
{
	struct attributed_conversion c;

	if (export_shard_conversion(s, row->record, &c, err) != 0)
		return -1;
	const struct export_goal *goal = export_role_goal(s->role, c.tenant, c.goal);
	if (!goal)
		return 0; // not exported any more
	if (dispatch_conversion(s, goal, &c, key, row, err) != 0)
		return -1;
	ledger_write(s->store, key, row, &s->spare);
	return 0;
}

static int dispatch_entry(struct export_shard *s, const struct ledger_key *key, struct err *err)
{
	struct ledger_row row;

	arena_reset(&s->arena);
	if (ledger_read(s->store, key, &s->arena, &row, err) != 0)
		return -1;
	return view_is_set(row.record) && row.event_count == 0 ? dispatch_row(s, key, &row, err) : 0;
}

// Kept until the transaction is committed, so that an abort can put it back.
static struct view take(struct export_shard *s, size_t tenant)
{
	if (s->taken_count == s->taken_room) {
		s->taken_room = s->taken_room ? s->taken_room * 2 : 256;
		s->taken = realloc(s->taken, s->taken_room * sizeof *s->taken);
		if (!s->taken)
			err_out_of_memory();
	}
	s->waiting_count--;
	s->taken[s->taken_count] = (struct export_taken){tenant, waiting_take(s->tenants[tenant].waiting)};
	return s->taken[s->taken_count++].entry.name;
}

// A tenant with nothing left leaves the list.
static void drop_idle(struct export_shard *s, size_t at)
{
	struct export_tenant *t = &s->tenants[s->active[at]];

	if (waiting_count(t->waiting) > 0)
		return;
	t->active = false;
	s->active[at] = s->active[--s->active_count];
}

// Up to `most` whose turn it is.
static size_t take_due(struct export_shard *s, struct ledger_key *keys, size_t most)
{
	size_t n = 0, idle = 0;

	while (n < most && idle < s->active_count) {
		size_t at = s->turn++ % s->active_count;
		struct export_tenant *t = &s->tenants[s->active[at]];

		if (!is_due(t, s->now_ms) || !has_room(s, t, n)) {
			idle++;
			continue;
		}
		idle = 0;
		keys[n++] = ledger_key_of(take(s, s->active[at]));
		drop_idle(s, at);
	}
	return n;
}

int dispatch_due(struct export_shard *s, size_t most, struct err *err)
{
	struct ledger_key keys[EXPORT_AHEAD];
	size_t n;

	while (most > 0 && (n = take_due(s, keys, most < EXPORT_AHEAD ? most : EXPORT_AHEAD)) > 0) {
		ledger_prefetch(s->store, keys, n);
		for (size_t i = 0; i < n; i++)
			if (dispatch_entry(s, &keys[i], err) != 0)
				return -1;
		most -= n;
	}
	return 0;
}

// ---- into the box

static enum event_source source_of(struct view name)
{
	for (int i = EVENT_SOURCE_WEB; i < EVENT_SOURCE_CRM; i++)
		if (view_eq(name, view_text(source_names[i])))
			return (enum event_source)i;
	return EVENT_SOURCE_CRM;
}

static enum event_api api_of(struct view destination)
{
	if (view_eq(destination, VIEW_LIT(EXPORT_TO_ORDERS)))
		return EVENT_API_ORDER;
	return view_eq(destination, VIEW_LIT(EXPORT_TO_OFFLINE)) ? EVENT_API_OFFLINE : EVENT_API_TRACK;
}

// As the row says it.
static struct send_event event_of(const struct export_result *r)
{
	return (struct send_event){
		.tenant = r->tenant,
		.advertiser = r->advertiser_id,
		.address = {api_of(r->destination), source_of(r->event_source), r->event_source_id, r->test_event_code},
		.id = r->event_id,
		.json = r->payload,
	};
}

// The row that the last tickets were of: a conversion's stand together.
struct put_row {
	struct view name;
	struct ledger_row row;
	size_t ahead; // tickets whose rows are on their way into the cache
};

static int read_row(struct export_shard *s, struct view name, struct put_row *at, struct err *err)
{
	struct ledger_key key = ledger_key_of(name);

	if (view_is_set(at->name) && view_eq(at->name, name))
		return 0;
	arena_reset(&s->arena);
	at->name = name;
	return ledger_read(s->store, &key, &s->arena, &at->row, err);
}

static const struct send_event *find_at_hand(const struct export_shard *s, const struct ticket *t)
{
	return at_hand_find(&s->at_hand, t->at_hand, outbox_id(&s->outbox, t));
}

// Brings the rows of this ticket and those behind it into the cache; how many tickets that was.
static size_t look_ahead(struct export_shard *s, const struct ticket *t)
{
	struct ledger_key keys[EXPORT_AHEAD];
	size_t n = 0, passed = 0;

	for (; t && passed < EXPORT_AHEAD; passed++, t = outbox_ready(&s->outbox, t))
		if (n == 0 || !view_eq(keys[n - 1].name, t->name))
			keys[n++] = ledger_key_of(t->name);
	ledger_prefetch(s->store, keys, n);
	return passed;
}

static int find_event(struct export_shard *s, const struct ticket *t, struct put_row *at, struct send_event *out, struct err *err)
{
	const struct send_event *kept = find_at_hand(s, t);

	if (kept) {
		*out = *kept;
		return 0;
	}
	if (at->ahead == 0)
		at->ahead = look_ahead(s, t);
	at->ahead--;
	if (read_row(s, t->name, at, err) != 0)
		return -1;
	const struct export_result *r = ledger_find(&at->row, t->event_id);
	CHECK(r && view_is_set(r->payload)); // an intent is committed with its row
	*out = event_of(r);
	return 0;
}

static int put_ticket(struct export_shard *s, struct ticket *t, struct put_row *at, enum send_room *room, struct err *err)
{
	struct send_event event;

	if (find_event(s, t, at, &event, err) != 0)
		return -1;
	event.ticket = outbox_id(&s->outbox, t);
	event.attempts = t->attempts;
	event.until_ms = t->since_ms + s->role->config->events_sink.resend_within_ms;
	*room = send_put(s->box, &event);
	if (*room == SEND_TAKEN)
		outbox_set(&s->outbox, t, TICKET_SENT);
	return 0;
}

int dispatch_put(struct export_shard *s, struct err *err)
{
	struct put_row at = {.name = VIEW_ABSENT};
	enum send_room room = SEND_TAKEN;

	s->put_pass++;
	for (struct ticket *t = outbox_ready(&s->outbox, NULL), *next; t && room != SEND_NO_ROOM; t = next) {
		struct export_tenant *tenant = &s->tenants[t->tenant];

		if ((next = outbox_ready(&s->outbox, t)))
			prefetch_bytes(next, sizeof *next);
		if (tenant->paused && !t->probe)
			s->pause_due |= !tenant->going;
		else if (tenant->full_pass != s->put_pass && put_ticket(s, t, &at, &room, err) != 0)
			return -1;
		if (room == SEND_NO_ROOM_TENANT)
			tenant->full_pass = s->put_pass;
		if (room != SEND_NO_ROOM)
			room = SEND_TAKEN;
	}
	return 0;
}
