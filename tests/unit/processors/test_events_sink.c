// SPDX-License-Identifier: Apache-2.0
// The role as the runtime uses it: records that say nothing do no harm, a shard that lost its disk knows what it knew, and one that is told to leave begins
// nothing new.
#include "tests/unit/processors/export_case.h"

#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "runtime/shard.h"

// ---- records

static void test_records_that_say_nothing(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct prepared prepared;
	struct record r = {.input = EXPORT_INPUT,
		.partition = 3,
		.timestamp = CASE_NOW,
		.key = VIEW_LIT("shop|u|buy|o1"),
		.value = VIEW_ABSENT};

	k->processor->prepare(k->s, &r, &k->arena, &prepared); // deleted
	assert_true(!prepared.body && !prepared.fault && prepared.time == CASE_NOW);
	assert_int_equal(k->processor->step(k->s, &r, &prepared, &k->emit, &k->err), 0);
	r.value = VIEW_LIT("rubbish");
	k->processor->prepare(k->s, &r, &k->arena, &prepared);
	assert_true(!prepared.body && prepared.fault && prepared.fault->class == ERR_POISON);
	assert_string_equal(prepared.fault->code, "bad_record");
	case_commit(k);
	case_settle(k);
	assert_int_equal(k->result_count, 0);
	case_free(k);
}

// Somebody else's producer.
static void test_what_a_record_says_counts_and_not_its_key(void **state)
{
	static const char *const keys[] = {NULL, "", "no bars", "nobody|u|buy|o1", "shop|v|buy|o1"};

	(void)state;
	for (size_t i = 0; i < sizeof keys / sizeof keys[0]; i++) {
		struct export_case *k = case_new();
		struct case_conversion c = case_bought("o1", 1);
		struct record r = case_record(k, &c);

		r.key = view_text(keys[i]);
		case_settle(k);
		assert_int_equal(case_step_record(k, &r), 0);
		case_commit(k);
		case_now += SECOND;
		assert_true(case_tick(k));
		case_abort(k);
		case_settle(k);
		assert_int_equal(tiktok.put_count, 1);
		tiktok_answers(0, SEND_ACCEPTED, 0);
		case_settle(k);
		assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
		assert_int_equal(case_row(k, "shop|u|buy|o1").event_count, 1);
		case_free(k);
	}
}

static void test_a_record_without_a_time_is_as_old_as_can_be(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);
	struct record r = case_record(k, &c);

	r.timestamp = -1;
	case_settle(k);
	assert_int_equal(case_step_record(k, &r), 0);
	case_commit(k);
	case_settle(k);
	assert_int_equal(case_row(k, "shop|u|buy|o1").first_seen, 0);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

static void test_only_what_is_wrong_with_us_counts_as_failure(void **state)
{
	const struct processor *p = events_sink_processor();

	(void)state;
	assert_false(p->counts_as_failure("missing_field"));
	assert_false(p->counts_as_failure("refused_by_tiktok"));
	assert_true(p->counts_as_failure("bad_record"));
	assert_string_equal(p->role, "events-sink");
	assert_string_equal(events_sink_orders_processor()->role, "order-sync");
	assert_int_equal(events_sink_orders_processor()->restore_inputs, 0);
}

static void test_with_the_memory_full_no_record_is_fetched(void **state)
{
	(void)state;
	struct export_case *k = case_new();

	k->s->waiting_count = EXPORT_WAITING_MAX - 1;
	assert_false(k->processor->full(k->s));
	k->s->waiting_count++;
	assert_true(k->processor->full(k->s));
	k->s->waiting_count = 0;
	k->s->outbox.open = EXPORT_OPEN_MAX - 1;
	assert_false(k->processor->full(k->s));
	k->s->outbox.open = EXPORT_OPEN_MAX;
	assert_true(k->processor->full(k->s));
	k->s->outbox.paused = 1; // those rest
	assert_false(k->processor->full(k->s));
	k->s->outbox.open = k->s->outbox.paused = 0;
	case_free(k);
}

