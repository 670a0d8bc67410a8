// SPDX-License-Identifier: Apache-2.0
// One shard of spend ingest on a log in memory, with a small TikTok that the test fills: the runtime's own shard, the real fetcher and readers. Wall time stands
// where the test puts it; waits for TikTok pass fifty times as fast. Include it first.
#pragma once
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
// cmocka wants these first
#include <cmocka.h>
#include <ftw.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "base/now.h"
#include "base/own.h"
#include "base/when.h"
#include "processors/spend-ingest/ingest_shard.h"
#include "processors/spend-ingest/spend_ingest.h"
#include "runtime/bus_memory.h"
#include "runtime/restore.h"
#include "runtime/shard.h"
#include "schemas/contract.h"
#include "state/budget.h"
#include "tests/unit/tiktok/stub_api.h"
#include "tiktok/connection.h"
#include "tiktok/report.h"

enum { CASE_TOLD = 60000, CASE_ROWS = 64, CASE_PATIENCE_MS = 30000, CASE_SPEED = 50 };
#define CASE_NAME "shop|700"
#define CASE_SEAL_KEY "0101010101010101010101010101010101010101010101010101010101010101"
#define CASE_NOON INT64_C(1784721600000) // 2026-07-22T12:00Z
#define CASE_HOUR INT64_C(3600000)
#define CASE_DAY (24 * CASE_HOUR)

// ---- time

static int64_t case_now_ms = CASE_NOON;

int64_t now_wall_ms(void)
{
	return case_now_ms;
}

int64_t now_steady_us(void)
{
	struct timespec t;

	clock_gettime(CLOCK_MONOTONIC, &t);
	return (int64_t)t.tv_sec * 1000000 + t.tv_nsec / 1000;
}

int64_t now_steady_ms(void)
{
	return now_steady_us() / 1000;
}

int64_t now_paced_ms(void)
{
	return now_steady_us() * CASE_SPEED / 1000;
}

int64_t now_wait_ms(int64_t ms)
{
	return ms / CASE_SPEED + 1;
}

// ---- TikTok

struct case_row {
	int ad;          // its number; -1: of the account
	const char *day; // and hour, where hours are asked for
	int spend;       // whole units; impressions are ten times as many, clicks as many
};

// What TikTok says. Ad N has the id 100001 + N; campaigns begin with 301, ad groups with 20001.
static struct case_tiktok {
	const char *zone, *currency;
	bool unlisted;
	int ads, ads_of_campaign, ads_of_adgroup;
	int deleted, missing; // numbers of ads
	const char *ad_name;
	struct case_row rows[CASE_ROWS];
	size_t rows_n;
	struct {
		const char *path; // that has this in it
		int code;
		const char *message;
	} fault;
	const char *held; // requests that have this in their path and query are not answered before the stub lets go
} case_tiktok;

static const struct case_tiktok case_tiktok_usual = {.zone = "Europe/Paris",
	.currency = "EUR",
	.ads = 2,
	.ads_of_campaign = 1000000,
	.ads_of_adgroup = 1000000,
	.deleted = -1,
	.missing = -1,
	.ad_name = "Clip"};

static inline void case_row(int ad, const char *day, int spend)
{
	assert_true(case_tiktok.rows_n < CASE_ROWS);
	case_tiktok.rows[case_tiktok.rows_n++] = (struct case_row){ad, day, spend};
}

static inline int case_number(const char *path, const char *name)
{
	const char *at = strstr(path, name);

	return at ? (int)strtol(at + strlen(name), NULL, 10) : 1;
}

static inline int case_ads(struct buf *list, int page)
{
	const char *between = "";
	int total = 0;

	for (int i = 0; i < case_tiktok.ads; i++) {
		if (i == case_tiktok.missing || total++ / 1000 != page - 1)
			continue;
		buf_addf(list, "%s{\"ad_id\":\"%d\",\"campaign_id\":\"%d\",\"adgroup_id\":\"%d\"", between, 100001 + i,
			301 + i / case_tiktok.ads_of_campaign, 20001 + i / case_tiktok.ads_of_adgroup);
		if (case_tiktok.ads < 100)
			buf_addf(list, ",\"ad_name\":\"%s\",\"secondary_status\":\"AD_STATUS_%s\"", case_tiktok.ad_name,
				i == case_tiktok.deleted ? "DELETE" : "OK");
		buf_add_text(list, "}");
		between = ",";
	}
	return total;
}

