// SPDX-License-Identifier: Apache-2.0
#define uthash_fatal(message) err_out_of_memory()
#include "tests/sim/sim_check.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <uthash.h>

#include "processors/attribution/attribution.h"
#include "processors/attribution/judge.h"
#include "schemas/plan.h"
#include "schemas/wire.h"
#include "tests/sim/sim_report.h"

enum { AMOUNTS = 7 };

struct latest {
	UT_hash_handle hh;
	struct view key, encoded;
	int32_t partition;
	int64_t offset;
	bool excused;
};

// What deltas have said of one click of one conversion, less what the latest credits say of it.
struct balance {
	UT_hash_handle hh;
	struct view key;
	int64_t amounts[AMOUNTS];
};

struct letter {
	UT_hash_handle hh;
	char place[64];
	struct view reason, key, value;
};

// A user of whom order records came when the horizon had passed.
struct frozen {
	UT_hash_handle hh;
	struct view key;
	int64_t before; // orders placed before this time took no context any more
};

struct sim_check {
	struct sim_kafka *kafka;
	int64_t lateness_ms;
	struct sim_commit seen[SIM_PARTITIONS]; // of the orders, up to the transaction before
	struct frozen *frozen;
	struct latest *latest;
	struct balance *balances;
	struct letter *letters;
	struct wire_reader *outputs, *credits;
	struct arena arena, scratch;
	struct buf bytes;
};

// ---- latest outputs

static struct latest *find_latest(const struct sim_check *c, struct view key)
{
	struct latest *found = NULL;

	if (c->latest)
		HASH_FIND(hh, c->latest, key.p, key.n, found);
	return found;
}

static struct latest *latest_of(struct sim_check *c, struct view key)
{
	struct latest *found = find_latest(c, key);

	if (found)
		return found;
	found = arena_zero(&c->arena, sizeof *found);
	found->key = arena_dup(&c->arena, key);
	HASH_ADD_KEYPTR(hh, c->latest, found->key.p, found->key.n, found);
	return found;
}

static struct view encoded(struct sim_check *c, const struct attributed_conversion *output)
{
	buf_reset(&c->bytes);
	contract_encode(contract_attributed_conversion, output, &c->bytes);
	return arena_dup(&c->arena, buf_view(&c->bytes));
}