static void test_who_has_all_open_and_uncommitted_is_held_up(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct outbox *o = &k->s->outbox;

	o->open = EXPORT_OPEN_MAX;
	assert_true(k->processor->held_up(k->s));
	o->sent = EXPORT_OPEN_MAX / 2;
	assert_true(k->processor->held_up(k->s));
	o->ready = 1; // most are with the sender: a commit would not help
	assert_false(k->processor->held_up(k->s));
	o->sent = o->ready = 0;
	o->open--;
	assert_false(k->processor->held_up(k->s)); // there is room
	o->open = 0;
	case_free(k);
}

// ---- trouble and leaving

static void test_trouble_with_handing_over_stops_the_next_tick(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);
	struct state_conversion broken = {VIEW_LIT(""), CASE_NOW, VIEW_LIT("no row")};

	tiktok.room = SEND_NO_ROOM;
	case_send_all(k, &c);
	struct ledger_key key = ledger_key_of(VIEW_LIT("shop|u|buy|o1"));
	store_put_conversion(k->store, key.hash, key.name, &broken, VIEW_ABSENT);
	case_now += SECOND;
	assert_true(k->processor->due(k->s, case_now));
	assert_int_equal(k->processor->tick(k->s, case_now, &k->emit, &k->err), -1);
	assert_int_equal(k->err.class, ERR_FATAL);
	assert_string_equal(k->err.code, "store_corrupt");
	case_abort(k);
	tiktok.room = SEND_TAKEN;
	case_now += SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

static void test_who_leaves_begins_nothing_and_takes_answers(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 2), other = case_bought("o2", 1);

	case_send_all(k, &c);
	case_step(k, &other);
	case_commit(k);
	assert_true(k->processor->leave(k->s));
	case_now += HOUR;
	case_settle(k);
	assert_true(tiktok.put_count == 2 && k->result_count == 2);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_true(k->processor->leave(k->s)); // one is still to come
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_false(k->processor->leave(k->s));
	case_restart(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 3);
	case_free(k);
}

// ---- restoring, through the runtime

struct stage {
	struct export_case *k;
	struct bus *bus;
	struct shard *shard;
	int lives;
	char directory[64];
};

static const char *const topics[EXPORT_TOPICS] = {"attributed-conversions", "export-results", "dead-letters"};

static int64_t the_time(void)
{
	return case_now;
}

// With an empty disk.
static void stage_live(struct stage *s)
{
	struct export_case *k = s->k;
	struct shard_options options = {.processor = k->processor,
		.role_state = k->role,
		.partition = 0,
		.partitions = 1,
		.store = {.directory = s->directory, .budget = k->budget},
		.max_record = 1 << 20,
		.topic_names = topics,
		.clock = the_time};
	const struct restore_options restore = {RESTORE_EARLIEST, 0};
	struct restore_progress progress;

	snprintf(s->directory, sizeof s->directory, "%s-live%d", k->directory, s->lives++);
	bus_memory_rewind(s->bus);
	if (shard_open(&options, &s->shard, &k->err) != 0 || restore_shard(s->shard, s->bus, &restore, &progress, &k->err) != 0)
		fail_msg("%s: %s", k->err.code, k->err.words);
}

static struct stage stage_new(struct export_case *k)
{
	struct stage s = {.k = k, .bus = bus_memory_new(&(struct bus_memory_options){EXPORT_TOPICS, EXPORT_INPUTS, NULL, NULL, true})};

	stage_live(&s);
	return s;
}

static void stage_free(struct stage *s)
{
	shard_close(&s->shard);
	bus_memory_free(&s->bus);
	case_free(s->k);
}

static void stage_tell(struct stage *s, const struct case_conversion *c)
{
	struct record r = case_record(s->k, c);

	bus_memory_put(s->bus, EXPORT_INPUT, r.timestamp, r.key, r.value);
}

