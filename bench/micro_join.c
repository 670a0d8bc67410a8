// SPDX-License-Identifier: Apache-2.0
// micro_join [ADS] [DAYS] [CREDITS]: one shard of the join on a log in memory: an account's first read (a report of each ad and day), then credits of the last
// days, then a lost disk. Prints records and rows a second of CPU, and what the state weighs.
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/own.h"
#include "base/when.h"
#include "processors/roas-join/roas_join.h"
#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "schemas/contract.h"
#include "state/budget.h"

enum { ADS = 10000, DAYS = 90, CREDITS = 500000, COMMIT = 10000, ADS_OF_ADGROUP = 10, ADGROUPS_OF_CAMPAIGN = 10, LAST_DAYS = 7 };
#define BUDGET (512ULL << 20)
#define FIRST_DAY 20454 // 2026-01-01
#define DAY_MS INT64_C(86400000)

struct bench {
	int64_t ads, days, credits;
	struct bus *bus;
	struct budget *budget;
	struct config *config;
	struct rates *rates;
	struct join_role *role;
	struct shard_options options;
	struct shard *shard;
	struct wire_header headers[JOIN_INPUTS];
	uint64_t rows, bytes;
	uint64_t random;
};

static void must(int failed, const struct err *err)
{
	if (failed)
		fprintf(stderr, "micro_join: %s\n", err->words);
	if (failed)
		exit(1);
}

static double cpu_seconds(void)
{
	struct timespec now;

	clock_gettime(CLOCK_PROCESS_CPUTIME_ID, &now);
	return (double)now.tv_sec + (double)now.tv_nsec / 1e9;
}

static uint64_t next(struct bench *b, uint64_t below)
{
	b->random = b->random * 6364136223846793005ULL + 1442695040888963407ULL;
	return (b->random >> 33) % below;
}

static void committed(void *context, const struct emission *e)
{
	struct bench *b = context;

	b->rows += e->topic == JOIN_ROAS;
	b->bytes += e->key.n + e->value.n;
}

// ---- records

static void put(struct bench *b, int input, const struct contract *contract, const void *record, const char *key)
{
	static struct buf value;

	buf_reset(&value);
	wire_write(&b->headers[input], contract, record, &value);
	bus_memory_put(b->bus, input, 1, view_text(key), buf_view(&value));
}

struct ad_ids {
	char ad[24], adgroup[24], campaign[24];
};

static struct ad_ids ids_of(int64_t ad)
{
	struct ad_ids ids;

	snprintf(ids.ad, sizeof ids.ad, "18%013" PRId64, ad);
	snprintf(ids.adgroup, sizeof ids.adgroup, "17%013" PRId64, ad / ADS_OF_ADGROUP);
	snprintf(ids.campaign, sizeof ids.campaign, "16%013" PRId64, ad / ADS_OF_ADGROUP / ADGROUPS_OF_CAMPAIGN);
	return ids;
}

static void put_entities(struct bench *b)
{
	struct ad_entity account = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("7001"),
		.entity_id = VIEW_LIT("7001"),
		.level = LEVEL_ADVERTISER,
		.currency = VIEW_LIT("PEN"),
		.time_zone = VIEW_LIT("America/Lima"),
		.budget_micros = TIME_ABSENT,
		.bid_micros = TIME_ABSENT,
		.create_time = TIME_ABSENT,
		.modify_time = TIME_ABSENT};

	put(b, JOIN_ENTITIES, contract_ad_entity, &account, "shop|7001|advertiser|7001");
	for (int64_t i = 0; i < b->ads; i++) {
		struct ad_ids ids = ids_of(i);
		struct ad_entity ad = account;
		char key[96];

		ad.level = LEVEL_AD;
		ad.entity_id = ad.name = view_text(ids.ad);
		ad.adgroup_id = view_text(ids.adgroup);
		ad.campaign_id = view_text(ids.campaign);
		ad.currency = ad.time_zone = VIEW_ABSENT;
		snprintf(key, sizeof key, "shop|7001|ad|%s", ids.ad);
		put(b, JOIN_ENTITIES, contract_ad_entity, &ad, key);
	}
}

