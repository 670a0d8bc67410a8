// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/ad_parts.h"

#include <stdlib.h>

#include "tiktok/report.h"

void ad_parts_clear(struct ad_parts *parts)
{
	arena_clear(&parts->arena);
	*parts = (struct ad_parts){0};
}

static int by_parents(const void *a, const void *b)
{
	const struct ad_parents *x = a, *y = b;
	int order = view_cmp(x->campaign, y->campaign);

	return order ? order : view_cmp(x->adgroup, y->adgroup);
}

static bool last_has_room(const struct ad_parts *parts, bool by_adgroup, size_t ads, size_t most)
{
	if (parts->n == 0)
		return false;
	const struct ad_part *last = &parts->p[parts->n - 1];
	return last->by_adgroup == by_adgroup && last->ads + ads <= most && last->n < REPORT_PARENTS_MAX;
}

// Ads of one parent go into the last part, or begin the next one.
static void add_parent(struct ad_parts *parts, bool by_adgroup, struct view id, size_t ads, size_t most)
{
	if (ads > most || id.n == 0) {
		parts->left_out += ads;
		return;
	}
	if (!last_has_room(parts, by_adgroup, ads, most))
		parts->p[parts->n++] = (struct ad_part){.by_adgroup = by_adgroup, .from = parts->ids_n};
	struct ad_part *last = &parts->p[parts->n - 1];
	parts->ids[parts->ids_n++] = arena_dup(&parts->arena, id);
	last->n++;
	last->ads += ads;
}

static struct view parent_of(const struct ad_parents *ad, bool by_adgroup)
{
	return by_adgroup ? ad->adgroup : ad->campaign;
}

// How many from the first on have its parent.
static size_t siblings(const struct ad_parents *ads, size_t n, bool by_adgroup)
{
	size_t same = 1;

	while (same < n && view_eq(parent_of(&ads[same], by_adgroup), parent_of(ads, by_adgroup)))
		same++;
	return same;
}

static void add_campaign(struct ad_parts *parts, const struct ad_parents *ads, size_t n, size_t most)
{
	if (n <= most || ads->campaign.n == 0) {
		add_parent(parts, false, ads->campaign, n, most);
		return;
	}
	for (size_t i = 0, same; i < n; i += same) {
		same = siblings(ads + i, n - i, true);
		add_parent(parts, true, ads[i].adgroup, same, most);
	}
}

void ad_parts_plan(struct ad_parts *parts, struct ad_parents *ads, size_t n, size_t most)
{
	bool whole = n <= most;

	ad_parts_clear(parts);
	parts->p = arena_zero(&parts->arena, (whole ? 1 : n) * sizeof *parts->p);
	parts->n = whole;
	if (whole)
		return;
	parts->ids = arena_take(&parts->arena, n * sizeof *parts->ids);
	qsort(ads, n, sizeof *ads, by_parents);
	for (size_t i = 0, same; i < n; i += same) {
		same = siblings(ads + i, n - i, false);
		add_campaign(parts, ads + i, same, most);
	}
}
