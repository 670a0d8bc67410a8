// SPDX-License-Identifier: Apache-2.0
#include "schemas/bindings.h"

#include "schemas/records.h"

static const struct binding item_table[] = {
	BIND(item, id),
	BIND(item, name),
	BIND(item, price, .money = true),
	BIND(item, quantity),
	BIND(item, content_type),
	BIND(item, category),
	BIND(item, brand),
	{.name = NULL},
};

static const struct binding app_table[] = {
	BIND(app, id),
	BIND(app, name),
	BIND(app, version),
	{.name = NULL},
};

static const struct binding device_table[] = {
	BIND(device, platform),
	BIND(device, idfa),
	BIND(device, idfv),
	BIND(device, gaid),
	BIND(device, att_status),
	{.name = NULL},
};

static const struct binding context_table[] = {
	BIND(context, event_source),
	BIND(context, ttclid),
	BIND(context, ttclid_time),
	BIND(context, ttp),
	BIND(context, email),
	BIND(context, phone),
	BIND(context, external_id),
	BIND(context, ip),
	BIND(context, user_agent),
	BIND(context, page_url),
	BIND(context, page_referrer),
	BIND(context, locale),
	BIND(context, app, .of = app_table),
	BIND(context, device, .of = device_table),
	BIND(context, limited_data_use),
	BIND(context, shop_id),
	BIND(context, search_string),
	BIND(context, consent),
	{.name = NULL},
};

static const struct binding revenue_table[] = {
	BIND(revenue, placed_micros),
	BIND(revenue, confirmed_micros),
	BIND(revenue, delivered_micros),
	BIND(revenue, net_micros),
	{.name = NULL},
};

static const struct binding counts_table[] = {
	BIND(counts, placed_nanos),
	BIND(counts, confirmed_nanos),
	BIND(counts, delivered_nanos),
	{.name = NULL},
};

static const struct binding credit_table[] = {
	BIND(credit, click_id),
	BIND(credit, ttclid),
	BIND(credit, click_time),
	BIND(credit, channel),
	BIND(credit, advertiser_id),
	BIND(credit, campaign_id),
	BIND(credit, adgroup_id),
	BIND(credit, ad_id),
	BIND(credit, share_nanos),
	BIND(credit, value_micros),
	BIND(credit, revenue, .of = revenue_table),
	BIND(credit, conversions, .of = counts_table),
	{.name = NULL},
};

static const struct binding credit_change_table[] = {
	BIND(credit_change, click_id),
	BIND(credit_change, click_time),
	BIND(credit_change, channel),
	BIND(credit_change, campaign_id),
	BIND(credit_change, adgroup_id),
	BIND(credit_change, ad_id),
	BIND(credit_change, revenue, .of = revenue_table),
	BIND(credit_change, conversions, .of = counts_table),
	{.name = NULL},
};

const struct binding bindings_click[] = {
	BIND(click, tenant),
	BIND(click, user),
	BIND(click, event_time),
	BIND(click, ttclid),
	BIND(click, channel),
	BIND(click, touch_id),
	BIND(click, landing_url),
	BIND(click, referrer),
	BIND(click, advertiser_id),
	BIND(click, campaign_id),
	BIND(click, adgroup_id),
	BIND(click, ad_id),
	BIND(click, consent),
	{.name = NULL},
};

const struct binding bindings_order[] = {
	BIND(order, tenant),
	BIND(order, user),
	BIND(order, order_id),
	BIND(order, status),
	BIND(order, status_time),
	BIND(order, placed_at),
	BIND(order, value, .money = true),
	BIND(order, currency),
	BIND(order, refunded, .money = true),
	BIND(order, items, .stride = sizeof(struct item), .of = item_table),
	BIND(order, properties, .stride = sizeof(struct property)),
	BIND(order, context, .of = context_table),
	{.name = NULL},
};

