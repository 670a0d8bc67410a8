// SPDX-License-Identifier: Apache-2.0
// Each answer becomes one verdict, with its transaction; a refused token pauses its tenant alone until there is another one; what cannot be sent in time is
// `unknown`.
#include "tests/unit/processors/export_case.h"

#include "processors/events-sink/verdict.h"

static struct export_case *sent(const char *id, size_t clicks)
{
	struct export_case *k = case_new();
	struct case_conversion c = case_bought(id, clicks);

	case_send_all(k, &c);
	assert_int_equal(tiktok.put_count, clicks);
	case_forget(k);
	return k;
}

static void test_accepted(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	tiktok_answers(0, SEND_ACCEPTED, 0)->attempts = 3;
	case_now += 7;
	case_settle(k);
	assert_int_equal(k->result_count, 1);
	const struct export_result *r = case_last(k);
	assert_int_equal(r->verdict, EXPORT_ACCEPTED);
	assert_true(r->verdict_time == case_now && r->intent_time == case_now - 7 && r->code == 0 && r->attempts == 3);
	assert_text_equal(r->request_id, "r-0");
	assert_true(!view_is_set(r->message) && !view_is_set(r->payload) && !view_is_set(r->reason));
	assert_true(r->value_now_micros == TIME_ABSENT && r->value_micros == 10000000);
	assert_true(k->s->outbox.open == 0 && k->s->tenants[1].open == 0);
	assert_false(view_is_set(case_row(k, "shop|u|buy|o1").record));
	case_free(k);
}

static void test_refused_is_a_dead_letter_too(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 2);

	tiktok_answers(1, SEND_REFUSED, 40002);
	case_settle(k);
	assert_int_equal(k->result_count, 1);
	const struct export_result *r = case_last(k);
	assert_int_equal(r->verdict, EXPORT_REFUSED);
	assert_int_equal(r->code, 40002);
	assert_text_equal(r->reason, "refused_by_tiktok");
	assert_text_equal(r->message, "it says why");
	assert_int_equal(k->letter_count, 1);
	assert_string_equal(k->letters[0].why.code, "refused_by_tiktok");
	assert_int_equal(k->letters[0].why.class, ERR_POISON);
	assert_text_equal(k->letters[0].key, "shop|u|buy|o1");
	assert_true(k->letters[0].value.n > 0 && k->letters[0].offset == -1);
	assert_true(view_is_set(case_row(k, "shop|u|buy|o1").record)); // the other one is open
	assert_int_equal(k->s->outbox.open, 1);
	case_free(k);
}

static void test_an_abort_judges_again(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 2);

	tiktok_answers(0, SEND_ACCEPTED, 0);
	tiktok_answers(1, SEND_REFUSED, 40002);
	assert_true(case_tick(k));
	assert_false(case_tick(k));
	assert_int_equal(k->result_count, 2);
	case_abort(k);
	assert_true(k->s->outbox.open == 2 && k->s->tenants[1].open == 2);
	case_forget(k);
	case_settle(k);
	assert_int_equal(k->result_count, 2);
	assert_true(k->results[0].verdict == EXPORT_ACCEPTED && k->results[1].verdict == EXPORT_REFUSED);
	assert_true(k->letter_count == 1 && k->s->outbox.open == 0 && k->s->tenants[1].open == 0);
	assert_int_equal(tiktok.put_count, 2);
	case_free(k);
}

static void test_accepted_after_a_restatement_is_changed_at_once(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 2);
	struct case_conversion c = case_bought("o1", 2);

	c.values[0] = 1000000;
	case_step(k, &c);
	case_commit(k);
	assert_int_equal(k->result_count, 0);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(k->result_count, 2); // one each, no more
	assert_int_equal(k->results[0].verdict, EXPORT_SENT_THEN_CHANGED);
	assert_true(k->results[0].value_micros == 10000000 && k->results[0].value_now_micros == 1000000);
	assert_true(k->results[1].verdict == EXPORT_ACCEPTED && k->results[1].value_now_micros == TIME_ABSENT);
	c.values[0] = 10000000;
	case_step(k, &c);
	assert_true(case_last(k)->verdict == EXPORT_ACCEPTED && k->result_count == 3);
	case_commit(k);
	case_free(k);
}

