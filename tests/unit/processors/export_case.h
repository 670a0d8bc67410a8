// SPDX-License-Identifier: Apache-2.0
// One shard of the events sink with a store of its own, whose transactions the test commits and aborts, whose clock it sets, and whose sender it is: what is put
// into the box is written down, what is answered the test says. Include it first.
#pragma once
#include "base/now.h"
#include "processors/events-sink/events_sink.h"
#include "processors/events-sink/export_shard.h"
#include "state/budget.h"
#include "tests/unit/config/given.h"

enum { CASE_PUTS = 20000, CASE_RESULTS = 20000, CASE_LETTERS = 16, CASE_CREDITS = 8 };
#define CASE_NOW INT64_C(1784800000000)
#define SECOND INT64_C(1000)
#define MINUTE (60 * SECOND)
#define HOUR (60 * MINUTE)
#define DAY (24 * HOUR)

// ---- the clock

static int64_t case_now = CASE_NOW;

int64_t now_wall_ms(void)
{
	return case_now;
}

int64_t now_steady_ms(void)
{
	return case_now;
}

int64_t now_steady_us(void)
{
	return case_now * 1000;
}

// ---- the sender

struct case_put {
	uint64_t ticket;
	struct view tenant, advertiser, id, json;
	struct event_address address;
	int attempts;
	int64_t until_ms;
};

static struct {
	struct arena arena;
	struct case_put puts[CASE_PUTS];
	size_t put_count, asked;
	enum send_room room;     // what the next puts hear
	struct view full_tenant; // SEND_NO_ROOM_TENANT
	struct send_answer answers[64];
	size_t answer_count;
	struct send_options options; // of the sender
} tiktok;

struct sender *sender_new(const struct send_options *options)
{
	assert_non_null(options->tokens.get);
	tiktok.options = *options;
	return (struct sender *)&tiktok;
}

void sender_free(struct sender **sender)
{
	*sender = NULL;
}

struct send_box *send_box_new(struct sender *sender, int wake_fd)
{
	(void)wake_fd;
	return (struct send_box *)sender;
}

void send_box_free(struct send_box **box)
{
	*box = NULL;
}

enum send_room send_put(struct send_box *box, const struct send_event *e)
{
	assert_non_null(box);
	tiktok.asked++;
	if (tiktok.room != SEND_TAKEN)
		return tiktok.room;
	if (view_is_set(tiktok.full_tenant) && view_eq(e->tenant, tiktok.full_tenant))
		return SEND_NO_ROOM_TENANT;
	assert_true(tiktok.put_count < CASE_PUTS);
	struct case_put *p = &tiktok.puts[tiktok.put_count++];
	*p = (struct case_put){e->ticket, arena_dup(&tiktok.arena, e->tenant), arena_dup(&tiktok.arena, e->advertiser),
		arena_dup(&tiktok.arena, e->id), arena_dup(&tiktok.arena, e->json), e->address, e->attempts, e->until_ms};
	p->address.source_id = arena_dup(&tiktok.arena, e->address.source_id);
	p->address.test_event_code = arena_dup(&tiktok.arena, e->address.test_event_code);
	return SEND_TAKEN;
}

size_t send_take(struct send_box *box, struct send_answer *out, size_t room)
{
	size_t n = tiktok.answer_count < room ? tiktok.answer_count : room;

	assert_non_null(box);
	memcpy(out, tiktok.answers, n * sizeof *out);
	memmove(tiktok.answers, tiktok.answers + n, (tiktok.answer_count - n) * sizeof *out);
	tiktok.answer_count -= n;
	return n;
}

void sender_numbers(const struct sender *sender, struct send_numbers *out)
{
	(void)sender;
	*out = (struct send_numbers){.waiting = tiktok.put_count};
}

