// SPDX-License-Identifier: Apache-2.0
#include "base/day.h"

#include <stdio.h>

enum { FIRST = -719162, LAST = 2932896 }; // 0001-01-01, 9999-12-31

static bool is_leap(int year)
{
	return year % 4 == 0 && (year % 100 != 0 || year % 400 == 0);
}

static int days_in(int year, int month)
{
	static const int8_t days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};

	return days[month - 1] + (month == 2 && is_leap(year));
}

// Years begin in March, so that the leap day is a year's last; 400 years have 146,097 days.
static int32_t day_from(int year, int month, int day)
{
	int y = year - (month <= 2);
	int era = (y >= 0 ? y : y - 399) / 400, of_era = y - era * 400;
	int of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;

	return era * 146097 + of_era * 365 + of_era / 4 - of_era / 100 + of_year - 719468;
}

static int digits(const char *p, int count)
{
	int value = 0;

	for (int i = 0; i < count; i++) {
		if (p[i] < '0' || p[i] > '9')
			return -1;
		value = value * 10 + p[i] - '0';
	}
	return value;
}

int day_parse(struct view text, int32_t *day)
{
	if (text.n != DAY_TEXT_SIZE - 1 || text.p[4] != '-' || text.p[7] != '-')
		return -1;
	int y = digits(text.p, 4), m = digits(text.p + 5, 2), d = digits(text.p + 8, 2);
	if (y < 1 || m < 1 || m > 12 || d < 1 || d > days_in(y, m))
		return -1;
	*day = day_from(y, m, d);
	return 0;
}

char *day_print(int32_t day, char *out)
{
	int z = (day < FIRST ? FIRST : day > LAST ? LAST : day) + 719468;
	int era = (z >= 0 ? z : z - 146096) / 146097, of_era = z - era * 146097;
	int of_years = (of_era - of_era / 1460 + of_era / 36524 - of_era / 146096) / 365;
	int of_year = of_era - (365 * of_years + of_years / 4 - of_years / 100), m = (5 * of_year + 2) / 153;
	int month = m < 10 ? m + 3 : m - 9, year = of_years + era * 400 + (month <= 2);

	snprintf(out, DAY_TEXT_SIZE, "%04u-%02u-%02u", (unsigned)year % 10000, (unsigned)month % 100,
		(unsigned)(of_year - (153 * m + 2) / 5 + 1) % 100);
	return out;
}

int32_t day_of_ms(int64_t ms)
{
	int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);

	return day < FIRST ? FIRST : day > LAST ? LAST : (int32_t)day;
}