static void test_answers_that_come_too_often_are_nothing(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	tiktok_answers(0, SEND_ACCEPTED, 0);
	tiktok_answers(0, SEND_REFUSED, 40002);
	case_settle(k);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	tiktok_answers(0, SEND_PAUSED, 40105)->ticket ^= UINT64_C(1) << 40;
	case_settle(k);
	assert_true(k->result_count == 1 && case_last(k)->verdict == EXPORT_ACCEPTED && k->letter_count == 0);
	assert_false(k->s->tenants[1].paused);
	case_free(k);
}

static uint64_t version_of(struct export_case *k)
{
	return sink_tokens_version(k->role->tokens, VIEW_LIT("shop"));
}

static void pause_first(struct export_case *k)
{
	tiktok_answers(0, SEND_PAUSED, 40105)->token_version = version_of(k);
	case_settle(k);
	assert_int_equal(k->result_count, 1);
	assert_int_equal(case_last(k)->verdict, EXPORT_PAUSED);
	case_forget(k);
}

static void test_a_paused_event_goes_when_the_token_is_another_one(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 2);
	struct case_conversion late = case_bought("o2", 1), mugs = case_bought("m1", 1);

	struct view first = tiktok.puts[0].json;
	tiktok_answers(0, SEND_PAUSED, 40105)->token_version = version_of(k);
	case_settle(k);
	const struct export_result *r = case_last(k);
	assert_true(r->verdict == EXPORT_PAUSED && r->code == 40105);
	assert_text_equal(r->reason, "token_or_permission");
	assert_true(view_eq(r->payload, first));
	assert_true(k->s->tenants[1].paused && k->s->outbox.open == 2);
	case_send_all(k, &late); // its tenant is paused
	mugs.tenant = "mugs";
	case_send_all(k, &mugs);
	assert_int_equal(tiktok.put_count, 3); // mugs
	case_now += 60 * SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 3);
	for (size_t i = 0; i < k->result_count; i++) // nor is there an intent, whose time would run
		assert_false(view_eq(k->results[i].conversion_id, VIEW_LIT("o2")));
	given_file("shop.token", "second");
	case_now += 2 * SECOND;
	case_settle(k);
	assert_false(k->s->tenants[1].paused);
	assert_int_equal(tiktok.put_count, 5);
	assert_true(view_eq(tiktok.puts[3].json, first) && tiktok.puts[3].attempts == 1);
	tiktok_answers(1, SEND_ACCEPTED, 0);
	tiktok_answers(3, SEND_ACCEPTED, 0);
	tiktok_answers(4, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(k->s->tenants[1].open, 0);
	case_free(k);
}

static void test_a_tenant_goes_on_alone(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);
	struct case_conversion mugs = case_bought("m1", 1);

	mugs.tenant = "mugs";
	case_send_all(k, &mugs);
	tiktok_answers(0, SEND_PAUSED, 40105)->token_version = version_of(k);
	tiktok_answers(1, SEND_PAUSED, 40105)->token_version = sink_tokens_version(k->role->tokens, VIEW_LIT("mugs"));
	case_settle(k);
	given_file("shop.token", "second");
	case_now += 2 * SECOND;
	case_settle(k);
	assert_true(!k->s->tenants[1].paused && k->s->tenants[0].paused);
	assert_int_equal(outbox_find(&k->s->outbox, tiktok.puts[0].ticket)->state, TICKET_SENT);
	assert_int_equal(outbox_find(&k->s->outbox, tiktok.puts[1].ticket)->state, TICKET_PAUSED);
	case_free(k);
}

