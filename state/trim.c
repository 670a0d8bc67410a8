// SPDX-License-Identifier: Apache-2.0
#include "state/trim.h"

enum { INSERTION_MOST = 12 };

int64_t trim_hour(int64_t time)
{
	return time / TRIM_HOUR_MS - (time % TRIM_HOUR_MS < 0);
}

int trim_compare(const struct state_click *a, const struct state_click *b)
{
	if (a->time != b->time)
		return a->time < b->time ? -1 : 1;
	int order = view_cmp(a->id, b->id);
	return order ? order : view_cmp(a->attrs, b->attrs);
}

static void insertion_sort(struct state_click *clicks, size_t n)
{
	for (size_t i = 1; i < n; i++) {
		struct state_click moving = clicks[i];
		size_t at = i;

		for (; at > 0 && trim_compare(&moving, &clicks[at - 1]) < 0; at--)
			clicks[at] = clicks[at - 1];
		clicks[at] = moving;
	}
}

static void merge_halves(struct state_click *clicks, size_t half, size_t n, struct state_click *spare)
{
	size_t left = 0, right = half, to = 0;

	memcpy(spare, clicks, half * sizeof *clicks);
	while (left < half && right < n)
		clicks[to++] = trim_compare(&clicks[right], &spare[left]) < 0 ? clicks[right++] : spare[left++];
	memcpy(clicks + to, spare + left, (half - left) * sizeof *clicks);
}

void trim_sort(struct state_click *clicks, size_t n, struct state_click *spare)
{
	if (n <= INSERTION_MOST) {
		insertion_sort(clicks, n);
		return;
	}
	size_t half = n / 2;

	trim_sort(clicks, half, spare);
	trim_sort(clicks + half, n - half, spare);
	if (trim_compare(&clicks[half], &clicks[half - 1]) < 0)
		merge_halves(clicks, half, n, spare);
}

size_t trim_clicks(struct state_click *clicks, size_t n, size_t flood_keep, int64_t expire_before, uint64_t *flooded)
{
	size_t kept = 0, in_hour = 0;
	int64_t hour = INT64_MIN, first_hour = expire_before == INT64_MIN ? INT64_MIN : trim_hour(expire_before);
	const struct state_click *last = NULL; // kept or flooded

	for (size_t i = 0; i < n; i++) {
		struct state_click click = clicks[i];
		int64_t its_hour = trim_hour(click.time);

		if (its_hour < first_hour || (last && last->time == click.time && view_eq(last->id, click.id)))
			continue;
		if (its_hour != hour) {
			hour = its_hour;
			in_hour = 0;
		}
		last = &clicks[i];
		if (flood_keep && in_hour++ >= flood_keep) {
			if (flooded)
				++*flooded;
			continue;
		}
		last = &clicks[kept];
		clicks[kept++] = click;
	}
	return kept;
}

// Stable.
static void sort_conversions(struct state_conversion *conversions, size_t n, struct state_conversion *spare)
{
	if (n < 2)
		return;
	size_t half = n / 2, left = 0, right = half, to = 0;

	sort_conversions(conversions, half, spare);
	sort_conversions(conversions + half, n - half, spare);
	if (view_cmp(conversions[half].key, conversions[half - 1].key) >= 0)
		return;
	memcpy(spare, conversions, half * sizeof *conversions);
	while (left < half && right < n) {
		bool take_right = view_cmp(conversions[right].key, spare[left].key) < 0;

		conversions[to++] = take_right ? conversions[right++] : spare[left++];
	}
	memcpy(conversions + to, spare + left, (half - left) * sizeof *conversions);
}

size_t trim_conversions(struct state_conversion *conversions, size_t n, struct state_conversion *spare)
{
	size_t kept = 0;

	sort_conversions(conversions, n, spare);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && view_eq(conversions[kept - 1].key, conversions[i].key))
			kept--;
		conversions[kept++] = conversions[i];
	}
	return kept;
}

static void gather(const struct state_user *layers, size_t n, struct arena *arena, struct state_user *out)
{
	*out = (struct state_user){0};
	for (size_t i = 0; i < n; i++) {
		out->click_count += layers[i].click_count;
		out->conversion_count += layers[i].conversion_count;
	}
	out->clicks = arena_take(arena, out->click_count * sizeof *out->clicks);
	out->conversions = arena_take(arena, out->conversion_count * sizeof *out->conversions);
	out->click_count = out->conversion_count = 0;
	for (size_t i = 0; i < n; i++) {
		if (layers[i].click_count)
			memcpy(out->clicks + out->click_count, layers[i].clicks, layers[i].click_count * sizeof *out->clicks);
		if (layers[i].conversion_count)
			memcpy(out->conversions + out->conversion_count, layers[i].conversions, layers[i].conversion_count * sizeof *out->conversions);
		out->click_count += layers[i].click_count;
		out->conversion_count += layers[i].conversion_count;
	}
}

void trim_layers(const struct state_user *layers, size_t n, size_t flood_keep, int64_t expire_before, struct arena *arena,
	struct state_user *out)
{
	gather(layers, n, arena, out);

	struct arena_mark mark = arena_mark(arena);
	size_t room_clicks = out->click_count > INSERTION_MOST ? out->click_count : 0;
	struct state_click *spare = arena_take(arena, room_clicks * sizeof *spare);
	struct state_conversion *spare_conversions = arena_take(arena, out->conversion_count * sizeof *spare_conversions);

	trim_sort(out->clicks, out->click_count, spare);
	out->click_count = trim_clicks(out->clicks, out->click_count, flood_keep, expire_before, NULL);
	out->conversion_count = trim_conversions(out->conversions, out->conversion_count, spare_conversions);
	arena_return(arena, mark);
}
