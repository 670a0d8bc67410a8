// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/roas_join.h"

#include <stdlib.h>

#include "base/metrics.h"
#include "processors/roas-join/join_shard.h"

// ---- life

static void *open_shard(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct join_shard *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->role = role_state;
	s->partition = partition;
	s->store = store;
	s->position = position;
	s->inputs[JOIN_CREDITS] = wire_reader_new(contract_credit_delta, WIRE_AVRO, s->role->registry);
	s->inputs[JOIN_REPORTS] = wire_reader_new(contract_report_snapshot, WIRE_AVRO, s->role->registry);
	s->inputs[JOIN_ENTITIES] = wire_reader_new(contract_ad_entity, WIRE_AVRO, s->role->registry);
	s->rows = wire_reader_new(contract_roas_row, WIRE_AVRO, s->role->registry);
	return s;
}

static void close_shard(void *self)
{
	struct join_shard *s = self;

	for (int i = 0; i < JOIN_INPUTS; i++)
		wire_reader_free(&s->inputs[i]);
	wire_reader_free(&s->rows);
	arena_clear(&s->arena);
	arena_clear(&s->account_arena);
	buf_clear(&s->bytes);
	buf_clear(&s->spare);
	free(s->list);
	free(s);
}

// ---- records

static size_t body_size(int input)
{
	static const size_t sizes[JOIN_INPUTS] = {sizeof(struct credit_delta), sizeof(struct report_snapshot), sizeof(struct ad_entity)};

	return sizes[input];
}

// Entities first: until an account's zone is known its credits are moved about.
static void prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	struct join_shard *s = self;
	void *body = arena_take(arena, body_size(record->input));
	struct err err;

	*out = (struct prepared){record->input == JOIN_ENTITIES ? INT64_MIN : record->timestamp, NULL, NULL};
	if (!record->value.p)
		return;
	if (wire_read(s->inputs[record->input], record->value, arena, body, &err) == 0)
		out->body = body;
	else
		out->fault = memcpy(arena_take(arena, sizeof err), &err, sizeof err);
}

static int take(struct join_shard *s, const struct record *record, const struct prepared *prepared, struct err *err)
{
	switch (record->input) {
	case JOIN_CREDITS:
		return join_step_credits(s, record, prepared->body, err);
	case JOIN_REPORTS:
		return join_step_report(s, record, prepared->body, err);
	default:
		return join_step_entity(s, record, prepared->body, err);
	}
}

static int step(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct join_shard *s = self;

	s->emit = emit;
	if (take(s, record, prepared, err) != 0)
		return -1;
	s->accepted[record->input]++;
	return 0;
}

static int flush(void *self, struct emit *emit, struct err *err)
{
	struct join_shard *s = self;

	s->emit = emit;
	int failed = join_settle(s, err);
	join_work_clear(s);
	return failed;
}

// ---- rows are reckoned anew when rates or settings have changed

static bool due(void *self, int64_t now_ms)
{
	struct join_shard *s = self;
	uint64_t digest;
	struct err err;

	(void)now_ms;
	if (s->reload == RELOAD_UNKNOWN)
		s->reload = join_entry_settings(s->store, &digest, &err) == 0 && digest == s->role->settings ? RELOAD_DONE : RELOAD_NEEDED;
	return s->reload == RELOAD_NEEDED;
}

static int reckon_account(struct join_shard *s, struct view key, struct err *err)
{
	const char *bar = memchr(key.p, '|', key.n);
	struct join_account *account;

	CHECK(bar);
	struct view tenant = view_of(key.p, (size_t)(bar - key.p));
	struct view advertiser = join_key_id(view_of(bar + 1, key.n - tenant.n - 1), &s->arena);
	if (join_work_account(s, tenant, advertiser, &account, err) != 0)
		return -1;
	return account ? join_publish_account(s, account, err) : 0;
}

static int tick(void *self, int64_t now_ms, struct emit *emit, struct err *err)
{
	struct join_shard *s = self;
	struct view *keys;
	size_t count;

	(void)now_ms;
	s->emit = emit;
	if (join_entry_accounts(s->store, &s->arena, &keys, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (reckon_account(s, keys[i], err) != 0)
			return -1;
	join_entry_put_settings(s->store, s->role->settings);
	s->reload = RELOAD_RUNNING;
	join_work_clear(s);
	return 0;
}

// ---- commit, abort

static void tell(struct join_shard *s)
{
	const struct config *c = s->role->config;
	const char *const topics[JOIN_INPUTS] = {c->topics.attribution_credits, c->topics.report_snapshots, c->topics.ad_entities};

	for (int i = 0; i < JOIN_INPUTS; i++)
		metrics_add(metrics_slot(METRICS_RECORDS, topics[i], "accepted"), s->accepted[i]);
}

static void committed(void *self)
{
	struct join_shard *s = self;

	if (!s->emit)
		return; // restoring
	tell(s);
	memset(s->accepted, 0, sizeof s->accepted);
	if (s->reload == RELOAD_RUNNING)
		s->reload = RELOAD_DONE;
}

static void aborted(void *self)
{
	struct join_shard *s = self;

	memset(s->accepted, 0, sizeof s->accepted);
	if (s->reload == RELOAD_RUNNING)
		s->reload = RELOAD_NEEDED;
	join_work_clear(s);
	join_work_forget_accounts(s);
}

// ---- recovery

static bool counts_as_failure(const char *reason)
{
	return strcmp(reason, "unknown_tenant") != 0;
}

static int restore(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err)
{
	struct join_shard *s = self;

	s->emit = NULL;
	int failed = own_output ? join_restore_row(s, record, err) : take(s, record, prepared, err);
	if (!failed && !own_output)
		failed = join_settle(s, err);
	join_work_clear(s);
	return failed;
}

const struct processor *roas_join_processor(void)
{
	static const struct processor_topic topics[JOIN_TOPICS] = {{"attribution_credits"}, {"report_snapshots"}, {"ad_entities"}, {"roas"},
		{"daily_sums"}, {"dead_letters"}};
	static const struct processor processor = {.role = "roas-join",
		.topics = topics,
		.topic_count = JOIN_TOPICS,
		.input_count = JOIN_INPUTS,
		.by_shard = 1U << JOIN_CREDITS | 1U << JOIN_REPORTS | 1U << JOIN_ENTITIES | 1U << JOIN_ROAS | 1U << JOIN_DAILY_SUMS,
		.restore_topic = JOIN_ROAS,
		.restore_inputs = 1U << JOIN_REPORTS | 1U << JOIN_ENTITIES,
		.restore_inputs_compacted = true,
		.whole_inputs = 1U << JOIN_CREDITS,
		.dead_letter_topic = JOIN_DEAD_LETTERS,
		.open = open_shard,
		.close = close_shard,
		.prepare = prepare,
		.step = step,
		.flush = flush,
		.due = due,
		.tick = tick,
		.committed = committed,
		.aborted = aborted,
		.restore = restore,
		.counts_as_failure = counts_as_failure};

	return &processor;
}
