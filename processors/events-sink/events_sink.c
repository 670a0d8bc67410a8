// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/events_sink.h"

#include <stdlib.h>

#include "base/metrics.h"
#include "base/own.h"
#include "processors/events-sink/dispatch.h"
#include "processors/events-sink/order_step.h"
#include "processors/events-sink/reload.h"
#include "processors/events-sink/settle.h"
#include "processors/events-sink/verdict.h"

enum { DUE_AT_ONCE = 5000, PUT_AGAIN_MS = 20 };

// ---- one shard

static struct export_shard *shard_new(struct export_role *role, int32_t partition, struct store *store)
{
	struct export_shard *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->role = role;
	s->partition = partition;
	s->store = store;
	s->digest = digest_new();
	s->results = wire_reader_new(contract_export_result, WIRE_AVRO, role->registry);
	s->tenants = calloc(role->config->tenant_count + 1, sizeof *s->tenants);
	s->active = calloc(role->config->tenant_count + 1, sizeof *s->active);
	if (!s->tenants || !s->active)
		err_out_of_memory();
	for (size_t i = 0; i < role->config->tenant_count; i++)
		s->tenants[i].tenant = &role->config->tenants[i];
	s->box = send_box_new(role->sender, -1);
	s->restated = 1;
	return s;
}

static void *open_conversions(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct export_shard *s = shard_new(role_state, partition, store);

	(void)position;
	s->input = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, s->role->registry);
	s->kept_conversions = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, s->role->registry);
	wire_reader_trust(s->kept_conversions);
	return s;
}

static void *open_orders(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct export_shard *s = shard_new(role_state, partition, store);
	enum config_format format = s->role->config->format.orders;

	(void)position;
	s->orders = true;
	s->input = wire_reader_new(contract_order, format == CONFIG_JSON ? WIRE_JSON : WIRE_AVRO, s->role->registry);
	return s;
}

static void forget_taken(struct export_shard *s)
{
	for (size_t i = 0; i < s->taken_count; i++)
		free((char *)(uintptr_t)s->taken[i].entry.name.p);
	s->taken_count = 0;
}

static void close_shard(void *self)
{
	struct export_shard *s = self;

	send_box_free(&s->box);
	for (size_t i = 0; i < s->role->config->tenant_count; i++) {
		if (s->tenants[i].paused)
			export_role_go_on(s->role, &(struct pause){.tenant = i, .orders = s->orders, .partition = s->partition});
		waiting_free(&s->tenants[i].waiting);
	}
	forget_taken(s);
	outbox_clear(&s->outbox);
	at_hand_free(&s->at_hand);
	wire_reader_free(&s->input);
	wire_reader_free(&s->results);
	wire_reader_free(&s->kept_conversions);
	digest_free(&s->digest);
	arena_clear(&s->arena);
	buf_clear(&s->bytes);
	buf_clear(&s->json);
	buf_clear(&s->spare);
	answers_clear(&s->answers);
	free(s->tenants);
	free(s->active);
	free(s->taken);
	free(s);
}

// ---- records

static void prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	struct export_shard *s = self;
	void *body = arena_take(arena, s->orders ? sizeof(struct order) : sizeof(struct attributed_conversion));
	struct err err;

	*out = (struct prepared){record->timestamp, NULL, NULL};
	if (!record->value.p)
		return; // a deletion says nothing to TikTok
	if (wire_read(s->input, record->value, arena, body, &err) == 0)
		out->body = body;
	else
		out->fault = memcpy(arena_take(arena, sizeof err), &err, sizeof err);
}

// Under the key that attribution gives it; somebody else's costs a line that nobody needs.
static void expect(void *self, const struct record *record)
{
	if (record->key.p)
		store_prefetch(((struct export_shard *)self)->store, store_hash(record->key));
}

// What the conversion says is done at once, or waits for its time.
static int take(struct export_shard *s, const struct export_goal *goal, const struct attributed_conversion *c, const struct ledger_key *key,
	struct ledger_row *row, struct err *err)
{
	if (dispatch_at_once(s, goal, row))
		return dispatch_conversion(s, goal, c, key, row, err);
	return settle_row(s, goal, c, key, row, err);
}

