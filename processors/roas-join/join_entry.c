// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-join/join_entry.h"

#include "base/own.h"

enum { OF_ACCOUNT = 1, OF_SETTINGS = 2 };

static int corrupt(struct err *err)
{
	return err_set(err, ERR_FATAL, "store_corrupt", "an entry of the join cannot be read; remove the shard's state, it restores itself");
}

// ---- bytes: absent texts are told from empty ones

static void add_text(struct buf *out, struct view text)
{
	buf_add_varint(out, view_is_set(text) ? text.n + 1 : 0);
	if (text.n)
		buf_add_view(out, text);
}

static struct view read_text(struct cursor *c)
{
	uint64_t n = cursor_varint(c);

	return n == 0 || c->bad ? VIEW_ABSENT : cursor_bytes(c, n - 1);
}

static int read_value(struct store *store, struct view key, struct arena *arena, struct view *value, struct err *err)
{
	uint64_t hash = store_hash(key);

	*value = VIEW_ABSENT;
	if (!store_may_have_conversion(store, hash, INT64_MIN))
		return 0;
	if (store_read_conversion(store, hash, key, VIEW_LIT(""), arena, value, err) != 0)
		return -1;
	*value = arena_dup(arena, *value); // it is put again while texts of it are in use
	return 0;
}

static void put_value(struct store *store, struct view key, struct view name, struct view value)
{
	store_put_conversion(store, store_hash(key), key, &(struct state_conversion){name, 0, value}, VIEW_ABSENT);
}

int join_entry_row(struct store *store, struct view key, struct arena *arena, struct join_row *out, struct err *err)
{
	struct view bytes;

	*out = (struct join_row){.published = VIEW_ABSENT};
	if (read_value(store, key, arena, &bytes, err) != 0)
		return -1;
	if (!view_is_set(bytes))
		return 0;
	struct cursor c = cursor_over(bytes);
	out->found = true;
	out->published = read_text(&c);
	out->spend = join_spend_unpack(&c, arena);
	out->own = join_spend_unpack(&c, arena);
	out->campaign = read_text(&c);
	out->adgroup = read_text(&c);
	out->report_campaign = read_text(&c);
	out->report_adgroup = read_text(&c);
	out->daily = cursor_varint(&c);
	return c.bad ? corrupt(err) : 0;
}

void join_entry_put_row(struct store *store, struct view key, const struct join_row *row, struct buf *spare)
{
	buf_reset(spare);
	add_text(spare, row->published);
	join_spend_pack(&row->spend, spare);
	join_spend_pack(&row->own, spare);
	add_text(spare, row->campaign);
	add_text(spare, row->adgroup);
	add_text(spare, row->report_campaign);
	add_text(spare, row->report_adgroup);
	buf_add_varint(spare, row->daily);
	put_value(store, key, VIEW_LIT(""), buf_view(spare));
}

enum { ENTITY_TEXTS = 13 };

static void list_texts(struct join_entity *e, struct view *texts[ENTITY_TEXTS])
{
	struct view *const all[ENTITY_TEXTS] = {&e->name, &e->currency, &e->said_zone, &e->own_campaign, &e->own_adgroup, &e->published,
		&e->zone, &e->named_campaign, &e->named_adgroup, &e->report_campaign, &e->report_adgroup, &e->campaign, &e->adgroup};

	memcpy(texts, all, sizeof all);
}

int join_entry_entity(struct store *store, struct view key, struct arena *arena, struct join_entity *out, struct err *err)
{
	struct view bytes, *texts[ENTITY_TEXTS];

	*out = (struct join_entity){.found = false};
	if (read_value(store, key, arena, &bytes, err) != 0)
		return -1;
	if (!view_is_set(bytes))
		return 0;
	struct cursor c = cursor_over(bytes);
	list_texts(out, texts);
	out->found = true;
	out->reported = cursor_byte(&c);
	out->report_day = (int32_t)(uint32_t)cursor_varint(&c);
	for (int i = 0; i < ENTITY_TEXTS; i++)
		*texts[i] = read_text(&c);
	return c.bad ? corrupt(err) : 0;
}

