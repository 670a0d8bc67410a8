// SPDX-License-Identifier: Apache-2.0
// Test support: runs readers of tiktok/ against a server, many at once over one pool, and prints what they read as lines of JSON.
//
//   tiktok_probe BASE [--pace N] [--rows N] [--tries N] [--timeout MS] JOB…     the token is in TIKTOK_TOKEN
//   JOB: days|hours|utc:ad|advertiser:ADVERTISER:FIRST:LAST[:ZONE]    campaign|adgroup|ad:ADVERTISER    accounts:ID,ID…
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/now.h"
#include "base/own.h"
#include "base/when.h"
#include "net/pool.h"
#include "tiktok/account.h"
#include "tiktok/pace.h"
#include "tiktok/report.h"
#include "tiktok/structure.h"

enum { IN_FLIGHT = 16, JOBS_MAX = 64, WAIT_MS = 20, PARTS = 6 };

struct job {
	const char *name;
	enum { ACCOUNTS, STRUCTURE, REPORT } kind;
	struct reader *reader;
	struct call call;
	struct call_wire wire;
	bool has_call, in_flight, ended;
	int64_t sent_ms;
};

static struct job jobs[JOBS_MAX];
static size_t jobs_n;
static struct reader_limits limits = {.seed = 1};
static struct pace_options pacing = {.app_per_second = 1000, .advertiser_per_second = 1000, .wait_first_ms = 50, .wait_most_ms = 400};
static struct call_access access_to;
static bool failed;

_Noreturn static void give_up(const char *what)
{
	fprintf(stderr, "tiktok_probe: %s\n", what);
	exit(2);
}

static size_t split(char *text, char by, char **out, size_t most)
{
	size_t n = 0;

	for (char *next = text; next && n < most;) {
		char *end = strchr(next, by);

		out[n++] = next;
		next = end ? end + 1 : NULL;
		if (end)
			*end = '\0';
	}
	return n;
}

static int32_t day_of(const char *text)
{
	int32_t day;

	if (when_parse_day(view_text(text), &day) != 0)
		give_up("a day is YYYY-MM-DD");
	return day;
}

static struct reader *report_new(char **parts, size_t n)
{
	struct report_ask ask = {.advertiser_id = view_text(parts[2]), .first_day = day_of(parts[3]), .last_day = day_of(parts[4])};
	struct err err;

	ask.cut = strcmp(parts[0], "utc") == 0 ? REPORT_UTC : strcmp(parts[0], "hours") == 0 ? REPORT_HOURS : REPORT_DAYS;
	ask.level = strcmp(parts[1], "ad") == 0 ? REPORT_AD : REPORT_ADVERTISER;
	if (n > 5 && zone_open(view_text(parts[5]), &ask.zone, &err) != 0)
		give_up(err.words);
	return report_reader_new(&ask, &limits);
}

static struct reader *accounts_new(char *ids)
{
	static char *parts[1000];
	static struct view views[1000];
	size_t n = split(ids, ',', parts, 1000);

	for (size_t i = 0; i < n; i++)
		views[i] = view_text(parts[i]);
	return account_reader_new(views, n, &limits);
}

static void add_job(char *text)
{
	struct job *job = &jobs[jobs_n++];
	char *parts[PARTS] = {NULL};
	size_t n;

	job->name = strdup(text);
	n = split(text, ':', parts, PARTS);
	if (n < 2)
		give_up("a job is accounts:ID,ID and the like");
	if (strcmp(parts[0], "accounts") == 0) {
		job->kind = ACCOUNTS;
		job->reader = accounts_new(parts[1]);
		return;
	}
	job->kind = STRUCTURE;
	for (int level = 0; level < STRUCTURE_LEVELS; level++) {
		if (strcmp(parts[0], structure_level_name(level)) == 0)
			job->reader = structure_reader_new(level, view_text(parts[1]), &limits);
	}
	if (job->reader)
		return;
	if (n < 5)
		give_up("a job is days:ad:ADVERTISER:FIRST:LAST:ZONE and the like");
	job->kind = REPORT;
	job->reader = report_new(parts, n);
}

static void add_text(struct buf *out, const char *name, struct view value)
{
	buf_addf(out, ",\"%s\":", name);
	if (value.p)
		buf_add_quoted(out, value);
	else
		buf_add_text(out, "null");
}

