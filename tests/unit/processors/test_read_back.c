// SPDX-License-Identifier: Apache-2.0
// Who takes a shard over knows from the topics what was published, deletions too; what is not of us is refused by name, and what comes later is not taken.
#include "tests/unit/processors/ingest_case.h"

#define ROW CASE_NAME "|ad|100001|2026-07-22"

static void put(struct ingest_case *c, int input, const char *key, const struct contract *contract, const void *record)
{
	OWN(buf_clear) struct buf value = {0};
	struct wire_header header;

	case_ok(wire_header_for(contract, NULL, "t", &header, &case_err));
	if (record)
		wire_write(&header, contract, record, &value);
	bus_memory_put(c->bus, input, 1, view_text(key), record ? buf_view(&value) : VIEW_ABSENT);
}

static const struct report_snapshot row = {.tenant = VIEW_LIT("shop"),
	.advertiser_id = VIEW_LIT("700"),
	.level = LEVEL_AD,
	.entity_id = VIEW_LIT("100001"),
	.campaign_id = VIEW_LIT("301"),
	.adgroup_id = VIEW_LIT("20001"),
	.day = VIEW_LIT("2026-07-22"),
	.day_zone = VIEW_LIT("Europe/Paris"),
	.currency = VIEW_LIT("EUR"),
	.spend_micros = 5000000,
	.impressions = 50,
	.clicks = 5,
	.fetched_at = 1};

static void test_a_lost_disk_publishes_nothing_again(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();

	case_row(0, "2026-07-22", 5);
	case_row(-1, "2026-07-21", 4);
	case_settle(c);
	case_kill(c);
	case_lose_disk(c);
	case_start(c);
	size_t rows = case_count(c, INGEST_SNAPSHOTS), entities = case_count(c, INGEST_ENTITIES);
	case_now_ms += CASE_HOUR;
	case_connect(c, 2);
	case_settle(c);
	case_is(c, SYNC_OK, "");
	assert_int_equal(case_status(c).rows_same, 2);
	assert_int_equal(case_count(c, INGEST_SNAPSHOTS), rows);
	assert_int_equal(case_count(c, INGEST_ENTITIES), entities);
	case_free(&c);
}

static void test_what_another_published_is_known(void **state)
{
	(void)state;
	struct ingest_case *c = case_new();
	struct ad_entity ad = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("700"),
		.level = LEVEL_AD,
		.entity_id = VIEW_LIT("100009"),
		.campaign_id = VIEW_LIT("309"),
		.budget_micros = TIME_ABSENT,
		.bid_micros = TIME_ABSENT,
		.create_time = TIME_ABSENT,
		.modify_time = TIME_ABSENT,
		.fetched_at = 1};
	struct report_snapshot gone = row;

	put(c, INGEST_SNAPSHOTS, ROW, contract_report_snapshot, &row);
	gone.entity_id = VIEW_LIT("100009");
	put(c, INGEST_SNAPSHOTS, CASE_NAME "|ad|100009|2026-07-22", contract_report_snapshot, &gone);
	put(c, INGEST_ENTITIES, CASE_NAME "|ad|100009", contract_ad_entity, &ad);
	case_start(c);
	case_connect(c, 1);
	case_row(0, "2026-07-22", 5);
	case_settle(c);
	struct sync_status s = case_status(c);
	assert_int_equal(s.rows_same, 1);
	assert_int_equal(s.rows_restated, 1); // TikTok says nothing of ad 100009
	assert_int_equal(s.rows_new, 0);
	assert_int_equal(case_entity(c, CASE_NAME "|ad|100009").deleted, 1);
	assert_text(case_snapshot(c, CASE_NAME "|ad|100009|2026-07-22").campaign_id, "309");
	case_free(&c);
}

static void test_a_deletion_is_read_back_too(void **state)
{
	(void)state;
	struct ingest_case *c = case_new();

	put(c, INGEST_SNAPSHOTS, ROW, contract_report_snapshot, &row);
	put(c, INGEST_SNAPSHOTS, ROW, contract_report_snapshot, NULL);
	put(c, INGEST_ENTITIES, CASE_NAME "|campaign|399", contract_ad_entity, NULL);
	case_start(c);
	case_connect(c, 1);
	case_row(0, "2026-07-22", 5);
	case_settle(c);
	assert_int_equal(case_status(c).rows_new, 1);
	assert_null(case_last(c, INGEST_ENTITIES, CASE_NAME "|campaign|399"));
	case_free(&c);
}

// The shard is live, but has not read its topics to the end: what follows is refused or not.
static void refused(int input, const char *key, const struct contract *contract, const void *record, const char *reason)
{
	struct ingest_case *c = case_new();

	case_start(c);
	put(c, input, key, contract, record);
	case_settle(c);
	const struct case_told *letter = case_last(c, INGEST_DEAD_LETTERS, key);
	if (!letter || !view_eq(letter->reason, view_text(reason)))
		fail_msg("%s is not refused as %s", key, reason);
	case_free(&c);
}

static void test_what_is_not_of_us_is_refused_by_name(void **state)
{
	(void)state;
	refused(INGEST_SNAPSHOTS, "shop|700|ad", contract_report_snapshot, &row, "key_mismatch");
	refused(INGEST_SNAPSHOTS, "shop|700|pixel|1|2026-07-22", contract_report_snapshot, &row, "key_mismatch");
	refused(INGEST_SNAPSHOTS, "shop|700|ad|1|2026-02-30", contract_report_snapshot, &row, "key_mismatch");
	refused(INGEST_SNAPSHOTS, "shop|700|ad|1", contract_report_snapshot, &row, "key_mismatch");
	refused(INGEST_ENTITIES, "shop|700|ad|1|2026-07-22", contract_ad_entity, NULL, "key_mismatch");
	refused(INGEST_ENTITIES, "shop|700|ad|1|never", contract_ad_entity, NULL, "key_mismatch");
}

static void test_what_does_not_decode_is_refused(void **state)
{
	(void)state;
	for (int input = INGEST_SNAPSHOTS; input <= INGEST_ENTITIES; input++) {
		struct ingest_case *c = case_new();
		const char *key = input == INGEST_SNAPSHOTS ? ROW : CASE_NAME "|ad|1";

		case_start(c);
		bus_memory_put(c->bus, input, 1, view_text(key), VIEW_LIT("no Avro"));
		case_settle(c);
		assert_non_null(case_last(c, INGEST_DEAD_LETTERS, key));
		case_free(&c);
	}
}

static void test_what_comes_after_the_end_is_our_own(void **state)
{
	(void)state;
	struct ingest_case *c = case_read();
	struct report_snapshot other = row;

	case_row(0, "2026-07-22", 5);
	case_settle(c);
	other.spend_micros = 1;
	put(c, INGEST_SNAPSHOTS, ROW, contract_report_snapshot, &other);
	case_settle(c);
	case_now_ms += 6 * CASE_HOUR;
	case_settle(c);
	assert_int_equal(case_status(c).rows_same, 1);
	assert_int_equal(case_status(c).rows_restated, 0);
	case_free(&c);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_a_lost_disk_publishes_nothing_again),
		cmocka_unit_test(test_what_another_published_is_known),
		cmocka_unit_test(test_a_deletion_is_read_back_too),
		cmocka_unit_test(test_what_is_not_of_us_is_refused_by_name),
		cmocka_unit_test(test_what_does_not_decode_is_refused),
		cmocka_unit_test(test_what_comes_after_the_end_is_our_own),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