static int learn(struct export_shard *s, const struct record *record, const struct attributed_conversion *c, struct err *err)
{
	const struct export_goal *goal = export_role_goal(s->role, c->tenant, c->goal);
	struct ledger_row row;

	if (!goal) {
		s->counts.not_exported++;
		return 0;
	}
	arena_reset(&s->arena);
	// Of what it says: the key in Kafka is somebody else's word.
	const struct export_result named = {.tenant = c->tenant, .user = c->user, .goal = c->goal, .conversion_id = c->conversion_id};
	struct ledger_key key = ledger_key(&named, &s->arena);
	if (ledger_read(s->store, &key, &s->arena, &row, err) != 0)
		return -1;
	bool was_kept = view_is_set(row.record) || row.event_count > 0;
	if (row.first_seen == INT64_MAX)
		row.first_seen = record->timestamp < 0 ? 0 : record->timestamp;
	row.record = record->value;
	if (ledger_any_open(&row))
		s->restated++;
	if (take(s, goal, c, &key, &row, err) != 0)
		return -1;
	if (was_kept || view_is_set(row.record) || row.event_count > 0)
		ledger_write(s->store, &key, &row, &s->spare);
	return 0;
}

static int step(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct export_shard *s = self;

	s->counts.records++;
	if (!prepared->body)
		return 0;
	s->emit = emit;
	s->now_ms = s->asked_ms; // a record that waited in Kafka for days has its time before it
	return s->orders ? order_step(s, record, prepared->body, err) : learn(s, record, prepared->body, err);
}

static bool has_all_open(const struct export_shard *s)
{
	return outbox_busy(&s->outbox) >= EXPORT_OPEN_MAX;
}

// What cannot be told yet had better stay in Kafka: in the store it would be written and read once more.
static bool full(void *self)
{
	const struct export_shard *s = self;

	return has_all_open(s) || s->waiting_count >= EXPORT_WAITING_MAX;
}

// Most of what is open is written and may not go, or is answered and still counts.
static bool held_up(void *self)
{
	const struct export_shard *s = self;

	return has_all_open(s) && outbox_uncommitted(&s->outbox) >= EXPORT_OPEN_MAX / 2;
}

static bool leave(void *self)
{
	struct export_shard *s = self;

	s->leaving = true;
	return s->outbox.sent > 0;
}

// ---- ticks

// Committed intents go to the sender; what it has no room for stays.
static void hand_over(struct export_shard *s, int64_t now_ms)
{
	if (s->outbox.ready == 0 || s->leaving || now_ms < s->put_due_ms || s->trouble.class != ERR_NONE)
		return;
	s->put_due_ms = now_ms + PUT_AGAIN_MS;
	if (dispatch_put(s, &s->trouble) == 0)
		s->trouble.class = ERR_NONE;
}

static bool due(void *self, int64_t now_ms)
{
	struct export_shard *s = self;

	s->asked_ms = now_ms;
	hand_over(s, now_ms);
	return s->trouble.class != ERR_NONE || s->pause_due || verdict_any_goes_on(s, now_ms) || verdict_any(s) ||
		verdict_any_stale(s, now_ms) || reload_is_due(s, now_ms) || dispatch_is_due(s, now_ms);
}

static int tick(void *self, int64_t now_ms, struct emit *emit, struct err *err)
{
	struct export_shard *s = self;

	s->emit = emit;
	s->now_ms = now_ms;
	if (s->trouble.class != ERR_NONE) {
		*err = s->trouble;
		s->trouble.class = ERR_NONE;
		return -1;
	}
	if (reload_is_due(s, now_ms) && reload_rows(s, err) != 0)
		return -1;
	if (verdict_go_on(s, err) != 0 || verdict_judge(s, err) != 0 || verdict_pause(s, err) != 0 || verdict_give_up(s, err) != 0)
		return -1;
	return dispatch_due(s, DUE_AT_ONCE, err);
}

// ---- commit, abort

static void tell(struct export_shard *s)
{
	static const char *const names[EXPORT_VERDICTS] = {"intent", "accepted", "refused", "too_old", "unknown", "paused",
		"sent_then_changed"};
	const char *topic = s->orders ? s->role->config->topics.orders : s->role->config->topics.attributed_conversions;

	metrics_add(metrics_slot(METRICS_RECORDS, topic, "accepted"), s->counts.records - s->counts.not_exported);
	metrics_add(metrics_slot(METRICS_RECORDS, topic, "not_exported"), s->counts.not_exported);
	for (int i = 0; i < EXPORT_VERDICTS; i++)
		if (s->counts.verdicts[i])
			metrics_add(metrics_slot(METRICS_EXPORTS, names[i]), s->counts.verdicts[i]);
}

