// SPDX-License-Identifier: Apache-2.0
// Puts a shop's reports and credits into a broker, and checks what the join made of them.
//   bench_roas reports BOOTSTRAP ADS DAYS CREDITS     entities, and a report of each ad and day
//   bench_roas credits BOOTSTRAP ADS DAYS CREDITS     of the last seven days, each on an ad by chance
//   bench_roas verify  BOOTSTRAP ADS DAYS CREDITS     the latest rows of each level add up to what was put in
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <xxhash.h>

#include "base/when.h"
#include "bench/broker.h"
#include "runtime/topics_partition.h"
#include "schemas/contract.h"

enum { ACCOUNTS = 8, PARTITIONS = 4, ADS_OF_ADGROUP = 10, ADGROUPS_OF_CAMPAIGN = 10, LAST_DAYS = 7, SLOTS = 1 << 23 };
#define FIRST_DAY 20454 // 2026-01-01
#define DAY_MS INT64_C(86400000)
#define PLACED INT64_C(79900000)

struct bench {
	const char *bootstrap;
	int64_t ads, days, credits;
	char accounts[ACCOUNTS][16];
	int32_t partitions[ACCOUNTS];
	struct rd_kafka_s *producer;
	uint64_t random;
};

static uint64_t next(struct bench *b, uint64_t below)
{
	b->random = b->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (b->random >> 33) % below;
}

// As many accounts in each partition as in any other.
static void choose_accounts(struct bench *b)
{
	int taken[PARTITIONS] = {0}, n = 0;

	for (int id = 7001; n < ACCOUNTS; id++) {
		char key[32];
		int length = snprintf(key, sizeof key, "shop|%d", id);
		int32_t partition = topics_partition_of(view_of(key, (size_t)length), PARTITIONS);

		if (taken[partition] == ACCOUNTS / PARTITIONS)
			continue;
		taken[partition]++;
		b->partitions[n] = partition;
		snprintf(b->accounts[n++], sizeof b->accounts[0], "%d", id);
	}
}

// ---- in

struct ids {
	char ad[40], adgroup[40], campaign[40];
	int account;
};

static struct ids ids_of(int64_t ad)
{
	struct ids ids = {.account = (int)(ad % ACCOUNTS)};
	int64_t number = ad / ACCOUNTS;

	snprintf(ids.ad, sizeof ids.ad, "18%03d%011" PRId64, ids.account, number);
	snprintf(ids.adgroup, sizeof ids.adgroup, "17%03d%011" PRId64, ids.account, number / ADS_OF_ADGROUP);
	snprintf(ids.campaign, sizeof ids.campaign, "16%03d%011" PRId64, ids.account, number / ADS_OF_ADGROUP / ADGROUPS_OF_CAMPAIGN);
	return ids;
}

static void put(struct bench *b, struct broker_topic *topic, int account, const void *record, const char *key)
{
	broker_send(topic, b->partitions[account], view_text(key), 1, record);
}

static void put_entity(struct bench *b, struct broker_topic *topic, int account, struct ad_entity *e)
{
	char key[128];

	e->tenant = VIEW_LIT("shop");
	e->advertiser_id = view_text(b->accounts[account]);
	e->budget_micros = e->bid_micros = e->create_time = e->modify_time = TIME_ABSENT;
	snprintf(key, sizeof key, "shop|%s|%s|%.*s", b->accounts[account], e->level == LEVEL_AD ? "ad" : "advertiser", VIEW_ARG(e->entity_id));
	put(b, topic, account, e, key);
}

static void put_entities(struct bench *b)
{
	struct broker_topic topic = broker_topic(b->producer, "ad-entities", contract_ad_entity);

	for (int i = 0; i < ACCOUNTS; i++) {
		struct ad_entity account = {.level = LEVEL_ADVERTISER,
			.entity_id = view_text(b->accounts[i]),
			.currency = VIEW_LIT("PEN"),
			.time_zone = VIEW_LIT("UTC")};

		put_entity(b, &topic, i, &account);
	}
	for (int64_t i = 0; i < b->ads; i++) {
		struct ids ids = ids_of(i);
		struct ad_entity ad = {.level = LEVEL_AD,
			.entity_id = view_text(ids.ad),
			.adgroup_id = view_text(ids.adgroup),
			.campaign_id = view_text(ids.campaign)};

		put_entity(b, &topic, ids.account, &ad);
	}
	buf_clear(&topic.value);
}

