// SPDX-License-Identifier: Apache-2.0
// A shard takes its inputs in order, each record once, whatever fails in between.
#include "runtime/shard.h"

#include <setjmp.h>
#include <stdarg.h>
#include <xxhash.h>

#include <cmocka.h>

#include "tests/unit/runtime/stage.h"

enum { SECOND = 1000 };

static int setup(void **state)
{
	*state = stage_new();
	return 0;
}

static int teardown(void **state)
{
	stage_free(*state);
	return 0;
}

static void go_live(struct stage *s)
{
	stage_open(s);
	assert_int_equal(0, stage_restore(s));
	stage_diary();
}

static void put_click(struct stage *s, int64_t time, const char *value)
{
	scripted_put(&s->log, DIARY_CLICKS, time, "u", value);
}

static void put_order(struct stage *s, int64_t time, const char *value)
{
	scripted_put(&s->log, DIARY_ORDERS, time, "u", value);
}

// ---- the end

static void the_end_is_told_when_every_input_is_read_to_it(void **state)
{
	// Not while records are left, nor while the bus does not know of one input that it has ended.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	put_click(s, 10, "1");
	put_click(s, 20, "2");
	s->log.hides_end[DIARY_ORDERS] = true;
	assert_int_equal(0, shard_work(s->shard, &s->log.bus, SIZE_MAX, &did, &s->err));
	assert_int_equal(0, DIARY.ends);
	s->log.hides_end[DIARY_ORDERS] = false;
	assert_int_equal(0, shard_work(s->shard, &s->log.bus, 1, &did, &s->err));
	assert_int_equal(0, DIARY.ends); // a record is left
	stage_work(s);
	assert_string_equal("a1|a2|", stage_diary());
	assert_int_equal(1, DIARY.ends);
	stage_work(s);
	assert_int_equal(2, DIARY.ends); // whenever there is nothing else to do
	put_order(s, 30, "1");
	assert_int_equal(0, shard_work(s->shard, &s->log.bus, 1, &did, &s->err));
	assert_int_equal(2, DIARY.ends);
	stage_work(s);
	assert_int_equal(3, DIARY.ends);
}

// ---- merging

static void inputs_are_merged_by_time(void **state)
{
	// Of the lanes' first records the earliest goes first, of equal ones the first input's.
	struct stage *s = *state;

	go_live(s);
	put_click(s, 10, "1");
	put_click(s, 30, "2");
	put_click(s, 40, "3");
	put_order(s, 20, "1");
	put_order(s, 30, "2");
	assert_int_equal(5, stage_work(s));
	assert_string_equal("a1b1a2b2|a3|", stage_diary());
}

static void an_input_may_not_run_ahead_of_one_that_has_more_to_come(void **state)
{
	// Beyond the slack it waits for what the other input is yet to deliver, until that is at its end.
	struct stage *s = *state;

	s->options.lane_slack_ms = 5;
	go_live(s);
	put_order(s, 100, "1");
	put_click(s, 100, "1");
	s->log.hides_end[DIARY_ORDERS] = true;
	put_click(s, 105, "2");
	put_click(s, 106, "3");
	assert_int_equal(3, stage_work(s));
	assert_string_equal("a1b1|a2|", stage_diary());
	s->log.hides_end[DIARY_ORDERS] = false;
	assert_int_equal(1, stage_work(s));
	assert_string_equal("a3|", stage_diary());
}

static void an_input_of_which_nothing_was_heard_holds_the_others_back(void **state)
{
	// Without a time of its own it may deliver anything, so nothing goes before it until it is at its end.
	struct stage *s = *state;

	go_live(s);
	put_click(s, 10, "1");
	s->log.hides_end[DIARY_ORDERS] = true;
	assert_int_equal(0, stage_work(s));
	s->log.hides_end[DIARY_ORDERS] = false;
	assert_int_equal(1, stage_work(s));
}

