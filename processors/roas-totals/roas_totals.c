// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-totals/roas_totals.h"

#include <stdlib.h>
#include <xxhash.h>

#include "base/metrics.h"
#include "base/own.h"
#include "base/when.h"
#include "processors/roas-totals/sum_days.h"
#include "processors/roas-totals/tenant_total.h"

enum { SUMS, TENANT_DAYS, DEAD_LETTERS, TOPICS, INPUTS = 1, MARGIN_DAYS = 30 };

struct roas_totals_role {
	const struct config *config;
	struct registry *registry;
	const struct rates *rates;
	struct costs *costs; // by tenant, as in the config
	uint64_t digest;     // of all that days depend on beside their parts
	struct wire_header header;
};

struct totals_shard {
	const struct roas_totals_role *role;
	int32_t partition;
	struct wire_reader *input;
	struct sum_days *days;
	struct retell *retell;
	struct arena arena; // of a day that is made
	struct buf key;
	struct emit *emit; // of the running flush or tick
	uint64_t records;
	bool live;
};

// A record's key in its parts, and what came with it.
struct totals_part {
	struct view tenant, source, wire; // wire absent: deleted
	int32_t day;
};

// ---- what all shards share

// A name and a text behind it, told apart from their neighbours.
static void digest_text(XXH64_state_t *state, struct view text)
{
	int64_t n = view_is_set(text) ? (int64_t)text.n : -1;

	XXH64_update(state, &n, sizeof n);
	if (text.n > 0)
		XXH64_update(state, text.p, text.n);
}

static uint64_t digest_of(const struct roas_totals_role *role)
{
	XXH64_state_t *state = XXH64_createState();
	uint64_t rates = rates_digest(role->rates);

	if (!state)
		err_out_of_memory();
	XXH64_reset(state, 0);
	XXH64_update(state, &rates, sizeof rates);
	for (size_t i = 0; i < role->config->tenant_count; i++) {
		const struct tenant *t = &role->config->tenants[i];
		uint64_t costs = costs_digest(&role->costs[i]);

		digest_text(state, t->id);
		digest_text(state, t->time_zone);
		digest_text(state, t->currency);
		XXH64_update(state, &costs, sizeof costs);
	}
	uint64_t digest = XXH64_digest(state);

	XXH64_freeState(state);
	return digest;
}

int roas_totals_role_new(const struct config *config, const struct rates *rates, struct registry *registry, struct roas_totals_role **out,
	struct err *err)
{
	struct roas_totals_role *role = calloc(1, sizeof *role);

	if (!role || !(role->costs = calloc(config->tenant_count + 1, sizeof *role->costs)))
		err_out_of_memory();
	role->config = config;
	role->registry = registry;
	role->rates = rates;
	for (size_t i = 0; i < config->tenant_count; i++)
		costs_read(&config->tenants[i].costs, config->tenants[i].currency, &role->costs[i]);
	role->digest = digest_of(role);
	if (wire_header_for(contract_tenant_day, registry, config->topics.tenant_days, &role->header, err) == 0) {
		*out = role;
		return 0;
	}
	roas_totals_role_free(&role);
	return -1;
}

void roas_totals_role_free(struct roas_totals_role **role)
{
	if (!*role)
		return;
	free((*role)->costs);
	free(*role);
	*role = NULL;
}

// A tenant that the config does not know any more has its days in UTC, no currency and no costs.
static struct tenant_total_rules rules_of(const struct roas_totals_role *role, struct view tenant)
{
	const struct tenant *t = config_tenant(role->config, tenant);

	if (!t)
		return (struct tenant_total_rules){.day_zone = VIEW_LIT("UTC"), .currency = VIEW_ABSENT, .rates = role->rates};
	return (struct tenant_total_rules){.day_zone = t->time_zone,
		.currency = t->currency,
		.costs = role->costs[t - role->config->tenants],
		.rates = role->rates};
}

// ---- what is told

static void make(void *context, struct view tenant, int32_t day, const struct daily_part *parts, size_t count, struct buf *value)
{
	struct totals_shard *s = context;
	const struct tenant_total_rules rules = rules_of(s->role, tenant);
	char text[WHEN_ISO_SIZE];
	struct tenant_day row;

	arena_reset(&s->arena);
	tenant_total_of(&rules, parts, count, &s->arena, &row);
	row.tenant = tenant;
	row.day = view_text(when_print_day(day, text));
	wire_write(&s->role->header, contract_tenant_day, &row, value);
}

static int tell(void *context, struct view tenant, int32_t day, struct view value, struct err *err)
{
	struct totals_shard *s = context;
	char text[WHEN_ISO_SIZE];

	buf_reset(&s->key);
	buf_add_view(&s->key, tenant);
	buf_addf(&s->key, "|%s", when_print_day(day, text));
	const struct emission out = {.topic = TENANT_DAYS,
		.partition = s->partition,
		.key = buf_view(&s->key),
		.value = value.n > 0 ? value : VIEW_ABSENT};

	return s->emit->send(s->emit, &out, err);
}

static int touch(void *context, struct view tenant, int32_t day, bool stands, struct err *err)
{
	return sum_days_touch(((struct totals_shard *)context)->days, tenant, day, stands, err);
}