static void put_reports(struct bench *b)
{
	for (int64_t day = 0; day < b->days; day++) {
		for (int64_t i = 0; i < b->ads; i++) {
			struct ad_ids ids = ids_of(i);
			char key[96], text[WHEN_DAY_SIZE];
			struct report_snapshot r = {.tenant = VIEW_LIT("shop"),
				.advertiser_id = VIEW_LIT("7001"),
				.level = LEVEL_AD,
				.entity_id = view_text(ids.ad),
				.campaign_id = view_text(ids.campaign),
				.adgroup_id = view_text(ids.adgroup),
				.day = view_text(when_print_day(FIRST_DAY + (int32_t)day, text)),
				.day_zone = VIEW_LIT("America/Lima"),
				.currency = VIEW_LIT("PEN"),
				.spend_micros = (int64_t)next(b, 100000000),
				.impressions = (int64_t)next(b, 100000),
				.clicks = (int64_t)next(b, 1000),
				.conversions = (int64_t)next(b, 10),
				.cta_conversions = TIME_ABSENT,
				.vta_conversions = TIME_ABSENT,
				.value_micros = TIME_ABSENT,
				.cpc_micros = TIME_ABSENT,
				.cpm_micros = TIME_ABSENT,
				.ctr_nanos = TIME_ABSENT,
				.cpa_micros = TIME_ABSENT};

			snprintf(key, sizeof key, "shop|7001|ad|%s|%s", ids.ad, text);
			put(b, JOIN_REPORTS, contract_report_snapshot, &r, key);
		}
	}
}

static void put_credits(struct bench *b)
{
	for (int64_t i = 0; i < b->credits; i++) {
		struct ad_ids ids = ids_of((int64_t)next(b, (uint64_t)b->ads));
		int64_t click = (FIRST_DAY + b->days - LAST_DAYS) * DAY_MS + (int64_t)next(b, LAST_DAYS * (uint64_t)DAY_MS);
		struct credit_change change = {.click_id = VIEW_LIT("E.C.P.0123456789abcdef"),
			.click_time = click,
			.channel = VIEW_LIT("tiktok"),
			.campaign_id = view_text(ids.campaign),
			.adgroup_id = view_text(ids.adgroup),
			.ad_id = view_text(ids.ad),
			.revenue = {79900000, 0, 0, 0},
			.conversions = {1000000000, 0, 0}};
		struct credit_delta delta = {.tenant = VIEW_LIT("shop"),
			.goal = VIEW_LIT("purchase"),
			.conversion_id = VIEW_LIT("o-0000000001"),
			.conversion_time = click + (int64_t)next(b, (uint64_t)DAY_MS),
			.currency = VIEW_LIT("PEN"),
			.advertiser_id = VIEW_LIT("7001"),
			.deltas = {&change, 1}};

		put(b, JOIN_CREDITS, contract_credit_delta, &delta, "shop|7001");
	}
}

// ---- the shard

static void open_shard(struct bench *b)
{
	static const struct restore_options earliest = {RESTORE_EARLIEST, 0};
	struct restore_progress progress;
	struct err err;

	must(shard_open(&b->options, &b->shard, &err), &err);
	bus_memory_rewind(b->bus);
	must(restore_shard(b->shard, b->bus, &earliest, &progress, &err), &err);
}

static void commit(struct bench *b)
{
	struct bus_offset offsets[POSITION_INPUTS];
	struct err err;
	size_t n = 0;

	shard_offsets(b->shard, offsets, &n);
	must(b->bus->ops->commit(b->bus, offsets, n, &err), &err);
	must(shard_committed(b->shard, b->bus, &err), &err);
}

