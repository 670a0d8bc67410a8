// SPDX-License-Identifier: Apache-2.0
// How fast readers may ask: TikTok counts by app and path, all tokens together, and by advertiser and path. A token bucket for each (tiktok/limits.h), so that
// one account's throttle slows that account alone. One for each app; belongs to one thread. The clock is the caller's.
#pragma once
#include "tiktok/call.h"

struct pace;

struct pace_options {
	double app_per_second, advertiser_per_second; // 0: as TikTok's lowest tier, 8 and 8
	int64_t wait_first_ms, wait_most_ms;          // after a throttle, doubling; 0: 1 s, 5 min
	uint32_t buckets_max;                         // 0: 100,000; more are as if the advertiser had none of its own
};

struct pace *pace_new(const struct pace_options *options);
void pace_free(struct pace **pace);

// 0: the call may go now, and is counted; else in how many ms to ask again.
int64_t pace_take(struct pace *pace, const struct call *call, int64_t now_ms);

// What became of a call that went at `sent_ms`.
void pace_judged(struct pace *pace, const struct call *call, const struct call_result *result, int64_t sent_ms, int64_t now_ms);
