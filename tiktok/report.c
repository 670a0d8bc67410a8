// SPDX-License-Identifier: Apache-2.0
#include "tiktok/report.h"

#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>

#include "base/own.h"
#include "base/when.h"
#include "tiktok/reader_private.h"
#include "tiktok/value.h"

enum { HOUR_MS = 60 * 60 * 1000, DAY_MS = 24 * HOUR_MS };

struct asked {
	enum report_level level;
	enum report_cut cut;
	const struct zone *zone;
	char advertiser_id[24];
	const char *parents_filter;
	struct buf parents; // the filter's value; empty: all
};

#define WORD(text) \
	{ \
		text, sizeof(text) - 1 \
	}

static const struct view ad_metrics[] = {WORD("spend"), WORD("impressions"), WORD("clicks"), WORD("conversion"), WORD("vta_conversion"),
	WORD("cta_conversion"), WORD("total_complete_payment_rate"), WORD("total_purchase_value"), WORD("currency"), WORD("campaign_id"),
	WORD("adgroup_id")};
enum { AD_METRICS = sizeof ad_metrics / sizeof *ad_metrics, ADVERTISER_METRICS = AD_METRICS - 2 }; // an account has no parents

static void add_filter(struct buf *out, const char *name, struct view values)
{
	buf_addf(out, "%s{\"field_name\":\"%s\",\"filter_type\":\"IN\",\"filter_value\":", out->n ? "," : "[", name);
	buf_add_quoted(out, values); // an array of JSON in a string of JSON
	buf_add_byte(out, '}');
}

static void add_filtering(const struct asked *asked, struct call *out)
{
	OWN(buf_clear) struct buf filters = {0};

	if (asked->level == REPORT_ADVERTISER)
		return; // an account's row has deleted ads in it
	add_filter(&filters, "ad_status", VIEW_LIT("[\"STATUS_ALL\"]"));
	if (asked->parents.n)
		add_filter(&filters, asked->parents_filter, buf_view(&asked->parents));
	buf_add_byte(&filters, ']');
	call_param(out, "filtering", buf_view(&filters));
}

static void add_account(const struct asked *asked, struct call *out)
{
	struct view id = view_text(asked->advertiser_id);

	snprintf(out->limit_id, sizeof out->limit_id, "%s", asked->advertiser_id);
	if (asked->cut != REPORT_UTC) {
		call_param(out, "advertiser_id", id);
		return;
	}
	call_param_list(out, "advertiser_ids", &id, 1);
	call_param(out, "multi_adv_report_in_utc_time", VIEW_LIT("true"));
}

static void ask(void *self, struct reader_window window, struct call *out)
{
	const struct asked *asked = self;
	bool ads = asked->level == REPORT_AD;
	struct view dimensions[] = {view_text(ads ? "ad_id" : "advertiser_id"),
		view_text(asked->cut == REPORT_HOURS ? "stat_time_hour" : "stat_time_day")};
	char day[WHEN_DAY_SIZE];

	call_get(out, "/report/integrated/get/");
	add_account(asked, out);
	call_param(out, "report_type", VIEW_LIT("BASIC"));
	call_param(out, "data_level", view_text(ads ? "AUCTION_AD" : "AUCTION_ADVERTISER"));
	call_param_list(out, "dimensions", dimensions, 2);
	call_param_list(out, "metrics", ad_metrics, ads ? AD_METRICS : ADVERTISER_METRICS);
	call_param(out, "start_date", view_text(when_print_day((int32_t)window.from, day)));
	call_param(out, "end_date", view_text(when_print_day((int32_t)window.until - 1, day)));
	add_filtering(asked, out);
}

// stat_time_day "2026-07-20 00:00:00", or without its time; stat_time_hour "2026-07-20 13:00:00".
static bool take_time(const struct asked *asked, const struct reader_item *item, const struct json_t *dimensions, struct report_row *row)
{
	const char *name = asked->cut == REPORT_HOURS ? "stat_time_hour" : "stat_time_day";
	struct view text = view_text(json_string_value(json_object_get(dimensions, name)));
	int64_t local_ms;
	int32_t day;

	if (asked->cut != REPORT_HOURS && when_parse_day(text, &day) == 0)
		local_ms = (int64_t)day * DAY_MS;
	else if (when_parse_plain(text, &local_ms) != 0)
		return false;
	row->day = (int32_t)(local_ms / DAY_MS - (local_ms % DAY_MS < 0));
	row->hour = asked->cut == REPORT_HOURS ? (int32_t)((local_ms - (int64_t)row->day * DAY_MS) / HOUR_MS) : -1;
	if (asked->cut == REPORT_HOURS) {
		row->from_ms = zone_instant(asked->zone, local_ms);
		row->is_twice = zone_is_twice(asked->zone, local_ms);
	} else {
		row->from_ms = asked->cut == REPORT_DAYS ? zone_day_start(asked->zone, row->day) : (int64_t)row->day * DAY_MS;
	}
	return row->day >= item->window.from && row->day < item->window.until;
}

