// SPDX-License-Identifier: Apache-2.0
#include "attribution/flood.h"

#include <stdlib.h>

int64_t flood_hour(int64_t time)
{
	int64_t into = time % FLOOD_HOUR_MS;
	int64_t start;

	if (into < 0)
		into += FLOOD_HOUR_MS;
	return __builtin_sub_overflow(time, into, &start) ? INT64_MIN : start;
}

static int cmp_full(const void *a, const void *b)
{
	return landing_cmp_full(a, b);
}

static bool is_sorted(const struct landing *landings, size_t n)
{
	for (size_t i = 1; i < n; i++)
		if (landing_cmp_full(&landings[i - 1], &landings[i]) > 0)
			return false;
	return true;
}

size_t flood_trim(struct landing *landings, size_t n)
{
	size_t kept = 0, in_hour = 0;

	if (!is_sorted(landings, n)) // what state hands out usually is
		qsort(landings, n, sizeof *landings, cmp_full);
	for (size_t i = 0; i < n; i++) {
		if (kept > 0 && landing_cmp(&landings[kept - 1], &landings[i]) == 0)
			continue;
		if (kept == 0 || flood_hour(landings[kept - 1].time) != flood_hour(landings[i].time))
			in_hour = 0;
		if (in_hour == FLOOD_KEEP)
			continue;
		in_hour++;
		landings[kept++] = landings[i];
	}
	return kept;
}
