// SPDX-License-Identifier: Apache-2.0
#include "processors/spend-ingest/snapshot.h"

#include "state/store.h"

static const int64_t MILLE = 1000, NANOS = 1000000000;

// n * by / d, half to even; absent if it cannot be said.
static int64_t ratio(int64_t n, int64_t by, int64_t d)
{
	if (n == TIME_ABSENT || d == TIME_ABSENT || d <= 0)
		return TIME_ABSENT;
	__int128 product = (__int128)n * by, whole = product / d, rest = product % d;
	__int128 twice = rest < 0 ? -rest * 2 : rest * 2;
	if (twice > d || (twice == d && whole & 1))
		whole += product < 0 ? -1 : 1;
	return whole > INT64_MAX || whole < -INT64_MAX ? TIME_ABSENT : (int64_t)whole;
}

void snapshot_fill(const struct snapshot_of *of, const struct haul_row *row, int64_t fetched_at, struct view day,
	struct report_snapshot *out)
{
	*out = (struct report_snapshot){
		.tenant = of->tenant,
		.advertiser_id = of->advertiser,
		.level = row->level,
		.entity_id = row->entity,
		.campaign_id = row->campaign,
		.adgroup_id = row->adgroup,
		.day = day,
		.day_zone = of->day_zone,
		.currency = of->currency,
		.spend_micros = row->spend_micros,
		.impressions = row->impressions,
		.clicks = row->clicks,
		.conversions = row->conversions,
		.cta_conversions = row->cta_conversions,
		.vta_conversions = row->vta_conversions,
		.value_micros = row->value_micros,
		.cpc_micros = ratio(row->spend_micros, 1, row->clicks),
		.cpm_micros = ratio(row->spend_micros, MILLE, row->impressions),
		.ctr_nanos = ratio(row->clicks, NANOS, row->impressions),
		.cpa_micros = ratio(row->spend_micros, 1, row->conversions),
		.fetched_at = fetched_at,
	};
}

static bool nothing(int64_t n)
{
	return n == 0 || n == TIME_ABSENT;
}

static bool is_zero(const struct report_snapshot *s)
{
	return s->spend_micros == 0 && s->impressions == 0 && s->clicks == 0 && nothing(s->conversions) && nothing(s->cta_conversions) &&
		nothing(s->vta_conversions) && nothing(s->value_micros);
}

static void add_text(struct buf *out, struct view text)
{
	buf_add_varint(out, text.p ? text.n + 1 : 0);
	buf_add_view(out, text);
}

uint64_t snapshot_digest(const struct report_snapshot *s, struct buf *spare)
{
	const int64_t numbers[] = {s->spend_micros, s->impressions, s->clicks, s->conversions, s->cta_conversions, s->vta_conversions,
		s->value_micros};

	if (is_zero(s))
		return SNAPSHOT_ZERO;
	buf_reset(spare);
	add_text(spare, s->campaign_id);
	add_text(spare, s->adgroup_id);
	add_text(spare, s->day_zone);
	add_text(spare, s->currency);
	buf_add(spare, numbers, sizeof numbers);
	uint64_t hash = store_hash(buf_view(spare));
	return hash <= SNAPSHOT_ZERO ? hash + 2 : hash;
}
