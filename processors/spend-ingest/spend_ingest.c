// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/spend_ingest.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/metrics.h"
#include "processors/spend-ingest/ingest_shard.h"
#include "schemas/contract.h"
#include "tiktok/connection.h"

// READINGS_MOST: accounts of a shard that are read at a time; the fetcher gives them their turns.
enum { READINGS_MOST = 64, ANSWERS_AT_ONCE = 64 };

// ---- life

static void *open_shard(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct ingest_role *role = role_state;
	struct ingest_shard *s = calloc(1, sizeof *s);

	(void)position;
	if (!s)
		err_out_of_memory();
	s->role = role;
	s->partition = partition;
	s->known.store = store;
	s->connections = wire_reader_new(contract_connection, WIRE_AVRO, role->registry);
	s->snapshots = wire_reader_new(contract_report_snapshot, WIRE_AVRO, role->registry);
	s->entities = wire_reader_new(contract_ad_entity, WIRE_AVRO, role->registry);
	s->statuses = wire_reader_new(contract_sync_status, WIRE_AVRO, role->registry);
	s->box = fetch_box_new(role->fetcher);
	ingest_role_enter(role, &s->summary);
	return s;
}

static void close_shard(void *self)
{
	struct ingest_shard *s = self;

	ingest_role_leave(s->role, &s->summary);
	ingest_accounts_clear(s);
	fetch_box_free(&s->box);
	wire_reader_free(&s->connections);
	wire_reader_free(&s->snapshots);
	wire_reader_free(&s->entities);
	wire_reader_free(&s->statuses);
	known_clear(&s->known);
	arena_clear(&s->arena);
	buf_clear(&s->bytes);
	buf_clear(&s->key);
	buf_clear(&s->spare);
	free(s);
}

// ---- records

static void prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	struct ingest_shard *s = self;
	struct err err = {.class = ERR_NONE};

	*out = (struct prepared){INT64_MIN, NULL, NULL};
	if (record->input != INGEST_CONNECTIONS) {
		if (!s->caught_up)
			out->body = read_back_prepare(s, record, arena, &err);
	} else if (record->value.p) {
		out->body = arena_take(arena, sizeof(struct connection));
		if (wire_read(s->connections, record->value, arena, out->body, &err) != 0)
			out->body = NULL;
	}
	if (err.class != ERR_NONE)
		out->fault = memcpy(arena_take(arena, sizeof err), &err, sizeof err);
}

static int disconnect(struct ingest_shard *s, struct ingest_account *a, const char *why, struct err *err)
{
	struct sync_record *r = &a->record;

	reading_drop(s, a);
	if (r->state == SYNC_DISCONNECTED)
		return 0;
	r->state = SYNC_DISCONNECTED;
	r->disconnected_at = s->now_ms;
	r->next_sync = TIME_ABSENT;
	r->reason[0] = r->message[0] = r->request_id[0] = '\0';
	r->code = TIME_ABSENT;
	r->days_left = 0;
	log_event(LOG_INFO, "account_disconnected", LOG_V("tenant", a->tenant), LOG_V("advertiser", a->advertiser), LOG_S("why", why));
	return ingest_publish_status(s, a, err);
}

static int went(struct ingest_shard *s, struct view name, struct err *err)
{
	struct ingest_account *a = ingest_accounts_find(s, name);

	if (!a)
		return 0;
	known_put_connection(&s->known, name, VIEW_ABSENT);
	ingest_accounts_connect(a, VIEW_ABSENT, NULL);
	if (a->has_status)
		return disconnect(s, a, "the connection is gone", err);
	ingest_accounts_remove(s, a);
	return 0;
}

// It is to be read as soon as possible, unless nothing has changed that could help.
static int came(struct ingest_shard *s, struct ingest_account *a, const struct connection *c, bool newer, struct err *err)
{
	struct sync_record *r = &a->record;

	if (c->state == CONNECTION_ERASING)
		return disconnect(s, a, "it is to be erased", err);
	if (c->state != CONNECTION_ACTIVE)
		return a->has_status ? disconnect(s, a, "nobody asks for it any more", err) : 0;
	if (!newer && a->has_status && r->state != SYNC_DISCONNECTED)
		return 0;
	reading_drop(s, a);
	r->state = SYNC_WAITING;
	r->disconnected_at = TIME_ABSENT;
	r->next_sync = s->now_ms;
	r->reason[0] = r->message[0] = r->request_id[0] = '\0';
	r->code = TIME_ABSENT;
	a->failures = 0;
	a->tried = false;
	return ingest_publish_status(s, a, err);
}

