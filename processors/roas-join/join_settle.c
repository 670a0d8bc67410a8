// SPDX-License-Identifier: Apache-2.0
// What the steps have said becomes rows. Ads first: where one is counted may change, and with it the sums above it. While restoring only what reports and
// entities say is settled; credits are in the published rows already.
#include "base/when.h"
#include "processors/roas-join/join_shard.h"

struct parents {
	struct view campaign, adgroup;
};

static struct view or_empty(struct view text)
{
	return view_is_set(text) ? text : VIEW_LIT("");
}

static bool is_ad(const struct join_work *w)
{
	return w->name.level == ROAS_AD && w->name.entity.n > 0;
}

static int load(struct join_shard *s, struct join_work *w, struct err *err)
{
	if (w->is_loaded)
		return 0;
	if (join_entry_entity(s->store, w->key, &s->arena, &w->entity, err) != 0)
		return -1;
	w->is_loaded = true;
	if (!w->entity.found)
		join_entry_list_entity(s->store, join_key_account(w->name.tenant, w->name.advertiser, &s->arena), w->key, &s->arena);
	return 0;
}

// ---- entities

// Its name and the ids above it. True: rows show something else now.
static bool take_said(struct join_work *w)
{
	struct join_entity *e = &w->entity;
	const struct ad_entity none = {.name = VIEW_ABSENT}, *said = w->said ? w->said : &none;

	if (!w->is_said)
		return false;
	bool differs = !view_eq(or_empty(e->name), or_empty(said->name)) || !view_eq(or_empty(e->own_campaign), or_empty(said->campaign_id));
	e->name = said->name;
	e->own_campaign = said->campaign_id.n <= JOIN_ID_MAX ? said->campaign_id : VIEW_ABSENT;
	e->own_adgroup = said->adgroup_id.n <= JOIN_ID_MAX ? said->adgroup_id : VIEW_ABSENT;
	return differs;
}

