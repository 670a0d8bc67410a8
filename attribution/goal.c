// SPDX-License-Identifier: Apache-2.0
#include "attribution/goal.h"

static const char *const models[] = {
	[MODEL_PARTICIPATION] = "participation",
	[MODEL_FIRST_TOUCH] = "first_touch",
	[MODEL_LAST_TOUCH] = "last_touch",
	[MODEL_LINEAR] = "linear",
	[MODEL_TIME_DECAY] = "time_decay",
	[MODEL_POSITION_BASED] = "position_based",
	[MODEL_J_SHAPED] = "j_shaped",
	[MODEL_INVERSE_J] = "inverse_j",
	[MODEL_CUSTOM] = "custom",
};
static const char *const groups[] = {
	[GROUP_CLICK] = "click",
	[GROUP_AD] = "ad",
	[GROUP_ADGROUP] = "adgroup",
	[GROUP_CAMPAIGN] = "campaign",
	[GROUP_CHANNEL] = "channel",
};
static const char *const bases[] = {
	[GOAL_PLACED] = "placed",
	[GOAL_CONFIRMED] = "confirmed",
	[GOAL_DELIVERED] = "delivered",
	[GOAL_NET] = "net",
};
static const char *const exports[] = {
	[EXPORT_NONE] = "none",
	[EXPORT_PER_CREDIT] = "per_credit",
	[EXPORT_LAST_TOUCH_ONLY] = "last_touch_only",
};
static const char *const sources[] = {
	[GOAL_ORDERS] = "orders",
	[GOAL_CONVERSIONS] = "conversions",
};

static const char *name_at(const char *const *names, size_t count, unsigned int at)
{
	CHECK(at < count);
	return names[at];
}

#define NAME_AT(names, at) name_at((names), sizeof(names) / sizeof(names)[0], (unsigned int)(at))

const char *goal_model_name(enum goal_model model)
{
	return NAME_AT(models, model);
}

const char *goal_group_name(enum goal_group group)
{
	return NAME_AT(groups, group);
}

const char *goal_basis_name(enum goal_basis basis)
{
	return NAME_AT(bases, basis);
}

const char *goal_export_name(enum goal_export export)
{
	return NAME_AT(exports, export);
}

const char *goal_source_name(enum goal_source source)
{
	return NAME_AT(sources, source);
}
