// SPDX-License-Identifier: Apache-2.0
#include "tests/sim_sink/sink_world.h"

#include <inttypes.h>
#include <stdio.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/now.h"
#include "processors/events-sink/export_shard.h"
#include "tests/sim/sim_report.h"

enum { BUDGET_BYTES = 128 << 20, MAX_RECORD = 1 << 20 };
#define SECOND INT64_C(1000)
#define DAY (86400 * SECOND)

// ---- the clock

int64_t sink_clock;

int64_t now_wall_ms(void)
{
	return __atomic_load_n(&sink_clock, __ATOMIC_RELAXED);
}

int64_t now_steady_ms(void)
{
	return now_wall_ms();
}

int64_t now_steady_us(void)
{
	return now_wall_ms() * 1000;
}

// ---- reads that fail

static struct sim_random *chance;
static const struct sim_disk_faults *faulty;

void sink_world_fail_reads(struct sim_random *random, const struct sim_disk_faults *faults)
{
	chance = random;
	faulty = faults;
}

static bool fails(struct err *err)
{
	if (!faulty || !sim_random_hits(chance, faulty->full))
		return false;
	err_set(err, ERR_RETRY, "store_full", "no space left");
	return true;
}

int __real_store_read_conversion(struct store *store, uint64_t hash, struct view user, struct view key, struct arena *arena,
	struct view *value, struct err *err);
int __wrap_store_read_conversion(struct store *store, uint64_t hash, struct view user, struct view key, struct arena *arena,
	struct view *value, struct err *err);
int __real_store_visit(struct store *store, store_visitor *each, void *context, struct err *err);
int __wrap_store_visit(struct store *store, store_visitor *each, void *context, struct err *err);

// ceiling: store.h sets the signature
int __wrap_store_read_conversion(struct store *store, uint64_t hash, struct view user, struct view key, struct arena *arena,
	struct view *value, struct err *err)
{
	return fails(err) ? -1 : __real_store_read_conversion(store, hash, user, key, arena, value, err);
}

struct visit {
	store_visitor *each;
	void *context;
};

static int visit_or_fail(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	const struct visit *v = context;

	return fails(err) ? -1 : v->each(v->context, user, rows, err);
}

int __wrap_store_visit(struct store *store, store_visitor *each, void *context, struct err *err)
{
	struct visit v = {each, context};

	return __real_store_visit(store, visit_or_fail, &v, err);
}

// ---- life

static struct sink_world *the_world; // of the running case, for the sender's double

static void put(const struct send_event *event, const struct sink_told *told)
{
	if (the_world->leaving)
		sim_report_fail("%.*s is put by a process that was told to stop", VIEW_ARG(event->id));
	sink_model_put(&the_world->model, event, told);
}

void sink_world_write_token(struct sink_world *w, int tenant, int number)
{
	char path[SINK_PATH + 16];

	snprintf(path, sizeof path, "%s/%c.token", w->root, 'a' + tenant);
	w->tokens[tenant] = number;
	if (number < 0) {
		unlink(path);
		return;
	}
	FILE *file = fopen(path, "we");
	CHECK(file && fprintf(file, "token-%d\n", number) > 0 && fclose(file) == 0);
}

