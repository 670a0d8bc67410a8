// SPDX-License-Identifier: Apache-2.0
// One reading of one account: its info, its structure, then window by window its reports, the newest days first. What a step brought is published when the
// step is whole; a window's rows and its span are one transaction, so a reading that was cut off goes on where its last window ended.
#include <stdio.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/own.h"
#include "crypto/seal.h"
#include "processors/spend-ingest/ingest_shard.h"
#include "tiktok/account.h"
#include "tiktok/structure.h"

// A reading that was cut off longer ago is begun anew. ROWS_MOST: of one window, which is in memory at a time.
enum { TRIES = 6, RETRY_KEY_MS = 300000, ROWS_MOST = 100000 };
static const int64_t RESUME_MS = 6 * 3600000LL, DAY_MS = 86400000;

void reading_drop(struct ingest_shard *s, struct ingest_account *a)
{
	if (!a->reading)
		return;
	if (!a->reading->haul)
		fetch_drop(s->box, a->reading->ticket);
	haul_free(a->reading->haul);
	ad_parts_clear(&a->reading->parts);
	free(a->reading);
	a->reading = NULL;
	s->readings--;
}

// ---- what is asked

static enum report_cut cut_of(const struct ingest_shard *s, const struct reading *r)
{
	int64_t from_ms = sync_plan_day_start(NULL, r->window.from) - DAY_MS, until_ms = sync_plan_day_start(NULL, r->window.to + 2);

	if (!s->role->config->spend_ingest.utc_days)
		return REPORT_DAYS;
	return zone_has_whole_hours(r->zone, from_ms, until_ms) ? REPORT_HOURS : REPORT_UTC;
}

static void narrow(const struct reading *r, struct report_ask *ask)
{
	const struct ad_part *part = &r->parts.p[r->part];

	ask->level = REPORT_AD;
	ask->parents_are_adgroups = part->by_adgroup;
	ask->parents = r->parts.ids + part->from;
	ask->parents_n = part->n;
}

static struct reader *report_reader(struct ingest_shard *s, const struct ingest_account *a, const struct reader_limits *limits)
{
	struct reading *r = a->reading;
	struct report_ask ask = {
		.advertiser_id = a->advertiser,
		.level = REPORT_ADVERTISER,
		.cut = cut_of(s, r),
		.first_day = r->window.from,
		.last_day = r->window.to,
		.zone = r->zone,
	};

	if (r->step == READ_AD_DAYS)
		narrow(r, &ask);
	r->haul->days_in_utc = s->role->config->spend_ingest.utc_days;
	r->haul->from = r->window.from;
	r->haul->to = r->window.to;
	if (ask.cut == REPORT_HOURS) {
		ask.first_day = zone_day(r->zone, sync_plan_day_start(NULL, r->window.from));
		ask.last_day = zone_day(r->zone, sync_plan_day_start(NULL, r->window.to + 1) - 1);
	}
	return report_reader_new(&ask, limits);
}

static struct reader *reader_of(struct ingest_shard *s, const struct ingest_account *a)
{
	const struct reader_limits limits = {.tries = TRIES, .seed = store_hash(ingest_name(a)) + s->tickets};

	switch (a->reading->step) {
	case READ_ACCOUNT:
		return account_reader_new(&a->advertiser, 1, &limits);
	case READ_CAMPAIGNS:
		return structure_reader_new(STRUCTURE_CAMPAIGN, a->advertiser, &limits);
	case READ_ADGROUPS:
		return structure_reader_new(STRUCTURE_ADGROUP, a->advertiser, &limits);
	case READ_ADS:
		return structure_reader_new(STRUCTURE_AD, a->advertiser, &limits);
	case READ_ACCOUNT_DAYS:
	case READ_AD_DAYS:
		break;
	}
	return report_reader(s, a, &limits);
}

static int put_job(struct ingest_shard *s, struct ingest_account *a, const struct connection *connection, struct view token)
{
	static void (*const take[])(void *, const void *, size_t) = {haul_take_account, haul_take_structure, haul_take_structure,
		haul_take_structure, haul_take_report, haul_take_report};
	struct reading *r = a->reading;

	r->ticket = ++s->tickets;
	r->fetched_at = s->now_ms;
	fetch_put(s->box,
		&(struct fetch_job){
			.ticket = r->ticket,
			.token = token,
			.app_id = connection->app_id,
			.reader = reader_of(s, a),
			.rows = take[r->step],
			.context = r->haul,
			.forget = haul_free,
		});
	r->haul = NULL;
	return 0;
}

