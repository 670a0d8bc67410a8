// SPDX-License-Identifier: Apache-2.0
// What is due becomes one intent per event, once, tenant by tenant; what can never be sent is told at once; only what is committed reaches the sender.
#include "tests/unit/processors/export_case.h"

#include "processors/events-sink/dispatch.h"

static void test_an_intent_says_all_and_is_put_after_its_commit(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 2);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	assert_false(case_tick(k)); // its delay has not passed
	case_now += SECOND - 1;
	assert_false(case_tick(k));
	case_now += 1;
	assert_true(case_tick(k));
	assert_int_equal(k->result_count, 2);
	const struct export_result *r = case_last(k);
	assert_int_equal(r->verdict, EXPORT_INTENT);
	assert_true(r->intent_time == case_now && r->verdict_time == TIME_ABSENT && r->code == TIME_ABSENT && r->attempts == 0);
	assert_text_equal(r->tenant, "shop");
	assert_text_equal(r->user, "u");
	assert_text_equal(r->conversion_id, "o1");
	assert_int_equal(r->conversion_time, c.time);
	assert_text_equal(r->destination, EXPORT_TO_EVENTS);
	assert_text_equal(r->event_source, "web");
	assert_text_equal(r->event_source_id, "PIXEL-SHOP");
	assert_text_equal(r->advertiser_id, "7000000000000000001");
	assert_text_equal(r->click_id, "c1");
	assert_text_equal(r->currency, "EUR");
	assert_true(r->value_micros == 10000000 && r->value_now_micros == TIME_ABSENT);
	assert_int_equal(tiktok.put_count, 0);
	assert_false(case_tick(k)); // nor is it put before the commit
	assert_int_equal(tiktok.put_count, 0);
	case_commit(k);
	assert_int_equal(tiktok.put_count, 2);
	for (size_t i = 0; i < 2; i++) {
		const struct case_put *p = &tiktok.puts[i];
		assert_true(view_eq(p->json, k->results[i].payload) && view_eq(p->id, k->results[i].event_id));
		assert_text_equal(p->tenant, "shop");
		assert_text_equal(p->advertiser, "7000000000000000001");
		assert_true(p->address.api == EVENT_API_TRACK && p->address.source == EVENT_SOURCE_WEB && p->attempts == 0);
		assert_text_equal(p->address.source_id, "PIXEL-SHOP");
	}
	case_settle(k);
	assert_true(tiktok.put_count == 2 && k->result_count == 2);
	case_free(k);
}

static void test_no_request_carries_it_when_tiktok_would_have_forgotten_it(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_send_all(k, &c);
	assert_int_equal(tiktok.puts[0].until_ms, k->results[0].intent_time + 2 * DAY);
	case_free(k);
}

static void test_an_abort_takes_the_intent_back(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 2);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	case_now += SECOND;
	assert_true(case_tick(k));
	case_abort(k);
	assert_int_equal(tiktok.put_count, 0);
	assert_int_equal(case_row(k, "shop|u|buy|o1").event_count, 0);
	assert_int_equal(k->s->tenants[1].open, 0);
	assert_int_equal(k->s->waiting_count, 1);
	case_settle(k);
	assert_true(k->result_count == 4 && tiktok.put_count == 2);
	assert_true(view_eq(k->results[0].payload, k->results[2].payload));
	case_free(k);
}

static void test_a_failure_in_the_middle_is_done_again_whole(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 3);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	case_now += SECOND;
	k->sends_left = 1;
	assert_true(k->processor->due(k->s, case_now));
	assert_int_equal(k->processor->tick(k->s, case_now, &k->emit, &k->err), -1);
	assert_int_equal(k->err.class, ERR_ABORT);
	case_abort(k);
	k->sends_left = SIZE_MAX;
	case_forget(k);
	case_settle(k);
	assert_true(k->result_count == 3 && tiktok.put_count == 3);
	case_free(k);
}

