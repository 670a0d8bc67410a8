// SPDX-License-Identifier: Apache-2.0
// Over many random users: shares and money add up in every group, arrival order changes nothing, the touchpoints are those of the text of
// the rules read literally, and what is frozen splits as it did before.
#include "attribution/attribute.h"
#include "attribution/flood.h"
#include "tests/unit/attribution/story.h"

enum { ROUNDS = 20000, LANDINGS = 24 };

static struct arena arena;
static uint64_t seed;

struct world {
	struct goal goal;
	struct view channels[1];
	int64_t max_lookback_ms;
	struct facts facts;
	struct landing landings[LANDINGS];
	size_t n;
};

static struct view pick(const char *const *texts, size_t n)
{
	return view_text(texts[story_below(&seed, n)]);
}

static struct landing random_landing(void)
{
	static const char *const ids[] = {"a", "b", "c", "d", "e", "f", "own"};
	static const char *const channels[] = {"tiktok", "tiktok", "meta"};
	static const char *const numbers[] = {NULL, "1", "2"};

	return (struct landing){
		.time = (int64_t)story_below(&seed, 60),
		.id = pick(ids, COUNT(ids)),
		.is_ttclid = story_below(&seed, 2),
		.channel = pick(channels, COUNT(channels)),
		.advertiser = pick(numbers, COUNT(numbers)),
		.campaign = pick(numbers, COUNT(numbers)),
		.adgroup = pick(numbers, COUNT(numbers)),
		.ad = pick(numbers, COUNT(numbers)),
	};
}

static struct goal random_goal(int64_t max_lookback_ms)
{
	struct goal goal = story_goal((enum goal_model)story_below(&seed, MODEL_CUSTOM + 1));

	goal.lookback_ms = (int64_t)story_below(&seed, (uint64_t)max_lookback_ms + 1);
	goal.participation_group = (enum goal_group)story_below(&seed, GROUP_CHANNEL + 1);
	goal.half_life_ms = 1 + (int64_t)story_below(&seed, 30);
	goal.max_touchpoints = 1 + (int)story_below(&seed, 8);
	for (int i = 0; i < 3; i++)
		goal.weights[i] = (int)story_below(&seed, 4);
	goal.weights[1] += goal.weights[0] + goal.weights[1] + goal.weights[2] == 0;
	return goal;
}

static struct facts random_facts(void)
{
	struct facts facts = {.time = 20 + (int64_t)story_below(&seed, 40), .first = true};
	int64_t refunded = story_below(&seed, 2) ? (int64_t)story_below(&seed, 2000) : REVENUE_NO_REFUND;

	revenue_of_order((enum revenue_status)story_below(&seed, REV_REFUNDED + 1), (int64_t)story_below(&seed, 1500), refunded,
		&facts.amounts);
	if (story_below(&seed, 3) == 0) {
		facts.own_ttclid = VIEW_LIT("own");
		facts.own_time = (int64_t)story_below(&seed, 60);
	}
	return facts;
}

static void random_world(struct world *w)
{
	w->max_lookback_ms = 1 + (int64_t)story_below(&seed, 25);
	w->goal = random_goal(w->max_lookback_ms);
	w->channels[0] = VIEW_LIT("tiktok");
	w->goal.channels = w->channels;
	w->goal.channel_count = story_below(&seed, 4) == 0;
	w->facts = random_facts();
	w->n = story_below(&seed, LANDINGS + 1);
	for (size_t i = 0; i < w->n; i++)
		w->landings[i] = random_landing();
	arena_reset(&arena);
}

static struct verdict verdict_of(const struct world *w)
{
	struct verdict verdict;

	attribute(&w->goal, w->max_lookback_ms, &w->facts, w->landings, w->n, &arena, &verdict);
	return verdict;
}

// --- Section 5 read literally, in quadratic time ---

static bool in_range(const struct world *w, int64_t time)
{
	return time >= w->facts.time - 2 * w->max_lookback_ms && time <= w->facts.time;
}

static const struct landing *literal_model(const struct world *w)
{
	const struct landing *now = NULL, *earliest = NULL;

	for (size_t i = 0; i < w->n; i++) {
		const struct landing *l = &w->landings[i];
		if (!in_range(w, l->time) || !view_eq(l->id, w->facts.own_ttclid))
			continue;
		if (l->time == w->facts.own_time && (!now || landing_cmp_full(l, now) < 0))
			now = l;
		if (!earliest || landing_cmp_full(l, earliest) < 0)
			earliest = l;
	}
	return now ? now : earliest;
}

