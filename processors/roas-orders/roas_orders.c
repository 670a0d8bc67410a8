// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-orders/roas_orders.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/metrics.h"
#include "base/own.h"
#include "processors/roas-orders/order_days.h"
#include "processors/roas-orders/retell.h"
#include "runtime/topics_partition.h"

static const int64_t DAY_MS = 86400000;
enum { CONVERSIONS_IN, SUMS, DEAD_LETTERS, TOPICS, INPUTS = 1, SOURCE_SIZE = 24 };

struct roas_orders_role {
	const struct config *config;
	struct registry *registry;
	const struct zone **zones; // by tenant, as in the config
	const struct zone *utc;
	struct wire_header header;
};

struct orders_shard {
	const struct roas_orders_role *role;
	struct store *store;
	const struct position *position;
	char source[SOURCE_SIZE];
	struct wire_reader *input, *sums;
	struct order_days *days;
	struct retell *retell;
	struct arena arena; // of a record
	struct buf name, value;
	struct emit *emit; // of the running flush or tick
	uint64_t records;
	bool live;
};

// ---- what all shards share

static int open_zones(struct roas_orders_role *role, struct err *err)
{
	const struct config *c = role->config;

	if (zone_open(VIEW_LIT("UTC"), &role->utc, err) != 0)
		return -1;
	for (size_t i = 0; i < c->tenant_count; i++)
		if (zone_open(c->tenants[i].time_zone, &role->zones[i], err) != 0) {
			err->class = ERR_FATAL;
			return err_prefix(err, "tenant %.*s: time_zone", VIEW_ARG(c->tenants[i].id));
		}
	return 0;
}

int roas_orders_role_new(const struct config *config, struct registry *registry, struct roas_orders_role **out, struct err *err)
{
	struct roas_orders_role *role = calloc(1, sizeof *role);

	if (!role || !(role->zones = calloc(config->tenant_count + 1, sizeof *role->zones)))
		err_out_of_memory();
	role->config = config;
	role->registry = registry;
	if (open_zones(role, err) == 0 && wire_header_for(contract_daily_sum, registry, config->topics.daily_sums, &role->header, err) == 0) {
		*out = role;
		return 0;
	}
	roas_orders_role_free(&role);
	return -1;
}

void roas_orders_role_free(struct roas_orders_role **role)
{
	if (!*role)
		return;
	free((*role)->zones);
	free(*role);
	*role = NULL;
}

// A tenant that the config does not know any more has its days in UTC.
static const struct zone *zone_of(const struct roas_orders_role *role, struct view tenant)
{
	const struct tenant *t = config_tenant(role->config, tenant);

	return t ? role->zones[t - role->config->tenants] : role->utc;
}

// ---- what is told

// A tenant's sums lie together, whatever day and source.
static int32_t partition_of(struct orders_shard *s, struct view key)
{
	const char *bar = memchr(key.p, '|', key.n);

	CHECK(bar);
	return topics_partition_of(view_of(key.p, (size_t)(bar - key.p) + 1), s->position->partitions);
}

static int tell(void *context, struct view key, struct view value, struct err *err)
{
	struct orders_shard *s = context;
	const struct emission out = {.topic = SUMS, .partition = partition_of(s, key), .key = key, .value = value.n > 0 ? value : VIEW_ABSENT};

	return s->emit->send(s->emit, &out, err);
}

static int touch(void *context, struct view tenant, int32_t day, bool stands, struct err *err)
{
	return order_days_touch(((struct orders_shard *)context)->days, tenant, day, stands, err);
}

static int write_told(void *context, struct err *err)
{
	struct orders_shard *s = context;

	return order_days_write(s->days, tell, s, err);
}

// ---- one shard

static void *open_shard(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	struct orders_shard *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	s->role = role_state;
	s->store = store;
	s->position = position;
	snprintf(s->source, sizeof s->source, "orders:%" PRId32, partition);
	s->input = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, s->role->registry);
	s->sums = wire_reader_new(contract_daily_sum, WIRE_AVRO, s->role->registry);
	s->days = order_days_new(store, s->sums, &s->role->header, s->source);
	s->retell = retell_new(&(struct retell_options){.store = store,
		.margin_days = s->role->config->attribution.allowed_lateness_ms / DAY_MS + 1,
		.row = order_days_row,
		.touch = touch,
		.write = write_told,
		.context = s});
	return s;
}

static void close_shard(void *self)
{
	struct orders_shard *s = self;

	retell_free(&s->retell);
	order_days_free(&s->days);
	wire_reader_free(&s->input);
	wire_reader_free(&s->sums);
	arena_clear(&s->arena);
	buf_clear(&s->name);
	buf_clear(&s->value);
	free(s);
}

