// SPDX-License-Identifier: Apache-2.0
// Days of a zone begin and end where its calendar says, on days of 23 and 25 hours too, for each zone as libc has it; no name leaves the folder, and no
// file's bytes are trusted.
#include "base/zone.h"

#include <ftw.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include <cmocka.h>

#include "base/file.h"
#include "base/own.h"
#include "base/when.h"

enum { HOUR_MS = 60 * 60 * 1000 };
static const int64_t DAY_MS = 24 * (int64_t)HOUR_MS;

static const struct zone *open_zone(const char *name)
{
	const struct zone *zone = NULL;
	struct err err;

	if (zone_open(view_text(name), &zone, &err) != 0)
		fail_msg("%s: %s", name, err.words);
	return zone;
}

static int64_t at(const char *text)
{
	int64_t ms;

	if (when_parse_iso(view_text(text), &ms) != 0)
		fail_msg("%s is no time", text);
	return ms;
}

static int32_t day(const char *text)
{
	int32_t value;

	if (when_parse_day(view_text(text), &value) != 0)
		fail_msg("%s is no day", text);
	return value;
}

// The day begins at `from` and has so many minutes; the last instant before it is of the day before.
static void day_is(const char *zone_name, const char *date, const char *from, int minutes)
{
	const struct zone *zone = open_zone(zone_name);
	int64_t start = zone_day_start(zone, day(date)), end = zone_day_start(zone, day(date) + 1);
	char text[WHEN_ISO_SIZE];

	if (start != at(from) || end - start != minutes * (int64_t)60000)
		fail_msg("%s %s begins at %s and has %lld minutes", zone_name, date, when_print_iso(start, text), (long long)(end - start) / 60000);
	assert_int_equal(zone_day(zone, start), day(date));
	assert_int_equal(zone_day(zone, end - 1), day(date));
	assert_int_equal(zone_day(zone, start - 1), day(date) - 1);
	assert_int_equal(zone_day(zone, end), day(date) + 1);
}

static void days_have_23_24_or_25_hours(void **state)
{
	(void)state;
	day_is("America/Los_Angeles", "2026-03-08", "2026-03-08T08:00:00Z", 23 * 60);
	day_is("America/Los_Angeles", "2026-03-09", "2026-03-09T07:00:00Z", 24 * 60);
	day_is("America/Los_Angeles", "2026-11-01", "2026-11-01T07:00:00Z", 25 * 60);
	day_is("Pacific/Auckland", "2026-04-05", "2026-04-04T11:00:00Z", 25 * 60);
	day_is("Pacific/Auckland", "2026-09-27", "2026-09-26T12:00:00Z", 23 * 60);
	day_is("Europe/Paris", "2026-03-29", "2026-03-28T23:00:00Z", 23 * 60);
	day_is("Europe/Paris", "2026-10-25", "2026-10-24T22:00:00Z", 25 * 60);
	day_is("Europe/Dublin", "2026-10-25", "2026-10-24T23:00:00Z", 25 * 60); // whose winter time is the exception in its rule
	day_is("Australia/Lord_Howe", "2026-04-05", "2026-04-04T13:00:00Z", 24 * 60 + 30);
	day_is("Australia/Lord_Howe", "2026-10-04", "2026-10-03T13:30:00Z", 24 * 60 - 30);
	day_is("Asia/Kolkata", "2026-03-29", "2026-03-28T18:30:00Z", 24 * 60);
	day_is("Asia/Kathmandu", "2026-03-29", "2026-03-28T18:15:00Z", 24 * 60);
	day_is("America/Lima", "2026-03-08", "2026-03-08T05:00:00Z", 24 * 60);
	day_is("Etc/UTC", "2026-03-08", "2026-03-08T00:00:00Z", 24 * 60);
	day_is("Etc/GMT+8", "2026-03-08", "2026-03-08T08:00:00Z", 24 * 60); // west, as POSIX counts
	day_is("Etc/GMT-14", "2026-03-08", "2026-03-07T10:00:00Z", 24 * 60);
}

static void the_rule_goes_on_after_the_last_transition(void **state)
{
	(void)state;
	day_is("America/Los_Angeles", "2061-03-13", "2061-03-13T08:00:00Z", 23 * 60);
	day_is("America/Los_Angeles", "2061-11-06", "2061-11-06T07:00:00Z", 25 * 60);
	day_is("Pacific/Auckland", "2100-09-26", "2100-09-25T12:00:00Z", 23 * 60);
	day_is("Asia/Kolkata", "2099-01-01", "2098-12-31T18:30:00Z", 24 * 60);
}

