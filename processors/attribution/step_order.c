// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/match_context.h"
#include "processors/attribution/step.h"

// An order record with its amounts read.
struct reading {
	const struct order *order;
	const struct money_currency *currency;
	int64_t value, refunded; // minor; refunded -1: not said
	int64_t fingerprint;
	bool brings_context;
	int64_t stream_time; // of the orders, before this record
};

// What is known of the order over all goals.
struct standing {
	bool known;
	int64_t placed_at;
	struct view currency;
};

static int judge_fields(const struct order *o, struct reading *out, struct err *err)
{
	*out = (struct reading){.order = o, .refunded = -1};
	if (judge_text("order_id", o->order_id, err) != 0 || judge_enum("status", o->status, err) != 0 ||
		judge_text("value", o->value, err) != 0 || judge_text("currency", o->currency, err) != 0 || judge_context(&o->context, err) != 0 ||
		judge_item_ids(&o->items, err) != 0)
		return -1;
	if (judge_currency(o->currency, &out->currency, err) != 0 || judge_money("value", o->value, out->currency, &out->value, err) != 0)
		return -1;
	if (o->refunded.n && judge_money("refunded", o->refunded, out->currency, &out->refunded, err) != 0)
		return -1;
	return judge_item_prices(&o->items, err);
}

static int look_up(struct step_shard *s, const struct person *p, struct view id, struct standing *out, struct err *err)
{
	*out = (struct standing){.placed_at = INT64_MAX};
	for (size_t i = 0; i < p->known_count; i++) {
		struct known *k = p->known[i];

		if (k->goal->goal->source != GOAL_ORDERS || !view_eq(k->id, id))
			continue;
		if (person_decode(&s->people, k, err) != 0)
			return -1;
		out->known = true;
		out->currency = k->now.currency;
		if (k->time < out->placed_at)
			out->placed_at = k->time;
	}
	return 0;
}

static int judge_first(struct step_shard *s, const struct order *o, int64_t stream_time, struct err *err)
{
	int64_t lateness = s->rules->lateness_ms;

	if (judge_is_late(o->placed_at, stream_time, lateness))
		return judge_too_late("placed_at", o->placed_at, stream_time, lateness, err);
	if (judge_is_late(o->placed_at, s->position->horizon, lateness))
		return judge_too_late("placed_at", o->placed_at, s->position->horizon, lateness, err);
	return 0;
}

static int judge_standing(struct step_shard *s, const struct order *o, const struct standing *known, int64_t stream_time, struct err *err)
{
	if (known->known && judge_is_late(known->placed_at, stream_time, s->rules->order_lifetime_ms))
		return err_set(err, ERR_POISON, "order_closed", "the order was placed more than `order_lifetime` ago: it takes no further status");
	if ((!known->known || o->placed_at < known->placed_at) && judge_first(s, o, stream_time, err) != 0)
		return -1;
	if (known->known && judge_is_late(known->placed_at, o->placed_at, s->rules->lateness_ms))
		return err_set(err, ERR_POISON, "placed_at_changed",
			"field `placed_at` is more than `allowed_lateness` after the one known of this order");
	if (known->known && !view_eq(known->currency, o->currency))
		return err_set(err, ERR_POISON, "currency_changed", "the order is known in %.*s: an order keeps its currency",
			VIEW_ARG(known->currency));
	return 0;
}

// Does it bring a context still? Only while the stream, and the horizon, are within `allowed_lateness` of the order's placing.
static bool in_time_for_context(struct step_shard *s, const struct order *o, const struct standing *known, int64_t stream_time)
{
	int64_t placed_at = known->placed_at < o->placed_at ? known->placed_at : o->placed_at;

	return !judge_is_late(placed_at, stream_time, s->rules->lateness_ms) &&
		!judge_is_late(placed_at, s->position->horizon, s->rules->lateness_ms);
}

static void begin_known(const struct reading *in, struct known *k)
{
	struct attributed_conversion *now = &k->now;

	now->order_id = k->id;
	now->event = k->goal->goal->event;
	now->currency = view_of(in->currency->code, 3);
	now->status = FLAG_ABSENT;
	now->status_time = INT64_MIN;
	now->refunded_micros = TIME_ABSENT;
	now->context_time = TIME_ABSENT;
	k->time = INT64_MAX;
	match_context_none(&now->context);
}