static void take_metrics(const struct json_t *metrics, struct report_row *row)
{
	row->spend = value_money(metrics, "spend");
	row->impressions = value_count(metrics, "impressions");
	row->clicks = value_count(metrics, "clicks");
	row->conversions = value_count(metrics, "conversion");
	row->vta_conversions = value_count(metrics, "vta_conversion");
	row->cta_conversions = value_count(metrics, "cta_conversion");
	row->web_value = value_money(metrics, "total_complete_payment_rate");
	row->app_value = value_money(metrics, "total_purchase_value");
}

static bool take(void *self, const struct reader_item *item, void *to, const char **why)
{
	static const struct report_row none;
	const struct asked *asked = self;
	const struct report_row *before = item->before ? item->before : &none;
	const struct json_t *dimensions = json_object_get(item->json, "dimensions"), *metrics = json_object_get(item->json, "metrics");
	struct report_row *row = to;

	*why = "a row without a time of the days that were asked for";
	if (!take_time(asked, item, dimensions, row))
		return false;
	row->advertiser_id = before->advertiser_id.n ? before->advertiser_id : arena_dup(item->arena, view_text(asked->advertiser_id));
	row->currency = value_text(metrics, "currency", before->currency, item->arena);
	row->money_is_whole = asked->cut == REPORT_UTC;
	take_metrics(metrics, row);
	if (asked->level == REPORT_ADVERTISER)
		return true;
	row->ad_id = value_id(dimensions, "ad_id", before->ad_id, item->arena);
	row->campaign_id = value_id(metrics, "campaign_id", before->campaign_id, item->arena);
	row->adgroup_id = value_id(metrics, "adgroup_id", before->adgroup_id, item->arena);
	*why = "a row without ad_id";
	return row->ad_id.n > 0;
}

static int compare(const void *a, const void *b)
{
	const struct report_row *x = a, *y = b;

	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	if (x->hour != y->hour)
		return x->hour < y->hour ? -1 : 1;
	return view_cmp(x->ad_id, y->ad_id);
}

static bool may_repeat(const void *row)
{
	return ((const struct report_row *)row)->is_twice;
}

static void asked_free(void *self)
{
	struct asked *asked = self;

	buf_clear(&asked->parents);
	free(asked);
}

static void add_parents(const struct report_ask *ask, struct buf *out)
{
	CHECK(ask->parents_n <= REPORT_PARENTS_MAX);
	for (size_t i = 0; i < ask->parents_n; i++) {
		buf_add_byte(out, i ? ',' : '[');
		buf_add_quoted(out, ask->parents[i]);
	}
	if (ask->parents_n)
		buf_add_byte(out, ']');
}

struct reader *report_reader_new(const struct report_ask *ask_for, const struct reader_limits *limits)
{
	static const struct reader_kind kind = {sizeof(struct report_row), true, ask, take, compare, may_repeat, asked_free};
	struct asked *self = calloc(1, sizeof *self);

	if (!self)
		err_out_of_memory();
	CHECK(ask_for->cut == REPORT_UTC || ask_for->zone);
	self->level = ask_for->level;
	self->cut = ask_for->cut;
	self->zone = ask_for->zone;
	snprintf(self->advertiser_id, sizeof self->advertiser_id, "%.*s", VIEW_ARG(ask_for->advertiser_id));
	self->parents_filter = ask_for->parents_are_adgroups ? "adgroup_ids" : "campaign_ids";
	add_parents(ask_for, &self->parents);
	return reader_new(&kind, self, (struct reader_window){ask_for->first_day, (int64_t)ask_for->last_day + 1},
		ask_for->cut == REPORT_HOURS ? REPORT_SPAN_HOURS_DAYS_MAX : REPORT_SPAN_DAYS_MAX, limits);
}
