// SPDX-License-Identifier: Apache-2.0
// An element of `batch` of POST /offline/batch/, the endpoint before the Events API. It knows two match keys and few properties.
#include "base/when.h"
#include "tiktok/event_plan.h"

enum { ISO_SECONDS = 19 };

static void write_key_list(const struct event_scene *s, enum event_field_id id, struct view key, struct buf *json)
{
	if (!view_is_set(s->values[id]))
		return;
	event_json_comma(json);
	buf_add_view(json, key);
	event_json_list_of_one(json, s->values[id]);
}

static void write_head(const struct event_scene *s, struct view name, struct buf *json)
{
	char iso[WHEN_ISO_SIZE];

	buf_add_view(json, VIEW_LIT("{\"type\":\"track\",\"event\":"));
	event_json_text(json, name);
	buf_add_view(json, VIEW_LIT(",\"event_id\":"));
	event_json_text(json, s->event->id);
	buf_add_view(json, VIEW_LIT(",\"timestamp\":\""));
	buf_add(json, when_print_iso(s->conversion->conversion_time, iso), ISO_SECONDS);
	buf_add_view(json, VIEW_LIT("Z\",\"context\":{\"user\":{"));
	write_key_list(s, FIELD_USER_EMAIL, VIEW_LIT("\"emails\":"), json);
	write_key_list(s, FIELD_USER_PHONE, VIEW_LIT("\"phone_numbers\":"), json);
	buf_add_view(json, VIEW_LIT("}},\"properties\":{"));
}

int event_legacy_write(struct event_scene *s, struct view name, struct buf *json, struct err *err)
{
	static const enum event_field_id kept[] = {FIELD_ORDER_ID, FIELD_SHOP_ID, FIELD_CURRENCY, FIELD_VALUE, FIELD_EVENT_CHANNEL};

	write_head(s, name, json);
	if (event_payload_contents(s, json, err))
		return -1;
	for (size_t i = 0; i < sizeof kept / sizeof *kept; i++)
		if (view_is_set(s->values[kept[i]]))
			event_fields_write(kept[i], s->values[kept[i]], json);
	if (event_payload_own(s, json, err))
		return -1;
	buf_add_view(json, VIEW_LIT("}}"));
	return 0;
}