void sim_check_decode(struct view bytes, struct arena *arena, struct attributed_conversion *out)
{
	static struct plan *plan; // the simulator has one thread
	struct err err;

	if (!plan && plan_new(contract_attributed_conversion, view_text(contract_schema(contract_attributed_conversion)), &plan, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
	if (plan_decode(plan, bytes, arena, out, &err) != 0)
		err_check_failed(err.words, __FILE__, __LINE__);
}

// Equal credits: compared as outputs that say nothing else.
static bool same_credits(struct sim_check *c, const struct credits *a, const struct credits *b)
{
	struct attributed_conversion left = {.status = FLAG_ABSENT, .credits = *a}, right = {.status = FLAG_ABSENT, .credits = *b};
	struct view texts = VIEW_LIT("");

	left.tenant = left.user = left.goal = left.conversion_id = left.event = left.model = left.participation_group = left.currency =
		left.value_basis = texts;
	right.tenant = right.user = right.goal = right.conversion_id = right.event = right.model = right.participation_group = right.currency =
		right.value_basis = texts;
	return view_eq(encoded(c, &left), encoded(c, &right));
}

// ---- balances

static void add_sized(struct buf *out, struct view v)
{
	buf_add_varint(out, v.p ? v.n + 1 : 0);
	buf_add_view(out, v);
}

static struct balance *balance_of(struct sim_check *c, const struct credit_delta *whose, const struct credit_change *click)
{
	struct balance *found = NULL;

	buf_reset(&c->bytes);
	add_sized(&c->bytes, whose->tenant);
	add_sized(&c->bytes, whose->goal);
	add_sized(&c->bytes, whose->conversion_id);
	add_sized(&c->bytes, whose->currency);
	add_sized(&c->bytes, whose->advertiser_id);
	add_sized(&c->bytes, click->click_id);
	add_sized(&c->bytes, click->channel);
	add_sized(&c->bytes, click->campaign_id);
	add_sized(&c->bytes, click->adgroup_id);
	add_sized(&c->bytes, click->ad_id);
	buf_addf(&c->bytes, "%" PRId64, click->click_time);
	HASH_FIND(hh, c->balances, c->bytes.p, c->bytes.n, found);
	if (found)
		return found;
	found = arena_zero(&c->arena, sizeof *found);
	found->key = arena_dup(&c->arena, buf_view(&c->bytes));
	HASH_ADD_KEYPTR(hh, c->balances, found->key.p, found->key.n, found);
	return found;
}

static void add_amounts(struct balance *b, const struct revenue *r, const struct counts *n, int64_t sign)
{
	const int64_t amounts[AMOUNTS] = {r->placed_micros, r->confirmed_micros, r->delivered_micros, r->net_micros, n->placed_nanos,
		n->confirmed_nanos, n->delivered_nanos};

	for (int i = 0; i < AMOUNTS; i++)
		b->amounts[i] = (int64_t)((uint64_t)b->amounts[i] + (uint64_t)(sign * amounts[i]));
}

static void add_credits(struct sim_check *c, const struct attributed_conversion *output, const struct credits *credits, int64_t sign)
{
	struct credit_delta whose = {.tenant = output->tenant,
		.goal = output->goal,
		.conversion_id = output->conversion_id,
		.currency = output->currency};

	for (size_t i = 0; i < credits->n; i++) {
		const struct credit *credit = &credits->p[i];
		struct credit_change click = {.click_id = credit->click_id,
			.click_time = credit->click_time,
			.channel = credit->channel,
			.campaign_id = credit->campaign_id,
			.adgroup_id = credit->adgroup_id,
			.ad_id = credit->ad_id};

		whose.advertiser_id = credit->advertiser_id;
		add_amounts(balance_of(c, &whose, &click), &credit->revenue, &credit->conversions, sign);
	}
}

// ---- one committed record

static int64_t sum_of_micros(const struct credits *credits)
{
	int64_t sum = 0;

	for (size_t i = 0; i < credits->n; i++)
		sum += credits->p[i].revenue.placed_micros;
	return sum;
}

static void check_sum(const struct attributed_conversion *o, struct view key)
{
	bool shared = !view_eq(o->model, VIEW_LIT("participation"));

	if (shared && o->credits.n && sum_of_micros(&o->credits) != o->revenue.placed_micros)
		sim_report_fail("credits of %.*s do not add up to its value", VIEW_ARG(key));
}

static void take_output(struct sim_check *c, struct sim_place place, const struct sim_entry *e)
{
	struct attributed_conversion now, before;
	struct err err;

	if (wire_read(c->outputs, e->value, &c->scratch, &now, &err) != 0)
		sim_report_fail("an output does not decode: %s", err.words);
	struct latest *latest = latest_of(c, e->key);
	if (!latest->encoded.p != !now.previous.p)
		sim_report_fail("output %.*s at %" PRId64 ": `previous` is %s", VIEW_ARG(e->key), place.offset,
			now.previous.p ? "set, but it is the first" : "absent");
	if (latest->encoded.p) {
		sim_check_decode(latest->encoded, &c->scratch, &before);
		if (!same_credits(c, &now.previous, &before.credits))
			sim_report_fail("output %.*s at %" PRId64 ": `previous` is not the output before, at %" PRId64, VIEW_ARG(e->key), place.offset,
				latest->offset);
		if (latest->partition != place.partition)
			sim_report_fail("output %.*s has moved to another partition", VIEW_ARG(e->key));
		add_credits(c, &before, &before.credits, 1);
	}
	check_sum(&now, e->key);
	add_credits(c, &now, &now.credits, -1);
	now.previous = (struct credits){NULL, 0};
	struct view bytes = encoded(c, &now);
	if (latest->encoded.p && view_eq(bytes, latest->encoded))
		sim_report_fail("output %.*s at %" PRId64 " says nothing new", VIEW_ARG(e->key), place.offset);
	latest->encoded = bytes;
	latest->partition = place.partition;
	latest->offset = place.offset;
	latest->excused = false;
}

static void take_delta(struct sim_check *c, const struct sim_entry *e)
{
	struct credit_delta delta;
	struct err err;

	if (wire_read(c->credits, e->value, &c->scratch, &delta, &err) != 0)
		sim_report_fail("a delta does not decode: %s", err.words);
	if (delta.deltas.n == 0)
		sim_report_fail("a delta of %.*s says nothing", VIEW_ARG(delta.conversion_id));
	for (size_t i = 0; i < delta.deltas.n; i++) {
		const struct credit_change *change = &delta.deltas.p[i];

		add_amounts(balance_of(c, &delta, change), &change->revenue, &change->conversions, 1);
	}
}

static struct view header(const struct sim_entry *e, const char *name)
{
	for (size_t i = 0; i < e->header_count; i++)
		if (view_eq(e->headers[i].name, view_text(name)))
			return e->headers[i].value;
	sim_report_fail("a dead letter has no header %s", name);
}

static void take_letter(struct sim_check *c, const struct sim_entry *e)
{
	struct letter *letter = arena_zero(&c->arena, sizeof *letter), *found = NULL;

	snprintf(letter->place, sizeof letter->place, "%.*s %.*s %.*s", VIEW_ARG(header(e, "__connect.errors.topic")),
		VIEW_ARG(header(e, "__connect.errors.partition")), VIEW_ARG(header(e, "__connect.errors.offset")));
	letter->reason = arena_dup(&c->arena, header(e, "lookback.reason"));
	letter->key = e->key;
	letter->value = e->value;
	HASH_FIND_STR(c->letters, letter->place, found);
	if (found)
		sim_report_fail("%s is a dead letter twice: %.*s, %.*s", letter->place, VIEW_ARG(found->reason), VIEW_ARG(letter->reason));
	HASH_ADD_STR(c->letters, place, letter);
}

static void check_balances(const struct sim_check *c)
{
	for (const struct balance *b = c->balances; b; b = b->hh.next)
		for (int i = 0; i < AMOUNTS; i++)
			if (b->amounts[i] != 0)
				sim_report_fail("deltas and latest credits differ by %" PRId64 " in amount %d of a click of %.*s", b->amounts[i], i,
					VIEW_ARG(b->key));
}

static int64_t horizon_of(const struct sim_commit *commit)
{
	struct position_goal goals[8];
	struct position position;
	size_t n = 0;
	struct err err;

	position_clear(&position);
	if (commit->metadata.p && position_parse(commit->metadata, ATTRIBUTION_ORDERS, &position, goals, 8, &n, &err) != 0)
		sim_report_fail("committed metadata does not parse: %s", err.words);
	return position.horizon;
}

static void freeze(struct sim_check *c, struct view user, int64_t before)
{
	struct frozen *found = NULL;

	HASH_FIND(hh, c->frozen, user.p, user.n, found);
	if (!found) {
		found = arena_zero(&c->arena, sizeof *found);
		found->key = user;
		found->before = INT64_MIN;
		HASH_ADD_KEYPTR(hh, c->frozen, found->key.p, found->key.n, found);
	}
	if (before > found->before)
		found->before = before;
}

// The orders that this transaction took, under the horizon of the one before.
static void take_orders(struct sim_check *c, int32_t partition)
{
	struct sim_commit *seen = &c->seen[partition], now = c->kafka->commits[partition][ATTRIBUTION_ORDERS];
	int64_t before = judge_before(horizon_of(seen), c->lateness_ms);

	for (int64_t at = seen->metadata.p ? seen->next : 0; at < now.next; at++) {
		const struct sim_entry *e = &c->kafka->logs[ATTRIBUTION_ORDERS][partition].entries[at];

		if (!e->marker && e->key.p)
			freeze(c, e->key, before);
	}
	*seen = now;
}

static void take_transaction(void *context, const struct sim_txn *txn)
{
	struct sim_check *c = context;

	for (size_t i = 0; i < txn->sent_count; i++) {
		struct sim_place place = txn->sent[i];
		const struct sim_entry *e = sim_kafka_at(c->kafka, place.topic, place.partition, place.offset);

		if (place.topic == ATTRIBUTION_OUTPUTS)
			take_output(c, place, e);
		else if (place.topic == ATTRIBUTION_CREDITS)
			take_delta(c, e);
		else
			take_letter(c, e);
		arena_reset(&c->scratch);
	}
	for (size_t i = 0; i < txn->offset_count; i++)
		if (txn->offsets[i].input == ATTRIBUTION_ORDERS)
			take_orders(c, txn->offsets[i].partition);
	check_balances(c);
}

// ---- life

struct sim_check *sim_check_new(struct sim_kafka *kafka, int64_t lateness_ms)
{
	struct sim_check *c = calloc(1, sizeof *c);

	if (!c)
		err_out_of_memory();
	c->kafka = kafka;
	c->lateness_ms = lateness_ms;
	c->outputs = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, NULL);
	c->credits = wire_reader_new(contract_credit_delta, WIRE_AVRO, NULL);
	kafka->committed = take_transaction;
	kafka->context = c;
	return c;
}

void sim_check_free(struct sim_check **check)
{
	struct sim_check *c = *check;

	HASH_CLEAR(hh, c->latest);
	HASH_CLEAR(hh, c->balances);
	HASH_CLEAR(hh, c->letters);
	HASH_CLEAR(hh, c->frozen);
	wire_reader_free(&c->outputs);
	wire_reader_free(&c->credits);
	buf_clear(&c->bytes);
	arena_clear(&c->arena);
	arena_clear(&c->scratch);
	free(c);
	*check = NULL;
}

// ---- asked

struct view sim_check_latest(const struct sim_check *c, struct view key, int32_t *partition, int64_t *offset)
{
	const struct latest *found = find_latest(c, key);

	if (found && partition)
		*partition = found->partition;
	if (found && offset)
		*offset = found->offset;
	return found ? found->encoded : VIEW_ABSENT;
}

size_t sim_check_count(const struct sim_check *c, int32_t partition)
{
	size_t n = 0;

	for (const struct latest *l = c->latest; l; l = l->hh.next)
		n += l->partition == partition;
	return n;
}

struct view sim_check_key(const struct sim_check *c, size_t n)
{
	const struct latest *l = c->latest;

	while (l && n-- > 0)
		l = l->hh.next;
	return l ? l->key : VIEW_ABSENT;
}

void sim_check_excuse(struct sim_check *c, struct view key)
{
	latest_of(c, key)->excused = true;
}

static const struct letter *find_letter(const struct sim_check *c, const char *place)
{
	const struct letter *found = NULL;

	HASH_FIND_STR(c->letters, place, found);
	return found;
}

struct view sim_check_dead_letter(const struct sim_check *c, int topic, int32_t partition, int64_t offset)
{
	static const char *const topics[] = {"clicks", "orders", "conversions"};
	char place[64];
	const struct letter *found;

	snprintf(place, sizeof place, "%s %" PRId32 " %" PRId64, topics[topic], partition, offset);
	found = find_letter(c, place);
	return found ? found->reason : VIEW_ABSENT;
}

// ---- compared

static void print_both(struct view a, struct view b)
{
	struct arena arena = {0};
	struct attributed_conversion output;
	struct buf text = {0};

	buf_add_text(&text, "\n  is     ");
	sim_check_decode(a, &arena, &output);
	contract_print_json(contract_attributed_conversion, &output, &text);
	buf_add_text(&text, "\n  ought  ");
	sim_check_decode(b, &arena, &output);
	contract_print_json(contract_attributed_conversion, &output, &text);
	sim_report_fail("the latest output differs from an undisturbed run's:%.*s", (int)text.n, text.p);
}

// Whether a record brings an order's context depends on the horizon, so on the commits.
static bool is_frozen(const struct sim_check *c, const struct latest *l)
{
	struct arena arena = {0};
	struct attributed_conversion output;
	struct frozen *found = NULL;
	struct buf user = {0};

	sim_check_decode(l->encoded, &arena, &output);
	buf_addf(&user, "%.*s|", VIEW_ARG(output.tenant));
	buf_add_view(&user, output.user);
	HASH_FIND(hh, c->frozen, user.p, user.n, found);
	bool frozen = found && output.status != FLAG_ABSENT && output.conversion_time < found->before;
	buf_clear(&user);
	arena_clear(&arena);
	return frozen;
}

static void compare_outputs(const struct sim_check *c, const struct sim_check *plain)
{
	for (const struct latest *l = c->latest; l; l = l->hh.next) {
		const struct latest *other = find_latest(plain, l->key);

		if (!other)
			sim_report_fail("output %.*s is not among those of an undisturbed run", VIEW_ARG(l->key));
		if (!l->excused && !view_eq(l->encoded, other->encoded) && !is_frozen(c, l))
			print_both(l->encoded, other->encoded);
	}
	for (const struct latest *l = plain->latest; l; l = l->hh.next)
		if (!find_latest(c, l->key))
			sim_report_fail("output %.*s of an undisturbed run is missing", VIEW_ARG(l->key));
}

static void compare_letter(const struct letter *l, const struct letter *plain)
{
	if (!plain)
		sim_report_fail("dead letter %s (%.*s) is none in an undisturbed run", l->place, VIEW_ARG(l->reason));
	if (view_eq(l->reason, VIEW_LIT("too_late"))) {
		if (!view_eq(plain->reason, VIEW_LIT("unknown_tenant")))
			sim_report_fail("dead letter %s should not exist undisturbed: %.*s", plain->place, VIEW_ARG(plain->reason));
		return;
	}
	if (!view_eq(l->reason, plain->reason))
		sim_report_fail("dead letter %s: %.*s, undisturbed %.*s", l->place, VIEW_ARG(l->reason), VIEW_ARG(plain->reason));
	if (!view_eq(l->key, plain->key) || !view_eq(l->value, plain->value))
		sim_report_fail("dead letter %s (%.*s) has other bytes", l->place, VIEW_ARG(l->reason));
}

void sim_check_compare(const struct sim_check *c, const struct sim_check *plain)
{
	compare_outputs(c, plain);
	for (const struct letter *l = c->letters; l; l = l->hh.next)
		compare_letter(l, find_letter(plain, l->place));
	for (const struct letter *l = plain->letters; l; l = l->hh.next)
		if (!find_letter(c, l->place))
			sim_report_fail("%s should be a dead letter: %.*s", l->place, VIEW_ARG(l->reason));
}