static void test_what_is_too_old_is_told_and_not_sent(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion old = case_bought("old", 1), young = case_bought("young", 1);

	old.time = CASE_NOW + SECOND - 28 * DAY - 1;
	young.time = CASE_NOW + SECOND - 28 * DAY;
	case_send_all(k, &old);
	const struct export_result *r = case_last(k);
	assert_true(k->result_count == 1 && tiktok.put_count == 0);
	assert_int_equal(r->verdict, EXPORT_TOO_OLD);
	assert_text_equal(r->reason, "too_old");
	assert_true(r->verdict_time == case_now && !view_is_set(r->payload));
	assert_true(k->letter_count == 0 && !view_is_set(case_row(k, "shop|u|buy|old").record));
	case_now = CASE_NOW;
	case_send_all(k, &young);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

// Neither the goal nor the tenant says where web events go.
static void test_what_cannot_be_written_is_refused_with_a_dead_letter(void **state)
{
	(void)state;
	struct export_case *k = case_new_of(events_sink_processor(),
		"tenants: [{id: shop, tiktok: {advertiser_id: '71', access_token: t, app_id: '9'}, goals: [{name: buy, source: orders, "
		"export: per_credit, export_delay: 1s, destination: {source: auto}}]}]\n");
	struct case_conversion c = case_bought("o1", 1);

	case_send_all(k, &c);
	const struct export_result *r = case_last(k);
	assert_true(k->result_count == 1 && tiktok.put_count == 0);
	assert_int_equal(r->verdict, EXPORT_REFUSED);
	assert_text_equal(r->reason, "missing_field");
	assert_true(r->message.n > 0 && !view_is_set(r->payload));
	assert_int_equal(k->letter_count, 1);
	assert_string_equal(k->letters[0].why.code, "missing_field");
	assert_text_equal(k->letters[0].key, "shop|u|buy|o1");
	struct record told = case_record(k, &c);
	assert_true(view_eq(k->letters[0].value, told.value));
	case_free(k);
}

static void test_each_source_has_its_address(void **state)
{
	static const struct {
		const char *goal, *destination, *source, *id;
		enum event_api api;
		enum event_source is;
	} wanted[] = {
		{"shelf", EXPORT_TO_OFFLINE, "offline", "SET-O", EVENT_API_OFFLINE, EVENT_SOURCE_OFFLINE},
		{"till", EXPORT_TO_EVENTS, "offline", "SET-O", EVENT_API_TRACK, EVENT_SOURCE_OFFLINE},
		{"lead", EXPORT_TO_EVENTS, "crm", "SET-C", EVENT_API_TRACK, EVENT_SOURCE_CRM},
		{"site", EXPORT_TO_EVENTS, "web", "PIXEL", EVENT_API_TRACK, EVENT_SOURCE_WEB},
	};

	(void)state;
	struct export_case *k = case_new_of(events_sink_processor(),
		"tenants:\n  - id: shop\n"
		"    tiktok: {advertiser_id: '71', access_token: t, pixel_code: PIXEL, offline_event_set_id: SET-O, crm_event_set_id: SET-C}\n"
		"    goals:\n"
		"      - {name: shelf, export: per_credit, export_delay: 0s, destination: {source: offline, offline_api: legacy}}\n"
		"      - {name: till, export: per_credit, export_delay: 0s, destination: {source: offline}}\n"
		"      - {name: lead, export: per_credit, export_delay: 0s, destination: {source: crm, test_event_code: TEST7}}\n"
		"      - {name: site, export: per_credit, export_delay: 0s, destination: {source: web}}\n");
	for (size_t i = 0; i < sizeof wanted / sizeof wanted[0]; i++) {
		struct case_conversion c = case_bought("o1", 1);

		c.goal = wanted[i].goal;
		case_send_all(k, &c);
		assert_int_equal(tiktok.put_count, i + 1);
		const struct export_result *r = case_last(k);
		const struct event_address *a = &tiktok.puts[i].address;
		assert_text_equal(r->destination, wanted[i].destination);
		assert_text_equal(r->event_source, wanted[i].source);
		assert_text_equal(r->event_source_id, wanted[i].id);
		assert_text_equal(a->source_id, wanted[i].id);
		assert_true(a->api == wanted[i].api && a->source == wanted[i].is);
		assert_true(view_eq(a->test_event_code, i == 2 ? VIEW_LIT("TEST7") : VIEW_ABSENT));
		assert_true(view_eq(a->test_event_code, r->test_event_code));
	}
	case_free(k);
}

static void test_two_clicks_with_one_id_are_one_event(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 2);

	c.first_click = "c1";
	case_send_all(k, &c);
	assert_true(k->result_count == 1 && tiktok.put_count == 1);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	assert_int_equal(k->s->outbox.open, 0);
	case_free(k);
}

