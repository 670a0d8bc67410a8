// SPDX-License-Identifier: Apache-2.0
// Recovery brings a shard to its commits by what it published, or says why it cannot.
#include "runtime/restore.h"

#include <setjmp.h>
#include <stdarg.h>
#include <unistd.h>

#include <cmocka.h>

#include "tests/unit/runtime/stage.h"

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

static void put_click(struct stage *s, int64_t time, const char *value)
{
	scripted_put(&s->log, DIARY_CLICKS, time, "u", value);
}

static void put_order(struct stage *s, int64_t time, const char *value)
{
	scripted_put(&s->log, DIARY_ORDERS, time, "u", value);
}

static int start(struct stage *s)
{
	stage_open(s);
	return stage_restore(s);
}

static void refuse(struct stage *s, const char *code)
{
	if (!s->shard)
		stage_open(s);
	assert_int_equal(-1, stage_restore(s));
	assert_string_equal(code, s->err.code);
	assert_int_equal(ERR_FATAL, s->err.class);
}

// Five clicks at 10 … 50 and an order, committed and on disk after two clicks; so the store is behind by three. Outputs 0 … 5.
static void run_and_kill(struct stage *s)
{
	static const char *const values[] = {"1", "2", "3", "4", "5"};

	assert_int_equal(0, start(s));
	for (int i = 0; i < 5; i++) {
		put_click(s, 10 * (i + 1), values[i]);
		stage_work(s);
		s->log.reported_next = s->log.high[DIARY_OUTPUTS] + 1;
		stage_commit(s);
		if (i == 1)
			stage_flush(s);
	}
	put_order(s, 60, "6");
	stage_work(s);
	stage_commit(s);
	stage_kill(s);
	stage_diary();
}

// ---- first starts

