// SPDX-License-Identifier: Apache-2.0
// An account is due when its status says so, at once when it is new, never when only somebody can help; run once, each is tried once. The summary counts them.
#include "tests/unit/processors/ingest_case.h"

static struct ingest_summary *summary(const struct ingest_case *c)
{
	return &case_shard(c)->summary;
}

static void test_due_is_what_the_status_says(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	struct ingest_shard *s = case_shard(c);
	struct ingest_account *a = ingest_accounts_find(s, VIEW_LIT(CASE_NAME));
	assert_non_null(a);
	assert_int_equal(a->due_ms, CASE_NOON + 6 * CASE_HOUR);
	assert_int_equal(s->due_ms, a->due_ms);
	a->record.next_sync = TIME_ABSENT;
	ingest_accounts_schedule(s);
	assert_int_equal(a->due_ms, 0);
	a->record.state = SYNC_EXPIRED;
	ingest_accounts_schedule(s);
	assert_int_equal(a->due_ms, INT64_MAX);
	assert_int_equal(s->due_ms, INT64_MAX);
	a->record.state = SYNC_NO_ACCESS;
	a->record.next_sync = 77;
	ingest_accounts_schedule(s);
	assert_int_equal(s->due_ms, 77);
	a->connection_state = CONNECTION_AUTHORIZED;
	ingest_accounts_schedule(s);
	assert_int_equal(s->due_ms, INT64_MAX);
	a->record.state = SYNC_DISCONNECTED;
	a->record.disconnected_at = 1000;
	ingest_accounts_schedule(s);
	assert_int_equal(s->due_ms, 1000 + 30 * CASE_DAY);
	a->record.disconnected_at = TIME_ABSENT;
	ingest_accounts_schedule(s);
	assert_int_equal(s->due_ms, INT64_MAX);
	a->connection_state = CONNECTION_ERASING;
	ingest_accounts_schedule(s);
	assert_int_equal(s->due_ms, 0);
	case_free(&c);
}

static void test_an_account_that_is_being_read_is_not_due(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_step(c);
	case_commit(c);
	case_step(c);
	case_commit(c);
	assert_int_equal(case_shard(c)->readings, 1);
	assert_int_equal(case_shard(c)->due_ms, INT64_MAX);
	case_settle(c);
	case_free(&c);
}

static void test_a_shard_that_leaves_begins_nothing(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	case_forget_asked(c);
	case_now_ms += 6 * CASE_HOUR;
	assert_false(shard_leaves(c->shard));
	assert_int_equal(case_step(c), 0);
	assert_int_equal(case_asked(c, ""), 0);
	assert_int_equal(case_shard(c)->readings, 0);
	case_free(&c);
}

static void test_a_key_that_is_none_is_no_account(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();
	struct ingest_shard *s = case_shard(c);

	case_settle(c);
	assert_null(ingest_accounts_add(s, VIEW_LIT("shop")));
	assert_null(ingest_accounts_add(s, VIEW_LIT("shop|")));
	struct ingest_account *a = ingest_accounts_add(s, VIEW_LIT("else|9"));
	assert_non_null(a);
	assert_text(a->tenant, "else");
	assert_text(a->advertiser, "9");
	assert_ptr_equal(ingest_accounts_add(s, VIEW_LIT("else|9")), a);
	assert_ptr_equal(ingest_accounts_find(s, VIEW_LIT("else|9")), a);
	ingest_accounts_remove(s, a);
	assert_null(ingest_accounts_find(s, VIEW_LIT("else|9")));
	assert_non_null(ingest_accounts_find(s, VIEW_LIT(CASE_NAME)));
	case_free(&c);
}

static void test_another_process_finds_the_accounts_as_they_were(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_settle(c);
	case_kill(c);
	case_lose_disk(c);
	case_forget_asked(c);
	case_start(c);
	case_settle(c);
	struct ingest_account *a = ingest_accounts_find(case_shard(c), VIEW_LIT(CASE_NAME));
	assert_non_null(a);
	assert_true(a->has_status && a->connection_state == CONNECTION_ACTIVE);
	assert_int_equal(a->record.generation, 1);
	assert_int_equal(a->record.state, SYNC_OK);
	assert_int_equal(a->record.rows_new, 1);
	assert_string_equal(a->record.currency, "EUR");
	assert_int_equal(case_asked(c, ""), 0);
	case_free(&c);
}

