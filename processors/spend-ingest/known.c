// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/known.h"

#include <stdlib.h>

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

// ---- buckets

// The store looks for a user's row by going through all that it has of the user in memory: so the thousands of one day are spread over some users.
enum { BUCKETS = 64 };

static int buckets_of(int8_t level)
{
	return level == LEVEL_ADVERTISER ? 1 : BUCKETS;
}

// `user` ends with a byte for the bucket.
static struct view bucket(struct buf *user, int number)
{
	user->p[user->n - 1] = (char)('0' + number);
	return buf_view(user);
}

static struct view bucket_for(struct buf *user, int8_t level, struct view entity)
{
	return bucket(user, (int)(store_hash(entity) % (unsigned)buckets_of(level)));
}

static int by_key(const void *a, const void *b)
{
	return view_cmp(((const struct state_conversion *)a)->key, ((const struct state_conversion *)b)->key);
}

// ceiling: which buckets, and where what they hold goes
// All that they hold, in the order of their keys.
static int get_all(struct known *k, struct buf *user, int8_t level, struct arena *arena, struct state_conversion **all, size_t *n,
	struct err *err)
{
	struct state_user some[BUCKETS];
	int buckets = buckets_of(level);

	*n = 0;
	for (int i = 0; i < buckets; i++) {
		struct view name = bucket(user, i);

		if (store_read(k->store, store_hash(name), name, arena, &some[i], err) != 0)
			return -1;
		*n += some[i].conversion_count;
	}
	*all = arena_take(arena, (*n + 1) * sizeof **all);
	*n = 0;
	for (int i = 0; i < buckets; i++) {
		if (some[i].conversion_count)
			memcpy(*all + *n, some[i].conversions, some[i].conversion_count * sizeof **all);
		*n += some[i].conversion_count;
	}
	if (*n)
		qsort(*all, *n, sizeof **all, by_key);
	return 0;
}

// ---- rows

void known_day(struct known *k, struct view account, int8_t level, int32_t day)
{
	char text[WHEN_DAY_SIZE];

	buf_reset(&k->day);
	buf_add_view(&k->day, account);
	buf_addf(&k->day, "|%d|%s|0", level, when_print_day(day, text));
	k->day_level = level;
}

void known_put_row(struct known *k, struct view entity, uint64_t digest)
{
	put(k, bucket_for(&k->day, k->day_level, entity), entity, digest ? view_of(&digest, sizeof digest) : deleted);
}

int known_rows(struct known *k, struct arena *arena, struct known_row **rows, size_t *n, struct err *err)
{
	struct state_conversion *all;
	size_t count;

	if (get_all(k, &k->day, k->day_level, arena, &all, &count, err) != 0)
		return -1;
	*rows = arena_take(arena, (count + 1) * sizeof **rows);
	*n = 0;
	for (size_t i = 0; i < count; i++) {
		struct known_row *row = &(*rows)[*n];

		if (all[i].value.n != sizeof row->digest)
			continue;
		row->entity = all[i].key;
		memcpy(&row->digest, all[i].value.p, sizeof row->digest);
		++*n;
	}
	return 0;
}

// ---- entities

static struct buf *level_user(struct known *k, struct view account, int8_t level)
{
	buf_reset(&k->user);
	buf_add_view(&k->user, account);
	buf_addf(&k->user, "|e%d|0", level);
	return &k->user;
}

void known_put_entity(struct known *k, struct view account, int8_t level, struct view id, struct view body)
{
	put(k, bucket_for(level_user(k, account, level), level, id), id, view_is_set(body) ? body : deleted);
}

// ceiling: which level of whose, and where they go
int known_entities(struct known *k, struct view account, int8_t level, struct arena *arena, struct known_entity **entities, size_t *n,
	struct err *err)
{
	struct state_conversion *all;
	size_t count;

	if (get_all(k, level_user(k, account, level), level, arena, &all, &count, err) != 0)
		return -1;
	*entities = arena_take(arena, (count + 1) * sizeof **entities);
	*n = 0;
	for (size_t i = 0; i < count; i++)
		if (all[i].value.n != deleted.n)
			(*entities)[(*n)++] = (struct known_entity){all[i].key, all[i].value};
	return 0;
}

// ceiling: which entity of whose, as it is and where it goes
int known_entity(struct known *k, struct view account, int8_t level, struct view id, struct arena *arena, struct view *body,
	struct err *err)
{
	return get(k, bucket_for(level_user(k, account, level), level, id), id, arena, body, err);
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

	if (store_read(k->store, store_hash(all_accounts), all_accounts, arena, &user, err) != 0)
		return -1;
	*accounts = arena_take(arena, (user.conversion_count + 1) * sizeof **accounts);
	for (size_t i = 0; i < user.conversion_count; i++)
		(*accounts)[i] = user.conversions[i].key;
	*n = user.conversion_count;
	return 0;
}