static void a_first_start_begins_where_it_was_told(void **state)
{
	// The log's start, its end, or the first record of a time; the end where there is none so young.
	static const struct {
		struct restore_options start;
		int64_t clicks, orders;
	} cases[] = {{{RESTORE_EARLIEST, 0}, 1, 0}, {{RESTORE_LATEST, 0}, 4, 1}, {{RESTORE_AT, 30}, 2, 1}};

	for (size_t i = 0; i < 3; i++) {
		struct stage *s = *state;

		scripted_init(&s->log, 2);
		stage_lose_disk(s);
		for (int k = 0; k < 4; k++)
			put_click(s, 10 * (k + 1), "x");
		put_order(s, 5, "x");
		s->log.low[DIARY_CLICKS] = 1;
		s->restore = cases[i].start;
		assert_int_equal(0, start(s));
		assert_int_equal(cases[i].clicks, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
		assert_int_equal(cases[i].orders, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
		stage_kill(s);
	}
}

static void a_sum_over_an_input_begins_with_its_first_record(void **state)
{
	// Whatever `start` says; a log that has lost some is refused. So does an input that is compacted.
	struct stage *s = *state;
	struct processor whole = *diary_processor();

	scripted_init(&s->log, 2);
	put_click(s, 10, "x");
	put_order(s, 10, "x");
	put_order(s, 20, "y");
	s->restore = (struct restore_options){RESTORE_LATEST, 0};
	whole.whole_inputs = 1U << DIARY_ORDERS;
	whole.restore_inputs_compacted = true;
	s->options.processor = &whole;
	assert_int_equal(0, start(s));
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
	stage_kill(s);
	stage_lose_disk(s);
	s->log.low[DIARY_ORDERS] = 1;
	refuse(s, "input_incomplete");
	stage_kill(s);
}

static void each_of_several_restore_inputs_is_read_up_to_its_commit(void **state)
{
	// One after the other, behind the outputs; each from where the store stood, or from its beginning when the disk is lost.
	struct stage *s = *state;
	struct processor both = *diary_processor();

	both.restore_inputs = 1U << DIARY_CLICKS | 1U << DIARY_ORDERS;
	s->options.processor = &both;
	run_and_kill(s);
	assert_int_equal(0, start(s));
	assert_string_equal("o3o4o5o6c3c4c5c6.", stage_diary());
	assert_int_equal(1, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
	stage_kill(s);
	stage_lose_disk(s);
	stage_diary();
	assert_int_equal(0, start(s));
	assert_string_equal("o1o2o3o4o5o6c1c2c3c4c5c6.", stage_diary());
	stage_kill(s);
}

static void a_shared_topic_of_outputs_is_read_back_at_a_first_start(void **state)
{
	// Another role's records, or our own of before the offsets were lost: what they say is known, and the inputs are read from `start`.
	struct stage *s = *state;
	struct processor shared = *diary_processor();

	run_and_kill(s);
	s->log.commits[0].next = s->log.commits[1].next = -1;
	shared.restore_topic_shared = true;
	s->options.processor = &shared;
	assert_int_equal(0, start(s));
	assert_true(strchr(stage_diary(), 'o') != NULL);
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(s->log.high[DIARY_OUTPUTS], shard_position(s->shard)->output_next);
	stage_kill(s);
}

static void a_role_may_restore_itself_from_its_inputs_alone(void **state)
{
	// Its outputs are not its shard's own: none are read back, behind or lost; a group without commits begins anew, one that was reset goes on at C.
	struct stage *s = *state;
	struct processor alone = *diary_processor();

	alone.restore_topic = -1;
	alone.restore_inputs = 1U << DIARY_CLICKS | 1U << DIARY_ORDERS;
	alone.restore_inputs_compacted = true;
	s->options.processor = &alone;
	run_and_kill(s);
	assert_int_equal(0, start(s));
	assert_string_equal("c3c4c5c6.", stage_diary());
	stage_flush(s);
	stage_kill(s);
	stage_lose_disk(s);
	assert_int_equal(0, start(s));
	assert_string_equal("c1c2c3c4c5c6.", stage_diary());
	stage_flush(s);
	stage_kill(s);
	s->log.commits[0].next = s->log.commits[1].next = -1;
	assert_int_equal(0, start(s));
	assert_string_equal(".", stage_diary());
	assert_int_equal(0, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(6, stage_work(s));
	stage_kill(s);
}

static void outputs_without_commits_are_refused(void **state)
{
	// Expired or deleted offsets: nobody knows where the run stood.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.commits[0].next = s->log.commits[1].next = -1;
	refuse(s, "commit_missing");
}

static void what_an_aborted_transaction_wrote_is_no_output(void **state)
{
	// A run that is killed before its first commit begins again; its offsets in the output topic stay behind.
	struct stage *s = *state;

	assert_int_equal(0, start(s));
	put_click(s, 10, "1");
	stage_work(s);
	stage_kill(s);
	assert_int_equal(0, s->log.bus.ops->abort(&s->log.bus, &s->err));
	assert_int_equal(1, s->log.high[DIARY_OUTPUTS]);
	assert_int_equal(0, start(s));
	assert_int_equal(1, stage_work(s));
}

// ---- going on

static void a_store_that_is_behind_reads_what_it_lacks(void **state)
{
	// Its own outputs from where it knows them, clicks from S to C, and nothing else; then it stands at C.
	struct stage *s = *state;

	run_and_kill(s);
	assert_int_equal(0, start(s));
	assert_string_equal("o3o4o5o6c3c4c5.", stage_diary());
	assert_int_equal(5, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(1, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
	assert_int_equal(6, shard_position(s->shard)->output_next);
	assert_int_equal(5, stage_clicks(s, "u"));
	assert_int_equal(0, stage_work(s));
}

static void a_lost_store_reads_all_of_its_outputs_and_the_clicks_it_needs(void **state)
{
	// From the log's beginning, or from the time that the role says.
	struct stage *s = *state;

	run_and_kill(s);
	stage_lose_disk(s);
	assert_int_equal(0, start(s));
	assert_string_equal("o1o2o3o4o5o6c1c2c3c4c5.", stage_diary());
	stage_kill(s);
	stage_lose_disk(s);
	DIARY.restore_since = 35;
	assert_int_equal(0, start(s));
	assert_string_equal("o1o2o3o4o5o6c4c5.", stage_diary());
}

static void a_lost_store_never_reads_beyond_the_commit(void **state)
{
	// Though all committed clicks are too old to be needed, and younger ones have come: these are read when it is live. Killed in between, it is not ahead.
	struct stage *s = *state;

	run_and_kill(s);
	for (int i = 0; i < 20; i++)
		put_click(s, 70, "new");
	stage_lose_disk(s);
	DIARY.restore_since = 1000;
	s->options.settle_every = 2;
	s->log.most_read = 1;
	s->log.fail_read = 6;
	s->log.fail_class = ERR_FATAL;
	assert_int_equal(-1, start(s));
	store_abort(shard_store(s->shard));
	stage_flush(s);
	stage_kill(s);
	assert_int_equal(0, start(s));
	assert_int_equal(5, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(20, stage_work(s));
}

static void a_restore_that_was_killed_goes_on_from_there(void **state)
{
	// The store is settled every so many records, at positions that are its own.
	struct stage *s = *state;

	run_and_kill(s);
	stage_lose_disk(s);
	s->options.settle_every = 2;
	s->log.most_read = 1;
	s->log.fail_read = 10;
	s->log.fail_class = ERR_FATAL;
	assert_int_equal(-1, start(s));
	assert_string_equal("o1o2.o3o4.o5o6.c1c2.c3", stage_diary());
	store_abort(shard_store(s->shard));
	stage_flush(s);
	stage_kill(s);
	stage_open(s);
	assert_int_equal(2, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
	assert_int_equal(-1, shard_position(s->shard)->inputs[DIARY_ORDERS].next);
	assert_int_equal(0, stage_restore(s));
	assert_string_equal("c3c4.c5.", stage_diary());
	assert_int_equal(5, stage_clicks(s, "u"));
}

static void an_unanswered_question_can_be_asked_again(void **state)
{
	// RETRY in the middle: the same call later ends as if nothing had been.
	struct stage *s = *state;

	run_and_kill(s);
	stage_lose_disk(s);
	stage_open(s);
	s->log.most_read = 1;
	for (int i = 1; i < 12; i++) {
		s->log.fail_read = i;
		s->log.fail_class = ERR_RETRY;
		assert_int_equal(-1, stage_restore(s));
		assert_int_equal(ERR_RETRY, s->err.class);
	}
	s->log.fail_read = 0;
	assert_int_equal(0, stage_restore(s));
	assert_int_equal(5, stage_clicks(s, "u"));
	assert_int_equal(0, stage_work(s));
}

static void bad_clicks_are_passed_over(void **state)
{
	// Their dead letters were written when they came. One that cannot be decoded yet is waited for.
	struct stage *s = *state;

	assert_int_equal(0, start(s));
	put_click(s, 1, "bad");
	put_click(s, 2, "poison");
	put_click(s, 3, "1234567890123456789012345678901234567890123456789012345678901234");
	put_click(s, 4, "wait");
	stage_work(s);
	stage_commit(s);
	stage_kill(s);
	stage_diary();
	stage_open(s);
	DIARY.waits = 1;
	assert_int_equal(-1, stage_restore(s));
	assert_int_equal(ERR_RETRY, s->err.class);
	stage_diary();
	assert_int_equal(0, stage_restore(s));
	assert_string_equal("owaitcwait.", stage_diary());
	assert_int_equal(4, s->log.sent_count);
}

static void an_output_that_cannot_be_read_back_is_named(void **state)
{
	// Without it the baseline of what follows is gone.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.entries[DIARY_OUTPUTS][4].value = VIEW_LIT("poison");
	stage_open(s);
	assert_int_equal(-1, stage_restore(s));
	assert_non_null(strstr(s->err.words, "restoring outputs[0]@4"));
}

static void the_horizon_comes_back_with_the_commit(void **state)
{
	// A lost store has it before it asks what it needs; one that knows a later one keeps it.
	struct stage *s = *state;

	assert_int_equal(0, start(s));
	DIARY.horizon = 77;
	put_click(s, 1, "1");
	stage_work(s);
	stage_commit(s);
	stage_kill(s);
	stage_lose_disk(s);
	assert_int_equal(0, start(s));
	assert_int_equal(77, shard_position(s->shard)->horizon);
}

// ---- disks that are not what they seem

static bool was_moved_aside(const struct stage *s)
{
	char aside[128];

	snprintf(aside, sizeof aside, "%s.aside-1", s->directory);
	return access(aside, F_OK) == 0;
}

static void a_strangers_store_is_moved_aside(void **state)
{
	// Its last record is not what stands at that offset: the shard is restored as a lost one.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.entries[DIARY_CLICKS][1].value = VIEW_LIT("other");
	assert_int_equal(0, start(s));
	assert_true(was_moved_aside(s));
	assert_string_equal("o1o2o3o4o5o6c1cotherc3c4c5.", stage_diary());
}

static void a_store_whose_last_record_was_compacted_fits(void **state)
{
	// Its place is empty; another record in it is a stranger's all the same.
	struct stage *s = *state;
	struct processor compacted = *diary_processor();

	compacted.restore_inputs_compacted = true;
	s->options.processor = &compacted;
	run_and_kill(s);
	s->log.entries[DIARY_CLICKS][1].aborted = true;
	assert_int_equal(0, start(s));
	assert_false(was_moved_aside(s));
	stage_kill(s);
	s->log.entries[DIARY_CLICKS][1] = (struct scripted_entry){.timestamp = 20, .key = VIEW_LIT("u"), .value = VIEW_LIT("other")};
	assert_int_equal(0, start(s));
	assert_true(was_moved_aside(s));
	stage_kill(s);
}

static void a_store_whose_last_record_is_gone_by_retention_fits(void **state)
{
	// As long as what it lacks is still there.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.low[DIARY_CLICKS] = 2;
	assert_int_equal(0, start(s));
	assert_false(was_moved_aside(s));
	assert_string_equal("o3o4o5o6c3c4c5.", stage_diary());
}

static void a_store_that_lacks_what_is_gone_is_a_lost_one(void **state)
{
	// Then the log need not reach back to S, but to what is needed.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.low[DIARY_CLICKS] = 3;
	DIARY.restore_since = 40;
	assert_int_equal(0, start(s));
	assert_true(was_moved_aside(s));
	assert_string_equal("o1o2o3o4o5o6c4c5.", stage_diary());
}

static void a_store_ahead_of_the_commits_is_refused(void **state)
{
	// Somebody reset the offsets: outputs of what was read stand.
	struct stage *s = *state;
	struct bus_offset offsets[POSITION_INPUTS];
	struct scripted_commit older[2];
	size_t n = 0;

	assert_int_equal(0, start(s));
	put_click(s, 1, "1");
	stage_work(s);
	shard_offsets(s->shard, offsets, &n);
	stage_commit(s);
	memcpy(older, s->log.commits, sizeof older);
	put_click(s, 2, "2");
	stage_work(s);
	stage_commit(s);
	stage_flush(s);
	stage_kill(s);
	memcpy(s->log.commits, older, sizeof older);
	refuse(s, "commit_behind_store");
}

static void a_store_ahead_of_the_commits_without_outputs_starts_over(void **state)
{
	// Nothing was published, so nothing contradicts going back to C.
	struct stage *s = *state;
	struct scripted_commit older[2];

	assert_int_equal(0, start(s));
	put_click(s, 1, "bad");
	stage_work(s);
	stage_commit(s);
	memcpy(older, s->log.commits, sizeof older);
	put_click(s, 2, "bad");
	stage_work(s);
	stage_commit(s);
	stage_flush(s);
	stage_kill(s);
	memcpy(s->log.commits, older, sizeof older);
	assert_int_equal(0, start(s));
	assert_true(was_moved_aside(s));
	assert_int_equal(1, shard_position(s->shard)->inputs[DIARY_CLICKS].next);
}

// ---- refusals

static void commits_that_are_not_ours_are_refused(void **state)
{
	// No metadata, somebody else's, or an offset that was moved under it.
	struct stage *s = *state;
	struct scripted_commit ours;

	run_and_kill(s);
	ours = s->log.commits[DIARY_ORDERS];
	s->log.commits[DIARY_ORDERS].metadata = VIEW_LIT("");
	refuse(s, "bad_metadata");
	s->log.commits[DIARY_ORDERS].metadata = VIEW_LIT("written by a tool");
	refuse(s, "bad_metadata");
	s->log.commits[DIARY_ORDERS] = ours;
	s->log.commits[DIARY_ORDERS].next++;
	refuse(s, "commit_foreign");
	s->log.commits[DIARY_ORDERS].next = -1;
	refuse(s, "commit_missing");
	s->log.commits[DIARY_ORDERS] = ours;
	assert_int_equal(0, stage_restore(s));
}

static void an_input_that_ends_before_the_commit_is_refused(void **state)
{
	// It was deleted and made again, or truncated: waiting for its records would take for ever. With the disk lost, too.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.high[DIARY_CLICKS] = 4;
	refuse(s, "commit_foreign");
	assert_false(was_moved_aside(s));
	stage_kill(s);
	stage_lose_disk(s);
	refuse(s, "commit_foreign");
	s->log.high[DIARY_CLICKS] = 5;
	s->log.high[DIARY_ORDERS] = 0;
	refuse(s, "commit_foreign");
}

static void an_output_topic_that_ends_before_what_was_written_is_refused(void **state)
{
	// Known from the store, or, with the disk lost, from the commit.
	struct stage *s = *state;

	run_and_kill(s);
	s->log.high[DIARY_OUTPUTS] = 4;
	refuse(s, "output_foreign");
	stage_kill(s);
	stage_lose_disk(s);
	refuse(s, "output_foreign");
}

static void another_partition_count_is_refused(void **state)
{
	// Keys have moved: what a shard knows would not be what it gets.
	struct stage *s = *state;

	run_and_kill(s);
	s->options.partitions = 2;
	refuse(s, "partitions_changed");
}

static void changed_goals_are_refused_only_with_the_disk_lost(void **state)
{
	// The manifest on the disk knows more; without it the commit's hashes must do.
	struct stage *s = *state;

	run_and_kill(s);
	s->goals[0].meaning++;
	assert_int_equal(0, start(s));
	stage_kill(s);
	stage_lose_disk(s);
	refuse(s, "goals_changed");
	s->goals[0].name++; // another one altogether
	assert_int_equal(0, stage_restore(s));
}

static void clicks_that_are_gone_are_missed_only_if_they_may_be_needed(void **state)
{
	// The log's first record must be as old as what is needed, or nobody knows what stood before it. The words say how much is missing.
	struct stage *s = *state;

	run_and_kill(s);
	stage_lose_disk(s);
	s->log.low[DIARY_CLICKS] = 2; // begins at 30
	DIARY.restore_since = 29;
	refuse(s, "clicks_expired");
	assert_non_null(strstr(s->err.words, " 1 ms of retention"));
	DIARY.restore_since = INT64_MIN; // everything
	refuse(s, "clicks_expired");
	DIARY.restore_since = INT64_MIN + 1;
	refuse(s, "clicks_expired");
	DIARY.restore_since = 30;
	assert_int_equal(0, stage_restore(s));
	assert_string_equal("o1o2o3o4o5o6c3c4c5.", stage_diary());
}

static void clicks_of_which_none_are_left_up_to_the_commit_are_not_missed(void **state)
{
	// All of them are gone, and all were too old.
	struct stage *s = *state;

	run_and_kill(s);
	stage_lose_disk(s);
	s->log.low[DIARY_CLICKS] = 5;
	DIARY.restore_since = 51;
	assert_int_equal(0, start(s));
	assert_string_equal("o1o2o3o4o5o6.", stage_diary());
}

#define TEST(f) cmocka_unit_test_setup_teardown(f, setup, teardown)

int main(void)
{
	const struct CMUnitTest tests[] = {
		TEST(a_first_start_begins_where_it_was_told),
		TEST(a_sum_over_an_input_begins_with_its_first_record),
		TEST(each_of_several_restore_inputs_is_read_up_to_its_commit),
		TEST(a_shared_topic_of_outputs_is_read_back_at_a_first_start),
		TEST(a_role_may_restore_itself_from_its_inputs_alone),
		TEST(outputs_without_commits_are_refused),
		TEST(what_an_aborted_transaction_wrote_is_no_output),
		TEST(a_store_that_is_behind_reads_what_it_lacks),
		TEST(a_lost_store_reads_all_of_its_outputs_and_the_clicks_it_needs),
		TEST(a_lost_store_never_reads_beyond_the_commit),
		TEST(a_restore_that_was_killed_goes_on_from_there),
		TEST(an_unanswered_question_can_be_asked_again),
		TEST(bad_clicks_are_passed_over),
		TEST(an_output_that_cannot_be_read_back_is_named),
		TEST(the_horizon_comes_back_with_the_commit),
		TEST(a_strangers_store_is_moved_aside),
		TEST(a_store_whose_last_record_was_compacted_fits),
		TEST(a_store_whose_last_record_is_gone_by_retention_fits),
		TEST(a_store_that_lacks_what_is_gone_is_a_lost_one),
		TEST(a_store_ahead_of_the_commits_is_refused),
		TEST(a_store_ahead_of_the_commits_without_outputs_starts_over),
		TEST(commits_that_are_not_ours_are_refused),
		TEST(an_input_that_ends_before_the_commit_is_refused),
		TEST(an_output_topic_that_ends_before_what_was_written_is_refused),
		TEST(another_partition_count_is_refused),
		TEST(changed_goals_are_refused_only_with_the_disk_lost),
		TEST(clicks_that_are_gone_are_missed_only_if_they_may_be_needed),
		TEST(clicks_of_which_none_are_left_up_to_the_commit_are_not_missed),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