static void a_day_without_its_midnight_begins_with_what_there_is(void **state)
{
	(void)state;
	day_is("America/Sao_Paulo", "2018-11-04", "2018-11-04T03:00:00Z", 23 * 60); // 00:00 was 01:00
	day_is("America/Sao_Paulo", "2018-02-17", "2018-02-17T02:00:00Z", 25 * 60); // 24:00 was 23:00
	const struct zone *apia = open_zone("Pacific/Apia");                        // which had no 30 December 2011
	assert_int_equal(zone_day_start(apia, day("2011-12-30")), zone_day_start(apia, day("2011-12-31")));
	assert_int_equal(zone_day(apia, zone_day_start(apia, day("2011-12-30"))), day("2011-12-31"));
	assert_int_equal(zone_day(apia, zone_day_start(apia, day("2011-12-30")) - 1), day("2011-12-29"));
	// Clocks went from 00:01 back to 23:01: the day begins when the calendar first shows it.
	const struct zone *st_johns = open_zone("America/St_Johns");
	assert_int_equal(zone_day_start(st_johns, day("2006-10-29")), at("2006-10-29T02:30:00Z"));
	assert_int_equal(zone_day(st_johns, at("2006-10-29T02:31:00Z")), day("2006-10-28"));
}

static void spans_tile_time(void **state)
{
	static const char *const names[] = {"America/Los_Angeles", "Pacific/Auckland", "Asia/Kolkata", "Africa/Casablanca", "Etc/UTC"};

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		const struct zone *zone = open_zone(names[i]);
		struct zone_span span = zone_span(zone, INT64_MIN);
		int count = 1;

		assert_int_equal(span.from_ms, INT64_MIN);
		for (; span.until_ms < at("2150-01-01T00:00:00Z"); count++) {
			struct zone_span next = zone_span(zone, span.until_ms);

			assert_int_equal(next.from_ms, span.until_ms);
			assert_true(next.until_ms > next.from_ms);
			assert_int_equal(zone_offset_s(zone, next.from_ms), next.offset_s);
			assert_int_equal(zone_offset_s(zone, next.from_ms - 1), span.offset_s);
			span = next;
		}
		assert_true(count >= 1 && count < 1000);
	}
}

static void whole_hours_are_told_from_halves(void **state)
{
	int64_t from = at("2026-01-01T00:00:00Z"), until = at("2027-01-01T00:00:00Z");

	(void)state;
	assert_true(zone_has_whole_hours(open_zone("America/Los_Angeles"), from, until));
	assert_true(zone_has_whole_hours(open_zone("Etc/UTC"), from, until));
	assert_false(zone_has_whole_hours(open_zone("Asia/Kolkata"), from, until));
	assert_false(zone_has_whole_hours(open_zone("Asia/Kathmandu"), from, until));
	assert_false(zone_has_whole_hours(open_zone("Australia/Lord_Howe"), from, until)); // half of the year
	assert_true(zone_has_whole_hours(open_zone("Australia/Lord_Howe"), from, from + DAY_MS));
}

static void clock_is(const char *zone_name, const char *local, const char *instant, bool twice)
{
	const struct zone *zone = open_zone(zone_name);
	int64_t local_ms;

	assert_int_equal(when_parse_plain(view_text(local), &local_ms), 0);
	if (zone_instant(zone, local_ms) != at(instant) || zone_is_twice(zone, local_ms) != twice)
		fail_msg("%s %s is at %lld", zone_name, local, (long long)zone_instant(zone, local_ms));
}

static void clocks_show_instants(void **state)
{
	(void)state;
	clock_is("America/Los_Angeles", "2026-07-01 00:00:00", "2026-07-01T07:00:00Z", false);
	clock_is("America/Los_Angeles", "2026-11-01 00:59:59", "2026-11-01T07:59:59Z", false);
	clock_is("America/Los_Angeles", "2026-11-01 01:00:00", "2026-11-01T08:00:00Z", true);
	clock_is("America/Los_Angeles", "2026-11-01 01:59:59", "2026-11-01T08:59:59Z", true);
	clock_is("America/Los_Angeles", "2026-11-01 02:00:00", "2026-11-01T10:00:00Z", false);
	clock_is("America/Los_Angeles", "2026-11-02 12:00:00", "2026-11-02T20:00:00Z", false);
	clock_is("America/Los_Angeles", "2026-03-08 01:00:00", "2026-03-08T09:00:00Z", false);
	clock_is("America/Los_Angeles", "2026-03-08 02:30:00", "2026-03-08T10:30:00Z", false); // skipped: 03:30
	clock_is("America/Los_Angeles", "2026-03-08 03:00:00", "2026-03-08T10:00:00Z", false);
	clock_is("Pacific/Auckland", "2026-04-05 02:30:00", "2026-04-04T13:30:00Z", true);
	clock_is("Pacific/Auckland", "2026-04-05 03:00:00", "2026-04-04T15:00:00Z", false);
	clock_is("Asia/Kolkata", "2026-04-05 00:00:00", "2026-04-04T18:30:00Z", false);
	clock_is("Etc/UTC", "2026-04-05 00:00:00", "2026-04-05T00:00:00Z", false);
	clock_is("Etc/GMT+8", "2026-04-05 00:00:00", "2026-04-05T08:00:00Z", false);
}

