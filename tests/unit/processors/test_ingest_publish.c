// SPDX-License-Identifier: Apache-2.0
// What changed is published, what did not is counted; what TikTok no longer says becomes zeros or `deleted`; what is to go goes, the status last.
#include "tests/unit/processors/ingest_case.h"

#define ROW_22 CASE_NAME "|ad|100001|2026-07-22"
#define AD CASE_NAME "|ad|100001"

static void again(struct ingest_case *c)
{
	case_now_ms += 6 * CASE_HOUR; // 18:00, then midnight in UTC
	case_settle(c);
	case_is(c, SYNC_OK, "");
}

static void counts(struct ingest_case *c, int64_t fresh, int64_t restated, int64_t same)
{
	struct sync_status s = case_status(c);

	assert_int_equal(s.rows_new, fresh);
	assert_int_equal(s.rows_restated, restated);
	assert_int_equal(s.rows_same, same);
}

static void test_a_row_is_published_when_it_says_something_else(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_row(-1, "2026-07-22", 5);
	case_settle(c);
	counts(c, 2, 0, 0);
	struct report_snapshot s = case_snapshot(c, ROW_22);
	assert_int_equal(s.level, LEVEL_AD);
	assert_text(s.tenant, "shop");
	assert_text(s.advertiser_id, "700");
	assert_text(s.entity_id, "100001");
	assert_text(s.campaign_id, "301");
	assert_text(s.adgroup_id, "20001");
	assert_text(s.day, "2026-07-22");
	assert_text(s.day_zone, "Europe/Paris");
	assert_text(s.currency, "EUR");
	assert_int_equal(s.spend_micros, 5000000);
	assert_int_equal(s.impressions, 50);
	assert_int_equal(s.cpc_micros, 1000000);
	assert_int_equal(s.fetched_at, CASE_NOON);
	s = case_snapshot(c, CASE_NAME "|advertiser|700|2026-07-22");
	assert_int_equal(s.level, LEVEL_ADVERTISER);
	assert_text(s.entity_id, "700");
	again(c);
	counts(c, 0, 0, 2);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 2);
	case_tiktok.rows[0].spend = 6;
	case_now_ms -= CASE_HOUR;
	again(c);
	counts(c, 0, 0, 2); // not due yet
	case_now_ms += CASE_HOUR;
	case_settle(c);
	counts(c, 0, 1, 1);
	assert_int_equal(case_snapshot(c, ROW_22).spend_micros, 6000000);
	assert_int_equal(case_snapshot(c, ROW_22).fetched_at, case_now_ms);
	case_free(&c);
}

static void test_what_is_reported_no_more_becomes_zeros_once(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_row(1, "2026-07-22", 4);
	case_row(-1, "2026-07-22", 9);
	case_settle(c);
	case_tiktok.rows_n = 0;
	case_row(1, "2026-07-22", 4);
	case_tiktok.missing = 0; // nor is the ad listed any more
	again(c);
	counts(c, 0, 2, 1);
	struct report_snapshot s = case_snapshot(c, ROW_22);
	assert_int_equal(s.spend_micros, 0);
	assert_int_equal(s.impressions, 0);
	assert_int_equal(s.value_micros, 0);
	assert_text(s.campaign_id, "301");
	assert_text(s.adgroup_id, "20001");
	assert_int_equal(case_snapshot(c, CASE_NAME "|advertiser|700|2026-07-22").spend_micros, 0);
	again(c);
	counts(c, 0, 0, 1);
	case_free(&c);
}

static void test_zeros_where_nothing_was_are_nothing(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 0);
	case_settle(c);
	counts(c, 0, 0, 0);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 0);
	case_free(&c);
}

static void test_an_entity_is_published_when_it_changed(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_settle(c);
	assert_int_equal(case_count(c, INGEST_ENTITIES), 5);
	assert_text(case_entity(c, AD).name, "Clip");
	assert_int_equal(case_entity(c, AD).fetched_at, CASE_NOON);
	assert_text(case_entity(c, CASE_NAME "|advertiser|700").time_zone, "Europe/Paris");
	assert_text(case_entity(c, CASE_NAME "|campaign|301").name, "Summer");
	assert_text(case_entity(c, CASE_NAME "|adgroup|20001").campaign_id, "301");
	again(c);
	assert_int_equal(case_count(c, INGEST_ENTITIES), 5);
	case_tiktok.ad_name = "Cut";
	again(c);
	assert_int_equal(case_count(c, INGEST_ENTITIES), 7);
	assert_text(case_entity(c, AD).name, "Cut");
	assert_int_equal(case_entity(c, AD).fetched_at, case_now_ms);
	case_free(&c);
}

