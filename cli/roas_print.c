// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_print.h"

#include <inttypes.h>

#include "attribution/goal.h"
#include "base/own.h"
#include "base/when.h"
#include "cli/cell_table.h"
#include "cli/roas_words.h"
#include "cli/text_cells.h"

enum { MICRO_DIGITS = 6, NANO_DIGITS = 9, NAME_MOST = 60 };

// The cells of a table, or of CSV: exact there.
struct grid {
	struct cell_table *table;
	struct buf cell;
	bool exact;
	const char *none; // for what is not known
};

static void end_cell(struct grid *g)
{
	cell_table_add(g->table, buf_view(&g->cell));
	buf_reset(&g->cell);
}

static void add_text(struct grid *g, struct view text)
{
	cell_table_add(g->table, view_is_set(text) ? text : VIEW_LIT(""));
}

static void add_none(struct grid *g)
{
	cell_table_add(g->table, view_text(g->none));
}

static void add_money(struct grid *g, bool known, __int128 micros, struct view currency)
{
	if (!known) {
		add_none(g);
		return;
	}
	if (g->exact)
		roas_words_exact(&g->cell, micros, MICRO_DIGITS);
	else
		roas_words_money(&g->cell, micros, currency);
	end_cell(g);
}

static void add_ratio(struct grid *g, bool known, int64_t nanos)
{
	if (!known) {
		add_none(g);
		return;
	}
	if (g->exact)
		roas_words_exact(&g->cell, nanos, NANO_DIGITS);
	else
		roas_words_ratio(&g->cell, nanos);
	end_cell(g);
}

static void add_share(struct grid *g, bool known, int64_t nanos)
{
	if (known && !g->exact) {
		roas_words_percent(&g->cell, nanos);
		end_cell(g);
		return;
	}
	add_ratio(g, known, nanos);
}

static void add_count(struct grid *g, __int128 nanos)
{
	if (g->exact)
		roas_words_exact(&g->cell, nanos, NANO_DIGITS);
	else
		roas_words_count(&g->cell, nanos);
	end_cell(g);
}

static void add_integer(struct grid *g, int64_t number)
{
	buf_addf(&g->cell, "%" PRId64, number);
	end_cell(g);
}

static void add_day(struct grid *g, int32_t day)
{
	char text[WHEN_ISO_SIZE];

	cell_table_add(g->table, view_text(when_print_day(day, text)));
}

// ---- what was attributed: a line each

// A name, or the id where there is none; what no ad is known for is told so.
static void add_name(struct grid *g, const struct roas_query *q, const struct roas_line *l)
{
	if (l->name.n > 0)
		add_text(g, l->name);
	else if (l->id.n > 0)
		add_text(g, l->id);
	else {
		buf_addf(&g->cell, "(no %s)", roas_query_by(q->by));
		end_cell(g);
	}
}

static void add_ids(struct grid *g, const struct roas_query *q, const struct roas_line *l)
{
	add_text(g, q->tenant);
	add_text(g, q->goal);
	add_text(g, view_text(goal_basis_name((enum goal_basis)q->basis)));
	add_text(g, view_text(q->order_day ? "order-day" : "click-day"));
	if (q->by == ROAS_BY_DAY)
		add_day(g, l->day);
	else
		add_none(g);
	add_text(g, l->advertiser_id);
	add_text(g, l->campaign_id);
	add_text(g, l->adgroup_id);
	add_text(g, l->id);
	add_text(g, l->name);
	add_text(g, l->currency);
}

static void add_numbers(struct grid *g, const struct roas_line *l)
{
	__int128 cpa = 0;
	int64_t roas = 0, tiktok_roas = 0;
	bool has_cpa = roas_sum_cpa(l, &cpa), has_roas = roas_sum_roas(l, &roas), has_tiktok = roas_sum_tiktok_roas(l, &tiktok_roas);

	add_money(g, roas_sum_knows_spend(l), l->spend_micros, l->currency);
	add_money(g, roas_sum_knows_revenue(l), l->revenue_micros, l->currency);
	add_ratio(g, has_roas, roas);
	add_count(g, l->conversions_nanos);
	add_money(g, has_cpa, cpa, l->currency);
	add_integer(g, l->tiktok_conversions);
	add_money(g, true, l->tiktok_value_micros, l->currency);
	add_ratio(g, has_tiktok, tiktok_roas);
}

