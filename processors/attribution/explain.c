// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/explain.h"

#include <stdio.h>

#include "attribution/first.h"
#include "attribution/flood.h"
#include "base/own.h"
#include "base/when.h"
#include "processors/attribution/explain_clicks.h"
#include "processors/attribution/explain_print.h"
#include "processors/attribution/judge.h"
#include "processors/attribution/kept_output.h"
#include "processors/attribution/landing_attrs.h"
#include "runtime/topics_partition.h"
#include "state/store.h"

enum { ID_SHOWN = 80 };

// One user, read once for all goals.
struct reading {
	const struct explain_source *source;
	const struct rules_tenant *tenant; // NULL: not in the config
	struct view tenant_id, user, key;  // key: tenant|user
	struct state_user rows;
	struct landing *landings;
	size_t landing_count;
	struct arena *arena;
};

struct list {
	struct explanation **p;
	size_t n, room;
};

static void list_add(struct list *list, struct explanation *e, struct arena *arena)
{
	if (list->n == list->room) {
		size_t room = list->room ? list->room * 2 : 8;
		struct explanation **more = arena_take(arena, room * sizeof(struct explanation *));

		if (list->n)
			memcpy(more, list->p, list->n * sizeof(struct explanation *));
		list->p = more;
		list->room = room;
	}
	list->p[list->n++] = e;
}

// ---- the outcome in words

// The stored conversion under the same goal that makes this one not the first: the earliest that counts.
static const struct state_conversion *earlier_one(const struct reading *r, const struct explanation *e)
{
	const struct state_conversion *best = NULL;
	struct first_entry now = {e->now.conversion_time, e->now.conversion_id};

	if (!e->goal)
		return NULL;
	const struct goal *goal = e->goal->goal;
	int64_t since = goal->first_scope_ms == GOAL_LIFETIME ? INT64_MIN : judge_before(now.time, goal->first_scope_ms);

	for (size_t i = 0; i < r->rows.conversion_count; i++) {
		const struct state_conversion *c = &r->rows.conversions[i];
		size_t goal_n = goal->name.n + 1;
		bool same_goal = c->key.n >= goal_n && memcmp(c->key.p, goal->name.p, goal->name.n) == 0 && c->key.p[goal->name.n] == '\0';

		if (!same_goal || c->time < since || c->time > now.time)
			continue;
		struct view id = view_of(c->key.p + goal_n, c->key.n - goal_n);

		if (c->time == now.time && view_cmp(id, now.id) >= 0)
			continue;
		if (!best || c->time < best->time)
			best = c;
	}
	return best;
}

static void say_not_first(const struct reading *r, struct explanation *e)
{
	const struct state_conversion *earlier = earlier_one(r, e);
	char when[WHEN_ISO_SIZE];
	size_t goal_n = e->now.goal.n + 1;

	if (!earlier) {
		snprintf(e->why, sizeof e->why, "an earlier conversion of this user matched the goal (only_first_conversion)");
		return;
	}
	int shown = earlier->key.n - goal_n > ID_SHOWN ? ID_SHOWN : (int)(earlier->key.n - goal_n);

	snprintf(e->why, sizeof e->why, "only_first_conversion: %.*s at %s came before it", shown, earlier->key.p + goal_n,
		when_print_iso(earlier->time, when));
}

static void say_outcome(const struct reading *r, struct explanation *e)
{
	char lookback[WHEN_ISO_SIZE];

	when_print_duration(e->now.lookback_ms, lookback);
	switch ((enum outcome)e->now.outcome) {
	case OUTCOME_NO_CONSENT:
		snprintf(e->why, sizeof e->why, "a record of it said that consent was denied: no credits, for good");
		return;
	case OUTCOME_NOT_FIRST:
		say_not_first(r, e);
		return;
	case OUTCOME_OUTSIDE_WINDOW:
		snprintf(e->why, sizeof e->why, "clicks came before it, but none within the lookback of %s", lookback);
		return;
	case OUTCOME_NO_CLICK:
		snprintf(e->why, sizeof e->why, "no click of this user counts within the lookback of %s", lookback);
		return;
	case OUTCOME_CANCELLED:
		snprintf(e->why, sizeof e->why, "the order was cancelled; %zu click(s) keep their credit of the placed value", e->now.credits.n);
		return;
	case OUTCOME_ATTRIBUTED:
		snprintf(e->why, sizeof e->why, "%zu click(s) within the lookback of %s", e->now.credits.n, lookback);
		return;
	}
}

// ---- one conversion under one goal