// `put`: which of the puts is answered.
static inline struct send_answer *tiktok_answers(size_t put, enum send_verdict verdict, int code)
{
	struct send_answer *a = &tiktok.answers[tiktok.answer_count++];

	assert_true(put < tiktok.put_count && tiktok.answer_count <= 64);
	*a = (struct send_answer){.ticket = tiktok.puts[put].ticket, .verdict = verdict, .code = code, .attempts = 1, .token_version = 7};
	snprintf(a->request_id, sizeof a->request_id, "r-%zu", put);
	snprintf(a->message, sizeof a->message, "%s", verdict == SEND_ACCEPTED ? "" : "it says why");
	return a;
}

// ---- the shard

struct case_letter {
	struct err why;
	struct view key, value;
	int64_t offset;
};

struct export_case {
	struct emit emit; // first
	const struct processor *processor;
	struct config *config;
	struct export_role *role;
	struct budget *budget;
	char directory[32];
	struct store *store;
	struct position position;
	struct export_shard *s;
	struct wire_reader *reader;
	struct wire_header header;
	struct arena arena;
	struct export_result *results; // since case_forget, aborted ones too
	size_t result_count;
	struct case_letter letters[CASE_LETTERS];
	size_t letter_count;
	size_t sends_left; // before sending fails with ABORT
	struct err err;
};

static inline int case_send(struct emit *emit, const struct emission *e, struct err *err)
{
	struct export_case *k = (struct export_case *)emit;

	if (k->sends_left-- == 0)
		return err_set(err, ERR_ABORT, "test_abort", "as the test wants it");
	assert_int_equal(e->topic, EXPORT_RESULTS);
	assert_int_equal(e->partition, 3);
	assert_true(k->result_count < CASE_RESULTS);
	struct export_result *r = &k->results[k->result_count++];
	if (wire_read(k->reader, arena_dup(&k->arena, e->value), &k->arena, r, &k->err) != 0)
		fail_msg("%s", k->err.words);
	char key[512];
	snprintf(key, sizeof key, "%.*s|%.*s|%.*s", VIEW_ARG(r->tenant), VIEW_ARG(r->goal), VIEW_ARG(r->event_id));
	assert_true(view_eq(e->key, view_text(key)));
	return 0;
}

static inline int case_refuse(struct emit *emit, const struct record *record, const struct err *reason, struct err *err)
{
	struct export_case *k = (struct export_case *)emit;

	(void)err;
	assert_true(k->letter_count < CASE_LETTERS);
	k->letters[k->letter_count++] =
		(struct case_letter){*reason, arena_dup(&k->arena, record->key), arena_dup(&k->arena, record->value), record->offset};
	return 0;
}

static inline void case_open_shard(struct export_case *k)
{
	const struct store_options options = {.directory = k->directory, .budget = k->budget};

	if (store_open(&options, &k->store, &k->err) != 0)
		fail_msg("%s", k->err.words);
	position_clear(&k->position);
	k->s = k->processor->open(k->role, 3, k->store, &k->position);
}

static inline void case_close_shard(struct export_case *k)
{
	k->processor->close(k->s);
	store_close(&k->store);
}

static const char case_config[] =
	"events_sink: {resend_within: 2d}\n"
	"tenants:\n"
	"  - id: mugs\n"
	"    tiktok: {advertiser_id: '7000000000000000002', access_token: '${file:mugs.token}', pixel_code: PIXEL-MUGS}\n"
	"    goals: [{name: buy, source: orders, model: linear, export: per_credit, export_delay: 0s}]\n"
	"  - id: shop\n"
	"    tiktok: {advertiser_id: '7000000000000000001', access_token: '${file:shop.token}', pixel_code: PIXEL-SHOP}\n"
	"    goals: [{name: buy, source: orders, model: linear, export: per_credit, export_delay: 1s}, {name: kept, source: orders, model: linear}]\n";