static void many(struct export_case *k, const char *tenant, size_t n, size_t clicks)
{
	for (size_t i = 0; i < n; i++) {
		char id[32];
		struct case_conversion c = case_bought(id, clicks);

		snprintf(id, sizeof id, "%s%zu", tenant, i);
		c.tenant = tenant;
		case_step(k, &c);
	}
	case_commit(k);
}

static void test_tenants_take_turns(void **state)
{
	(void)state;
	struct export_case *k = case_new_of(events_sink_processor(),
		"tenants:\n"
		"  - {id: mugs, tiktok: {advertiser_id: '2', access_token: t, pixel_code: M}, goals: [{name: buy, source: orders, export: per_credit, export_delay: 1s}]}\n"
		"  - {id: shop, tiktok: {advertiser_id: '1', access_token: t, pixel_code: S}, goals: [{name: buy, source: orders, export: per_credit, export_delay: 1s}]}\n");

	case_settle(k);
	many(k, "shop", 50, 1);
	many(k, "mugs", 5, 1);
	case_now += SECOND;
	k->s->emit = &k->emit;
	k->s->now_ms = case_now;
	assert_true(dispatch_is_due(k->s, case_now));
	assert_int_equal(dispatch_due(k->s, 10, &k->err), 0);
	assert_int_equal(k->result_count, 10);
	size_t mugs = 0;
	for (size_t i = 0; i < 10; i++)
		mugs += view_eq(k->results[i].tenant, VIEW_LIT("mugs"));
	assert_int_equal(mugs, 5);
	assert_int_equal(dispatch_due(k->s, 1000, &k->err), 0);
	assert_int_equal(k->result_count, 55);
	assert_false(dispatch_is_due(k->s, case_now));
	case_commit(k);
	case_free(k);
}

static void test_a_tenant_with_too_many_open_leaves_room_for_others(void **state)
{
	enum { SHARE = EXPORT_OPEN_TENANT_MAX / CASE_CREDITS };

	(void)state;
	struct export_case *k = case_new();
	case_settle(k);
	many(k, "shop", SHARE + 10, CASE_CREDITS);
	case_now += SECOND;
	case_settle(k);
	assert_int_equal(k->s->tenants[1].open, EXPORT_OPEN_TENANT_MAX);
	assert_int_equal(tiktok.put_count, EXPORT_OPEN_TENANT_MAX);
	assert_int_equal(k->s->waiting_count, 10);
	many(k, "mugs", 3, 1);
	case_settle(k);
	assert_int_equal(tiktok.put_count, EXPORT_OPEN_TENANT_MAX + 3);
	tiktok_answers(0, SEND_ACCEPTED, 0); // one place: one conversion more
	case_settle(k);
	assert_int_equal(tiktok.put_count, EXPORT_OPEN_TENANT_MAX + 3 + CASE_CREDITS);
	assert_int_equal(k->s->waiting_count, 9);
	case_free(k);
}

static void test_without_room_at_the_sender_it_waits(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1), other = case_bought("m1", 1);

	other.tenant = "mugs";
	tiktok.room = SEND_NO_ROOM;
	case_send_all(k, &c);
	case_send_all(k, &other);
	assert_true(tiktok.put_count == 0 && k->s->outbox.ready == 2);
	tiktok.room = SEND_TAKEN;
	tiktok.full_tenant = VIEW_LIT("shop");
	case_now += 20;
	case_tick(k);
	assert_int_equal(tiktok.put_count, 1); // the other's
	assert_text_equal(tiktok.puts[0].tenant, "mugs");
	tiktok.full_tenant = VIEW_ABSENT;
	case_tick(k); // not asked all the time
	assert_int_equal(tiktok.put_count, 1);
	case_now += 20;
	case_tick(k);
	assert_int_equal(tiktok.put_count, 2);
	assert_int_equal(k->s->outbox.ready, 0);
	case_free(k);
}