static void times_at_the_ends_of_the_range_are_merged_like_others(void **state)
{
	// A time is any int64: the gap between two may be larger than one.
	struct stage *s = *state;

	s->options.lane_slack_ms = SECOND;
	go_live(s);
	put_click(s, INT64_MIN + 2, "1");
	put_order(s, INT64_MIN + 2, "1");
	put_order(s, INT64_MAX, "2");
	s->log.hides_end[DIARY_CLICKS] = true;
	assert_int_equal(2, stage_work(s));
	assert_string_equal("a1|b1|", stage_diary());
	put_click(s, INT64_MAX, "2");
	put_click(s, INT64_MIN + 3, "3");
	assert_int_equal(3, stage_work(s));
	assert_string_equal("a2a3|b2|", stage_diary());
}

static void a_random_merge_keeps_each_inputs_order_and_leaves_nothing(void **state)
{
	// Which input is next is chance, which record of it is not.
	struct stage *s = *state;
	const char *diary;
	char a = '0', b = '0';
	int switches = 0;

	s->options.interleave_seed = 77;
	go_live(s);
	for (int i = 0; i < 9; i++) {
		static const char *const digits[] = {"1", "2", "3", "4", "5", "6", "7", "8", "9"};

		put_click(s, i, digits[i]);
		put_order(s, 1000 - i, digits[i]);
	}
	assert_int_equal(18, stage_work(s));
	diary = stage_diary();
	for (const char *p = diary; *p; p++) {
		if (*p == 'a')
			assert_int_equal(++a, p[1]);
		if (*p == 'b') {
			assert_int_equal(++b, p[1]);
			switches += p > diary + 1 && (p[-2] == 'a' || p[-3] == 'a');
		}
	}
	assert_int_equal('9', a);
	assert_int_equal('9', b);
	assert_true(switches > 1);
}

static void no_more_is_done_than_was_asked_for(void **state)
{
	// A worker gives each shard a turn of so many records.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	for (int i = 0; i < 5; i++)
		put_click(s, i, "x");
	assert_int_equal(0, shard_work(s->shard, &s->log.bus, 2, &did, &s->err));
	assert_int_equal(2, did);
	assert_string_equal("axax|", stage_diary());
	assert_false(shard_is_idle(s->shard));
	assert_int_equal(3, stage_work(s));
	assert_true(shard_is_idle(s->shard));
}

// ---- faults

