// SPDX-License-Identifier: Apache-2.0
#include <stdlib.h>
#include <xxhash.h>

#include "processors/roas-join/join_shard.h"

// ---- accounts

static struct join_name account_name(const struct join_account *a)
{
	return (struct join_name){.tenant = a->tenant_id, .advertiser = a->advertiser, .level = ROAS_ADVERTISER, .entity = a->advertiser};
}

// The zone that the config alone decides; absent: the account's own does.
static struct view configured_zone(const struct join_shard *s, const struct join_account *a)
{
	if (a->advertiser.n == 0)
		return a->tenant->time_zone;
	return s->role->config->spend_ingest.utc_days ? VIEW_LIT("UTC") : VIEW_ABSENT;
}

static int refuse_days(const struct join_account *a, struct view was, struct view is, struct err *err)
{
	return err_set(err, ERR_FATAL, "days_changed",
		"tenant %.*s, advertiser %.*s: its days are those of %.*s, the config and the account now say %.*s (the tenant's time_zone, "
		"spend_ingest.days). Rows cannot be cut anew: go back, or start a new `run`",
		VIEW_ARG(a->tenant_id), VIEW_ARG(a->advertiser), VIEW_ARG(was), VIEW_ARG(is));
}

static int take_zone(const struct join_shard *s, struct join_account *a, const struct join_entity *e, struct err *err)
{
	struct view wanted = configured_zone(s, a);

	a->zone_name = view_is_set(e->zone) ? e->zone : wanted;
	if (view_is_set(wanted) && !view_eq(a->zone_name, wanted))
		return refuse_days(a, a->zone_name, wanted, err);
	if (!view_is_set(wanted) && view_eq(a->zone_name, VIEW_LIT("UTC")) && e->said_zone.n && !view_eq(e->said_zone, a->zone_name))
		return refuse_days(a, a->zone_name, e->said_zone, err);
	return view_is_set(a->zone_name) ? zone_open(a->zone_name, &a->zone, err) : 0;
}

static int load_account(struct join_shard *s, struct join_account *a, struct err *err)
{
	struct join_name name = account_name(a);
	struct join_entity entity;
	struct view key = join_key_entity(&name, &s->account_arena);

	if (join_entry_entity(s->store, key, &s->account_arena, &entity, err) != 0)
		return -1;
	a->currency = entity.currency;
	return take_zone(s, a, &entity, err);
}

int join_work_account(struct join_shard *s, struct view tenant, struct view advertiser, struct join_account **out, struct err *err)
{
	uint64_t hash = XXH64(advertiser.p, advertiser.n, XXH64(tenant.p, tenant.n, 0));
	struct join_account **bucket = &s->accounts[hash % JOIN_BUCKETS], *a;

	for (a = *bucket; a; a = a->chain)
		if (a->hash == hash && view_eq(a->tenant_id, tenant) && view_eq(a->advertiser, advertiser))
			break;
	*out = a;
	const struct tenant *known = a ? a->tenant : config_tenant(s->role->config, tenant);
	if (a || !known)
		return 0;
	a = arena_zero(&s->account_arena, sizeof *a);
	a->hash = hash;
	a->tenant = known;
	a->tenant_id = arena_dup(&s->account_arena, tenant);
	a->advertiser = arena_dup(&s->account_arena, advertiser);
	if (load_account(s, a, err) != 0)
		return -1;
	a->chain = *bucket;
	*bucket = *out = a;
	return 0;
}

void join_work_forget_accounts(struct join_shard *s)
{
	memset(s->accounts, 0, sizeof s->accounts);
	arena_reset(&s->account_arena);
}

// ---- works

static void enlist(struct join_shard *s, struct join_work *work)
{
	if (s->work_count == s->work_room) {
		s->work_room = s->work_room ? 2 * s->work_room : 256;
		s->list = realloc(s->list, s->work_room * sizeof(struct join_work *));
		if (!s->list)
			err_out_of_memory();
	}
	s->list[s->work_count++] = work;
}

static bool is_named(const struct join_work *w, const struct join_account *account, const struct join_name *name)
{
	return w->account == account && w->name.level == name->level && view_eq(w->name.entity, name->entity) &&
		view_eq(w->name.campaign, name->campaign) && view_eq(w->name.adgroup, name->adgroup);
}

