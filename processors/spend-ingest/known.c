// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/known.h"

#include "base/when.h"

// Nothing is taken out of a store by its key: what is deleted is one byte long.
static const struct view deleted = VIEW_LIT("-");
static const struct view all_accounts = VIEW_LIT("accounts"), connection_key = VIEW_LIT("c"), status_key = VIEW_LIT("s");

void known_clear(struct known *k)
{
	buf_clear(&k->user);
	buf_clear(&k->day);
}

static void put(struct known *k, struct view user, struct view key, struct view value)
{
	const struct state_conversion c = {key, 0, value};

	store_put_conversion(k->store, store_hash(user), user, &c, VIEW_ABSENT);
}

static int get(struct known *k, struct view user, struct view key, struct arena *arena, struct view *value, struct err *err)
{
	if (store_read_conversion(k->store, store_hash(user), user, key, arena, value, err) != 0)
		return -1;
	if (view_is_set(*value) && value->n == deleted.n)
		*value = VIEW_ABSENT;
	return 0;
}

static int get_all(struct known *k, struct view user, struct arena *arena, struct state_user *out, struct err *err)
{
	return store_read(k->store, store_hash(user), user, arena, out, err);
}

// ---- rows

void known_day(struct known *k, struct view account, int8_t level, int32_t day)
{
	char text[WHEN_DAY_SIZE];

	buf_reset(&k->day);
	buf_add_view(&k->day, account);
	buf_addf(&k->day, "|%d|%s", level, when_print_day(day, text));
	k->day_hash = store_hash(buf_view(&k->day));
}

void known_put_row(struct known *k, struct view entity, uint64_t digest)
{
	const struct state_conversion c = {entity, 0, digest ? view_of(&digest, sizeof digest) : deleted};

	store_put_conversion(k->store, k->day_hash, buf_view(&k->day), &c, VIEW_ABSENT);
}

int known_rows(struct known *k, struct arena *arena, struct known_row **rows, size_t *n, struct err *err)
{
	struct state_user user;

	if (store_read(k->store, k->day_hash, buf_view(&k->day), arena, &user, err) != 0)
		return -1;
	*rows = arena_take(arena, (user.conversion_count + 1) * sizeof **rows);
	*n = 0;
	for (size_t i = 0; i < user.conversion_count; i++) {
		const struct state_conversion *c = &user.conversions[i];
		struct known_row *row = &(*rows)[*n];

		if (c->value.n != sizeof row->digest)
			continue;
		row->entity = c->key;
		memcpy(&row->digest, c->value.p, sizeof row->digest);
		++*n;
	}
	return 0;
}

// ---- entities

static struct view level_user(struct known *k, struct view account, int8_t level)
{
	buf_reset(&k->user);
	buf_add_view(&k->user, account);
	buf_addf(&k->user, "|e%d", level);
	return buf_view(&k->user);
}

void known_put_entity(struct known *k, struct view account, int8_t level, struct view id, struct view body)
{
	put(k, level_user(k, account, level), id, view_is_set(body) ? body : deleted);
}

// ceiling: which level of whose, and where they go
int known_entities(struct known *k, struct view account, int8_t level, struct arena *arena, struct known_entity **entities, size_t *n,
	struct err *err)
{
	struct state_user user;

	if (get_all(k, level_user(k, account, level), arena, &user, err) != 0)
		return -1;
	*entities = arena_take(arena, (user.conversion_count + 1) * sizeof **entities);
	*n = 0;
	for (size_t i = 0; i < user.conversion_count; i++)
		if (user.conversions[i].value.n != deleted.n)
			(*entities)[(*n)++] = (struct known_entity){user.conversions[i].key, user.conversions[i].value};
	return 0;
}

// ceiling: which entity of whose, and where it goes
int known_entity(struct known *k, struct view account, int8_t level, struct view id, struct arena *arena, struct view *body,
	struct err *err)
{
	return get(k, level_user(k, account, level), id, arena, body, err);
}

// ---- accounts

static struct view account_user(struct known *k, struct view account)
{
	buf_reset(&k->user);
	buf_add_view(&k->user, account);
	buf_add_text(&k->user, "|a");
	return buf_view(&k->user);
}

static void put_account(struct known *k, struct view account, struct view key, struct view value)
{
	put(k, account_user(k, account), key, view_is_set(value) ? value : deleted);
	if (view_is_set(value))
		put(k, all_accounts, account, VIEW_LIT("+"));
}

void known_put_connection(struct known *k, struct view account, struct view value)
{
	put_account(k, account, connection_key, value);
}

void known_put_status(struct known *k, struct view account, struct view value)
{
	put_account(k, account, status_key, value);
}

int known_account(struct known *k, struct view account, struct arena *arena, struct view *connection, struct view *status, struct err *err)
{
	struct view user = account_user(k, account);

	if (get(k, user, connection_key, arena, connection, err) != 0)
		return -1;
	return get(k, user, status_key, arena, status, err);
}

int known_accounts(struct known *k, struct arena *arena, struct view **accounts, size_t *n, struct err *err)
{
	struct state_user user;

	if (get_all(k, all_accounts, arena, &user, err) != 0)
		return -1;
	*accounts = arena_take(arena, (user.conversion_count + 1) * sizeof **accounts);
	for (size_t i = 0; i < user.conversion_count; i++)
		(*accounts)[i] = user.conversions[i].key;
	*n = user.conversion_count;
	return 0;
}