static void add_count(struct buf *out, const char *name, int64_t value)
{
	if (value == READER_UNKNOWN)
		buf_addf(out, ",\"%s\":null", name);
	else
		buf_addf(out, ",\"%s\":%" PRId64, name, value);
}

static void add_money(struct buf *out, const char *name, struct reader_money money)
{
	add_count(out, name, money.known ? money.micros : READER_UNKNOWN);
}

static void add_account(struct buf *out, const struct account *a)
{
	add_text(out, "id", a->advertiser_id);
	add_text(out, "name", a->name);
	add_text(out, "status", a->status);
	add_text(out, "currency", a->currency);
	add_text(out, "country", a->country);
	add_text(out, "zone", account_zone(a));
	add_count(out, "enabled", account_is_enabled(a));
}

static void add_list(struct buf *out, const char *name, struct structure_list list)
{
	buf_addf(out, ",\"%s\":[", name);
	for (size_t i = 0; i < list.n; i++) {
		if (i)
			buf_add_byte(out, ',');
		buf_add_quoted(out, list.items[i]);
	}
	buf_add_byte(out, ']');
}

static void add_structure(struct buf *out, const struct structure *s)
{
	add_text(out, "id", s->id);
	add_text(out, "name", s->name);
	add_text(out, "campaign_id", s->campaign_id);
	add_text(out, "adgroup_id", s->adgroup_id);
	add_text(out, "objective", s->objective);
	add_text(out, "operation_status", s->operation_status);
	add_count(out, "deleted", s->deleted);
	add_money(out, "budget", s->budget);
	add_text(out, "budget_mode", s->budget_mode);
	add_money(out, "conversion_bid_price", s->conversion_bid_price);
	add_list(out, "placements", s->placements);
	add_list(out, "image_ids", s->image_ids);
	add_text(out, "video_id", s->video_id);
	add_text(out, "landing_page_url", s->landing_page_url);
	add_count(out, "create_ms", s->create_ms);
	add_count(out, "modify_ms", s->modify_ms);
}

static void add_report(struct buf *out, const struct report_row *r)
{
	char day[WHEN_DAY_SIZE];

	add_text(out, "day", view_text(when_print_day(r->day, day)));
	add_count(out, "hour", r->hour);
	add_count(out, "from_ms", r->from_ms);
	add_text(out, "advertiser_id", r->advertiser_id);
	add_text(out, "campaign_id", r->campaign_id);
	add_text(out, "adgroup_id", r->adgroup_id);
	add_text(out, "ad_id", r->ad_id);
	add_text(out, "currency", r->currency);
	add_money(out, "spend", r->spend);
	add_count(out, "impressions", r->impressions);
	add_count(out, "clicks", r->clicks);
	add_count(out, "conversions", r->conversions);
	add_count(out, "vta", r->vta_conversions);
	add_count(out, "cta", r->cta_conversions);
	add_money(out, "web_value", r->web_value);
	add_money(out, "app_value", r->app_value);
}

static void print_rows(const struct job *job)
{
	OWN(buf_clear) struct buf out = {0};
	size_t n;
	const void *rows = reader_rows(job->reader, &n);

	for (size_t i = 0; i < n; i++) {
		buf_add_text(&out, "{\"job\":");
		buf_add_quoted(&out, view_text(job->name));
		if (job->kind == ACCOUNTS)
			add_account(&out, (const struct account *)rows + i);
		else if (job->kind == STRUCTURE)
			add_structure(&out, (const struct structure *)rows + i);
		else
			add_report(&out, (const struct report_row *)rows + i);
		buf_add_text(&out, "}\n");
	}
	fwrite(out.p, 1, out.n, stdout);
}

