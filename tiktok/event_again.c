// SPDX-License-Identifier: Apache-2.0
// A conversion with several credits makes as many events, alike but for id, click and value. Only the first is written field by field.
#include "attribution/placeholder.h"
#include "tiktok/event_plan.h"

// With a click of its own nothing else of the conversion is asked for one (event_values.c, ttclid).
static bool has_own_click(const struct event_wanted *event)
{
	return event->credit && !placeholder_is(event->credit->ttclid);
}

static bool is_alike(const struct event_plan *plan, const struct event_written *written, const struct event_wanted *event)
{
	if (plan->maps_by_event || written->seams.id.n == 0)
		return false;
	return written->address.source != EVENT_SOURCE_WEB || (written->seams.ttclid.n > 0 && has_own_click(event));
}

// Up to the seam; what stands there in the old one is passed over.
static void copy_to(struct event_seam seam, struct view from, size_t *passed, struct buf *json)
{
	buf_add(json, from.p + *passed, seam.at - *passed);
	*passed = seam.at + seam.n;
}

bool event_write_again(const struct event_plan *plan, const struct event_written *written, struct view written_json,
	const struct event_wanted *event, struct buf *json)
{
	const struct event_seams *seams = &written->seams;
	char number[EVENT_JSON_NUMBER];
	size_t begin = json->n, passed = 0;

	if (!is_alike(plan, written, event))
		return false;
	copy_to(seams->id, written_json, &passed, json);
	event_json_text(json, event->id);
	if (seams->ttclid.n > 0) {
		copy_to(seams->ttclid, written_json, &passed, json);
		event_json_text(json, event->credit->ttclid);
	}
	if (seams->value.n > 0) {
		copy_to(seams->value, written_json, &passed, json);
		buf_add_view(json, event_json_micros(event->value_micros, seams->exponent, number));
	}
	buf_add(json, written_json.p + passed, written_json.n - passed);
	if (json->full)
		json->n = begin;
	return !json->full;
}