// All its days are to be looked at.
static int add_days(struct join_shard *s, struct join_work *w, struct err *err)
{
	struct view *days;
	size_t count;
	int64_t bucket;

	if (join_entry_days(s->store, w->key, &s->arena, &days, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++)
		if (join_key_bucket(w->name.level, days[i], &bucket) == 0)
			join_work_day(s, w, bucket);
	return 0;
}

static int finish_entity(struct join_shard *s, struct join_work *w, struct err *err)
{
	if (s->emit && join_publish_entity(s, w, &w->entity, err) != 0)
		return -1;
	join_entry_put_entity(s->store, w->key, &w->entity, &s->spare);
	return 0;
}

// ---- accounts

static void take_currency(struct join_shard *s, struct join_account *a, struct view currency)
{
	if (view_eq(or_empty(a->currency), or_empty(currency)))
		return;
	a->currency = arena_dup(&s->account_arena, currency);
	a->is_changed = true;
}

// The zone that is known first stays.
static int take_zone(struct join_shard *s, struct join_work *w, struct err *err)
{
	struct join_account *a = w->account;
	struct join_entity *e = &w->entity;

	if (e->zone.n)
		return 0;
	if (!a->zone && w->zone.n) {
		a->zone_name = arena_dup(&s->account_arena, w->zone);
		if (zone_open(a->zone_name, &a->zone, err) != 0)
			return -1;
		a->is_placed = a->is_changed = true;
	}
	e->zone = a->zone_name;
	return 0;
}

static int settle_account(struct join_shard *s, struct join_work *w, struct err *err)
{
	if (load(s, w, err) != 0)
		return -1;
	if (w->is_said) {
		w->entity.said_zone = w->said ? w->said->time_zone : VIEW_ABSENT;
		w->entity.currency = w->said ? w->said->currency : VIEW_ABSENT;
		take_currency(s, w->account, w->entity.currency);
	}
	if (take_zone(s, w, err) != 0)
		return -1;
	return w->account->is_placed && s->emit ? join_place(s, w->account, err) : 0;
}

// ---- where an ad is counted

static bool names_parents(struct view campaign, struct view adgroup)
{
	return campaign.n > 0 || adgroup.n > 0;
}

static void take_report_ids(struct join_entity *e, int64_t day, struct view campaign, struct view adgroup)
{
	if (!names_parents(campaign, adgroup) || (e->reported && day < e->report_day))
		return;
	e->reported = true;
	e->report_day = (int32_t)day;
	e->report_campaign = campaign;
	e->report_adgroup = adgroup;
}

static struct view id_of_report(struct view id)
{
	return id.n <= JOIN_ID_MAX ? id : VIEW_ABSENT;
}

// The latest day's ids are gone: which is the latest now?
static int search_reports(struct join_shard *s, struct join_work *w, struct err *err)
{
	if (add_days(s, w, err) != 0)
		return -1;
	w->entity.reported = false;
	w->entity.report_campaign = w->entity.report_adgroup = VIEW_ABSENT;
	for (struct join_day *d = w->days; d; d = d->next) {
		char text[JOIN_DAY_SIZE];
		struct join_row row;

		if (d->is_reported) {
			if (d->report)
				take_report_ids(&w->entity, d->bucket, id_of_report(d->report->campaign_id), id_of_report(d->report->adgroup_id));
			continue;
		}
		struct view key = join_key_row(w->key, view_text(join_key_day(ROAS_AD, d->bucket, text)), &s->arena);
		if (join_entry_row(s->store, key, &s->arena, &row, err) != 0)
			return -1;
		take_report_ids(&w->entity, d->bucket, row.report_campaign, row.report_adgroup);
	}
	return 0;
}

static int take_reports(struct join_shard *s, struct join_work *w, struct err *err)
{
	bool lost = false;

	for (const struct join_day *d = w->days; d; d = d->next) {
		if (!d->is_reported)
			continue;
		bool names = d->report && names_parents(id_of_report(d->report->campaign_id), id_of_report(d->report->adgroup_id));
		lost |= !names && w->entity.reported && d->bucket == w->entity.report_day;
		if (names)
			take_report_ids(&w->entity, d->bucket, id_of_report(d->report->campaign_id), id_of_report(d->report->adgroup_id));
	}
	return lost ? search_reports(s, w, err) : 0;
}

static void take_named(struct view *smallest, struct view named)
{
	if (named.n && (smallest->n == 0 || view_cmp(named, *smallest) < 0))
		*smallest = named;
}

static struct view first_set(struct view a, struct view b, struct view c)
{
	return a.n ? a : b.n ? b : or_empty(c);
}

static struct parents parents_of(const struct join_entity *e)
{
	return (struct parents){first_set(e->own_campaign, e->report_campaign, e->named_campaign),
		first_set(e->own_adgroup, e->report_adgroup, e->named_adgroup)};
}

// ---- a day of an ad

static struct join_day *day_above(struct join_shard *s, const struct join_work *w, int8_t level, struct view id, int64_t bucket)
{
	return join_work_day(s, join_work_of(s, w->account, level, id), bucket);
}

static bool is_same(const struct parents *a, const struct parents *b)
{
	return view_eq(a->campaign, b->campaign) && view_eq(a->adgroup, b->adgroup);
}

static void move_credits(struct join_shard *s, const struct join_work *w, const struct join_day *d, const struct roas_row *was,
	const struct parents *to)
{
	const struct parents from = {or_empty(was->campaign_id), or_empty(was->adgroup_id)};
	bool moves = was->parts.n > 0 && !is_same(&from, to);

	if (d->credits.n == 0 && !moves)
		return;
	struct join_day *account = join_work_day(s, join_work_of_account(s, w->account), d->bucket);
	struct join_day *campaign = day_above(s, w, ROAS_CAMPAIGN, to->campaign, d->bucket);
	struct join_day *adgroup = day_above(s, w, ROAS_ADGROUP, to->adgroup, d->bucket);

	join_part_add_all(&account->credits, d->credits.p, d->credits.n, 1, &s->arena);
	join_part_add_all(&campaign->credits, d->credits.p, d->credits.n, 1, &s->arena);
	join_part_add_all(&adgroup->credits, d->credits.p, d->credits.n, 1, &s->arena);
	if (!moves)
		return;
	join_part_add_all(&campaign->credits, was->parts.p, was->parts.n, 1, &s->arena);
	join_part_add_all(&adgroup->credits, was->parts.p, was->parts.n, 1, &s->arena);
	join_part_add_all(&day_above(s, w, ROAS_CAMPAIGN, from.campaign, d->bucket)->credits, was->parts.p, was->parts.n, -1, &s->arena);
	join_part_add_all(&day_above(s, w, ROAS_ADGROUP, from.adgroup, d->bucket)->credits, was->parts.p, was->parts.n, -1, &s->arena);
}

// ceiling: what was counted where, and what is to be
static void move_spend(struct join_shard *s, const struct join_work *w, int64_t bucket, const struct join_spend *old,
	const struct parents *from, const struct join_spend *now, const struct parents *to)
{
	struct join_day *account = join_work_day(s, join_work_of_account(s, w->account), bucket);
	struct join_day *campaign = day_above(s, w, ROAS_CAMPAIGN, to->campaign, bucket),
					*adgroup = day_above(s, w, ROAS_ADGROUP, to->adgroup, bucket);
	struct join_day *old_campaign = day_above(s, w, ROAS_CAMPAIGN, from->campaign, bucket);
	struct join_day *old_adgroup = day_above(s, w, ROAS_ADGROUP, from->adgroup, bucket);

	join_spend_add(&account->spend, old, -1, &s->arena);
	join_spend_add(&account->spend, now, 1, &s->arena);
	join_spend_add(&old_campaign->spend, old, -1, &s->arena);
	join_spend_add(&campaign->spend, now, 1, &s->arena);
	join_spend_add(&old_adgroup->spend, old, -1, &s->arena);
	join_spend_add(&adgroup->spend, now, 1, &s->arena);
}

static void settle_report(struct join_shard *s, const struct join_work *w, const struct join_day *d, const struct parents *to,
	struct join_row *row)
{
	const struct parents from = {or_empty(row->campaign), or_empty(row->adgroup)};
	struct join_spend now = row->spend;

	if (d->is_reported) {
		now = d->report ? join_spend_of(d->report, &s->arena) : (struct join_spend){NULL, 0};
		row->report_campaign = d->report ? id_of_report(d->report->campaign_id) : VIEW_ABSENT;
		row->report_adgroup = d->report ? id_of_report(d->report->adgroup_id) : VIEW_ABSENT;
	}
	if (row->spend.n > 0 || now.n > 0)
		if (d->is_reported || !is_same(&from, to))
			move_spend(s, w, d->bucket, &row->spend, row->spend.n ? &from : to, &now, to);
	row->spend = now;
	row->campaign = to->campaign;
	row->adgroup = to->adgroup;
}

static int settle_ad_day(struct join_shard *s, struct join_work *w, const struct join_day *d, const struct parents *to, struct err *err)
{
	char text[JOIN_DAY_SIZE];
	struct view day = view_text(join_key_day(ROAS_AD, d->bucket, text)), key = join_key_row(w->key, day, &s->arena);
	struct join_parts parts = {NULL, 0, 0};
	struct join_row row;
	struct roas_row was;

	if (join_entry_row(s->store, key, &s->arena, &row, err) != 0)
		return -1;
	if (!row.found)
		join_entry_list_day(s->store, w->key, day);
	settle_report(s, w, d, to, &row);
	if (s->emit) {
		if (join_publish_read(s, row.published, &was, err) != 0)
			return -1;
		move_credits(s, w, d, &was, to);
		join_part_add_all(&parts, was.parts.p, was.parts.n, 1, &s->arena);
		join_part_add_all(&parts, d->credits.p, d->credits.n, 1, &s->arena);
		if (join_publish_day(s, w->account, &w->name, &w->entity, d->bucket, &parts, &row, err) != 0)
			return -1;
	}
	join_entry_put_row(s->store, key, &row, &s->spare);
	return 0;
}

static int settle_ad(struct join_shard *s, struct join_work *w, struct err *err)
{
	if (load(s, w, err) != 0)
		return -1;
	bool shown = take_said(w);
	take_named(&w->entity.named_campaign, w->named_campaign);
	take_named(&w->entity.named_adgroup, w->named_adgroup);
	if (take_reports(s, w, err) != 0)
		return -1;
	const struct parents from = {or_empty(w->entity.campaign), or_empty(w->entity.adgroup)}, to = parents_of(&w->entity);
	w->entity.campaign = to.campaign;
	w->entity.adgroup = to.adgroup;
	if ((shown || !is_same(&from, &to)) && add_days(s, w, err) != 0)
		return -1;
	for (const struct join_day *d = w->days; d; d = d->next)
		if (settle_ad_day(s, w, d, &to, err) != 0)
			return -1;
	return finish_entity(s, w, err);
}

// ---- a day above ads, or of what has no ad

static int settle_day(struct join_shard *s, struct join_work *w, const struct join_day *d, struct err *err)
{
	char text[JOIN_DAY_SIZE];
	struct view day = view_text(join_key_day(w->name.level, d->bucket, text)), key = join_key_row(w->key, day, &s->arena);
	struct join_parts parts = {NULL, 0, 0};
	struct join_row row;
	struct roas_row was;

	if (join_entry_row(s->store, key, &s->arena, &row, err) != 0)
		return -1;
	if (!row.found)
		join_entry_list_day(s->store, w->key, day);
	join_spend_add(&row.spend, &d->spend, 1, &s->arena);
	if (d->is_reported)
		row.own = d->report ? join_spend_of(d->report, &s->arena) : (struct join_spend){NULL, 0};
	if (s->emit) {
		if (join_publish_read(s, row.published, &was, err) != 0)
			return -1;
		join_part_add_all(&parts, was.parts.p, was.parts.n, 1, &s->arena);
		join_part_add_all(&parts, d->credits.p, d->credits.n, 1, &s->arena);
		if (join_publish_day(s, w->account, &w->name, &w->entity, d->bucket, &parts, &row, err) != 0)
			return -1;
	}
	join_entry_put_row(s->store, key, &row, &s->spare);
	return 0;
}

static int settle_above(struct join_shard *s, struct join_work *w, struct err *err)
{
	if (load(s, w, err) != 0)
		return -1;
	if (take_said(w) && add_days(s, w, err) != 0)
		return -1;
	for (const struct join_day *d = w->days; d; d = d->next)
		if (settle_day(s, w, d, err) != 0)
			return -1;
	return finish_entity(s, w, err);
}

// ---- the flush

static int settle_changed_accounts(struct join_shard *s, struct err *err)
{
	for (size_t i = 0; i < s->work_count; i++) {
		struct join_work *w = s->list[i];

		if (w->name.level == ROAS_ADVERTISER && w->account->is_changed && join_publish_account(s, w->account, err) != 0)
			return -1;
	}
	return 0;
}

int join_settle(struct join_shard *s, struct err *err)
{
	for (size_t i = 0; i < s->work_count; i++)
		if (s->list[i]->name.level == ROAS_ADVERTISER && settle_account(s, s->list[i], err) != 0)
			return -1;
	for (size_t i = 0; i < s->work_count; i++)
		if (is_ad(s->list[i]) && settle_ad(s, s->list[i], err) != 0)
			return -1;
	for (size_t i = 0; i < s->work_count; i++)
		if (!is_ad(s->list[i]) && settle_above(s, s->list[i], err) != 0)
			return -1;
	return s->emit ? settle_changed_accounts(s, err) : 0;
}
