// SPDX-License-Identifier: Apache-2.0
#include "config/where.h"

#include "config/nearest.h"

#include <stdlib.h>

enum { OF_ORDERS = 1 << GOAL_ORDERS, OF_CONVERSIONS = 1 << GOAL_CONVERSIONS, OF_BOTH = OF_ORDERS | OF_CONVERSIONS };

static const struct {
	const char *path;
	int of;
} fields[] = {
	{"tenant", OF_BOTH},
	{"user", OF_BOTH},
	{"order_id", OF_BOTH},
	{"value", OF_BOTH},
	{"currency", OF_BOTH},
	{"status", OF_ORDERS},
	{"status_time", OF_ORDERS},
	{"placed_at", OF_ORDERS},
	{"refunded", OF_ORDERS},
	{"conversion_id", OF_CONVERSIONS},
	{"event", OF_CONVERSIONS},
	{"event_time", OF_CONVERSIONS},
	{"context.event_source", OF_BOTH},
	{"context.ttclid", OF_BOTH},
	{"context.ttclid_time", OF_BOTH},
	{"context.ttp", OF_BOTH},
	{"context.email", OF_BOTH},
	{"context.phone", OF_BOTH},
	{"context.external_id", OF_BOTH},
	{"context.ip", OF_BOTH},
	{"context.user_agent", OF_BOTH},
	{"context.page_url", OF_BOTH},
	{"context.page_referrer", OF_BOTH},
	{"context.locale", OF_BOTH},
	{"context.app.id", OF_BOTH},
	{"context.app.name", OF_BOTH},
	{"context.app.version", OF_BOTH},
	{"context.device.platform", OF_BOTH},
	{"context.device.idfa", OF_BOTH},
	{"context.device.idfv", OF_BOTH},
	{"context.device.gaid", OF_BOTH},
	{"context.device.att_status", OF_BOTH},
	{"context.limited_data_use", OF_BOTH},
	{"context.shop_id", OF_BOTH},
	{"context.search_string", OF_BOTH},
	{"context.consent", OF_BOTH},
};

enum { FIELDS = sizeof fields / sizeof fields[0] };

static bool is_property(struct view path)
{
	static const char start[] = "properties.";

	return path.n > sizeof start - 1 && memcmp(path.p, start, sizeof start - 1) == 0;
}

bool where_path_exists(enum goal_source source, struct view path)
{
	if (is_property(path))
		return true;
	for (size_t i = 0; i < FIELDS; i++) {
		if ((fields[i].of & 1 << source) && view_eq(view_text(fields[i].path), path))
			return true;
	}
	return false;
}

const char *where_field(enum goal_source source, size_t i)
{
	for (size_t k = 0; k < FIELDS; k++) {
		if ((fields[k].of & 1 << source) && i-- == 0)
			return fields[k].path;
	}
	return NULL;
}

const char *where_nearest(enum goal_source source, struct view path)
{
	struct nearest nearest = {.word = path};

	for (size_t i = 0; i < FIELDS; i++) {
		if (fields[i].of & 1 << source)
			nearest_offer(&nearest, fields[i].path);
	}
	return nearest_best(&nearest);
}

static bool values_are_good(const struct goal_where *where, const struct tree_node *node, struct problems *problems)
{
	size_t count = where->value_count;

	if (count == 0 || count > WHERE_VALUES_MAX) {
		problem_add(problems, node->at, "where: a path needs 1 to %d values, these are %zu", WHERE_VALUES_MAX, count);
		return false;
	}
	for (size_t i = 0; i < count; i++) {
		if (where->values[i].n > WHERE_TEXT_MAX || where->path.n > WHERE_TEXT_MAX) {
			problem_add(problems, node->at, "where: a path or value has more than %d bytes", WHERE_TEXT_MAX);
			return false;
		}
	}
	return true;
}

static int by_bytes(const void *a, const void *b)
{
	return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

static int by_path(const void *a, const void *b)
{
	return view_cmp(((const struct goal_where *)a)->path, ((const struct goal_where *)b)->path);
}

size_t where_sort_texts(struct view *texts, size_t count)
{
	size_t kept = 0;

	qsort(texts, count, sizeof *texts, by_bytes);
	for (size_t i = 0; i < count; i++) {
		if (kept == 0 || !view_eq(texts[i], texts[kept - 1]))
			texts[kept++] = texts[i];
	}
	return kept;
}

bool where_is_good(struct goal *goal, const struct tree_node *node, struct problems *problems)
{
	if (goal->where_count > WHERE_PATHS_MAX) {
		problem_add(problems, node->at, "where: %zu paths; at most %d are taken", goal->where_count, WHERE_PATHS_MAX);
		return false;
	}
	for (size_t i = 0; i < goal->where_count; i++) {
		if (!values_are_good(&goal->where[i], node->items[i * 2 + 1], problems))
			return false;
	}
	for (size_t i = 0; i < goal->where_count; i++)
		goal->where[i].value_count = where_sort_texts(goal->where[i].values, goal->where[i].value_count);
	qsort(goal->where, goal->where_count, sizeof *goal->where, by_path);
	return true;
}