static void merge_status(const struct reading *in, struct attributed_conversion *now)
{
	const struct order *o = in->order;
	int64_t value = money_micros(in->value, in->currency->exponent);
	bool newer = o->status_time != now->status_time ? o->status_time > now->status_time
		: o->status != now->status                  ? o->status > now->status
													: value > now->revenue.placed_micros;

	if (newer) {
		now->status_time = o->status_time;
		now->status = o->status;
		now->revenue.placed_micros = value;
	}
	if (in->refunded >= 0) {
		int64_t refunded = money_micros(in->refunded, in->currency->exponent);

		if (now->refunded_micros == TIME_ABSENT || refunded > now->refunded_micros)
			now->refunded_micros = refunded;
	}
}

static void merge_context(struct step_shard *s, const struct reading *in, struct known *k)
{
	const struct order *o = in->order;
	struct attributed_conversion *now = &k->now;
	bool earlier = now->context_time == TIME_ABSENT || o->status_time < now->context_time ||
		(o->status_time == now->context_time && in->fingerprint < now->source_fingerprint);

	if (!in->brings_context || !earlier)
		return;
	match_context_make(s->rules, s->digest, k->goal->goal, &o->context, &s->arena, &now->context);
	now->items = o->items;
	now->properties = o->properties;
	now->context_time = o->status_time;
	now->source_fingerprint = in->fingerprint;
}

// A goal that would only now hear of the order, or place it earlier, must still have its clicks. False: it does not take the record.
static bool goal_takes(const struct step_shard *s, const struct known *k, const struct reading *in)
{
	int64_t placed_at = in->order->placed_at;

	if (k && placed_at >= k->time)
		return true;
	return !judge_is_late(placed_at, in->stream_time, s->rules->lateness_ms) &&
		!judge_is_late(placed_at, s->position->horizon, s->rules->lateness_ms);
}

static int merge(struct step_shard *s, struct person *p, const struct rules_goal *goal, const struct reading *in, struct known *k,
	struct err *err)
{
	if (!k) {
		k = person_add_known(&s->people, p, goal, in->order->order_id);
		begin_known(in, k);
	}
	if (person_decode(&s->people, k, err) != 0)
		return -1;
	k->touched = true;
	k->denied |= in->order->context.consent == CONSENT_DENIED;
	if (in->order->placed_at < k->time)
		k->time = in->order->placed_at;
	merge_status(in, &k->now);
	merge_context(s, in, k);
	return 0;
}

static int merge_into_goals(struct step_shard *s, struct person *p, const struct reading *in, struct err *err)
{
	size_t selected = 0, taken = 0;

	for (size_t i = 0; i < p->tenant->goal_count; i++) {
		const struct rules_goal *goal = &p->tenant->goals[i];

		if (goal->goal->source != GOAL_ORDERS || !rules_where_matches(goal, in->order, &s->arena))
			continue;
		struct known *k = person_known(p, goal, in->order->order_id);
		selected++;
		if (!goal_takes(s, k, in))
			continue;
		taken++;
		if (merge(s, p, goal, in, k, err) != 0)
			return -1;
	}
	if (selected > 0 && taken == 0)
		return judge_too_late("placed_at", in->order->placed_at, in->stream_time, s->rules->lateness_ms, err);
	s->counts.accepted[INPUT_ORDERS] += taken > 0;
	s->counts.not_selected[INPUT_ORDERS] += selected == 0;
	return 0;
}

int step_order(struct step_shard *s, const struct record *r, const struct order *o, struct err *err)
{
	const struct judge_time times[] = {{"status_time", o->status_time, true, true}, {"placed_at", o->placed_at, true, true},
		{"context.ttclid_time", o->context.ttclid_time, false, false}};
	const struct rules_tenant *tenant;
	struct reading in;
	struct standing known;
	int64_t stream_time;

	if (step_owner(s, r, o->tenant, o->user, times, 3, &stream_time, &tenant, err) != 0 || judge_fields(o, &in, err) != 0)
		return -1;
	struct person *p = people_add(&s->people, store_hash(r->key), r->key, tenant);
	if (person_load(&s->people, p, err) != 0 || look_up(s, p, o->order_id, &known, err) != 0)
		return -1;
	if (judge_standing(s, o, &known, stream_time, err) != 0)
		return -1;
	in.stream_time = stream_time;
	in.brings_context = match_context_brings(&o->context, &o->items, &o->properties) && in_time_for_context(s, o, &known, stream_time);
	if (in.brings_context)
		in.fingerprint = step_fingerprint(s, contract_order, o);
	return merge_into_goals(s, p, &in, err);
}