const struct binding bindings_conversion[] = {
	BIND(conversion, tenant),
	BIND(conversion, user),
	BIND(conversion, conversion_id),
	BIND(conversion, event),
	BIND(conversion, event_time),
	BIND(conversion, value, .money = true),
	BIND(conversion, currency),
	BIND(conversion, order_id),
	BIND(conversion, properties, .stride = sizeof(struct property)),
	BIND(conversion, items, .stride = sizeof(struct item), .of = item_table),
	BIND(conversion, context, .of = context_table),
	{.name = NULL},
};

const struct binding bindings_attributed_conversion[] = {
	BIND(attributed_conversion, tenant),
	BIND(attributed_conversion, user),
	BIND(attributed_conversion, goal),
	BIND(attributed_conversion, conversion_id),
	BIND(attributed_conversion, order_id),
	BIND(attributed_conversion, event),
	BIND(attributed_conversion, conversion_time),
	BIND(attributed_conversion, outcome),
	BIND(attributed_conversion, model),
	BIND(attributed_conversion, participation_group),
	BIND(attributed_conversion, lookback_ms),
	BIND(attributed_conversion, currency),
	BIND(attributed_conversion, value_basis),
	BIND(attributed_conversion, value_micros),
	BIND(attributed_conversion, revenue, .of = revenue_table),
	BIND(attributed_conversion, conversions, .of = counts_table),
	BIND(attributed_conversion, status),
	BIND(attributed_conversion, status_time),
	BIND(attributed_conversion, refunded_micros),
	BIND(attributed_conversion, refund_clamped),
	BIND(attributed_conversion, source_fingerprint),
	BIND(attributed_conversion, context_time),
	BIND(attributed_conversion, credits, .stride = sizeof(struct credit), .of = credit_table),
	BIND(attributed_conversion, previous, .stride = sizeof(struct credit), .of = credit_table),
	BIND(attributed_conversion, truncated),
	BIND(attributed_conversion, context, .of = context_table),
	BIND(attributed_conversion, items, .stride = sizeof(struct item), .of = item_table),
	BIND(attributed_conversion, properties, .stride = sizeof(struct property)),
	{.name = NULL},
};

const struct binding bindings_credit_delta[] = {
	BIND(credit_delta, tenant),
	BIND(credit_delta, goal),
	BIND(credit_delta, conversion_id),
	BIND(credit_delta, conversion_time),
	BIND(credit_delta, currency),
	BIND(credit_delta, advertiser_id),
	BIND(credit_delta, deltas, .stride = sizeof(struct credit_change), .of = credit_change_table),
	{.name = NULL},
};

const struct binding bindings_export_result[] = {
	BIND(export_result, tenant),
	BIND(export_result, event_id),
	BIND(export_result, user),
	BIND(export_result, goal),
	BIND(export_result, conversion_id),
	BIND(export_result, conversion_time),
	BIND(export_result, verdict),
	BIND(export_result, reason),
	BIND(export_result, destination),
	BIND(export_result, event),
	BIND(export_result, event_source),
	BIND(export_result, event_source_id),
	BIND(export_result, test_event_code),
	BIND(export_result, advertiser_id),
	BIND(export_result, click_id),
	BIND(export_result, currency),
	BIND(export_result, value_micros),
	BIND(export_result, value_now_micros),
	BIND(export_result, intent_time),
	BIND(export_result, maybe_since),
	BIND(export_result, verdict_time),
	BIND(export_result, attempts),
	BIND(export_result, code),
	BIND(export_result, message),
	BIND(export_result, request_id),
	BIND(export_result, payload),
	{.name = NULL},
};

static const struct binding sync_span_table[] = {
	BIND(sync_span, from),
	BIND(sync_span, to),
	BIND(sync_span, read_at),
	{.name = NULL},
};

const struct binding bindings_connection[] = {
	BIND(connection, tenant),
	BIND(connection, advertiser_id),
	BIND(connection, state),
	BIND(connection, generation),
	BIND(connection, grant_id),
	BIND(connection, app_id),
	BIND(connection, name),
	BIND(connection, scope),
	BIND(connection, token),
	BIND(connection, authorized_at),
	BIND(connection, changed_at),
	{.name = NULL},
};

