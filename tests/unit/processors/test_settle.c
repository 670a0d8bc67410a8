// SPDX-License-Identifier: Apache-2.0
// A conversion is sent once: what it says later is told in the ledger beside what TikTok holds, and told no more when it is again as it was sent.
#include "tests/unit/processors/export_case.h"

#include "processors/events-sink/settle.h"

// Both events are sent and accepted.
static struct export_case *accepted(struct case_conversion *c)
{
	struct export_case *k = case_new();

	*c = case_bought("o1", 2);
	case_send_all(k, c);
	assert_int_equal(tiktok.put_count, 2);
	tiktok_answers(0, SEND_ACCEPTED, 0);
	tiktok_answers(1, SEND_ACCEPTED, 0);
	case_settle(k);
	assert_int_equal(case_last(k)->verdict, EXPORT_ACCEPTED);
	case_forget(k);
	return k;
}

static void test_a_change_after_acceptance_is_told_with_both_values(void **state)
{
	struct case_conversion c;

	(void)state;
	struct export_case *k = accepted(&c);
	c.values[1] = 7500000;
	case_step(k, &c);
	assert_int_equal(k->result_count, 1); // of the event that changed alone
	const struct export_result *r = case_last(k);
	assert_int_equal(r->verdict, EXPORT_SENT_THEN_CHANGED);
	assert_true(r->value_micros == 10000000 && r->value_now_micros == 7500000);
	assert_text_equal(r->click_id, "c1");
	assert_true(view_eq(r->event_id, tiktok.puts[1].id));
	case_commit(k);
	case_step(k, &c); // the same again says nothing new
	assert_int_equal(k->result_count, 1);
	c.values[1] = 1000000;
	case_step(k, &c);
	assert_int_equal(k->result_count, 2);
	assert_true(case_last(k)->verdict == EXPORT_SENT_THEN_CHANGED && case_last(k)->value_now_micros == 1000000);
	c.values[1] = 10000000;
	case_step(k, &c); // back
	assert_int_equal(k->result_count, 3);
	assert_true(case_last(k)->verdict == EXPORT_ACCEPTED && case_last(k)->value_now_micros == TIME_ABSENT);
	case_commit(k);
	case_settle(k);
	case_now += DAY;
	case_settle(k);
	assert_int_equal(tiktok.put_count, 2);
	case_free(k);
}

static void test_what_is_not_wanted_any_more_is_worth_nothing_now(void **state)
{
	struct case_conversion c;

	(void)state;
	struct export_case *k = accepted(&c);
	c.cancelled = true;
	case_step(k, &c);
	assert_int_equal(k->result_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_true(k->results[i].verdict == EXPORT_SENT_THEN_CHANGED && k->results[i].value_now_micros == 0);
	case_forget(k);
	c.cancelled = false;
	case_step(k, &c);
	assert_int_equal(k->result_count, 2);
	for (size_t i = 0; i < 2; i++)
		assert_true(k->results[i].verdict == EXPORT_ACCEPTED && k->results[i].value_now_micros == TIME_ABSENT);
	case_commit(k);
	case_free(k);
}

static void test_a_click_that_comes_later_is_not_sent(void **state)
{
	struct case_conversion c;

	(void)state;
	struct export_case *k = accepted(&c);
	c.clicks = 3;
	c.values[2] = 3000000;
	case_step(k, &c);
	case_commit(k);
	case_now += DAY;
	case_settle(k);
	assert_int_equal(k->result_count, 0);
	assert_int_equal(tiktok.put_count, 2);
	struct ledger_row row = case_row(k, "shop|u|buy|o1");
	assert_true(row.event_count == 2 && !view_is_set(row.record));
	case_free(k);
}

static void test_a_restatement_before_the_time_changes_what_is_sent(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 2);

	case_settle(k);
	case_step(k, &c);
	c.values[0] = 4000000;
	case_now += 10;
	case_step(k, &c);
	case_commit(k);
	struct ledger_row row = case_row(k, "shop|u|buy|o1");
	assert_true(row.first_seen == CASE_NOW && view_is_set(row.record) && row.event_count == 0);
	case_now = CASE_NOW + SECOND; // since it was first seen
	case_settle(k);
	assert_int_equal(k->result_count, 2);
	assert_int_equal(k->results[0].value_micros, 4000000);
	assert_int_equal(tiktok.put_count, 2);
	case_free(k);
}

static void test_what_is_cancelled_before_its_time_is_never_sent(void **state)
{
	(void)state;
	struct export_case *k = case_new();
	struct case_conversion c = case_bought("o1", 1);

	case_settle(k);
	case_step(k, &c);
	c.cancelled = true;
	case_step(k, &c);
	case_commit(k);
	case_now += DAY;
	case_settle(k);
	assert_true(k->result_count == 0 && tiktok.put_count == 0);
	assert_false(view_is_set(case_row(k, "shop|u|buy|o1").record));
	c.cancelled = false; // it is wanted again, and due, for it was seen long ago
	case_step(k, &c);
	case_commit(k);
	case_settle(k);
	assert_int_equal(tiktok.put_count, 1);
	case_free(k);
}

static void test_what_became_of_others_is_not_told_again(void **state)
{
	static const enum export_verdict verdicts[] = {EXPORT_REFUSED, EXPORT_UNKNOWN, EXPORT_TOO_OLD};

	(void)state;
	for (size_t i = 0; i < sizeof verdicts / sizeof verdicts[0]; i++) {
		struct export_case *k = case_new();
		struct case_conversion c = case_bought("o1", 1);

		if (verdicts[i] == EXPORT_TOO_OLD)
			c.time = CASE_NOW - 29 * DAY;
		case_send_all(k, &c);
		if (verdicts[i] != EXPORT_TOO_OLD)
			tiktok_answers(0, verdicts[i] == EXPORT_REFUSED ? SEND_REFUSED : SEND_EXPIRED, 0);
		case_settle(k);
		assert_int_equal(case_last(k)->verdict, verdicts[i]);
		case_forget(k);
		c.values[0] = 1;
		case_step(k, &c);
		assert_int_equal(k->result_count, 0);
		case_commit(k);
		case_free(k);
	}
}

static void test_the_value_of_an_event_is_found_by_its_id(void **state)
{
	const struct event_wanted wanted[] = {{VIEW_LIT("a"), NULL, 5}, {VIEW_LIT("b"), NULL, 7}};

	(void)state;
	assert_int_equal(settle_value(wanted, 2, VIEW_LIT("b")), 7);
	assert_int_equal(settle_value(wanted, 2, VIEW_LIT("c")), 0);
	assert_int_equal(settle_value(wanted, 0, VIEW_LIT("a")), 0);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_change_after_acceptance_is_told_with_both_values),
		cmocka_unit_test(test_what_is_not_wanted_any_more_is_worth_nothing_now),
		cmocka_unit_test(test_a_click_that_comes_later_is_not_sent),
		cmocka_unit_test(test_a_restatement_before_the_time_changes_what_is_sent),
		cmocka_unit_test(test_what_is_cancelled_before_its_time_is_never_sent),
		cmocka_unit_test(test_what_became_of_others_is_not_told_again),
		cmocka_unit_test(test_the_value_of_an_event_is_found_by_its_id),
	};

	return GIVEN_TESTS(tests);
}