static void test_the_same_token_is_tried_again_after_ten_minutes(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	pause_first(k);
	case_now += 600 * SECOND - 1;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 1);
	case_now += SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	tiktok_answers(1, SEND_PAUSED, 40105)->token_version = version_of(k); // in vain
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_PAUSED && k->s->tenants[1].paused);
	case_now += 599 * SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	case_now += 2 * SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 3);
	case_free(k);
}

static void test_a_pause_that_is_aborted_is_paused_again(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	tiktok_answers(0, SEND_PAUSED, 40105)->token_version = version_of(k);
	assert_true(case_tick(k));
	case_abort(k);
	case_forget(k);
	case_settle(k);
	assert_true(k->result_count == 1 && case_last(k)->verdict == EXPORT_PAUSED);
	given_file("shop.token", "second");
	case_now += 2 * SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	case_free(k);
}

static void test_a_pause_has_no_end_for_its_events(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	pause_first(k);
	for (int day = 0; day < 3; day++) {
		case_now += DAY;
		case_settle(k); // asked again
		assert_int_equal(tiktok.put_count, (size_t)day + 2);
		assert_int_equal(tiktok.puts[day + 1].until_ms, case_now + 2 * DAY);
		tiktok_answers((size_t)day + 1, SEND_PAUSED, 40105)->token_version = version_of(k);
		case_settle(k);
		assert_int_equal(case_last(k)->verdict, EXPORT_PAUSED);
	}
	given_file("shop.token", "second");
	case_now += 2 * SECOND;
	case_settle(k);
	case_now += 2 * DAY - MINUTE; // its time begins anew
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_INTENT);
	tiktok_answers(4, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	case_free(k);
}

// Paused with its tenant, by another event's answer.
static void pause_as_neighbour(struct export_case *k)
{
	k->s->tenants[1].paused = true;
	k->s->tenants[1].paused_version = version_of(k);
	k->s->tenants[1].ask_again_ms = INT64_MAX;
	case_now += MINUTE;
	case_settle(k);
	assert_true(k->s->outbox.ready == 0 && k->s->outbox.sent == 0);
	assert_int_equal(case_last(k)->verdict, EXPORT_PAUSED);
	tiktok.room = SEND_TAKEN;
	case_now += DAY;
	given_file("shop.token", "second");
	case_settle(k);
}

static void test_what_tiktok_may_know_gets_no_more_time(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);
	int64_t until = tiktok.puts[0].until_ms;

	tiktok.room = SEND_NO_ROOM;
	case_restart(k);
	case_settle(k);
	pause_as_neighbour(k);
	assert_int_equal(tiktok.put_count, 2);
	assert_int_equal(tiktok.puts[1].until_ms, until);
	case_free(k);
}

static void test_what_was_never_put_has_its_time_before_it(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	tiktok.room = SEND_NO_ROOM;
	case_send_all(k, &c);
	pause_as_neighbour(k);
	assert_int_equal(tiktok.put_count, 1);
	assert_int_equal(tiktok.puts[0].until_ms, case_now + 2 * DAY);
	case_free(k);
}

static void test_time_counts_from_the_first_request_that_may_have_been_taken(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);
	int64_t lost = case_now + 3;

	case_now += MINUTE;
	struct send_answer *a = tiktok_answers(0, SEND_PAUSED, 40105); // the second request; of the first there was no answer
	a->token_version = version_of(k);
	a->maybe_ms = lost;
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_PAUSED && case_last(k)->maybe_since == lost);
	case_now += DAY;
	case_settle(k); // asked again, in vain
	assert_true(case_last(k)->verdict == EXPORT_INTENT && case_last(k)->maybe_since == lost);
	assert_int_equal(tiktok.puts[1].until_ms, lost + 2 * DAY);
	tiktok_answers(1, SEND_PAUSED, 40105)->token_version = version_of(k);
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_PAUSED && case_last(k)->maybe_since == lost);
	case_restart(k);
	case_settle(k);
	assert_int_equal(tiktok.puts[2].until_ms, lost + 2 * DAY);
	tiktok_answers(2, SEND_EXPIRED, 0);
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_UNKNOWN && case_last(k)->maybe_since == lost);
	case_free(k);
}

