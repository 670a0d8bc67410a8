// SPDX-License-Identifier: Apache-2.0
#include "attribution/landing.h"

int landing_cmp(const struct landing *a, const struct landing *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	return view_cmp(a->id, b->id);
}

// view_cmp puts absent first; here an attribute that is known beats one that is not.
static int absent_last(struct view a, struct view b)
{
	if (view_is_set(a) != view_is_set(b))
		return view_is_set(a) ? -1 : 1;
	return view_cmp(a, b);
}

static int attributes_cmp(const struct landing *a, const struct landing *b)
{
	int order = absent_last(a->channel, b->channel);

	if (order == 0)
		order = absent_last(a->advertiser, b->advertiser);
	if (order == 0)
		order = absent_last(a->campaign, b->campaign);
	if (order == 0)
		order = absent_last(a->adgroup, b->adgroup);
	if (order == 0)
		order = absent_last(a->ad, b->ad);
	return order;
}

int landing_cmp_full(const struct landing *a, const struct landing *b)
{
	int order = landing_cmp(a, b);

	if (order == 0)
		order = attributes_cmp(a, b);
	if (order == 0)
		order = (int)b->is_ttclid - (int)a->is_ttclid;
	return order;
}
