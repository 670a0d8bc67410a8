// SPDX-License-Identifier: Apache-2.0
// Rows out: encoded, compared with what was told last, told.
#include <xxhash.h>

#include "base/when.h"
#include "processors/roas-join/join_shard.h"
#include "processors/roas-join/reckon.h"
#include "runtime/topics_partition.h"

int join_publish_read(struct join_shard *s, struct view published, struct roas_row *out, struct err *err)
{
	*out = (struct roas_row){.tenant = VIEW_ABSENT};
	if (!view_is_set(published) || wire_read(s->rows, published, &s->arena, out, err) == 0)
		return 0;
	if (err->class == ERR_POISON)
		err->class = ERR_FATAL; // our own: without it sums would be wrong
	return err_prefix(err, "a row of ROAS that was published");
}

// `row` NULL: there is none any more.
static int tell(struct join_shard *s, struct view key, const struct roas_row *row, struct view *published, struct err *err)
{
	struct emission out = {.topic = JOIN_ROAS, .partition = s->partition, .key = key, .value = VIEW_ABSENT};

	buf_reset(&s->bytes);
	if (row) {
		wire_write(&s->role->row_header, contract_roas_row, row, &s->bytes);
		out.value = buf_view(&s->bytes);
	}
	if (view_eq(out.value, *published))
		return 0;
	*published = arena_dup(&s->arena, out.value);
	s->published += row != NULL;
	s->tombstones += row == NULL;
	return s->emit->send(s->emit, &out, err);
}

static struct view or_absent(struct view text)
{
	return text.n ? text : VIEW_ABSENT;
}

static struct view or_empty(struct view text)
{
	return view_is_set(text) ? text : VIEW_LIT("");
}

static void name_row(const struct join_account *a, const struct join_name *name, const struct join_entity *e, struct roas_row *row)
{
	bool is_unplaced = name->level == ROAS_UNPLACED, is_ad = name->level == ROAS_AD;

	*row = (struct roas_row){.tenant = name->tenant,
		.advertiser_id = name->advertiser,
		.level = name->level,
		.entity_id = name->entity,
		.day_zone = is_unplaced ? VIEW_LIT("UTC") : or_empty(a->zone_name),
		.name = or_absent(e->name),
		.campaign_id = or_absent(is_unplaced ? name->campaign
				: is_ad                      ? e->campaign
											 : e->own_campaign),
		.adgroup_id = or_absent(is_unplaced ? name->adgroup
				: is_ad                     ? e->adgroup
											: VIEW_ABSENT),
		.currency = VIEW_LIT(""),
		.spend_micros = TIME_ABSENT,
		.ads_spend_micros = TIME_ABSENT,
		.account_spend_micros = TIME_ABSENT,
		.impressions = TIME_ABSENT,
		.clicks = TIME_ABSENT,
		.tiktok_conversions = TIME_ABSENT,
		.tiktok_value_micros = TIME_ABSENT};
	if (name->level != ROAS_ADGROUP && !is_unplaced && !is_ad)
		row->campaign_id = VIEW_ABSENT;
}

// ---- an account's share of its tenant's day

static void add_spend(const struct join_row *row, struct view day, struct arena *arena, struct daily_sum *sum)
{
	struct join_spend whole = join_spend_whole(&row->spend, &row->own, arena);

	for (size_t i = 0; i < whole.n; i++)
		if (whole.p[i].known[FIGURE_SPEND])
			sum->parts.p[sum->parts.n++] = (struct daily_part){.goal = VIEW_LIT(""),
				.currency = whole.p[i].currency,
				.rate_day = day,
				.spend_micros = whole.p[i].sum[FIGURE_SPEND]};
}

