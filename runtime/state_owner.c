// SPDX-License-Identifier: Apache-2.0
#include "runtime/state_owner.h"

#include <inttypes.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/own.h"
#include "state/manifest.h"

enum { ASIDE_MAX = 1000, TEXT_MAX = 400 };

// ---- what we are

static void describe(const struct state_owner *id, struct arena *arena, struct manifest *out)
{
	const struct config *c = id->config;
	OWN(buf_clear) struct buf text = {0};

	*out = (struct manifest){.format = MANIFEST_FORMAT,
		.run = view_text(c->run),
		.cluster = view_text(id->cluster),
		.partitions = id->partitions,
		.tenants = arena_zero(arena, (c->tenant_count + 1) * sizeof *out->tenants),
		.tenant_count = c->tenant_count};
	for (size_t i = 0; i < c->tenant_count; i++) {
		buf_reset(&text);
		config_canonical_goals(&c->tenants[i], &text);
		out->tenants[i] = (struct manifest_tenant){c->tenants[i].id, arena_dup(arena, buf_view(&text))};
	}
}

// ---- what it says

static int move_aside(const struct state_owner *id, const struct manifest_difference *d, struct err *err)
{
	static const char *const what[] =
		{[MANIFEST_OTHER_FORMAT] = "format", [MANIFEST_OTHER_CLUSTER] = "cluster", [MANIFEST_OTHER_RUN] = "run"};
	OWN(buf_clear) struct buf aside = {0};

	for (int n = 1; n < ASIDE_MAX; n++) {
		buf_reset(&aside);
		buf_addf(&aside, "%s.aside-%d", id->directory, n);
		buf_add_byte(&aside, 0);
		if (access(aside.p, F_OK) != 0)
			break;
	}
	log_event(LOG_WARN, "state_moved_aside", LOG_S("why", "it is of another"), LOG_S("what", what[d->change]), LOG_V("before", d->before),
		LOG_V("now", d->after), LOG_S("to", aside.p));
	if (rename(id->directory, aside.p) == 0)
		return 0;
	return err_set(err, ERR_FATAL, "state_directory", "%s is of another run and cannot be moved aside: %m", id->directory);
}

static int goals_changed(const struct manifest_difference *d, struct err *err)
{
	struct view before = d->before, after = d->after;

	before.n = before.n > TEXT_MAX / 2 ? TEXT_MAX / 2 : before.n;
	after.n = after.n > TEXT_MAX / 2 ? TEXT_MAX / 2 : after.n;
	return err_set(err, ERR_FATAL, "goals_changed",
		"tenant %.*s: goal %.*s has changed its meaning, and its outputs of before stand. Give the changed goal a new name, or start a new `run` "
		"that replays the past. Before: %.*s; now: %.*s",
		VIEW_ARG(d->tenant), VIEW_ARG(d->goal), VIEW_ARG(before), VIEW_ARG(after));
}

static int judge(const struct state_owner *id, const struct manifest_difference *d, bool *aside, struct err *err)
{
	switch (d->change) {
	case MANIFEST_OTHER_FORMAT:
	case MANIFEST_OTHER_CLUSTER:
	case MANIFEST_OTHER_RUN:
		*aside = true;
		return move_aside(id, d, err);
	case MANIFEST_OTHER_PARTITIONS:
		return err_set(err, ERR_FATAL, "partitions_changed",
			"this run began with %.*s partitions, its topics have %.*s now: keys have moved to other partitions. Go back, or start a new `run` that "
			"reads the inputs again",
			VIEW_ARG(d->before), VIEW_ARG(d->after));
	case MANIFEST_GOAL_CHANGED:
		return goals_changed(d, err);
	default:
		log_event(LOG_INFO, "goals_differ", LOG_V("tenant", d->tenant), LOG_V("goal", d->goal),
			LOG_S("what", d->change == MANIFEST_GOAL_ADDED || d->change == MANIFEST_TENANT_ADDED ? "added" : "removed"));
		return 0;
	}
}

int state_owner_check(const struct state_owner *id, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct manifest before, now;
	struct manifest_difference *differences;
	bool found, aside = false;

	if (manifest_read(id->directory, &arena, &before, &found, err) != 0)
		return -1;
	if (!found)
		return 0;
	describe(id, &arena, &now);
	size_t n = manifest_compare(&before, &now, &arena, &differences);
	for (size_t i = 0; i < n && !aside; i++)
		if (judge(id, &differences[i], &aside, err) != 0)
			return -1;
	return 0;
}

// ---- writing

// The next line, with its end.
static struct view cut_line(struct view *text)
{
	const char *end = text->n ? memchr(text->p, '\n', text->n) : NULL;
	struct view line = {text->p, end ? (size_t)(end - text->p) + 1 : text->n};

	*text = view_of(text->p + line.n, text->n - line.n);
	return line;
}

static struct view name_of(struct view line)
{
	const char *space = memchr(line.p, ' ', line.n);

	return view_of(line.p, space ? (size_t)(space - line.p) : line.n);
}

// Both are sorted by name; where both have a name, `now` is it.
static struct view merge_goals(struct view now, struct view before, struct arena *arena)
{
	OWN(buf_clear) struct buf out = {0};
	struct view a = cut_line(&now), b = cut_line(&before);

	while (a.n || b.n) {
		int order = !a.n ? 1 : !b.n ? -1 : view_cmp(name_of(a), name_of(b));

		buf_add_view(&out, order <= 0 ? a : b);
		if (order >= 0)
			b = cut_line(&before);
		if (order <= 0)
			a = cut_line(&now);
	}
	return arena_dup(arena, buf_view(&out));
}

static void merge_tenants(struct manifest *now, const struct manifest *before, struct arena *arena)
{
	struct manifest_tenant *out = arena_zero(arena, (now->tenant_count + before->tenant_count + 1) * sizeof *out);
	size_t n = 0, a = 0, b = 0;

	while (a < now->tenant_count || b < before->tenant_count) {
		int order = a == now->tenant_count ? 1 : b == before->tenant_count ? -1 : view_cmp(now->tenants[a].id, before->tenants[b].id);

		out[n] = order <= 0 ? now->tenants[a] : before->tenants[b];
		if (order == 0)
			out[n].goals = merge_goals(now->tenants[a].goals, before->tenants[b].goals, arena);
		n++;
		a += order <= 0;
		b += order >= 0;
	}
	now->tenants = out;
	now->tenant_count = n;
}

int state_owner_write(const struct state_owner *id, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct manifest before, now;
	bool found;

	describe(id, &arena, &now);
	if (manifest_read(id->directory, &arena, &before, &found, err) != 0)
		return -1;
	if (found)
		merge_tenants(&now, &before, &arena);
	return manifest_write(id->directory, &now, err);
}
