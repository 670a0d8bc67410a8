// SPDX-License-Identifier: Apache-2.0
// The contracts as C structs, one per file in schemas/avro/ and with its field names. Texts are views into the decoded bytes or the
// arena, so a record lives as long as both.
//
// Absent: a view with p == NULL; TIME_ABSENT for an optional long; FLAG_ABSENT for an optional boolean. A decoder is lenient where
// the rules want to judge for themselves: a required text that is missing is absent, a required time that is missing is
// TIME_ABSENT, a time that does not parse (JSON) is TIME_BAD, an enum text outside the contract is ENUM_UNKNOWN, a required enum that is missing
// ENUM_MISSING. Everything else that does not fit is `bad_record`.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

#define TIME_ABSENT INT64_MIN
#define TIME_BAD (INT64_MIN + 1)
enum { FLAG_ABSENT = -1, ENUM_UNKNOWN = -1, ENUM_MISSING = -2 };

enum consent { CONSENT_GRANTED, CONSENT_DENIED, CONSENT_UNKNOWN };
enum event_source { EVENT_SOURCE_WEB, EVENT_SOURCE_APP, EVENT_SOURCE_OFFLINE, EVENT_SOURCE_CRM };
enum order_status { STATUS_PLACED, STATUS_CONFIRMED, STATUS_SHIPPED, STATUS_DELIVERED, STATUS_CANCELLED, STATUS_RETURNED, STATUS_REFUNDED };
enum outcome { OUTCOME_NO_CONSENT, OUTCOME_CANCELLED, OUTCOME_NOT_FIRST, OUTCOME_ATTRIBUTED, OUTCOME_OUTSIDE_WINDOW, OUTCOME_NO_CLICK };
enum export_verdict {
	EXPORT_INTENT,
	EXPORT_ACCEPTED,
	EXPORT_REFUSED,
	EXPORT_TOO_OLD,
	EXPORT_UNKNOWN,
	EXPORT_PAUSED,
	EXPORT_SENT_THEN_CHANGED,
};
enum connection_state { CONNECTION_AUTHORIZED, CONNECTION_ACTIVE, CONNECTION_ERASING };
enum sync_state { SYNC_WAITING, SYNC_SYNCING, SYNC_OK, SYNC_FAILING, SYNC_EXPIRED, SYNC_NO_ACCESS, SYNC_DISCONNECTED };
enum entity_level { LEVEL_ADVERTISER, LEVEL_CAMPAIGN, LEVEL_ADGROUP, LEVEL_AD };
enum value_basis { BASIS_PLACED, BASIS_CONFIRMED, BASIS_DELIVERED, BASIS_NET, BASIS_COUNT };

struct click {
	struct view tenant, user;
	int64_t event_time;
	struct view ttclid;
	struct view channel; // default "tiktok"
	struct view touch_id;
	struct view landing_url, referrer;
	struct view advertiser_id, campaign_id, adgroup_id, ad_id;
	int8_t consent; // enum consent
};

struct item {
	struct view id;
	struct view name;
	struct view price;
	int32_t quantity; // default 1
	struct view content_type, category, brand;
};

struct items {
	struct item *p;
	size_t n;
};

struct property {
	struct view key, value;
};

// A map of texts. Decoded entries keep the writer's order, duplicates: the last wins; encoders write keys in byte order.
struct properties {
	struct property *p;
	size_t n;
};

struct app {
	struct view id, name, version;
};

struct device {
	struct view platform, idfa, idfv, gaid, att_status;
};

// Context of an input; with email, phone and external_id hashed it is also MatchContext of an output.
struct context {
	int8_t event_source; // enum event_source
	struct view ttclid;
	int64_t ttclid_time;
	struct view ttp, email, phone, external_id, ip, user_agent, page_url, page_referrer, locale;
	struct app app;
	struct device device;
	int8_t limited_data_use; // 0, 1 or FLAG_ABSENT
	struct view shop_id, search_string;
	int8_t consent; // enum consent
};

struct order {
	struct view tenant, user, order_id;
	int8_t status; // enum order_status
	int64_t status_time, placed_at;
	struct view value, currency;
	struct view refunded;
	struct items items;
	struct properties properties;
	struct context context;
};

struct conversion {
	struct view tenant, user, conversion_id, event;
	int64_t event_time;
	struct view value, currency, order_id;
	struct properties properties;
	struct items items;
	struct context context;
};

struct revenue {
	int64_t placed_micros, confirmed_micros, delivered_micros, net_micros;
};

struct counts {
	int64_t placed_nanos, confirmed_nanos, delivered_nanos;
};

struct credit {
	struct view click_id, ttclid;
	int64_t click_time;
	struct view channel, advertiser_id, campaign_id, adgroup_id, ad_id;
	int64_t share_nanos;
	int64_t value_micros;
	struct revenue revenue;
	struct counts conversions;
};

struct credits {
	struct credit *p; // NULL: absent (only `previous` may be)
	size_t n;
};

struct attributed_conversion {
	struct view tenant, user, goal, conversion_id, order_id, event;
	int64_t conversion_time;
	int8_t outcome; // enum outcome
	struct view model, participation_group;
	int64_t lookback_ms;
	struct view currency, value_basis;
	int64_t value_micros;
	struct revenue revenue;
	struct counts conversions;
	int8_t status; // enum order_status, or FLAG_ABSENT
	int64_t status_time;
	int64_t refunded_micros; // TIME_ABSENT: none was ever said
	int8_t refund_clamped;   // boolean
	int64_t source_fingerprint;
	int64_t context_time;
	struct credits credits;
	struct credits previous;
	int8_t truncated; // boolean
	struct context context;
	struct items items;
	struct properties properties;
};