static void what_cannot_be_decoded_yet_is_waited_for(void **state)
{
	// RETRY of prepare: nothing is skipped, and the record is decoded again each time, as the first: its time is not known before.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	DIARY.waits = 3;
	put_click(s, 1, "1");
	put_order(s, 2, "wait");
	put_order(s, 3, "2");
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_int_equal(ERR_RETRY, s->err.class);
	assert_string_equal("not_yet", s->err.code);
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_int_equal(3, stage_work(s));
	assert_string_equal("||bwaita1|b2|", stage_diary());
	assert_int_equal(2, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
}

static void a_step_that_cannot_be_finished_costs_the_transaction(void **state)
{
	// It has moved the stream, so trying it again in place would judge it by itself: RETRY becomes ABORT.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	DIARY.agains = 1;
	put_click(s, 50, "again");
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_int_equal(ERR_ABORT, s->err.class);
	assert_int_equal(50, shard_position(s->shard)->inputs[DIARY_CLICKS].stream_time);
	assert_int_equal(0, shard_aborted(s->shard, &s->log.bus, &s->err));
	assert_int_equal(POSITION_NO_TIME, shard_position(s->shard)->inputs[DIARY_CLICKS].stream_time);
	assert_int_equal(1, stage_work(s));
	assert_string_equal("!aagain|", stage_diary());
}

static void a_flush_that_fails_costs_the_transaction(void **state)
{
	// What it has evaluated and what not, nobody knows.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	DIARY.flush_fails = true;
	put_click(s, 1, "1");
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_int_equal(ERR_ABORT, s->err.class);
}

static void a_dead_letter_that_cannot_be_sent_costs_the_transaction(void **state)
{
	// The step before it is done and must not be done twice.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	s->log.fail_send = 1;
	s->log.fail_class = ERR_RETRY;
	put_click(s, 1, "poison");
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_int_equal(ERR_ABORT, s->err.class);
	assert_int_equal(0, s->judged);
}

static void bad_records_are_dead_letters_and_the_next_one_is_processed(void **state)
{
	// Whether decoding or the step refuses it: one letter, judged bad, consumed.
	struct stage *s = *state;
	struct shard_stats stats;

	go_live(s);
	put_click(s, 1, "bad");
	put_click(s, 2, "poison");
	put_click(s, 3, "1");
	assert_int_equal(3, stage_work(s));
	assert_string_equal("a1|", stage_diary());
	assert_int_equal(3, s->log.sent_count);
	assert_int_equal(DIARY_LETTERS, s->log.sent[0].topic);
	assert_int_equal(DIARY_LETTERS, s->log.sent[1].topic);
	assert_int_equal(DIARY_OUTPUTS, s->log.sent[2].topic);
	assert_int_equal(3, s->judged);
	assert_int_equal(2, s->judged_bad);
	shard_stats(s->shard, &stats);
	assert_int_equal(2, stats.dead_letters);
	assert_int_equal(3, stats.records[DIARY_CLICKS]);
	assert_int_equal(0, stats.records[DIARY_ORDERS]);
}

static void too_large_a_record_is_not_decoded(void **state)
{
	// Key and value together are held against the limit; one byte less passes.
	struct stage *s = *state;
	static const char fits[] = "123456789012345678901234567890123456789012345678901234567890123"; // 63
	static const char larger[] = "1234567890123456789012345678901234567890123456789012345678901234";

	go_live(s);
	put_click(s, 1, larger);
	put_click(s, 2, fits);
	assert_int_equal(2, stage_work(s));
	assert_int_equal(1, DIARY.prepared);
	assert_int_equal(DIARY_LETTERS, s->log.sent[0].topic);
	assert_int_equal(DIARY_OUTPUTS, s->log.sent[1].topic);
	assert_false(view_is_set(s->log.sent[0].value));
}

static void what_we_wrote_ourselves_may_be_larger(void **state)
{
	// An output holds many clicks and an order; the role that reads it must not lose it.
	struct stage *s = *state;
	struct processor ours = *diary_processor();

	ours.outside_inputs = 1U << DIARY_ORDERS;
	s->options.processor = &ours;
	go_live(s);
	put_click(s, 1, "1234567890123456789012345678901234567890123456789012345678901234");
	assert_int_equal(1, stage_work(s));
	assert_int_equal(1, DIARY.prepared);
	assert_int_equal(DIARY_OUTPUTS, s->log.sent[0].topic);
	stage_kill(s);
}

static void a_budget_of_failures_that_is_spent_stops_the_work(void **state)
{
	// FATAL of the judge goes up as it is; the record is not consumed.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	s->judge_refuses = true;
	put_click(s, 1, "bad");
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_string_equal("failure_budget", s->err.code);
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
}

static void a_fetch_that_fails_loses_nothing(void **state)
{
	// Neither what the other input has ready nor what comes when it works again.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	put_click(s, 1, "1");
	put_order(s, 2, "1");
	s->log.fail_fetch = 2;
	s->log.fail_class = ERR_RETRY;
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 100, &did, &s->err));
	assert_int_equal(ERR_RETRY, s->err.class);
	assert_int_equal(2, stage_work(s));
	assert_string_equal("a1|b1|", stage_diary());
}

// ---- around the commit

