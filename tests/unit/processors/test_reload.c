// SPDX-License-Identifier: Apache-2.0
// After a restart all that is open is found again, once each: what waits, what was sent and not answered, what was paused.
#include "tests/unit/processors/export_case.h"

#include "processors/events-sink/reload.h"

static void test_what_was_open_is_sent_again_with_the_same_bytes(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 3);

	case_send_all(k, &c);
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	int64_t intent = k->results[0].intent_time;
	case_restart(k);
	assert_true(reload_is_due(k->s, case_now));
	case_now += HOUR;
	case_settle(k);
	assert_false(reload_is_due(k->s, case_now));
	assert_int_equal(tiktok.put_count, 5);
	assert_true(k->s->outbox.open == 2 && k->s->tenants[1].open == 2);
	assert_true(view_eq(tiktok.puts[3].id, tiktok.puts[0].id) && view_eq(tiktok.puts[3].json, tiktok.puts[0].json));
	assert_true(view_eq(tiktok.puts[4].id, tiktok.puts[2].id) && view_eq(tiktok.puts[4].json, tiktok.puts[2].json));
	assert_int_equal(tiktok.puts[3].until_ms, intent + 2 * DAY); // since it was first sent
	assert_int_equal(k->result_count, 4);                        // no new intents
	case_free(k);
}

