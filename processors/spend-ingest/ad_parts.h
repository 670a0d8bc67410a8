// SPDX-License-Identifier: Apache-2.0
// Which ads one report is asked for. TikTok answers for the newest REPORT_ADS_MAX ads of a query and does not say that it left some out, so an account that has
// more is read in parts: by campaign, and a campaign that has more by ad group. Pure.
#pragma once
#include "base/arena.h"

struct ad_parents {
	struct view campaign, adgroup;
};

// Of `ids`; none: the whole account.
struct ad_part {
	bool by_adgroup;
	size_t from, n;
	size_t ads;
};

struct ad_parts {
	struct arena arena;
	struct view *ids; // campaigns or ad groups, as their part says; in the arena
	struct ad_part *p;
	size_t n, ids_n;
	size_t left_out; // ads that no part can have: without parents, or in an ad group that is too large by itself
};

// Parts of at most `most` ads and REPORT_PARENTS_MAX ids. Puts `ads` in another order.
void ad_parts_plan(struct ad_parts *parts, struct ad_parents *ads, size_t n, size_t most);
void ad_parts_clear(struct ad_parts *parts);
