// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/attribution.h"

#include <stdlib.h>

#include "attribution/flood.h"
#include "base/own.h"
#include "processors/attribution/explain.h"
#include "processors/attribution/publish.h"

_Static_assert((int)INPUT_CLICKS == (int)ATTRIBUTION_CLICKS && (int)INPUT_CONVERSIONS == (int)ATTRIBUTION_CONVERSIONS, "inputs come first");

struct role_state {
	const struct config *config;
	struct registry *registry;
	struct rules *rules;
	struct wire_header conversion_header, credit_header;
	const char *topics[ATTRIBUTION_TOPICS];
};

enum { OUTCOMES = 6 };

struct told {
	struct metrics_slot *accepted[INPUT_COUNT], *not_selected[INPUT_COUNT], *denied, *flooded, *emitted, *unchanged, *late,
		*outcomes[OUTCOMES];
};

struct attribution {
	struct step_shard shard;
	struct publish_topics topics;
	struct wire_reader *readers[INPUT_COUNT];
	struct wire_reader *output_reader;
	struct told told;
};

// ---- what all shards share

static void name_topics(struct role_state *r)
{
	const struct config *c = r->config;

	r->topics[ATTRIBUTION_CLICKS] = c->topics.clicks;
	r->topics[ATTRIBUTION_ORDERS] = c->topics.orders;
	r->topics[ATTRIBUTION_CONVERSIONS] = c->topics.conversions;
	r->topics[ATTRIBUTION_OUTPUTS] = c->topics.attributed_conversions;
	r->topics[ATTRIBUTION_CREDITS] = c->topics.attribution_credits;
	r->topics[ATTRIBUTION_DEAD_LETTERS] = c->topics.dead_letters;
}

int attribution_role_new(const struct config *config, struct registry *registry, void **role_state, struct err *err)
{
	struct role_state *r = calloc(1, sizeof *r);

	if (!r)
		err_out_of_memory();
	*role_state = r;
	r->config = config;
	r->registry = registry;
	name_topics(r);
	if (rules_new(config, &r->rules, err) == 0 &&
		wire_header_for(contract_attributed_conversion, registry, config->topics.attributed_conversions, &r->conversion_header, err) == 0 &&
		wire_header_for(contract_credit_delta, registry, config->topics.attribution_credits, &r->credit_header, err) == 0)
		return 0;
	attribution_role_free(role_state);
	return -1;
}

void attribution_role_free(void **role_state)
{
	struct role_state *r = *role_state;

	if (!r)
		return;
	rules_free(&r->rules);
	free(r);
	*role_state = NULL;
}

const char *const *attribution_topic_names(const void *role_state)
{
	return ((const struct role_state *)role_state)->topics;
}

// ---- one shard

static struct told told_new(const char *const *topics)
{
	static const char *const outcomes[OUTCOMES] = {"no_consent", "cancelled", "not_first", "attributed", "outside_window", "no_click"};
	struct told t;

	for (int i = 0; i < INPUT_COUNT; i++) {
		t.accepted[i] = metrics_slot(METRICS_RECORDS, topics[i], "accepted");
		t.not_selected[i] = metrics_slot(METRICS_RECORDS, topics[i], "not_selected");
	}
	t.denied = metrics_slot(METRICS_RECORDS, topics[INPUT_CLICKS], "denied");
	t.flooded = metrics_slot(METRICS_RECORDS, topics[INPUT_CLICKS], "flooded");
	t.late = metrics_slot(METRICS_RECORDS, topics[INPUT_CLICKS], "late");
	t.emitted = metrics_slot(METRICS_RECORDS, topics[ATTRIBUTION_OUTPUTS], "emitted");
	t.unchanged = metrics_slot(METRICS_RECORDS, topics[ATTRIBUTION_OUTPUTS], "unchanged");
	for (int i = 0; i < OUTCOMES; i++)
		t.outcomes[i] = metrics_slot(METRICS_OUTCOMES, outcomes[i]);
	return t;
}

static enum wire_format format_of(enum config_format format)
{
	return format == CONFIG_JSON ? WIRE_JSON : WIRE_AVRO;
}

