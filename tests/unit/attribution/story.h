// SPDX-License-Identifier: Apache-2.0
// Words for telling a test as a story: landings, goals, orders, and what a verdict must hold.
#pragma once
// cmocka wants these before it.
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "attribution/attribute.h"
#include "attribution/revenue.h"
#include "base/arena.h"

#define COUNT(array) (sizeof(array) / sizeof *(array))
#define STORY_SECOND INT64_C(1000)
#define STORY_MINUTE (60 * STORY_SECOND)
#define STORY_HOUR (60 * STORY_MINUTE)
#define STORY_DAY (24 * STORY_HOUR)

// The days of one month: 1 is its first.
#define STORY_AT(day, hour, minute) ((day)*STORY_DAY + (hour)*STORY_HOUR + (minute)*STORY_MINUTE)

static inline struct landing story_landing(const char *id, int64_t time)
{
	return (struct landing){.time = time, .id = view_text(id), .is_ttclid = true, .channel = VIEW_LIT("tiktok")};
}

static inline struct landing story_campaign(const char *id, int64_t time, const char *campaign)
{
	struct landing landing = story_landing(id, time);

	landing.campaign = view_text(campaign);
	return landing;
}

static inline struct goal story_goal(enum goal_model model)
{
	return (struct goal){
		.name = VIEW_LIT("purchase"),
		.lookback_ms = 7 * STORY_DAY,
		.model = model,
		.half_life_ms = 7 * STORY_DAY,
		.weights = {40, 20, 40},
		.first_scope_ms = GOAL_LIFETIME,
		.max_touchpoints = 100,
	};
}

static inline struct goal story_custom(int first, int middle, int last)
{
	struct goal goal = story_goal(MODEL_CUSTOM);

	goal.weights[0] = first;
	goal.weights[1] = middle;
	goal.weights[2] = last;
	return goal;
}

// An order that was placed, for so many minor units.
static inline struct facts story_order(int64_t time, int64_t minor)
{
	struct facts facts = {.time = time, .first = true};

	revenue_of_order(REV_PLACED, minor, REVENUE_NO_REFUND, &facts.amounts);
	return facts;
}

// max_lookback is the goal's own window.
static inline struct verdict story_verdict(const struct goal *goal, const struct facts *facts, const struct landing *landings, size_t n,
	struct arena *arena)
{
	struct verdict verdict;

	attribute(goal, goal->lookback_ms, facts, landings, n, arena, &verdict);
	return verdict;
}

static inline void story_assert_ids(const struct verdict *verdict, const char *const *ids, size_t n)
{
	assert_int_equal(verdict->share_count, n);
	for (size_t i = 0; i < n; i++) {
		assert_int_equal(verdict->shares[i].touch.id.n, strlen(ids[i]));
		assert_memory_equal(verdict->shares[i].touch.id.p, ids[i], strlen(ids[i]));
	}
}

static inline void story_assert_money(const struct verdict *verdict, const int64_t *minor, size_t n)
{
	assert_int_equal(verdict->share_count, n);
	for (size_t i = 0; i < n; i++)
		assert_int_equal(verdict->shares[i].minor[GOAL_PLACED], minor[i]);
}

#define STORY_IDS(verdict, ...) story_assert_ids((verdict), (const char *const[]){__VA_ARGS__}, COUNT(((const char *const[]){__VA_ARGS__})))
#define STORY_MONEY(verdict, ...) story_assert_money((verdict), (const int64_t[]){__VA_ARGS__}, COUNT(((const int64_t[]){__VA_ARGS__})))

// Numbers that look random and are the same in every run (splitmix64).
static inline uint64_t story_random(uint64_t *seed)
{
	uint64_t z = *seed += UINT64_C(0x9E3779B97F4A7C15);

	z = (z ^ z >> 30) * UINT64_C(0xBF58476D1CE4E5B9);
	z = (z ^ z >> 27) * UINT64_C(0x94D049BB133111EB);
	return z ^ z >> 31;
}

static inline uint64_t story_below(uint64_t *seed, uint64_t limit)
{
	return story_random(seed) % limit;
}
