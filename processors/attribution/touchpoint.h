// SPDX-License-Identifier: Apache-2.0
// A touchpoint is a landing where it is judged and the head of a credit where it is published. Both ways, without copying texts.
#pragma once
#include "attribution/landing.h"
#include "schemas/records.h"

static inline struct landing touchpoint_of(const struct credit *c)
{
	return (struct landing){.time = c->click_time,
		.id = c->click_id,
		.is_ttclid = c->ttclid.p != NULL,
		.channel = c->channel,
		.advertiser = c->advertiser_id,
		.campaign = c->campaign_id,
		.adgroup = c->adgroup_id,
		.ad = c->ad_id};
}

// What it gets is zero.
static inline struct credit touchpoint_credit(const struct landing *l)
{
	return (struct credit){.click_id = l->id,
		.ttclid = l->is_ttclid ? l->id : VIEW_ABSENT,
		.click_time = l->time,
		.channel = l->channel,
		.advertiser_id = l->advertiser,
		.campaign_id = l->campaign,
		.adgroup_id = l->adgroup,
		.ad_id = l->ad};
}
