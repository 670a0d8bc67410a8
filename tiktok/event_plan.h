// SPDX-License-Identifier: Apache-2.0
// What event.c compiles and the writers read; no one else includes it.
#pragma once
#include "base/money.h"
#include "tiktok/event.h"
#include "tiktok/event_fields.h"
#include "tiktok/event_json.h"
#include "tiktok/event_names.h"
#include "tiktok/event_template.h"

enum { EVENT_SOURCES = EVENT_SOURCE_CRM + 1, EVENT_ID_LONGEST = 128 };

struct event_name {
	enum event_name_is is;
	struct view name;
};

// A field that the config maps: one of the table, or `key` of an own property.
struct event_mapped {
	int field;       // of the table; -1: an own property
	struct view key; // `"score":`
	struct view path;
	struct event_template template;
};

struct event_plan {
	struct arena arena; // all below lies in it
	struct view tenant, goal, event;
	enum goal_export export;
	struct destination destination; // its pairs are copies; `fields` is compiled below
	struct view source_ids[EVENT_SOURCES];
	struct event_name names[EVENT_SOURCES]; // of `event`
	struct event_mapped *mapped;            // outside of contents
	size_t mapped_count;
	struct event_mapped *mapped_items; // in properties.contents
	size_t mapped_item_count;
	bool maps_by_event; // what is mapped may be another thing in each event of a conversion
};

enum event_source event_source_of(const struct event_plan *plan, const struct attributed_conversion *conversion);
struct event_name event_name_of(const struct event_plan *plan, const struct attributed_conversion *conversion, enum event_source source);

// The id of the event for this credit (NULL: of the whole conversion); in `arena`, the conversion or the credit.
struct view event_id_of(const struct event_plan *plan, const struct attributed_conversion *conversion, const struct credit *credit,
	struct digest *digest, struct arena *arena);

// Everything about one event while it is written.
struct event_scene {
	const struct event_plan *plan;
	const struct attributed_conversion *conversion;
	const struct event_wanted *event;
	struct event_fields_tools tools;
	enum event_source source;
	uint8_t exponent;    // of the record's currency
	bool money_is_taken; // else value and prices are left out
	bool value_left_out;
	size_t begin;              // of the event in the buffer
	struct event_seams *seams; // from there
	struct items items;        // the record's, or one made of flat properties
	struct item flat;
	struct view values[FIELD_COUNT]; // ready to be written; absent: left out
	struct view value;               // the event's, as decimal text
	char value_text[EVENT_JSON_NUMBER], num_items_text[EVENT_JSON_NUMBER], quantity_text[EVENT_JSON_NUMBER];
};

// From `at` to the buffer's end.
static inline struct event_seam event_seam_from(const struct event_scene *scene, size_t at, const struct buf *json)
{
	return (struct event_seam){at - scene->begin, json->n - at};
}

// Fills `values` but those of contents: what the record says, then what the config maps. POISON missing_field, bad_field.
int event_values_fill(struct event_scene *scene, struct err *err) MUST_USE;
// The values of one item, in place of the last one's.
int event_values_item(struct event_scene *scene, const struct item *item, struct err *err) MUST_USE;
// What the config says for this field; absent: nothing.
int event_values_mapped(const struct event_scene *scene, const struct event_mapped *mapped, const struct item *item, struct view *out,
	struct err *err) MUST_USE;

// The two shapes of a payload.
int event_payload_write(struct event_scene *scene, struct view name, struct buf *json, struct err *err) MUST_USE;
int event_legacy_write(struct event_scene *scene, struct view name, struct buf *json, struct err *err) MUST_USE;
// For both: `"contents":[…]`, and the properties that only the config knows.
int event_payload_contents(struct event_scene *scene, struct buf *json, struct err *err) MUST_USE;
int event_payload_own(const struct event_scene *scene, struct buf *json, struct err *err) MUST_USE;
