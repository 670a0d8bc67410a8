// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/person.h"

#include "attribution/flood.h"
#include "processors/attribution/kept_output.h"
#include "processors/attribution/landing_attrs.h"

void person_note_late(struct person *p, int64_t time)
{
	int64_t hour = flood_hour(time), end;

	if (__builtin_add_overflow(hour, (int64_t)FLOOD_HOUR_MS, &end))
		end = INT64_MAX;
	if (hour < p->late_from)
		p->late_from = hour;
	if (end > p->late_to)
		p->late_to = end;
}

// Room for one more element of `size` bytes; the arena keeps what is outgrown until the flush.
static void *grown(struct arena *arena, void *p, size_t count, size_t *room, size_t size)
{
	if (count < *room)
		return p;
	*room = *room ? *room * 2 : 16;
	void *more = arena_take(arena, *room * size);
	return count ? memcpy(more, p, count * size) : more;
}

void person_add_landing(struct people *people, struct person *p, const struct landing *landing)
{
	p->landings = grown(people->arena, p->landings, p->landing_count, &p->landing_room, sizeof *p->landings);
	p->landings[p->landing_count++] = *landing;
}

static struct known *add_known(struct people *people, struct person *p)
{
	struct known *k = arena_zero(people->arena, sizeof *k);

	p->known = grown(people->arena, p->known, p->known_count, &p->known_room, sizeof *p->known);
	p->known[p->known_count++] = k;
	return k;
}

struct view person_known_key(struct view goal, struct view id, struct arena *arena)
{
	char *key = arena_take(arena, goal.n + 1 + id.n);

	memcpy(key, goal.p, goal.n);
	key[goal.n] = '\0';
	memcpy(key + goal.n + 1, id.p, id.n);
	return view_of(key, goal.n + 1 + id.n);
}

struct known *person_add_known(struct people *people, struct person *p, const struct rules_goal *goal, struct view id)
{
	struct known *k = add_known(people, p);

	k->goal = goal;
	k->key = person_known_key(goal->goal->name, id, people->arena);
	k->id = view_of(k->key.p + goal->goal->name.n + 1, id.n);
	k->stored_time = INT64_MAX;
	k->loaded = true;
	return k;
}

static int load_click(struct people *people, struct person *p, const struct state_click *click, struct err *err)
{
	struct landing landing;

	if (landing_attrs_decode(click, people->arena, &landing, err) != 0)
		return -1;
	person_add_landing(people, p, &landing);
	return 0;
}

// A goal that is no longer in the config keeps its outputs as they are.
static int load_conversion(struct people *people, struct person *p, const struct state_conversion *row, struct err *err)
{
	const char *nul = memchr(row->key.p, '\0', row->key.n);

	if (!nul)
		return err_set(err, ERR_FATAL, "store_corrupt", "a stored conversion's key has no goal");
	struct view name = view_of(row->key.p, (size_t)(nul - row->key.p));
	const struct rules_goal *goal = rules_goal(p->tenant, name);
	if (!goal)
		return 0;
	struct known *k = add_known(people, p);
	k->goal = goal;
	k->key = row->key;
	k->id = view_of(nul + 1, row->key.n - name.n - 1);
	k->stored = row->value;
	k->stored_time = k->time = row->time;
	return 0;
}

int person_load(struct people *people, struct person *p, struct err *err)
{
	struct state_user rows;

	if (p->loaded)
		return 0;
	CHECK(p->landing_count == 0);
	if (store_read(people->store, p->hash, p->key, people->arena, &rows, err) != 0)
		return -1;
	for (size_t i = 0; i < rows.click_count; i++)
		if (load_click(people, p, &rows.clicks[i], err) != 0)
			return -1;
	for (size_t i = 0; i < rows.conversion_count; i++)
		if (load_conversion(people, p, &rows.conversions[i], err) != 0)
			return -1;
	p->loaded = true;
	return 0;
}

struct known *person_known(const struct person *p, const struct rules_goal *goal, struct view id)
{
	for (size_t i = 0; i < p->known_count; i++)
		if (p->known[i]->goal == goal && view_eq(p->known[i]->id, id))
			return p->known[i];
	return NULL;
}

int person_decode(struct people *people, struct known *k, struct err *err)
{
	if (k->loaded)
		return 0;
	if (kept_output_decode(k->stored, people->arena, &k->before, err) != 0)
		return -1;
	k->now = k->before;
	k->denied = k->before.context.consent == CONSENT_DENIED;
	k->loaded = true;
	return 0;
}
