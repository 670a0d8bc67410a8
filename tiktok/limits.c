// SPDX-License-Identifier: Apache-2.0
#include "tiktok/limits.h"

enum { PACE_LEAST = 16, PACE_STEPS = 32 };

void limits_init(struct limits_bucket *b, double per_second, int64_t wait_first_ms, int64_t wait_most_ms)
{
	*b = (struct limits_bucket){.per_second = per_second > 0 ? per_second : 0,
		.wait_first_ms = wait_first_ms,
		.wait_most_ms = wait_most_ms,
		.filled_ms = INT64_MIN};
	b->pace = b->per_second;
}

static double burst(const struct limits_bucket *b)
{
	return b->pace > 1 ? b->pace : 1;
}

static void fill(struct limits_bucket *b, int64_t now_ms)
{
	if (b->filled_ms == INT64_MIN)
		b->tokens = burst(b);
	else if (now_ms > b->filled_ms)
		b->tokens += (double)(now_ms - b->filled_ms) / 1000 * b->pace;
	if (now_ms > b->filled_ms)
		b->filled_ms = now_ms;
	if (b->tokens > burst(b))
		b->tokens = burst(b);
}

int64_t limits_wait(struct limits_bucket *b, int64_t now_ms)
{
	if (now_ms < b->open_ms)
		return b->open_ms - now_ms;
	if (b->per_second == 0)
		return 0;
	fill(b, now_ms);
	return b->tokens >= 1 ? 0 : 1 + (int64_t)((1 - b->tokens) * 1000 / b->pace);
}

void limits_take(struct limits_bucket *b)
{
	b->tokens -= 1;
}

static void close_for(struct limits_bucket *b, int64_t now_ms, int64_t ms)
{
	if (now_ms + ms <= b->open_ms)
		return;
	b->open_ms = now_ms + ms;
	b->filled_ms = b->open_ms; // one request first, to see
	b->tokens = 1;
}

void limits_throttled(struct limits_bucket *b, int64_t sent_ms, int64_t now_ms, int64_t retry_after_ms)
{
	if (retry_after_ms > LIMITS_RETRY_AFTER_MOST_MS)
		retry_after_ms = LIMITS_RETRY_AFTER_MOST_MS;
	if (sent_ms >= b->open_ms) {
		b->wait_ms = b->wait_ms ? b->wait_ms * 2 : b->wait_first_ms;
		if (b->wait_ms > b->wait_most_ms)
			b->wait_ms = b->wait_most_ms;
		b->pace = b->pace / 2 > b->per_second / PACE_LEAST ? b->pace / 2 : b->per_second / PACE_LEAST;
		close_for(b, now_ms, b->wait_ms);
	}
	close_for(b, now_ms, retry_after_ms);
}

void limits_calm(struct limits_bucket *b, int64_t sent_ms)
{
	if (sent_ms < b->open_ms)
		return;
	b->wait_ms = 0;
	b->pace = b->pace + b->per_second / PACE_STEPS < b->per_second ? b->pace + b->per_second / PACE_STEPS : b->per_second;
}