const struct binding bindings_sync_status[] = {
	BIND(sync_status, tenant),
	BIND(sync_status, advertiser_id),
	BIND(sync_status, state),
	BIND(sync_status, generation),
	BIND(sync_status, reason),
	BIND(sync_status, message),
	BIND(sync_status, code),
	BIND(sync_status, request_id),
	BIND(sync_status, name),
	BIND(sync_status, currency),
	BIND(sync_status, time_zone),
	BIND(sync_status, last_attempt),
	BIND(sync_status, last_sync),
	BIND(sync_status, next_sync),
	BIND(sync_status, disconnected_at),
	BIND(sync_status, first_day),
	BIND(sync_status, spans, .stride = sizeof(struct sync_span), .of = sync_span_table),
	BIND(sync_status, rows_new),
	BIND(sync_status, rows_restated),
	BIND(sync_status, rows_same),
	BIND(sync_status, days_left),
	{.name = NULL},
};

const struct binding bindings_report_snapshot[] = {
	BIND(report_snapshot, tenant),
	BIND(report_snapshot, advertiser_id),
	BIND(report_snapshot, level),
	BIND(report_snapshot, entity_id),
	BIND(report_snapshot, campaign_id),
	BIND(report_snapshot, adgroup_id),
	BIND(report_snapshot, day),
	BIND(report_snapshot, day_zone),
	BIND(report_snapshot, currency),
	BIND(report_snapshot, spend_micros),
	BIND(report_snapshot, impressions),
	BIND(report_snapshot, clicks),
	BIND(report_snapshot, conversions),
	BIND(report_snapshot, cta_conversions),
	BIND(report_snapshot, vta_conversions),
	BIND(report_snapshot, value_micros),
	BIND(report_snapshot, cpc_micros),
	BIND(report_snapshot, cpm_micros),
	BIND(report_snapshot, ctr_nanos),
	BIND(report_snapshot, cpa_micros),
	BIND(report_snapshot, fetched_at),
	{.name = NULL},
};

const struct binding bindings_ad_entity[] = {
	BIND(ad_entity, tenant),
	BIND(ad_entity, advertiser_id),
	BIND(ad_entity, level),
	BIND(ad_entity, entity_id),
	BIND(ad_entity, campaign_id),
	BIND(ad_entity, adgroup_id),
	BIND(ad_entity, name),
	BIND(ad_entity, status),
	BIND(ad_entity, secondary_status),
	BIND(ad_entity, objective),
	BIND(ad_entity, budget_mode),
	BIND(ad_entity, budget_micros),
	BIND(ad_entity, bid_type),
	BIND(ad_entity, bid_micros),
	BIND(ad_entity, placements, .stride = sizeof(struct view)),
	BIND(ad_entity, format),
	BIND(ad_entity, creative_ids, .stride = sizeof(struct view)),
	BIND(ad_entity, landing_page_url),
	BIND(ad_entity, currency),
	BIND(ad_entity, time_zone),
	BIND(ad_entity, country),
	BIND(ad_entity, create_time),
	BIND(ad_entity, modify_time),
	BIND(ad_entity, deleted),
	BIND(ad_entity, fetched_at),
	{.name = NULL},
};

static const struct binding roas_view_table[] = {
	BIND(roas_view, conversions, .of = counts_table),
	BIND(roas_view, placed_micros),
	BIND(roas_view, confirmed_micros),
	BIND(roas_view, delivered_micros),
	BIND(roas_view, net_micros),
	BIND(roas_view, placed_roas_nanos),
	BIND(roas_view, confirmed_roas_nanos),
	BIND(roas_view, delivered_roas_nanos),
	BIND(roas_view, net_roas_nanos),
	BIND(roas_view, placed_cpa_micros),
	BIND(roas_view, confirmed_cpa_micros),
	BIND(roas_view, delivered_cpa_micros),
	BIND(roas_view, reason),
	{.name = NULL},
};

