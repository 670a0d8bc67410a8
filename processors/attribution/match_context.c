// SPDX-License-Identifier: Apache-2.0
#include "processors/attribution/match_context.h"

#include "attribution/landing_url.h"
#include "tiktok/identity.h"

// An unexpanded macro counts as absent, everywhere.
static struct view real_ttclid(const struct context *c)
{
	return c->ttclid.p && placeholder_is(c->ttclid) ? VIEW_ABSENT : c->ttclid;
}

void match_context_none(struct context *out)
{
	*out = (struct context){.event_source = EVENT_SOURCE_WEB,
		.ttclid_time = TIME_ABSENT,
		.limited_data_use = FLAG_ABSENT,
		.consent = CONSENT_UNKNOWN};
}

void match_context_make(const struct rules *rules, struct digest *digest, const struct goal *goal, const struct context *in,
	struct arena *arena, struct context *out)
{
	*out = *in;
	out->ttclid = real_ttclid(in);
	out->email = identity_email(in->email, digest, arena);
	out->phone = identity_phone(in->phone, digest, arena);
	out->external_id = identity_external_id(in->external_id, digest, arena);
	out->page_url = landing_url_strip(in->page_url, rules->keep_query, arena);
	out->page_referrer = landing_url_strip(in->page_referrer, rules->keep_query, arena);
	if (goal->export == EXPORT_NONE)
		out->ip = out->user_agent = VIEW_ABSENT;
}

void match_context_deny(struct context *context)
{
	int8_t event_source = context->event_source;

	match_context_none(context);
	context->event_source = event_source;
	context->consent = CONSENT_DENIED;
}

bool match_context_brings(const struct context *c, const struct items *items, const struct properties *properties)
{
	const struct view texts[] = {real_ttclid(c), c->ttp, c->email, c->phone, c->external_id, c->ip, c->user_agent, c->page_url,
		c->page_referrer, c->locale, c->app.id, c->app.name, c->app.version, c->device.platform, c->device.idfa, c->device.idfv,
		c->device.gaid, c->device.att_status, c->shop_id, c->search_string};

	if (items->n || properties->n || c->ttclid_time != TIME_ABSENT)
		return true;
	for (size_t i = 0; i < sizeof texts / sizeof *texts; i++)
		if (texts[i].p)
			return true;
	return false;
}
