// SPDX-License-Identifier: Apache-2.0
// Which events a conversion makes, and whether it makes them yet.
#include "tiktok/event_plan.h"

// What TikTok is told of: its own clicks that got something. A share of nothing (a model's middle, a first touch under last_touch) is no conversion.
static bool is_sent(const struct credit *credit)
{
	return credit->share_nanos > 0 && view_eq(credit->channel, VIEW_LIT("tiktok"));
}

static const struct credit *newest(const struct credits *credits)
{
	const struct credit *found = NULL;

	for (size_t i = 0; i < credits->n; i++) {
		const struct credit *c = &credits->p[i];

		if (!is_sent(c))
			continue;
		if (!found || c->click_time > found->click_time ||
			(c->click_time == found->click_time && view_cmp(c->click_id, found->click_id) > 0))
			found = c;
	}
	return found;
}

static bool is_reached(const struct event_plan *plan, const struct counts *counts)
{
	switch (plan->destination.at) {
	case EXPORT_AT_CONFIRMED:
		return counts->confirmed_nanos > 0;
	case EXPORT_AT_DELIVERED:
		return counts->delivered_nanos > 0;
	default:
		return counts->placed_nanos > 0;
	}
}

static bool is_exported(const struct event_plan *plan, const struct attributed_conversion *conversion)
{
	// An order that was cancelled and is not first either has the latter as its outcome.
	if (plan->export == EXPORT_NONE || conversion->outcome == OUTCOME_CANCELLED || conversion->status == STATUS_CANCELLED)
		return false;
	if (conversion->outcome != OUTCOME_ATTRIBUTED && plan->destination.send != SEND_ALL)
		return false;
	return event_name_of(plan, conversion, event_source_of(plan, conversion)).is != NAME_NONE;
}

static struct event_wanted one_event(const struct event_plan *plan, const struct attributed_conversion *conversion,
	const struct credit *credit, struct digest *digest, struct arena *arena)
{
	bool whole = !credit || plan->export == EXPORT_LAST_TOUCH_ONLY;

	return (struct event_wanted){digest ? event_id_of(plan, conversion, credit, digest, arena) : VIEW_ABSENT, credit,
		whole ? conversion->value_micros : credit->value_micros};
}

static size_t credited_events(const struct event_plan *plan, const struct attributed_conversion *conversion, struct digest *digest,
	struct arena *arena, struct event_wanted *events)
{
	const struct credits *credits = &conversion->credits;
	const struct credit *last = plan->export == EXPORT_LAST_TOUCH_ONLY ? newest(credits) : NULL;
	size_t n = 0;

	for (size_t i = 0; i < credits->n; i++)
		if (is_sent(&credits->p[i]) && (!last || last == &credits->p[i]))
			events[n++] = one_event(plan, conversion, &credits->p[i], digest, arena);
	return n;
}

enum event_standing event_list(const struct event_plan *plan, const struct attributed_conversion *conversion, struct digest *digest,
	struct arena *arena, struct event_wanted **events, size_t *count)
{
	*events = NULL;
	*count = 0;
	if (conversion->outcome == OUTCOME_NO_CONSENT || conversion->context.consent == CONSENT_DENIED)
		return EVENT_NO_CONSENT;
	if (!is_exported(plan, conversion))
		return EVENT_NOT_WANTED;
	if (!is_reached(plan, &conversion->conversions))
		return EVENT_NOT_YET;

	struct event_wanted *list = arena_take(arena, (conversion->credits.n + 1) * sizeof *list);
	size_t n = credited_events(plan, conversion, digest, arena, list);
	if (n == 0 && plan->destination.send == SEND_ALL)
		list[n++] = one_event(plan, conversion, NULL, digest, arena);
	*events = list;
	*count = n;
	return n > 0 ? EVENT_NOW : EVENT_NOT_WANTED;
}