static void test_what_goes_on_may_be_taken_from_then_on(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	pause_first(k);
	assert_int_equal(k->results[0].maybe_since, TIME_ABSENT);
	case_now += 5 * DAY;
	int64_t asked = case_now;
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_INTENT && case_last(k)->maybe_since == asked && case_last(k)->verdict_time == TIME_ABSENT);
	assert_int_equal(tiktok.puts[1].until_ms, asked + 2 * DAY);
	case_now += DAY;
	case_restart(k); // nobody knows what became of that request
	case_settle(k);
	assert_int_equal(tiktok.puts[2].until_ms, asked + 2 * DAY);
	tiktok_answers(2, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_true(case_last(k)->verdict == EXPORT_ACCEPTED && case_last(k)->maybe_since == TIME_ABSENT);
	case_free(k);
}

static void test_one_event_asks_again_for_all(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 3);

	for (size_t i = 0; i < 3; i++)
		tiktok_answers(i, SEND_PAUSED, 40105)->token_version = version_of(k);
	case_settle(k);
	case_forget(k);
	case_now += 600 * SECOND;
	case_settle(k);
	assert_true(tiktok.put_count == 4 && k->result_count == 1 && k->s->tenants[1].paused);
	tiktok_answers(3, SEND_REFUSED, 40002); // the event is, not who asks
	case_settle(k);
	assert_false(k->s->tenants[1].paused);
	assert_true(tiktok.put_count == 6 && k->result_count == 4); // its verdict, two intents
	case_free(k);
}

static void test_going_on_that_is_aborted_is_done_again(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 2);

	for (size_t i = 0; i < 2; i++)
		tiktok_answers(i, SEND_PAUSED, 40105)->token_version = version_of(k);
	case_settle(k);
	case_now += 600 * SECOND;
	assert_true(case_tick(k)); // one of them asks again
	case_abort(k);
	assert_true(k->s->tenants[1].paused && k->s->outbox.paused == 2);
	case_now += SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 3);
	given_file("shop.token", "second");
	case_now += 2 * SECOND;
	assert_true(case_tick(k));
	case_abort(k);
	assert_true(k->s->tenants[1].paused && k->s->outbox.paused == 1);
	case_now += SECOND;
	case_settle(k);
	assert_true(!k->s->tenants[1].paused && tiktok.put_count == 4 && k->s->outbox.sent == 2);
	case_free(k);
}

static void test_an_intent_of_the_transaction_that_pauses_its_tenant_is_told_as_paused(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);
	struct case_conversion late = case_bought("o2", 1);

	case_step(k, &late);
	case_now += SECOND;
	assert_true(case_tick(k)); // the intent
	assert_int_equal(case_last(k)->verdict, EXPORT_INTENT);
	tiktok_answers(0, SEND_PAUSED, 40105)->token_version = version_of(k);
	assert_true(case_tick(k)); // the pause, in the same transaction
	case_commit(k);
	case_settle(k);
	assert_true(tiktok.put_count == 1 && k->s->outbox.paused == 2);
	assert_text_equal(case_last(k)->conversion_id, "o2");
	assert_true(case_last(k)->verdict == EXPORT_PAUSED && case_last(k)->code == 40105 && case_last(k)->maybe_since == TIME_ABSENT);
	assert_text_equal(case_last(k)->reason, "token_or_permission");
	assert_text_equal(case_last(k)->message, "it says why");
	assert_true(view_is_set(case_last(k)->payload));
	case_free(k);
}

// Intents that the sender had no room for.
static struct export_case *stuck(size_t clicks)
{
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", clicks);

	tiktok.room = SEND_NO_ROOM;
	case_send_all(k, &c);
	case_forget(k);
	return k;
}