static void test_a_generation_is_known_without_a_status(void **state)
{
	// Of an account that was never read, by a process that comes later.
	(void)state;
	struct ingest_case *c = case_new();

	case_start(c);
	case_connect_as(c, CONNECTION_AUTHORIZED, 5, "token");
	case_settle(c);
	case_kill(c);
	case_start(c);
	case_connect(c, 4);
	case_settle(c);
	const struct case_told *letter = case_last(c, INGEST_DEAD_LETTERS, CASE_NAME);
	assert_non_null(letter);
	assert_text(letter ? letter->reason : VIEW_LIT(""), "connection_rolled_back");
	assert_int_equal(case_asked(c, ""), 0);
	case_free(&c);
}

// ---- run once

static struct ingest_case *once(void)
{
	return case_new_with("every: 6h, first: 3d, trailing: 1d", true);
}

static void test_run_once_reads_what_was_not_read_lately(void **state)
{
	(void)state;
	struct ingest_case *c = once();

	case_start(c);
	assert_false(ingest_role_finished(c->role)); // it does not know yet what there is
	case_connect(c, 1);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	assert_true(ingest_role_finished(c->role));
	for (int half = 0; half < 2; half++) {
		case_kill(c);
		case_forget_asked(c);
		case_now_ms = CASE_NOON + 3 * CASE_HOUR - 1 + half;
		case_start(c);
		case_settle(c);
		assert_int_equal(case_asked(c, "/advertiser/info/"), half);
		assert_true(ingest_role_finished(c->role));
	}
	assert_int_equal(ingest_role_failed(c->role), 0);
	case_free(&c);
}

static void test_run_once_tries_once_whatever_the_status_says(void **state)
{
	(void)state;
	struct ingest_case *c = once();

	case_start(c);
	case_connect(c, 1);
	case_tiktok.unlisted = true;
	case_settle(c);
	case_is(c, SYNC_NO_ACCESS, "not_listed");
	case_now_ms += 10 * CASE_DAY;
	case_settle(c);
	assert_int_equal(case_asked(c, ""), 1);
	assert_true(ingest_role_finished(c->role));
	assert_int_equal(ingest_role_failed(c->role), 1);
	case_kill(c);
	case_start(c); // an hour before next_sync: the next run tries again
	case_settle(c);
	assert_int_equal(case_asked(c, ""), 2);
	case_free(&c);
}

// ---- what is said of them

static void test_the_summary_counts_accounts_and_names_trouble(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	assert_int_equal(summary(c)->states[SYNC_OK], 1);
	assert_int_equal(summary(c)->oldest_sync_ms, CASE_NOON);
	assert_int_equal(summary(c)->failed, 0);
	assert_int_equal(summary(c)->troubles.n, 0);
	case_tiktok.fault.path = "/campaign/get/";
	case_tiktok.fault.code = 40002;
	case_tiktok.fault.message = "say \\\"please\\\"";
	case_now_ms += 6 * CASE_HOUR;
	case_settle(c);
	assert_int_equal(summary(c)->states[SYNC_OK], 0);
	assert_int_equal(summary(c)->states[SYNC_FAILING], 1);
	assert_int_equal(summary(c)->oldest_sync_ms, CASE_NOON); // it should be read
	assert_int_equal(summary(c)->failed, 1);
	assert_text(buf_view(&summary(c)->troubles),
		"{\"tenant\":\"shop\",\"advertiser_id\":\"700\",\"state\":\"failing\",\"reason\":\"refused\",\"message\":\"TikTok refuses the request: say "
		"\\\"please\\\"\",\"next_sync\":1784746800000}");
	case_tiktok.fault.code = 40105;
	case_now_ms += 6 * CASE_HOUR;
	case_settle(c);
	assert_int_equal(summary(c)->states[SYNC_EXPIRED], 1);
	assert_int_equal(summary(c)->oldest_sync_ms, INT64_MAX); // nobody can before it is connected again
	assert_int_equal(summary(c)->failed, 1);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_due_is_what_the_status_says),
		cmocka_unit_test(test_an_account_that_is_being_read_is_not_due),
		cmocka_unit_test(test_a_shard_that_leaves_begins_nothing),
		cmocka_unit_test(test_a_key_that_is_none_is_no_account),
		cmocka_unit_test(test_another_process_finds_the_accounts_as_they_were),
		cmocka_unit_test(test_a_generation_is_known_without_a_status),
		cmocka_unit_test(test_run_once_reads_what_was_not_read_lately),
		cmocka_unit_test(test_run_once_tries_once_whatever_the_status_says),
		cmocka_unit_test(test_the_summary_counts_accounts_and_names_trouble),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