// All that can be done now.
static void stage_work(struct stage *s)
{
	struct export_case *k = s->k;

	for (int i = 0; i < 10; i++) {
		struct bus_offset offsets[POSITION_INPUTS];
		size_t n = 0, did;

		if (shard_work(s->shard, s->bus, 100, &did, &k->err) != 0)
			fail_msg("%s: %s", k->err.code, k->err.words);
		if (!shard_is_dirty(s->shard))
			continue;
		shard_offsets(s->shard, offsets, &n);
		if (s->bus->ops->commit(s->bus, offsets, n, &k->err) != 0 || shard_committed(s->shard, s->bus, &k->err) != 0)
			fail_msg("%s", k->err.words);
	}
}

static void stage_lose_disk(struct stage *s)
{
	shard_close(&s->shard);
	stage_live(s);
}

static struct ledger_row stage_row(struct stage *s, const char *name)
{
	return case_row_of(s->k, shard_store(s->shard), name);
}

static void test_a_lost_disk_is_restored_from_what_was_published(void **state)
{
	static const char *const names[] = {"shop|u|buy|sent", "shop|u|buy|open", "shop|u|buy|waits", "shop|u|buy|gone"};
	struct ledger_row before[4];

	(void)state;
	struct stage s = stage_new(case_new());
	struct case_conversion sent = case_bought("sent", 2), open = case_bought("open", 2), waits = case_bought("waits", 1),
						   gone = case_bought("gone", 1);

	stage_tell(&s, &sent);
	stage_work(&s);
	case_now += SECOND;
	stage_work(&s);
	assert_int_equal(tiktok.put_count, 2);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	tiktok_answers(1, SEND_ACCEPTED, 0);
	stage_tell(&s, &open);
	stage_tell(&s, &gone);
	gone.cancelled = true;
	stage_tell(&s, &gone);
	stage_work(&s);
	case_now += SECOND;
	sent.values[0] = 5;
	stage_tell(&s, &sent);
	stage_tell(&s, &waits);
	stage_work(&s);
	assert_int_equal(tiktok.put_count, 4);
	for (size_t i = 0; i < 4; i++)
		before[i] = stage_row(&s, names[i]);
	assert_int_equal(before[0].events[0].verdict, EXPORT_SENT_THEN_CHANGED);
	assert_int_equal(before[1].events[1].verdict, EXPORT_INTENT);
	stage_lose_disk(&s);
	for (size_t i = 0; i < 4; i++) {
		struct ledger_row row = stage_row(&s, names[i]);

		assert_int_equal(row.event_count, before[i].event_count);
		assert_true(view_eq(row.record, before[i].record));
		for (size_t e = 0; e < row.event_count; e++)
			assert_same_result(&row.events[e], &before[i].events[e]);
	}
	stage_work(&s);
	assert_int_equal(tiktok.put_count, 6); // what was open, again
	assert_true(view_eq(tiktok.puts[4].json, tiktok.puts[2].json) && view_eq(tiktok.puts[5].json, tiktok.puts[3].json));
	case_now += SECOND;
	stage_work(&s);
	assert_int_equal(tiktok.put_count, 7); // what waited
	stage_free(&s);
}

static void test_a_restored_ledger_sends_nothing_twice(void **state)
{
	(void)state;
	struct stage s = stage_new(case_new());
	struct case_conversion c = case_bought("o1", 1);

	stage_tell(&s, &c);
	stage_work(&s);
	case_now += SECOND;
	stage_work(&s);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	stage_work(&s);
	stage_lose_disk(&s);
	c.clicks = 2; // told anew, with one more click
	stage_tell(&s, &c);
	stage_work(&s);
	case_now += DAY;
	stage_work(&s);
	assert_int_equal(tiktok.put_count, 1);
	c.values[0] = 3;
	stage_tell(&s, &c);
	stage_work(&s);
	assert_int_equal(stage_row(&s, "shop|u|buy|o1").events[0].verdict, EXPORT_SENT_THEN_CHANGED);
	stage_free(&s);
}

