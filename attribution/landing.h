// SPDX-License-Identifier: Apache-2.0
// One landing of a user, and the two orders that the rules use. The texts are borrowed.
#pragma once
#include <stdbool.h>
#include <stdint.h>

#include "base/bytes.h"

struct landing {
	int64_t time;
	struct view id; // identity: the ttclid, else the touch_id
	bool is_ttclid;
	struct view channel, advertiser, campaign, adgroup, ad; // ids absent if unknown
};

// Order of landings: (time, identity).
int landing_cmp(const struct landing *a, const struct landing *b);
// (time, identity, channel, advertiser, campaign, ad group, ad; absent last; then ttclid first).
int landing_cmp_full(const struct landing *a, const struct landing *b);