static void add_credits(const struct join_parts *parts, struct daily_sum *sum)
{
	for (size_t i = 0; i < parts->n; i++) {
		const struct roas_part *p = &parts->p[i];

		if (p->by_order_day)
			continue;
		sum->parts.p[sum->parts.n++] = (struct daily_part){.goal = p->goal,
			.attributed = true,
			.currency = p->currency,
			.rate_day = p->rate_day,
			.revenue = p->revenue,
			.conversions = p->conversions};
	}
}

static struct view daily_source(struct view advertiser, struct arena *arena)
{
	static const char prefix[] = "advertiser:";
	char *text = arena_take(arena, sizeof prefix + advertiser.n);

	memcpy(text, prefix, sizeof prefix - 1);
	if (advertiser.n)
		memcpy(text + sizeof prefix - 1, advertiser.p, advertiser.n);
	return view_of(text, sizeof prefix - 1 + advertiser.n);
}

static int32_t daily_partition(const struct join_shard *s, struct view tenant, struct arena *arena)
{
	return topics_partition_of(join_key_account(tenant, VIEW_LIT(""), arena), s->position->partitions);
}

// ceiling: whose day, what it is made of, and where it goes
static int tell_daily(struct join_shard *s, const struct join_name *name, struct view day, const struct join_parts *parts, bool was_there,
	struct join_row *row, struct err *err)
{
	struct daily_sum sum = {.tenant = name->tenant, .source = daily_source(name->advertiser, &s->arena), .day = day};
	uint64_t digest = 0;

	sum.parts.p = arena_zero(&s->arena, (parts->n + row->spend.n + row->own.n) * sizeof *sum.parts.p);
	add_spend(row, day, &s->arena, &sum);
	add_credits(parts, &sum);
	buf_reset(&s->bytes);
	if (sum.parts.n) {
		wire_write(&s->role->sum_header, contract_daily_sum, &sum, &s->bytes);
		digest = XXH64(s->bytes.p, s->bytes.n, 0) | 1;
	}
	if (digest == row->daily && (digest || !was_there))
		return 0;
	row->daily = digest;
	buf_reset(&s->spare);
	buf_add_view(&s->spare, name->tenant);
	buf_add_text(&s->spare, "|advertiser:");
	struct view account = join_key_account(VIEW_LIT(""), name->advertiser, &s->arena); // |id, escaped
	buf_add(&s->spare, account.p + 1, account.n - 1);
	buf_add_byte(&s->spare, '|');
	buf_add_view(&s->spare, day);
	struct emission out = {.topic = JOIN_DAILY_SUMS,
		.partition = daily_partition(s, name->tenant, &s->arena),
		.key = buf_view(&s->spare),
		.value = digest ? buf_view(&s->bytes) : VIEW_ABSENT};
	return s->emit->send(s->emit, &out, err);
}

// ---- a day

static bool is_there(const struct join_parts *parts, const struct join_row *row)
{
	return parts->n > 0 || row->spend.n > 0 || row->own.n > 0;
}

static void reckon_placed(struct join_shard *s, const struct join_account *a, int64_t bucket, const struct join_parts *parts,
	const struct join_row *row, struct roas_row *out)
{
	const struct reckon_facts facts = {.tenant = a->tenant,
		.rates = s->role->rates,
		.account_currency = a->currency,
		.day = (int32_t)bucket,
		.is_account = out->level == ROAS_ADVERTISER,
		.parts = parts,
		.spend = &row->spend,
		.own = &row->own};

	reckon_row(&facts, &s->arena, out);
}

// ceiling: whose day, what is known of it, and where it goes
int join_publish_day(struct join_shard *s, const struct join_account *a, const struct join_name *name, const struct join_entity *entity,
	int64_t bucket, struct join_parts *parts, struct join_row *row, struct err *err)
{
	char text[JOIN_DAY_SIZE];
	struct view day = view_text(join_key_day(name->level, bucket, text));
	struct view key = join_key_row(join_key_entity(name, &s->arena), day, &s->arena);
	bool was_there = view_is_set(row->published);
	struct roas_row out;

	join_part_tidy(parts);
	if (!is_there(parts, row)) {
		if (tell(s, key, NULL, &row->published, err) != 0)
			return -1;
	} else {
		name_row(a, name, entity, &out);
		out.day = day;
		if (name->level == ROAS_UNPLACED)
			out.parts = (struct roas_parts){parts->p, parts->n};
		else
			reckon_placed(s, a, bucket, parts, row, &out);
		if (tell(s, key, &out, &row->published, err) != 0)
			return -1;
	}
	return name->level == ROAS_ADVERTISER ? tell_daily(s, name, day, parts, was_there, row, err) : 0;
}

