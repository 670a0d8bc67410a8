// SPDX-License-Identifier: Apache-2.0
// Sums of rows of ROAS: by day, campaign, ad group, ad, account, or in all; of one goal, basis and view. Exact: ratios are of sums, never sums or averages of ratios.
// Hears the topic's records in the order of their offsets; of each key the latest counts.
#pragma once
#include "cli/roas_query.h"
#include "runtime/record.h"

struct roas_line {
	struct view advertiser_id, id; // of what the line is about; absent where that is no entity
	struct view name;              // as last heard; absent: not known
	struct view campaign_id, adgroup_id;
	int32_t day; // by day
	struct view currency;
	uint64_t rows;
	uint64_t no_spend, no_revenue;         // rows in which it is not known
	struct view spend_reason;              // of one of the former: why, though TikTok tells one; absent: nothing is reported
	struct view reason;                    // of one of the latter
	__int128 spend_micros, revenue_micros; // of the rows that know it
	__int128 tiktok_value_micros;
	__int128 conversions_nanos;
	int64_t impressions, clicks, tiktok_conversions;
	bool additive; // false: a conversion may be credited more than once
};

// What could not be put beside any spend: credits of accounts whose time zone is not known yet.
struct roas_unplaced {
	uint64_t rows;
	__int128 conversions_nanos;
};

struct roas_sum;

struct roas_sum *roas_sum_new(const struct roas_query *query); // which must outlive it
void roas_sum_free(struct roas_sum **sum);

// Is the record's key of the tenant and the days that are asked for?
bool roas_sum_wants(const struct roas_sum *sum, struct view key);
// `row` NULL: the key was deleted. FATAL too_many.
int roas_sum_take(struct roas_sum *sum, struct view key, const struct roas_row *row, struct err *err) MUST_USE;
// No record of the keys so far will come.
void roas_sum_partition_end(struct roas_sum *sum);

// Sorted as asked for; valid until the next call. `left_out`: those beyond the most.
const struct roas_line *roas_sum_lines(struct roas_sum *sum, size_t *count, size_t *left_out);
struct roas_unplaced roas_sum_unplaced(const struct roas_sum *sum);

// Ratios of a line; false: there is none.
bool roas_sum_roas(const struct roas_line *line, int64_t *nanos);        // revenue over spend
bool roas_sum_tiktok_roas(const struct roas_line *line, int64_t *nanos); // TikTok's value over spend
bool roas_sum_cpa(const struct roas_line *line, __int128 *micros);       // spend over conversions
bool roas_sum_knows_spend(const struct roas_line *line);
bool roas_sum_knows_revenue(const struct roas_line *line); // of every row
