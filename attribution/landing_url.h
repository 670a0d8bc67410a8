// SPDX-License-Identifier: Apache-2.0
// Click ids and ad ids from a landing URL, and URLs as they may be written (docs/attribution.md 1, 3).
#pragma once
#include "attribution/placeholder.h"
#include "base/arena.h"
#include "base/bytes.h"

struct landing_params {
	struct view ttclid, advertiser_id, campaign_id, adgroup_id, ad_id; // decoded, absent if not filled
	bool ttclid_macro;                                                 // a placeholder that is not empty stood in a `ttclid` parameter
};

void landing_url_read(struct view url, struct arena *arena, struct landing_params *out);

// Without fragment and, unless keep_query, without all but the known parameters.
struct view landing_url_strip(struct view url, bool keep_query, struct arena *arena);
