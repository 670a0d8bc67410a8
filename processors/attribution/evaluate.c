// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/evaluate.h"

#include "attribution/first.h"
#include "attribution/revenue.h"
#include "processors/attribution/match_context.h"
#include "processors/attribution/touchpoint.h"

_Static_assert((int)ATTR_NO_CLICK == (int)OUTCOME_NO_CLICK && (int)ATTR_NOT_FIRST == (int)OUTCOME_NOT_FIRST, "outcomes in one order");
_Static_assert((int)REV_REFUNDED == (int)STATUS_REFUNDED && (int)GOAL_NET == (int)BASIS_NET, "statuses and bases in one order");

enum { CENTS = 2 };

// Micros of one minor unit.
static int64_t unit_of(const struct attributed_conversion *now)
{
	const struct money_currency *currency = money_currency(now->currency);

	return money_micros(1, currency ? currency->exponent : CENTS);
}

static bool is_first(const struct person *p, const struct known *k, struct arena *arena)
{
	const struct goal *goal = k->goal->goal;
	struct first_entry asked = {k->time, k->id};

	if (!goal->only_first_conversion)
		return true;
	struct first_entry *others = arena_take(arena, p->known_count * sizeof *others);
	size_t n = 0;
	for (size_t i = 0; i < p->known_count; i++)
		if (p->known[i]->goal == k->goal)
			others[n++] = (struct first_entry){p->known[i]->time, p->known[i]->id};
	return first_is(goal, &asked, others, n);
}

static void fill_facts(const struct person *p, const struct known *k, struct arena *arena, struct facts *out)
{
	const struct attributed_conversion *now = &k->now;
	const struct context *c = &now->context;
	int64_t unit = unit_of(now), value = now->revenue.placed_micros / unit;
	bool own = c->ttclid.p && c->ttclid_time != TIME_ABSENT;

	*out =
		(struct facts){.time = k->time, .denied = k->denied, .first = is_first(p, k, arena), .cancelled = now->status == STATUS_CANCELLED};
	if (own) {
		out->own_ttclid = c->ttclid;
		out->own_time = c->ttclid_time;
	}
	if (k->goal->goal->source == GOAL_CONVERSIONS) {
		revenue_of_conversion(value, &out->amounts);
		return;
	}
	int64_t refunded = now->refunded_micros == TIME_ABSENT ? REVENUE_NO_REFUND : now->refunded_micros / unit;
	revenue_of_order((enum revenue_status)now->status, value, refunded, &out->amounts);
}

static void run_frozen(const struct known *k, const struct facts *facts, struct arena *arena, struct verdict *out)
{
	const struct credits *listed = &k->before.credits;
	struct landing *landings = arena_take(arena, listed->n * sizeof *landings);

	CHECK(k->stored.p);
	for (size_t i = 0; i < listed->n; i++)
		landings[i] = touchpoint_of(&listed->p[i]);
	attribute_frozen(k->goal->goal, facts, landings, listed->n, (enum attribute_outcome)k->before.outcome, k->before.truncated, arena, out);
}

static struct revenue revenue_of(const int64_t minor[GOAL_BASES], int64_t unit)
{
	return (struct revenue){minor[GOAL_PLACED] * unit, minor[GOAL_CONFIRMED] * unit, minor[GOAL_DELIVERED] * unit, minor[GOAL_NET] * unit};
}

static void fill_credit(const struct goal *goal, const struct share *share, int64_t unit, struct credit *out)
{
	*out = touchpoint_credit(&share->touch);
	out->share_nanos = share->share_nanos;
	out->value_micros = share->minor[goal->value_basis] * unit;
	out->revenue = revenue_of(share->minor, unit);
	out->conversions = (struct counts){share->counts[0], share->counts[1], share->counts[2]};
}

static void fill_credits(const struct goal *goal, const struct verdict *v, int64_t unit, struct arena *arena, struct credits *out)
{
	out->n = v->share_count;
	out->p = arena_take(arena, (out->n ? out->n : 1) * sizeof *out->p);
	for (size_t i = 0; i < out->n; i++)
		fill_credit(goal, &v->shares[i], unit, &out->p[i]);
}

static void fill_amounts(const struct goal *goal, const struct amounts *amounts, int64_t unit, struct attributed_conversion *now)
{
	enum { WHOLE = 1000000000 };

	now->revenue = revenue_of(amounts->basis, unit);
	now->value_micros = amounts->basis[goal->value_basis] * unit;
	now->conversions = (struct counts){amounts->counts[0] ? WHOLE : 0, amounts->counts[1] ? WHOLE : 0, amounts->counts[2] ? WHOLE : 0};
	now->refund_clamped = now->refunded_micros != TIME_ABSENT && now->refunded_micros > now->revenue.placed_micros;
}

static void fill_names(const struct person *p, const struct known *k, struct attributed_conversion *now)
{
	const struct goal *goal = k->goal->goal;

	now->tenant = p->tenant->tenant->id;
	now->user = p->user;
	now->goal = goal->name;
	now->conversion_id = k->id;
	now->conversion_time = k->time;
	now->model = k->goal->model;
	now->participation_group = k->goal->group;
	now->value_basis = k->goal->basis;
	now->lookback_ms = goal->lookback_ms;
}

void evaluate_known(struct step_shard *s, const struct person *p, struct known *k)
{
	const struct goal *goal = k->goal->goal;
	struct attributed_conversion *now = &k->now;
	int64_t unit = unit_of(now);
	struct facts facts;
	struct verdict verdict;

	fill_facts(p, k, &s->arena, &facts);
	if (judge_is_late(k->time, s->position->horizon, s->rules->lateness_ms))
		run_frozen(k, &facts, &s->arena, &verdict);
	else
		attribute(goal, p->tenant->tenant->max_lookback_ms, &facts, p->landings, p->landing_count, &s->arena, &verdict);
	fill_names(p, k, now);
	fill_amounts(goal, &facts.amounts, unit, now);
	now->outcome = (int8_t)verdict.outcome;
	now->truncated = verdict.truncated;
	fill_credits(goal, &verdict, unit, &s->arena, &now->credits);
	now->previous = (struct credits){NULL, 0};
	if (k->denied)
		match_context_deny(&now->context);
}
