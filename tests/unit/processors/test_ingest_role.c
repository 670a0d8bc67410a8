// SPDX-License-Identifier: Apache-2.0
// What shards share: tokens opened for one account, and one answer for all shards of how accounts are, how many failed, and whether a run is finished.
#include "tests/unit/processors/ingest_case.h"

static bool contains(struct view text, const char *part)
{
	return memmem(text.p, text.n, part, strlen(part)) != NULL;
}

static void describes(struct ingest_case *c, const char *part)
{
	OWN(buf_clear) struct buf json = {0};

	ingest_role_describe(c->role, &json);
	if (!contains(buf_view(&json), part))
		fail_msg("'%.*s' does not say '%s'", VIEW_ARG(buf_view(&json)), part);
}

static void test_a_run_is_finished_when_all_shards_are(void **state)
{
	(void)state;
	struct ingest_case *c = case_new();
	struct ingest_summary a = {.failed = 2, .finished = true}, b = {.failed = 1};

	assert_true(ingest_role_finished(c->role)); // no shard has anything to do
	ingest_role_enter(c->role, &a);
	ingest_role_enter(c->role, &b);
	assert_int_equal(a.oldest_sync_ms, INT64_MAX);
	assert_false(ingest_role_finished(c->role));
	assert_int_equal(ingest_role_failed(c->role), 3);
	b.finished = true;
	assert_true(ingest_role_finished(c->role));
	ingest_role_leave(c->role, &a);
	assert_int_equal(ingest_role_failed(c->role), 3); // of a shard that is closed, too
	ingest_role_leave(c->role, &b);
	assert_int_equal(ingest_role_failed(c->role), 3);
	case_free(&c);
}

static void test_the_status_page_adds_the_shards_up(void **state)
{
	(void)state;
	struct ingest_case *c = case_new();
	struct ingest_summary a = {0}, b = {0};

	ingest_role_enter(c->role, &a);
	ingest_role_enter(c->role, &b);
	describes(c, "{\"accounts\":{\"waiting\":0,\"syncing\":0,\"ok\":0,\"failing\":0,\"expired\":0,\"no_access\":0,\"disconnected\":0},");
	describes(c, "\"oldest_sync\":null,\"troubles\":[],\"fetcher\":{\"waiting\":0,\"in_flight\":0,\"requests\":0,");
	a.states[SYNC_OK] = 3;
	b.states[SYNC_OK] = 4;
	b.states[SYNC_EXPIRED] = 1;
	a.oldest_sync_ms = 2000;
	b.oldest_sync_ms = 1000;
	buf_add_text(&a.troubles, "{\"a\":1}");
	buf_add_text(&b.troubles, "{\"b\":2}");
	describes(c, "\"ok\":7,\"failing\":0,\"expired\":1,");
	describes(c, "\"oldest_sync\":1000,\"troubles\":[{\"b\":2},{\"a\":1}],");
	while (a.troubles.n < INGEST_TROUBLES_BYTES)
		buf_add_text(&a.troubles, ",{}");
	describes(c, "\"troubles\":[{\"b\":2}],"); // a page has an end
	ingest_role_leave(c->role, &b);
	ingest_role_leave(c->role, &a);
	case_free(&c);
}

static void test_requests_are_counted(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	describes(c, "\"waiting\":0,\"in_flight\":0,\"requests\":6,\"ok\":6,");
	ingest_role_measure(c->role);
	assert_int_equal(c->role->measured.requests, 6);
	case_free(&c);
}

static void test_a_token_opens_for_its_account_and_generation(void **state)
{
	(void)state;
	struct ingest_case *c = case_new();
	OWN(buf_clear) struct buf sealed = {0};
	OWN(seal_wipe) struct buf token = {0};
	struct connection connection = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("700"),
		.state = CONNECTION_ACTIVE,
		.generation = 3};
	struct err err;

	case_ok(connection_seal(c->seal, &connection, VIEW_LIT("secret"), &sealed, &case_err));
	case_ok(ingest_role_token(c->role, &connection, 3, &token, &case_err));
	assert_text(buf_view(&token), "secret");
	buf_reset(&token);
	assert_int_equal(ingest_role_token(c->role, &connection, 4, &token, &err), -1);
	assert_string_equal(err.code, "connection_rolled_back");
	connection.advertiser_id = VIEW_LIT("701");
	assert_int_equal(ingest_role_token(c->role, &connection, 3, &token, &err), -1);
	assert_string_equal(err.code, "connection_broken");
	assert_null(strstr(err.words, "secret"));
	assert_int_equal(token.n, 0);
	case_free(&c);
}

static void test_settings_become_days(void **state)
{
	(void)state;
	struct ingest_case *c = case_new_with("at: '04:30', first: 25h, trailing: 24h", false);

	assert_int_equal(c->role->plan.at_minute, 270);
	assert_int_equal(c->role->plan.first_days, 2); // begun days count
	assert_int_equal(c->role->plan.trailing_days, 1);
	case_free(&c);
	c = case_new_with("every: 2h", false);
	assert_int_equal(c->role->plan.at_minute, -1);
	assert_int_equal(c->role->plan.every_ms, 2 * CASE_HOUR);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_run_is_finished_when_all_shards_are),
		cmocka_unit_test(test_the_status_page_adds_the_shards_up),
		cmocka_unit_test(test_requests_are_counted),
		cmocka_unit_test(test_a_token_opens_for_its_account_and_generation),
		cmocka_unit_test(test_settings_become_days),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