// ---- what is remembered without a day

int join_publish_entity(struct join_shard *s, const struct join_work *w, struct join_entity *e, struct err *err)
{
	bool is_account = w->name.level == ROAS_ADVERTISER, is_ad = w->name.level == ROAS_AD;
	struct roas_row row;

	if (!(is_account && e->zone.n) && !(is_ad && (e->named_campaign.n || e->named_adgroup.n)))
		return 0;
	name_row(w->account, &w->name, &(struct join_entity){.campaign = e->named_campaign, .adgroup = e->named_adgroup}, &row);
	row.day = VIEW_LIT("");
	row.day_zone = is_account ? e->zone : VIEW_LIT("");
	return tell(s, join_key_row(w->key, row.day, &s->arena), &row, &e->published, err);
}

// ---- an account

static int publish_row(struct join_shard *s, const struct join_account *a, const struct join_entity *entity, struct view key,
	struct err *err)
{
	struct join_row row;
	struct roas_row was;
	struct join_parts parts = {NULL, 0, 0};
	int64_t bucket;

	if (join_entry_row(s->store, key, &s->arena, &row, err) != 0 || join_publish_read(s, row.published, &was, err) != 0)
		return -1;
	if (!view_is_set(row.published) || join_key_bucket(was.level, was.day, &bucket) != 0)
		return 0;
	join_part_add_all(&parts, was.parts.p, was.parts.n, 1, &s->arena);
	struct join_name name = {a->tenant_id, a->advertiser, was.level, was.entity_id, VIEW_ABSENT, VIEW_ABSENT};
	struct view before = row.published;
	uint64_t daily = row.daily;
	if (join_publish_day(s, a, &name, entity, bucket, &parts, &row, err) != 0)
		return -1;
	if (!view_eq(before, row.published) || daily != row.daily)
		join_entry_put_row(s->store, key, &row, &s->spare);
	return 0;
}

static int publish_entity_days(struct join_shard *s, const struct join_account *a, struct view entity_key, struct err *err)
{
	struct join_entity entity;
	struct view *days;
	size_t count;

	if (join_entry_entity(s->store, entity_key, &s->arena, &entity, err) != 0 ||
		join_entry_days(s->store, entity_key, &s->arena, &days, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(&s->arena);

		if (publish_row(s, a, &entity, join_key_row(entity_key, days[i], &s->arena), err) != 0)
			return -1;
		arena_return(&s->arena, mark);
	}
	return 0;
}

static bool is_of_unplaced(struct view account_key, struct view entity_key)
{
	static const char level[] = "|unplaced|";
	size_t n = sizeof level - 1;

	return entity_key.n >= account_key.n + n && memcmp(entity_key.p + account_key.n, level, n) == 0;
}

int join_publish_account(struct join_shard *s, const struct join_account *a, struct err *err)
{
	struct view account_key = join_key_account(a->tenant_id, a->advertiser, &s->arena), *keys;
	size_t count;

	if (join_entry_entities(s->store, account_key, &s->arena, &keys, &count, err) != 0)
		return -1;
	for (size_t i = 0; i < count; i++) {
		struct arena_mark mark = arena_mark(&s->arena);

		if (!is_of_unplaced(account_key, keys[i]) && publish_entity_days(s, a, keys[i], err) != 0)
			return -1;
		arena_return(&s->arena, mark);
	}
	return 0;
}
