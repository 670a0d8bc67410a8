// SPDX-License-Identifier: Apache-2.0
#include "base/money.h"
#include "base/when.h"
#include "processors/roas-join/join_shard.h"

enum { KEY_FIELDS_MAX = 5 };
#define TIME_LAST 253402300799999LL // of the year 9999
#define AMOUNT_MOST 1000000000000000000LL

static int poison(struct err *err, const char *code, const char *what)
{
	return err_set(err, ERR_POISON, code, "%s", what);
}

// ---- keys

// Texts with `|` between them.
static bool key_is(struct view key, const struct view *fields, size_t count)
{
	size_t at = 0;

	for (size_t i = 0; i < count; i++) {
		if (i > 0 && (at >= key.n || key.p[at++] != '|'))
			return false;
		if (key.n - at < fields[i].n || (fields[i].n && memcmp(key.p + at, fields[i].p, fields[i].n) != 0))
			return false;
		at += fields[i].n;
	}
	return at == key.n;
}

static bool key_split(struct view key, struct view *fields, size_t count)
{
	size_t n = 0, begin = 0;

	for (size_t i = 0; i <= key.n; i++) {
		if (i < key.n && key.p[i] != '|')
			continue;
		if (n == count)
			return false;
		fields[n++] = view_of(key.p + begin, i - begin);
		begin = i + 1;
	}
	return n == count;
}

static int level_named(struct view text)
{
	for (int level = ROAS_ADVERTISER; level <= ROAS_AD; level++)
		if (view_eq(text, view_text(join_key_level((int8_t)level))))
			return level;
	return -1;
}

// ---- accounts

static int account_of(struct join_shard *s, struct view tenant, struct view advertiser, struct join_account **out, struct err *err)
{
	if (advertiser.n > JOIN_ID_MAX)
		return poison(err, "bad_id", "advertiser_id is longer than 256 bytes");
	if (join_work_account(s, tenant, advertiser, out, err) != 0)
		return -1;
	if (!*out)
		return err_set(err, ERR_POISON, "unknown_tenant", "tenant %.*s is not in the config", tenant.n > 64 ? 64 : (int)tenant.n,
			tenant.p ? tenant.p : "");
	join_work_of_account(s, *out);
	return 0;
}

// ---- credits

static bool is_amount(int64_t value)
{
	return value >= -AMOUNT_MOST && value <= AMOUNT_MOST;
}

static bool is_time(int64_t ms)
{
	return ms >= 0 && ms <= TIME_LAST;
}

static int check_change(const struct credit_change *c, struct err *err)
{
	const struct revenue *r = &c->revenue;
	const struct counts *n = &c->conversions;

	if (!is_time(c->click_time))
		return poison(err, "bad_time", "click_time is missing or outside the years 1970 to 9999");
	if (!is_amount(r->placed_micros) || !is_amount(r->confirmed_micros) || !is_amount(r->delivered_micros) || !is_amount(r->net_micros) ||
		!is_amount(n->placed_nanos) || !is_amount(n->confirmed_nanos) || !is_amount(n->delivered_nanos))
		return poison(err, "bad_amount", "an amount is beyond 10^18");
	return 0;
}

static int check_credits(const struct record *record, const struct credit_delta *d, struct err *err)
{
	const struct view key[] = {d->tenant, d->advertiser_id};

	if (d->tenant.n == 0 || d->goal.n == 0)
		return poison(err, "missing_field", "tenant and goal are needed");
	if (!key_is(record->key, key, 2))
		return poison(err, "key_mismatch", "the key is not tenant|advertiser_id");
	if (!is_time(d->conversion_time))
		return poison(err, "bad_time", "conversion_time is missing or outside the years 1970 to 9999");
	if (d->currency.n && !money_currency(d->currency))
		return poison(err, "unknown_currency", "currency is no code of ISO 4217");
	for (size_t i = 0; i < d->deltas.n; i++)
		if (check_change(&d->deltas.p[i], err) != 0)
			return -1;
	return 0;
}

int join_step_credits(struct join_shard *s, const struct record *record, const struct credit_delta *d, struct err *err)
{
	struct join_account *account = NULL;

	if (!d)
		return poison(err, "bad_record", "a deletion: credits are only ever added");
	struct view advertiser = view_is_set(d->advertiser_id) ? d->advertiser_id : VIEW_LIT("");
	if (check_credits(record, d, err) != 0 || account_of(s, d->tenant, advertiser, &account, err) != 0)
		return -1;
	char *day = arena_take(&s->arena, WHEN_DAY_SIZE);
	struct view rate_day = view_text(when_print_day(when_day(d->conversion_time), day));
	for (size_t i = 0; i < d->deltas.n; i++) {
		const struct credit_change *c = &d->deltas.p[i];
		struct roas_part part = {.goal = d->goal,
			.currency = view_is_set(d->currency) ? d->currency : VIEW_LIT(""),
			.rate_day = rate_day,
			.revenue = c->revenue,
			.conversions = c->conversions};

		join_work_credit(s, account, c, c->click_time / JOIN_QUARTER_MS, &part);
		part.by_order_day = true;
		join_work_credit(s, account, c, d->conversion_time / JOIN_QUARTER_MS, &part);
	}
	return 0;
}

// ---- reports