static struct join_work *work_named(struct join_shard *s, struct join_account *account, const struct join_name *name)
{
	uint64_t hash = XXH64(name->entity.p, name->entity.n, account->hash + (uint64_t)name->level);

	if (name->level == ROAS_UNPLACED)
		hash = XXH64(name->campaign.p, name->campaign.n, XXH64(name->adgroup.p, name->adgroup.n, hash));
	struct join_work **bucket = &s->works[hash % JOIN_BUCKETS];
	for (struct join_work *w = *bucket; w; w = w->chain)
		if (w->hash == hash && is_named(w, account, name))
			return w;
	struct join_work *w = arena_zero(&s->arena, sizeof *w);
	w->hash = hash;
	w->account = account;
	w->name = *name;
	w->key = join_key_entity(name, &s->arena);
	w->chain = *bucket;
	*bucket = w;
	enlist(s, w);
	return w;
}

struct join_work *join_work_of(struct join_shard *s, struct join_account *account, int8_t level, struct view entity)
{
	struct join_name name = account_name(account);

	name.level = level;
	name.entity = view_is_set(entity) ? entity : VIEW_LIT("");
	return work_named(s, account, &name);
}

struct join_work *join_work_of_account(struct join_shard *s, struct join_account *account)
{
	if (!account->work)
		account->work = join_work_of(s, account, ROAS_ADVERTISER, account->advertiser);
	return account->work;
}

struct join_work *join_work_unplaced(struct join_shard *s, struct join_account *account, struct view campaign, struct view adgroup,
	struct view ad)
{
	struct join_name name = account_name(account);

	name.level = ROAS_UNPLACED;
	name.entity = ad;
	name.campaign = campaign;
	name.adgroup = adgroup;
	return work_named(s, account, &name);
}

struct join_day *join_work_day(struct join_shard *s, struct join_work *work, int64_t bucket)
{
	for (struct join_day *d = work->days; d; d = d->next)
		if (d->bucket == bucket)
			return d;
	struct join_day *d = arena_zero(&s->arena, sizeof *d);
	d->bucket = bucket;
	d->next = work->days;
	work->days = d;
	return d;
}

void join_work_clear(struct join_shard *s)
{
	for (size_t i = 0; i < s->work_count; i++) {
		struct join_work *w = s->list[i];

		w->account->work = NULL;
		w->account->is_changed = w->account->is_placed = false;
		s->works[w->hash % JOIN_BUCKETS] = NULL;
	}
	s->work_count = 0;
	arena_reset(&s->arena);
}

// ---- credits

static int64_t day_in(struct join_account *a, int64_t ms)
{
	if (ms < a->span.from_ms || ms >= a->span.until_ms)
		a->span = zone_span(a->zone, ms);
	int64_t local = ms + a->span.offset_s * 1000LL;
	return local / 86400000 - (local % 86400000 < 0);
}

// An id that is too long to be one counts as none.
static struct view id_of(struct view id)
{
	return id.n > 0 && id.n <= JOIN_ID_MAX ? id : VIEW_LIT("");
}

static void name_smaller(struct view *smallest, struct view id)
{
	if (id.n && (smallest->n == 0 || view_cmp(id, *smallest) < 0))
		*smallest = id;
}

static void add_to(struct join_shard *s, struct join_work *work, int64_t day, const struct roas_part *part)
{
	join_part_add(&join_work_day(s, work, day)->credits, part, 1, &s->arena);
}

void join_work_credit(struct join_shard *s, struct join_account *account, const struct credit_change *ids, int64_t quarter,
	const struct roas_part *part)
{
	struct view ad = id_of(ids->ad_id), adgroup = id_of(ids->adgroup_id), campaign = id_of(ids->campaign_id);

	struct join_work *work = join_work_of(s, account, ROAS_AD, ad);
	if (ad.n) {
		name_smaller(&work->named_campaign, campaign);
		name_smaller(&work->named_adgroup, adgroup);
	}
	if (!account->zone) {
		add_to(s, join_work_unplaced(s, account, campaign, adgroup, ad), quarter, part);
		return;
	}
	int64_t day = day_in(account, quarter * JOIN_QUARTER_MS);
	add_to(s, work, day, part);
	if (ad.n)
		return;
	add_to(s, join_work_of(s, account, ROAS_ADGROUP, adgroup), day, part);
	add_to(s, join_work_of(s, account, ROAS_CAMPAIGN, campaign), day, part);
	add_to(s, join_work_of_account(s, account), day, part);
}
