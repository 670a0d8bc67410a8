// SPDX-License-Identifier: Apache-2.0
#include "base/when.h"

#include <stdio.h>

enum { SECOND_MS = 1000, MINUTE_MS = 60 * SECOND_MS, HOUR_MS = 60 * MINUTE_MS, DAY_MS = 24 * HOUR_MS };

struct instant {
	int year, month, day, hour, minute, second, ms;
	int zone_minutes; // east of UTC
};

// Years are counted from March so that the leap day is the last of them.
int64_t when_days(int64_t year, int month, int day)
{
	year -= month <= 2;
	int64_t era = (year >= 0 ? year : year - 399) / 400;
	int64_t year_of_era = year - era * 400;
	int64_t day_of_year = (153 * (month + (month > 2 ? -3 : 9)) + 2) / 5 + day - 1;
	int64_t day_of_era = year_of_era * 365 + year_of_era / 4 - year_of_era / 100 + day_of_year;

	return era * 146097 + day_of_era - 719468;
}

int64_t when_date(int64_t days, int *month, int *day)
{
	days += 719468;
	int64_t era = (days >= 0 ? days : days - 146096) / 146097;
	int64_t day_of_era = days - era * 146097;
	int64_t year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36524 - day_of_era / 146096) / 365;
	int64_t day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
	int64_t shifted = (5 * day_of_year + 2) / 153;

	*day = (int)(day_of_year - (153 * shifted + 2) / 5 + 1);
	*month = (int)(shifted < 10 ? shifted + 3 : shifted - 9);
	return year_of_era + era * 400 + (*month <= 2);
}

