// SPDX-License-Identifier: Apache-2.0
// What of a goal is sent on to TikTok, when, and as what. Filled by config/, read by the events sink; docs/events-sink.md has the rules. F does not
// look at it: changing a destination changes nothing that was attributed.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum destination_send { SEND_ATTRIBUTED, SEND_ALL };
// The order's state that an event waits for; a conversion that is no order is all of them at once.
enum destination_at { EXPORT_AT_PLACED, EXPORT_AT_CONFIRMED, EXPORT_AT_DELIVERED };
enum destination_event_id { EVENT_ID_DEFAULT, EVENT_ID_TTCLID_DATE, EVENT_ID_CONVERSION_ID };
// AUTO: app when the record has an app, else as the record's context says.
enum destination_source { SOURCE_AUTO, SOURCE_WEB, SOURCE_APP, SOURCE_OFFLINE, SOURCE_CRM };
// Which of the two tracker events becomes TikTok's ViewContent; the other one is not sent.
enum destination_view_content { VIEW_CONTENT_BOTH, VIEW_CONTENT_PAGE_VIEW, VIEW_CONTENT_VIEW_ITEM };
enum destination_offline_api { OFFLINE_EVENTS_API, OFFLINE_LEGACY };

// A pair of texts, sorted by `from`: an event name and TikTok's; a payload path and its template.
struct destination_pair {
	struct view from, to;
};

struct destination {
	enum destination_send send;
	enum destination_at at;
	enum destination_event_id event_id;
	int64_t delay_ms; // after the conversion was first seen
	enum destination_source source;
	struct view pixel_code, app_id, offline_event_set_id, crm_event_set_id; // absent: the tenant's
	struct view test_event_code;
	struct destination_pair *events; // in front of the built-in table
	size_t event_count;
	struct destination_pair *fields; // "properties.description" -> "{event} of {context.shop_id}"
	size_t field_count;
	enum destination_view_content view_content;
	enum destination_offline_api offline_api;
	bool lower_case_external_id;
};

// A tenant that sells travel tells TikTok of its orders' states (docs/events-sink.md, "Orders of travel"). No status mapped: off.
struct order_sync {
	struct view merchant_id, shop_id, shop_name, country; // absent: from the order's properties
	struct destination_pair *statuses;                    // "cancelled" -> "CANCEL_ORDER"; others are not sent
	size_t status_count;
	struct destination_pair *fields; // "extra.no_show" -> "{properties.noshow}"
	size_t field_count;
};

// Of a tenant.
struct tenant_tiktok {
	struct view advertiser_id; // absent: this tenant sends nothing
	// The token as it stands in the config, references and all ("${file:/run/secrets/t}"): read when it is needed, so that a renewed one is found without a
	// restart. Absent: from the `connections` topic.
	struct view access_token;
	struct view pixel_code, app_id, offline_event_set_id, crm_event_set_id;
	struct order_sync order_sync;
};