static void prepare(void *self, const struct record *record, struct arena *arena, struct prepared *out)
{
	struct orders_shard *s = self;
	struct attributed_conversion *body = arena_take(arena, sizeof *body);
	struct err err;

	*out = (struct prepared){record->timestamp, NULL, NULL};
	if (!view_is_set(record->value))
		return; // the conversion was deleted
	if (wire_read(s->input, record->value, arena, body, &err) == 0)
		out->body = body;
	else
		out->fault = memcpy(arena_take(arena, sizeof err), &err, sizeof err);
}

// ---- records

// A conversion's row is found by the record's key, since that is all that a deletion says.
static int read_booked(struct orders_shard *s, uint64_t hash, struct booking *out, bool *booked, struct err *err)
{
	struct view bytes = VIEW_ABSENT;

	*booked = false;
	if (!store_may_have_conversion(s->store, hash, INT64_MIN))
		return 0;
	if (store_read_conversion(s->store, hash, buf_view(&s->name), VIEW_LIT(""), &s->arena, &bytes, err) != 0)
		return -1;
	*booked = view_is_set(bytes) && bytes.n > 0;
	return *booked ? booking_unpack(bytes, out, err) : 0;
}

static void write_booked(struct orders_shard *s, uint64_t hash, const struct booking *b)
{
	buf_reset(&s->value);
	if (b)
		booking_pack(b, &s->value);
	const struct state_conversion row = {VIEW_LIT(""), 0, buf_view(&s->value)};

	store_put_conversion(s->store, hash, buf_view(&s->name), &row, VIEW_ABSENT);
}

// `c` NULL: it was deleted. What it said before is taken out of its day, what it says now is added to its own.
static int learn(struct orders_shard *s, const struct record *record, const struct attributed_conversion *c, struct err *err)
{
	struct booking before, now;
	bool booked;

	arena_reset(&s->arena);
	buf_reset(&s->name);
	buf_add_byte(&s->name, 'c');
	buf_add_view(&s->name, record->key);
	uint64_t hash = store_hash(buf_view(&s->name));

	if (read_booked(s, hash, &before, &booked, err) != 0)
		return -1;
	if (c)
		booking_of(c, zone_of(s->role, c->tenant), &now);
	if (c ? booked && booking_is_same(&before, &now) : !booked)
		return 0;
	if (booked && order_days_take_out(s->days, &before, err) != 0)
		return -1;
	if (c && order_days_add(s->days, &now, err) != 0)
		return -1;
	write_booked(s, hash, c ? &now : NULL);
	return 0;
}

static int step(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct orders_shard *s = self;

	(void)emit;
	s->records++;
	if (record->key.n == 0)
		return err_set(err, ERR_POISON, "missing_field", "the record has no key: whose conversion it is cannot be told");
	return learn(s, record, prepared->body, err);
}

// ---- transactions

static int flush(void *self, struct emit *emit, struct err *err)
{
	struct orders_shard *s = self;

	s->emit = emit;
	return write_told(s, err);
}

static bool due(void *self, int64_t now_ms)
{
	struct orders_shard *s = self;

	(void)now_ms;
	s->live = true;
	return retell_is_due(s->retell);
}

static int tick(void *self, int64_t now_ms, struct emit *emit, struct err *err)
{
	struct orders_shard *s = self;

	(void)now_ms;
	s->emit = emit;
	return retell_some(s->retell, err);
}

static void committed(void *self)
{
	struct orders_shard *s = self;

	retell_committed(s->retell);
	if (s->live)
		metrics_add(metrics_slot(METRICS_RECORDS, s->role->config->topics.attributed_conversions, "accepted"), s->records);
	s->records = 0;
}

static void aborted(void *self)
{
	struct orders_shard *s = self;

	order_days_drop(s->days);
	retell_aborted(s->retell);
	s->records = 0;
}

// ---- recovery

// What is restored is told anew when the shard is live.
static int restore(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err)
{
	struct orders_shard *s = self;

	CHECK(!own_output);
	if (record->key.n == 0)
		return 0;
	if (retell_note(s->retell, err) != 0 || learn(s, record, prepared->body, err) != 0)
		return -1;
	return order_days_write(s->days, NULL, NULL, err);
}

const struct processor *roas_orders_processor(void)
{
	static const struct processor_topic topics[TOPICS] = {{"attributed_conversions"}, {"daily_sums"}, {"dead_letters"}};
	static const struct processor processor = {
		.role = "roas-orders",
		.topics = topics,
		.topic_count = TOPICS,
		.input_count = INPUTS,
		.by_shard = 1U << SUMS,
		.restore_topic = -1,
		.restore_inputs = 1U << CONVERSIONS_IN,
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