static inline struct export_case *case_new_of(const struct processor *processor, const char *config)
{
	static int cases;
	struct export_case *k = calloc(1, sizeof *k);

	assert_non_null(k);
	snprintf(k->directory, sizeof k->directory, "store%d", cases++);
	assert_int_equal(contract_setup(&k->err), 0);
	arena_reset(&tiktok.arena);
	tiktok.put_count = tiktok.answer_count = 0;
	tiktok.room = SEND_TAKEN;
	tiktok.full_tenant = VIEW_ABSENT;
	case_now = CASE_NOW;
	given_file("shop.token", "first");
	given_file("mugs.token", "first");
	k->emit = (struct emit){case_send, case_refuse};
	k->processor = processor;
	k->config = given_config(config);
	k->results = calloc(CASE_RESULTS, sizeof *k->results);
	k->reader = wire_reader_new(contract_export_result, WIRE_AVRO, NULL);
	k->sends_left = SIZE_MAX;
	if (export_role_new(k->config, NULL, &k->role, &k->err) != 0 || budget_new(128 << 20, 1, 0, &k->budget, &k->err) != 0 ||
		wire_header_for(contract_attributed_conversion, NULL, "x", &k->header, &k->err) != 0)
		fail_msg("%s", k->err.words);
	case_open_shard(k);
	return k;
}

static inline struct export_case *case_new(void)
{
	return case_new_of(events_sink_processor(), case_config);
}

static inline void case_free(struct export_case *k)
{
	case_close_shard(k);
	export_role_free(&k->role);
	budget_free(&k->budget);
	config_free(&k->config);
	wire_reader_free(&k->reader);
	arena_clear(&k->arena);
	arena_clear(&tiktok.arena);
	free(k->results);
	free(k);
}

// ---- transactions

static inline void case_forget(struct export_case *k)
{
	k->result_count = k->letter_count = 0;
}

static inline void case_commit(struct export_case *k)
{
	if (store_commit(k->store, VIEW_LIT("position"), &k->err) != 0)
		fail_msg("%s", k->err.words);
	k->processor->committed(k->s);
}

static inline void case_abort(struct export_case *k)
{
	store_abort(k->store);
	k->processor->aborted(k->s);
}

// Another owner of the shard: what was committed is there.
static inline void case_restart(struct export_case *k)
{
	if (store_flush(k->store, &k->err) != 0)
		fail_msg("%s", k->err.words);
	case_close_shard(k);
	case_open_shard(k);
}

// Is something due now? Then it is done, in the running transaction.
static inline bool case_tick(struct export_case *k)
{
	if (!k->processor->due(k->s, case_now))
		return false;
	if (k->processor->tick(k->s, case_now, &k->emit, &k->err) != 0)
		fail_msg("%s: %s", k->err.code, k->err.words);
	return true;
}

// Everything that can be done at this time, committed.
static inline void case_settle(struct export_case *k)
{
	for (int i = 0; case_tick(k); i++) {
		assert_true(i < 100);
		case_commit(k);
	}
}

// ---- conversions

struct case_conversion {
	const char *tenant, *user, *goal, *id;
	int64_t time;
	size_t clicks;
	int64_t values[CASE_CREDITS]; // micros by click
	bool cancelled;
	const char *first_click; // NULL: c0
};

static inline struct case_conversion case_bought(const char *id, size_t clicks)
{
	struct case_conversion c = {.tenant = "shop", .user = "u", .goal = "buy", .id = id, .time = CASE_NOW - HOUR, .clicks = clicks};

	for (size_t i = 0; i < clicks; i++)
		c.values[i] = 10000000;
	return c;
}