static void test_a_tenant_without_room_is_asked_for_once(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 5), other = case_bought("m1", 2);

	other.tenant = "mugs";
	tiktok.room = SEND_NO_ROOM;
	case_send_all(k, &c);
	case_send_all(k, &other);
	tiktok.room = SEND_TAKEN;
	tiktok.full_tenant = VIEW_LIT("shop");
	tiktok.asked = 0;
	case_now += SECOND;
	case_tick(k);
	assert_int_equal(tiktok.put_count, 2);
	assert_int_equal(tiktok.asked, 3);
	case_free(k);
}

// ---- a goal without delay

static struct case_conversion of_mugs(const char *id)
{
	struct case_conversion c = case_bought(id, 2);

	c.tenant = "mugs";
	return c;
}

static void test_without_a_delay_intents_stand_with_the_record(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = of_mugs("m1");

	case_settle(k);
	case_step(k, &c);
	assert_true(k->result_count == 2 && case_last(k)->verdict == EXPORT_INTENT && case_last(k)->intent_time == case_now);
	assert_true(tiktok.put_count == 0 && k->s->waiting_count == 0);
	case_abort(k);
	assert_true(k->s->outbox.open == 0 && k->s->tenants[0].open == 0);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 0);
	case_forget(k);
	case_step(k, &c);
	case_commit(k);
	assert_true(k->result_count == 2 && tiktok.put_count == 2);
	c.values[0] += 1000000;
	case_step(k, &c); // it is sent once
	case_commit(k);
	assert_true(k->result_count == 2 && tiktok.put_count == 2);
	case_free(k);
}

static void test_without_a_delay_it_still_waits_for_its_time_and_its_turn(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion early = of_mugs("m1"), second = of_mugs("m2"), third = of_mugs("m3");
	struct record r = case_record(k, &early);

	case_settle(k);
	r.timestamp = case_now + 1; // another's clock
	assert_int_equal(case_step_record(k, &r), 0);
	assert_true(k->result_count == 0 && k->s->waiting_count == 1);
	case_step(k, &second); // nothing is due before it
	assert_true(k->result_count == 2 && k->s->waiting_count == 1);
	case_now++;
	k->s->asked_ms = case_now;
	case_step(k, &third);
	assert_true(k->result_count == 2 && k->s->waiting_count == 2);
	case_settle(k);
	assert_true(tiktok.put_count == 6 && k->s->waiting_count == 0);
	case_free(k);
}