static int64_t spend_of(struct bench *b)
{
	return (int64_t)next(b, 100000000);
}

static void put_report(struct bench *b, struct broker_topic *topic, int64_t ad, int64_t day)
{
	struct ids ids = ids_of(ad);
	char key[128], text[WHEN_DAY_SIZE];
	struct report_snapshot r = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = view_text(b->accounts[ids.account]),
		.level = LEVEL_AD,
		.entity_id = view_text(ids.ad),
		.campaign_id = view_text(ids.campaign),
		.adgroup_id = view_text(ids.adgroup),
		.day = view_text(when_print_day(FIRST_DAY + (int32_t)day, text)),
		.day_zone = VIEW_LIT("UTC"),
		.currency = VIEW_LIT("PEN"),
		.spend_micros = spend_of(b),
		.impressions = 1000,
		.clicks = 10,
		.conversions = 1,
		.cta_conversions = TIME_ABSENT,
		.vta_conversions = TIME_ABSENT,
		.value_micros = TIME_ABSENT,
		.cpc_micros = TIME_ABSENT,
		.cpm_micros = TIME_ABSENT,
		.ctr_nanos = TIME_ABSENT,
		.cpa_micros = TIME_ABSENT};

	snprintf(key, sizeof key, "shop|%s|ad|%s|%s", b->accounts[ids.account], ids.ad, text);
	put(b, topic, ids.account, &r, key);
}

static void put_reports(struct bench *b)
{
	struct broker_topic topic = broker_topic(b->producer, "report-snapshots", contract_report_snapshot);

	put_entities(b);
	for (int64_t day = 0; day < b->days; day++)
		for (int64_t ad = 0; ad < b->ads; ad++)
			put_report(b, &topic, ad, day);
	printf("records %" PRId64 "\n", topic.sent);
	buf_clear(&topic.value);
}

static void put_credit(struct bench *b, struct broker_topic *topic)
{
	struct ids ids = ids_of((int64_t)next(b, (uint64_t)b->ads));
	int64_t click = (FIRST_DAY + b->days - LAST_DAYS) * DAY_MS + (int64_t)next(b, LAST_DAYS * (uint64_t)DAY_MS);
	char key[32];
	struct credit_change change = {.click_id = VIEW_LIT("E.C.P.0123456789abcdef"),
		.click_time = click,
		.channel = VIEW_LIT("tiktok"),
		.campaign_id = view_text(ids.campaign),
		.adgroup_id = view_text(ids.adgroup),
		.ad_id = view_text(ids.ad),
		.revenue = {PLACED, 0, 0, 0},
		.conversions = {1000000000, 0, 0}};
	struct credit_delta delta = {.tenant = VIEW_LIT("shop"),
		.goal = VIEW_LIT("purchase"),
		.conversion_id = VIEW_LIT("o-0000000001"),
		.conversion_time = click + (int64_t)next(b, (uint64_t)DAY_MS),
		.currency = VIEW_LIT("PEN"),
		.advertiser_id = view_text(b->accounts[ids.account]),
		.deltas = {&change, 1}};

	snprintf(key, sizeof key, "shop|%s", b->accounts[ids.account]);
	put(b, topic, ids.account, &delta, key);
}

static void put_credits(struct bench *b)
{
	struct broker_topic topic = broker_topic(b->producer, "attribution-credits", contract_credit_delta);

	b->random = 2;
	for (int64_t i = 0; i < b->credits; i++)
		put_credit(b, &topic);
	printf("records %" PRId64 "\n", topic.sent);
	buf_clear(&topic.value);
}

// ---- out

struct slot {
	uint64_t key;
	int64_t spend, placed;
	int8_t level; // TENANT: a shop's day
};

enum { TENANT = 7, LEVELS };

struct seen {
	struct slot *slots;
	int64_t rows, latest, spend[LEVELS], placed[LEVELS];
};