void join_entry_put_entity(struct store *store, struct view key, const struct join_entity *entity, struct buf *spare)
{
	struct join_entity copy = *entity;
	struct view *texts[ENTITY_TEXTS];

	buf_reset(spare);
	list_texts(&copy, texts);
	buf_add_byte(spare, entity->reported);
	buf_add_varint(spare, (uint32_t)entity->report_day);
	for (int i = 0; i < ENTITY_TEXTS; i++)
		add_text(spare, *texts[i]);
	put_value(store, key, VIEW_LIT(""), buf_view(spare));
}

// ---- lists

static struct view marked(uint8_t mark, struct view text, struct arena *arena)
{
	char *key = arena_take(arena, text.n + 1);

	*key = (char)mark;
	memcpy(key + 1, text.p, text.n);
	return view_of(key, text.n + 1);
}

void join_entry_list_day(struct store *store, struct view entity_key, struct view day)
{
	put_value(store, entity_key, day, VIEW_LIT("1"));
}

void join_entry_list_entity(struct store *store, struct view account_key, struct view entity_key, struct arena *arena)
{
	struct view name = view_of(entity_key.p + account_key.n + 1, entity_key.n - account_key.n - 1);

	put_value(store, marked(OF_ACCOUNT, account_key, arena), name, VIEW_LIT("1"));
}

// Names under a key, but not the empty one.
static int read_list(struct store *store, struct view key, struct arena *arena, struct view **names, size_t *count, struct err *err)
{
	struct state_user rows;

	*count = 0;
	if (store_read(store, store_hash(key), key, arena, &rows, err) != 0)
		return -1;
	*names = arena_take(arena, rows.conversion_count * sizeof **names);
	for (size_t i = 0; i < rows.conversion_count; i++)
		if (rows.conversions[i].key.n)
			(*names)[(*count)++] = rows.conversions[i].key;
	return 0;
}

int join_entry_days(struct store *store, struct view entity_key, struct arena *arena, struct view **days, size_t *count, struct err *err)
{
	return read_list(store, entity_key, arena, days, count, err);
}

int join_entry_entities(struct store *store, struct view account_key, struct arena *arena, struct view **keys, size_t *count,
	struct err *err)
{
	if (read_list(store, marked(OF_ACCOUNT, account_key, arena), arena, keys, count, err) != 0)
		return -1;
	for (size_t i = 0; i < *count; i++)
		(*keys)[i] = join_key_row(account_key, (*keys)[i], arena);
	return 0;
}

// ---- the shard

struct account_list {
	struct arena *arena;
	struct view *keys;
	size_t n, room;
};

static int visit(void *context, struct view user, const struct state_user *rows, struct err *err)
{
	struct account_list *list = context;

	(void)rows, (void)err;
	if (user.n == 0 || user.p[0] != OF_ACCOUNT)
		return 0;
	if (list->n == list->room) {
		list->room = list->room ? 2 * list->room : 64;
		struct view *more = arena_take(list->arena, list->room * sizeof *more);

		if (list->n)
			memcpy(more, list->keys, list->n * sizeof *more);
		list->keys = more;
	}
	list->keys[list->n++] = arena_dup(list->arena, view_of(user.p + 1, user.n - 1));
	return 0;
}

int join_entry_accounts(struct store *store, struct arena *arena, struct view **keys, size_t *count, struct err *err)
{
	struct account_list list = {.arena = arena};

	if (store_visit(store, visit, &list, err) != 0)
		return -1;
	*keys = list.keys;
	*count = list.n;
	return 0;
}

static struct view settings_key(void)
{
	static const char key[] = {OF_SETTINGS};

	return view_of(key, sizeof key);
}

int join_entry_settings(struct store *store, uint64_t *digest, struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct view bytes;

	*digest = 0;
	if (read_value(store, settings_key(), &arena, &bytes, err) != 0)
		return -1;
	struct cursor c = cursor_over(bytes);
	if (view_is_set(bytes))
		*digest = cursor_varint(&c);
	return 0;
}

void join_entry_put_settings(struct store *store, uint64_t digest)
{
	OWN(buf_clear) struct buf bytes = {0};

	buf_add_varint(&bytes, digest);
	put_value(store, settings_key(), VIEW_LIT(""), buf_view(&bytes));
}
