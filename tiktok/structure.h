// SPDX-License-Identifier: Apache-2.0
// Campaigns, ad groups and ads of an account, deleted ones included (/campaign/get/, /adgroup/get/, /ad/get/ with STATUS_ALL). There is no dependable
// "changed since": all pages are read. Read by tiktok/reader.h.
#pragma once
#include "tiktok/reader.h"

enum structure_level { STRUCTURE_CAMPAIGN, STRUCTURE_ADGROUP, STRUCTURE_AD, STRUCTURE_LEVELS };

const char *structure_level_name(enum structure_level level); // "campaign", "adgroup", "ad"

enum { STRUCTURE_LIST_MAX = 50 };

// A list of texts, cut at STRUCTURE_LIST_MAX.
struct structure_list {
	const struct view *items;
	size_t n;
};

// Views into the reader's rows. Absent: TikTok does not say, says null, or the level has no such field.
struct structure {
	enum structure_level level;
	struct view id, name, campaign_id, adgroup_id; // parents; of a campaign none
	struct view objective;                         // objective_type of a campaign; optimization_goal of an ad group
	struct view operation_status, secondary_status;
	bool deleted; // by its secondary status. A deleted parent shows in the status of its children, too

	struct reader_money budget; // campaign, ad group; 0 where budget_mode is BUDGET_MODE_INFINITE
	struct view budget_mode, bid_type, billing_event;
	struct reader_money bid_price, conversion_bid_price, roas_bid; // roas_bid: a ratio, in millionths

	struct view placement_type; // ad group
	struct structure_list placements;

	struct view ad_format, creative_type, video_id, tiktok_item_id, landing_page_url; // ad
	struct structure_list image_ids;

	int64_t create_ms, modify_ms; // UTC; READER_UNKNOWN: not said (some Smart+ ads)
};

// All of one level. Rows are struct structure, in the order of their ids as text.
struct reader *structure_reader_new(enum structure_level level, struct view advertiser_id, const struct reader_limits *limits);
