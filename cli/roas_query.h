// SPDX-License-Identifier: Apache-2.0
// What `lookback roas` is asked: options as they were given, checked, with the defaults of the config and the day.
#pragma once
#include "cli/options.h"
#include "schemas/records.h"

enum roas_by { ROAS_BY_DAY, ROAS_BY_CAMPAIGN, ROAS_BY_ADGROUP, ROAS_BY_AD, ROAS_BY_ADVERTISER, ROAS_BY_TOTAL };
enum roas_sort { ROAS_SORT_SPEND, ROAS_SORT_REVENUE, ROAS_SORT_ROAS, ROAS_SORT_CONVERSIONS, ROAS_SORT_NAME };
enum roas_output { ROAS_TABLE, ROAS_JSON, ROAS_CSV };

struct roas_query {
	struct view tenant, goal;
	enum roas_by by;
	enum value_basis basis;
	enum roas_output output;
	bool order_day;   // revenue by the day of the order, not of the click
	bool pnl;         // profit and loss of the shop
	int32_t from, to; // days, both included
	int32_t last;     // so many days, if neither was given
	enum roas_sort sort;
	size_t most; // rows
};

extern const struct command_option roas_query_options[];

// Everything but what the config says. -1 with a line on stderr: COMMAND_USAGE.
int roas_query_parse(const struct options *options, struct roas_query *out) MUST_USE;
// Days that were not given: the last 28 to today, in the tenant's time zone. The goal that was not given: the tenant's first, told on stderr if there are others. -1 with a
// line on stderr: COMMAND_FAILED.
int roas_query_complete(const struct config *config, int64_t now_ms, struct roas_query *query) MUST_USE;

const char *roas_query_by(enum roas_by by); // "campaign"