static size_t literal_landings(const struct world *w, struct landing *out)
{
	size_t n = 0;

	for (size_t i = 0; i < w->n; i++)
		if (in_range(w, w->landings[i].time))
			out[n++] = w->landings[i];
	if (view_is_set(w->facts.own_ttclid) && in_range(w, w->facts.own_time)) {
		const struct landing *model = literal_model(w);

		out[n] = model ? *model : (struct landing){.id = w->facts.own_ttclid, .channel = VIEW_LIT("tiktok")};
		out[n].time = w->facts.own_time;
		out[n++].is_ttclid = true;
	}
	return n;
}

static bool literal_is_touchpoint(const struct world *w, const struct landing *l, size_t n, size_t i)
{
	for (size_t k = 0; k < n; k++) {
		if (k != i && landing_cmp(&l[k], &l[i]) == 0) { // the smallest of its equals, and of exact copies the first
			int order = landing_cmp_full(&l[k], &l[i]);
			if (order < 0 || (order == 0 && k < i))
				return false;
		}
		if (view_eq(l[k].id, l[i].id) && l[k].time >= l[i].time - w->max_lookback_ms && l[k].time < l[i].time)
			return false;
	}
	return w->goal.channel_count == 0 || view_eq(l[i].channel, VIEW_LIT("tiktok"));
}

// Eligible touchpoints, oldest first, before the limit; `outside` tells of others.
static size_t literal_eligible(const struct world *w, struct landing *out, bool *outside)
{
	struct landing all[LANDINGS + 1];
	size_t n = literal_landings(w, all), eligible = 0;

	*outside = false;
	for (size_t i = 0; i < n; i++) {
		if (!literal_is_touchpoint(w, all, n, i))
			continue;
		if (w->facts.time - all[i].time > w->goal.lookback_ms)
			*outside = true;
		else
			out[eligible++] = all[i];
	}
	return flood_trim(out, eligible); // sorts
}

static void touchpoints_are_those_of_the_text(void **state)
{
	size_t seen[6] = {0}, truncated = 0;

	(void)state;
	seed = 100;
	for (int round = 0; round < ROUNDS; round++) {
		struct world w;
		struct landing expected[LANDINGS + 1];
		bool outside;

		random_world(&w);
		struct verdict verdict = verdict_of(&w);
		size_t n = literal_eligible(&w, expected, &outside), limit = (size_t)w.goal.max_touchpoints;
		size_t dropped = n > limit ? n - limit : 0;
		assert_int_equal(verdict.outcome, n > 0 ? ATTR_ATTRIBUTED : outside ? ATTR_OUTSIDE_WINDOW : ATTR_NO_CLICK);
		assert_int_equal(verdict.truncated, dropped > 0);
		assert_int_equal(verdict.share_count, n - dropped);
		for (size_t i = 0; i < verdict.share_count; i++)
			assert_int_equal(landing_cmp_full(&verdict.shares[i].touch, &expected[dropped + i]), 0);
		seen[verdict.outcome]++;
		truncated += verdict.truncated;
	}
	assert_true(seen[ATTR_ATTRIBUTED] > 1000 && seen[ATTR_OUTSIDE_WINDOW] > 1000 && seen[ATTR_NO_CLICK] > 100 && truncated > 100);
}

// --- Sums ---

static bool same_group(const struct goal *goal, const struct landing *a, const struct landing *b)
{
	if (goal->model != MODEL_PARTICIPATION)
		return true;
	switch (goal->participation_group) {
	case GROUP_CLICK:
		return view_eq(a->id, b->id);
	case GROUP_AD:
		return view_eq(a->channel, b->channel) && view_eq(a->ad, b->ad);
	case GROUP_ADGROUP:
		return view_eq(a->channel, b->channel) && view_eq(a->adgroup, b->adgroup);
	case GROUP_CAMPAIGN:
		return view_eq(a->channel, b->channel) && view_eq(a->campaign, b->campaign);
	default:
		return view_eq(a->channel, b->channel);
	}
}