static int64_t highest_roas(const struct roas_found *f)
{
	int64_t highest = 0, nanos;

	for (size_t i = 0; i < f->count; i++)
		if (roas_sum_roas(&f->lines[i], &nanos) && nanos > highest)
			highest = nanos;
	return highest;
}

static void add_bar(struct grid *g, const struct roas_found *f, const struct roas_line *l, int64_t highest)
{
	int64_t nanos;

	if (f->bars != ROAS_BARS_NONE && roas_sum_roas(l, &nanos))
		roas_words_bar(&g->cell, nanos, highest, f->bars == ROAS_BARS_BLOCKS);
	end_cell(g);
}

static void print_lines(const struct roas_found *f, struct buf *out)
{
	const struct cell_column columns[] = {{roas_query_by(f->query->by), false}, {"currency", false}, {"spend", true}, {"revenue", true},
		{"ROAS", true}, {"conversions", true}, {"CPA", true}, {"TikTok conv.", true}, {"TikTok value", true}, {"TikTok ROAS", true},
		{"", false}};
	bool bars = f->bars != ROAS_BARS_NONE && f->query->by == ROAS_BY_DAY;
	OWN(cell_table_free) struct cell_table *table = cell_table_new(columns, sizeof columns / sizeof columns[0] - !bars);
	struct grid g = {.table = table, .none = "-"};
	int64_t highest = highest_roas(f);

	for (size_t i = 0; i < f->count; i++) {
		const struct roas_line *l = &f->lines[i];

		if (f->query->by == ROAS_BY_DAY)
			add_day(&g, l->day);
		else if (f->query->by == ROAS_BY_TOTAL)
			add_text(&g, VIEW_LIT("all ads"));
		else
			add_name(&g, f->query, l);
		add_text(&g, l->currency.n ? l->currency : VIEW_LIT("-"));
		add_numbers(&g, l);
		if (bars)
			add_bar(&g, f, l, highest);
	}
	cell_table_print(table, out);
	buf_clear(&g.cell);
}

static void csv_lines(const struct roas_found *f, struct buf *out)
{
	static const struct cell_column columns[] = {{"tenant", 0}, {"goal", 0}, {"basis", 0}, {"view", 0}, {"day", 0}, {"advertiser_id", 0},
		{"campaign_id", 0}, {"adgroup_id", 0}, {"id", 0}, {"name", 0}, {"currency", 0}, {"spend", 0}, {"revenue", 0}, {"roas", 0},
		{"conversions", 0}, {"cpa", 0}, {"tiktok_conversions", 0}, {"tiktok_value", 0}, {"tiktok_roas", 0}, {"impressions", 0},
		{"clicks", 0}};
	OWN(cell_table_free) struct cell_table *table = cell_table_new(columns, sizeof columns / sizeof columns[0]);
	struct grid g = {.table = table, .exact = true, .none = ""};

	for (size_t i = 0; i < f->count; i++) {
		add_ids(&g, f->query, &f->lines[i]);
		add_numbers(&g, &f->lines[i]);
		add_integer(&g, f->lines[i].impressions);
		add_integer(&g, f->lines[i].clicks);
	}
	cell_table_csv(table, out);
	buf_clear(&g.cell);
}

// ---- the shop as a whole

static void add_shop(struct grid *g, const struct roas_query *q, const struct roas_shop_line *l)
{
	bool known = l->no_revenue == 0, spent = l->no_spend < l->days;
	__int128 profit = 0;
	bool has_profit = roas_shop_profit(l, &profit);

	if (q->by == ROAS_BY_DAY)
		add_day(g, l->day);
	else
		add_text(g, VIEW_LIT("total"));
	add_text(g, l->currency.n ? l->currency : VIEW_LIT("-"));
	add_money(g, known, l->revenue_micros[BASIS_NET], l->currency);
	add_money(g, l->cogs_given, l->cogs_micros, l->currency);
	add_money(g, l->shipping_given, l->shipping_micros, l->currency);
	add_money(g, l->returns_given, l->returns_micros, l->currency);
	add_money(g, l->fees_given, l->fees_micros, l->currency);
	add_money(g, spent, l->spend_micros, l->currency);
	add_money(g, has_profit, profit, l->currency);
}