static void ticket_ended(void *context, const struct ticket *ticket)
{
	struct export_shard *s = context;

	s->tenants[ticket->tenant].open--;
}

static void committed(void *self)
{
	struct export_shard *s = self;

	if (!s->emit)
		return; // restoring
	tell(s);
	s->counts = (struct export_counts){0};
	outbox_committed(&s->outbox, ticket_ended, s);
	verdict_committed(s);
	forget_taken(s);
	s->put_due_ms = 0;
	store_expire_conversions_before(s->store, s->asked_ms - s->role->config->events_sink.ledger_retention_ms);
	hand_over(s, s->asked_ms);
	at_hand_clear(&s->at_hand);
}

static void aborted(void *self)
{
	struct export_shard *s = self;

	s->counts = (struct export_counts){0};
	outbox_aborted(&s->outbox, ticket_ended, s);
	at_hand_clear(&s->at_hand);
	verdict_aborted(s);
	for (size_t i = 0; i < s->taken_count; i++)
		export_shard_wait(s, s->taken[i].tenant, s->taken[i].entry.due_ms, s->taken[i].entry.name);
	forget_taken(s);
}

// ---- recovery

static int restore_result(struct export_shard *s, const struct record *record, struct err *err)
{
	struct export_result result;
	struct ledger_row row;

	if (!record->value.p)
		return 0;
	arena_reset(&s->arena);
	if (wire_read(s->results, record->value, &s->arena, &result, err) != 0) {
		if (err->class == ERR_POISON)
			err->class = ERR_FATAL; // our own: without it an event might be sent twice
		return -1;
	}
	if (view_eq(result.destination, VIEW_LIT(EXPORT_TO_ORDERS)) != s->orders)
		return 0; // the other role's
	struct ledger_key key = ledger_key(&result, &s->arena);
	if (ledger_read(s->store, &key, &s->arena, &row, err) != 0)
		return -1;
	if (row.first_seen == INT64_MAX)
		row.first_seen = result.intent_time;
	ledger_put(&row, &result, &s->arena);
	ledger_write(s->store, &key, &row, &s->spare);
	return 0;
}

static int restore(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err)
{
	struct export_shard *s = self;

	s->emit = NULL;
	if (own_output)
		return restore_result(s, record, err);
	return prepared->body && !s->orders ? learn(s, record, prepared->body, err) : 0;
}

static bool counts_as_failure(const char *reason)
{
	return strcmp(reason, "missing_field") != 0 && strcmp(reason, "refused_by_tiktok") != 0;
}

// What both roles are.
// clang-format off
#define EITHER_ROLE \
	.topic_count = EXPORT_TOPICS, .input_count = EXPORT_INPUTS, .restore_topic = EXPORT_RESULTS, .restore_topic_shared = true, .restore_inputs_compacted = true, \
	.dead_letter_topic = EXPORT_DEAD_LETTERS, .close = close_shard, .prepare = prepare, .step = step, .due = due, .tick = tick, \
	.full = full, .held_up = held_up, .leave = leave, .committed = committed, .aborted = aborted, .restore = restore, \
	.counts_as_failure = counts_as_failure
// clang-format on

const struct processor *events_sink_processor(void)
{
	static const struct processor_topic topics[EXPORT_TOPICS] = {{"attributed_conversions"}, {"export_results"}, {"dead_letters"}};
	static const struct processor processor = {.role = "events-sink",
		.topics = topics,
		.restore_inputs = 1U << EXPORT_INPUT,
		.open = open_conversions,
		.expect = expect,
		.describe = export_role_describe,
		.measure = export_role_measure,
		EITHER_ROLE};

	return &processor;
}

// An order's intents are written with the record itself, so nothing of the input is read again.
const struct processor *events_sink_orders_processor(void)
{
	static const struct processor_topic topics[EXPORT_TOPICS] = {{"orders"}, {"export_results"}, {"dead_letters"}};
	static const struct processor processor = {.role = "order-sync",
		.topics = topics,
		.outside_inputs = 1U << EXPORT_INPUT,
		.open = open_orders,
		EITHER_ROLE};

	return &processor;
}