static void test_what_is_listed_no_more_is_deleted_once(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_tiktok.deleted = 1;
	case_settle(c);
	assert_int_equal(case_entity(c, CASE_NAME "|ad|100002").deleted, 1);
	case_tiktok.missing = 0;
	again(c);
	assert_int_equal(case_count(c, INGEST_ENTITIES), 6);
	assert_int_equal(case_entity(c, AD).deleted, 1);
	assert_text(case_entity(c, AD).name, "Clip");
	assert_int_equal(case_entity(c, AD).fetched_at, case_now_ms);
	case_tiktok.missing = 1; // which was deleted already
	again(c);
	assert_int_equal(case_count(c, INGEST_ENTITIES), 7);
	assert_int_equal(case_entity(c, AD).deleted, 0); // it came back
	case_free(&c);
}

// ---- deletion

static void all_is_gone(struct ingest_case *c)
{
	static const char *const entities[] = {"|advertiser|700", "|campaign|301", "|adgroup|20001", "|ad|100001", "|ad|100002"};
	char key[64];

	assert_true(case_is_gone(c, INGEST_SNAPSHOTS, ROW_22));
	assert_true(case_is_gone(c, INGEST_SNAPSHOTS, CASE_NAME "|advertiser|700|2026-07-20"));
	for (size_t i = 0; i < sizeof entities / sizeof entities[0]; i++) {
		snprintf(key, sizeof key, CASE_NAME "%s", entities[i]);
		assert_true(case_is_gone(c, INGEST_ENTITIES, key));
	}
	assert_true(case_is_gone(c, INGEST_STATUS, CASE_NAME));
	assert_int_equal(c->told[c->told_n - 1].topic, INGEST_STATUS);
}

static struct ingest_case *with_rows(void)
{
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_row(-1, "2026-07-20", 5);
	case_settle(c);
	return c;
}

static void test_what_was_read_goes_some_time_after_the_connection(void **state)
{
	(void)state;
	struct ingest_case *c = with_rows();

	bus_memory_put(c->bus, INGEST_CONNECTIONS, 1, VIEW_LIT(CASE_NAME), VIEW_ABSENT);
	case_settle(c);
	case_is(c, SYNC_DISCONNECTED, "");
	assert_int_equal(case_status(c).disconnected_at, CASE_NOON);
	assert_false(case_is_gone(c, INGEST_SNAPSHOTS, ROW_22));
	case_now_ms += 30 * CASE_DAY - 1;
	case_settle(c);
	assert_false(case_is_gone(c, INGEST_STATUS, CASE_NAME));
	case_now_ms += 1;
	case_settle(c);
	all_is_gone(c);
	assert_null(case_last(c, INGEST_CONNECTIONS, CASE_NAME));
	assert_null(ingest_accounts_find(case_shard(c), VIEW_LIT(CASE_NAME)));
	case_connect(c, 1); // nothing is known of it any more, not even its generation
	case_settle(c);
	case_is(c, SYNC_OK, "");
	assert_text(case_status(c).first_day, "2026-08-19");
	case_free(&c);
}

static void test_an_account_that_is_erased_goes_at_once_and_its_connection_too(void **state)
{
	(void)state;
	struct ingest_case *c = with_rows();

	case_connect_as(c, CONNECTION_ERASING, 1, NULL);
	case_settle(c);
	all_is_gone(c);
	assert_true(case_is_gone(c, INGEST_CONNECTIONS, CASE_NAME));
	case_step(c);
	case_abort(c); // accounts are read from the store again
	case_settle(c);
	assert_null(case_shard(c)->accounts);
	case_connect(c, 1);
	case_settle(c);
	counts(c, 2, 0, 0); // all of it is new
	case_free(&c);
}

static void test_what_was_deleted_is_new_when_it_comes_again(void **state)
{
	// And a process that comes later does not know the account any more.
	(void)state;
	struct ingest_case *c = with_rows();

	case_connect_as(c, CONNECTION_ERASING, 1, NULL);
	case_settle(c);
	all_is_gone(c);
	case_kill(c);
	case_start(c);
	case_settle(c);
	assert_null(case_shard(c)->accounts);
	case_connect(c, 1);
	case_settle(c);
	counts(c, 2, 0, 0);
	assert_int_equal(case_status(c).spans.n, 1);
	case_free(&c);
}