// TikTok answers for the newest 20,000 ads of what is asked for.
static inline bool case_is_asked(const char *path, const struct case_row *r)
{
	const char *parents = strstr(path, "campaign_ids");
	char id[16], from[11], to[11], day[11];

	if ((r->ad < 0) != (strstr(path, "AUCTION_ADVERTISER") != NULL))
		return false;
	snprintf(id, sizeof id, "%d", r->ad < 0 ? 0 : 301 + r->ad / case_tiktok.ads_of_campaign);
	if (r->ad >= 0 && (parents ? !strstr(parents, id) : r->ad < case_tiktok.ads - REPORT_ADS_MAX))
		return false;
	snprintf(from, sizeof from, "%.10s", strstr(path, "start_date=") + 11);
	snprintf(to, sizeof to, "%.10s", strstr(path, "end_date=") + 9);
	snprintf(day, sizeof day, "%.10s", r->day);
	return strcmp(day, from) >= 0 && strcmp(day, to) <= 0;
}

static inline void case_report_row(struct buf *list, const struct case_row *r, const char *between)
{
	bool hour = strlen(r->day) > 10;

	buf_addf(list, "%s{\"dimensions\":{\"ad_id\":\"%d\",\"%s\":\"%s%s\"},\"metrics\":{\"spend\":\"%d.00\",\"impressions\":\"%d\",", between,
		100001 + r->ad, hour ? "stat_time_hour" : "stat_time_day", r->day, hour ? ":00:00" : " 00:00:00", r->spend, r->spend * 10);
	buf_addf(list, "\"clicks\":\"%d\",\"conversion\":\"0\",\"vta_conversion\":\"0\",\"cta_conversion\":\"0\",", r->spend);
	buf_addf(list, "\"total_complete_payment_rate\":\"0.00\",\"total_purchase_value\":\"0.00\",\"currency\":\"%s\",", case_tiktok.currency);
	buf_addf(list, "\"campaign_id\":\"%d\",\"adgroup_id\":\"%d\"}}", 301 + r->ad / case_tiktok.ads_of_campaign,
		20001 + r->ad / case_tiktok.ads_of_adgroup);
}

static inline int case_report(struct buf *list, const char *path)
{
	int n = 0;

	for (const struct case_row *r = case_tiktok.rows; r < case_tiktok.rows + case_tiktok.rows_n; r++)
		if (case_is_asked(path, r))
			case_report_row(list, r, n++ ? "," : "");
	return n;
}

// Gives how many rows there are in all.
static inline int case_list(struct buf *list, const char *path, int page)
{
	if (strstr(path, "/advertiser/info/") && case_tiktok.unlisted)
		return 0;
	if (strstr(path, "/ad/get/"))
		return case_ads(list, page);
	if (strstr(path, "/report/"))
		return case_report(list, path);
	if (strstr(path, "/advertiser/info/"))
		buf_addf(list, "{\"advertiser_id\":\"700\",\"name\":\"Mugs\",\"currency\":\"%s\",\"display_timezone\":\"%s\"}",
			case_tiktok.currency, case_tiktok.zone);
	else if (strstr(path, "/campaign/get/"))
		buf_add_text(list, "{\"campaign_id\":\"301\",\"campaign_name\":\"Summer\"}");
	else
		buf_add_text(list, "{\"adgroup_id\":\"20001\",\"campaign_id\":\"301\"}");
	return 1;
}

static inline void case_answer(struct stub_api *api, const struct stub_request *q, struct stub_reply *r)
{
	OWN(buf_clear) struct buf list = {0};
	int page = case_number(q->path, "&page=");

	(void)api;
	if (case_tiktok.held && strstr(q->path, case_tiktok.held))
		r->how = STUB_HOLD;
	if (case_tiktok.fault.path && strstr(q->path, case_tiktok.fault.path)) {
		snprintf(r->body, sizeof r->body, "{\"code\":%d,\"message\":\"%s\",\"request_id\":\"R7\",\"data\":{}}", case_tiktok.fault.code,
			case_tiktok.fault.message);
		return;
	}
	int total = case_list(&list, q->path, page);
	int n = snprintf(r->body, sizeof r->body,
		"{\"code\":0,\"message\":\"OK\",\"request_id\":\"R\",\"data\":{\"list\":[%.*s],\"page_info\":{\"page\":%d,\"page_size\":1000,"
		"\"total_number\":%d,\"total_page\":%d}}}",
		(int)list.n, list.n ? list.p : "", page, total, (total + 999) / 1000);
	CHECK(n < (int)sizeof r->body);
}

