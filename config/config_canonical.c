// SPDX-License-Identifier: Apache-2.0
// A goal as text that is equal exactly when its meaning is: defaults filled in, what its source or model does not look at left out,
// order that says nothing sorted away (`where` and `channels` are kept sorted).
#include "base/own.h"
#include "base/when.h"
#include "config/config.h"

#include <stdlib.h>

static void add_duration(struct buf *out, const char *key, int64_t ms)
{
	char text[WHEN_ISO_SIZE];

	buf_addf(out, " %s=%s", key, ms == GOAL_LIFETIME ? "lifetime" : when_print_duration(ms, text));
}

static void add_texts(struct buf *out, const struct view *texts, size_t count)
{
	buf_add_byte(out, '[');
	for (size_t i = 0; i < count; i++) {
		buf_add_text(out, i > 0 ? "," : "");
		buf_add_quoted(out, texts[i]);
	}
	buf_add_byte(out, ']');
}

static void add_source(struct buf *out, const struct goal *goal)
{
	buf_addf(out, " source=%s event=", goal_source_name(goal->source));
	buf_add_quoted(out, goal->event);
	if (goal->source == GOAL_CONVERSIONS && view_is_set(goal->value_property)) {
		buf_add_text(out, " value_property=");
		buf_add_quoted(out, goal->value_property);
	}
	buf_addf(out, " value_basis=%s", goal_basis_name(goal->value_basis));
}

static void add_model(struct buf *out, const struct goal *goal)
{
	// The output names participation_group whatever the model is.
	buf_addf(out, " model=%s participation_group=%s", goal_model_name(goal->model), goal_group_name(goal->participation_group));
	if (goal->model == MODEL_TIME_DECAY)
		add_duration(out, "half_life", goal->half_life_ms);
	if (goal->model == MODEL_CUSTOM)
		buf_addf(out, " weights=[%d,%d,%d]", goal->weights[0], goal->weights[1], goal->weights[2]);
}

static void add_selection(struct buf *out, const struct goal *goal)
{
	buf_add_text(out, " where={");
	for (size_t i = 0; i < goal->where_count; i++) {
		buf_add_text(out, i > 0 ? "," : "");
		buf_add_quoted(out, goal->where[i].path);
		buf_add_byte(out, ':');
		add_texts(out, goal->where[i].values, goal->where[i].value_count);
	}
	buf_add_text(out, "} channels=");
	add_texts(out, goal->channels, goal->channel_count);
}

static void add_goal(struct buf *out, const struct tenant *tenant, const struct goal *goal)
{
	buf_add_view(out, goal->name);
	add_duration(out, "max_lookback", tenant->max_lookback_ms);
	add_source(out, goal);
	add_duration(out, "lookback", goal->lookback_ms);
	add_model(out, goal);
	buf_addf(out, " only_first_conversion=%s", goal->only_first_conversion ? "true" : "false");
	if (goal->only_first_conversion)
		add_duration(out, "first_scope", goal->first_scope_ms);
	add_selection(out, goal);
	buf_addf(out, " export=%s max_touchpoints=%d\n", goal_export_name(goal->export), goal->max_touchpoints);
}

static int by_name(const void *a, const void *b)
{
	return view_cmp((*(const struct goal *const *)a)->name, (*(const struct goal *const *)b)->name);
}

void config_canonical_goals(const struct tenant *tenant, struct buf *out)
{
	OWN(own_free) const struct goal **sorted = calloc(tenant->goal_count + 1, sizeof *sorted);

	if (!sorted)
		err_out_of_memory();
	for (size_t i = 0; i < tenant->goal_count; i++)
		sorted[i] = &tenant->goals[i];
	qsort(sorted, tenant->goal_count, sizeof *sorted, by_name);
	for (size_t i = 0; i < tenant->goal_count; i++)
		add_goal(out, tenant, sorted[i]);
}
