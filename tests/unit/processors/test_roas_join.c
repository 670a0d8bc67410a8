// SPDX-License-Identifier: Apache-2.0
// The role takes what is good and says what is wrong with the rest; it tells a row once, places credits when their zone comes, and knows its sums again from
// what it published. The whole law is in tests/roas.
#include "processors/roas-join/roas_join.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#include "base/own.h"
#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "schemas/contract.h"
#include "state/budget.h"

enum { ROWS_MAX = 200, UNITS = 1000 };

struct told {
	int topic;
	struct buf key, value, reason;
};

struct play {
	char root[64], directory[80];
	struct config *config;
	struct rates *rates;
	struct join_role *role;
	struct bus *bus;
	struct budget *budget;
	struct shard *shard;
	struct wire_header headers[JOIN_INPUTS];
	struct told told[ROWS_MAX];
	size_t count;
	struct arena arena;
};

static void committed(void *context, const struct emission *e)
{
	struct play *p = context;
	struct told *t = &p->told[p->count++];

	assert_true(p->count < ROWS_MAX);
	*t = (struct told){.topic = e->topic};
	buf_add_view(&t->key, e->key);
	if (view_is_set(e->value))
		buf_add_view(&t->value, e->value);
	for (size_t i = 0; i < e->header_count; i++)
		if (view_eq(e->headers[i].name, VIEW_LIT("lookback.reason")))
			buf_add_view(&t->reason, e->headers[i].value);
}

static void forget(struct play *p)
{
	while (p->count > 0) {
		struct told *t = &p->told[--p->count];

		buf_clear(&t->key);
		buf_clear(&t->value);
		buf_clear(&t->reason);
	}
}

static void must(int failed, const struct err *err)
{
	if (failed)
		fail_msg("%s", err->words);
}

static void open_shard(struct play *p)
{
	static const char *const names[JOIN_TOPICS] = {"credits", "reports", "entities", "roas", "daily", "letters"};
	const struct restore_options earliest = {RESTORE_EARLIEST, 0};
	const struct shard_options options = {.processor = roas_join_processor(),
		.role_state = p->role,
		.partitions = 4,
		.store = {.directory = p->directory, .budget = p->budget},
		.max_record = p->config->max_record,
		.topic_names = names};
	struct restore_progress progress;
	struct err err;

	must(shard_open(&options, &p->shard, &err), &err);
	bus_memory_rewind(p->bus);
	must(restore_shard(p->shard, p->bus, &earliest, &progress, &err), &err);
}

static const struct contract *contract_of(int input)
{
	return input == JOIN_CREDITS ? contract_credit_delta : input == JOIN_REPORTS ? contract_report_snapshot : contract_ad_entity;
}

static struct play *play_new(void)
{
	struct play *p = calloc(1, sizeof *p);
	char path[80];
	struct err err;