// ---- the shard

struct case_told {
	int topic;
	struct view key, value; // value absent: deleted
	struct view reason;
};

struct ingest_case {
	char root[64], directory[80];
	struct config *config;
	struct ingest_role *role;
	struct budget *budget;
	struct bus *bus;
	struct shard *shard;
	struct stub_api *api;
	struct seal *seal;
	struct wire_reader *statuses, *snapshots, *entities;
	struct arena arena;
	struct case_told told[CASE_TOLD];
	size_t told_n;
	int asked; // requests that case_asked has seen
};

static struct err case_err;

static inline void case_ok(int failed)
{
	if (failed)
		fail_msg("%s: %s", case_err.code, case_err.words);
}

static inline int64_t case_clock(void)
{
	return case_now_ms;
}

static inline void case_heard(void *context, const struct emission *e)
{
	struct ingest_case *c = context;
	struct case_told *t = &c->told[c->told_n++];

	assert_true(c->told_n <= CASE_TOLD);
	assert_int_equal(e->partition, e->topic == INGEST_DEAD_LETTERS ? e->partition : 2); // the shard's own, whatever the key
	*t = (struct case_told){e->topic, arena_dup(&c->arena, e->key), arena_dup(&c->arena, e->value), VIEW_ABSENT};
	for (size_t i = 0; i < e->header_count; i++)
		if (view_eq(e->headers[i].name, VIEW_LIT("lookback.reason")))
			t->reason = arena_dup(&c->arena, e->headers[i].value);
}

static inline void case_config(struct ingest_case *c, const char *ingest)
{
	char path[96];

	snprintf(path, sizeof path, "%s/c.yaml", c->root);
	FILE *file = fopen(path, "w");
	assert_non_null(file);
	fprintf(file,
		"marketing_api: {endpoint: '%s', app_id: '1', app_rate: 10000, advertiser_rate: 10000}\nseal: {keys: {test: " CASE_SEAL_KEY "}}\n"
		"spend_ingest: {%s}\ntenants: [{id: shop, goals: [{name: buy, source: orders}]}]\n",
		c->api->url, ingest);
	fclose(file);
	case_ok(config_load(path, NULL, 0, &c->config, &case_err));
}

// `ingest`: the settings under spend_ingest.
static inline struct ingest_case *case_new_with(const char *ingest, bool once)
{
	struct ingest_case *c = calloc(1, sizeof *c);

	assert_non_null(c);
	case_now_ms = CASE_NOON;
	case_tiktok = case_tiktok_usual;
	snprintf(c->root, sizeof c->root, "/tmp/lookback-test-XXXXXX");
	assert_non_null(mkdtemp(c->root));
	snprintf(c->directory, sizeof c->directory, "%s/0", c->root);
	c->api = stub_api_new(case_answer);
	case_ok(contract_setup(&case_err));
	case_config(c, ingest);
	case_ok(ingest_role_new(c->config, NULL, once, &c->role, &case_err));
	case_ok(budget_new(64 << 20, 1, 0, &c->budget, &case_err));
	c->seal = seal_new();
	case_ok(seal_add_key(c->seal, VIEW_LIT("test"), VIEW_LIT(CASE_SEAL_KEY), &case_err));
	c->statuses = wire_reader_new(contract_sync_status, WIRE_AVRO, NULL);
	c->snapshots = wire_reader_new(contract_report_snapshot, WIRE_AVRO, NULL);
	c->entities = wire_reader_new(contract_ad_entity, WIRE_AVRO, NULL);
	c->bus = bus_memory_new(&(struct bus_memory_options){.topic_count = INGEST_TOPICS,
		.input_count = INGEST_INPUTS,
		.committed = case_heard,
		.context = c,
		.keep_outputs = true});
	return c;
}

static inline struct ingest_case *case_new(void)
{
	return case_new_with("every: 6h, first: 3d, trailing: 1d, purge_after: 30d", false);
}