static struct slot *slot_of(struct seen *seen, uint64_t key)
{
	size_t at = key % SLOTS;

	while (seen->slots[at].key != 0 && seen->slots[at].key != key)
		at = (at + 1) % SLOTS;
	seen->latest += seen->slots[at].key == 0;
	if (seen->latest > SLOTS / 4 * 3)
		broker_die("verify", "more rows than it has room for");
	return &seen->slots[at];
}

// The latest record of a key takes the place of the one before.
static void note(struct seen *seen, uint64_t key, int8_t level, int64_t spend, int64_t placed)
{
	struct slot *s = slot_of(seen, key ? key : 1);

	spend = spend == TIME_ABSENT ? 0 : spend;
	seen->spend[level] += spend - s->spend;
	seen->placed[level] += placed - s->placed;
	seen->rows++;
	*s = (struct slot){key ? key : 1, spend, placed, level};
}

static void add_row(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct roas_row row;
	struct err err;
	XXH64_hash_t key;

	if (value.n == 0)
		return;
	if (wire_read(wire, value, arena, &row, &err) != 0)
		broker_die("roas", err.words);
	if (row.day.n == 0 || row.level < LEVEL_ADVERTISER || row.level > LEVEL_AD)
		return; // no day's
	key = XXH64(row.advertiser_id.p, row.advertiser_id.n, (uint64_t)row.level);
	key = XXH64(row.entity_id.p, row.entity_id.n, key);
	key = XXH64(row.day.p, row.day.n, key);
	note(context, key, row.level, row.spend_micros, row.goals.n > 0 ? row.goals.p[0].click_day.placed_micros : 0);
}

static void add_day(void *context, struct wire_reader *wire, struct view value, struct arena *arena)
{
	struct tenant_day day;
	struct err err;

	if (value.n == 0)
		return;
	if (wire_read(wire, value, arena, &day, &err) != 0)
		broker_die("tenant-days", err.words);
	note(context, XXH64(day.day.p, day.day.n, TENANT), TENANT, day.spend_micros,
		day.goals.n > 0 ? day.goals.p[0].attributed_placed_micros : 0);
}

static int verify(struct bench *b)
{
	static const char *const names[LEVELS] = {"accounts", "campaigns", "ad groups", "ads", [TENANT] = "the shop's days"};
	struct seen seen = {.slots = calloc(SLOTS, sizeof *seen.slots)};
	int64_t spent = 0;
	bool good = true;

	CHECK(seen.slots);
	for (int64_t i = 0; i < b->ads * b->days; i++)
		spent += spend_of(b);
	broker_read_all(b->bootstrap, "roas", contract_roas_row, add_row, &seen);
	printf("rows %" PRId64 "\n", seen.rows);
	broker_read_all(b->bootstrap, "tenant-days", contract_tenant_day, add_day, &seen);
	for (int level = 0; level < LEVELS; level++) {
		char what[64];

		if (!names[level])
			continue;
		snprintf(what, sizeof what, "%s: spend", names[level]);
		good &= broker_same(what, seen.spend[level], spent);
		snprintf(what, sizeof what, "%s: revenue", names[level]);
		good &= broker_same(what, seen.placed[level], b->credits * PLACED);
	}
	free(seen.slots);
	return good ? 0 : 1;
}

int main(int argc, char **argv)
{
	struct err err;

	if (argc != 6) {
		fprintf(stderr, "usage: bench_roas reports|credits|verify BOOTSTRAP ADS DAYS CREDITS\n");
		return 2;
	}
	if (contract_setup(&err) != 0)
		broker_die("contracts", err.words);
	struct bench b = {.bootstrap = argv[2], .ads = atoll(argv[3]), .days = atoll(argv[4]), .credits = atoll(argv[5]), .random = 1};
	choose_accounts(&b);
	if (strcmp(argv[1], "verify") == 0)
		return verify(&b);
	b.producer = broker_producer(b.bootstrap);
	if (strcmp(argv[1], "reports") == 0)
		put_reports(&b);
	else
		put_credits(&b);
	broker_flush(&b.producer);
	return 0;
}
