// SPDX-License-Identifier: Apache-2.0
// What ads cost and brought, by day (/report/integrated/get/, report type BASIC, deleted ads included). Read by tiktok/reader.h.
//
// Three ways of cutting days, of which two are exact:
//
//   REPORT_DAYS   days of the account's zone; spend as TikTok has it, to the cent. The way to take unless UTC days are wanted.
//   REPORT_HOURS  hours of the account's zone, to be cut into days of any other zone whose offset differs by whole hours (UTC, for all accounts but those at
//                 +05:30, +05:45 and the like: zone_has_whole_hours). Spend is exact, too. One request reads one day, so 90 days are 90 reads at least.
//                 Where clocks are set back one local hour comes twice and TikTok's rows do not say which: it is taken as the first, so that an hour's sums
//                 may be an hour early; days of UTC are wrong by that if midnight of UTC lies there (Azores, Greenland).
//   REPORT_UTC    days of UTC by TikTok's own switch (advertiser_ids, multi_adv_report_in_utc_time), for zones with half hours. Amounts come without
//                 decimals there, so spend is rounded to whole units of the currency in each row, and the error grows with the rows. Rows say so:
//                 money_is_whole. Counts are exact.
#pragma once
#include "base/zone.h"
#include "tiktok/reader.h"

enum report_level { REPORT_AD, REPORT_ADVERTISER };
enum report_cut { REPORT_DAYS, REPORT_HOURS, REPORT_UTC };

enum { REPORT_SPAN_DAYS_MAX = 30, REPORT_SPAN_HOURS_DAYS_MAX = 1, REPORT_PARENTS_MAX = 100, REPORT_ADS_MAX = 20000 };

// Counts are READER_UNKNOWN where TikTok gives "-", null or nothing, which is not 0; amounts have their own word for it.
struct report_row {
	struct view advertiser_id, campaign_id, adgroup_id, ad_id; // parents and ad of REPORT_AD alone
	struct view currency;
	int32_t day;     // of the account's zone; of UTC with REPORT_UTC
	int32_t hour;    // REPORT_HOURS: 0 to 23 of the account's clock; else -1
	bool is_twice;   // REPORT_HOURS: clocks are set back, so this hour's label stands for two hours and there may be two such rows
	int64_t from_ms; // when that hour or day begins
	struct reader_money spend;
	bool money_is_whole; // rounded to whole units: REPORT_UTC
	int64_t impressions, clicks, conversions, vta_conversions, cta_conversions;
	struct reader_money web_value, app_value; // total_complete_payment_rate, which is misnamed and a total value; total_purchase_value
};

struct report_ask {
	struct view advertiser_id;
	enum report_level level;
	enum report_cut cut;
	int32_t first_day, last_day; // both included, in the zone of the cut; any span: it is read in windows as long as TikTok allows
	const struct zone *zone;     // the account's; not needed for REPORT_UTC

	// REPORT_AD: of these campaigns, or ad groups, alone; none: of all. TikTok answers for the newest REPORT_ADS_MAX ads only, and does not say so: an account
	// that has more (tiktok/structure.h counts them) is read in parts.
	bool parents_are_adgroups;
	const struct view *parents; // at most REPORT_PARENTS_MAX
	size_t parents_n;
};

// Rows are struct report_row, in the order of (day, hour, id). A window without any delivery has none; a day without may be missing or be zeros.
struct reader *report_reader_new(const struct report_ask *ask, const struct reader_limits *limits);
