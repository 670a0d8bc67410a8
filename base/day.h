// SPDX-License-Identifier: Apache-2.0
// Calendar days as numbers: days since 1970-01-01 of the Gregorian calendar, and their text YYYY-MM-DD, years 0001 to 9999.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

enum { DAY_TEXT_SIZE = 11 };
#define DAY_MS 86400000LL

// "2026-03-01" exactly, a day of the calendar. 0 or -1.
int day_parse(struct view text, int32_t *day) MUST_USE;

// Returns `out` of DAY_TEXT_SIZE bytes. Days outside the years are the nearest inside.
char *day_print(int32_t day, char *out);

// The UTC day of an instant in ms; instants outside the years: the nearest day inside.
int32_t day_of_ms(int64_t ms);
