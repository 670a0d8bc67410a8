// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/haul.h"

#include <stdlib.h>

#include "attribution/landing_url.h"
#include "base/own.h"
#include "processors/spend-ingest/sync_plan.h"
#include "schemas/contract.h"
#include "tiktok/account.h"
#include "tiktok/structure.h"

struct haul *haul_new(struct view tenant, struct view advertiser)
{
	struct haul *h = calloc(1, sizeof *h);

	if (!h)
		err_out_of_memory();
	h->tenant = arena_dup(&h->arena, tenant);
	h->advertiser = arena_dup(&h->arena, advertiser);
	return h;
}

void haul_free(void *haul)
{
	struct haul *h = haul;

	if (!h)
		return;
	free(h->rows);
	free(h->entities);
	arena_clear(&h->arena);
	free(h);
}

void haul_reset(struct haul *h)
{
	OWN(buf_clear) struct buf names = {0};
	size_t tenant = h->tenant.n;

	buf_add_view(&names, h->tenant);
	buf_add_view(&names, h->advertiser);
	arena_reset(&h->arena);
	h->tenant = arena_dup(&h->arena, view_of(names.p, tenant));
	h->advertiser = arena_dup(&h->arena, view_of(names.p + tenant, names.n - tenant));
	h->rows_n = h->entities_n = 0;
	memset(&h->account, 0, sizeof h->account);
}

static void *grown(void *p, size_t *room, size_t n, size_t size)
{
	if (n < *room)
		return p;
	*room = *room ? *room * 2 : 64;
	p = realloc(p, *room * size);
	if (!p)
		err_out_of_memory();
	return p;
}

// ---- entities

static int64_t micros(struct reader_money money)
{
	return money.known ? money.micros : TIME_ABSENT;
}

static int64_t when(int64_t ms)
{
	return ms == READER_UNKNOWN ? TIME_ABSENT : ms;
}

// Ads come in the order of their ids, those of one parent mostly together: texts are shared with the one before.
static struct view text_of(struct haul *h, struct view text, struct view last)
{
	return view_is_set(last) && view_eq(text, last) ? last : arena_dup(&h->arena, text);
}

static void keep_entity(struct haul *h, struct ad_entity *e)
{
	OWN(buf_clear) struct buf body = {0};

	e->tenant = h->tenant;
	e->advertiser_id = h->advertiser;
	e->fetched_at = 0;
	contract_encode(contract_ad_entity, e, &body);
	h->entities = grown(h->entities, &h->entities_room, h->entities_n, sizeof *h->entities);
	const struct haul_entity *last = h->entities_n ? &h->entities[h->entities_n - 1] : &(struct haul_entity){0};
	h->entities[h->entities_n++] = (struct haul_entity){
		.level = e->level,
		.id = arena_dup(&h->arena, e->entity_id),
		.campaign = text_of(h, e->campaign_id, last->campaign),
		.adgroup = text_of(h, e->adgroup_id, last->adgroup),
		.body = arena_dup(&h->arena, buf_view(&body)),
		.deleted = e->deleted != 0,
	};
}

void haul_take_account(void *haul, const void *rows, size_t n)
{
	const struct account *a = rows;
	struct haul *h = haul;

	for (size_t i = 0; i < n; i++) {
		if (!view_eq(a[i].advertiser_id, h->advertiser))
			continue;
		struct view zone = account_zone(&a[i]);
		struct ad_entity e = {
			.level = LEVEL_ADVERTISER,
			.entity_id = h->advertiser,
			.name = a[i].name,
			.status = a[i].status,
			.currency = a[i].currency,
			.time_zone = zone,
			.country = a[i].country,
			.budget_micros = TIME_ABSENT,
			.bid_micros = TIME_ABSENT,
			.create_time = TIME_ABSENT,
			.modify_time = TIME_ABSENT,
		};

		keep_entity(h, &e);
		h->account.found = true;
		h->account.name = arena_dup(&h->arena, a[i].name);
		h->account.currency = arena_dup(&h->arena, a[i].currency);
		h->account.zone = arena_dup(&h->arena, zone);
	}
}

static enum entity_level level_of(enum structure_level level)
{
	static const enum entity_level levels[STRUCTURE_LEVELS] = {LEVEL_CAMPAIGN, LEVEL_ADGROUP, LEVEL_AD};

	return levels[level];
}

// A cost cap stands in a field of its own.
static int64_t bid_of(const struct structure *s)
{
	return micros(s->conversion_bid_price.known && s->conversion_bid_price.micros ? s->conversion_bid_price : s->bid_price);
}

static struct texts creatives_of(const struct structure *s, struct arena *arena)
{
	struct texts t = {arena_take(arena, (s->image_ids.n + 2) * sizeof(struct view)), 0};

	if (view_is_set(s->video_id))
		t.p[t.n++] = s->video_id;
	for (size_t i = 0; i < s->image_ids.n; i++)
		t.p[t.n++] = s->image_ids.items[i];
	if (view_is_set(s->tiktok_item_id))
		t.p[t.n++] = s->tiktok_item_id;
	return t;
}

