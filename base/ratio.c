// SPDX-License-Identifier: Apache-2.0
#include "base/ratio.h"

static const int64_t NANOS = 1000000000;

__int128 ratio_round(__int128 times, __int128 over)
{
	__int128 whole = times / over, rest = times % over;
	__int128 twice = rest < 0 ? -2 * rest : 2 * rest;
	bool up = twice > over || (twice == over && whole % 2 != 0);

	if (!up)
		return whole;
	return times < 0 ? whole - 1 : whole + 1;
}

static bool fits(__int128 number, int64_t *out)
{
	*out = (int64_t)number;
	return number >= INT64_MIN && number <= INT64_MAX;
}

bool ratio_scale(int64_t number, int64_t times, int64_t over, int64_t *out)
{
	return fits(ratio_round((__int128)number * times, over), out);
}

bool ratio_nanos(__int128 above, __int128 below, int64_t *out)
{
	const __int128 most = ((__int128)1 << 96) / NANOS;

	return below > 0 && above < most && above > -most && fits(ratio_round(above * NANOS, below), out);
}