static void *open_shard(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct role_state *r = role_state;
	struct attribution *a = calloc(1, sizeof *a);

	if (!a)
		err_out_of_memory();
	a->shard.rules = r->rules;
	a->shard.store = store;
	a->shard.position = position;
	a->shard.people = (struct people){store, &a->shard.arena, NULL};
	a->shard.digest = digest_new();
	a->topics = (struct publish_topics){ATTRIBUTION_OUTPUTS, ATTRIBUTION_CREDITS, partition, r->conversion_header, r->credit_header};
	a->readers[INPUT_CLICKS] = wire_reader_new(contract_click, format_of(r->config->format.clicks), r->registry);
	a->readers[INPUT_ORDERS] = wire_reader_new(contract_order, format_of(r->config->format.orders), r->registry);
	a->readers[INPUT_CONVERSIONS] = wire_reader_new(contract_conversion, format_of(r->config->format.conversions), r->registry);
	a->output_reader = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, r->registry);
	a->told = told_new(r->topics);
	return a;
}

static void close_shard(void *self)
{
	struct attribution *a = self;

	people_forget(&a->shard.people);
	arena_clear(&a->shard.arena);
	digest_free(&a->shard.digest);
	buf_clear(&a->shard.bytes);
	buf_clear(&a->shard.other_bytes);
	for (int i = 0; i < INPUT_COUNT; i++)
		wire_reader_free(&a->readers[i]);
	wire_reader_free(&a->output_reader);
	free(a);
}

static int decode(struct attribution *a, const struct record *record, struct arena *arena, struct prepared *out, struct err *err)
{
	static const size_t sizes[INPUT_COUNT] = {sizeof(struct click), sizeof(struct order), sizeof(struct conversion)};
	void *body = arena_take(arena, sizes[record->input]);

	if (!record->value.p)
		return err_set(err, ERR_POISON, "bad_record", "it has no value: inputs are not compacted, a deletion means nothing here");
	if (wire_read(a->readers[record->input], record->value, arena, body, err) != 0)
		return -1;
	out->body = body;
	return 0;
}

static void prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	struct err err;

	*out = (struct prepared){INT64_MIN, NULL, NULL};
	if (decode(self, record, arena, out, &err) != 0) {
		out->fault = memcpy(arena_take(arena, sizeof err), &err, sizeof err);
		return;
	}
	out->time = record->input == INPUT_CLICKS ? ((const struct click *)out->body)->event_time
		: record->input == INPUT_ORDERS       ? ((const struct order *)out->body)->status_time
											  : ((const struct conversion *)out->body)->event_time;
}

static void expect(void *self, const struct record *record)
{
	if (record->key.p)
		store_prefetch(((struct attribution *)self)->shard.store, store_hash(record->key));
}

static int step(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct step_shard *s = &((struct attribution *)self)->shard;

	(void)emit;
	switch (record->input) {
	case INPUT_CLICKS:
		return step_click(s, record, prepared->body, err);
	case INPUT_ORDERS:
		return step_order(s, record, prepared->body, err);
	default:
		return step_conversion(s, record, prepared->body, err);
	}
}

static int flush(void *self, struct emit *emit, struct err *err)
{
	struct attribution *a = self;

	return publish_run(&a->shard, &a->topics, emit, err);
}

// ---- the horizon

static bool is_used(const struct rules *rules, int input)
{
	return input == INPUT_CLICKS || (input == INPUT_ORDERS ? rules->uses_orders : rules->uses_conversions);
}

// The horizon moves in steps: what bound a click that may still be needed is then one of a few values, which the position keeps (position.h), so that a lost
// disk judges it as it was judged. Needed are clicks since h - L - 2 Wm and from there to the beginning of the hour; a horizon more than L after a click's
// time was its bound.
enum { HORIZON_STEPS = 8 }; // of one max_lookback
_Static_assert(POSITION_BOUNDS >= 2 * HORIZON_STEPS + 2, "every horizon that may have bound a click that is still needed is kept");

static int64_t stepped(const struct rules *rules, int64_t time)
{
	int64_t step = rules->max_lookback_ms / HORIZON_STEPS;

	if (step < FLOOD_HOUR_MS)
		step = FLOOD_HOUR_MS;
	int64_t rest = time % step;
	return judge_before(time, rest < 0 ? rest + step : rest);
}

static int64_t horizon(void *self, const bool *at_end)
{
	const struct step_shard *s = &((struct attribution *)self)->shard;
	int64_t largest = POSITION_NO_TIME, smallest = INT64_MAX;

	for (int i = 0; i < INPUT_COUNT; i++)
		if (is_used(s->rules, i) && s->position->inputs[i].stream_time > largest)
			largest = s->position->inputs[i].stream_time;
	int64_t idle = judge_before(largest, s->rules->lateness_ms);
	for (int i = 0; i < INPUT_COUNT; i++) {
		int64_t time = s->position->inputs[i].stream_time;

		if (!is_used(s->rules, i))
			continue;
		if (at_end[i] && idle > time)
			time = idle;
		if (time < smallest)
			smallest = time;
	}
	smallest = stepped(s->rules, smallest);
	return smallest > s->position->horizon ? smallest : s->position->horizon;
}