static struct view output_key(const struct reading *r, const struct attributed_conversion *now)
{
	OWN(buf_clear) struct buf key = {0};

	buf_add_view(&key, r->key);
	buf_add_byte(&key, '|');
	buf_add_view(&key, now->goal);
	buf_add_byte(&key, '|');
	buf_add_view(&key, now->conversion_id);
	return arena_dup(r->arena, buf_view(&key));
}

static int64_t kept_since(const struct reading *r)
{
	const struct explain_source *s = r->source;

	return judge_before(judge_before(s->position->horizon, s->rules->lateness_ms), 2 * s->rules->max_lookback_ms);
}

static int explain_row(const struct reading *r, const struct state_conversion *row, struct list *out, struct err *err)
{
	struct explanation *e = arena_zero(r->arena, sizeof *e);
	const struct explain_source *s = r->source;

	if (kept_output_decode(row->value, r->arena, &e->now, err) != 0)
		return -1;
	e->partition = s->position->partitions > 0 ? topics_partition_of(r->key, s->position->partitions) : -1;
	e->key = output_key(r, &e->now);
	e->goal = r->tenant ? rules_goal(r->tenant, e->now.goal) : NULL;
	e->frozen = judge_is_late(row->time, s->position->horizon, s->rules->lateness_ms);
	e->kept_since = kept_since(r);
	say_outcome(r, e);
	e->past_retention = r->tenant && e->kept_since > judge_before(row->time, 2 * r->tenant->tenant->max_lookback_ms);
	if (r->tenant && e->goal)
		explain_clicks(e, r->tenant->tenant->max_lookback_ms, r->landings, r->landing_count, r->arena);
	list_add(out, e, r->arena);
	return 0;
}

static bool is_of(const struct state_conversion *row, struct view conversion)
{
	const char *nul = memchr(row->key.p, '\0', row->key.n);

	return nul && view_eq(view_of(nul + 1, row->key.n - (size_t)(nul + 1 - row->key.p)), conversion);
}

// ---- one user

static int read_user(struct reading *r, struct err *err)
{
	if (store_read(r->source->store, store_hash(r->key), r->key, r->arena, &r->rows, err) != 0)
		return -1;
	r->landings = arena_take(r->arena, (r->rows.click_count + 1) * sizeof *r->landings);
	for (; r->landing_count < r->rows.click_count; r->landing_count++)
		if (landing_attrs_decode(&r->rows.clicks[r->landing_count], r->arena, &r->landings[r->landing_count], err) != 0)
			return -1;
	r->landing_count = flood_trim(r->landings, r->landing_count);
	return 0;
}

static int explain_user(const struct explain_source *source, const struct processor_question *q, struct view key, struct arena *arena,
	struct list *out, struct err *err)
{
	struct reading r = {.source = source,
		.tenant = rules_tenant(source->rules, q->tenant),
		.tenant_id = q->tenant,
		.key = key,
		.arena = arena};

	r.user = view_of(key.p + q->tenant.n + 1, key.n - q->tenant.n - 1);
	if (read_user(&r, err) != 0)
		return -1;
	for (size_t i = 0; i < r.rows.conversion_count; i++)
		if (is_of(&r.rows.conversions[i], q->conversion) && explain_row(&r, &r.rows.conversions[i], out, err) != 0)
			return -1;
	return 0;
}

static struct view joined(struct view a, struct view b, struct arena *arena)
{
	char *p = arena_take(arena, a.n + 1 + b.n);

	memcpy(p, a.p, a.n);
	p[a.n] = '|';
	memcpy(p + a.n + 1, b.p, b.n);
	return view_of(p, a.n + 1 + b.n);
}

int explain_find(const struct explain_source *source, const struct processor_question *question, struct arena *arena,
	struct explanation ***out, size_t *count, struct err *err)
{
	struct view one = VIEW_ABSENT, *users = &one;
	struct list list = {0};
	size_t n = 1;

	if (view_is_set(question->user))
		one = joined(question->tenant, question->user, arena);
	else if (store_find(source->store, joined(question->tenant, question->conversion, arena), arena, &users, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (explain_user(source, question, users[i], arena, &list, err) != 0)
			return -1;
	*out = list.p;
	*count = list.n;
	return 0;
}

int explain_answer(const struct explain_source *source, const struct processor_question *question, struct buf *out, bool *found,
	struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct explanation **list;
	size_t n;

	if (explain_find(source, question, &arena, &list, &n, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		explain_print(list[i], question->form, out);
	*found = n > 0;
	return 0;
}