static void take_object(struct haul *h, const struct structure *s)
{
	OWN(arena_clear) struct arena arena = {.block = 4096};
	bool endless = view_eq(s->budget_mode, VIEW_LIT("BUDGET_MODE_INFINITE"));
	struct ad_entity e = {
		.level = (int8_t)level_of(s->level),
		.entity_id = s->id,
		.campaign_id = s->campaign_id,
		.adgroup_id = s->adgroup_id,
		.name = s->name,
		.status = s->operation_status,
		.secondary_status = s->secondary_status,
		.objective = s->objective,
		.budget_mode = s->budget_mode,
		.budget_micros = endless ? TIME_ABSENT : micros(s->budget),
		.bid_type = s->bid_type,
		.bid_micros = bid_of(s),
		.placements = {(struct view *)(uintptr_t)s->placements.items, s->placements.n}, // only read
		.format = s->ad_format,
		.creative_ids = creatives_of(s, &arena),
		.landing_page_url = view_is_set(s->landing_page_url) ? landing_url_strip(s->landing_page_url, h->keep_query, &arena) : VIEW_ABSENT,
		.create_time = when(s->create_ms),
		.modify_time = when(s->modify_ms),
		.deleted = s->deleted,
	};

	keep_entity(h, &e);
}

void haul_take_structure(void *haul, const void *rows, size_t n)
{
	const struct structure *s = rows;

	for (size_t i = 0; i < n; i++)
		take_object(haul, &s[i]);
}

// ---- reports

static int64_t count(int64_t n)
{
	return n == READER_UNKNOWN ? TIME_ABSENT : n;
}

// Of which one may not be said: then the other is all there is.
static int64_t value_of(const struct report_row *r)
{
	int64_t sum;

	if (!r->web_value.known || !r->app_value.known)
		return r->web_value.known ? r->web_value.micros : micros(r->app_value);
	return __builtin_add_overflow(r->web_value.micros, r->app_value.micros, &sum) ? TIME_ABSENT : sum;
}

static void take_row(struct haul *h, const struct report_row *r, int32_t day)
{
	bool ad = view_is_set(r->ad_id);

	h->rows = grown(h->rows, &h->rows_room, h->rows_n, sizeof *h->rows);
	const struct haul_row *last = h->rows_n ? &h->rows[h->rows_n - 1] : &(struct haul_row){0};
	h->rows[h->rows_n++] = (struct haul_row){
		.day = day,
		.level = ad ? LEVEL_AD : LEVEL_ADVERTISER,
		.entity = ad ? arena_dup(&h->arena, r->ad_id) : h->advertiser,
		.campaign = text_of(h, r->campaign_id, last->campaign),
		.adgroup = text_of(h, r->adgroup_id, last->adgroup),
		.spend_micros = micros(r->spend),
		.impressions = count(r->impressions),
		.clicks = count(r->clicks),
		.conversions = count(r->conversions),
		.cta_conversions = count(r->cta_conversions),
		.vta_conversions = count(r->vta_conversions),
		.value_micros = value_of(r),
	};
}

void haul_take_report(void *haul, const void *rows, size_t n)
{
	const struct report_row *r = rows;
	struct haul *h = haul;

	for (size_t i = 0; i < n; i++) {
		int32_t day = h->days_in_utc ? sync_plan_day(NULL, r[i].from_ms) : r[i].day;

		if (day >= h->from && day <= h->to)
			take_row(h, &r[i], day);
	}
}

static int in_order(const void *a, const void *b)
{
	const struct haul_row *x = a, *y = b;

	if (x->level != y->level)
		return x->level - y->level;
	if (x->day != y->day)
		return x->day < y->day ? -1 : 1;
	return view_cmp(x->entity, y->entity);
}

static void add(int64_t *to, int64_t n)
{
	if (*to == TIME_ABSENT || n == TIME_ABSENT || __builtin_add_overflow(*to, n, to))
		*to = TIME_ABSENT;
}

static void add_row(struct haul_row *to, const struct haul_row *r)
{
	add(&to->spend_micros, r->spend_micros);
	add(&to->impressions, r->impressions);
	add(&to->clicks, r->clicks);
	add(&to->conversions, r->conversions);
	add(&to->cta_conversions, r->cta_conversions);
	add(&to->vta_conversions, r->vta_conversions);
	add(&to->value_micros, r->value_micros);
}

void haul_sort_rows(struct haul *h)
{
	size_t kept = 0;

	if (h->rows_n == 0)
		return;
	qsort(h->rows, h->rows_n, sizeof *h->rows, in_order);
	for (size_t i = 1; i < h->rows_n; i++) {
		if (in_order(&h->rows[kept], &h->rows[i]) == 0)
			add_row(&h->rows[kept], &h->rows[i]);
		else
			h->rows[++kept] = h->rows[i];
	}
	h->rows_n = kept + 1;
}
