// SPDX-License-Identifier: Apache-2.0
#include "cli/roas_query.h"

#include <stdio.h>

#include "attribution/goal.h"
#include "base/when.h"
#include "base/zone.h"
#include "config/nearest.h"

enum { LAST_DEFAULT = 28, NO_DAY = INT32_MIN, DAYS_MOST = 36600, ROWS_MOST = 1000000, ROWS_DEFAULT = 1000 };
static const int64_t DAY_MS = 86400000;

static const char *const bys[] = {"day", "campaign", "adgroup", "ad", "advertiser", "total", NULL};
static const char *const bases[] = {"placed", "confirmed", "delivered", "net", NULL};
static const char *const sorts[] = {"spend", "revenue", "roas", "conversions", "name", NULL};
static const char *const outputs[] = {"table", "json", "csv", NULL};
static const char *const views[] = {"click-day", "order-day", NULL};

const struct command_option roas_query_options[] = {
	{"by", "WHAT", "a row for each day, campaign (default), adgroup, ad or advertiser; or the total", NULL},
	{"from", "YYYY-MM-DD", "from this day on", NULL},
	{"to", "YYYY-MM-DD", "up to this day; default: today", NULL},
	{"last", "DAYS", "as 28d: so many days up to today, in the tenant's time zone; default 28d", NULL},
	{"goal", "GOAL", "of this goal; default: the tenant's first", NULL},
	{"basis", "BASIS", "revenue placed, confirmed, delivered (default: true ROAS) or net of refunds", NULL},
	{"view", "DAY", "revenue by click-day (default: beside the spend that caused it) or by order-day", NULL},
	{"pnl", NULL, "the shop's profit and loss, by day or total", NULL},
	{"sort", "COLUMN", "spend (default), revenue, roas, conversions or name; days are in their order", NULL},
	{"most", "N", "so many rows; default 1000", NULL},
	{"output", "FORMAT", "table (default), json or csv", NULL},
	{NULL, NULL, NULL, NULL},
};

const char *roas_query_by(enum roas_by by)
{
	return bys[by];
}

static int usage(const char *words)
{
	fprintf(stderr, "lookback roas: %s; see `lookback roas --help`\n", words);
	return -1;
}

// Which of the words the option says; `fallback` if it is not there.
static int parse_word(const struct options *options, const char *name, const char *const *words, int fallback, int *out)
{
	const char *given = options_value(options, name);
	struct nearest nearest = {.word = view_text(given)};

	*out = fallback;
	if (!given)
		return 0;
	for (*out = 0; words[*out]; ++*out)
		if (strcmp(words[*out], given) == 0)
			return 0;
	fprintf(stderr, "lookback roas: --%s takes ", name);
	for (int i = 0; words[i]; i++) {
		fprintf(stderr, "%s%s", i == 0 ? "" : words[i + 1] ? ", " : " or ", words[i]);
		nearest_offer(&nearest, words[i]);
	}
	fprintf(stderr, ", not '%s'", given);
	if (nearest_best(&nearest))
		fprintf(stderr, "; nearest: %s", nearest_best(&nearest));
	fputc('\n', stderr);
	return -1;
}

static int parse_day(const struct options *options, const char *name, int32_t *day)
{
	const char *given = options_value(options, name);

	*day = NO_DAY;
	return !given || when_parse_day(view_text(given), day) == 0 ? 0 : usage("a day is YYYY-MM-DD");
}

static int parse_days(const struct options *options, struct roas_query *q)
{
	const char *last = options_value(options, "last");
	int64_t last_ms = LAST_DEFAULT * DAY_MS;

	if (parse_day(options, "from", &q->from) != 0 || parse_day(options, "to", &q->to) != 0)
		return -1;
	if (last && (q->from != NO_DAY || q->to != NO_DAY))
		return usage("--last ends today; --from and --to are the first and the last day of others");
	if (last &&
		(when_parse_duration(view_text(last), &last_ms) != 0 || last_ms < DAY_MS || last_ms % DAY_MS || last_ms > DAYS_MOST * DAY_MS))
		return usage("--last takes whole days, as 28d");
	if (q->to != NO_DAY && q->from == NO_DAY)
		return usage("--to needs --from");
	if (q->from != NO_DAY && q->to != NO_DAY && q->from > q->to)
		return usage("--from is after --to");
	q->last = (int32_t)(last_ms / DAY_MS);
	return 0;
}

