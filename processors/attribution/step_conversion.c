// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/match_context.h"
#include "processors/attribution/step.h"

struct reading {
	const struct conversion *conversion;
	const struct money_currency *currency; // NULL: none
	int64_t fingerprint;
	int64_t value; // minor, of the record's own value
};

static int judge_fields(const struct conversion *c, struct reading *out, struct err *err)
{
	*out = (struct reading){.conversion = c};
	if (judge_text("conversion_id", c->conversion_id, err) != 0 || judge_text("event", c->event, err) != 0 ||
		judge_context(&c->context, err) != 0 || judge_item_ids(&c->items, err) != 0)
		return -1;
	if (judge_currency(c->currency, &out->currency, err) != 0)
		return -1;
	if (c->value.n && judge_money("value", c->value, out->currency, &out->value, err) != 0)
		return -1;
	return judge_item_prices(&c->items, err);
}

static int judge_late(struct step_shard *s, const struct conversion *c, int64_t stream_time, struct err *err)
{
	int64_t lateness = s->rules->lateness_ms;

	if (judge_is_late(c->event_time, stream_time, lateness))
		return judge_too_late("event_time", c->event_time, stream_time, lateness, err);
	if (judge_is_late(c->event_time, s->position->horizon, lateness))
		return judge_too_late("event_time", c->event_time, s->position->horizon, lateness, err);
	return 0;
}

static struct view property(const struct properties *properties, struct view key)
{
	for (size_t i = properties->n; i > 0; i--)
		if (view_eq(properties->p[i - 1].key, key))
			return properties->p[i - 1].value;
	return VIEW_ABSENT;
}

// The value as the goal takes it. False: there, but not money.
static bool value_for(const struct goal *goal, const struct reading *in, int64_t *value)
{
	struct view text;

	*value = in->value;
	if (!goal->value_property.p)
		return true;
	*value = 0;
	text = property(&in->conversion->properties, goal->value_property);
	if (!text.p)
		return true;
	return in->currency && money_parse(text, in->currency->exponent, value) == 0;
}

static void replace(struct step_shard *s, struct known *k, const struct reading *in, int64_t value)
{
	const struct conversion *c = in->conversion;
	struct attributed_conversion *now = &k->now;

	k->time = c->event_time;
	now->order_id = c->order_id;
	now->event = c->event;
	now->currency = c->currency.p ? c->currency : VIEW_LIT("");
	now->status = FLAG_ABSENT;
	now->status_time = now->refunded_micros = now->context_time = TIME_ABSENT;
	now->source_fingerprint = in->fingerprint;
	now->revenue.placed_micros = in->currency ? money_micros(value, in->currency->exponent) : 0;
	now->items = c->items;
	now->properties = c->properties;
	match_context_make(s->rules, s->digest, k->goal->goal, &c->context, &s->arena, &now->context);
}

static bool counts_before(const struct known *k, const struct reading *in)
{
	if (in->conversion->event_time != k->time)
		return in->conversion->event_time < k->time;
	return in->fingerprint < k->now.source_fingerprint;
}

static int merge(struct step_shard *s, struct person *p, const struct rules_goal *goal, const struct reading *in, int64_t value,
	struct err *err)
{
	struct known *k = person_known(p, goal, in->conversion->conversion_id);
	bool fresh = !k;

	if (fresh)
		k = person_add_known(&s->people, p, goal, in->conversion->conversion_id);
	if (person_decode(&s->people, k, err) != 0)
		return -1;
	k->touched = true;
	k->denied |= in->conversion->context.consent == CONSENT_DENIED;
	if (fresh || counts_before(k, in))
		replace(s, k, in, value);
	return 0;
}

// How many goals look at the record, and how many cannot read its value.
struct selection {
	size_t selected, skipped;
};

static int merge_into_goals(struct step_shard *s, struct person *p, const struct reading *in, struct selection *out, struct err *err)
{
	*out = (struct selection){0, 0};
	for (size_t i = 0; i < p->tenant->goal_count; i++) {
		const struct rules_goal *goal = &p->tenant->goals[i];
		int64_t value;

		if (goal->goal->source != GOAL_CONVERSIONS || !view_eq(goal->goal->event, in->conversion->event) ||
			!rules_where_matches(goal, in->conversion, &s->arena))
			continue;
		out->selected++;
		if (!value_for(goal->goal, in, &value))
			out->skipped++;
		else if (merge(s, p, goal, in, value, err) != 0)
			return -1;
	}
	return 0;
}

// Most events of a shop are no goal: their users are not read.
static bool any_goal_wants(const struct rules_tenant *tenant, struct view event)
{
	for (size_t i = 0; i < tenant->goal_count; i++)
		if (tenant->goals[i].goal->source == GOAL_CONVERSIONS && view_eq(tenant->goals[i].goal->event, event))
			return true;
	return false;
}

int step_conversion(struct step_shard *s, const struct record *r, const struct conversion *c, struct err *err)
{
	const struct judge_time times[] = {{"event_time", c->event_time, true, true},
		{"context.ttclid_time", c->context.ttclid_time, false, false}};
	const struct rules_tenant *tenant;
	struct reading in;
	struct selection selection;
	int64_t stream_time;

	if (step_owner(s, r, c->tenant, c->user, times, 2, &stream_time, &tenant, err) != 0 || judge_fields(c, &in, err) != 0 ||
		judge_late(s, c, stream_time, err) != 0)
		return -1;
	if (!any_goal_wants(tenant, c->event)) {
		s->counts.not_selected[INPUT_CONVERSIONS]++;
		return 0;
	}
	struct person *p = people_add(&s->people, store_hash(r->key), r->key, tenant);
	if (person_load(&s->people, p, err) != 0)
		return -1;
	in.fingerprint = step_fingerprint(s, contract_conversion, c);
	if (merge_into_goals(s, p, &in, &selection, err) != 0)
		return -1;
	if (selection.selected && selection.skipped == selection.selected)
		return err_set(err, ERR_POISON, "bad_money",
			"the goals' `value_property` is there, but is not money in the record's currency, or the record has no currency");
	s->counts.accepted[INPUT_CONVERSIONS] += selection.selected > 0;
	s->counts.not_selected[INPUT_CONVERSIONS] += selection.selected == 0;
	return 0;
}
