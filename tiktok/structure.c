// SPDX-License-Identifier: Apache-2.0
#include "tiktok/structure.h"

#include <stdio.h>
#include <stdlib.h>

#include "tiktok/reader_private.h"
#include "tiktok/value.h"

enum { FIELDS_MAX = 24 };

// Where an element of data.list goes: one name per line, one line per field of struct structure.
enum type { ID, TEXT, MONEY, TIME, LIST };

struct field {
	const char *name;
	enum type type;
	size_t at;
};

#define AT(member) offsetof(struct structure, member)

static const struct plan {
	const char *name, *path;
	struct field fields[FIELDS_MAX];
} plans[STRUCTURE_LEVELS] = {
	{"campaign", "/campaign/get/",
		{{"campaign_id", ID, AT(id)}, {"campaign_name", TEXT, AT(name)}, {"objective_type", TEXT, AT(objective)},
			{"operation_status", TEXT, AT(operation_status)}, {"secondary_status", TEXT, AT(secondary_status)},
			{"budget", MONEY, AT(budget)}, {"budget_mode", TEXT, AT(budget_mode)}, {"bid_type", TEXT, AT(bid_type)},
			{"roas_bid", MONEY, AT(roas_bid)}, {"create_time", TIME, AT(create_ms)}, {"modify_time", TIME, AT(modify_ms)}}},
	{"adgroup", "/adgroup/get/",
		{{"adgroup_id", ID, AT(id)}, {"adgroup_name", TEXT, AT(name)}, {"campaign_id", ID, AT(campaign_id)},
			{"optimization_goal", TEXT, AT(objective)}, {"operation_status", TEXT, AT(operation_status)},
			{"secondary_status", TEXT, AT(secondary_status)}, {"budget", MONEY, AT(budget)}, {"budget_mode", TEXT, AT(budget_mode)},
			{"bid_type", TEXT, AT(bid_type)}, {"billing_event", TEXT, AT(billing_event)}, {"bid_price", MONEY, AT(bid_price)},
			{"conversion_bid_price", MONEY, AT(conversion_bid_price)}, {"roas_bid", MONEY, AT(roas_bid)},
			{"placement_type", TEXT, AT(placement_type)}, {"placements", LIST, AT(placements)}, {"create_time", TIME, AT(create_ms)},
			{"modify_time", TIME, AT(modify_ms)}}},
	{"ad", "/ad/get/",
		{{"ad_id", ID, AT(id)}, {"ad_name", TEXT, AT(name)}, {"campaign_id", ID, AT(campaign_id)}, {"adgroup_id", ID, AT(adgroup_id)},
			{"operation_status", TEXT, AT(operation_status)}, {"secondary_status", TEXT, AT(secondary_status)},
			{"ad_format", TEXT, AT(ad_format)}, {"creative_type", TEXT, AT(creative_type)}, {"video_id", TEXT, AT(video_id)},
			{"image_ids", LIST, AT(image_ids)}, {"tiktok_item_id", TEXT, AT(tiktok_item_id)},
			{"landing_page_url", TEXT, AT(landing_page_url)}, {"create_time", TIME, AT(create_ms)}, {"modify_time", TIME, AT(modify_ms)}}},
};

struct asked {
	const struct plan *plan;
	char advertiser_id[24];
};

const char *structure_level_name(enum structure_level level)
{
	return plans[level].name;
}

static void ask(void *self, struct reader_window window, struct call *out)
{
	const struct asked *asked = self;
	struct view names[FIELDS_MAX];
	size_t n = 0;

	(void)window;
	for (; n < FIELDS_MAX && asked->plan->fields[n].name; n++)
		names[n] = view_text(asked->plan->fields[n].name);
	call_get(out, asked->plan->path);
	snprintf(out->limit_id, sizeof out->limit_id, "%s", asked->advertiser_id);
	call_param(out, "advertiser_id", view_text(asked->advertiser_id));
	call_param_list(out, "fields", names, n);
	call_param(out, "filtering", VIEW_LIT("{\"primary_status\":\"STATUS_ALL\"}"));
}

static void take_list(const struct reader_item *item, const char *name, struct structure_list *out)
{
	struct view found[STRUCTURE_LIST_MAX];

	out->n = value_list(item->json, name, found, STRUCTURE_LIST_MAX, item->arena);
	if (!out->n)
		return;
	struct view *items = arena_take(item->arena, out->n * sizeof *items);
	memcpy(items, found, out->n * sizeof *items);
	out->items = items;
}

static struct view before_of(const struct reader_item *item, const struct field *text)
{
	return item->before ? *(const struct view *)((const char *)item->before + text->at) : VIEW_ABSENT;
}

static void take_field(const struct reader_item *item, const struct field *field, struct structure *row)
{
	void *to = (char *)row + field->at;

	switch (field->type) {
	case ID:
		*(struct view *)to = value_id(item->json, field->name, before_of(item, field), item->arena);
		break;
	case TEXT:
		*(struct view *)to = value_text(item->json, field->name, before_of(item, field), item->arena);
		break;
	case MONEY:
		*(struct reader_money *)to = value_money(item->json, field->name);
		break;
	case TIME:
		*(int64_t *)to = value_time_ms(item->json, field->name);
		break;
	case LIST:
		take_list(item, field->name, to);
		break;
	}
}

static bool ends_with(struct view text, struct view end)
{
	return text.n >= end.n && memcmp(text.p + text.n - end.n, end.p, end.n) == 0;
}

static bool take(void *self, const struct reader_item *item, void *row, const char **why)
{
	const struct asked *asked = self;
	struct structure *s = row;

	s->level = (enum structure_level)(asked->plan - plans);
	for (const struct field *f = asked->plan->fields; f < asked->plan->fields + FIELDS_MAX && f->name; f++)
		take_field(item, f, s);
	// An ad of a deleted campaign may be said to be "AD_STATUS_CAMPAIGN_DELETE".
	s->deleted = ends_with(s->secondary_status, VIEW_LIT("_DELETE"));
	*why = "a campaign, ad group or ad without its id";
	return s->id.n > 0;
}

static int compare(const void *a, const void *b)
{
	return view_cmp(((const struct structure *)a)->id, ((const struct structure *)b)->id);
}

struct reader *structure_reader_new(enum structure_level level, struct view advertiser_id, const struct reader_limits *limits)
{
	static const struct reader_kind kind = {sizeof(struct structure), true, ask, take, compare, NULL, free};
	struct asked *self = calloc(1, sizeof *self);

	if (!self)
		err_out_of_memory();
	self->plan = &plans[level];
	snprintf(self->advertiser_id, sizeof self->advertiser_id, "%.*s", VIEW_ARG(advertiser_id));
	return reader_new(&kind, self, (struct reader_window){0, 1}, 1, limits);
}
