// SPDX-License-Identifier: Apache-2.0
// Reading and printing instants and durations. All results are milliseconds.
#pragma once
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum { WHEN_ISO_SIZE = 32, WHEN_DAY_SIZE = 16 };

// ISO 8601 date and time with a zone, extended form: "2026-03-01T10:00:00.123Z", "2026-03-01T10:00+05:30"; also +0530
// and +05. Seconds may be left out, fractions have any length and are cut to ms, the year has four digits, second 60 is none. 0 or -1.
int when_parse_iso(struct view text, int64_t *ms) MUST_USE;

// Date and time without a zone, as a report's hours: "2026-03-01 10:00:00", as if it were UTC. 0 or -1.
int when_parse_plain(struct view text, int64_t *ms) MUST_USE;

// "2026-03-01" as days since 1970-01-01. 0 or -1.
int when_parse_day(struct view text, int32_t *day) MUST_USE;

// Only digits with an optional minus, fitting int64. 0 or -1.
int when_parse_integer(struct view text, int64_t *value) MUST_USE;

// Integer >= 0 and unit: ms, s, m, h or d ("7d", "500ms"). 0 or -1 (unknown unit, overflow, no digits).
int when_parse_duration(struct view text, int64_t *ms) MUST_USE;

// "2026-03-01T10:00:00.123Z" into `out` of WHEN_ISO_SIZE bytes; returns `out`.
char *when_print_iso(int64_t ms, char *out);

// "2026-03-01" into `out` of WHEN_DAY_SIZE bytes; returns `out`.
char *when_print_day(int32_t day, char *out);

int32_t when_day(int64_t ms); // the UTC day of an instant, as days since 1970-01-01

// Days since 1970-01-01 in the proleptic Gregorian calendar, and back: the year, with month and day from 1.
int64_t when_days(int64_t year, int month, int day);
int64_t when_date(int64_t days, int *month, int *day);

// The largest unit that divides it: 604800000 -> "7d". Returns `out`.
char *when_print_duration(int64_t ms, char *out);
