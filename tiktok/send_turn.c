// SPDX-License-Identifier: Apache-2.0
// Tenants take turns, a request each. A tenant whose requests fail holds one slot at most and waits between them, so that its trouble is its own.
#include "tiktok/send_private.h"

static void enter(struct sender *s, struct send_tenant *tenant)
{
	struct send_tenant *turn = s->turn;

	if (!turn) {
		s->turn = tenant->next = tenant->prev = tenant;
		return;
	}
	tenant->next = turn; // behind all others
	tenant->prev = turn->prev;
	turn->prev->next = tenant;
	turn->prev = tenant;
}

static void leave(struct sender *s, struct send_tenant *tenant)
{
	if (s->turn == tenant)
		s->turn = tenant->next == tenant ? NULL : tenant->next;
	tenant->next->prev = tenant->prev;
	tenant->prev->next = tenant->next;
	tenant->next = tenant->prev = NULL;
}

void send_turn_ready(struct sender *s, struct send_batch *b)
{
	struct send_tenant *tenant = b->queue->tenant;

	if (!tenant->ready.first)
		enter(s, tenant);
	send_batch_push(&tenant->ready, b);
}

static int slots_of(const struct sender *s, const struct send_tenant *tenant)
{
	int all = s->options.requests_in_flight;

	return tenant->failures ? 1 : all - all / 4;
}

static void earliest(int64_t *until_ms, int64_t ms)
{
	if (ms < *until_ms)
		*until_ms = ms;
}

bool send_turn_can_come(const struct sender *s, const struct send_tenant *tenant, int64_t now_ms, int64_t *until_ms)
{
	if (tenant->in_flight >= slots_of(s, tenant))
		return false; // the end of a request wakes the thread
	if (tenant->hold_ms > now_ms) {
		earliest(until_ms, tenant->hold_ms);
		return false;
	}
	for (const struct send_batch *b = tenant->ready.first; b; b = b->next) {
		if (b->due_ms <= now_ms)
			return false; // it goes first
	}
	return true;
}

// With `refused` the limits do not count: it may be answered without a request.
static bool may_go(struct sender *s, const struct send_batch *b, int64_t now_ms, int64_t *until_ms)
{
	int64_t wait;

	if (b->due_ms > now_ms) {
		earliest(until_ms, b->due_ms);
		return false;
	}
	if (b->queue->tenant->refused)
		return true;
	wait = limits_wait(&s->app, now_ms);
	if (!wait)
		wait = limits_wait(&b->queue->advertiser->bucket, now_ms);
	if (wait)
		earliest(until_ms, now_ms + wait);
	return wait == 0;
}

static struct send_batch *of_tenant(struct sender *s, const struct send_tenant *tenant, int64_t now_ms, int64_t *until_ms)
{
	if (tenant->in_flight >= slots_of(s, tenant))
		return NULL; // the end of a request wakes the thread
	if (tenant->hold_ms > now_ms) {
		earliest(until_ms, tenant->hold_ms);
		return NULL;
	}
	for (struct send_batch *b = tenant->ready.first; b; b = b->next) {
		if (may_go(s, b, now_ms, until_ms))
			return b;
	}
	return NULL;
}

struct send_batch *send_turn_next(struct sender *s, int64_t now_ms, int64_t *until_ms)
{
	struct send_tenant *tenant = s->turn;

	if (!tenant)
		return NULL;
	do {
		struct send_batch *b = of_tenant(s, tenant, now_ms, until_ms);

		if (b) {
			s->turn = tenant->next;
			send_batch_remove(&tenant->ready, b);
			if (!tenant->ready.first)
				leave(s, tenant);
			return b;
		}
		tenant = tenant->next;
	} while (tenant != s->turn);
	return NULL;
}
