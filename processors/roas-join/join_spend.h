// SPDX-License-Identifier: Apache-2.0
// What TikTok's reports say of a day, added up by currency; of each figure how many rows say it, so that a sum of nothing is told from zero.
#pragma once
#include "base/arena.h"
#include "schemas/records.h"

enum join_figure { FIGURE_SPEND, FIGURE_IMPRESSIONS, FIGURE_CLICKS, FIGURE_CONVERSIONS, FIGURE_VALUE, FIGURES };

struct join_figures {
	struct view currency;
	int64_t sum[FIGURES];
	int64_t known[FIGURES]; // rows that say it
};

struct join_spend { // sorted by currency
	struct join_figures *p;
	size_t n;
};

// One row of a report; texts are borrowed.
struct join_spend join_spend_of(const struct report_snapshot *snapshot, struct arena *arena);
// `to` becomes a new list in `arena`; what no row says any more is dropped.
void join_spend_add(struct join_spend *to, const struct join_spend *what, int sign, struct arena *arena);
// Of an account: its ads, and what its own total says beyond them, figure by figure.
struct join_spend join_spend_whole(const struct join_spend *ads, const struct join_spend *own, struct arena *arena);

void join_spend_pack(const struct join_spend *spend, struct buf *out);
struct join_spend join_spend_unpack(struct cursor *c, struct arena *arena);