static void assert_group_adds_up(const struct world *w, const struct verdict *verdict, size_t of)
{
	int64_t nanos = 0, minor[GOAL_BASES] = {0}, counts[3] = {0};

	for (size_t i = 0; i < verdict->share_count; i++) {
		const struct share *share = &verdict->shares[i];
		if (!same_group(&w->goal, &share->touch, &verdict->shares[of].touch))
			continue;

		assert_true(share->share_nanos >= 0);
		nanos += share->share_nanos;
		for (int basis = 0; basis < GOAL_BASES; basis++) {
			assert_true(share->minor[basis] >= 0);
			minor[basis] += share->minor[basis];
		}
		for (int basis = 0; basis < GOAL_NET; basis++)
			counts[basis] += share->counts[basis];
	}
	assert_int_equal(nanos, 1000000000);
	for (int basis = 0; basis < GOAL_BASES; basis++)
		assert_int_equal(minor[basis], w->facts.amounts.basis[basis]);
	for (int basis = 0; basis < GOAL_NET; basis++)
		assert_int_equal(counts[basis], w->facts.amounts.counts[basis] ? 1000000000 : 0);
}

static void every_group_adds_up_on_every_basis(void **state)
{
	(void)state;
	seed = 200;
	for (int round = 0; round < ROUNDS; round++) {
		struct world w;

		random_world(&w);
		struct verdict verdict = verdict_of(&w);
		for (size_t i = 0; i < verdict.share_count; i++)
			assert_group_adds_up(&w, &verdict, i);
	}
}

// --- Order and repetition ---

static void assert_same(const struct verdict *a, const struct verdict *b)
{
	assert_int_equal(a->outcome, b->outcome);
	assert_int_equal(a->truncated, b->truncated);
	assert_int_equal(a->share_count, b->share_count);
	for (size_t i = 0; i < a->share_count; i++) {
		const struct share *x = &a->shares[i], *y = &b->shares[i];

		assert_int_equal(landing_cmp_full(&x->touch, &y->touch), 0);
		assert_int_equal(x->share_nanos, y->share_nanos);
		assert_memory_equal(x->minor, y->minor, sizeof x->minor);
		assert_memory_equal(x->counts, y->counts, sizeof x->counts);
	}
}

static void shuffle(struct world *w)
{
	for (size_t i = w->n; i > 1; i--) {
		size_t k = story_below(&seed, i);
		struct landing kept = w->landings[i - 1];

		w->landings[i - 1] = w->landings[k];
		w->landings[k] = kept;
	}
}

static void order_of_arrival_changes_nothing(void **state)
{
	(void)state;
	seed = 300;
	for (int round = 0; round < ROUNDS; round++) {
		struct world w;

		random_world(&w);
		struct verdict before = verdict_of(&w);
		shuffle(&w);
		struct verdict after = verdict_of(&w);
		assert_same(&before, &after);
		w.n = flood_trim(w.landings, w.n);
		after = verdict_of(&w);
		assert_same(&before, &after);
	}
}

static void landings_out_of_range_change_nothing(void **state)
{
	(void)state;
	seed = 400;
	for (int round = 0; round < ROUNDS; round++) {
		struct world w;
		size_t kept = 0;

		random_world(&w);
		struct verdict before = verdict_of(&w);
		for (size_t i = 0; i < w.n; i++)
			if (in_range(&w, w.landings[i].time))
				w.landings[kept++] = w.landings[i];
		w.n = kept;
		struct verdict after = verdict_of(&w);
		assert_same(&before, &after);
	}
}

static void what_is_frozen_splits_as_before(void **state)
{
	(void)state;
	seed = 500;
	for (int round = 0; round < ROUNDS; round++) {
		struct world w;
		struct landing listed[LANDINGS + 1];
		struct verdict frozen;

		random_world(&w);
		struct verdict before = verdict_of(&w);
		for (size_t i = 0; i < before.share_count; i++)
			listed[i] = before.shares[i].touch;
		w.facts.cancelled = story_below(&seed, 2);
		w.facts.amounts = random_facts().amounts;
		struct verdict live = verdict_of(&w);
		attribute_frozen(&w.goal, &w.facts, listed, before.share_count, before.outcome, before.truncated, &arena, &frozen);
		assert_same(&live, &frozen);
	}
}

static int teardown(void **state)
{
	(void)state;
	arena_clear(&arena);
	return 0;
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(touchpoints_are_those_of_the_text),
		cmocka_unit_test(every_group_adds_up_on_every_basis),
		cmocka_unit_test(order_of_arrival_changes_nothing),
		cmocka_unit_test(landings_out_of_range_change_nothing),
		cmocka_unit_test(what_is_frozen_splits_as_before),
	};

	return cmocka_run_group_tests(tests, NULL, teardown);
}
