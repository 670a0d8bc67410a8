// SPDX-License-Identifier: Apache-2.0
#include "attribution/attribute.h"

#include "attribution/touch.h"
#include "attribution/weight.h"

#define SHARE_WHOLE INT64_C(1000000000)

// A basis that equals an earlier one is split alike, so it need not be split again.
static int same_basis(const struct amounts *amounts, int basis)
{
	for (int i = 0; i < basis; i++)
		if (amounts->basis[i] == amounts->basis[basis])
			return i;
	return -1;
}

static void split_basis(const struct weight_set *set, const struct amounts *amounts, int basis, struct arena *arena, struct share *shares)
{
	int same = same_basis(amounts, basis);
	int64_t *parts = arena_take(arena, set->n * sizeof *parts);

	if (same < 0)
		weight_split(set, amounts->basis[basis], arena, parts);
	for (size_t i = 0; i < set->n; i++)
		shares[i].minor[basis] = same < 0 ? parts[i] : shares[i].minor[same];
}

static void split_whole(const struct weight_set *set, const struct amounts *amounts, struct arena *arena, struct share *shares)
{
	int64_t *parts = arena_take(arena, set->n * sizeof *parts);

	weight_split(set, SHARE_WHOLE, arena, parts);
	for (size_t i = 0; i < set->n; i++) {
		shares[i].share_nanos = parts[i];
		for (int basis = 0; basis < GOAL_NET; basis++)
			shares[i].counts[basis] = amounts->counts[basis] ? parts[i] : 0;
	}
}

// Sections 7 and 8 over touchpoints that are known. `shares` has room for them; other memory that it takes is the caller's to return.
static void give_credit(const struct goal *goal, const struct amounts *amounts, const struct landing *const *touches, size_t n,
	struct arena *arena, struct share *shares)
{
	struct weight_set set;

	weight_assign(goal, touches, n, arena, &set);
	for (size_t i = 0; i < n; i++)
		shares[i].touch = *touches[i];
	split_whole(&set, amounts, arena, shares);
	for (int basis = 0; basis < GOAL_BASES; basis++)
		split_basis(&set, amounts, basis, arena, shares);
}

static enum attribute_outcome outcome_with_credits(const struct facts *facts)
{
	return facts->cancelled ? ATTR_CANCELLED : ATTR_ATTRIBUTED;
}

static const struct landing **eligible_of(const struct touch_list *list, struct arena *arena)
{
	const struct landing **eligible = arena_take(arena, list->eligible * sizeof(struct landing *));
	size_t n = 0;

	for (size_t i = 0; i < list->n; i++)
		if (list->touches[i].fate == TOUCH_ELIGIBLE)
			eligible[n++] = list->touches[i].landing;
	return eligible;
}

static struct share *shares_new(size_t count, struct arena *arena)
{
	return count ? arena_take(arena, count * sizeof(struct share)) : NULL;
}

// ceiling: what F is asked, and where the answer goes
void attribute(const struct goal *goal, int64_t max_lookback_ms, const struct facts *facts, const struct landing *landings,
	size_t landing_count, struct arena *arena, struct verdict *out)
{
	*out = (struct verdict){.outcome = facts->denied ? ATTR_NO_CONSENT : ATTR_NOT_FIRST};
	if (facts->denied || !facts->first)
		return;

	// Room for the result comes before the scratch memory, so that the latter can be given back.
	size_t limit = (size_t)goal->max_touchpoints;
	struct share *shares = shares_new(landing_count + 1 < limit ? landing_count + 1 : limit, arena);
	struct arena_mark mark = arena_mark(arena);
	struct touch_list list;

	touch_judge(goal, max_lookback_ms, facts, landings, landing_count, arena, &list);
	if (list.eligible == 0) {
		out->outcome = list.outside ? ATTR_OUTSIDE_WINDOW : ATTR_NO_CLICK;
	} else {
		give_credit(goal, &facts->amounts, eligible_of(&list, arena), list.eligible, arena, shares);
		*out = (struct verdict){outcome_with_credits(facts), list.truncated, shares, list.eligible};
	}
	arena_return(arena, mark);
}

// ceiling: facts, what stands listed with its outcome, and where the answer goes
void attribute_frozen(const struct goal *goal, const struct facts *facts, const struct landing *listed, size_t listed_count,
	enum attribute_outcome outcome, bool truncated, struct arena *arena, struct verdict *out)
{
	bool had_credits = outcome == ATTR_ATTRIBUTED || outcome == ATTR_CANCELLED;

	CHECK(had_credits == (listed_count > 0));
	*out = (struct verdict){.outcome = facts->denied ? ATTR_NO_CONSENT : outcome};
	if (facts->denied || !had_credits)
		return;

	struct share *shares = shares_new(listed_count, arena);
	struct arena_mark mark = arena_mark(arena);
	const struct landing **touches = arena_take(arena, listed_count * sizeof(struct landing *));
	for (size_t i = 0; i < listed_count; i++)
		touches[i] = &listed[i];
	give_credit(goal, &facts->amounts, touches, listed_count, arena, shares);
	*out = (struct verdict){outcome_with_credits(facts), truncated, shares, listed_count};
	arena_return(arena, mark);
}
