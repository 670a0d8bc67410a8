// SPDX-License-Identifier: Apache-2.0
// From an attributed conversion to events of TikTok's Events API 2.0: which ones, under which ids, and their bytes. Pure: no clock, no network; the same
// conversion under the same plan gives the same bytes. docs/events-sink.md has the mapping and its sources.
#pragma once
#include "attribution/destination.h"
#include "attribution/goal.h"
#include "base/arena.h"
#include "crypto/digest.h"
#include "schemas/records.h"

struct event_plan; // of one goal; read by any thread

// Copies what it needs. After contract_setup. FATAL event_field (a payload path or a template that does not exist, with the nearest one), event_setting
// (conversion_id without last_touch_only, an order's value before it counts, an offline event that is not TikTok's …).
int event_plan_new(const struct tenant *tenant, const struct goal *goal, struct event_plan **out, struct err *err) MUST_USE;
void event_plan_free(struct event_plan **plan);
// TikTok's name for the goal's event at a source; absent: it is not sent from there. For people: `validate` shows it.
struct view event_plan_name(const struct event_plan *plan, enum event_source source);

// One event that TikTok is to know of.
struct event_wanted {
	// event_id, at most 128 bytes; a pure function of tenant, goal, conversion and click. Without the default it does not name the goal: two goals may
	// give one conversion the same id, so a ledger keeps the goal beside it.
	struct view id;
	const struct credit *credit; // NULL: the conversion as a whole, no click is known
	int64_t value_micros;
};

// Why a conversion makes no event (yet).
enum event_standing {
	EVENT_NOW,     // there are events
	EVENT_NOT_YET, // `export_at` is not reached
	EVENT_NO_CONSENT,
	EVENT_NOT_WANTED, // its outcome is not exported, it is cancelled, or its name maps to nothing
};

// In the order of the credits. None unless EVENT_NOW. `digest` NULL: without their ids, which are absent.
enum event_standing event_list(const struct event_plan *plan, const struct attributed_conversion *conversion, struct digest *digest,
	struct arena *arena, struct event_wanted **events, size_t *count);

// Where it goes: one request carries events of one address.
enum event_api { EVENT_API_TRACK, EVENT_API_OFFLINE, EVENT_API_ORDER };
struct event_address {
	enum event_api api;
	enum event_source source;
	struct view source_id;       // pixel code, app id, event set id
	struct view test_event_code; // absent: none
};

// Where in an event's bytes stands what its conversion's other events have otherwise; for event_write_again.
struct event_seam {
	size_t at, n; // n 0: nowhere
};
struct event_seams {
	struct event_seam id, ttclid, value;
	uint8_t exponent; // of the value's currency
};

// Appends the event as one JSON object, an element of `data` (of `batch` for EVENT_API_OFFLINE). `name` is TikTok's event name. Views live in the plan, the
// conversion or `arena`. POISON missing_field, bad_field: names the payload path and where its value was looked for; `json` is as it was.
struct event_written {
	struct event_address address;
	struct view name;
	bool without_value; // it has a value, in a currency that TikTok does not take: sent without
	struct event_seams seams;
};
int event_write(const struct event_plan *plan, const struct attributed_conversion *conversion, const struct event_wanted *event,
	struct digest *digest, struct arena *arena, struct event_written *out, struct buf *json, struct err *err) MUST_USE;

// Another event of the same conversion under the same plan, from the bytes of one that was written: appends what event_write would, for a fraction of its cost.
// False if they may differ in more than the seams, or it does not fit; nothing is added then.
bool event_write_again(const struct event_plan *plan, const struct event_written *written, struct view written_json,
	const struct event_wanted *event, struct buf *json);

// How old an event of this source may be when it is sent (ms), INT64_MAX: no limit is known (docs/events-sink.md).
int64_t event_oldest(enum event_source source);