static void test_what_is_not_sent_in_time_is_unknown(void **state)
{
	(void)state;
	struct export_case *k = stuck(1);

	case_now += 2 * DAY;
	case_settle(k);
	assert_int_equal(k->result_count, 0);
	case_now += MINUTE;
	case_settle(k);
	assert_int_equal(k->result_count, 1);
	const struct export_result *r = case_last(k);
	assert_int_equal(r->verdict, EXPORT_UNKNOWN);
	assert_text_equal(r->reason, "no_answer_in_time");
	assert_true(r->verdict_time == case_now && k->s->outbox.open == 0 && k->letter_count == 0);
	tiktok.room = SEND_TAKEN;
	case_now += MINUTE;
	case_settle(k);
	assert_true(k->result_count == 1 && tiktok.put_count == 0);
	case_free(k);
}

// What the box has, the sender answers for.
static void test_what_is_under_way_is_waited_for(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	case_now += 3 * DAY;
	case_settle(k);
	assert_int_equal(k->result_count, 0);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	case_free(k);
}

static void test_what_the_sender_gave_up_is_unknown(void **state)
{
	(void)state;
	struct export_case *k = sent("o1", 1);

	tiktok_answers(0, SEND_EXPIRED, 0);
	case_settle(k);
	assert_int_equal(k->result_count, 1);
	assert_int_equal(case_last(k)->verdict, EXPORT_UNKNOWN);
	assert_text_equal(case_last(k)->reason, "no_answer_in_time");
	assert_true(k->s->outbox.open == 0 && k->letter_count == 0);
	case_free(k);
}

static void test_giving_up_can_be_aborted(void **state)
{
	(void)state;
	struct export_case *k = stuck(2);

	case_now += 2 * DAY + MINUTE;
	assert_true(case_tick(k));
	assert_int_equal(k->result_count, 2);
	case_abort(k);
	assert_true(k->s->outbox.open == 2 && k->s->outbox.ready == 2);
	case_forget(k);
	case_now += MINUTE;
	case_settle(k);
	assert_int_equal(k->result_count, 2);
	assert_true(k->results[0].verdict == EXPORT_UNKNOWN && k->results[1].verdict == EXPORT_UNKNOWN);
	assert_true(k->s->outbox.open == 0 && k->s->tenants[1].open == 0);
	case_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_accepted),
		cmocka_unit_test(test_refused_is_a_dead_letter_too),
		cmocka_unit_test(test_an_abort_judges_again),
		cmocka_unit_test(test_accepted_after_a_restatement_is_changed_at_once),
		cmocka_unit_test(test_answers_that_come_too_often_are_nothing),
		cmocka_unit_test(test_a_paused_event_goes_when_the_token_is_another_one),
		cmocka_unit_test(test_a_tenant_goes_on_alone),
		cmocka_unit_test(test_the_same_token_is_tried_again_after_ten_minutes),
		cmocka_unit_test(test_a_pause_that_is_aborted_is_paused_again),
		cmocka_unit_test(test_a_pause_has_no_end_for_its_events),
		cmocka_unit_test(test_what_tiktok_may_know_gets_no_more_time),
		cmocka_unit_test(test_what_was_never_put_has_its_time_before_it),
		cmocka_unit_test(test_time_counts_from_the_first_request_that_may_have_been_taken),
		cmocka_unit_test(test_what_goes_on_may_be_taken_from_then_on),
		cmocka_unit_test(test_one_event_asks_again_for_all),
		cmocka_unit_test(test_going_on_that_is_aborted_is_done_again),
		cmocka_unit_test(test_an_intent_of_the_transaction_that_pauses_its_tenant_is_told_as_paused),
		cmocka_unit_test(test_what_is_not_sent_in_time_is_unknown),
		cmocka_unit_test(test_what_is_under_way_is_waited_for),
		cmocka_unit_test(test_what_the_sender_gave_up_is_unknown),
		cmocka_unit_test(test_giving_up_can_be_aborted),
	};

	return GIVEN_TESTS(tests);
}
