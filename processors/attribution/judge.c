// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/judge.h"

#include "base/when.h"

static int poison(struct err *err, const char *reason, const char *field, const char *what)
{
	return err_set(err, ERR_POISON, reason, "field `%s` %s", field, what);
}

static bool key_is(struct view key, struct view tenant, struct view user)
{
	return key.p && key.n == tenant.n + 1 + user.n && memcmp(key.p, tenant.p, tenant.n) == 0 && key.p[tenant.n] == '|' &&
		memcmp(key.p + tenant.n + 1, user.p, user.n) == 0;
}

static int judge_present(struct view tenant, struct view user, const struct judge_time *times, size_t n, struct err *err)
{
	if (tenant.n == 0)
		return poison(err, "missing_field", "tenant", "is missing or empty");
	if (user.n == 0)
		return poison(err, "missing_field", "user", "is missing or empty");
	for (size_t i = 0; i < n; i++)
		if (times[i].time == TIME_ABSENT && times[i].required)
			return poison(err, "missing_field", times[i].field, "is missing");
	return 0;
}

static int judge_owner(const struct record *record, struct view tenant, struct view user, struct err *err)
{
	if (user.n > JUDGE_USER_MAX)
		return err_set(err, ERR_POISON, "bad_user", "field `user` has %zu bytes, at most %d are taken", user.n, JUDGE_USER_MAX);
	if (!key_is(record->key, tenant, user))
		return err_set(err, ERR_POISON, "key_mismatch",
			"the record's key is not the bytes `tenant|user` of its value: records of one user would be in different partitions. Set the producer's key so");
	return 0;
}

static bool is_future(const struct record *record, int64_t time, int64_t max_future_ms)
{
	int64_t latest;

	return record->timestamp >= 0 && !__builtin_add_overflow(record->timestamp, max_future_ms, &latest) && time > latest;
}

static int judge_time(const struct record *record, const struct judge_time *t, int64_t max_future_ms, struct err *err)
{
	char seen[WHEN_ISO_SIZE];

	if (t->time == TIME_ABSENT || !t->may_not_be_future || !is_future(record, t->time, max_future_ms))
		return 0;
	return err_set(err, ERR_POISON, "future_time",
		"field `%s` is %s, later than the record's Kafka timestamp + `max_future`: check the clock and that the unit is milliseconds",
		t->field, when_print_iso(t->time, seen));
}

// ceiling: the record, its owner and its times are judged as one
int judge_owner_and_times(const struct record *record, struct view tenant, struct view user, const struct judge_time *times, size_t n,
	int64_t max_future_ms, struct err *err)
{
	if (judge_present(tenant, user, times, n, err) != 0 || judge_owner(record, tenant, user, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++)
		if (times[i].time == TIME_BAD)
			return poison(err, "bad_time", times[i].field, "is neither integer milliseconds nor ISO 8601 with a zone");
	for (size_t i = 0; i < n; i++)
		if (judge_time(record, &times[i], max_future_ms, err) != 0)
			return -1;
	return 0;
}

int judge_text(const char *field, struct view text, struct err *err)
{
	return text.n ? 0 : poison(err, "missing_field", field, "is missing or empty");
}

int judge_enum(const char *field, int value, struct err *err)
{
	if (value == ENUM_MISSING)
		return poison(err, "missing_field", field, "is missing");
	return value == ENUM_UNKNOWN ? poison(err, "bad_enum", field, "has a value outside the contract's enum") : 0;
}

int judge_context(const struct context *c, struct err *err)
{
	if (judge_enum("context.event_source", c->event_source, err) != 0)
		return -1;
	return judge_enum("context.consent", c->consent, err);
}

int judge_currency(struct view code, const struct money_currency **currency, struct err *err)
{
	*currency = NULL;
	if (code.n == 0)
		return 0;
	*currency = money_currency(code);
	if (*currency)
		return 0;
	return err_set(err, ERR_POISON, "unknown_currency", "field `currency` is not an upper-case ISO 4217 code");
}

int judge_money(const char *field, struct view text, const struct money_currency *currency, int64_t *minor, struct err *err)
{
	if (!currency)
		return poison(err, "no_currency", field, "has a value, but the record has no currency");
	if (money_parse(text, currency->exponent, minor) == 0)
		return 0;
	return err_set(err, ERR_POISON, "bad_money",
		"field `%s` is not `digits[.digits]` with at most 12 digits before the point and %d after it (%s), or is negative", field,
		currency->exponent, currency->code);
}

int judge_item_ids(const struct items *items, struct err *err)
{
	for (size_t i = 0; i < items->n; i++)
		if (items->p[i].id.n == 0)
			return err_set(err, ERR_POISON, "missing_field", "field `items[%zu].id` is missing or empty", i);
	return 0;
}

int judge_item_prices(const struct items *items, struct err *err)
{
	for (size_t i = 0; i < items->n; i++)
		if (items->p[i].price.n && !money_has_form(items->p[i].price))
			return err_set(err, ERR_POISON, "bad_money", "field `items[%zu].price` is not `digits[.digits]`", i);
	return 0;
}

int64_t judge_before(int64_t a, int64_t b)
{
	int64_t out;

	if (a == POSITION_NO_TIME || __builtin_sub_overflow(a, b, &out))
		return POSITION_NO_TIME;
	return out;
}

bool judge_is_late(int64_t time, int64_t stream_time, int64_t lateness_ms)
{
	int64_t limit = judge_before(stream_time, lateness_ms);

	return limit != POSITION_NO_TIME && time < limit;
}

int judge_too_late(const char *field, int64_t time, int64_t stream_time, int64_t lateness_ms, struct err *err)
{
	char seen[WHEN_ISO_SIZE], now[WHEN_ISO_SIZE];

	return err_set(err, ERR_POISON, "too_late",
		"field `%s` is %s, more than `allowed_lateness` before the stream time %s: history goes through topics of its own and a replay (lateness %lld ms)",
		field, when_print_iso(time, seen), when_print_iso(stream_time, now), (long long)lateness_ms);
}