static void test_what_waits_goes_on_waiting(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	case_restart(k);
	case_settle(k);
	assert_true(tiktok.put_count == 0 && k->s->waiting_count == 1);
	case_now += SECOND;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

static void test_a_paused_event_is_asked_again_at_once(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_send_all(k, &c);
	tiktok_answers(0, SEND_PAUSED, 40105)->attempts = 4;
	case_settle(k);
	case_now += 5 * DAY;
	case_restart(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	assert_true(view_eq(tiktok.puts[1].json, tiktok.puts[0].json) && tiktok.puts[1].attempts == 4);
	assert_int_equal(tiktok.puts[1].until_ms, case_now + 2 * DAY); // its time begins anew
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	case_free(k);
}

static void test_what_has_a_verdict_is_left_alone(void **state)
{
	static const enum send_verdict verdicts[] = {SEND_ACCEPTED, SEND_REFUSED, SEND_EXPIRED};

	(void)state;
	struct export_case *k = case_new();
	for (size_t i = 0; i < 3; i++) {
		char id[8];
		struct case_conversion c = case_bought(id, 1);

		snprintf(id, sizeof id, "o%d", (int)i);
		case_send_all(k, &c);
		tiktok_answers(i, verdicts[i], 0);
	}
	case_settle(k);
	size_t results = k->result_count;
	case_restart(k);
	case_now += DAY;
	case_settle(k);
	assert_true(tiktok.put_count == 3 && k->result_count == results && k->s->outbox.open == 0);
	case_free(k);
}

static void test_an_intent_that_is_too_old_for_another_try_is_unknown(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_send_all(k, &c);
	case_now += 2 * DAY + 1;
	case_restart(k);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_UNKNOWN);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

static void break_row(struct export_case *k, const char *name, struct view bytes)
{
	struct state_conversion put = {VIEW_LIT(""), CASE_NOW, bytes};

	store_put_conversion(k->store, store_hash(view_text(name)), view_text(name), &put, VIEW_ABSENT);
}

static struct view bytes_of(struct export_case *k, const char *name)
{
	struct state_user rows;

	if (store_read(k->store, store_hash(view_text(name)), view_text(name), &k->arena, &rows, &k->err) != 0)
		fail_msg("%s", k->err.words);
	return rows.conversions[0].value;
}

static void test_a_reading_that_failed_begins_anew(void **state)
{
	(void)state;
	struct export_case *k = case_new();

	for (int i = 0; i < 20; i++) {
		char id[8];
		struct case_conversion c = case_bought(id, 1);

		snprintf(id, sizeof id, "o%d", i);
		case_send_all(k, &c);
	}
	case_restart(k);
	k->s->now_ms = case_now;
	for (int i = 0; i < 20; i++) { // wherever the row is met
		char name[24];

		snprintf(name, sizeof name, "shop|u|buy|o%d", i);
		break_row(k, name, VIEW_LIT("no row"));
		assert_int_equal(reload_rows(k->s, &k->err), -1);
		case_abort(k);
		assert_true(reload_is_due(k->s, case_now));
	}
	case_settle(k);
	assert_int_equal(k->s->outbox.open, 20);
	assert_int_equal(k->s->tenants[1].open, 20);
	assert_int_equal(tiktok.put_count, 40);
	case_free(k);
}

static void test_a_parked_tenant_is_found_when_it_has_nothing_left(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	struct waiting_entry e = waiting_take(k->s->tenants[1].waiting); // as if it had been too greedy
	free((char *)(uintptr_t)e.name.p);
	k->s->waiting_count--;
	k->s->tenants[1].parked = true;
	case_now += 10 * SECOND;
	struct view good = bytes_of(k, "shop|u|buy|o1");
	break_row(k, "shop|u|buy|o1", VIEW_LIT("no row"));
	assert_int_equal(reload_rows(k->s, &k->err), -1);
	break_row(k, "shop|u|buy|o1", good);
	assert_true(reload_is_due(k->s, case_now)); // it failed, so it is still to be done
	case_commit(k);
	case_settle(k);
	assert_true(tiktok.put_count == 1 && !k->s->tenants[1].parked);
	case_free(k);
}

static void test_what_is_under_way_is_not_found_twice(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 2);

	case_send_all(k, &c);
	k->s->tenants[1].parked = true;
	case_now += MINUTE;
	case_settle(k);
	assert_false(k->s->tenants[1].parked);
	assert_true(tiktok.put_count == 2 && k->s->outbox.open == 2 && k->s->tenants[1].open == 2);
	case_free(k);
}

static void test_a_paused_tenant_stays_parked(void **state)
{
	(void)state;
	struct export_case *k = case_new();

	case_settle(k);
	k->s->tenants[1].parked = k->s->tenants[1].paused = true;
	case_now += HOUR;
	assert_false(reload_is_due(k->s, case_now));
	k->s->tenants[1].paused = false;
	assert_true(reload_is_due(k->s, case_now));
	case_settle(k);
	k->s->tenants[1].parked = true; // too greedy again
	assert_false(reload_is_due(k->s, case_now));
	assert_false(reload_is_due(k->s, case_now + 9 * SECOND));
	assert_true(reload_is_due(k->s, case_now + 10 * SECOND));
	case_free(k);
}

static void test_a_goal_that_is_gone_leaves_its_rows(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_settle(k);
	case_step(k, &c);
	case_commit(k);
	k->role->goal_count = 0;
	case_restart(k);
	case_now += DAY;
	case_settle(k);
	assert_true(tiktok.put_count == 0 && k->s->waiting_count == 0);
	assert_true(view_is_set(case_row(k, "shop|u|buy|o1").record));
	k->role->goal_count = 2;
	case_restart(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

// Of a lost disk the ledger came back, and not the conversion: a newer one has taken its place in the compacted input.
static void test_an_intent_without_its_conversion_is_sent_again(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_send_all(k, &c);
	struct ledger_row row = case_row(k, "shop|u|buy|o1");
	struct ledger_key key = ledger_key_of(VIEW_LIT("shop|u|buy|o1"));
	row.record = VIEW_ABSENT;
	ledger_write(k->store, &key, &row, &k->s->spare);
	case_commit(k);
	case_restart(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	k->s->tenants[1].parked = true;
	case_now += MINUTE;
	case_settle(k);
	assert_int_equal(k->s->outbox.open, 1); // found once
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	assert_int_equal(k->s->outbox.open, 0);
	c.values[0] = 5;
	case_step(k, &c); // here it is
	assert_int_equal(case_last(k)->verdict, EXPORT_SENT_THEN_CHANGED);
	case_commit(k);
	case_free(k);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_what_was_open_is_sent_again_with_the_same_bytes),
		cmocka_unit_test(test_what_waits_goes_on_waiting),
		cmocka_unit_test(test_a_paused_event_is_asked_again_at_once),
		cmocka_unit_test(test_what_has_a_verdict_is_left_alone),
		cmocka_unit_test(test_an_intent_that_is_too_old_for_another_try_is_unknown),
		cmocka_unit_test(test_a_reading_that_failed_begins_anew),
		cmocka_unit_test(test_a_parked_tenant_is_found_when_it_has_nothing_left),
		cmocka_unit_test(test_what_is_under_way_is_not_found_twice),
		cmocka_unit_test(test_a_paused_tenant_stays_parked),
		cmocka_unit_test(test_a_goal_that_is_gone_leaves_its_rows),
		cmocka_unit_test(test_an_intent_without_its_conversion_is_sent_again),
	};

	return GIVEN_TESTS(tests);
}