// --- Against libc ----------------------------------------------------------------------------------------------------------------------------------

static int zones, differences;

static void compare_at(const char *name, const struct zone *zone, int64_t at_s)
{
	time_t t = at_s;
	struct tm local;

	if (!localtime_r(&t, &local) || local.tm_gmtoff == zone_offset_s(zone, at_s * 1000))
		return;
	if (differences++ < 5)
		print_error("%s at %lld: libc %ld, ours %d\n", name, (long long)at_s, local.tm_gmtoff, zone_offset_s(zone, at_s * 1000));
}

static int compare_zone(const char *path, const struct stat *about, int type, struct FTW *ftw)
{
	const char *name = path + strlen("/usr/share/zoneinfo/");
	const struct zone *zone;
	struct err err;

	(void)about;
	(void)ftw;
	if (type != FTW_F || name[0] < 'A' || name[0] > 'Z' || strchr(name, '.'))
		return 0;
	zone = open_zone(name);
	assert_int_equal(zone_open(view_text(name), &zone, &err), 0);
	setenv("TZ", name, 1);
	tzset();
	for (int64_t at_s = at("1900-01-01T00:00:00Z") / 1000; at_s < at("2130-01-01T00:00:00Z") / 1000; at_s += 11 * 86400 + 3607)
		compare_at(name, zone, at_s);
	for (struct zone_span s = zone_span(zone, at("1900-01-01T00:00:00Z")); s.until_ms < at("2060-01-01T00:00:00Z");
		 s = zone_span(zone, s.until_ms)) {
		compare_at(name, zone, s.until_ms / 1000 - 1);
		compare_at(name, zone, s.until_ms / 1000);
	}
	zones++;
	return 0;
}

static void every_zone_is_as_libc_has_it(void **state)
{
	(void)state;
	assert_int_equal(nftw("/usr/share/zoneinfo", compare_zone, 16, 0), 0);
	assert_true(zones > 300);
	assert_int_equal(differences, 0);
}

// --- Names -----------------------------------------------------------------------------------------------------------------------------------------

static void names_that_are_none_are_refused(void **state)
{
	static const char *const names[] = {"", "/", "/etc/passwd", "../../../etc/passwd", "America/../../../../etc/passwd", "America/",
		"America", "America//Lima", "./America/Lima", "America/Lim", "america/lima", "posix/America/Lima", "right/America/Lima",
		"localtime", "posixrules", "tzdata.zi", "America/Lima\n", "Am\xc3\xa9rica/Lima", "PST8PDT,M3.2.0,M11.1.0", ":America/Lima",
		"leapseconds", "Aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa"};
	const struct zone *zone = NULL;
	struct err err;

	(void)state;
	for (size_t i = 0; i < sizeof names / sizeof *names; i++) {
		if (zone_open(view_text(names[i]), &zone, &err) == 0)
			fail_msg("%s was opened", names[i]);
		assert_int_equal(err.class, ERR_POISON);
		assert_string_equal(err.code, "unknown_zone");
	}
	assert_int_equal(zone_open(VIEW_ABSENT, &zone, &err), -1);
	assert_int_equal(zone_open(view_of("America/Lima\0/x", 15), &zone, &err), -1);
	assert_ptr_equal(open_zone("America/Lima"), open_zone("America/Lima"));
}

// --- Bytes -----------------------------------------------------------------------------------------------------------------------------------------

// A file of version 2 with an empty first block.
static void add_head(struct buf *b, uint32_t leaps, uint32_t times, uint32_t types)
{
	for (int block = 0; block < 2; block++) {
		uint32_t counts[6] = {0, 0, block ? leaps : 0, block ? times : 0, block ? types : 0, 0};

		buf_add_text(b, "TZif2");
		buf_add(b, (char[15]){0}, 15);
		for (int i = 0; i < 6; i++)
			buf_add(b, (uint8_t[]){counts[i] >> 24, counts[i] >> 16 & 255, counts[i] >> 8 & 255, counts[i] & 255}, 4);
	}
}

