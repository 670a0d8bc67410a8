// SPDX-License-Identifier: Apache-2.0
// Credits that waited for their account's zone go to their days.
#include "processors/roas-join/join_shard.h"

static struct credit_change ids_of(const struct join_name *name)
{
	return (struct credit_change){.campaign_id = name->campaign, .adgroup_id = name->adgroup, .ad_id = name->entity};
}

static void place_parts(struct join_shard *s, struct join_account *a, const struct join_name *name, int64_t quarter,
	const struct roas_part *parts, size_t count)
{
	const struct credit_change ids = ids_of(name);

	for (size_t i = 0; i < count; i++)
		join_work_credit(s, a, &ids, quarter, &parts[i]);
}

// What this flush has heard before the zone.
static void place_heard(struct join_shard *s, struct join_account *a)
{
	size_t count = s->work_count;

	for (size_t i = 0; i < count; i++) {
		struct join_work *w = s->list[i];

		if (w->account != a || w->name.level != ROAS_UNPLACED)
			continue;
		for (struct join_day *d = w->days; d; d = d->next) {
			place_parts(s, a, &w->name, d->bucket, d->credits.p, d->credits.n);
			d->credits.n = 0;
		}
	}
}

static int place_row(struct join_shard *s, struct join_account *a, struct view key, struct err *err)
{
	struct join_row row;
	struct roas_row was;
	int64_t quarter;

	if (join_entry_row(s->store, key, &s->arena, &row, err) != 0 || join_publish_read(s, row.published, &was, err) != 0)
		return -1;
	if (!view_is_set(row.published) || join_key_bucket(ROAS_UNPLACED, was.day, &quarter) != 0)
		return 0;
	struct view campaign = view_is_set(was.campaign_id) ? was.campaign_id : VIEW_LIT("");
	struct view adgroup = view_is_set(was.adgroup_id) ? was.adgroup_id : VIEW_LIT("");
	struct join_work *w = join_work_unplaced(s, a, campaign, adgroup, was.entity_id);
	join_part_add_all(&join_work_day(s, w, quarter)->credits, was.parts.p, was.parts.n, -1, &s->arena);
	place_parts(s, a, &w->name, quarter, was.parts.p, was.parts.n);
	return 0;
}

static int place_entity(struct join_shard *s, struct join_account *a, struct view entity_key, struct err *err)
{
	struct view *days;
	size_t count;

	if (join_entry_days(s->store, entity_key, &s->arena, &days, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (place_row(s, a, join_key_row(entity_key, days[i], &s->arena), err) != 0)
			return -1;
	return 0;
}

int join_place(struct join_shard *s, struct join_account *a, struct err *err)
{
	static const char level[] = "|unplaced|";
	struct view account_key = join_key_account(a->tenant_id, a->advertiser, &s->arena), *keys;
	size_t count, n = sizeof level - 1;

	place_heard(s, a);
	if (join_entry_entities(s->store, account_key, &s->arena, &keys, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (keys[i].n >= account_key.n + n && memcmp(keys[i].p + account_key.n, level, n) == 0 && place_entity(s, a, keys[i], err) != 0)
			return -1;
	return 0;
}