static void an_abort_rewinds_everything(void **state)
{
	// Position, store, what was fetched: the same work comes out again, once.
	struct stage *s = *state;
	size_t did;

	go_live(s);
	put_click(s, 1, "1");
	stage_work(s);
	stage_commit(s);
	assert_false(shard_is_dirty(s->shard));
	put_click(s, 2, "2");
	put_click(s, 3, "3");
	put_order(s, 2, "1");
	assert_int_equal(0, shard_work(s->shard, &s->log.bus, 2, &did, &s->err));
	assert_true(shard_is_dirty(s->shard));
	assert_int_equal(2, stage_clicks(s, "u"));
	stage_diary();

	assert_int_equal(0, shard_aborted(s->shard, &s->log.bus, &s->err));
	assert_false(shard_is_dirty(s->shard));
	assert_int_equal(1, stage_clicks(s, "u"));
	assert_int_equal(1, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
	assert_int_equal(1, s->log.at[DIARY_CLICKS]);
	assert_int_equal(0, s->log.at[DIARY_ORDERS]);
	assert_int_equal(3, stage_work(s));
	assert_string_equal("!a2b1|a3|", stage_diary());
	assert_int_equal(3, stage_clicks(s, "u"));
}

static void a_rewind_that_fails_can_be_done_again(void **state)
{
	// The broker may be away just then.
	struct stage *s = *state;

	go_live(s);
	put_click(s, 1, "1");
	stage_work(s);
	s->log.fail_seek = 2;
	s->log.fail_class = ERR_RETRY;
	assert_int_equal(-1, shard_aborted(s->shard, &s->log.bus, &s->err));
	assert_int_equal(0, shard_aborted(s->shard, &s->log.bus, &s->err));
	assert_int_equal(1, stage_work(s));
}

static void a_commit_says_where_it_stands_and_by_which_record(void **state)
{
	// Offsets, stream times and the mark of the last record of each input; a dead letter is one, too.
	struct stage *s = *state;
	struct bus_offset offsets[POSITION_INPUTS];
	struct position_goal goals[4];
	struct position at;
	size_t n = 0, goal_count = 0;

	go_live(s);
	put_click(s, 7, "1");
	put_click(s, 5, "bad");
	stage_work(s);
	shard_offsets(s->shard, offsets, &n);
	assert_int_equal(2, n);
	position_clear(&at);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(i, offsets[i].input);
		assert_int_equal(0, position_parse(offsets[i].metadata, (int)i, &at, goals, 4, &goal_count, &s->err));
		assert_int_equal(offsets[i].next, at.inputs[i].next);
	}
	assert_int_equal(2, at.inputs[DIARY_CLICKS].next);
	assert_int_equal(1, at.inputs[DIARY_CLICKS].last_offset);
	assert_int_equal(5, at.inputs[DIARY_CLICKS].last_timestamp);
	assert_int_equal(7, at.inputs[DIARY_CLICKS].stream_time);
	assert_true(at.inputs[DIARY_CLICKS].last_hash == XXH64("bad", 3, XXH64("u", 1, 0)));
	assert_int_equal(0, at.inputs[DIARY_ORDERS].next);
	assert_int_equal(-1, at.inputs[DIARY_ORDERS].last_offset);
	assert_int_equal(1, at.partitions);
	assert_int_equal(1, goal_count);
	assert_int_equal(0x5678, goals[0].meaning);
}

static void the_horizon_moves_at_commits_and_never_back(void **state)
{
	// Whatever the role says.
	struct stage *s = *state;

	go_live(s);
	put_click(s, 1, "1");
	DIARY.horizon = 100;
	stage_work(s);
	assert_int_equal(POSITION_NO_TIME, shard_position(s->shard)->horizon);
	stage_commit(s);
	assert_int_equal(100, shard_position(s->shard)->horizon);
	put_click(s, 2, "2");
	DIARY.horizon = 50;
	stage_work(s);
	stage_commit(s);
	assert_int_equal(100, shard_position(s->shard)->horizon);
}

static void what_is_known_of_the_outputs_end_never_shrinks(void **state)
{
	// A worker that had the partition before remembers an older end.
	struct stage *s = *state;

	go_live(s);
	for (int i = 0; i < 3; i++) {
		static const int64_t reported[] = {7, 3, -1};

		put_click(s, i, "1");
		stage_work(s);
		s->log.reported_next = reported[i];
		stage_commit(s);
		assert_int_equal(7, shard_position(s->shard)->output_next);
	}
}