static void test_an_account_that_is_only_authorized_is_known_when_it_comes_back(void **state)
{
	(void)state;
	struct ingest_case *c = with_rows();

	case_connect_as(c, CONNECTION_AUTHORIZED, 3, "token");
	case_settle(c);
	case_is(c, SYNC_DISCONNECTED, "");
	case_now_ms += 30 * CASE_DAY;
	case_settle(c);
	all_is_gone(c);
	assert_non_null(ingest_accounts_find(case_shard(c), VIEW_LIT(CASE_NAME)));
	case_connect(c, 2);
	case_settle(c);
	assert_int_equal(case_count(c, INGEST_DEAD_LETTERS), 1); // an old record came back
	case_connect(c, 3);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	case_free(&c);
}

// So many rows of two days, as another process published them, and their status.
static void put_rows(struct ingest_case *c, int ads)
{
	OWN(buf_clear) struct buf value = {0};
	struct wire_header header;
	struct sync_span span = {VIEW_LIT("2026-07-20"), VIEW_LIT("2026-07-21"), CASE_NOON};
	struct sync_status status = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("700"),
		.state = SYNC_OK,
		.generation = 1,
		.code = TIME_ABSENT,
		.last_attempt = CASE_NOON,
		.last_sync = CASE_NOON,
		.next_sync = CASE_NOON + CASE_DAY,
		.disconnected_at = TIME_ABSENT,
		.first_day = VIEW_LIT("2026-07-20"),
		.spans = {&span, 1}};
	struct report_snapshot row = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("700"),
		.level = LEVEL_AD,
		.spend_micros = 1,
		.fetched_at = 1};
	char key[64], id[16];

	case_ok(wire_header_for(contract_sync_status, NULL, "t", &header, &case_err));
	wire_write(&header, contract_sync_status, &status, &value);
	bus_memory_put(c->bus, INGEST_STATUS, 1, VIEW_LIT(CASE_NAME), buf_view(&value));
	case_ok(wire_header_for(contract_report_snapshot, NULL, "t", &header, &case_err));
	for (int i = 0; i < 2 * ads; i++) {
		row.day = i < ads ? span.from : span.to;
		snprintf(id, sizeof id, "%d", 100001 + i % ads);
		row.entity_id = view_text(id);
		snprintf(key, sizeof key, CASE_NAME "|ad|%s|%.*s", id, VIEW_ARG(row.day));
		buf_reset(&value);
		wire_write(&header, contract_report_snapshot, &row, &value);
		bus_memory_put(c->bus, INGEST_SNAPSHOTS, 1, view_text(key), buf_view(&value));
	}
}

static void test_much_is_deleted_in_steps(void **state)
{
	// 20,000 rows and a day more at a time; the status says how far it is.
	(void)state;
	struct ingest_case *c = case_new();

	put_rows(c, 20001);
	case_start(c);
	case_connect_as(c, CONNECTION_ERASING, 1, NULL);
	while (case_count(c, INGEST_SNAPSHOTS) == 0) {
		case_step(c);
		case_commit(c);
	}
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 20001);
	struct sync_status s = case_status(c);
	assert_int_equal(s.spans.n, 1);
	assert_text(case_span(c, 0).to, "2026-07-20");
	case_kill(c);
	case_start(c); // goes on where it was
	case_settle(c);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), 40002);
	assert_true(case_is_gone(c, INGEST_STATUS, CASE_NAME));
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_row_is_published_when_it_says_something_else),
		cmocka_unit_test(test_what_is_reported_no_more_becomes_zeros_once),
		cmocka_unit_test(test_zeros_where_nothing_was_are_nothing),
		cmocka_unit_test(test_an_entity_is_published_when_it_changed),
		cmocka_unit_test(test_what_is_listed_no_more_is_deleted_once),
		cmocka_unit_test(test_what_was_read_goes_some_time_after_the_connection),
		cmocka_unit_test(test_an_account_that_is_erased_goes_at_once_and_its_connection_too),
		cmocka_unit_test(test_what_was_deleted_is_new_when_it_comes_again),
		cmocka_unit_test(test_an_account_that_is_only_authorized_is_known_when_it_comes_back),
		cmocka_unit_test(test_much_is_deleted_in_steps),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