	assert_non_null(p);
	snprintf(p->root, sizeof p->root, "/tmp/lookback-test-XXXXXX");
	assert_non_null(mkdtemp(p->root));
	snprintf(p->directory, sizeof p->directory, "%s/0", p->root);
	snprintf(path, sizeof path, "%s/c.yaml", p->root);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fputs("tenants:\n  - {id: shop, time_zone: America/Lima, currency: USD, goals: [{name: buy, source: orders, model: linear}]}\n", file);
	fclose(file);
	must(contract_setup(&err), &err);
	must(config_load(path, NULL, 0, &p->config, &err), &err);
	must(rates_load(NULL, &p->rates, &err), &err);
	must(join_role_new(p->config, p->rates, NULL, &p->role, &err), &err);
	must(budget_new(64 << 20, 1, 0, &p->budget, &err), &err);
	for (int i = 0; i < JOIN_INPUTS; i++)
		must(wire_header_for(contract_of(i), NULL, "t", &p->headers[i], &err), &err);
	p->bus = bus_memory_new(&(struct bus_memory_options){.topic_count = JOIN_TOPICS,
		.input_count = JOIN_INPUTS,
		.committed = committed,
		.context = p,
		.keep_outputs = true});
	open_shard(p);
	return p;
}

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static void play_free(struct play *p)
{
	forget(p);
	shard_close(&p->shard);
	join_role_free(&p->role);
	rates_free(&p->rates);
	config_free(&p->config);
	bus_memory_free(&p->bus);
	budget_free(&p->budget);
	arena_clear(&p->arena);
	nftw(p->root, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	free(p);
}

// A record as JSON, and what the shard says to it after a commit.
static void put(struct play *p, int input, const char *key, const char *json)
{
	OWN(buf_clear) struct buf value = {0};
	_Alignas(16) char record[1024];
	struct err err;

	if (json) {
		must(contract_parse_json(contract_of(input), view_text(json), &p->arena, record, &err), &err);
		wire_write(&p->headers[input], contract_of(input), record, &value);
	}
	bus_memory_put(p->bus, input, 1, view_text(key), json ? buf_view(&value) : VIEW_ABSENT);
}

static void work(struct play *p)
{
	struct bus_offset offsets[POSITION_INPUTS];
	struct err err;
	size_t n = 0, did;

	forget(p);
	do
		must(shard_work(p->shard, p->bus, UNITS, &did, &err), &err);
	while (did > 0);
	shard_offsets(p->shard, offsets, &n);
	must(p->bus->ops->commit(p->bus, offsets, n, &err), &err);
	must(shard_committed(p->shard, p->bus, &err), &err);
}

static const struct told *told_of(const struct play *p, int topic, const char *key)
{
	for (size_t i = 0; i < p->count; i++)
		if (p->told[i].topic == topic && view_eq(buf_view(&p->told[i].key), view_text(key)))
			return &p->told[i];
	return NULL;
}

static struct roas_row row_of(struct play *p, const char *key)
{
	const struct told *t = told_of(p, JOIN_ROAS, key);
	struct wire_reader *reader = wire_reader_new(contract_roas_row, WIRE_AVRO, NULL);
	struct roas_row row = {.tenant = VIEW_ABSENT};
	struct err err;

	if (!t || t->value.n == 0)
		fail_msg("%s was not told", key);
	else
		must(wire_read(reader, buf_view(&t->value), &p->arena, &row, &err), &err);
	wire_reader_free(&reader);
	return row;
}

static struct roas_view click_day(const struct roas_row *row)
{
	CHECK(row->goals.p && row->goals.n == 1);
	return row->goals.p[0].click_day;
}

#define CREDIT(TENANT, ADVERTISER, GOAL, CURRENCY, TIME, CLICKED, PLACED) \
	"{\"tenant\": \"" TENANT "\", \"goal\": \"" GOAL "\", \"conversion_id\": \"o1\", \"conversion_time\": " TIME \
	", \"currency\": \"" CURRENCY "\", \"advertiser_id\": " ADVERTISER ", \"deltas\": [{\"click_id\": \"c\", \"click_time\": " CLICKED \
	", \"channel\": \"tiktok\", \"ad_id\": \"a1\", \"campaign_id\": \"c1\", \"revenue\": {\"placed_micros\": " PLACED \
	", \"confirmed_micros\": 0, \"delivered_micros\": 0, \"net_micros\": 0}, \"conversions\": {\"placed_nanos\": 0, \"confirmed_nanos\": 0, " \
	"\"delivered_nanos\": 0}}]}"
#define NOON "1772884800000"
#define GOOD_CREDIT CREDIT("shop", "\"7\"", "buy", "USD", NOON, NOON, "5000000")
#define REPORT(LEVEL, ENTITY, DAY, CURRENCY, SPEND) \
	"{\"tenant\": \"shop\", \"advertiser_id\": \"7\", \"level\": \"" LEVEL "\", \"entity_id\": \"" ENTITY "\", \"day\": \"" DAY \
	"\", \"day_zone\": \"America/Lima\", \"currency\": \"" CURRENCY "\", \"spend_micros\": " SPEND ", \"fetched_at\": 1}"
#define ENTITY(LEVEL, ENTITY, FIELDS) \
	"{\"tenant\": \"shop\", \"advertiser_id\": \"7\", \"level\": \"" LEVEL "\", \"entity_id\": \"" ENTITY \
	"\", \"deleted\": false, \"fetched_at\": 1" FIELDS "}"

static void refused(int input, const char *key, const char *json, const char *reason)
{
	struct play *p = play_new();

	put(p, input, key, json);
	work(p);
	const struct told *letter = told_of(p, JOIN_DEAD_LETTERS, key);
	struct view found = letter ? buf_view(&letter->reason) : VIEW_LIT("nothing");
	if (!view_eq(found, view_text(reason)))
		fail_msg("'%s' is refused for '%.*s', not for '%s'", json ? json : key, VIEW_ARG(found), reason);
	assert_int_equal(p->count, 1);
	play_free(p);
}

static void test_bad_credits_are_refused_by_name(void **state)
{
	(void)state;
	refused(JOIN_CREDITS, "shop|7", NULL, "bad_record");
	refused(JOIN_CREDITS, "shop|8", GOOD_CREDIT, "key_mismatch");
	refused(JOIN_CREDITS, "else|7", CREDIT("else", "\"7\"", "buy", "USD", NOON, NOON, "1"), "unknown_tenant");
	refused(JOIN_CREDITS, "shop|7", CREDIT("shop", "\"7\"", "", "USD", NOON, NOON, "1"), "missing_field");
	refused(JOIN_CREDITS, "shop|7", CREDIT("shop", "\"7\"", "buy", "XXX", NOON, NOON, "1"), "unknown_currency");
	refused(JOIN_CREDITS, "shop|7", CREDIT("shop", "\"7\"", "buy", "USD", "-1", NOON, "1"), "bad_time");
	refused(JOIN_CREDITS, "shop|7", CREDIT("shop", "\"7\"", "buy", "USD", NOON, "253402300800000", "1"), "bad_time");
	refused(JOIN_CREDITS, "shop|7", CREDIT("shop", "\"7\"", "buy", "USD", NOON, NOON, "1000000000000000001"), "bad_amount");
}

static void test_bad_reports_are_refused_by_name(void **state)
{
	(void)state;
	refused(JOIN_REPORTS, "shop|7|ad|a1|2026-03-07", REPORT("ad", "a2", "2026-03-07", "USD", "1"), "key_mismatch");
	refused(JOIN_REPORTS, "shop|7|campaign|c1|2026-03-07", REPORT("campaign", "c1", "2026-03-07", "USD", "1"), "bad_enum");
	refused(JOIN_REPORTS, "shop|7|ad|a1|2026-02-29", REPORT("ad", "a1", "2026-02-29", "USD", "1"), "bad_time");
	refused(JOIN_REPORTS, "shop|7|ad|a1|2026-03-07", REPORT("ad", "a1", "2026-03-07", "usd", "1"), "unknown_currency");
	refused(JOIN_REPORTS, "shop|7|ad||2026-03-07", REPORT("ad", "", "2026-03-07", "USD", "1"), "missing_field");
	refused(JOIN_REPORTS, "shop|7|advertiser|8|2026-03-07", REPORT("advertiser", "8", "2026-03-07", "USD", "1"), "bad_id");
	refused(JOIN_REPORTS, "shop|7|ad|a1", NULL, "bad_record");
	refused(JOIN_REPORTS, "shop|7|campaign|c1|2026-03-07", NULL, "bad_record");
}

static void test_bad_entities_are_refused_by_name(void **state)
{
	(void)state;
	refused(JOIN_ENTITIES, "shop|7|ad|a1", ENTITY("ad", "a2", ""), "key_mismatch");
	refused(JOIN_ENTITIES, "shop|7|advertiser|7", ENTITY("advertiser", "7", ", \"time_zone\": \"Mars/Base\""), "unknown_zone");
	refused(JOIN_ENTITIES, "shop|7|advertiser|7", ENTITY("advertiser", "7", ", \"currency\": \"XXX\""), "unknown_currency");
	refused(JOIN_ENTITIES, "shop|7|level|7", NULL, "bad_record");
	refused(JOIN_ENTITIES, "nobody|7|ad|a1", NULL, "unknown_tenant");
}

static void test_a_credit_waits_for_its_accounts_zone(void **state)
{
	(void)state;
	struct play *p = play_new();

	put(p, JOIN_CREDITS, "shop|7", GOOD_CREDIT);
	work(p);
	struct roas_row waits = row_of(p, "shop|7|unplaced|c1//a1|2026-03-07T12:00Z");
	assert_int_equal(waits.parts.n, 2);
	assert_true(view_eq(waits.campaign_id, VIEW_LIT("c1")));
	put(p, JOIN_ENTITIES, "shop|7|advertiser|7", ENTITY("advertiser", "7", ", \"time_zone\": \"Pacific/Auckland\", \"currency\": \"USD\""));
	work(p);
	const struct told *gone = told_of(p, JOIN_ROAS, "shop|7|unplaced|c1//a1|2026-03-07T12:00Z");
	assert_true(gone && gone->value.n == 0);
	struct roas_row row = row_of(p, "shop|7|ad|a1|2026-03-08"); // one in the morning over there
	assert_int_equal(click_day(&row).placed_micros, 5000000);
	assert_true(view_eq(row.day_zone, VIEW_LIT("Pacific/Auckland")));
	assert_true(view_eq(row.campaign_id, VIEW_LIT("c1")));
	row_of(p, "shop|7|campaign|c1|2026-03-08");
	row_of(p, "shop|7|adgroup||2026-03-08");
	row_of(p, "shop|7|advertiser|7|2026-03-08");
	assert_non_null(told_of(p, JOIN_DAILY_SUMS, "shop|advertiser:7|2026-03-08"));
	play_free(p);
}

static void test_what_says_nothing_new_is_not_told(void **state)
{
	(void)state;
	struct play *p = play_new();

	put(p, JOIN_REPORTS, "shop|7|ad|a1|2026-03-07", REPORT("ad", "a1", "2026-03-07", "USD", "9000000"));
	work(p);
	assert_int_equal(row_of(p, "shop|7|ad|a1|2026-03-07").spend_micros, 9000000);
	put(p, JOIN_REPORTS, "shop|7|ad|a1|2026-03-07", REPORT("ad", "a1", "2026-03-07", "USD", "9000000"));
	work(p);
	assert_int_equal(p->count, 0);
	put(p, JOIN_REPORTS, "shop|7|ad|a1|2026-03-07", NULL);
	work(p);
	const struct told *gone = told_of(p, JOIN_ROAS, "shop|7|ad|a1|2026-03-07");
	assert_true(gone && gone->value.n == 0);
	const struct told *sum = told_of(p, JOIN_DAILY_SUMS, "shop|advertiser:7|2026-03-07");
	assert_true(sum && sum->value.n == 0);
	play_free(p);
}

static void test_a_lost_disk_knows_its_sums_again(void **state)
{
	(void)state;
	struct play *p = play_new();

	put(p, JOIN_ENTITIES, "shop|7|advertiser|7", ENTITY("advertiser", "7", ", \"time_zone\": \"America/Lima\", \"currency\": \"USD\""));
	put(p, JOIN_REPORTS, "shop|7|ad|a1|2026-03-07", REPORT("ad", "a1", "2026-03-07", "USD", "2000000"));
	put(p, JOIN_CREDITS, "shop|7", GOOD_CREDIT);
	work(p);
	shard_close(&p->shard);
	nftw(p->directory, remove_one, 16, FTW_DEPTH | FTW_PHYS);
	open_shard(p);
	work(p);
	for (size_t i = 0; i < p->count; i++)
		assert_int_not_equal(p->told[i].topic, JOIN_ROAS);
	put(p, JOIN_CREDITS, "shop|7", GOOD_CREDIT);
	work(p);
	struct roas_row row = row_of(p, "shop|7|campaign|c1|2026-03-07");
	assert_int_equal(click_day(&row).placed_micros, 10000000);
	assert_int_equal(row.spend_micros, 2000000);
	assert_int_equal(click_day(&row).placed_roas_nanos, 5000000000);
	play_free(p);
}

static void test_credits_without_an_account_go_by_the_shops_zone(void **state)
{
	(void)state;
	struct play *p = play_new();

	put(p, JOIN_CREDITS, "shop|",
		CREDIT("shop", "null", "buy", "USD", "1772859600000", "1772859600000", "1")); // 05:00 UTC: midnight in Lima
	put(p, JOIN_CREDITS, "shop|", CREDIT("shop", "null", "buy", "USD", "1772859599999", "1772859599999", "1"));
	work(p);
	row_of(p, "shop||ad|a1|2026-03-07");
	row_of(p, "shop||ad|a1|2026-03-06");
	play_free(p);
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(test_bad_credits_are_refused_by_name),
		cmocka_unit_test(test_bad_reports_are_refused_by_name),
		cmocka_unit_test(test_bad_entities_are_refused_by_name),
		cmocka_unit_test(test_a_credit_waits_for_its_accounts_zone),
		cmocka_unit_test(test_what_says_nothing_new_is_not_told),
		cmocka_unit_test(test_a_lost_disk_knows_its_sums_again),
		cmocka_unit_test(test_credits_without_an_account_go_by_the_shops_zone),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
