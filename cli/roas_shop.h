// SPDX-License-Identifier: Apache-2.0
// Sums of a shop's days: all spend, all revenue of one goal whether attributed or not, costs. Exact, by currency; by day if asked for.
#pragma once
#include "cli/roas_query.h"

struct roas_shop_line {
	int32_t day; // by day
	struct view currency;
	uint64_t days;
	uint64_t no_spend, no_revenue; // days on which it is not known
	struct view spend_reason, revenue_reason;
	__int128 spend_micros, revenue_micros[BASIS_COUNT], attributed_micros[BASIS_COUNT];
	__int128 conversions_nanos[BASIS_COUNT]; // net: as delivered
	__int128 cogs_micros, shipping_micros, returns_micros, fees_micros;
	bool cogs_given, shipping_given, returns_given, fees_given; // on some day
};

struct roas_shop;

struct roas_shop *roas_shop_new(const struct roas_query *query); // which must outlive it
void roas_shop_free(struct roas_shop **shop);

bool roas_shop_wants(const struct roas_shop *shop, struct view key);
// `day` NULL: the key was deleted.
void roas_shop_take(struct roas_shop *shop, struct view key, const struct tenant_day *day);

// By day and currency; valid until the next call.
const struct roas_shop_line *roas_shop_lines(struct roas_shop *shop, size_t *count);

// Revenue over spend; spend over revenue placed: MER, a share. False: there is none.
bool roas_shop_blended(const struct roas_shop_line *line, enum value_basis basis, int64_t *nanos);
bool roas_shop_mer(const struct roas_shop_line *line, int64_t *nanos);
// What is left of net revenue after costs and spend. False: no cost is given, or some revenue or all spend is not known.
bool roas_shop_profit(const struct roas_shop_line *line, __int128 *micros);