static void test_a_ledger_that_cannot_be_read_is_fatal(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct prepared prepared = {0};
	struct record r = {.input = EXPORT_RESULTS, .partition = 3, .key = VIEW_LIT("x"), .value = VIEW_LIT("rubbish")};

	assert_int_equal(k->processor->restore(k->s, true, &r, &prepared, &k->err), -1);
	assert_int_equal(k->err.class, ERR_FATAL);
	r.value = VIEW_ABSENT; // deleted by a person
	assert_int_equal(k->processor->restore(k->s, true, &r, &prepared, &k->err), 0);
	case_free(k);
}

// Both roles write to one topic.
static void test_the_other_roles_results_are_not_ours(void **state)
{
	(void)state;
	for (int orders = 0; orders < 2; orders++) {
		struct export_case *k = case_new_of(orders ? events_sink_orders_processor() : events_sink_processor(), case_config);
		struct prepared prepared = {0};
		OWN(buf_clear) struct buf bytes = {0};
		struct export_result result = {.tenant = VIEW_LIT("shop"),
			.event_id = VIEW_LIT("e"),
			.user = VIEW_LIT("u"),
			.goal = VIEW_LIT("buy"),
			.conversion_id = VIEW_LIT("o1"),
			.verdict = EXPORT_ACCEPTED,
			.destination = VIEW_LIT(EXPORT_TO_EVENTS),
			.event = VIEW_LIT("P"),
			.event_source = VIEW_LIT("web"),
			.event_source_id = VIEW_LIT("p"),
			.advertiser_id = VIEW_LIT("7"),
			.currency = VIEW_LIT(""),
			.value_now_micros = TIME_ABSENT,
			.intent_time = CASE_NOW - 7,
			.verdict_time = CASE_NOW,
			.code = 0};

		for (int of_orders = 0; of_orders < 2; of_orders++) {
			result.destination = of_orders ? VIEW_LIT(EXPORT_TO_ORDERS) : VIEW_LIT(EXPORT_TO_OFFLINE);
			result.conversion_id = of_orders ? VIEW_LIT("of orders") : VIEW_LIT("of events");
			buf_reset(&bytes);
			wire_write(&k->role->result_header, contract_export_result, &result, &bytes);
			struct record r = {.input = EXPORT_RESULTS, .partition = 3, .key = VIEW_LIT("x"), .value = buf_view(&bytes)};
			assert_int_equal(k->processor->restore(k->s, true, &r, &prepared, &k->err), 0);
		}
		const struct ledger_row ours = case_row(k, orders ? "shop|u|buy|of orders" : "shop|u|buy|of events");
		assert_int_equal(ours.first_seen, CASE_NOW - 7); // of the intent: nothing older is known
		assert_int_equal(case_row(k, "shop|u|buy|of orders").event_count, orders);
		assert_int_equal(case_row(k, "shop|u|buy|of events").event_count, !orders);
		case_free(k);
	}
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_records_that_say_nothing),
		cmocka_unit_test(test_what_a_record_says_counts_and_not_its_key),
		cmocka_unit_test(test_a_record_without_a_time_is_as_old_as_can_be),
		cmocka_unit_test(test_only_what_is_wrong_with_us_counts_as_failure),
		cmocka_unit_test(test_with_the_memory_full_no_record_is_fetched),
		cmocka_unit_test(test_who_has_all_open_and_uncommitted_is_held_up),
		cmocka_unit_test(test_trouble_with_handing_over_stops_the_next_tick),
		cmocka_unit_test(test_who_leaves_begins_nothing_and_takes_answers),
		cmocka_unit_test(test_a_lost_disk_is_restored_from_what_was_published),
		cmocka_unit_test(test_a_restored_ledger_sends_nothing_twice),
		cmocka_unit_test(test_a_ledger_that_cannot_be_read_is_fatal),
		cmocka_unit_test(test_the_other_roles_results_are_not_ours),
	};

	return GIVEN_TESTS(tests);
}