static int days_in_month(int year, int month)
{
	static const int days[] = {31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31};
	bool leap = (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;

	return days[month - 1] + (month == 2 && leap);
}

static bool is_digit(uint8_t byte)
{
	return byte >= '0' && byte <= '9';
}

static bool next_is(const struct cursor *c, char byte)
{
	return !c->bad && c->p < c->end && *c->p == (uint8_t)byte;
}

static bool take_byte(struct cursor *c, char byte)
{
	if (!next_is(c, byte))
		return false;
	c->p++;
	return true;
}

static void expect_byte(struct cursor *c, char byte)
{
	if (!take_byte(c, byte))
		c->bad = true;
}

static int take_digits(struct cursor *c, int digits)
{
	int value = 0;

	for (int i = 0; i < digits; i++) {
		uint8_t byte = cursor_byte(c);

		if (!is_digit(byte))
			c->bad = true;
		value = value * 10 + (byte - '0');
	}
	return c->bad ? 0 : value;
}

// The digits after the point, at least one, cut to three.
static int take_fraction_ms(struct cursor *c)
{
	int ms = 0;
	int digits = 0;

	for (; c->p < c->end && is_digit(*c->p); digits++, c->p++) {
		if (digits < 3)
			ms = ms * 10 + (*c->p - '0');
	}
	if (digits == 0)
		c->bad = true;
	for (; digits < 3; digits++)
		ms *= 10;
	return ms;
}

// Z, or +hh:mm, +hhmm, +hh and the same with a minus.
static int take_zone_minutes(struct cursor *c)
{
	if (take_byte(c, 'Z'))
		return 0;
	int sign = take_byte(c, '-') ? -1 : 1;
	if (sign > 0)
		expect_byte(c, '+');
	int hours = take_digits(c, 2);
	int minutes = 0;
	if (take_byte(c, ':') || (!c->bad && c->p < c->end))
		minutes = take_digits(c, 2);
	if (hours > 23 || minutes > 59)
		c->bad = true;
	return sign * (hours * 60 + minutes);
}

static void take_time(struct cursor *c, struct instant *at)
{
	at->hour = take_digits(c, 2);
	expect_byte(c, ':');
	at->minute = take_digits(c, 2);
	if (!take_byte(c, ':'))
		return;
	at->second = take_digits(c, 2);
	if (take_byte(c, '.') || take_byte(c, ','))
		at->ms = take_fraction_ms(c);
}

static bool instant_exists(const struct instant *at)
{
	if (at->month < 1 || at->month > 12 || at->day < 1 || at->day > days_in_month(at->year, at->month))
		return false;
	return at->hour <= 23 && at->minute <= 59 && at->second <= 59;
}

// What was read, if it was all of the text and is in the calendar.
static int finish(const struct cursor *c, const struct instant *at, int64_t *ms)
{
	if (c->bad || cursor_left(c) > 0 || !instant_exists(at))
		return -1;
	*ms = when_days(at->year, at->month, at->day) * DAY_MS + at->hour * (int64_t)HOUR_MS +
		(at->minute - at->zone_minutes) * (int64_t)MINUTE_MS + at->second * SECOND_MS + at->ms;
	return 0;
}

static void take_date(struct cursor *c, struct instant *at)
{
	at->year = take_digits(c, 4);
	expect_byte(c, '-');
	at->month = take_digits(c, 2);
	expect_byte(c, '-');
	at->day = take_digits(c, 2);
}

int when_parse_iso(struct view text, int64_t *ms)
{
	struct cursor c = cursor_over(text);
	struct instant at = {0};

	take_date(&c, &at);
	expect_byte(&c, 'T');
	take_time(&c, &at);
	at.zone_minutes = take_zone_minutes(&c);
	return finish(&c, &at, ms);
}

int when_parse_plain(struct view text, int64_t *ms)
{
	struct cursor c = cursor_over(text);
	struct instant at = {0};

	take_date(&c, &at);
	expect_byte(&c, ' ');
	take_time(&c, &at);
	return finish(&c, &at, ms);
}

int when_parse_day(struct view text, int32_t *day)
{
	struct cursor c = cursor_over(text);
	struct instant at = {0};
	int64_t ms;

	take_date(&c, &at);
	if (finish(&c, &at, &ms) != 0)
		return -1;
	*day = (int32_t)(ms / DAY_MS);
	return 0;
}

int when_parse_integer(struct view text, int64_t *value)
{
	bool minus = text.n > 0 && text.p[0] == '-';
	int64_t sum = 0;

	if (text.n == minus)
		return -1;
	for (size_t i = minus; i < text.n; i++) {
		if (!is_digit((uint8_t)text.p[i]))
			return -1;
		int digit = text.p[i] - '0';
		// Summed on the negative side, which reaches one further.
		if (__builtin_mul_overflow(sum, (int64_t)10, &sum) || __builtin_sub_overflow(sum, (int64_t)digit, &sum))
			return -1;
	}
	if (!minus && sum == INT64_MIN)
		return -1;
	*value = minus ? sum : -sum;
	return 0;
}

static const struct unit {
	const char *name;
	int64_t ms;
} units[] = {{"d", DAY_MS}, {"h", HOUR_MS}, {"m", MINUTE_MS}, {"s", SECOND_MS}, {"ms", 1}};

enum { UNITS = sizeof units / sizeof units[0] };

int when_parse_duration(struct view text, int64_t *ms)
{
	size_t digits = 0;
	int64_t count;

	while (digits < text.n && is_digit((uint8_t)text.p[digits]))
		digits++;
	if (when_parse_integer(view_of(text.p, digits), &count) != 0)
		return -1;
	struct view name = view_of(text.p + digits, text.n - digits);
	for (size_t i = 0; i < UNITS; i++) {
		if (view_eq(name, view_text(units[i].name)))
			return __builtin_mul_overflow(count, units[i].ms, ms) ? -1 : 0;
	}
	return -1;
}

char *when_print_iso(int64_t ms, char *out)
{
	int64_t days = ms / DAY_MS - (ms % DAY_MS < 0);
	int64_t left = ms % DAY_MS < 0 ? ms % DAY_MS + DAY_MS : ms % DAY_MS;
	int month, day;
	long long year = when_date(days, &month, &day);

	snprintf(out, WHEN_ISO_SIZE,
		year < 0 || year > 9999 ? "%+05lld-%02d-%02dT%02d:%02d:%02d.%03dZ" : "%04lld-%02d-%02dT%02d:%02d:%02d.%03dZ", year, month, day,
		(int)(left / HOUR_MS), (int)(left / MINUTE_MS % 60), (int)(left / SECOND_MS % 60), (int)(left % SECOND_MS));
	return out;
}

int32_t when_day(int64_t ms)
{
	int64_t day = ms / DAY_MS - (ms % DAY_MS < 0);

	return day < INT32_MIN ? INT32_MIN : day > INT32_MAX ? INT32_MAX : (int32_t)day;
}

char *when_print_day(int32_t days, char *out)
{
	int month, day;
	long long year = when_date(days, &month, &day);

	snprintf(out, WHEN_DAY_SIZE, year < 0 || year > 9999 ? "%+05lld-%02d-%02d" : "%04lld-%02d-%02d", year, month, day);
	return out;
}

char *when_print_duration(int64_t ms, char *out)
{
	size_t i = 0;

	while (i < UNITS - 1 && (ms == 0 || ms % units[i].ms != 0))
		i++;
	snprintf(out, WHEN_ISO_SIZE, "%lld%s", (long long)(ms / units[i].ms), units[i].name);
	return out;
}