static void print_end(struct job *job, bool good)
{
	struct reader_progress p = reader_progress(job->reader);
	const struct call_result *r = reader_result(job->reader);
	OWN(buf_clear) struct buf out = {0};

	buf_add_text(&out, "{\"end\":");
	buf_add_quoted(&out, view_text(job->name));
	add_text(&out, "verdict", view_text(good ? "ok" : call_verdict_name(r->verdict)));
	add_count(&out, "code", good ? 0 : r->code);
	add_text(&out, "message", view_text(good ? "" : r->message));
	buf_addf(&out, ",\"windows\":%u,\"windows_known\":%u,\"requests\":%u,\"retries\":%u,\"rereads\":%u,\"halvings\":%u}\n", p.windows,
		p.windows_known, p.requests, p.retries, p.rereads, p.halvings);
	fwrite(out.p, 1, out.n, stdout);
	job->ended = true;
	failed |= !good;
}

static void send_call(struct job *job, struct pool *pool, struct pace *pace)
{
	struct http_request request;
	struct err err;
	int64_t now_ms = now_steady_ms();

	if (!pool_free_slots(pool) || pace_take(pace, &job->call, now_ms) > 0)
		return;
	call_request(&job->call, &access_to, &job->wire, &request);
	if (pool_start(pool, &request, job, &err) != 0)
		give_up(err.words);
	job->has_call = false;
	job->in_flight = true;
	job->sent_ms = now_ms;
}

static void advance(struct job *job, struct pool *pool, struct pace *pace)
{
	int64_t wait_until_ms;

	while (!job->ended && !job->has_call && !job->in_flight) {
		switch (reader_next(job->reader, now_steady_ms(), &job->call, &wait_until_ms)) {
		case READER_ASK:
			job->has_call = true;
			break;
		case READER_ROWS:
			print_rows(job);
			break;
		case READER_DONE:
			print_end(job, true);
			break;
		case READER_FAILED:
			print_end(job, false);
			break;
		default:
			return;
		}
	}
	if (job->has_call)
		send_call(job, pool, pace);
}

static void take_answers(struct pool *pool, struct pace *pace)
{
	static struct pool_done done[IN_FLIGHT];
	size_t n = pool_poll(pool, WAIT_MS, done, IN_FLIGHT);

	for (size_t i = 0; i < n; i++) {
		OWN(call_result_clear) struct call_result result = {0};
		struct job *job = done[i].context;

		call_judge(&job->call, done[i].answer, &done[i].err, &result);
		pace_judged(pace, &job->call, &result, job->sent_ms, now_steady_ms());
		reader_answer(job->reader, &result, now_steady_ms());
		job->in_flight = false;
	}
}

static bool all_ended(void)
{
	for (size_t i = 0; i < jobs_n; i++) {
		if (!jobs[i].ended)
			return false;
	}
	return true;
}

static void read_options(int n, char **words)
{
	for (int i = 0; i < n; i++) {
		int64_t value = 0;
		bool option = strncmp(words[i], "--", 2) == 0;

		if (!option) {
			if (jobs_n == JOBS_MAX)
				give_up("too many jobs");
			add_job(words[i]);
			continue;
		}
		if (i + 1 == n || when_parse_integer(view_text(words[i + 1]), &value) != 0)
			give_up("an option has a number");
		if (strcmp(words[i], "--pace") == 0)
			pacing.app_per_second = pacing.advertiser_per_second = (double)value;
		else if (strcmp(words[i], "--rows") == 0)
			limits.rows = (uint32_t)value;
		else if (strcmp(words[i], "--tries") == 0)
			limits.tries = (uint8_t)value;
		else if (strcmp(words[i], "--timeout") == 0)
			access_to.timeout_ms = value;
		i++;
	}
}

int main(int argc, char **argv)
{
	const char *token = getenv("TIKTOK_TOKEN");

	if (argc < 3 || !token)
		give_up("BASE and jobs, and a token in TIKTOK_TOKEN");
	access_to.base = argv[1];
	access_to.token = view_text(token);
	read_options(argc - 2, argv + 2);
	OWN(pool_free) struct pool *pool = pool_new(IN_FLIGHT);
	OWN(pace_free) struct pace *pace = pace_new(&pacing);
	while (!all_ended()) {
		for (size_t i = 0; i < jobs_n; i++)
			advance(&jobs[i], pool, pace);
		take_answers(pool, pace);
	}
	for (size_t i = 0; i < jobs_n; i++) {
		reader_free(&jobs[i].reader);
		call_clear(&jobs[i].call);
		call_wire_clear(&jobs[i].wire);
		free((void *)(uintptr_t)jobs[i].name);
	}
	return failed;
}
