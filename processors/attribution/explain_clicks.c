// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/explain_clicks.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

#include "attribution/flood.h"
#include "attribution/touch.h"
#include "base/when.h"
#include "processors/attribution/touchpoint.h"

enum { SPAN = 48 };

const char *explain_span(int64_t ms, char *out, size_t room)
{
	static const struct {
		int64_t ms;
		const char *name;
	} units[] = {{86400000, "d"}, {3600000, "h"}, {60000, "m"}, {1000, "s"}, {1, "ms"}};
	enum { UNITS = sizeof units / sizeof *units };
	size_t i = 0;

	while (i + 1 < UNITS && ms < units[i].ms)
		i++;
	int64_t whole = ms / units[i].ms, rest = i + 1 < UNITS ? ms % units[i].ms / units[i + 1].ms : 0;

	if (rest)
		snprintf(out, room, "%" PRId64 "%s %" PRId64 "%s", whole, units[i].name, rest, units[i + 1].name);
	else
		snprintf(out, room, "%" PRId64 "%s", whole, units[i].name);
	return out;
}

// What the words are made of.
struct telling {
	struct explanation *e;
	const struct goal *goal;
	int64_t time, max_lookback_ms;
	const struct touch_list *touches;
	size_t next_credit; // credits and clicks have one order
	size_t room;
};

// ---- words

static void say_repeat(const struct telling *t, const struct touch *touch, char *why)
{
	char when[WHEN_ISO_SIZE], limit[WHEN_ISO_SIZE];

	for (const struct touch *before = touch; before-- > t->touches->touches;) {
		if (!view_eq(before->landing->id, touch->landing->id))
			continue;
		snprintf(why, EXPLAIN_WORDS, "the same click id landed at %s, within max_lookback (%s) before: a reload, not another click",
			when_print_iso(before->landing->time, when), when_print_duration(t->max_lookback_ms, limit));
		return;
	}
}

static void say_outside(const struct telling *t, int64_t age_ms, char *why)
{
	char age[SPAN], lookback[WHEN_ISO_SIZE];

	snprintf(why, EXPLAIN_WORDS, "%s before the conversion, the goal's lookback is %s", explain_span(age_ms, age, sizeof age),
		when_print_duration(t->goal->lookback_ms, lookback));
}

static void say_credited(const struct telling *t, const struct credit *credit, char *why)
{
	if (credit->share_nanos == 0)
		snprintf(why, EXPLAIN_WORDS, "inside the lookback, but %s gives it no share here", goal_model_name(t->goal->model));
	else
		snprintf(why, EXPLAIN_WORDS, "inside the lookback; %s gives it %.4g %%", goal_model_name(t->goal->model),
			(double)credit->share_nanos / 1e7);
}

static void say_touch(const struct telling *t, const struct touch *touch, char *why)
{
	const struct landing *l = touch->landing;

	switch (touch->fate) {
	case TOUCH_REPEAT:
		say_repeat(t, touch, why);
		return;
	case TOUCH_OTHER_CHANNEL:
		snprintf(why, EXPLAIN_WORDS, "its channel (%.*s) is not among the goal's channels", l->channel.n > 64 ? 64 : (int)l->channel.n,
			l->channel.p ? l->channel.p : "");
		return;
	case TOUCH_OUTSIDE_WINDOW:
		say_outside(t, t->time - l->time, why);
		return;
	case TOUCH_OVER_LIMIT:
		snprintf(why, EXPLAIN_WORDS, "%d newer clicks count already (max_touchpoints)", t->goal->max_touchpoints);
		return;
	case TOUCH_ELIGIBLE:
		snprintf(why, EXPLAIN_WORDS, "inside the lookback; the conversion's outcome gives no credit");
		return;
	}
}

// ---- clicks in range

static bool is_own(const struct telling *t, const struct landing *l, const struct landing *landings, size_t count)
{
	const struct context *c = &t->e->now.context;

	if (!c->ttclid.p || l->time != c->ttclid_time || !view_eq(l->id, c->ttclid))
		return false;
	for (size_t i = 0; i < count; i++)
		if (landing_cmp(&landings[i], l) == 0)
			return false;
	return true;
}

static struct explain_click *add(struct telling *t, const struct landing *landing, const char *fate)
{
	struct explain_click *c = &t->e->clicks[t->e->click_count++];

	CHECK(t->e->click_count <= t->room);
	*c = (struct explain_click){.landing = *landing, .fate = fate};
	return c;
}

static void add_gone(struct telling *t, const struct credit *credit)
{
	struct landing l = touchpoint_of(credit);
	struct explain_click *c = add(t, &l, "past_retention");

	c->credit = credit;
	snprintf(c->why, sizeof c->why, "credited when the click was known; the click itself is past retention, the credit stands");
}

