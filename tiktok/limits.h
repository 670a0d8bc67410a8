// SPDX-License-Identifier: Apache-2.0
// How fast requests may go: a token bucket that the other side can close. One for the app, one for each advertiser. Pure: the clock is the caller's.
//
// A throttle answer closes the bucket for a time that doubles from answer to answer, up to `wait_most_ms` (TikTok blocks for about five minutes after its
// limit per minute), and halves the pace; good answers bring the pace back. Requests that were in flight when it closed tell nothing new.
#pragma once
#include <stdint.h>

enum { LIMITS_RETRY_AFTER_MOST_MS = 60 * 60 * 1000 }; // a server that asks for more is not obeyed further

struct limits_bucket {
	double per_second; // 0: no limit until the other side sets one
	int64_t wait_first_ms, wait_most_ms;
	double pace, tokens; // pace: what is held now, at most per_second
	int64_t filled_ms, open_ms, wait_ms;
};

void limits_init(struct limits_bucket *bucket, double per_second, int64_t wait_first_ms, int64_t wait_most_ms);

// 0: a request may go now; else in how many ms to ask again.
int64_t limits_wait(struct limits_bucket *bucket, int64_t now_ms);
void limits_take(struct limits_bucket *bucket);

// `sent_ms`: when the request went that was answered so. `retry_after_ms`: as the server asks; -1: it does not.
void limits_throttled(struct limits_bucket *bucket, int64_t sent_ms, int64_t now_ms, int64_t retry_after_ms);
void limits_calm(struct limits_bucket *bucket, int64_t sent_ms);
