// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/delta.h"

struct change {
	struct view currency, advertiser;
	struct credit_change entry;
	bool taken;
};

struct changes {
	struct change *p;
	size_t n;
};

static void add_scaled(struct credit_change *to, const struct credit *c, int64_t sign)
{
	to->revenue.placed_micros += sign * c->revenue.placed_micros;
	to->revenue.confirmed_micros += sign * c->revenue.confirmed_micros;
	to->revenue.delivered_micros += sign * c->revenue.delivered_micros;
	to->revenue.net_micros += sign * c->revenue.net_micros;
	to->conversions.placed_nanos += sign * c->conversions.placed_nanos;
	to->conversions.confirmed_nanos += sign * c->conversions.confirmed_nanos;
	to->conversions.delivered_nanos += sign * c->conversions.delivered_nanos;
}

static bool is_zero(const struct credit_change *c)
{
	const struct revenue *r = &c->revenue;
	const struct counts *n = &c->conversions;

	return !(r->placed_micros || r->confirmed_micros || r->delivered_micros || r->net_micros || n->placed_nanos || n->confirmed_nanos ||
		n->delivered_nanos);
}

static struct change change_of(struct view currency, const struct credit *c, int64_t sign)
{
	struct change out = {.currency = currency,
		.advertiser = c->advertiser_id,
		.entry = {.click_id = c->click_id,
			.click_time = c->click_time,
			.channel = c->channel,
			.campaign_id = c->campaign_id,
			.adgroup_id = c->adgroup_id,
			.ad_id = c->ad_id}};

	add_scaled(&out.entry, c, sign);
	return out;
}

static void add(struct changes *out, struct change change)
{
	if (!is_zero(&change.entry))
		out->p[out->n++] = change;
}

static int click_order(const struct credit *a, const struct credit *b)
{
	if (a->click_time != b->click_time)
		return a->click_time < b->click_time ? -1 : 1;
	return view_cmp(a->click_id, b->click_id);
}

static bool same_attributes(const struct credit *a, const struct credit *b)
{
	return view_eq(a->channel, b->channel) && view_eq(a->advertiser_id, b->advertiser_id) && view_eq(a->campaign_id, b->campaign_id) &&
		view_eq(a->adgroup_id, b->adgroup_id) && view_eq(a->ad_id, b->ad_id);
}

static void add_pair(struct changes *out, const struct delta_side *before, const struct credit *was, const struct delta_side *after,
	const struct credit *is)
{
	struct change change = change_of(after->currency, is, 1);

	if (view_eq(before->currency, after->currency) && same_attributes(was, is)) {
		add_scaled(&change.entry, was, -1);
		add(out, change);
		return;
	}
	add(out, change_of(before->currency, was, -1));
	add(out, change);
}

static void compare(const struct delta_side *before, const struct delta_side *after, struct changes *out)
{
	const struct credit *was = before->credits.p, *was_end = was + before->credits.n;
	const struct credit *is = after->credits.p, *is_end = is + after->credits.n;

	while (was < was_end || is < is_end) {
		int order = was == was_end ? 1 : is == is_end ? -1 : click_order(was, is);

		if (order < 0)
			add(out, change_of(before->currency, was++, -1));
		else if (order > 0)
			add(out, change_of(after->currency, is++, 1));
		else
			add_pair(out, before, was++, after, is++);
	}
}

static void collect(struct changes *changes, size_t leader, struct arena *arena, struct credit_delta *out)
{
	struct change *first = &changes->p[leader];

	out->currency = first->currency;
	out->advertiser_id = first->advertiser;
	out->deltas.p = arena_take(arena, (changes->n - leader) * sizeof *out->deltas.p);
	for (size_t i = leader; i < changes->n; i++) {
		struct change *c = &changes->p[i];

		if (c->taken || !view_eq(c->currency, first->currency) || !view_eq(c->advertiser, first->advertiser))
			continue;
		c->taken = true;
		out->deltas.p[out->deltas.n++] = c->entry;
	}
}

void delta_between(const struct attributed_conversion *whose, const struct delta_side *before, const struct delta_side *after,
	struct arena *arena, struct credit_delta **deltas, size_t *count)
{
	size_t most = 2 * (before->credits.n + after->credits.n);
	struct changes changes = {arena_take(arena, most * sizeof *changes.p), 0};

	compare(before, after, &changes);
	*deltas = arena_zero(arena, changes.n * sizeof **deltas);
	*count = 0;
	for (size_t i = 0; i < changes.n; i++) {
		if (changes.p[i].taken)
			continue;
		struct credit_delta *d = &(*deltas)[(*count)++];
		d->tenant = whose->tenant;
		d->goal = whose->goal;
		d->conversion_id = whose->conversion_id;
		d->conversion_time = whose->conversion_time;
		collect(&changes, i, arena, d);
	}
}
