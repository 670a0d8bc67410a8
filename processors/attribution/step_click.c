// SPDX-License-Identifier: Apache-2.0
#include "attribution/flood.h"
#include "attribution/landing_url.h"
#include "processors/attribution/landing_attrs.h"
#include "processors/attribution/step.h"

enum verdict_of_click { CLICK_KEPT, CLICK_DENIED, CLICK_BAD };

static struct view unless_placeholder(struct view text)
{
	return text.p && placeholder_is(text) ? VIEW_ABSENT : text;
}

static struct view first_set(struct view a, struct view b)
{
	return a.p ? a : b;
}

static bool is_macro(struct view text)
{
	return text.n && placeholder_is(text);
}

// A field beats the URL, which is read only if something is missing.
static void landing_of(struct step_shard *s, const struct click *c, struct landing *out, bool *macro)
{
	struct landing_params url = {0};
	struct view ttclid = unless_placeholder(c->ttclid);
	struct view channel = unless_placeholder(c->channel);

	*out = (struct landing){.time = c->event_time,
		.advertiser = unless_placeholder(c->advertiser_id),
		.campaign = unless_placeholder(c->campaign_id),
		.adgroup = unless_placeholder(c->adgroup_id),
		.ad = unless_placeholder(c->ad_id)};
	bool complete = ttclid.p && out->advertiser.p && out->campaign.p && out->adgroup.p && out->ad.p;
	if (!complete && c->landing_url.n)
		landing_url_read(c->landing_url, &s->arena, &url);
	ttclid = first_set(ttclid, url.ttclid);
	out->is_ttclid = ttclid.p != NULL;
	out->id = first_set(ttclid, unless_placeholder(c->touch_id));
	out->channel = first_set(channel, VIEW_LIT("tiktok"));
	out->advertiser = first_set(out->advertiser, url.advertiser_id);
	out->campaign = first_set(out->campaign, url.campaign_id);
	out->adgroup = first_set(out->adgroup, url.adgroup_id);
	out->ad = first_set(out->ad, url.ad_id);
	*macro = is_macro(c->ttclid) || is_macro(c->touch_id) || url.ttclid_macro;
}

static int judge_identity(const struct landing *landing, bool macro, struct err *err)
{
	if (landing->id.p)
		return 0;
	if (macro)
		return err_set(err, ERR_POISON, "placeholder_id",
			"no identity is left: `ttclid`, `touch_id` or the URL's ttclid holds an unexpanded macro such as __CLICKID__. Correct the ad's URL");
	return err_set(err, ERR_POISON, "no_click_id",
		"neither `ttclid`, `touch_id` nor a ttclid in `landing_url` is there: nothing to give credit to");
}

// `horizon`: as it bound this record. The smallest conversion time that can still see a click follows from it.
// ceiling: the record in; tenant and landing out
static enum verdict_of_click judge_click(struct step_shard *s, const struct record *r, const struct click *c, int64_t horizon,
	const struct rules_tenant **tenant, struct landing *landing, struct err *err)
{
	const struct judge_time times[] = {{"event_time", c->event_time, true, true}};
	int64_t stream_time;
	bool macro;

	if (step_owner(s, r, c->tenant, c->user, times, 1, &stream_time, tenant, err) != 0 || judge_enum("consent", c->consent, err) != 0)
		return CLICK_BAD;
	if (c->consent == CONSENT_DENIED)
		return CLICK_DENIED;
	landing_of(s, c, landing, &macro);
	if (judge_identity(landing, macro, err) != 0)
		return CLICK_BAD;
	if (horizon > stream_time)
		stream_time = horizon;
	if (!judge_is_late(c->event_time, stream_time, s->rules->lateness_ms))
		return CLICK_KEPT;
	judge_too_late("event_time", c->event_time, stream_time, s->rules->lateness_ms, err);
	return CLICK_BAD;
}

static void keep(struct step_shard *s, uint64_t hash, struct view user, const struct landing *landing)
{
	buf_reset(&s->bytes);
	landing_attrs_encode(landing, &s->bytes);
	struct state_click click = {landing->time, landing->id, buf_view(&s->bytes)};
	store_add_click(s->store, hash, user, &click);
}

static struct landing landing_dup(struct arena *arena, const struct landing *l)
{
	return (struct landing){l->time, arena_dup(arena, l->id), l->is_ttclid, arena_dup(arena, l->channel), arena_dup(arena, l->advertiser),
		arena_dup(arena, l->campaign), arena_dup(arena, l->adgroup), arena_dup(arena, l->ad)};
}

// On time, a click is a blind write. Late is one that a known conversion may see.
static void note_late(struct step_shard *s, uint64_t hash, struct view user, const struct rules_tenant *tenant,
	const struct landing *landing)
{
	struct person *p = people_find(&s->people, hash, user);

	if (!p && !store_may_have_conversion(s->store, hash, flood_hour(landing->time)))
		return;
	if (!p)
		p = people_add(&s->people, hash, user, tenant);
	if (p->loaded) {
		struct landing copy = landing_dup(&s->arena, landing);

		person_add_landing(&s->people, p, &copy);
	}
	person_note_late(p, landing->time);
	s->counts.late_clicks++;
}

int step_click(struct step_shard *s, const struct record *r, const struct click *c, struct err *err)
{
	const struct rules_tenant *tenant;
	struct landing landing;

	switch (judge_click(s, r, c, s->position->horizon, &tenant, &landing, err)) {
	case CLICK_BAD:
		return -1;
	case CLICK_DENIED:
		s->counts.denied++;
		return 0;
	case CLICK_KEPT:
		break;
	}
	uint64_t hash = store_hash(r->key);
	note_late(s, hash, r->key, tenant, &landing);
	keep(s, hash, r->key, &landing);
	s->counts.accepted[INPUT_CLICKS]++;
	return 0;
}

int step_click_again(struct step_shard *s, const struct record *r, const struct click *c, struct err *err)
{
	const struct rules_tenant *tenant;
	struct landing landing;
	int64_t horizon = position_bound_at(s->position, r->offset);
	enum verdict_of_click verdict = judge_click(s, r, c, horizon, &tenant, &landing, err);

	if (verdict == CLICK_KEPT)
		keep(s, store_hash(r->key), r->key, &landing);
	return verdict == CLICK_BAD ? -1 : 0;
}