static void add_type(struct buf *b, int32_t offset_s)
{
	uint32_t u = (uint32_t)offset_s;

	buf_add(b, (uint8_t[]){u >> 24, u >> 16 & 255, u >> 8 & 255, u & 255, 0, 0}, 6);
}

static void is_refused(const struct buf *b, const char *why)
{
	OWN(zone_free) struct zone *zone = NULL;
	struct err err = {0};

	if (zone_parse(buf_view(b), &zone, &err) == 0)
		fail_msg("was read, and should have said: %s", why);
	assert_int_equal(err.class, ERR_POISON);
	assert_string_equal(err.code, "bad_zone");
	if (!strstr(err.words, why))
		fail_msg("\"%s\" does not say \"%s\"", err.words, why);
}

static int32_t rule_offset(const char *rule, int64_t ms)
{
	OWN(buf_clear) struct buf b = {0};
	OWN(zone_free) struct zone *zone = NULL;
	struct err err;

	add_head(&b, 0, 0, 1);
	add_type(&b, 60);
	buf_addf(&b, "\n%s\n", rule);
	if (zone_parse(buf_view(&b), &zone, &err) != 0)
		return INT32_MIN;
	return zone_offset_s(zone, ms);
}

static void rules_are_read_in_every_form(void **state)
{
	int64_t january = at("2026-01-15T00:00:00Z"), july = at("2026-07-15T00:00:00Z");

	(void)state;
	assert_int_equal(rule_offset("", july), 60); // no rule: the types
	assert_int_equal(rule_offset("UTC0", july), 0);
	assert_int_equal(rule_offset("<+0530>-5:30", july), 19800);
	assert_int_equal(rule_offset("<-03>3:00:01", july), -10801);
	assert_int_equal(rule_offset("EST5EDT,M3.2.0,M11.1.0", january), -18000);
	assert_int_equal(rule_offset("EST5EDT,M3.2.0,M11.1.0", july), -14400);
	assert_int_equal(rule_offset("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", january), 39600);
	assert_int_equal(rule_offset("<+1030>-10:30<+11>-11,M10.1.0,M4.1.0", july), 37800);
	assert_int_equal(rule_offset("IST-1GMT0,M10.5.0,M3.5.0/1", january), 0);
	assert_int_equal(rule_offset("AAA0BBB,J60/0,J300/0", at("2024-03-01T00:00:00Z")), 3600); // J60 is 1 March in a leap year, too
	assert_int_equal(rule_offset("AAA0BBB,J60/0,J300/0", at("2024-02-29T23:59:59Z")), 0);
	assert_int_equal(rule_offset("AAA0BBB,59/0,300/0", at("2024-02-29T00:00:00Z")), 3600);
	assert_int_equal(rule_offset("AAA0BBB,M3.4.4/50,M10.4.4/50", at("2026-03-28T01:59:59Z")), 0); // Thursday 26, and two days and two hours
	assert_int_equal(rule_offset("AAA0BBB,M3.4.4/50,M10.4.4/50", at("2026-03-28T02:00:00Z")), 3600);
	assert_int_equal(rule_offset("AAA0BBB,M3.5.0/-2,M10.5.0/-1", at("2026-03-28T22:00:00Z")), 3600);
	assert_int_equal(rule_offset("XXX3EDT4,0/0,J365/23", january), -14400); // summer all year, the other way round
	assert_int_equal(rule_offset("EST5EDT,0/0,J365/25", january), -14400);
	assert_int_equal(rule_offset("EST5EDT,0/0,J365/25", at("2027-01-01T05:00:00Z")), -14400);
	assert_int_equal(rule_offset("EST5EDT,0/0,J365/25", at("2027-01-01T04:59:59Z")), -14400);
}

static void texts_that_are_no_rule_are_refused(void **state)
{
	static const char *const rules[] = {"E", "EST", "5", "EST5EDT", "EST5EDT,", "EST5EDT,M3.2.0", "EST5EDT,M3.2.0,",
		"EST5EDT,M13.2.0,M11.1.0", "EST5EDT,M3.0.0,M11.1.0", "EST5EDT,M3.6.0,M11.1.0", "EST5EDT,M3.2.7,M11.1.0", "EST5EDT,J0,J5",
		"EST5EDT,J366,J5", "EST5EDT,366,5", "EST25", "EST5:60", "EST5EDT,M3.2.0/168,M11.1.0", "EST5EDT,M3.2.0,M11.1.0 ", "<E>5", "<EST5",
		"EST5EDT,M3.2.0,M11.1.0,M1.1.1", "EST99999999999999999999", "EST--5", "E\xc3ST5"};

	(void)state;
	for (size_t i = 0; i < sizeof rules / sizeof *rules; i++) {
		if (rule_offset(rules[i], 0) != INT32_MIN)
			fail_msg("%s was read", rules[i]);
	}
}