// A process begins.
static inline void case_start(struct ingest_case *c)
{
	static const char *const names[INGEST_TOPICS] = {"connections", "snapshots", "entities", "status", "letters"};
	const struct shard_options options = {.processor = spend_ingest_processor(),
		.role_state = c->role,
		.partitions = 4,
		.partition = 2,
		.store = {.directory = c->directory, .budget = c->budget},
		.max_record = 1 << 20,
		.topic_names = names,
		.clock = case_clock};
	struct restore_progress progress;

	case_ok(shard_open(&options, &c->shard, &case_err));
	bus_memory_rewind(c->bus);
	case_ok(restore_shard(c->shard, c->bus, &(struct restore_options){.start = RESTORE_EARLIEST}, &progress, &case_err));
	bus_memory_rewind(c->bus);
}

// Killed: nothing is flushed, the open transaction is gone.
static inline void case_kill(struct ingest_case *c)
{
	shard_close(&c->shard);
	case_ok(c->bus->ops->abort(c->bus, &case_err));
}

static inline int case_remove(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

static inline void case_lose_disk(struct ingest_case *c)
{
	nftw(c->directory, case_remove, 16, FTW_DEPTH | FTW_PHYS);
}

static inline void case_free(struct ingest_case **at)
{
	struct ingest_case *c = *at;

	shard_close(&c->shard);
	ingest_role_free(&c->role);
	config_free(&c->config);
	budget_free(&c->budget);
	bus_memory_free(&c->bus);
	stub_api_free(&c->api);
	seal_free(&c->seal);
	wire_reader_free(&c->statuses);
	wire_reader_free(&c->snapshots);
	wire_reader_free(&c->entities);
	arena_clear(&c->arena);
	nftw(c->root, case_remove, 16, FTW_DEPTH | FTW_PHYS);
	free(c);
	*at = NULL;
}

static inline struct ingest_shard *case_shard(const struct ingest_case *c)
{
	return shard_processor(c->shard);
}

static inline size_t case_step(struct ingest_case *c)
{
	size_t did;

	case_ok(shard_work(c->shard, c->bus, SIZE_MAX, &did, &case_err));
	return did;
}

static inline void case_commit(struct ingest_case *c)
{
	struct bus_offset offsets[POSITION_INPUTS];
	size_t n = 0;

	shard_offsets(c->shard, offsets, &n);
	case_ok(c->bus->ops->commit(c->bus, offsets, n, &case_err));
	case_ok(shard_committed(c->shard, c->bus, &case_err));
}

static inline void case_abort(struct ingest_case *c)
{
	case_ok(c->bus->ops->abort(c->bus, &case_err));
	case_ok(shard_aborted(c->shard, c->bus, &case_err));
}

// Until the next answer came, or nothing is under way.
static inline void case_wait(struct ingest_case *c)
{
	int64_t until = now_steady_ms() + CASE_PATIENCE_MS;

	while (case_shard(c)->readings > 0 && !fetch_any(case_shard(c)->box)) {
		assert_true(now_steady_ms() < until);
		usleep(200);
	}
}

// Everything that is due, to its end, a commit for each step.
static inline void case_settle(struct ingest_case *c)
{
	size_t did;

	do {
		did = case_step(c);
		case_commit(c);
		case_wait(c);
	} while (did > 0 || case_shard(c)->readings > 0 || spend_ingest_processor()->due(case_shard(c), case_now_ms));
}

// As far as it comes: until a request is held and what came before it is committed.
static inline void case_until_held(struct ingest_case *c, const char *part)
{
	int64_t until = now_steady_ms() + CASE_PATIENCE_MS;
	bool held = false;

	pthread_mutex_lock(&c->api->lock);
	case_tiktok.held = part;
	pthread_mutex_unlock(&c->api->lock);
	while (!held) {
		case_step(c);
		case_commit(c);
		pthread_mutex_lock(&c->api->lock);
		held = c->api->held > 0;
		pthread_mutex_unlock(&c->api->lock);
		assert_true(now_steady_ms() < until);
		usleep(200);
	}
}

static inline void case_let_go(struct ingest_case *c)
{
	pthread_mutex_lock(&c->api->lock);
	case_tiktok.held = NULL;
	pthread_mutex_unlock(&c->api->lock);
	stub_api_let_go(c->api);
}

static inline void case_connect_as(struct ingest_case *c, int8_t state, int64_t generation, const char *token)
{
	OWN(buf_clear) struct buf sealed = {0}, value = {0};
	struct wire_header header;
	struct connection connection = {.tenant = VIEW_LIT("shop"),
		.advertiser_id = VIEW_LIT("700"),
		.state = state,
		.generation = generation,
		.grant_id = VIEW_LIT("g"),
		.app_id = VIEW_LIT("1"),
		.authorized_at = 1,
		.changed_at = 1};

	if (token)
		case_ok(connection_seal(c->seal, &connection, view_text(token), &sealed, &case_err));
	case_ok(wire_header_for(contract_connection, NULL, "connections", &header, &case_err));
	wire_write(&header, contract_connection, &connection, &value);
	bus_memory_put(c->bus, INGEST_CONNECTIONS, 1, VIEW_LIT(CASE_NAME), buf_view(&value));
}

static inline void case_connect(struct ingest_case *c, int64_t generation)
{
	case_connect_as(c, CONNECTION_ACTIVE, generation, "token");
}

// A shard whose account is being read for the first time, and then has been.
static inline struct ingest_case *case_read(void)
{
	struct ingest_case *c = case_new();

	case_start(c);
	case_connect(c, 1);
	return c;
}

// ---- what was told

static inline const struct case_told *case_last(const struct ingest_case *c, int topic, const char *key)
{
	for (size_t i = c->told_n; i-- > 0;)
		if (c->told[i].topic == topic && view_eq(c->told[i].key, view_text(key)))
			return &c->told[i];
	return NULL;
}

static inline size_t case_count(const struct ingest_case *c, int topic)
{
	size_t n = 0;

	for (size_t i = 0; i < c->told_n; i++)
		n += c->told[i].topic == topic;
	return n;
}

static inline bool case_is_gone(const struct ingest_case *c, int topic, const char *key)
{
	const struct case_told *t = case_last(c, topic, key);

	return t && !view_is_set(t->value);
}

// The last record of that key, which is of the contract that the reader has.
static inline void case_decode(struct ingest_case *c, int topic, const char *key, struct wire_reader *reader, void *out)
{
	const struct case_told *t = case_last(c, topic, key);

	if (!t || !view_is_set(t->value))
		fail_msg("%s is not there", key);
	else
		case_ok(wire_read(reader, t->value, &c->arena, out, &case_err));
}

static inline struct sync_status case_status(struct ingest_case *c)
{
	struct sync_status s = {.state = -1};

	case_decode(c, INGEST_STATUS, CASE_NAME, c->statuses, &s);
	return s;
}

static inline struct sync_span case_span(struct ingest_case *c, size_t i)
{
	struct sync_status s = case_status(c);

	CHECK(s.spans.p && i < s.spans.n);
	return s.spans.p[i];
}

static inline struct report_snapshot case_snapshot(struct ingest_case *c, const char *key)
{
	struct report_snapshot s = {.level = -1};

	case_decode(c, INGEST_SNAPSHOTS, key, c->snapshots, &s);
	return s;
}

static inline struct ad_entity case_entity(struct ingest_case *c, const char *key)
{
	struct ad_entity e = {.level = -1};

	case_decode(c, INGEST_ENTITIES, key, c->entities, &e);
	return e;
}

#define assert_text(view, text) assert_true(view_eq(view, view_text(text)))

static inline void case_is(struct ingest_case *c, enum sync_state state, const char *reason)
{
	struct sync_status s = case_status(c);

	if (s.state != (int8_t)state || !view_eq(view_is_set(s.reason) ? s.reason : VIEW_LIT(""), view_text(reason)))
		fail_msg("it is %s (%.*s: %.*s), not %s (%s)", ingest_role_state_name((enum sync_state)s.state), VIEW_ARG(s.reason),
			VIEW_ARG(s.message), ingest_role_state_name(state), reason);
}

// How many requests since the last call had this in their path and query.
static inline int case_asked(struct ingest_case *c, const char *part)
{
	int n = 0;

	pthread_mutex_lock(&c->api->lock);
	for (int i = c->asked; i < c->api->number && i < STUB_KEPT; i++)
		n += strstr(c->api->kept[i].path, part) != NULL;
	pthread_mutex_unlock(&c->api->lock);
	return n;
}

static inline void case_forget_asked(struct ingest_case *c)
{
	pthread_mutex_lock(&c->api->lock);
	c->asked = c->api->number;
	pthread_mutex_unlock(&c->api->lock);
}