static void add_efficiency(struct grid *g, const struct roas_shop_line *l)
{
	int64_t placed = 0, delivered = 0, mer = 0;
	bool has_placed = roas_shop_blended(l, BASIS_PLACED, &placed), has_delivered = roas_shop_blended(l, BASIS_DELIVERED, &delivered);
	bool has_mer = roas_shop_mer(l, &mer), known = l->no_revenue == 0;

	add_text(g, VIEW_LIT("whole shop"));
	add_text(g, l->currency.n ? l->currency : VIEW_LIT("-"));
	add_money(g, l->no_spend < l->days, l->spend_micros, l->currency);
	add_money(g, known, l->revenue_micros[BASIS_PLACED], l->currency);
	add_money(g, known, l->revenue_micros[BASIS_DELIVERED], l->currency);
	add_money(g, known, l->revenue_micros[BASIS_NET], l->currency);
	add_ratio(g, has_placed, placed);
	add_ratio(g, has_delivered, delivered);
	add_share(g, has_mer, mer);
}

static void print_efficiency(const struct roas_found *f, struct buf *out)
{
	static const struct cell_column columns[] = {{"total", false}, {"currency", false}, {"spend", true}, {"placed", true},
		{"delivered", true}, {"net", true}, {"blended ROAS", true}, {"delivered", true}, {"MER", true}};
	OWN(cell_table_free) struct cell_table *table = cell_table_new(columns, sizeof columns / sizeof columns[0]);
	struct grid g = {.table = table, .none = "-"};

	for (size_t i = 0; i < f->shop_count; i++)
		add_efficiency(&g, &f->shop[i]);
	cell_table_print(table, out);
	buf_clear(&g.cell);
	buf_add_text(out, "All orders, attributed or not. Blended ROAS is revenue / spend; MER is spend / revenue placed.\n");
}

static void shop_table(const struct roas_found *f, bool csv, struct buf *out)
{
	const struct cell_column words[] = {{f->query->by == ROAS_BY_DAY ? "day" : "", false}, {"currency", false}, {"net revenue", true},
		{"cost of goods", true}, {"shipping", true}, {"returns", true}, {"fees", true}, {"ad spend", true}, {"profit", true}};
	static const struct cell_column names[] = {{"day", 0}, {"currency", 0}, {"net_revenue", 0}, {"cogs", 0}, {"shipping", 0},
		{"returns", 0}, {"fees", 0}, {"spend", 0}, {"profit", 0}};
	OWN(cell_table_free) struct cell_table *table = cell_table_new(csv ? names : words, sizeof words / sizeof words[0]);
	struct grid g = {.table = table, .exact = csv, .none = csv ? "" : "-"};

	for (size_t i = 0; i < f->shop_count; i++)
		add_shop(&g, f->query, &f->shop[i]);
	if (csv)
		cell_table_csv(table, out);
	else
		cell_table_print(table, out);
	buf_clear(&g.cell);
}

// ---- the whole

static void print_title(const struct roas_found *f, struct buf *out)
{
	const struct roas_query *q = f->query;
	char from[WHEN_ISO_SIZE], to[WHEN_ISO_SIZE];

	text_cells_add(out, q->tenant, NAME_MOST);
	buf_add_text(out, ", goal ");
	text_cells_add(out, q->goal, NAME_MOST);
	buf_addf(out, ", %s to %s", when_print_day(q->from, from), when_print_day(q->to, to));
	if (q->pnl)
		buf_add_text(out, ": profit and loss\n\n");
	else
		buf_addf(out, ": revenue %s, by the day of the %s\n\n", goal_basis_name((enum goal_basis)q->basis),
			q->order_day ? "order" : "click");
}

void roas_print_table(const struct roas_found *f, struct buf *out)
{
	if (f->count + f->shop_count == 0)
		return;
	print_title(f, out);
	if (f->query->pnl) {
		shop_table(f, false, out);
		buf_add_text(out, "Profit is net revenue less these costs and all ad spend.\n");
		return;
	}
	if (f->count > 0)
		print_lines(f, out);
	if (f->count > 0 && f->shop_count > 0)
		buf_add_text(out, "\n");
	if (f->shop_count > 0)
		print_efficiency(f, out);
}

