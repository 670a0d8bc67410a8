// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_json.h"

#include <inttypes.h>
#include <stdio.h>

#include "attribution/goal.h"
#include "base/when.h"
#include "cli/exports_words.h"

static void add_text(struct buf *out, const char *name, struct view text)
{
	buf_addf(out, "\"%s\": ", name);
	if (view_is_set(text))
		buf_add_quoted(out, text);
	else
		buf_add_text(out, "null");
}

static void add_number(struct buf *out, const char *name, bool known, __int128 number)
{
	buf_addf(out, ", \"%s\": ", name);
	if (known)
		exports_words_integer(out, number);
	else
		buf_add_text(out, "null");
}

static void add_day(struct buf *out, const char *name, int32_t day)
{
	char text[WHEN_ISO_SIZE];

	buf_addf(out, ", \"%s\": \"%s\"", name, when_print_day(day, text));
}

static void add_member(struct buf *out, const char *name, struct view text)
{
	buf_add_text(out, ", ");
	add_text(out, name, text);
}

static struct view if_any(struct view text)
{
	return text.n ? text : VIEW_ABSENT;
}

static void print_line(const struct roas_query *q, const struct roas_line *l, struct buf *out)
{
	__int128 cpa = 0;
	int64_t roas = 0, tiktok = 0;
	bool has_cpa = roas_sum_cpa(l, &cpa), has_roas = roas_sum_roas(l, &roas), has_tiktok = roas_sum_tiktok_roas(l, &tiktok);

	buf_add_text(out, "    {");
	add_text(out, "currency", if_any(l->currency));
	if (q->by == ROAS_BY_DAY)
		add_day(out, "day", l->day);
	if (q->by != ROAS_BY_DAY && q->by != ROAS_BY_TOTAL) {
		add_member(out, "advertiser_id", l->advertiser_id);
		add_member(out, "campaign_id", l->campaign_id);
		add_member(out, "adgroup_id", l->adgroup_id);
		add_member(out, "id", l->id);
		add_member(out, "name", l->name);
	}
	add_number(out, "spend_micros", roas_sum_knows_spend(l), l->spend_micros);
	add_number(out, "revenue_micros", roas_sum_knows_revenue(l), l->revenue_micros);
	add_number(out, "roas_nanos", has_roas, roas);
	add_number(out, "conversions_nanos", true, l->conversions_nanos);
	add_number(out, "cpa_micros", has_cpa, cpa);
	add_number(out, "impressions", true, l->impressions);
	add_number(out, "clicks", true, l->clicks);
	add_number(out, "tiktok_conversions", true, l->tiktok_conversions);
	add_number(out, "tiktok_value_micros", true, l->tiktok_value_micros);
	add_number(out, "tiktok_roas_nanos", has_tiktok, tiktok);
	add_number(out, "rows_without_spend", true, l->no_spend);
	add_number(out, "rows_without_revenue", true, l->no_revenue);
	add_member(out, "reason", l->no_revenue ? l->reason : l->no_spend ? l->spend_reason : VIEW_ABSENT);
	buf_addf(out, ", \"additive\": %s}", l->additive ? "true" : "false");
}

static void print_revenue(const char *name, bool known, const __int128 sums[BASIS_COUNT], const char *unit, struct buf *out)
{
	char member[64];

	for (int i = 0; i < BASIS_COUNT; i++) {
		snprintf(member, sizeof member, "%s%s_%s", name, goal_basis_name((enum goal_basis)i), unit);
		add_number(out, member, known, sums[i]);
	}
}

static void print_shop(const struct roas_query *q, const struct roas_shop_line *l, struct buf *out)
{
	int64_t placed = 0, delivered = 0, mer = 0;
	__int128 profit = 0;
	bool has_placed = roas_shop_blended(l, BASIS_PLACED, &placed), has_delivered = roas_shop_blended(l, BASIS_DELIVERED, &delivered);
	bool has_mer = roas_shop_mer(l, &mer), has_profit = roas_shop_profit(l, &profit), known = l->no_revenue == 0;

	buf_add_text(out, "    {");
	add_text(out, "currency", if_any(l->currency));
	if (q->by == ROAS_BY_DAY)
		add_day(out, "day", l->day);
	add_number(out, "days", true, l->days);
	add_number(out, "spend_micros", l->no_spend < l->days, l->spend_micros);
	print_revenue("", known, l->revenue_micros, "micros", out);
	print_revenue("attributed_", known, l->attributed_micros, "micros", out);
	print_revenue("conversions_", true, l->conversions_nanos, "nanos", out);
	add_number(out, "blended_roas_nanos", has_placed, placed);
	add_number(out, "delivered_blended_roas_nanos", has_delivered, delivered);
	add_number(out, "mer_nanos", has_mer, mer);
	add_number(out, "cogs_micros", l->cogs_given, l->cogs_micros);
	add_number(out, "shipping_micros", l->shipping_given, l->shipping_micros);
	add_number(out, "returns_micros", l->returns_given, l->returns_micros);
	add_number(out, "fees_micros", l->fees_given, l->fees_micros);
	add_number(out, "profit_micros", has_profit, profit);
	add_number(out, "days_without_spend", true, l->no_spend);
	add_number(out, "days_without_revenue", true, l->no_revenue);
	add_member(out, "reason", l->no_revenue ? l->revenue_reason : l->no_spend ? l->spend_reason : VIEW_ABSENT);
	buf_add_text(out, "}");
}

void roas_json_print(const struct roas_found *f, struct buf *out)
{
	const struct roas_query *q = f->query;

	buf_add_text(out, "{\n  ");
	add_text(out, "tenant", q->tenant);
	add_member(out, "goal", q->goal);
	add_member(out, "by", view_text(roas_query_by(q->by)));
	add_member(out, "basis", view_text(goal_basis_name((enum goal_basis)q->basis)));
	add_member(out, "view", view_text(q->order_day ? "order-day" : "click-day"));
	add_day(out, "from", q->from);
	add_day(out, "to", q->to);
	buf_add_text(out, ",\n  \"rows\": [");
	for (size_t i = 0; i < f->count; i++) {
		buf_add_text(out, i ? ",\n" : "\n");
		print_line(q, &f->lines[i], out);
	}
	buf_add_text(out, f->count ? "\n  ],\n  \"shop\": [" : "],\n  \"shop\": [");
	for (size_t i = 0; i < f->shop_count; i++) {
		buf_add_text(out, i ? ",\n" : "\n");
		print_shop(q, &f->shop[i], out);
	}
	buf_add_text(out, f->shop_count ? "\n  ],\n  " : "],\n  ");
	buf_addf(out, "\"unplaced\": {\"rows\": %" PRIu64, f->unplaced.rows);
	add_number(out, "conversions_nanos", true, f->unplaced.conversions_nanos);
	buf_addf(out, "}, \"left_out\": %zu\n}\n", f->left_out);
}