// The next step's request goes to the fetcher, with the token opened for it alone.
static int ask(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	OWN(seal_wipe) struct buf token = {0};
	struct connection connection;
	struct err why;

	arena_reset(&s->arena);
	if (wire_read(s->connections, buf_view(&a->connection), &s->arena, &connection, err) != 0)
		return -1;
	if (ingest_role_token(s->role, &connection, a->record.generation, &token, &why) == 0)
		return put_job(s, a, &connection, buf_view(&token));
	a->record.code = TIME_ABSENT;
	a->record.request_id[0] = '\0';
	return ingest_trouble(s, a, SYNC_FAILING, why.code, why.words, RETRY_KEY_MS, err);
}

// ---- begin, end

// Began not long ago and was not ended: this process, or the one before it, stopped.
static bool is_cut_off(const struct ingest_shard *s, const struct sync_record *r)
{
	return r->state == SYNC_SYNCING && r->last_attempt != TIME_ABSENT && r->last_attempt <= s->now_ms &&
		r->last_attempt > s->now_ms - RESUME_MS;
}

int reading_begin(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct sync_record *r = &a->record;

	a->reading = calloc(1, sizeof *a->reading);
	if (!a->reading)
		err_out_of_memory();
	s->readings++;
	a->reading->haul = haul_new(a->tenant, a->advertiser);
	a->reading->haul->keep_query = s->role->config->keep_query;
	if (!is_cut_off(s, r)) {
		r->last_attempt = s->now_ms;
		r->rows_new = r->rows_restated = r->rows_same = 0;
	}
	r->state = SYNC_SYNCING;
	r->next_sync = TIME_ABSENT;
	if (ingest_publish_status(s, a, err) != 0)
		return -1;
	return ask(s, a, err);
}

static struct sync_plan plan_of(const struct ingest_shard *s, const struct ingest_account *a)
{
	bool utc = s->role->config->spend_ingest.utc_days;

	return (
		struct sync_plan){&s->role->plan, utc ? NULL : a->reading->zone, a->record.first_day, a->reading->today, a->record.last_attempt};
}

static int end(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct sync_record *r = &a->record;
	struct sync_plan plan = plan_of(s, a);

	reading_drop(s, a);
	a->failures = 0;
	a->tried = true;
	spans_join_before(&r->spans, sync_plan_settled_before(&plan, r->last_attempt));
	r->state = SYNC_OK;
	r->reason[0] = r->message[0] = r->request_id[0] = '\0';
	r->code = TIME_ABSENT;
	r->last_sync = s->now_ms;
	r->next_sync = sync_plan_next_sync(&s->role->plan, plan.zone, s->now_ms);
	s->counts.syncs[SYNC_OK]++;
	log_event(LOG_INFO, "account_read", LOG_V("tenant", a->tenant), LOG_V("advertiser", a->advertiser), LOG_I("rows_new", r->rows_new),
		LOG_I("rows_restated", r->rows_restated), LOG_I("rows_same", r->rows_same), LOG_I("took_ms", s->now_ms - r->last_attempt));
	return ingest_publish_status(s, a, err);
}

static int next_window(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct reading *r = a->reading;
	struct sync_plan plan = plan_of(s, a);

	if (!sync_plan_next_window(&plan, &a->record.spans, r->most_days, &r->window))
		return end(s, a, err);
	haul_reset(r->haul);
	r->part = 0;
	r->step = READ_ACCOUNT_DAYS;
	return ask(s, a, err);
}

// ---- what came

static void take_text(char *out, size_t room, struct view text)
{
	snprintf(out, room, "%.*s", VIEW_ARG(text));
}

// Days of another zone and amounts of another currency are other rows: all of them are read again.
static void note_account(struct ingest_account *a, const struct haul *h)
{
	struct sync_record *r = &a->record;
	bool moved = (*r->time_zone && !view_eq(view_text(r->time_zone), h->account.zone)) ||
		(*r->currency && !view_eq(view_text(r->currency), h->account.currency));

	if (moved) {
		log_event(LOG_WARN, "account_moved", LOG_V("tenant", a->tenant), LOG_V("advertiser", a->advertiser), LOG_V("zone", h->account.zone),
			LOG_V("currency", h->account.currency));
		for (size_t i = 0; i < r->spans.n; i++)
			r->spans.p[i].read_at = 0; // they are there, and nothing of them is right
	}
	take_text(r->name, sizeof r->name, h->account.name);
	take_text(r->currency, sizeof r->currency, h->account.currency);
	take_text(r->time_zone, sizeof r->time_zone, h->account.zone);
}

