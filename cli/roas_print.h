// SPDX-License-Identifier: Apache-2.0
// What `lookback roas` found, for people and for programs. Pure: what the terminal can do is said.
#pragma once
#include "cli/roas_shop.h"
#include "cli/roas_sum.h"

enum roas_bars { ROAS_BARS_NONE, ROAS_BARS_ASCII, ROAS_BARS_BLOCKS };

struct roas_found {
	const struct roas_query *query;
	const struct roas_line *lines; // none with query->pnl
	size_t count, left_out;
	struct roas_unplaced unplaced;
	const struct roas_shop_line *shop; // with query->pnl, or by total
	size_t shop_count;
	enum roas_bars bars; // by day
};

// Nothing for nothing found.
void roas_print_table(const struct roas_found *found, struct buf *out);
void roas_print_csv(const struct roas_found *found, struct buf *out);
// What the figures do not say: a line each, behind the table or on stderr.
void roas_print_notes(const struct roas_found *found, struct buf *out);
