// SPDX-License-Identifier: Apache-2.0
// An element of `data` of POST /event/track/.
#include "tiktok/event_plan.h"

static int64_t seconds(int64_t ms)
{
	return ms / 1000 - (ms % 1000 < 0);
}

static bool has(const struct event_scene *s, int id)
{
	return view_is_set(s->values[id]) && (event_fields[id].sources & 1u << s->source) != 0;
}

static void write_fields(const struct event_scene *s, int first, int last, struct buf *json)
{
	for (int id = first; id <= last; id++) {
		if (!has(s, id))
			continue;
		size_t at = event_fields_write((enum event_field_id)id, s->values[id], json);
		if (id == FIELD_USER_TTCLID)
			s->seams->ttclid = event_seam_from(s, at, json);
		else if (id == FIELD_VALUE)
			s->seams->value = event_seam_from(s, at, json);
	}
}

// An object without a field is left out.
static void write_object(const struct event_scene *s, struct view open, int first, int last, struct buf *json)
{
	size_t before = json->n;

	buf_add_view(json, open);
	size_t opened = json->n;
	write_fields(s, first, last, json);
	if (json->n == opened)
		json->n = before;
	else
		buf_add_byte(json, '}');
}

static void write_content(const struct event_scene *s, struct buf *json)
{
	bool legacy = s->source == EVENT_SOURCE_OFFLINE && s->plan->destination.offline_api == OFFLINE_LEGACY;

	buf_add_byte(json, '{');
	for (int id = FIELD_ITEM_ID; id <= FIELD_ITEM_QUANTITY; id++)
		if (view_is_set(s->values[id]) && !(legacy && id == FIELD_ITEM_BRAND))
			event_fields_write((enum event_field_id)id, s->values[id], json);
	buf_add_byte(json, '}');
}

int event_payload_contents(struct event_scene *s, struct buf *json, struct err *err)
{
	if (s->items.n == 0)
		return 0;
	buf_add_view(json, VIEW_LIT("\"contents\":["));
	for (size_t i = 0; i < s->items.n; i++) {
		if (event_values_item(s, &s->items.p[i], err))
			return -1;
		if (i > 0)
			buf_add_byte(json, ',');
		write_content(s, json);
	}
	buf_add_byte(json, ']');
	return 0;
}

// As contents.content_id says it, so that the two never differ.
static int item_id(const struct event_scene *s, const struct item *item, struct view *out, struct err *err)
{
	*out = item->id;
	for (size_t i = 0; i < s->plan->mapped_item_count; i++) {
		struct view mapped;

		if (s->plan->mapped_items[i].field != FIELD_ITEM_ID)
			continue;
		if (event_values_mapped(s, &s->plan->mapped_items[i], item, &mapped, err))
			return -1;
		if (mapped.n > 0)
			*out = mapped;
	}
	return 0;
}

static int write_content_ids(const struct event_scene *s, struct buf *json, struct err *err)
{
	if (s->items.n == 0 || has(s, FIELD_CONTENT_IDS))
		return 0;
	event_json_comma(json);
	buf_add_view(json, event_fields[FIELD_CONTENT_IDS].key);
	buf_add_byte(json, '[');
	for (size_t i = 0, written = 0; i < s->items.n; i++) {
		struct view id;

		if (item_id(s, &s->items.p[i], &id, err))
			return -1;
		if (id.n == 0)
			continue;
		if (written++ > 0)
			buf_add_byte(json, ',');
		event_json_text(json, id);
	}
	buf_add_byte(json, ']');
	return 0;
}

int event_payload_own(const struct event_scene *s, struct buf *json, struct err *err)
{
	for (size_t i = 0; i < s->plan->mapped_count; i++) {
		const struct event_mapped *m = &s->plan->mapped[i];
		struct view value;

		if (m->field >= 0)
			continue;
		if (event_values_mapped(s, m, NULL, &value, err))
			return -1;
		if (value.n == 0)
			continue;
		event_json_comma(json);
		buf_add_view(json, m->key);
		event_json_text(json, value);
	}
	return 0;
}

static int write_properties(struct event_scene *s, struct buf *json, struct err *err)
{
	buf_add_view(json, VIEW_LIT(",\"properties\":{"));
	if (event_payload_contents(s, json, err) || write_content_ids(s, json, err))
		return -1;
	write_fields(s, FIELD_CONTENT_TYPE, FIELD_ITEM_ID - 1, json);
	if (event_payload_own(s, json, err))
		return -1;
	buf_add_byte(json, '}');
	return 0;
}

static void write_head(const struct event_scene *s, struct view name, struct buf *json)
{
	char number[EVENT_JSON_NUMBER];

	buf_add_view(json, VIEW_LIT("{\"event\":"));
	event_json_text(json, name);
	buf_add_view(json, VIEW_LIT(",\"event_time\":"));
	buf_add_view(json, event_json_integer(seconds(s->conversion->conversion_time), number));
	buf_add_view(json, VIEW_LIT(",\"event_id\":"));
	size_t at = json->n;
	event_json_text(json, s->event->id);
	s->seams->id = event_seam_from(s, at, json);
}

int event_payload_write(struct event_scene *s, struct view name, struct buf *json, struct err *err)
{
	write_head(s, name, json);
	write_object(s, VIEW_LIT(",\"user\":{"), FIELD_USER_EMAIL, FIELD_PAGE_URL - 1, json);
	if (s->source == EVENT_SOURCE_WEB)
		write_object(s, VIEW_LIT(",\"page\":{"), FIELD_PAGE_URL, FIELD_PAGE_REFERRER, json);
	if (s->source == EVENT_SOURCE_APP) {
		write_object(s, VIEW_LIT(",\"app\":{"), FIELD_APP_APP_ID, FIELD_APP_APP_VERSION, json);
		write_object(s, VIEW_LIT(",\"ad\":{"), FIELD_AD_CALLBACK, FIELD_AD_ATTRIBUTION_PROVIDER, json);
	}
	if (s->source == EVENT_SOURCE_CRM)
		write_object(s, VIEW_LIT(",\"lead\":{"), FIELD_LEAD_LEAD_ID, FIELD_LEAD_LEAD_EVENT_SOURCE, json);
	if (write_properties(s, json, err))
		return -1;
	write_fields(s, FIELD_LIMITED_DATA_USE, FIELD_LIMITED_DATA_USE, json);
	buf_add_byte(json, '}');
	return 0;
}