static int write_told(void *context, struct err *err)
{
	return sum_days_write(((struct totals_shard *)context)->days, tell, err);
}

// ---- one shard

static void *open_shard(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct totals_shard *s = calloc(1, sizeof *s);

	(void)position;
	if (!s)
		err_out_of_memory();
	s->role = role_state;
	s->partition = partition;
	s->input = wire_reader_new(contract_daily_sum, WIRE_AVRO, s->role->registry);
	s->days = sum_days_new(store, s->input, make, s);
	s->retell = retell_new(&(struct retell_options){.store = store,
		.digest = s->role->digest,
		.margin_days = MARGIN_DAYS,
		.row = sum_days_row,
		.touch = touch,
		.write = write_told,
		.context = s});
	return s;
}

static void close_shard(void *self)
{
	struct totals_shard *s = self;

	retell_free(&s->retell);
	sum_days_free(&s->days);
	wire_reader_free(&s->input);
	arena_clear(&s->arena);
	buf_clear(&s->key);
	free(s);
}

// ---- records

// tenant|source|day
static int read_key(struct view key, struct totals_part *out, struct err *err)
{
	const char *first = key.n ? memchr(key.p, '|', key.n) : NULL, *last = key.n ? memrchr(key.p, '|', key.n) : NULL;

	if (!first || first == last || when_parse_day(view_of(last + 1, (size_t)(key.p + key.n - last - 1)), &out->day) != 0)
		return err_set(err, ERR_POISON, "bad_record", "the key is not tenant|source|day, as 'shop|orders:3|2026-11-21'");
	out->tenant = view_of(key.p, (size_t)(first - key.p));
	out->source = view_of(first + 1, (size_t)(last - first - 1));
	return 0;
}

// Decoded to know now that it can be: what is kept is the record itself.
static int read_part(struct totals_shard *s, const struct record *record, struct arena *arena, struct totals_part *out, struct err *err)
{
	struct daily_sum sum;
	int32_t day;

	if (read_key(record->key, out, err) != 0)
		return -1;
	out->wire = record->value;
	if (!view_is_set(record->value))
		return 0;
	if (wire_read(s->input, record->value, arena, &sum, err) != 0)
		return -1;
	if (!view_eq(sum.tenant, out->tenant) || !view_eq(sum.source, out->source) || when_parse_day(sum.day, &day) != 0 || day != out->day)
		return err_set(err, ERR_POISON, "key_mismatch", "tenant, source and day are not those of the key");
	return 0;
}

static void prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	struct totals_part *part = arena_take(arena, sizeof *part);
	struct err err;

	*out = (struct prepared){record->timestamp, NULL, NULL};
	if (read_part(self, record, arena, part, &err) == 0)
		out->body = part;
	else
		out->fault = memcpy(arena_take(arena, sizeof err), &err, sizeof err);
}

static int learn(struct totals_shard *s, const struct totals_part *p, struct err *err)
{
	return sum_days_put(s->days, p->tenant, p->day, p->source, p->wire, err);
}

static int step(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct totals_shard *s = self;

	(void)record, (void)emit;
	s->records++;
	return learn(s, prepared->body, err);
}

static int flush(void *self, struct emit *emit, struct err *err)
{
	struct totals_shard *s = self;

	s->emit = emit;
	return write_told(s, err);
}

static bool due(void *self, int64_t now_ms)
{
	struct totals_shard *s = self;

	(void)now_ms;
	s->live = true;
	return retell_is_due(s->retell);
}

static int tick(void *self, int64_t now_ms, struct emit *emit, struct err *err)
{
	struct totals_shard *s = self;

	(void)now_ms;
	s->emit = emit;
	return retell_some(s->retell, err);
}

// ---- commit, recovery

static void committed(void *self)
{
	struct totals_shard *s = self;

	retell_committed(s->retell);
	if (s->live)
		metrics_add(metrics_slot(METRICS_RECORDS, s->role->config->topics.daily_sums, "accepted"), s->records);
	s->records = 0;
}

static void aborted(void *self)
{
	struct totals_shard *s = self;

	sum_days_drop(s->days);
	retell_aborted(s->retell);
	s->records = 0;
}

// What is restored is told anew when the shard is live.
static int restore(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err)
{
	struct totals_shard *s = self;

	(void)record;
	CHECK(!own_output);
	if (retell_note(s->retell, err) != 0 || learn(s, prepared->body, err) != 0)
		return -1;
	return sum_days_write(s->days, NULL, err);
}

const struct processor *roas_totals_processor(void)
{
	static const struct processor_topic topics[TOPICS] = {{"daily_sums"}, {"tenant_days"}, {"dead_letters"}};
	static const struct processor processor = {
		.role = "roas-totals",
		.topics = topics,
		.topic_count = TOPICS,
		.input_count = INPUTS,
		.by_shard = 1U << SUMS | 1U << TENANT_DAYS,
		.restore_topic = -1,
		.restore_inputs = 1U << SUMS,
		.restore_inputs_compacted = true,
		.dead_letter_topic = DEAD_LETTERS,
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
	};

	return &processor;
}
