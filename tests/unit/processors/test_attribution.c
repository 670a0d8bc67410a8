// SPDX-License-Identifier: Apache-2.0
// Whatever times, ids and numbers a user's records have, the role judges, evaluates and restores them by the same rules.
#include "processors/attribution/attribution.h"

#include <ftw.h>
#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "attribution/flood.h"
#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "schemas/wire.h"
#include "state/budget.h"

#define HOUR_MS INT64_C(3600000)
#define DAY_MS (24 * HOUR_MS)
#define T0 INT64_C(1772000000000)

enum { OUTPUTS_MOST = 20000, LETTERS_MOST = 200 };

struct shop {
	char root[64], directory[96];
	struct goal goal;
	struct tenant tenant;
	struct config config;
	void *role;
	struct budget *budget;
	struct bus *bus;
	struct shard *shard;
	struct shard_options options;
	struct wire_reader *reader;
	struct arena arena;
	struct attributed_conversion *outputs; // in order
	size_t output_count, letter_count;
	char reasons[LETTERS_MOST][40];
	struct buf line, key;
	struct err err;
};

static void must(struct shop *s, int failed)
{
	if (failed)
		fail_msg("%s: %s", s->err.code, s->err.words);
}

static void take(void *context, const struct emission *e)
{
	struct shop *s = context;

	if (e->topic == ATTRIBUTION_OUTPUTS) {
		assert_in_range(s->output_count, 0, OUTPUTS_MOST - 1);
		must(s, wire_read(s->reader, arena_dup(&s->arena, e->value), &s->arena, &s->outputs[s->output_count++], &s->err));
	}
	for (size_t i = 0; e->topic == ATTRIBUTION_DEAD_LETTERS && i < e->header_count; i++)
		if (view_eq(e->headers[i].name, VIEW_LIT("lookback.reason")) && s->letter_count < LETTERS_MOST)
			snprintf(s->reasons[s->letter_count++], sizeof s->reasons[0], "%.*s", VIEW_ARG(e->headers[i].value));
}

static void open_shard(struct shop *s)
{
	static const struct restore_options earliest = {RESTORE_EARLIEST, 0};
	struct restore_progress progress;

	must(s, shard_open(&s->options, &s->shard, &s->err));
	bus_memory_rewind(s->bus);
	must(s, restore_shard(s->shard, s->bus, &earliest, &progress, &s->err));
}

static void open_shop(struct shop *s)
{
	struct bus_memory_options bus = {.topic_count = ATTRIBUTION_TOPICS,
		.input_count = 3,
		.committed = take,
		.context = s,
		.keep_outputs = true};

	s->config.topics.clicks = "clicks";
	s->config.topics.orders = "orders";
	s->config.topics.conversions = "conversions";
	s->config.topics.attributed_conversions = "outputs";
	s->config.topics.attribution_credits = "credits";
	s->config.topics.dead_letters = "dead-letters";
	must(s, attribution_role_new(&s->config, NULL, &s->role, &s->err));
	s->bus = bus_memory_new(&bus);
	s->options = (struct shard_options){.processor = attribution_processor(),
		.role_state = s->role,
		.partitions = 1,
		.store = {.directory = s->directory, .budget = s->budget, .flood_keep = FLOOD_KEEP},
		.max_record = 1 << 20,
		.topic_names = attribution_topic_names(s->role)};
	open_shard(s);
}