void roas_print_csv(const struct roas_found *f, struct buf *out)
{
	if (f->query->pnl)
		shop_table(f, true, out);
	else
		csv_lines(f, out);
}

// ---- notes

// "3 rows of a day have no"
static void add_rows(struct buf *out, uint64_t rows)
{
	buf_addf(out, "%" PRIu64 " row%s of a day %s no ", rows, rows == 1 ? "" : "s", rows == 1 ? "has" : "have");
}

static void note_spend(const struct roas_found *f, struct buf *out)
{
	uint64_t no_spend = 0;
	struct view reason = VIEW_ABSENT;

	for (size_t i = 0; i < f->count; i++) {
		no_spend += f->lines[i].no_spend;
		if (view_is_set(f->lines[i].spend_reason))
			reason = f->lines[i].spend_reason;
	}
	if (no_spend == 0)
		return;
	add_rows(out, no_spend);
	buf_add_text(out, "spend: nothing is reported for it");
	if (view_is_set(reason)) {
		buf_add_text(out, ", or it cannot be told in this currency (");
		text_cells_add(out, reason, NAME_MOST);
		buf_add_text(out, "): see roas_join.rates_file");
	}
	buf_add_text(out, ".\n");
}

static void note_revenue(const struct roas_found *f, struct buf *out)
{
	uint64_t no_revenue = 0;
	struct view reason = VIEW_ABSENT;

	for (size_t i = 0; i < f->count; i++) {
		no_revenue += f->lines[i].no_revenue;
		if (f->lines[i].no_revenue > 0)
			reason = f->lines[i].reason;
	}
	if (no_revenue == 0)
		return;
	add_rows(out, no_revenue);
	buf_add_text(out, "revenue (");
	text_cells_add(out, view_is_set(reason) ? reason : VIEW_LIT("not said"), NAME_MOST);
	buf_add_text(out, "), so the sum has none: see roas_join.rates_file and the tenant's currency.\n");
}

static void note_lines(const struct roas_found *f, struct buf *out)
{
	bool additive = true;

	for (size_t i = 0; i < f->count; i++)
		additive &= f->lines[i].additive;
	note_spend(f, out);
	note_revenue(f, out);
	if (!additive)
		buf_add_text(out, "A conversion may be credited to more than one (participation): the sum of revenue says more than was earned.\n");
}

static void note_shop(const struct roas_found *f, struct buf *out)
{
	uint64_t no_spend = 0, no_revenue = 0;
	struct view reason = VIEW_ABSENT;
	bool any_profit = false;
	__int128 profit;

	for (size_t i = 0; i < f->shop_count; i++) {
		no_spend += f->shop[i].no_spend;
		no_revenue += f->shop[i].no_revenue;
		any_profit |= roas_shop_profit(&f->shop[i], &profit);
		if (f->shop[i].no_revenue > 0)
			reason = f->shop[i].revenue_reason;
	}
	if (no_spend > 0)
		buf_addf(out, "The spend of %" PRIu64 " day%s is not known; what is known is summed up.\n", no_spend, no_spend == 1 ? "" : "s");
	if (no_revenue > 0) {
		buf_addf(out, "The revenue of %" PRIu64 " day%s is not known (", no_revenue, no_revenue == 1 ? "" : "s");
		text_cells_add(out, view_is_set(reason) ? reason : VIEW_LIT("not said"), NAME_MOST);
		buf_add_text(out, ").\n");
	}
	if (f->query->pnl && f->shop_count > 0 && !any_profit)
		buf_add_text(out, "No profit is told: it needs the tenant's `costs`, spend and revenue.\n");
}

void roas_print_notes(const struct roas_found *f, struct buf *out)
{
	note_lines(f, out);
	note_shop(f, out);
	if (f->unplaced.rows > 0 && !f->query->pnl) {
		buf_add_text(out, "Not in these rows: ");
		roas_words_count(out, f->unplaced.conversions_nanos);
		buf_add_text(out, " conversions of accounts whose time zone is not known yet.\n");
	}
	if (f->left_out > 0)
		buf_addf(out, "%zu more row%s left out (--most).\n", f->left_out, f->left_out == 1 ? " is" : "s are");
}