// The credit of this landing, if it has one. Credits of clicks that are no longer known are told on the way.
static const struct credit *credit_of(struct telling *t, const struct landing *l)
{
	const struct credits *credits = &t->e->now.credits;

	for (; t->next_credit < credits->n; t->next_credit++) {
		const struct credit *c = &credits->p[t->next_credit];
		struct landing credited = {.time = c->click_time, .id = c->click_id};
		int order = landing_cmp(&credited, l);

		if (order > 0)
			return NULL;
		if (order == 0) {
			t->next_credit++;
			return c;
		}
		add_gone(t, c);
	}
	return NULL;
}

static void add_touch(struct telling *t, const struct touch *touch, bool own)
{
	const struct credit *credit = credit_of(t, touch->landing);
	struct explain_click *c = add(t, touch->landing, touch_fate_name(credit ? TOUCH_ELIGIBLE : touch->fate));

	c->own = own;
	c->credit = credit;
	if (credit) {
		say_credited(t, credit, c->why);
	} else if (touch->fate == TOUCH_ELIGIBLE && t->e->now.credits.n > 0) {
		c->fate = "decided_before";
		snprintf(c->why, sizeof c->why, "its credits were settled while older clicks were still kept, and nothing changes them any more");
	} else {
		say_touch(t, touch, c->why);
	}
}

// ---- clicks out of range

static void add_outside(struct telling *t, const struct landing *l)
{
	char span[SPAN], reach[WHEN_ISO_SIZE];
	bool after = l->time > t->time;
	struct explain_click *c = add(t, l, after ? "after_conversion" : "out_of_reach");

	if (after)
		snprintf(c->why, sizeof c->why, "it landed %s after the conversion", explain_span(l->time - t->time, span, sizeof span));
	else
		snprintf(c->why, sizeof c->why, "%s before the conversion; nothing older than 2 max_lookback (%s) is looked at",
			explain_span(t->time - l->time, span, sizeof span), when_print_duration(2 * t->max_lookback_ms, reach));
}

static bool in_range(const struct telling *t, int64_t time)
{
	return time <= t->time && time >= t->time - 2 * t->max_lookback_ms;
}

static size_t count_flooded_hours(const struct telling *t, const struct landing *landings, size_t count)
{
	size_t hours = 0, n = 0;

	for (size_t i = 0; i < count; i++) {
		n = i && flood_hour(landings[i].time) == flood_hour(landings[i - 1].time) ? n + 1 : 1;
		hours += n == FLOOD_KEEP && in_range(t, landings[i].time);
	}
	return hours;
}

// ---- the list

static int cmp_clicks(const void *x, const void *y)
{
	return landing_cmp(&((const struct explain_click *)x)->landing, &((const struct explain_click *)y)->landing);
}

static int cmp_worth(const void *x, const void *y)
{
	const struct explain_click *a = x, *b = y;
	bool a_counts = a->credit != NULL, b_counts = b->credit != NULL;

	return a_counts != b_counts ? (a_counts ? -1 : 1) : -cmp_clicks(a, b);
}

static void cut(struct explanation *e)
{
	if (e->click_count > EXPLAIN_CLICKS_MAX) {
		qsort(e->clicks, e->click_count, sizeof *e->clicks, cmp_worth);
		e->left_out = e->click_count - EXPLAIN_CLICKS_MAX;
		e->click_count = EXPLAIN_CLICKS_MAX;
	}
	qsort(e->clicks, e->click_count, sizeof *e->clicks, cmp_clicks);
}

static struct facts facts_of(const struct attributed_conversion *now)
{
	struct facts facts = {.time = now->conversion_time};

	if (now->context.ttclid.p && now->context.ttclid_time != TIME_ABSENT) {
		facts.own_ttclid = now->context.ttclid;
		facts.own_time = now->context.ttclid_time;
	}
	return facts;
}

void explain_clicks(struct explanation *e, int64_t max_lookback_ms, const struct landing *landings, size_t count, struct arena *arena)
{
	struct facts facts = facts_of(&e->now);
	struct touch_list touches;
	struct telling t = {.e = e, .goal = e->goal->goal, .time = facts.time, .max_lookback_ms = max_lookback_ms, .touches = &touches};

	touch_judge(t.goal, max_lookback_ms, &facts, landings, count, arena, &touches);
	t.room = count + 1 + e->now.credits.n;
	e->clicks = arena_take(arena, t.room * sizeof *e->clicks);
	for (size_t i = 0; i < touches.n; i++)
		add_touch(&t, &touches.touches[i], is_own(&t, touches.touches[i].landing, landings, count));
	for (; t.next_credit < e->now.credits.n; t.next_credit++)
		add_gone(&t, &e->now.credits.p[t.next_credit]);
	for (size_t i = 0; i < count; i++)
		if (!in_range(&t, landings[i].time))
			add_outside(&t, &landings[i]);
	e->flooded_hours = count_flooded_hours(&t, landings, count);
	cut(e);
}