static int check_report(const struct record *record, const struct report_snapshot *r, int32_t *day, struct err *err)
{
	if (r->tenant.n == 0 || r->advertiser_id.n == 0 || r->entity_id.n == 0)
		return poison(err, "missing_field", "tenant, advertiser_id and entity_id are needed");
	if (r->level != LEVEL_AD && r->level != LEVEL_ADVERTISER)
		return poison(err, "bad_enum", "level is neither ad nor advertiser");
	const struct view key[] = {r->tenant, r->advertiser_id, view_text(join_key_level(r->level)), r->entity_id, r->day};
	if (!key_is(record->key, key, KEY_FIELDS_MAX))
		return poison(err, "key_mismatch", "the key is not tenant|advertiser_id|level|entity_id|day");
	if (r->entity_id.n > JOIN_ID_MAX || (r->level == LEVEL_ADVERTISER && !view_eq(r->entity_id, r->advertiser_id)))
		return poison(err, "bad_id", "entity_id is longer than 256 bytes, or an account's is not its advertiser_id");
	if (when_parse_day(r->day, day) != 0)
		return poison(err, "bad_time", "day is not YYYY-MM-DD");
	if (!money_currency(r->currency))
		return poison(err, "unknown_currency", "currency is no code of ISO 4217");
	return 0;
}

// Of a deletion there is only the key.
static int check_key(const struct record *record, size_t fields, struct view *out, int *level, struct err *err)
{
	if (!key_split(record->key, out, fields) || out[0].n == 0 || out[1].n == 0 || (*level = level_named(out[2])) < 0 || out[3].n == 0 ||
		out[3].n > JOIN_ID_MAX)
		return poison(err, "bad_record", "a deletion whose key does not name tenant, advertiser_id, level and entity_id");
	return 0;
}

int join_step_report(struct join_shard *s, const struct record *record, const struct report_snapshot *r, struct err *err)
{
	struct view key[KEY_FIELDS_MAX] = {VIEW_ABSENT};
	struct join_account *account = NULL;
	int level = r ? r->level : -1;
	int32_t day = 0;

	if (r) {
		if (check_report(record, r, &day, err) != 0)
			return -1;
		key[0] = r->tenant, key[1] = r->advertiser_id, key[3] = r->entity_id;
	} else if (check_key(record, KEY_FIELDS_MAX, key, &level, err) != 0) {
		return -1;
	} else if (when_parse_day(key[4], &day) != 0 || (level != ROAS_AD && level != ROAS_ADVERTISER)) {
		return poison(err, "bad_record", "a deletion whose key names no day of an ad or an account");
	}
	if (account_of(s, key[0], key[1], &account, err) != 0)
		return -1;
	struct join_work *work = level == ROAS_AD ? join_work_of(s, account, ROAS_AD, key[3]) : join_work_of_account(s, account);
	struct join_day *d = join_work_day(s, work, day);
	d->is_reported = true;
	d->report = r;
	return 0;
}

// ---- entities

static int check_entity(const struct record *record, const struct ad_entity *e, struct err *err)
{
	const struct zone *zone;

	if (e->tenant.n == 0 || e->advertiser_id.n == 0 || e->entity_id.n == 0)
		return poison(err, "missing_field", "tenant, advertiser_id and entity_id are needed");
	if (e->level < LEVEL_ADVERTISER || e->level > LEVEL_AD)
		return poison(err, "bad_enum", "level is none of the four");
	const struct view key[] = {e->tenant, e->advertiser_id, view_text(join_key_level(e->level)), e->entity_id};
	if (!key_is(record->key, key, KEY_FIELDS_MAX - 1))
		return poison(err, "key_mismatch", "the key is not tenant|advertiser_id|level|entity_id");
	if (e->entity_id.n > JOIN_ID_MAX || (e->level == LEVEL_ADVERTISER && !view_eq(e->entity_id, e->advertiser_id)))
		return poison(err, "bad_id", "entity_id is longer than 256 bytes, or an account's is not its advertiser_id");
	if (e->level != LEVEL_ADVERTISER)
		return 0;
	if (e->currency.n && !money_currency(e->currency))
		return poison(err, "unknown_currency", "currency is no code of ISO 4217");
	return e->time_zone.n ? zone_open(e->time_zone, &zone, err) : 0;
}

int join_step_entity(struct join_shard *s, const struct record *record, const struct ad_entity *e, struct err *err)
{
	struct view key[KEY_FIELDS_MAX - 1] = {VIEW_ABSENT};
	struct join_account *account = NULL;
	int level = e ? e->level : -1;

	if (e) {
		if (check_entity(record, e, err) != 0)
			return -1;
		key[0] = e->tenant, key[1] = e->advertiser_id, key[3] = e->entity_id;
	} else if (check_key(record, KEY_FIELDS_MAX - 1, key, &level, err) != 0) {
		return -1;
	}
	if (account_of(s, key[0], key[1], &account, err) != 0)
		return -1;
	struct join_work *work = level == ROAS_ADVERTISER ? join_work_of_account(s, account) : join_work_of(s, account, (int8_t)level, key[3]);
	work->is_said = true;
	work->said = e;
	if (level == ROAS_ADVERTISER && e && work->zone.n == 0)
		work->zone = e->time_zone;
	return 0;
}