static void test_without_a_delay_and_without_room_it_waits(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = of_mugs("m1");

	case_settle(k);
	k->s->tenants[0].open = EXPORT_OPEN_TENANT_MAX;
	case_step(k, &c);
	assert_true(k->result_count == 0 && k->s->waiting_count == 1);
	k->s->tenants[0].open = 0;
	case_commit(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	case_free(k);
}

// ---- what is at hand

static void test_what_is_at_hand_is_put_without_its_row(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = of_mugs("m1");
	struct state_conversion broken = {VIEW_LIT(""), CASE_NOW, VIEW_LIT("no row")};

	case_settle(k);
	case_step(k, &c);
	struct ledger_key key = ledger_key_of(VIEW_LIT("mugs|u|buy|m1"));
	store_put_conversion(k->store, key.hash, key.name, &broken, VIEW_ABSENT);
	case_commit(k);
	assert_true(tiktok.put_count == 2 && k->s->trouble.class == ERR_NONE);
	assert_true(view_eq(tiktok.puts[1].json, case_last(k)->payload));
	assert_true(k->s->at_hand.count == 0 && k->s->at_hand.arena.used == 0);
	case_free(k);
}

static void test_an_event_is_found_under_its_ticket_only(void **state)
{
	(void)state;
	struct at_hand h = {0};
	struct arena other = {0};
	char id[] = "PIXEL";
	struct send_event event = {.ticket = 7, .address.source_id = view_text(id), .json = at_hand_json(&h, VIEW_LIT("{}"), &other)};

	assert_null(at_hand_find(&h, 0, 7));
	assert_null(at_hand_find(&h, 1, 7));
	size_t place = at_hand_add(&h, &event);
	id[0] = 'p';
	assert_non_null(at_hand_find(&h, place, 7));
	assert_text_equal(at_hand_find(&h, place, 7)->address.source_id, "PIXEL");
	assert_text_equal(at_hand_find(&h, place, 7)->json, "{}");
	assert_false(view_is_set(at_hand_find(&h, place, 7)->address.test_event_code));
	at_hand_clear(&h);
	event.ticket = 8;
	assert_int_equal(at_hand_add(&h, &event), place);
	assert_null(at_hand_find(&h, place, 7));
	assert_true(other.used == 0);
	at_hand_free(&h);
	arena_clear(&other);
}

static void test_a_transaction_with_very_much_has_the_rest_in_its_rows(void **state)
{
	enum { HALF = AT_HAND_BYTES / 2 };
	(void)state;
	struct at_hand h = {0};
	struct arena other = {0};
	struct view half = view_of(calloc(1, HALF), HALF);
	struct send_event event = {.ticket = 1};

	assert_non_null(half.p);
	for (int i = 0; i < 3; i++) {
		event.json = at_hand_json(&h, half, &other);
		assert_int_equal(at_hand_add(&h, &event), i == 0 ? 1 : 0);
	}
	assert_true(other.used > HALF && other.used < AT_HAND_BYTES);
	free((char *)(uintptr_t)half.p);
	at_hand_free(&h);
	arena_clear(&other);
}

// ----

static void test_a_goal_that_is_not_exported_is_counted(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	c.goal = "kept";
	case_send_all(k, &c);
	c.goal = "gone";
	case_step(k, &c);
	assert_true(k->result_count == 0 && tiktok.put_count == 0 && k->s->counts.not_exported == 1);
	assert_int_equal(case_row(k, "shop|u|kept|o1").first_seen, INT64_MAX);
	case_commit(k);
	case_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_an_intent_says_all_and_is_put_after_its_commit),
		cmocka_unit_test(test_no_request_carries_it_when_tiktok_would_have_forgotten_it),
		cmocka_unit_test(test_an_abort_takes_the_intent_back),
		cmocka_unit_test(test_a_failure_in_the_middle_is_done_again_whole),
		cmocka_unit_test(test_what_is_too_old_is_told_and_not_sent),
		cmocka_unit_test(test_what_cannot_be_written_is_refused_with_a_dead_letter),
		cmocka_unit_test(test_each_source_has_its_address),
		cmocka_unit_test(test_two_clicks_with_one_id_are_one_event),
		cmocka_unit_test(test_tenants_take_turns),
		cmocka_unit_test(test_a_tenant_with_too_many_open_leaves_room_for_others),
		cmocka_unit_test(test_without_room_at_the_sender_it_waits),
		cmocka_unit_test(test_a_tenant_without_room_is_asked_for_once),
		cmocka_unit_test(test_without_a_delay_intents_stand_with_the_record),
		cmocka_unit_test(test_without_a_delay_it_still_waits_for_its_time_and_its_turn),
		cmocka_unit_test(test_without_a_delay_and_without_room_it_waits),
		cmocka_unit_test(test_what_is_at_hand_is_put_without_its_row),
		cmocka_unit_test(test_an_event_is_found_under_its_ticket_only),
		cmocka_unit_test(test_a_transaction_with_very_much_has_the_rest_in_its_rows),
		cmocka_unit_test(test_a_goal_that_is_not_exported_is_counted),
	};

	return GIVEN_TESTS(tests);
}