// As a record of attributed-conversions; in the case's arena.
static inline struct record case_record(struct export_case *k, const struct case_conversion *from)
{
	static const char *const clicks[CASE_CREDITS] = {"c0", "c1", "c2", "c3", "c4", "c5", "c6", "c7"};
	struct credit credits[CASE_CREDITS];
	struct attributed_conversion c = {.tenant = view_text(from->tenant),
		.user = view_text(from->user),
		.goal = view_text(from->goal),
		.conversion_id = view_text(from->id),
		.order_id = view_text(from->id),
		.event = VIEW_LIT("Purchase"),
		.conversion_time = from->time,
		.outcome = from->cancelled ? OUTCOME_CANCELLED : OUTCOME_ATTRIBUTED,
		.model = VIEW_LIT("linear"),
		.participation_group = VIEW_LIT("click"),
		.currency = VIEW_LIT("EUR"),
		.value_basis = VIEW_LIT("placed"),
		.conversions = {.placed_nanos = 1000000000},
		.status = from->cancelled ? STATUS_CANCELLED : STATUS_PLACED,
		.status_time = from->time,
		.refunded_micros = TIME_ABSENT,
		.credits = {credits, from->cancelled ? 0 : from->clicks},
		.context = {.ttclid_time = TIME_ABSENT, .limited_data_use = FLAG_ABSENT, .consent = CONSENT_GRANTED}};
	struct buf bytes = {0};
	char key[256];

	for (size_t i = 0; i < from->clicks; i++) {
		struct view id = view_text(i == 0 && from->first_click ? from->first_click : clicks[i]);

		credits[i] = (struct credit){.click_id = id,
			.ttclid = id,
			.click_time = from->time - HOUR + (int64_t)i,
			.channel = VIEW_LIT("tiktok"),
			.share_nanos = 1000000000 / (int64_t)from->clicks,
			.value_micros = from->values[i]};
		c.value_micros += from->values[i];
	}
	wire_write(&k->header, contract_attributed_conversion, &c, &bytes);
	snprintf(key, sizeof key, "%s|%s|%s|%s", from->tenant, from->user, from->goal, from->id);
	struct record r = {.input = EXPORT_INPUT,
		.partition = 3,
		.timestamp = case_now,
		.key = arena_dup(&k->arena, view_text(key)),
		.value = arena_dup(&k->arena, buf_view(&bytes))};
	buf_clear(&bytes);
	return r;
}

static inline int case_step_record(struct export_case *k, const struct record *r)
{
	struct prepared prepared;

	k->processor->prepare(k->s, r, &k->arena, &prepared);
	if (prepared.fault)
		fail_msg("%s", prepared.fault->words);
	return k->processor->step(k->s, r, &prepared, &k->emit, &k->err);
}

static inline void case_step(struct export_case *k, const struct case_conversion *c)
{
	struct record r = case_record(k, c);

	if (case_step_record(k, &r) != 0)
		fail_msg("%s", k->err.words);
}

// The conversion is told, its time comes, its intents are committed and put into the box.
static inline void case_send_all(struct export_case *k, const struct case_conversion *c)
{
	case_settle(k);
	case_step(k, c);
	case_commit(k);
	case_now += SECOND;
	case_settle(k);
}

static inline const struct export_result *case_last(const struct export_case *k)
{
	assert_true(k->result_count > 0);
	return &k->results[k->result_count - 1];
}

static inline void assert_same_result(const struct export_result *a, const struct export_result *b)
{
	OWN(buf_clear) struct buf one = {0}, other = {0};

	contract_encode(contract_export_result, a, &one);
	contract_encode(contract_export_result, b, &other);
	assert_true(view_eq(buf_view(&one), buf_view(&other)));
}

// The row as it stands, copied: it outlives commits, and the store.
static inline struct ledger_row case_row_of(struct export_case *k, struct store *store, const char *name)
{
	struct ledger_key key = ledger_key_of(view_text(name));
	struct ledger_row row = {.first_seen = INT64_MAX, .record = VIEW_ABSENT};
	struct view bytes;

	if (store_read_conversion(store, key.hash, key.name, VIEW_LIT(""), &k->arena, &bytes, &k->err) != 0)
		fail_msg("%s", k->err.words);
	if (view_is_set(bytes) && ledger_unpack(arena_dup(&k->arena, bytes), &k->arena, &row, &k->err) != 0)
		fail_msg("%s", k->err.words);
	return row;
}

static inline struct ledger_row case_row(struct export_case *k, const char *name)
{
	return case_row_of(k, k->store, name);
}

static inline void assert_text_equal(struct view v, const char *text)
{
	if (!view_eq(v, view_text(text)))
		fail_msg("\"%.*s\" is not \"%s\"", VIEW_ARG(v), text);
}