static void tell(struct bench *b, const char *what, uint64_t records, double seconds)
{
	struct store_sizes sizes;

	store_sizes(shard_store(b->shard), &sizes);
	printf("%-28s %8" PRIu64 " records %8.0f records/s %8.0f rows/s of CPU, %5.0f bytes a row, state %" PRIu64 " MiB in memory, %" PRIu64
		   " MiB on disk\n",
		what, records, (double)records / seconds, (double)b->rows / seconds, b->rows ? (double)b->bytes / (double)b->rows : 0,
		sizes.memory_bytes >> 20, sizes.disk_bytes >> 20);
	fflush(stdout);
	b->rows = b->bytes = 0;
}

static void work_off(struct bench *b, const char *what)
{
	double begin = cpu_seconds();
	uint64_t records = 0;
	struct err err;
	size_t did;

	do {
		must(shard_work(b->shard, b->bus, COMMIT, &did, &err), &err);
		records += did;
		commit(b);
	} while (did > 0);
	must(store_flush(shard_store(b->shard), &err), &err);
	tell(b, what, records, cpu_seconds() - begin);
}

static int64_t argument(int argc, char **argv, int i, int64_t fallback)
{
	return argc > i ? strtoll(argv[i], NULL, 10) : fallback;
}

static void setup(struct bench *b, const char *folder, char *config_path, size_t size)
{
	struct err err;

	snprintf(config_path, size, "%s/config.yaml", folder);
	FILE *file = fopen(config_path, "w");
	CHECK(file);
	fputs("tenants:\n  - id: shop\n    currency: PEN\n    goals: [{name: purchase, source: orders, model: linear}]\n", file);
	fclose(file);
	must(contract_setup(&err), &err);
	must(config_load(config_path, NULL, 0, &b->config, &err), &err);
	must(rates_load(NULL, &b->rates, &err), &err);
	must(join_role_new(b->config, b->rates, NULL, &b->role, &err), &err);
	must(budget_new(BUDGET, 1, 0, &b->budget, &err), &err);
	must(wire_header_for(contract_credit_delta, NULL, "t", &b->headers[JOIN_CREDITS], &err), &err);
	must(wire_header_for(contract_report_snapshot, NULL, "t", &b->headers[JOIN_REPORTS], &err), &err);
	must(wire_header_for(contract_ad_entity, NULL, "t", &b->headers[JOIN_ENTITIES], &err), &err);
	b->bus = bus_memory_new(&(struct bus_memory_options){.topic_count = JOIN_TOPICS,
		.input_count = JOIN_INPUTS,
		.committed = committed,
		.context = b,
		.keep_outputs = true});
}

int main(int argc, char **argv)
{
	static const char *const names[JOIN_TOPICS] = {"credits", "reports", "entities", "roas", "daily", "letters"};
	struct bench b = {.ads = argument(argc, argv, 1, ADS),
		.days = argument(argc, argv, 2, DAYS),
		.credits = argument(argc, argv, 3, CREDITS)};
	char folder[] = "/tmp/lookback-join-XXXXXX", config[64], first[64], second[64];

	CHECK(mkdtemp(folder));
	snprintf(first, sizeof first, "%s/0", folder);
	snprintf(second, sizeof second, "%s/1", folder);
	setup(&b, folder, config, sizeof config);
	b.options = (struct shard_options){.processor = roas_join_processor(),
		.role_state = b.role,
		.partitions = 8,
		.store = {.directory = first, .budget = b.budget},
		.max_record = b.config->max_record,
		.topic_names = names};
	open_shard(&b);
	put_entities(&b);
	work_off(&b, "entities");
	put_reports(&b);
	work_off(&b, "reports, read first");
	put_credits(&b);
	work_off(&b, "credits of seven days");
	shard_close(&b.shard);
	b.options.store.directory = second;
	double begin = cpu_seconds();
	open_shard(&b);
	tell(&b, "a lost disk is restored in", (uint64_t)(b.ads * b.days), cpu_seconds() - begin);
	shard_close(&b.shard);
	printf("the state lay in %s; remove it\n", folder);
	return 0;
}