struct credit_change {
	struct view click_id;
	int64_t click_time;
	struct view channel, campaign_id, adgroup_id, ad_id;
	struct revenue revenue;
	struct counts conversions;
};

struct credit_changes {
	struct credit_change *p;
	size_t n;
};

struct credit_delta {
	struct view tenant, goal, conversion_id;
	int64_t conversion_time;
	struct view currency, advertiser_id;
	struct credit_changes deltas;
};

struct export_result {
	struct view tenant, event_id, user, goal, conversion_id;
	int64_t conversion_time;
	int8_t verdict; // enum export_verdict
	struct view reason, destination, event, event_source, event_source_id, test_event_code, advertiser_id, click_id, currency;
	int64_t value_micros;
	int64_t value_now_micros; // TIME_ABSENT: nothing changed
	int64_t intent_time;
	int64_t maybe_since; // TIME_ABSENT: intent_time while it is an intent; paused: no request of it may have been taken
	int64_t verdict_time;
	int32_t attempts;
	int64_t code; // TIME_ABSENT: no answer
	struct view message, request_id, payload;
};

struct connection {
	struct view tenant, advertiser_id;
	int8_t state; // enum connection_state
	int64_t generation;
	struct view grant_id, app_id, name, scope;
	struct view token; // sealed
	int64_t authorized_at, changed_at;
};

struct sync_span {
	struct view from, to;
	int64_t read_at;
};

struct sync_spans {
	struct sync_span *p;
	size_t n;
};

struct sync_status {
	struct view tenant, advertiser_id;
	int8_t state; // enum sync_state
	int64_t generation;
	struct view reason, message;
	int64_t code;
	struct view request_id, name, currency, time_zone;
	int64_t last_attempt, last_sync, next_sync, disconnected_at;
	struct view first_day;
	struct sync_spans spans;
	int64_t rows_new, rows_restated, rows_same;
	int32_t days_left;
};

struct report_snapshot {
	struct view tenant, advertiser_id;
	int8_t level; // enum entity_level
	struct view entity_id, campaign_id, adgroup_id;
	struct view day, day_zone, currency;
	int64_t spend_micros, impressions, clicks, conversions, cta_conversions, vta_conversions, value_micros; // TIME_ABSENT: not said
	int64_t cpc_micros, cpm_micros, ctr_nanos, cpa_micros;
	int64_t fetched_at;
};

struct texts {
	struct view *p;
	size_t n;
};

struct ad_entity {
	struct view tenant, advertiser_id;
	int8_t level; // enum entity_level
	struct view entity_id, campaign_id, adgroup_id;
	struct view name, status, secondary_status, objective, budget_mode;
	int64_t budget_micros;
	struct view bid_type;
	int64_t bid_micros;
	struct texts placements;
	struct view format;
	struct texts creative_ids;
	struct view landing_page_url, currency, time_zone, country;
	int64_t create_time, modify_time;
	int8_t deleted; // boolean
	int64_t fetched_at;
};

struct roas_view {
	struct counts conversions;
	int64_t placed_micros, confirmed_micros, delivered_micros, net_micros; // TIME_ABSENT: `reason` says why
	int64_t placed_roas_nanos, confirmed_roas_nanos, delivered_roas_nanos, net_roas_nanos;
	int64_t placed_cpa_micros, confirmed_cpa_micros, delivered_cpa_micros;
	struct view reason;
};

struct roas_goal {
	struct view goal;
	int8_t additive; // boolean
	struct roas_view click_day, order_day;
};

struct roas_goals {
	struct roas_goal *p;
	size_t n;
};

struct roas_part {
	struct view goal;
	int8_t by_order_day; // boolean
	struct view currency, rate_day;
	struct revenue revenue;
	struct counts conversions;
};

struct roas_parts {
	struct roas_part *p;
	size_t n;
};

enum roas_level { ROAS_ADVERTISER, ROAS_CAMPAIGN, ROAS_ADGROUP, ROAS_AD, ROAS_UNPLACED };

struct roas_row {
	struct view tenant, advertiser_id;
	int8_t level; // enum roas_level
	struct view entity_id, day, day_zone, name, campaign_id, adgroup_id, currency;
	int64_t spend_micros, ads_spend_micros, account_spend_micros, impressions, clicks, tiktok_conversions, tiktok_value_micros;
	struct view reason;
	struct roas_goals goals;
	struct roas_parts parts;
};

struct daily_part {
	struct view goal;
	int8_t attributed; // boolean
	struct view currency, rate_day;
	int64_t spend_micros;
	struct revenue revenue;
	struct counts conversions;
	int64_t shipped_nanos, returned_nanos;
};

struct daily_parts {
	struct daily_part *p;
	size_t n;
};

struct daily_sum {
	struct view tenant, source, day;
	struct daily_parts parts;
};

struct tenant_goal {
	struct view goal;
	struct counts conversions;
	int64_t placed_micros, confirmed_micros, delivered_micros, net_micros;
	int64_t attributed_placed_micros, attributed_confirmed_micros, attributed_delivered_micros, attributed_net_micros;
	int64_t blended_roas_nanos, delivered_blended_roas_nanos, mer_nanos;
	int64_t cogs_micros, shipping_micros, returns_micros, fees_micros, profit_micros;
	struct view reason;
};

struct tenant_goals {
	struct tenant_goal *p;
	size_t n;
};

struct tenant_day {
	struct view tenant, day, day_zone, currency;
	int64_t spend_micros;
	struct view reason;
	struct tenant_goals goals;
};