static int64_t clicks_needed_since(const struct step_shard *s)
{
	return judge_before(judge_before(s->position->horizon, s->rules->lateness_ms), 2 * s->rules->max_lookback_ms);
}

static int64_t restore_since(void *self)
{
	const struct step_shard *s = &((struct attribution *)self)->shard;

	// From the hour's beginning: its first landings decide which later ones exist.
	return judge_before(flood_hour(clicks_needed_since(s)), s->rules->max_future_ms);
}

// ---- commit, abort, recovery

static void tell(struct attribution *a)
{
	const struct step_counts *c = &a->shard.counts;

	for (int i = 0; i < INPUT_COUNT; i++) {
		metrics_add(a->told.accepted[i], c->accepted[i]);
		metrics_add(a->told.not_selected[i], c->not_selected[i]);
	}
	metrics_add(a->told.denied, c->denied);
	metrics_add(a->told.flooded, store_flooded(a->shard.store));
	metrics_add(a->told.late, c->late_clicks);
	metrics_add(a->told.emitted, c->emitted);
	metrics_add(a->told.unchanged, c->unchanged);
	for (int i = 0; i < OUTCOMES; i++)
		metrics_add(a->told.outcomes[i], c->outcomes[i]);
}

static void forget_run(struct attribution *a)
{
	people_forget(&a->shard.people);
	arena_reset(&a->shard.arena);
	memset(&a->shard.counts, 0, sizeof a->shard.counts);
}

static void committed(void *self)
{
	struct attribution *a = self;
	int64_t since = clicks_needed_since(&a->shard);

	tell(a);
	forget_run(a);
	if (since != POSITION_NO_TIME)
		store_expire_before(a->shard.store, flood_hour(since));
}

static void aborted(void *self)
{
	forget_run(self);
}

static int restore_output(struct attribution *a, const struct record *record, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct attributed_conversion published;

	if (!record->value.p)
		return 0;
	if (wire_read(a->output_reader, record->value, &arena, &published, err) != 0) {
		if (err->class == ERR_POISON)
			err->class = ERR_FATAL; // our own output: without it the baseline is gone
		return -1;
	}
	return publish_again(&a->shard, &published, err);
}

static int restore(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err)
{
	struct attribution *a = self;

	int failed = own_output ? restore_output(a, record, err) : step_click_again(&a->shard, record, prepared->body, err);

	arena_reset(&a->shard.arena);
	return failed;
}

// A shop that sends history, a tenant not yet configured: nothing is broken, so they do not stop a run.
static bool counts_as_failure(const char *reason)
{
	return strcmp(reason, "too_late") != 0 && strcmp(reason, "unknown_tenant") != 0;
}

static int explain(void *self, const struct processor_question *question, struct buf *out, bool *found, struct err *err)
{
	const struct step_shard *s = &((struct attribution *)self)->shard;

	return explain_answer(&(struct explain_source){s->rules, s->store, s->position}, question, out, found, err);
}

const struct processor *attribution_processor(void)
{
	static const struct processor_topic topics[ATTRIBUTION_TOPICS] = {{"clicks"}, {"orders"}, {"conversions"}, {"attributed_conversions"},
		{"attribution_credits"}, {"dead_letters"}};
	static const struct processor processor = {
		.role = "attribution",
		.topics = topics,
		.topic_count = ATTRIBUTION_TOPICS,
		.input_count = INPUT_COUNT,
		.restore_topic = ATTRIBUTION_OUTPUTS,
		.restore_inputs = 1U << INPUT_CLICKS,
		.outside_inputs = 1U << INPUT_CLICKS | 1U << INPUT_ORDERS | 1U << INPUT_CONVERSIONS,
		.dead_letter_topic = ATTRIBUTION_DEAD_LETTERS,
		.open = open_shard,
		.close = close_shard,
		.prepare = prepare,
		.expect = expect,
		.step = step,
		.flush = flush,
		.horizon = horizon,
		.committed = committed,
		.aborted = aborted,
		.restore_since = restore_since,
		.restore = restore,
		.counts_as_failure = counts_as_failure,
		.explain = explain,
	};

	return &processor;
}
