// SPDX-License-Identifier: Apache-2.0
#include "tiktok/account.h"

#include <stdlib.h>

#include "base/money.h"
#include "tiktok/reader_private.h"
#include "tiktok/value.h"

struct ids {
	struct arena arena;
	struct view *items;
};

static void ask(void *self, struct reader_window window, struct call *out)
{
	static const struct view fields[] = {{"advertiser_id", 13}, {"name", 4}, {"status", 6}, {"currency", 8}, {"country", 7},
		{"timezone", 8}, {"display_timezone", 16}};
	const struct ids *ids = self;

	call_get(out, "/advertiser/info/");
	call_param_list(out, "advertiser_ids", ids->items + window.from, (size_t)(window.until - window.from));
	call_param_list(out, "fields", fields, sizeof fields / sizeof *fields);
}

static bool take(void *self, const struct reader_item *item, void *row, const char **why)
{
	struct account *a = row;

	(void)self;
	a->advertiser_id = value_id(item->json, "advertiser_id", VIEW_ABSENT, item->arena);
	a->name = value_text(item->json, "name", VIEW_ABSENT, item->arena);
	a->status = value_text(item->json, "status", VIEW_ABSENT, item->arena);
	a->currency = value_text(item->json, "currency", VIEW_ABSENT, item->arena);
	a->country = value_text(item->json, "country", VIEW_ABSENT, item->arena);
	a->timezone = value_text(item->json, "timezone", VIEW_ABSENT, item->arena);
	a->display_timezone = value_text(item->json, "display_timezone", VIEW_ABSENT, item->arena);
	a->currency_known = money_currency(a->currency) != NULL;
	*why = "an account without advertiser_id";
	return a->advertiser_id.n > 0;
}

static int compare(const void *a, const void *b)
{
	return view_cmp(((const struct account *)a)->advertiser_id, ((const struct account *)b)->advertiser_id);
}

static void ids_free(void *self)
{
	struct ids *ids = self;

	arena_clear(&ids->arena);
	free(ids);
}

struct reader *account_reader_new(const struct view *ids, size_t n, const struct reader_limits *limits)
{
	static const struct reader_kind kind = {sizeof(struct account), false, ask, take, compare, NULL, ids_free};
	struct ids *self = calloc(1, sizeof *self);

	if (!self)
		err_out_of_memory();
	self->items = arena_take(&self->arena, (n + 1) * sizeof *self->items);
	for (size_t i = 0; i < n; i++)
		self->items[i] = arena_dup(&self->arena, ids[i]);
	return reader_new(&kind, self, (struct reader_window){0, (int64_t)n}, ACCOUNT_BATCH_MAX, limits);
}

struct view account_zone(const struct account *account)
{
	return account->display_timezone.n ? account->display_timezone : account->timezone;
}

bool account_is_enabled(const struct account *account)
{
	return view_eq(account->status, VIEW_LIT("STATUS_ENABLE"));
}
