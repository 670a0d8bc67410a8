// SPDX-License-Identifier: Apache-2.0
// The body of TikTok's Sync Order Information: what became of a travel order that came from a TikTok page (docs/events-sink.md, "Orders of travel"). Pure, as
// event.h. Where the body goes is not here: TikTok shows address and answer to its partners only.
#pragma once
#include "attribution/destination.h"
#include "base/arena.h"
#include "schemas/records.h"

struct order_sync_plan; // of one tenant; read by any thread

// Copies what it needs. After contract_setup. FATAL event_field, event_setting: an unknown status, path or template.
int order_sync_plan_new(const struct order_sync *settings, struct order_sync_plan **out, struct err *err) MUST_USE;
void order_sync_plan_free(struct order_sync_plan **plan);

// TikTok's word for the order's status; absent: not mapped, so not sent.
struct view order_sync_status(const struct order_sync_plan *plan, const struct order *order);
// The id of the TikTok page that the order came from: of the property, else of the page's URL. Absent: it came from elsewhere and concerns TikTok not.
struct view order_sync_ttoclid(const struct order_sync_plan *plan, const struct order *order, struct arena *arena);

// Appends `{"order_info":{…}}`. POISON missing_field, bad_field: names the path in order_info and where its value was looked for; `json` is as it was.
int order_sync_write(const struct order_sync_plan *plan, const struct order *order, struct arena *arena, struct buf *json,
	struct err *err) MUST_USE;