static int setup(void **state)
{
	struct shop *s = calloc(1, sizeof *s);

	assert_non_null(s);
	must(s, contract_setup(&s->err));
	snprintf(s->root, sizeof s->root, "/tmp/lookback-shop-XXXXXX");
	assert_non_null(mkdtemp(s->root));
	snprintf(s->directory, sizeof s->directory, "%s/0", s->root);
	must(s, budget_new(128 << 20, 1, 0, &s->budget, &s->err));
	s->outputs = calloc(OUTPUTS_MOST, sizeof *s->outputs);
	s->reader = wire_reader_new(contract_attributed_conversion, WIRE_AVRO, NULL);
	s->goal = (struct goal){.name = VIEW_LIT("lead"),
		.source = GOAL_CONVERSIONS,
		.event = VIEW_LIT("Lead"),
		.lookback_ms = 2 * DAY_MS,
		.model = MODEL_LINEAR,
		.first_scope_ms = GOAL_LIFETIME,
		.half_life_ms = DAY_MS,
		.max_touchpoints = 100};
	s->tenant = (struct tenant){.id = VIEW_LIT("shop"), .max_lookback_ms = 2 * DAY_MS, .goals = &s->goal, .goal_count = 1};
	s->config = (struct config){.tenants = &s->tenant,
		.tenant_count = 1,
		.max_record = 1 << 20,
		.format = {CONFIG_JSON, CONFIG_JSON, CONFIG_JSON},
		.attribution = {.allowed_lateness_ms = DAY_MS, .max_future_ms = 600000, .order_lifetime_ms = 10 * DAY_MS}};
	*state = s;
	return 0;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static int teardown(void **state)
{
	struct shop *s = *state;

	shard_close(&s->shard);
	bus_memory_free(&s->bus);
	attribution_role_free(&s->role);
	budget_free(&s->budget);
	wire_reader_free(&s->reader);
	arena_clear(&s->arena);
	buf_clear(&s->line);
	buf_clear(&s->key);
	nftw(s->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(s->outputs);
	free(s);
	return 0;
}

// `what`: the rest of the JSON object. The Kafka timestamp is beside it.
static void put(struct shop *s, int input, struct view user, int64_t timestamp, const char *what)
{
	buf_reset(&s->line);
	buf_reset(&s->key);
	buf_add_text(&s->line, "{\"tenant\":\"shop\",\"user\":");
	buf_add_quoted(&s->line, user);
	buf_addf(&s->line, ",%s}", what);
	buf_add_text(&s->key, "shop|");
	buf_add_view(&s->key, user);
	bus_memory_put(s->bus, input, timestamp, buf_view(&s->key), buf_view(&s->line));
}

static void put_click(struct shop *s, int64_t timestamp, int64_t time, const char *id)
{
	char text[200];

	snprintf(text, sizeof text, "\"event_time\":%" PRId64 ",\"ttclid\":\"%s\"", time, id);
	put(s, ATTRIBUTION_CLICKS, VIEW_LIT("u"), timestamp, text);
}

static void put_lead(struct shop *s, int64_t timestamp, int64_t time, const char *id)
{
	char text[200];

	snprintf(text, sizeof text, "\"event_time\":%" PRId64 ",\"event\":\"Lead\",\"conversion_id\":\"%s\"", time, id);
	put(s, ATTRIBUTION_CONVERSIONS, VIEW_LIT("u"), timestamp, text);
}

static void work(struct shop *s)
{
	size_t did;

	do
		must(s, shard_work(s->shard, s->bus, SIZE_MAX, &did, &s->err));
	while (did > 0);
}

static void commit(struct shop *s)
{
	struct bus_offset offsets[POSITION_INPUTS];
	size_t n = 0;

	work(s);
	shard_offsets(s->shard, offsets, &n);
	must(s, s->bus->ops->commit(s->bus, offsets, n, &s->err));
	must(s, shard_committed(s->shard, s->bus, &s->err));
}

static const struct attributed_conversion *latest(const struct shop *s, struct view id)
{
	for (size_t i = s->output_count; i > 0; i--)
		if (view_eq(s->outputs[i - 1].conversion_id, id))
			return &s->outputs[i - 1];
	fail_msg("no output of %.*s", VIEW_ARG(id));
	return NULL;
}

static void a_late_click_finds_its_conversion_at_the_beginning_of_time(void **state)
{
	// There the window reaches back before the first instant there is.
	struct shop *s = *state;

	open_shop(s);
	put_lead(s, -1, INT64_MIN + 2 + HOUR_MS, "v");
	commit(s);
	assert_int_equal(OUTCOME_NO_CLICK, latest(s, VIEW_LIT("v"))->outcome);
	put_click(s, -1, INT64_MIN + 2, "c");
	commit(s);
	assert_int_equal(OUTCOME_ATTRIBUTED, latest(s, VIEW_LIT("v"))->outcome);
	assert_int_equal(INT64_MIN + 2, latest(s, VIEW_LIT("v"))->credits.p[0].click_time);
}

static void the_end_of_time_is_a_time_like_others(void **state)
{
	// Its hour ends after the last instant there is; of conversions at the same instant the id decides which is first.
	struct shop *s = *state;

	s->goal.only_first_conversion = true;
	open_shop(s);
	put_lead(s, INT64_MAX, INT64_MAX, "w");
	commit(s);
	assert_int_equal(OUTCOME_NO_CLICK, latest(s, VIEW_LIT("w"))->outcome);
	put_click(s, INT64_MAX, INT64_MAX, "c");
	commit(s);
	assert_int_equal(OUTCOME_ATTRIBUTED, latest(s, VIEW_LIT("w"))->outcome);
	put_lead(s, INT64_MAX - 1, INT64_MAX, "v");
	commit(s);
	assert_int_equal(OUTCOME_ATTRIBUTED, latest(s, VIEW_LIT("v"))->outcome);
	assert_int_equal(OUTCOME_NOT_FIRST, latest(s, VIEW_LIT("w"))->outcome);
}

static void the_future_is_judged_by_the_records_own_timestamp(void **state)
{
	// Up to `max_future` after it, to the millisecond, and not at all without one. No stamp is too large to add to.
	static const struct {
		int64_t timestamp, time;
		bool future;
	} cases[] = {{T0, T0 + 600000, false}, {T0, T0 + 600001, true}, {-1, T0 + DAY_MS, false}, {0, 600000, false}, {0, 600001, true},
		{INT64_MAX, INT64_MAX, false}, {INT64_MAX - 600000, INT64_MAX, false}, {INT64_MAX - 600001, INT64_MAX, true}};
	struct shop *s = *state;

	s->config.attribution.allowed_lateness_ms = INT64_MAX / 4;
	open_shop(s);
	for (size_t i = 0; i < sizeof cases / sizeof *cases; i++) {
		size_t before = s->letter_count;

		put_click(s, cases[i].timestamp, cases[i].time, "c");
		commit(s);
		assert_int_equal(cases[i].future, s->letter_count - before);
		if (cases[i].future)
			assert_string_equal("future_time", s->reasons[before]);
	}
}

static void a_late_record_says_so_whatever_its_time(void **state)
{
	// The words print instants at both ends of the range.
	struct shop *s = *state;

	open_shop(s);
	put_lead(s, INT64_MAX, INT64_MAX, "v");
	commit(s);
	put_lead(s, -1, INT64_MIN + 2, "w");
	put_click(s, INT64_MAX, INT64_MAX, "c");
	commit(s);
	put_click(s, -1, INT64_MIN + 2, "d");
	commit(s);
	assert_int_equal(2, s->letter_count);
	assert_string_equal("too_late", s->reasons[0]);
	assert_string_equal("too_late", s->reasons[1]);
}

static void ids_are_bytes(void **state)
{
	// A zero byte, a bar and one id that begins like another tell conversions and clicks apart; after a restart, too.
	struct shop *s = *state;
	static const struct view ids[] = {{"v", 1}, {"v\0", 2}, {"v\0w", 3}, {"v|w", 3}, {"\0", 1}};

	open_shop(s);
	put_click(s, T0, T0, "c\\u0000");
	put_click(s, T0, T0, "c");
	put_lead(s, T0, T0, "v");
	put_lead(s, T0, T0, "v\\u0000");
	put_lead(s, T0, T0, "v\\u0000w");
	put_lead(s, T0, T0, "v|w");
	put_lead(s, T0, T0, "\\u0000");
	commit(s);
	shard_close(&s->shard);
	open_shard(s);
	put_click(s, T0, T0 - 1, "e");
	commit(s);
	for (size_t i = 0; i < 5; i++) {
		const struct attributed_conversion *o = latest(s, ids[i]);

		assert_int_equal(3, o->credits.n);
		assert_true(view_eq(VIEW_LIT("e"), o->credits.p[0].click_id));
		assert_true(view_eq(VIEW_LIT("c"), o->credits.p[1].click_id));
		assert_true(view_eq(VIEW_LIT("c\0"), o->credits.p[2].click_id));
		assert_int_equal(2, o->previous.n);
	}
	assert_int_equal(10, s->output_count);
}

static void a_thousand_touchpoints_are_credited_and_no_more(void **state)
{
	// The newest thousand; shares add up to one, value to value.
	struct shop *s = *state;
	int64_t shares = 0, value = 0;
	char id[16];

	s->goal.max_touchpoints = GOAL_TOUCHPOINTS_MAX;
	open_shop(s);
	for (int i = 0; i < 1100; i++) {
		snprintf(id, sizeof id, "c%d", i);
		put_click(s, T0 + DAY_MS, T0 + i * (DAY_MS / 1100), id);
	}
	put(s, ATTRIBUTION_CONVERSIONS, VIEW_LIT("u"), T0 + DAY_MS,
		"\"event_time\":1772086400000,\"event\":\"Lead\",\"conversion_id\":\"v\",\"value\":\"999999999999.99\",\"currency\":\"USD\"");
	commit(s);
	const struct attributed_conversion *o = latest(s, VIEW_LIT("v"));
	assert_int_equal(1000, o->credits.n);
	assert_true(o->truncated);
	assert_true(view_eq(VIEW_LIT("c100"), o->credits.p[0].click_id));
	for (size_t i = 0; i < o->credits.n; i++) {
		shares += o->credits.p[i].share_nanos;
		value += o->credits.p[i].value_micros;
	}
	assert_int_equal(1000000000, shares);
	assert_int_equal(999999999999990000, value);
}

static void one_user_may_have_thousands_of_conversions(void **state)
{
	// An earlier one displaces the first; the others are not said again.
	enum { MANY = 3000 };
	struct shop *s = *state;
	char id[16];

	s->goal.only_first_conversion = true;
	open_shop(s);
	for (int i = 0; i < MANY; i++) {
		snprintf(id, sizeof id, "v%d", i);
		put_lead(s, T0 + DAY_MS, T0 + 1 + i, id);
	}
	commit(s);
	assert_int_equal(MANY, s->output_count);
	put_lead(s, T0 + DAY_MS, T0, "first");
	commit(s);
	assert_int_equal(MANY + 2, s->output_count);
	assert_int_equal(OUTCOME_NO_CLICK, latest(s, VIEW_LIT("first"))->outcome);
	assert_int_equal(OUTCOME_NOT_FIRST, latest(s, VIEW_LIT("v0"))->outcome);
}

// 150 landings in one hour, one every 20 s from its beginning: the last 50 do not exist.
static void flood_an_hour(struct shop *s, int64_t hour)
{
	char id[16];

	for (int i = 0; i < 150; i++) {
		snprintf(id, sizeof id, "f%d", i);
		put_click(s, hour + i * 20000, hour + i * 20000, id);
	}
}

static void lose_disk(struct shop *s)
{
	shard_close(&s->shard);
	nftw(s->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	open_shard(s);
}

static void a_lost_disk_knows_which_landings_the_flood_left(void **state)
{
	// What is needed begins in the middle of the flooded hour: its first landings say which of the others exist, so they are read, too.
	struct shop *s = *state;
	int64_t hour = T0 - T0 % (6 * HOUR_MS), now = hour + 5 * DAY_MS;
	struct arena arena = {0};
	struct state_user rows;

	s->config.attribution.max_future_ms = 0;
	s->config.attribution.allowed_lateness_ms = DAY_MS - 40 * 60000; // needed is what came since 40 minutes past
	open_shop(s);
	flood_an_hour(s, hour);
	put_click(s, now, now, "late");
	put_lead(s, now, now, "w");
	commit(s);
	assert_int_equal(now, shard_position(s->shard)->horizon);
	lose_disk(s);
	must(s, store_read(shard_store(s->shard), store_hash(VIEW_LIT("shop|u")), VIEW_LIT("shop|u"), &arena, &rows, &s->err));
	assert_int_equal(101, rows.click_count);
	assert_int_equal(hour + 99 * 20000, rows.clicks[99].time);
	arena_clear(&arena);
}

// How many clicks the store has that may still be needed.
static size_t needed_clicks(struct shop *s)
{
	int64_t since = shard_position(s->shard)->horizon - DAY_MS - 4 * DAY_MS;
	struct arena arena = {0};
	struct state_user rows;
	size_t n = 0;

	must(s, store_read(shard_store(s->shard), store_hash(VIEW_LIT("shop|u")), VIEW_LIT("shop|u"), &arena, &rows, &s->err));
	for (size_t i = 0; i < rows.click_count; i++)
		n += rows.clicks[i].time >= since;
	arena_clear(&arena);
	return n;
}

static void a_lost_disk_judges_clicks_as_they_were_judged(void **state)
{
	// The clicks are days behind, so the horizon goes ahead of them and refuses most: commit after commit, some that may still be needed.
	struct shop *s = *state;
	size_t needed;
	char id[16];

	open_shop(s);
	for (int i = 0; i < 120; i++) {
		int64_t now = T0 + i * HOUR_MS;

		snprintf(id, sizeof id, "c%d", i);
		put_click(s, now, now - (i % 3 == 0 ? 2 : 3) * DAY_MS - HOUR_MS * (i % 7), id);
		put_lead(s, now, now, id);
		commit(s);
	}
	needed = needed_clicks(s);
	assert_int_equal(88, s->letter_count);
	assert_int_equal(25, needed);
	lose_disk(s);
	assert_int_equal(needed, needed_clicks(s));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_late_click_finds_its_conversion_at_the_beginning_of_time),
		TEST(the_end_of_time_is_a_time_like_others),
		TEST(the_future_is_judged_by_the_records_own_timestamp),
		TEST(a_late_record_says_so_whatever_its_time),
		TEST(ids_are_bytes),
		TEST(a_thousand_touchpoints_are_credited_and_no_more),
		TEST(one_user_may_have_thousands_of_conversions),
		TEST(a_lost_disk_knows_which_landings_the_flood_left),
		TEST(a_lost_disk_judges_clicks_as_they_were_judged),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