static int fail(struct ingest_shard *s, struct ingest_account *a, enum sync_state state, const char *reason, const char *message,
	struct err *err)
{
	a->record.code = TIME_ABSENT;
	a->record.request_id[0] = '\0';
	return ingest_trouble(s, a, state, reason, message, DAY_MS, err);
}

static int take_account(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct reading *r = a->reading;
	const struct haul *h = r->haul;
	struct err why;

	if (!h->account.found)
		return fail(s, a, SYNC_NO_ACCESS, "not_listed",
			"TikTok does not list the account for this token; connect it again as a user who has a role on it", err);
	if (zone_open(h->account.zone, &r->zone, &why) != 0)
		return fail(s, a, SYNC_FAILING, why.code, why.words, err);
	if (h->account.currency.n != 3)
		return fail(s, a, SYNC_FAILING, "no_currency", "TikTok does not say the account's currency", err);
	note_account(a, h);
	struct sync_plan plan = plan_of(s, a);
	r->today = plan.today = sync_plan_day(plan.zone, a->record.last_attempt);
	a->record.first_day = plan.first_day = sync_plan_first_day(plan.settings, a->record.first_day, plan.today);
	a->record.days_left = sync_plan_days_left(&plan, &a->record.spans);
	if (ingest_publish_entities(s, a, r, LEVEL_ADVERTISER, err) != 0 || ingest_publish_status(s, a, err) != 0)
		return -1;
	haul_reset(r->haul);
	r->step = READ_CAMPAIGNS;
	return ask(s, a, err);
}

static void plan_parts(struct reading *r)
{
	struct ad_parents *ads = calloc(r->ads + 1, sizeof *ads);

	if (!ads)
		err_out_of_memory();
	for (size_t i = 0; i < r->ads; i++)
		ads[i] = (struct ad_parents){r->haul->entities[i].campaign, r->haul->entities[i].adgroup};
	ad_parts_plan(&r->parts, ads, r->ads, REPORT_ADS_MAX);
	free(ads);
}

static int take_ads(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct reading *r = a->reading;
	size_t days = ROWS_MOST / (r->ads + 1);

	plan_parts(r);
	r->most_days = days < 1 ? 1 : days > SYNC_WINDOW_MAX ? SYNC_WINDOW_MAX : (int32_t)days;
	if (r->parts.left_out > 0)
		return fail(s, a, SYNC_FAILING, "too_large",
			"an ad group of this account has more ads than one report answers for, or ads are said to have no campaign", err);
	return next_window(s, a, err);
}

static int take_structure(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	static const int8_t levels[] = {[READ_CAMPAIGNS] = LEVEL_CAMPAIGN, [READ_ADGROUPS] = LEVEL_ADGROUP, [READ_ADS] = LEVEL_AD};
	struct reading *r = a->reading;

	if (ingest_publish_entities(s, a, r, levels[r->step], err) != 0)
		return -1;
	r->ads = r->haul->entities_n;
	if (r->step == READ_ADS)
		return take_ads(s, a, err);
	haul_reset(r->haul);
	r->step++;
	return ask(s, a, err);
}

// The window is whole: its rows and its span are published together.
static int take_window(struct ingest_shard *s, struct ingest_account *a, struct err *err)
{
	struct sync_record *record = &a->record;
	struct reading *r = a->reading;

	if (ingest_publish_rows(s, a, r, err) != 0)
		return -1;
	spans_add(&record->spans, (struct span){r->window.from, r->window.to, record->last_attempt});
	struct sync_plan plan = plan_of(s, a);
	record->days_left = sync_plan_days_left(&plan, &record->spans);
	if (record->days_left > 0 && ingest_publish_status(s, a, err) != 0)
		return -1;
	return next_window(s, a, err);
}

int reading_answer(struct ingest_shard *s, struct ingest_account *a, const struct fetch_answer *answer, struct err *err)
{
	a->reading->haul = answer->context;
	if (answer->verdict != CALL_OK)
		return ingest_trouble_answer(s, a, answer, err);
	switch (a->reading->step) {
	case READ_ACCOUNT:
		return take_account(s, a, err);
	case READ_CAMPAIGNS:
	case READ_ADGROUPS:
	case READ_ADS:
		return take_structure(s, a, err);
	case READ_ACCOUNT_DAYS:
		a->reading->step = READ_AD_DAYS;
		return ask(s, a, err);
	case READ_AD_DAYS:
		break;
	}
	if (++a->reading->part < a->reading->parts.n)
		return ask(s, a, err);
	return take_window(s, a, err);
}