static int parse_rest(const struct options *options, struct roas_query *q)
{
	int by, basis, sort, output, view;

	q->pnl = options_has(options, "pnl");
	if (parse_word(options, "by", bys, q->pnl ? ROAS_BY_TOTAL : ROAS_BY_CAMPAIGN, &by) != 0 ||
		parse_word(options, "basis", bases, BASIS_DELIVERED, &basis) != 0 ||
		parse_word(options, "sort", sorts, ROAS_SORT_SPEND, &sort) != 0 ||
		parse_word(options, "output", outputs, ROAS_TABLE, &output) != 0 || parse_word(options, "view", views, 0, &view) != 0)
		return -1;
	q->by = (enum roas_by)by;
	q->basis = (enum value_basis)basis;
	q->sort = (enum roas_sort)sort;
	q->output = (enum roas_output)output;
	q->order_day = view == 1;
	if (q->pnl && q->by != ROAS_BY_DAY && q->by != ROAS_BY_TOTAL)
		return usage("--pnl is of the whole shop: --by day or --by total");
	if (q->pnl && (options_has(options, "basis") || options_has(options, "view") || options_has(options, "sort")))
		return usage("--pnl has its own columns: neither --basis nor --view nor --sort");
	return 0;
}

int roas_query_parse(const struct options *options, struct roas_query *q)
{
	int64_t most;

	*q = (struct roas_query){.tenant = view_text(options->operands[0]), .goal = view_text(options_value(options, "goal"))};
	if (q->tenant.n == 0)
		return usage("the tenant's id is empty");
	if (parse_days(options, q) != 0 || parse_rest(options, q) != 0)
		return -1;
	if (options_integer(options, "most", 1, ROWS_MOST, ROWS_DEFAULT, &most) != 0)
		return -1;
	q->most = (size_t)most;
	return 0;
}

// ---- what the config says

static int complete_days(const struct tenant *tenant, int64_t now_ms, struct roas_query *q)
{
	const struct zone *zone;
	struct err err;

	if (q->from != NO_DAY && q->to != NO_DAY)
		return 0;
	if (zone_open(tenant->time_zone, &zone, &err) != 0) {
		options_fail(&err);
		return -1;
	}
	q->to = zone_day(zone, now_ms);
	if (q->from == NO_DAY)
		q->from = q->to - q->last + 1;
	if (q->from <= q->to)
		return 0;
	fprintf(stderr, "lookback roas: --from is after today\n");
	return -1;
}

static int goal_missing(const struct tenant *tenant, struct view goal)
{
	fprintf(stderr, "lookback roas: tenant %.*s has no goal %.*s; there are:", VIEW_ARG(tenant->id), VIEW_ARG(goal));
	for (size_t i = 0; i < tenant->goal_count; i++)
		fprintf(stderr, "%s %.*s", i ? "," : "", VIEW_ARG(tenant->goals[i].name));
	fputc('\n', stderr);
	return -1;
}

static int complete_goal(const struct tenant *tenant, struct roas_query *q)
{
	if (view_is_set(q->goal)) {
		for (size_t i = 0; i < tenant->goal_count; i++)
			if (view_eq(tenant->goals[i].name, q->goal))
				return 0;
		return goal_missing(tenant, q->goal);
	}
	if (tenant->goal_count == 0)
		return goal_missing(tenant, VIEW_LIT("at all"));
	q->goal = tenant->goals[0].name;
	if (tenant->goal_count > 1)
		fprintf(stderr, "lookback roas: of goal %.*s; the tenant has %zu (--goal)\n", VIEW_ARG(q->goal), tenant->goal_count);
	return 0;
}

int roas_query_complete(const struct config *config, int64_t now_ms, struct roas_query *q)
{
	const struct tenant *tenant = config_tenant(config, q->tenant);

	if (!tenant) {
		fprintf(stderr, "lookback roas: the config has no tenant %.*s\n", VIEW_ARG(q->tenant));
		return -1;
	}
	if (complete_goal(tenant, q) != 0 || complete_days(tenant, now_ms, q) != 0)
		return -1;
	if ((int64_t)q->to - q->from < DAYS_MOST)
		return 0;
	fprintf(stderr, "lookback roas: at most %d days at once\n", DAYS_MOST);
	return -1;
}
