// SPDX-License-Identifier: Apache-2.0
#include "base/zone_rule.h"

#include "base/when.h"

enum { HOUR_S = 60 * 60, OFFSET_HOURS_MAX = 24, TIME_HOURS_MAX = 167, CHANGE_DEFAULT_S = 2 * HOUR_S };

static bool next_is(const struct cursor *c, char byte)
{
	return !c->bad && c->p < c->end && *c->p == (uint8_t)byte;
}

static bool take(struct cursor *c, char byte)
{
	if (!next_is(c, byte))
		return false;
	c->p++;
	return true;
}

static void expect(struct cursor *c, char byte)
{
	if (!take(c, byte))
		c->bad = true;
}

static int take_number(struct cursor *c, int least, int most)
{
	int value = 0, digits = 0;

	for (; c->p < c->end && *c->p >= '0' && *c->p <= '9' && digits < 4; digits++)
		value = value * 10 + (*c->p++ - '0');
	if (!digits || value < least || value > most)
		c->bad = true;
	return c->bad ? least : value;
}

static bool is_letter(uint8_t byte)
{
	return (byte | 0x20) >= 'a' && (byte | 0x20) <= 'z';
}

static bool is_quoted(uint8_t byte)
{
	return is_letter(byte) || (byte >= '0' && byte <= '9') || byte == '+' || byte == '-';
}

// "EST" or "<-03>": at least three characters.
static void skip_name(struct cursor *c)
{
	bool quoted = take(c, '<');
	const uint8_t *from = c->p;

	while (c->p < c->end && (quoted ? is_quoted(*c->p) : is_letter(*c->p)))
		c->p++;
	if (c->p - from < 3)
		c->bad = true;
	if (quoted)
		expect(c, '>');
}

// [+-]hh[:mm[:ss]]
static int32_t take_time_s(struct cursor *c, int hours_max)
{
	int sign = take(c, '-') ? -1 : 1;
	int32_t seconds;

	if (sign > 0)
		take(c, '+');
	seconds = take_number(c, 0, hours_max) * HOUR_S;
	if (take(c, ':'))
		seconds += take_number(c, 0, 59) * 60;
	if (take(c, ':'))
		seconds += take_number(c, 0, 59);
	return sign * seconds;
}

static void take_change(struct cursor *c, struct zone_change *change)
{
	expect(c, ',');
	if (take(c, 'M')) {
		change->kind = ZONE_WEEKDAY;
		change->month = take_number(c, 1, 12);
		expect(c, '.');
		change->week = take_number(c, 1, 5);
		expect(c, '.');
		change->day = take_number(c, 0, 6);
	} else {
		change->kind = take(c, 'J') ? ZONE_NO_LEAP_DAY : ZONE_ANY_DAY;
		change->day = take_number(c, change->kind == ZONE_NO_LEAP_DAY, 365);
	}
	change->time_s = take(c, '/') ? take_time_s(c, TIME_HOURS_MAX) : CHANGE_DEFAULT_S;
}

int zone_rule_parse(struct view text, struct zone_rule *out)
{
	struct cursor c = cursor_over(text);

	*out = (struct zone_rule){.present = text.n > 0};
	if (!out->present)
		return 0;
	skip_name(&c);
	out->standard_s = -take_time_s(&c, OFFSET_HOURS_MAX);
	if (!c.bad && cursor_left(&c) > 0) {
		out->has_summer = true;
		skip_name(&c);
		out->summer_s = next_is(&c, ',') ? out->standard_s + HOUR_S : -take_time_s(&c, OFFSET_HOURS_MAX);
		take_change(&c, &out->to_summer);
		take_change(&c, &out->to_standard);
	}
	return c.bad || cursor_left(&c) > 0 ? -1 : 0;
}

static bool is_leap(int64_t year)
{
	return (year % 4 == 0 && year % 100 != 0) || year % 400 == 0;
}

static int64_t weekday_of(const struct zone_change *change, int64_t year)
{
	int64_t first = when_days(year, change->month, 1);
	int64_t next = change->month == 12 ? when_days(year + 1, 1, 1) : when_days(year, change->month + 1, 1);
	int64_t weekday = ((first + 4) % 7 + 7) % 7; // 1970-01-01 was a Thursday
	int64_t day = first + (change->day - weekday + 7) % 7 + (change->week - 1) * (int64_t)7;

	return day < next ? day : day - 7; // week 5: the last one
}

static int64_t day_of(const struct zone_change *change, int64_t year)
{
	int64_t january = when_days(year, 1, 1);

	switch (change->kind) {
	case ZONE_NO_LEAP_DAY:
		return january + change->day - 1 + (change->day >= 60 && is_leap(year));
	case ZONE_ANY_DAY:
		return january + change->day;
	default:
		return weekday_of(change, year);
	}
}

// Narrows the stretch around `at_s` by one change.
static void narrow(struct zone_stretch *stretch, int64_t at_s, int64_t change_s, int32_t offset_s)
{
	if (change_s > at_s) {
		if (change_s < stretch->until_s)
			stretch->until_s = change_s;
	} else if (change_s >= stretch->from_s) {
		stretch->from_s = change_s;
		stretch->offset_s = offset_s;
	}
}

struct zone_stretch zone_rule_stretch(const struct zone_rule *rule, int64_t at_s)
{
	struct zone_stretch found = {INT64_MIN, INT64_MAX, rule->standard_s};
	int month, day;

	if (!rule->has_summer)
		return found;
	int64_t year = when_date(at_s / ZONE_DAY_S, &month, &day);
	// Times of a change reach a week beyond its day, so beyond its year. Of two at one instant the one to summer counts: summer all year is written so.
	for (int64_t y = year - 2; y <= year + 2; y++) {
		narrow(&found, at_s, day_of(&rule->to_standard, y) * ZONE_DAY_S + rule->to_standard.time_s - rule->summer_s, rule->standard_s);
		narrow(&found, at_s, day_of(&rule->to_summer, y) * ZONE_DAY_S + rule->to_summer.time_s - rule->standard_s, rule->summer_s);
	}
	return found;
}