static void the_store_holds_its_position_with_its_data(void **state)
{
	// On disk is a commit: what was not flushed is gone with the process, position and rows alike.
	struct stage *s = *state;

	go_live(s);
	put_click(s, 1, "1");
	stage_work(s);
	stage_commit(s);
	stage_flush(s);
	put_click(s, 2, "2");
	stage_work(s);
	stage_commit(s);
	stage_kill(s);
	stage_open(s);
	assert_int_equal(1, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(1, stage_clicks(s, "u"));
}

// ---- ticks

static int64_t noon(void)
{
	return 12;
}

static void what_is_due_is_done_without_a_record(void **state)
{
	// Before the records, in the transaction, once; and it counts as something that was done.
	struct stage *s = *state;

	s->options.clock = noon;
	go_live(s);
	DIARY.due_at = 13;
	assert_int_equal(0, stage_work(s));
	assert_false(shard_is_dirty(s->shard));
	DIARY.due_at = 12;
	put_click(s, 1, "1");
	assert_int_equal(2, stage_work(s));
	assert_string_equal("ta1|", stage_diary());
	assert_true(shard_is_dirty(s->shard));
	stage_commit(s);
	assert_false(shard_is_dirty(s->shard));
}

static void a_tick_that_fails_costs_the_transaction(void **state)
{
	// What is half done is done anew.
	struct stage *s = *state;
	size_t did;

	s->options.clock = noon;
	go_live(s);
	DIARY.due_at = 1;
	DIARY.tick_fails = true;
	assert_int_equal(-1, shard_work(s->shard, &s->log.bus, 10, &did, &s->err));
	assert_int_equal(ERR_ABORT, s->err.class);
	assert_true(shard_is_dirty(s->shard));
}

static void a_record_refused_later_is_a_dead_letter(void **state)
{
	// It counts as one, though it was taken before.
	struct stage *s = *state;
	struct shard_stats stats;

	s->options.clock = noon;
	go_live(s);
	DIARY.due_at = 1;
	DIARY.tick_refuses = true;
	assert_int_equal(1, stage_work(s));
	shard_stats(s->shard, &stats);
	assert_int_equal(1, stats.dead_letters);
	assert_int_equal(1, s->judged_bad);
}

static void a_full_processor_is_given_no_record(void **state)
{
	// Records stay in the log; ticks go on.
	struct stage *s = *state;

	s->options.clock = noon;
	go_live(s);
	put_click(s, 1, "1");
	DIARY.full = true;
	DIARY.due_at = 1;
	assert_int_equal(1, stage_work(s));
	assert_string_equal("t", stage_diary());
	DIARY.full = false;
	assert_int_equal(1, stage_work(s));
	assert_string_equal("a1|", stage_diary());
}

static void a_shard_that_leaves_takes_answers_but_no_records(void **state)
{
	// For as long as the processor waits for some.
	struct stage *s = *state;

	s->options.clock = noon;
	go_live(s);
	put_click(s, 1, "1");
	DIARY.leaves = 1;
	assert_true(shard_leaves(s->shard));
	DIARY.due_at = 1;
	assert_int_equal(1, stage_work(s));
	assert_string_equal("t", stage_diary());
	assert_false(shard_leaves(s->shard));
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(the_end_is_told_when_every_input_is_read_to_it),
		TEST(inputs_are_merged_by_time),
		TEST(an_input_may_not_run_ahead_of_one_that_has_more_to_come),
		TEST(an_input_of_which_nothing_was_heard_holds_the_others_back),
		TEST(times_at_the_ends_of_the_range_are_merged_like_others),
		TEST(a_random_merge_keeps_each_inputs_order_and_leaves_nothing),
		TEST(no_more_is_done_than_was_asked_for),
		TEST(what_cannot_be_decoded_yet_is_waited_for),
		TEST(a_step_that_cannot_be_finished_costs_the_transaction),
		TEST(a_flush_that_fails_costs_the_transaction),
		TEST(a_dead_letter_that_cannot_be_sent_costs_the_transaction),
		TEST(bad_records_are_dead_letters_and_the_next_one_is_processed),
		TEST(too_large_a_record_is_not_decoded),
		TEST(what_we_wrote_ourselves_may_be_larger),
		TEST(a_budget_of_failures_that_is_spent_stops_the_work),
		TEST(a_fetch_that_fails_loses_nothing),
		TEST(an_abort_rewinds_everything),
		TEST(a_rewind_that_fails_can_be_done_again),
		TEST(a_commit_says_where_it_stands_and_by_which_record),
		TEST(the_horizon_moves_at_commits_and_never_back),
		TEST(what_is_known_of_the_outputs_end_never_shrinks),
		TEST(the_store_holds_its_position_with_its_data),
		TEST(what_is_due_is_done_without_a_record),
		TEST(a_tick_that_fails_costs_the_transaction),
		TEST(a_record_refused_later_is_a_dead_letter),
		TEST(a_full_processor_is_given_no_record),
		TEST(a_shard_that_leaves_takes_answers_but_no_records),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