static void make_config(struct sink_world *w)
{
	char path[SINK_PATH + 16];
	struct err err;

	snprintf(path, sizeof path, "%s/config.yaml", w->root);
	FILE *file = fopen(path, "we");
	CHECK(file);
	fprintf(file, "events_sink: {resend_within: 2d}\ntenants:\n");
	for (int t = 0; t < SINK_TENANTS; t++)
		fprintf(file,
			"  - id: %c\n    tiktok: {advertiser_id: '7%d', access_token: '${file:%s/%c.token}', pixel_code: PIXEL-%d}\n"
			"    goals: [{name: g, source: orders, model: linear, export: per_credit, export_delay: %ds}]\n"
			"    order_sync: {statuses: {placed: CREATE_ORDER, shipped: MOVE_ORDER}, merchant_id: m, shop_id: s, shop_name: n, country: PE}\n",
			'a' + t, t, w->root, 'a' + t, t, (int)sim_random_below(&w->random, 3) * 20);
	CHECK(fclose(file) == 0);
	if (config_load(path, NULL, 0, &w->config, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
}

void sink_world_open(struct sink_world *w, uint64_t seed, const char *root, struct sink_totals *totals)
{
	struct err err;

	*w = (struct sink_world){.random = {seed}, .totals = totals};
	w->orders = sim_random_hits(&w->random, 250);
	the_world = w;
	snprintf(w->root, sizeof w->root, "%.200s", root);
	snprintf(w->directory, sizeof w->directory, "%.200s/0", root);
	sink_clock = INT64_C(1784800000000);
	w->kafka = sim_kafka_new(EXPORT_INPUTS, 1);
	sink_model_begin(&w->model, w->kafka, w->orders);
	sink_tiktok_begin(&w->random);
	sink_tiktok.put = put;
	make_config(w);
	for (int t = 0; t < SINK_TENANTS; t++)
		sink_world_write_token(w, t, 0);
	if (export_role_new(w->config, NULL, &w->role, &err) != 0 || budget_new(BUDGET_BYTES, 1, 0, &w->budget, &err) != 0 ||
		wire_header_for(w->orders ? contract_order : contract_attributed_conversion, NULL, "x", &w->header, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
}

void sink_world_close(struct sink_world *w)
{
	shard_close(&w->shard);
	sim_bus_free(&w->bus);
	export_role_free(&w->role);
	config_free(&w->config);
	budget_free(&w->budget);
	for (int v = 0; v <= EXPORT_SENT_THEN_CHANGED; v++)
		w->totals->verdicts[v] += w->model.verdicts[v];
	sink_model_end(&w->model);
	sim_kafka_free(&w->kafka);
}

// ---- inputs

static void restate(struct sink_world *w, struct sink_version *v, bool first)
{
	struct sim_random *r = &w->random;

	for (int c = 0; c < SINK_CLICKS; c++) {
		if (first ? sim_random_hits(r, 600) : sim_random_hits(r, 150))
			v->clicks[c] = first || !v->clicks[c];
		if (first || sim_random_hits(r, 200))
			v->values[c] = sim_random_between(r, 1, 3) * 1000000;
	}
	v->cancelled = sim_random_hits(r, 120);
}

static void put_record(struct sink_world *w, int conversion, const struct sink_version *v)
{
	static const char *const ids[SINK_CLICKS] = {"c0", "c1", "c2"}, *const tenants[SINK_TENANTS] = {"a", "b"};
	const struct sink_conversion *k = &w->model.conversions[conversion];
	struct credit credits[SINK_CLICKS];
	char id[16], key[48];
	struct buf bytes = {0};
	struct attributed_conversion c = {.tenant = view_text(tenants[k->tenant]),
		.user = VIEW_LIT("u"),
		.goal = VIEW_LIT("g"),
		.conversion_id = view_of(id, (size_t)snprintf(id, sizeof id, "v%d", conversion)),
		.order_id = VIEW_LIT("o"),
		.event = VIEW_LIT("Purchase"),
		.conversion_time = k->time,
		.outcome = v->cancelled ? OUTCOME_CANCELLED : OUTCOME_ATTRIBUTED,
		.model = VIEW_LIT("linear"),
		.participation_group = VIEW_LIT("click"),
		.currency = VIEW_LIT("EUR"),
		.value_basis = VIEW_LIT("placed"),
		.conversions = {.placed_nanos = 1000000000},
		.status = STATUS_PLACED,
		.status_time = k->time,
		.refunded_micros = TIME_ABSENT,
		.credits = {credits, 0},
		.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT, .consent = CONSENT_GRANTED}};

	for (int i = 0; i < SINK_CLICKS; i++)
		if (v->clicks[i] && !v->cancelled)
			credits[c.credits.n++] = (struct credit){.click_id = view_text(ids[i]),
				.ttclid = view_text(ids[i]),
				.click_time = k->time - i - 1,
				.channel = VIEW_LIT("tiktok"),
				.share_nanos = 300000000,
				.value_micros = v->values[i]};
	wire_write(&w->header, contract_attributed_conversion, &c, &bytes);
	struct sim_entry entry = {.timestamp = sink_clock,
		.value = buf_view(&bytes),
		.key = view_of(key, (size_t)snprintf(key, sizeof key, "%s|u|g|%s", tenants[k->tenant], id))};
	sim_kafka_put(w->kafka, EXPORT_INPUT, 0, &entry);
	buf_clear(&bytes);
	w->totals->records++;
	sim_report_note("arrives: %s%s, %d%d%d", key, v->cancelled ? ", cancelled" : "", v->clicks[0], v->clicks[1], v->clicks[2]);
}

static void tell_conversion(struct sink_world *w, int conversion)
{
	struct sink_conversion *k = &w->model.conversions[conversion];
	struct sink_version *v = &w->model.versions[w->model.version_count];
	const struct sink_version *latest = sink_model_latest(&w->model, conversion);

	*v = latest ? *latest : (struct sink_version){.conversion = conversion};
	if (!k->told)
		*k = (struct sink_conversion){(int)sim_random_below(&w->random, SINK_TENANTS),
			sink_clock - sim_random_below(&w->random, sim_random_hits(&w->random, 100) ? 40 * DAY : DAY), true};
	restate(w, v, !latest);
	w->model.version_count++;
	put_record(w, conversion, v);
}

static void put_order(struct sink_world *w, const struct sink_version *v)
{
	static struct property properties[] = {{VIEW_LIT("length_of_stay"), VIEW_LIT("3")}, {VIEW_LIT("amount_of_room"), VIEW_LIT("1")},
		{VIEW_LIT("check_in_date"), VIEW_LIT("2026-08-01")}, {VIEW_LIT("check_out_date"), VIEW_LIT("2026-08-04")},
		{VIEW_LIT("total_value"), VIEW_LIT("330.00")}, {VIEW_LIT("payment_value"), VIEW_LIT("330.00")},
		{VIEW_LIT("ttoclid"), VIEW_LIT("abc")}};
	static struct item room = {.id = VIEW_LIT("room"), .name = VIEW_LIT("Double"), .quantity = 1};
	const struct view tenant = v->conversion % SINK_TENANTS ? VIEW_LIT("b") : VIEW_LIT("a");
	struct buf bytes = {0};
	char id[16], key[16];
	struct order o = {.tenant = tenant,
		.user = VIEW_LIT("u"),
		.order_id = view_of(id, (size_t)snprintf(id, sizeof id, "v%d", v->conversion)),
		.status = v->status,
		.status_time = v->status_time,
		.placed_at = v->status_time,
		.value = VIEW_LIT("330.00"),
		.currency = VIEW_LIT("PEN"),
		.items = {&room, 1},
		.properties = {properties, sizeof properties / sizeof *properties},
		.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT}};

	wire_write(&w->header, contract_order, &o, &bytes);
	struct sim_entry entry = {.timestamp = sink_clock,
		.value = buf_view(&bytes),
		.key = view_of(key, (size_t)snprintf(key, sizeof key, "%.*s|u", VIEW_ARG(tenant)))};
	sim_kafka_put(w->kafka, EXPORT_INPUT, 0, &entry);
	buf_clear(&bytes);
	w->totals->records++;
	sim_report_note("arrives: order %s, status %d", id, v->status);
}

// The same status comes twice at times, and some are not mapped.
static void tell_order(struct sink_world *w, int order)
{
	static const int8_t statuses[] = {STATUS_PLACED, STATUS_SHIPPED, STATUS_DELIVERED};
	struct sink_version *v = &w->model.versions[w->model.version_count++];

	*v = (struct sink_version){.conversion = order,
		.status = statuses[sim_random_below(&w->random, 3)],
		.status_time = INT64_C(1784000000000) + sim_random_below(&w->random, 3)};
	put_order(w, v);
}

void sink_world_tell(struct sink_world *w)
{
	int conversion = (int)sim_random_below(&w->random, SINK_CONVERSIONS);

	if (w->model.version_count == SINK_VERSIONS)
		return;
	if (w->orders)
		tell_order(w, conversion);
	else
		tell_conversion(w, conversion);
}

static void compact(struct sink_world *w, int topic, int64_t end)
{
	for (int64_t at = 0; at < end; at++) {
		struct sim_entry *e = sim_kafka_at(w->kafka, topic, 0, at);

		for (int64_t newer = at + 1; newer < end && !e->marker; newer++) {
			const struct sim_entry *n = sim_kafka_at(w->kafka, topic, 0, newer);

			if (sim_kafka_is_visible(e) && sim_kafka_is_visible(n) && view_eq(n->key, e->key) && sim_random_hits(&w->random, 700)) {
				e->marker = true;
				w->totals->compacted++;
			}
		}
	}
}

void sink_world_compact(struct sink_world *w)
{
	if (!w->orders)
		compact(w, EXPORT_INPUT, sim_kafka_high(w->kafka, EXPORT_INPUT, 0));
	compact(w, EXPORT_RESULTS, sim_kafka_stable(w->kafka, EXPORT_RESULTS, 0));
}

// ---- the process

static int bring_up(struct sink_world *w, struct err *err)
{
	static const char *const topics[EXPORT_TOPICS] = {"attributed-conversions", "export-results", "dead-letters"};
	struct sim_bus_options bus = {.kafka = w->kafka,
		.random = &w->random,
		.faults = &w->faults,
		.owner = 1,
		.restore_topic = EXPORT_RESULTS};
	struct shard_options options = {.processor = w->orders ? events_sink_orders_processor() : events_sink_processor(),
		.role_state = w->role,
		.partitions = 1,
		.store = {.directory = w->directory, .budget = w->budget},
		.max_record = MAX_RECORD,
		.topic_names = topics,
		.settle_every = sim_random_hits(&w->random, 500) ? 3 : 0};
	const struct restore_options restore = {RESTORE_EARLIEST, 0};
	struct restore_progress progress;

	if (!w->bus)
		w->bus = sim_bus_new(&bus);
	if ((!w->shard && shard_open(&options, &w->shard, err) != 0) ||
		restore_shard(w->shard, sim_bus_of(w->bus), &restore, &progress, err) != 0 ||
		sim_bus_of(w->bus)->ops->seek(sim_bus_of(w->bus), EXPORT_INPUT, 0, shard_position(w->shard)->inputs[EXPORT_INPUT].next, err) != 0)
		return -1;
	w->live = true;
	w->totals->restores++;
	sim_report_note("live, %" PRId64 " records restored", (int64_t)progress.done);
	return 0;
}

static void after_failure(struct sink_world *w, const char *what, const struct err *err)
{
	if (err->class == ERR_RETRY) {
		w->totals->retries++;
		return;
	}
	sim_report_note("%s: %s %s", what, err_class_name(err->class), err->code);
	if (err->class != ERR_FATAL || (!sim_bus_has_crashed(w->bus) && strcmp(err->code, SIM_DISK_CRASH) != 0))
		sim_report_fail("%s: %s: %s", what, err->code, err->words);
	sink_world_kill(w, sim_random_hits(&w->random, 300));
}

static void handle(struct sink_world *w, const char *what, const struct err *cause)
{
	struct bus *bus = sim_bus_of(w->bus);
	struct err err;

	if (cause->class != ERR_ABORT) {
		after_failure(w, what, cause);
		return;
	}
	sim_report_note("%s: %s", what, cause->code);
	w->totals->aborts++;
	if (bus->ops->abort(bus, &err) != 0 || shard_aborted(w->shard, bus, &err) != 0)
		after_failure(w, "abort", &err);
}

void sink_world_work(struct sink_world *w, size_t most)
{
	size_t did = 0;
	struct err err;

	if (!w->live) {
		if (bring_up(w, &err) != 0)
			after_failure(w, "restore", &err);
		return;
	}
	if (shard_work(w->shard, sim_bus_of(w->bus), most, &did, &err) != 0)
		handle(w, "work", &err);
}

// Outside of transactions the ledger says what the shard does.
static void check_tickets(const struct sink_world *w)
{
	const struct export_shard *s = shard_processor(w->shard);

	for (size_t i = 0; i < s->outbox.count; i++)
		if (s->outbox.tickets[i].state != TICKET_FREE)
			sink_model_check_state(&w->model, s->outbox.tickets[i].event_id, s->outbox.tickets[i].state == TICKET_PAUSED);
}

void sink_world_commit(struct sink_world *w)
{
	struct bus_offset offsets[POSITION_INPUTS];
	struct bus *bus = sim_bus_of(w->bus);
	struct err err;
	size_t n = 0;

	if (!w->live || !sim_bus_in_transaction(w->bus) || !shard_is_dirty(w->shard))
		return;
	shard_offsets(w->shard, offsets, &n);
	if (bus->ops->commit(bus, offsets, n, &err) != 0) {
		w->totals->in_doubt += strcmp(err.code, "sim_in_doubt") == 0;
		handle(w, "commit", &err);
		return;
	}
	w->totals->commits++;
	while (shard_committed(w->shard, bus, &err) != 0)
		if (err.class != ERR_RETRY) {
			after_failure(w, "settle", &err);
			return;
		}
	check_tickets(w);
}

void sink_world_flush(struct sink_world *w)
{
	struct err err;

	if (w->live && !sim_bus_in_transaction(w->bus) && store_flush(shard_store(w->shard), &err) != 0)
		sim_report_fail("flush: %s", err.words);
}

void sink_world_kill(struct sink_world *w, bool flushed)
{
	struct err err;

	w->totals->kills++;
	sim_report_note("killed%s", flushed ? ", what the flusher had was written" : "");
	if (w->shard && flushed) {
		store_abort(shard_store(w->shard));
		if (store_flush(shard_store(w->shard), &err) != 0)
			sim_report_fail("flush: %s", err.words);
	}
	shard_close(&w->shard);
	w->live = w->leaving = false;
	sim_bus_free(&w->bus);
}

void sink_world_leave(struct sink_world *w)
{
	if (!w->live)
		return;
	sim_report_note("it is told to stop");
	w->leaving = true;
	w->totals->left++;
	for (int i = 0; i < 6 && w->live && shard_leaves(w->shard); i++) {
		sink_tiktok_work(10);
		sink_world_work(w, 10);
		sink_world_commit(w);
		sink_clock += 500;
	}
	sink_world_kill(w, w->live && !sim_bus_in_transaction(w->bus));
}

// ---- at the end

bool sink_world_is_quiet(const struct sink_world *w)
{
	return w->live && !sim_bus_in_transaction(w->bus) && shard_is_idle(w->shard) && !shard_is_dirty(w->shard) && sink_tiktok.in_box == 0;
}

void sink_world_check_empty(const struct sink_world *w)
{
	const struct export_shard *s = shard_processor(w->shard);

	if (s->outbox.open || s->outbox.ready || s->outbox.sent || s->waiting_count || s->active_count || s->taken_count || s->answers.count)
		sim_report_fail("the shard still counts %zu open, %zu ready, %zu sent, %zu waiting", s->outbox.open, s->outbox.ready,
			s->outbox.sent, s->waiting_count);
	for (size_t i = 0; i < SINK_TENANTS; i++)
		if (s->tenants[i].open || s->tenants[i].active || s->tenants[i].parked)
			sim_report_fail("tenant %zu still counts %zu open", i, s->tenants[i].open);
}

struct looking {
	struct sink_world *w;
	struct arena arena;
	struct buf bytes;
	uint64_t sum;
};

static int look(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	struct looking *l = context;
	struct ledger_row row;
	uint64_t hash;

	arena_reset(&l->arena);
	if (ledger_unpack(rows->conversions[0].value, &l->arena, &row, err) != 0)
		return -1;
	hash = XXH64(user.p, user.n, 0);
	for (size_t i = 0; i < row.event_count; i++) {
		buf_reset(&l->bytes);
		contract_encode(contract_export_result, &row.events[i], &l->bytes);
		l->sum += XXH64(l->bytes.p, l->bytes.n, hash) | 1;
	}
	return 0;
}

uint64_t sink_world_rows(struct sink_world *w)
{
	struct looking l = {.w = w};
	struct err err;

	if (store_visit(shard_store(w->shard), look, &l, &err) != 0)
		sim_report_fail("store_visit: %s", err.words);
	arena_clear(&l.arena);
	buf_clear(&l.bytes);
	return l.sum;
}