static const struct binding roas_goal_table[] = {
	BIND(roas_goal, goal),
	BIND(roas_goal, additive),
	BIND(roas_goal, click_day, .of = roas_view_table),
	BIND(roas_goal, order_day, .of = roas_view_table),
	{.name = NULL},
};

static const struct binding roas_part_table[] = {
	BIND(roas_part, goal),
	BIND(roas_part, by_order_day),
	BIND(roas_part, currency),
	BIND(roas_part, rate_day),
	BIND(roas_part, revenue, .of = revenue_table),
	BIND(roas_part, conversions, .of = counts_table),
	{.name = NULL},
};

const struct binding bindings_roas_row[] = {
	BIND(roas_row, tenant),
	BIND(roas_row, advertiser_id),
	BIND(roas_row, level),
	BIND(roas_row, entity_id),
	BIND(roas_row, day),
	BIND(roas_row, day_zone),
	BIND(roas_row, name),
	BIND(roas_row, campaign_id),
	BIND(roas_row, adgroup_id),
	BIND(roas_row, currency),
	BIND(roas_row, spend_micros),
	BIND(roas_row, ads_spend_micros),
	BIND(roas_row, account_spend_micros),
	BIND(roas_row, impressions),
	BIND(roas_row, clicks),
	BIND(roas_row, tiktok_conversions),
	BIND(roas_row, tiktok_value_micros),
	BIND(roas_row, goals, .stride = sizeof(struct roas_goal), .of = roas_goal_table),
	BIND(roas_row, parts, .stride = sizeof(struct roas_part), .of = roas_part_table),
	{.name = NULL},
};

static const struct binding daily_part_table[] = {
	BIND(daily_part, goal),
	BIND(daily_part, attributed),
	BIND(daily_part, currency),
	BIND(daily_part, rate_day),
	BIND(daily_part, spend_micros),
	BIND(daily_part, revenue, .of = revenue_table),
	BIND(daily_part, conversions, .of = counts_table),
	BIND(daily_part, shipped_nanos),
	BIND(daily_part, returned_nanos),
	{.name = NULL},
};

const struct binding bindings_daily_sum[] = {
	BIND(daily_sum, tenant),
	BIND(daily_sum, source),
	BIND(daily_sum, day),
	BIND(daily_sum, parts, .stride = sizeof(struct daily_part), .of = daily_part_table),
	{.name = NULL},
};

static const struct binding tenant_goal_table[] = {
	BIND(tenant_goal, goal),
	BIND(tenant_goal, conversions, .of = counts_table),
	BIND(tenant_goal, placed_micros),
	BIND(tenant_goal, confirmed_micros),
	BIND(tenant_goal, delivered_micros),
	BIND(tenant_goal, net_micros),
	BIND(tenant_goal, attributed_placed_micros),
	BIND(tenant_goal, attributed_delivered_micros),
	BIND(tenant_goal, blended_roas_nanos),
	BIND(tenant_goal, delivered_blended_roas_nanos),
	BIND(tenant_goal, mer_nanos),
	BIND(tenant_goal, cogs_micros),
	BIND(tenant_goal, shipping_micros),
	BIND(tenant_goal, returns_micros),
	BIND(tenant_goal, fees_micros),
	BIND(tenant_goal, profit_micros),
	BIND(tenant_goal, reason),
	{.name = NULL},
};

const struct binding bindings_tenant_day[] = {
	BIND(tenant_day, tenant),
	BIND(tenant_day, day),
	BIND(tenant_day, day_zone),
	BIND(tenant_day, currency),
	BIND(tenant_day, spend_micros),
	BIND(tenant_day, reason),
	BIND(tenant_day, goals, .stride = sizeof(struct tenant_goal), .of = tenant_goal_table),
	{.name = NULL},
};
