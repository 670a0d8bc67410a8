// SPDX-License-Identifier: Apache-2.0
#include "processors/roas-totals/costs.h"

#include <xxhash.h>

#include "base/money.h"
#include "base/ratio.h"

enum { PERCENT_DIGITS = 4 }; // a percentage with four decimals is a whole number of millionths

static const int64_t ONE_NANOS = 1000000000, MILLION = 1000000;

static void read_money(struct view text, uint8_t exponent, int64_t *micros, bool *given)
{
	int64_t minor;

	if (!view_is_set(text) || money_parse(text, exponent, &minor) != 0)
		return;
	*micros = money_micros(minor, exponent);
	*given = true;
}

static void read_percent(struct view text, int64_t *ppm, bool *given)
{
	if (view_is_set(text) && money_parse(text, PERCENT_DIGITS, ppm) == 0)
		*given = true;
}

void costs_read(const struct tenant_costs *written, struct view currency, struct costs *out)
{
	const struct money_currency *known = view_is_set(currency) ? money_currency(currency) : NULL;

	*out = (struct costs){0};
	if (!known)
		return;
	read_money(written->cogs, known->exponent, &out->cogs_micros, &out->cogs_given);
	read_percent(written->cogs_percent, &out->cogs_ppm, &out->cogs_given);
	read_money(written->shipping, known->exponent, &out->shipping_micros, &out->shipping_given);
	read_money(written->returned, known->exponent, &out->returned_micros, &out->returned_given);
	read_money(written->fee, known->exponent, &out->fee_micros, &out->fee_given);
	read_percent(written->fee_percent, &out->fee_ppm, &out->fee_given);
	out->given = out->cogs_given || out->shipping_given || out->returned_given || out->fee_given;
}

uint64_t costs_digest(const struct costs *c)
{
	const int64_t all[] = {c->cogs_given, c->shipping_given, c->returned_given, c->fee_given, c->cogs_micros, c->shipping_micros,
		c->returned_micros, c->fee_micros, c->cogs_ppm, c->fee_ppm};

	return XXH64(all, sizeof all, 0);
}

// ---- a day

// So much for each, rounded once; TIME_ABSENT if it does not fit.
static int64_t times(int64_t each_micros, int64_t nanos)
{
	int64_t out;

	return ratio_scale(each_micros, nanos, ONE_NANOS, &out) ? out : TIME_ABSENT;
}

static int64_t plus_part_of(int64_t micros, int64_t revenue_micros, int64_t ppm)
{
	int64_t part, sum;

	if (ppm == 0 || micros == TIME_ABSENT)
		return micros;
	if (revenue_micros == TIME_ABSENT || !ratio_scale(revenue_micros, ppm, MILLION, &part) || __builtin_add_overflow(micros, part, &sum))
		return TIME_ABSENT;
	return sum;
}

static bool take(int64_t *left, int64_t micros)
{
	return micros != TIME_ABSENT && !__builtin_sub_overflow(*left, micros, left);
}

// What is not given costs nothing; what is given and not known leaves no profit to tell.
static bool take_given(int64_t *left, bool given, int64_t micros)
{
	return !given || take(left, micros);
}

void costs_apply(const struct costs *c, const struct costs_day *day, struct costs_result *out)
{
	int64_t cogs = plus_part_of(times(c->cogs_micros, day->delivered_nanos), day->delivered_micros, c->cogs_ppm);
	int64_t fees = plus_part_of(times(c->fee_micros, day->delivered_nanos), day->delivered_micros, c->fee_ppm);
	int64_t left = day->net_micros;

	*out = (struct costs_result){
		.cogs_micros = c->cogs_given ? cogs : TIME_ABSENT,
		.shipping_micros = c->shipping_given ? times(c->shipping_micros, day->shipped_nanos) : TIME_ABSENT,
		.returns_micros = c->returned_given ? times(c->returned_micros, day->returned_nanos) : TIME_ABSENT,
		.fees_micros = c->fee_given ? fees : TIME_ABSENT,
		.profit_micros = TIME_ABSENT,
	};
	if (!c->given || left == TIME_ABSENT)
		return;
	bool known = take_given(&left, c->cogs_given, out->cogs_micros) && take_given(&left, c->shipping_given, out->shipping_micros) &&
		take_given(&left, c->returned_given, out->returns_micros) && take_given(&left, c->fee_given, out->fees_micros) &&
		take(&left, day->spend_micros);

	if (known)
		out->profit_micros = left;
}
