// SPDX-License-Identifier: Apache-2.0
// Rows that were published, back into the store.
#include "processors/roas-join/join_shard.h"

static int refuse(struct err *err)
{
	return err_set(err, ERR_FATAL, "output_foreign",
		"a record's key is not tenant|advertiser|level|entity|day: somebody else writes to this topic");
}

// The key without its day; and of that, the account's part.
static int split(struct view key, struct view *entity, struct view *day, struct view *account)
{
	const char *last = memrchr(key.p, '|', key.n), *bar = memchr(key.p, '|', key.n);

	if (!last || !bar)
		return -1;
	*entity = view_of(key.p, (size_t)(last - key.p));
	*day = view_of(last + 1, (size_t)(key.p + key.n - last - 1));
	bar = memchr(bar + 1, '|', (size_t)(key.p + key.n - bar - 1));
	if (!bar || bar >= last)
		return -1;
	*account = view_of(key.p, (size_t)(bar - key.p));
	return 0;
}

static int know_entity(struct join_shard *s, struct view account, struct view key, struct join_entity *e, struct err *err)
{
	if (join_entry_entity(s->store, key, &s->arena, e, err) != 0)
		return -1;
	if (e->found)
		return 0;
	join_entry_list_entity(s->store, account, key, &s->arena);
	join_entry_put_entity(s->store, key, e, &s->spare);
	return 0;
}

static int restore_day(struct join_shard *s, struct view entity_key, struct view day, const struct record *record, struct err *err)
{
	struct join_row row;

	if (join_entry_row(s->store, record->key, &s->arena, &row, err) != 0)
		return -1;
	if (!row.found)
		join_entry_list_day(s->store, entity_key, day);
	row.published = record->value;
	row.daily = 0;
	join_entry_put_row(s->store, record->key, &row, &s->spare);
	return 0;
}

// The ids that credits name may move an ad's reports to other sums.
static int restore_entity(struct join_shard *s, struct view key, struct join_entity *e, const struct record *record, struct err *err)
{
	struct join_account *account;
	struct roas_row row;

	if (!view_is_set(record->value))
		return 0;
	if (join_publish_read(s, record->value, &row, err) != 0)
		return -1;
	e->published = record->value;
	if (row.level == ROAS_ADVERTISER)
		e->zone = row.day_zone;
	join_entry_put_entity(s->store, key, e, &s->spare);
	if (row.level == ROAS_ADVERTISER) {
		join_work_forget_accounts(s);
		return 0;
	}
	if (join_work_account(s, row.tenant, row.advertiser_id, &account, err) != 0)
		return -1;
	if (!account)
		return 0; // its tenant has left the config
	struct join_work *w = join_work_of(s, account, row.level, row.entity_id);
	w->named_campaign = row.campaign_id;
	w->named_adgroup = row.adgroup_id;
	return join_settle(s, err);
}

int join_restore_row(struct join_shard *s, const struct record *record, struct err *err)
{
	struct view entity_key, day, account_key;
	struct join_entity entity;

	if (!view_is_set(record->key) || split(record->key, &entity_key, &day, &account_key) != 0)
		return refuse(err);
	if (know_entity(s, account_key, entity_key, &entity, err) != 0)
		return -1;
	return day.n ? restore_day(s, entity_key, day, record, err) : restore_entity(s, entity_key, &entity, record, err);
}