static int rolled_back(const struct ingest_account *a, const struct connection *c, struct err *err)
{
	err_set(err, ERR_POISON, "connection_rolled_back",
		"%s: the record is of generation %" PRId64 ", but %" PRId64
		" has been seen: an old record came back and is not used; find out who wrote it",
		a->name, c->generation, a->record.generation);
	log_event(LOG_ERROR, "connection_rolled_back", LOG_ERR(err));
	return -1;
}

static int step_connection(struct ingest_shard *s, const struct record *record, const struct connection *c, struct err *err)
{
	if (!c)
		return went(s, record->key, err);
	if (connection_check_key(c, record->key, err) != 0) {
		err->class = ERR_POISON;
		return -1;
	}
	struct ingest_account *a = ingest_accounts_add(s, record->key);
	CHECK(a); // the key was checked
	if (c->generation < a->record.generation)
		return rolled_back(a, c, err);
	bool newer = c->generation > a->record.generation;
	a->record.generation = c->generation;
	known_put_connection(&s->known, record->key, record->value);
	ingest_accounts_connect(a, record->value, c);
	s->counts.connections++;
	return came(s, a, c, newer, err);
}

static int step(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct ingest_shard *s = self;

	s->emit = emit;
	s->now_ms = s->asked_ms;
	if (record->input != INGEST_CONNECTIONS) {
		if (prepared->body && !s->caught_up)
			read_back_keep(s, record, prepared->body);
		return 0;
	}
	if (ingest_accounts_load(s, err) != 0 || step_connection(s, record, prepared->body, err) != 0)
		return -1;
	ingest_accounts_schedule(s);
	ingest_accounts_summarise(s);
	return 0;
}

static void at_end(void *self)
{
	struct ingest_shard *s = self;

	s->caught_up = true;
}

// ---- ticks

static bool due(void *self, int64_t now_ms)
{
	struct ingest_shard *s = self;

	s->asked_ms = now_ms;
	if (s->leaving || !s->caught_up)
		return false;
	return !s->loaded || now_ms >= s->due_ms || fetch_any(s->box);
}

static struct ingest_account *with_ticket(struct ingest_shard *s, uint64_t ticket)
{
	for (struct ingest_account *a = s->accounts; a; a = a->hh.next)
		if (a->reading && !a->reading->haul && a->reading->ticket == ticket)
			return a;
	return NULL;
}

static int take_answers(struct ingest_shard *s, struct err *err)
{
	struct fetch_answer answer;

	for (int i = 0; i < ANSWERS_AT_ONCE && fetch_take(s->box, &answer); i++) {
		struct ingest_account *a = with_ticket(s, answer.ticket);

		CHECK(a); // what is dropped is not answered
		if (reading_answer(s, a, &answer, err) != 0)
			return -1;
	}
	return 0;
}

static int purge(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	bool done;

	if (ingest_publish_purge(s, a, &done, err) != 0)
		return -1;
	if (!done)
		return 0;
	log_event(LOG_INFO, "account_purged", LOG_V("tenant", a->tenant), LOG_V("advertiser", a->advertiser));
	if (a->connection.n == 0 || a->connection_state == CONNECTION_ERASING) {
		ingest_accounts_remove(s, a);
		return 0;
	}
	int64_t generation = a->record.generation;
	sync_record_clear(&a->record); // the token is still there: it may be asked for again
	a->record.generation = generation;
	a->has_status = false;
	return 0;
}

static int begin_due(struct ingest_shard *s, struct err *err)
{
	struct ingest_account *a, *next;

	HASH_ITER(hh, s->accounts, a, next)
	{
		if (a->due_ms > s->now_ms)
			continue;
		bool active = a->connection.n > 0 && a->connection_state == CONNECTION_ACTIVE;
		if (!active) {
			if (purge(s, a, err) != 0)
				return -1;
		} else if (s->readings < READINGS_MOST && reading_begin(s, a, err) != 0) {
			return -1;
		}
	}
	return 0;
}

// With as many readings as there may be, those that are due wait for an answer.
static void schedule(struct ingest_shard *s)
{
	ingest_accounts_schedule(s);
	if (s->readings >= READINGS_MOST)
		s->due_ms = INT64_MAX;
	ingest_accounts_summarise(s);
}

