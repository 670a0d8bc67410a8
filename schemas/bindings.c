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
	BIND(export_result, verdict_time),
	BIND(export_result, attempts),
	BIND(export_result, code),
	BIND(export_result, message),
	BIND(export_result, request_id),
	BIND(export_result, payload),
	{.name = NULL},
};