static void hostile_files_are_refused(void **state)
{
	OWN(buf_clear) struct buf b = {0};

	(void)state;
	is_refused(&b, "not a TZif file");
	buf_add_text(&b, "TZif1");
	buf_add(&b, (char[39]){0}, 39);
	is_refused(&b, "not a TZif file");
	buf_reset(&b);
	add_head(&b, 0, UINT32_MAX, 1);
	is_refused(&b, "cut off");
	buf_reset(&b);
	add_head(&b, 0, 0, 0);
	is_refused(&b, "types");
	buf_reset(&b);
	add_head(&b, 0, 0, UINT32_MAX);
	is_refused(&b, "types");
	buf_reset(&b);
	add_head(&b, 27, 0, 1);
	is_refused(&b, "leap seconds");
	buf_reset(&b);
	add_head(&b, 0, 0, 1);
	add_type(&b, 26 * 3600);
	buf_add_text(&b, "\n\n");
	is_refused(&b, "more than a day");
	buf_reset(&b);
	add_head(&b, 0, 1, 1);
	buf_add(&b, (char[8]){0}, 8);
	buf_add_byte(&b, 1);
	add_type(&b, 0);
	buf_add_text(&b, "\n\n");
	is_refused(&b, "not there");
	buf_reset(&b);
	add_head(&b, 0, 2, 1);
	buf_add(&b, (char[18]){0}, 18);
	add_type(&b, 0);
	buf_add_text(&b, "\n\n");
	is_refused(&b, "not in order");
}

static void a_file_cut_anywhere_is_refused(void **state)
{
	OWN(buf_clear) struct buf b = {0};
	struct err err;
	size_t whole;

	(void)state;
	assert_int_equal(file_read("/usr/share/zoneinfo/America/Los_Angeles", 1 << 20, &b, &err), 0);
	whole = b.n;
	for (b.n = 0; b.n < whole; b.n++) {
		OWN(own_free) char *exact = malloc(b.n ? b.n : 1); // so that a sanitizer sees a byte too much
		OWN(zone_free) struct zone *zone = NULL;

		memcpy(exact, b.p, b.n);
		if (zone_parse(view_of(exact, b.n), &zone, &err) == 0)
			fail_msg("%zu of %zu bytes were read", b.n, whole);
	}
}

static void far_instants_count_as_the_nearest(void **state)
{
	const struct zone *zone = open_zone("America/Los_Angeles");

	(void)state;
	assert_int_equal(zone_day(zone, INT64_MAX), day("9999-12-31"));
	assert_int_equal(zone_day(zone, INT64_MIN), day("0001-01-01") - 1); // it is west
	assert_int_equal(zone_day_start(zone, INT32_MAX), zone_day_start(zone, INT32_MAX - 1));
	assert_int_equal(zone_day_start(zone, INT32_MIN), zone_day_start(zone, INT32_MIN + 1));
	assert_int_equal(zone_span(zone, INT64_MAX).until_ms, INT64_MAX);
	assert_true(zone_has_whole_hours(open_zone("Etc/UTC"), INT64_MIN, INT64_MAX));
}

int main(void)
{
	const struct CMUnitTest tests[] = {
		cmocka_unit_test(days_have_23_24_or_25_hours),
		cmocka_unit_test(the_rule_goes_on_after_the_last_transition),
		cmocka_unit_test(a_day_without_its_midnight_begins_with_what_there_is),
		cmocka_unit_test(spans_tile_time),
		cmocka_unit_test(clocks_show_instants),
		cmocka_unit_test(whole_hours_are_told_from_halves),
		cmocka_unit_test(every_zone_is_as_libc_has_it),
		cmocka_unit_test(names_that_are_none_are_refused),
		cmocka_unit_test(rules_are_read_in_every_form),
		cmocka_unit_test(texts_that_are_no_rule_are_refused),
		cmocka_unit_test(hostile_files_are_refused),
		cmocka_unit_test(a_file_cut_anywhere_is_refused),
		cmocka_unit_test(far_instants_count_as_the_nearest),
	};

	return cmocka_run_group_tests(tests, NULL, NULL);
}