static int tick(void *self, int64_t now_ms, struct emit *emit, struct err *err)
{
	struct ingest_shard *s = self;

	s->emit = emit;
	s->now_ms = now_ms;
	if (ingest_accounts_load(s, err) != 0 || take_answers(s, err) != 0 || begin_due(s, err) != 0)
		return -1;
	schedule(s);
	return 0;
}

static bool leave(void *self)
{
	struct ingest_shard *s = self;

	s->leaving = true; // what is in flight is asked again by the next one
	return false;
}

// ---- commit, abort

static void tell(const struct ingest_counts *c, const char *topic)
{
	static const char *const outcomes[] = {"new", "restated", "same", "deleted"};
	const uint64_t rows[] = {c->fresh, c->restated, c->same, c->gone};

	for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++)
		if (rows[i])
			metrics_add(metrics_slot(METRICS_INGEST_ROWS, outcomes[i]), rows[i]);
	for (int i = 0; i < INGEST_STATES; i++)
		if (c->syncs[i])
			metrics_add(metrics_slot(METRICS_INGEST_SYNCS, ingest_role_state_name((enum sync_state)i)), c->syncs[i]);
	if (c->connections)
		metrics_add(metrics_slot(METRICS_RECORDS, topic, "accepted"), c->connections);
}

static void committed(void *self)
{
	struct ingest_shard *s = self;

	if (!s->emit)
		return; // restoring
	tell(&s->counts, s->role->config->topics.connections);
	s->counts = (struct ingest_counts){0};
}

static void aborted(void *self)
{
	struct ingest_shard *s = self;

	s->counts = (struct ingest_counts){0};
	ingest_accounts_clear(s);
}

// ---- recovery

// The statuses were restored before: they know which generations have been seen.
static int restore_connection(struct ingest_shard *s, const struct record *record, const struct connection *c, struct err *err)
{
	struct view connection, status;
	struct sync_status said;

	arena_reset(&s->arena);
	if (c && connection_check_key(c, record->key, err) != 0)
		return 0; // its dead letter was written when it was live
	if (known_account(&s->known, record->key, &s->arena, &connection, &status, err) != 0)
		return -1;
	if (c && view_is_set(status)) {
		if (wire_read(s->statuses, status, &s->arena, &said, err) != 0)
			return -1;
		if (c->generation < said.generation)
			return 0;
	}
	known_put_connection(&s->known, record->key, record->value);
	return 0;
}

static int restore(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err)
{
	struct ingest_shard *s = self;

	s->emit = NULL;
	if (own_output)
		known_put_status(&s->known, record->key, record->value);
	else if (record->input == INGEST_CONNECTIONS)
		return restore_connection(s, record, prepared->body, err);
	else if (prepared->body)
		read_back_keep(s, record, prepared->body);
	return 0;
}

static bool counts_as_failure(const char *reason)
{
	return strcmp(reason, "connection_rolled_back") != 0;
}

const struct processor *spend_ingest_processor(void)
{
	static const struct processor_topic topics[INGEST_TOPICS] = {{"connections"}, {"report_snapshots"}, {"ad_entities"}, {"sync_status"},
		{"dead_letters"}};
	static const struct processor processor = {
		.role = "spend-ingest",
		.topics = topics,
		.topic_count = INGEST_TOPICS,
		.input_count = INGEST_INPUTS,
		.by_shard = 1U << INGEST_CONNECTIONS | 1U << INGEST_SNAPSHOTS | 1U << INGEST_ENTITIES | 1U << INGEST_STATUS,
		.restore_topic = INGEST_STATUS,
		.restore_inputs = 1U << INGEST_CONNECTIONS | 1U << INGEST_SNAPSHOTS | 1U << INGEST_ENTITIES,
		.dead_letter_topic = INGEST_DEAD_LETTERS,
		.restore_topic_shared = true,
		.restore_inputs_compacted = true,
		.open = open_shard,
		.close = close_shard,
		.prepare = prepare,
		.step = step,
		.due = due,
		.tick = tick,
		.at_end = at_end,
		.leave = leave,
		.committed = committed,
		.aborted = aborted,
		.restore = restore,
		.counts_as_failure = counts_as_failure,
		.describe = ingest_role_describe,
		.measure = ingest_role_measure,
	};

	return &processor;
}
