// SPDX-License-Identifier: Apache-2.0
#include "base/zone.h"

#include <pthread.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/file.h"
#include "base/own.h"
#include "base/when.h"
#include "base/zone_rule.h"

#define ZONE_FOLDER "/usr/share/zoneinfo/"

enum { NAME_MAX_BYTES = 64, FILE_MAX = 256 << 10, TYPES_MAX = 256, SECOND_MS = 1000, HOUR_S = 60 * 60 };
enum { OFFSET_LEAST_S = -25 * HOUR_S + 1, OFFSET_MOST_S = 26 * HOUR_S - 1 }; // RFC 9636, 3.2
static const int64_t AT_LEAST_S = -62135596800, AT_MOST_S = 253402300799;    // the years 1 to 9999

struct zone {
	struct zone *next; // of the kept ones
	char name[NAME_MAX_BYTES + 1];
	size_t n;
	int64_t *times_s; // ascending: from here on offsets_s
	int32_t *offsets_s;
	int32_t first_s; // before all of them
	struct zone_rule rule;
};

void zone_free(struct zone **zone)
{
	if (!*zone)
		return;
	free((*zone)->times_s);
	free((*zone)->offsets_s);
	free(*zone);
	*zone = NULL;
}

static int64_t bounded(int64_t value, int64_t least, int64_t most)
{
	if (value < least)
		return least;
	return value > most ? most : value;
}

static int64_t floor_div(int64_t value, int64_t by)
{
	return value / by - (value % by < 0);
}

// --- Reading a file --------------------------------------------------------------------------------------------------------------------------------

// RFC 9636, 3.1. The counts are of the file, so each is checked against what is left of it before anything is taken.
struct header {
	uint8_t version;
	uint32_t isut, isstd, leaps, times, types, chars;
};

static uint64_t take_big_endian(struct cursor *c, size_t bytes)
{
	struct view v = cursor_bytes(c, bytes);
	uint64_t value = 0;

	for (size_t i = 0; i < v.n; i++)
		value = value << 8 | (uint8_t)v.p[i];
	return value;
}

static void take_header(struct cursor *c, struct header *h)
{
	if (!view_eq(cursor_bytes(c, 4), VIEW_LIT("TZif")))
		c->bad = true;
	h->version = cursor_byte(c);
	cursor_bytes(c, 15);
	h->isut = (uint32_t)take_big_endian(c, 4);
	h->isstd = (uint32_t)take_big_endian(c, 4);
	h->leaps = (uint32_t)take_big_endian(c, 4);
	h->times = (uint32_t)take_big_endian(c, 4);
	h->types = (uint32_t)take_big_endian(c, 4);
	h->chars = (uint32_t)take_big_endian(c, 4);
}

// The first block is for readers of 32 bits.
static void skip_first_block(struct cursor *c, const struct header *h)
{
	cursor_bytes(c, (size_t)h->times * 5 + (size_t)h->types * 6 + h->chars + (size_t)h->leaps * 8 + h->isstd + h->isut);
}

static void *array_new(size_t n, size_t size)
{
	void *array = calloc(n ? n : 1, size);

	if (!array)
		err_out_of_memory();
	return array;
}

static int read_times(struct cursor *times, struct zone *zone, struct err *err)
{
	int64_t before = INT64_MIN;

	for (size_t i = 0; i < zone->n; i++) {
		int64_t time_s = (int64_t)take_big_endian(times, 8);

		if (i && time_s <= before)
			return err_set(err, ERR_POISON, "bad_zone", "its transitions are not in order");
		before = time_s;
		zone->times_s[i] = bounded(time_s, AT_LEAST_S, AT_MOST_S);
	}
	return 0;
}

// `types`: an offset, whether it is summer time, and where its name is.
static int read_types(struct cursor *types, size_t n, int32_t *offsets_s, struct err *err)
{
	for (size_t i = 0; i < n; i++) {
		offsets_s[i] = (int32_t)take_big_endian(types, 4);
		cursor_bytes(types, 2);
		if (offsets_s[i] < OFFSET_LEAST_S || offsets_s[i] > OFFSET_MOST_S)
			return err_set(err, ERR_POISON, "bad_zone", "an offset of more than a day");
	}
	return 0;
}

static int read_block(struct cursor *c, const struct header *h, struct zone *zone, struct err *err)
{
	struct cursor times = cursor_over(cursor_bytes(c, (size_t)h->times * 8));
	struct view indexes = cursor_bytes(c, h->times);
	struct cursor types = cursor_over(cursor_bytes(c, (size_t)h->types * 6));
	int32_t offsets_s[TYPES_MAX];

	cursor_bytes(c, (size_t)h->chars + h->isstd + h->isut);
	if (c->bad)
		return err_set(err, ERR_POISON, "bad_zone", "it is cut off");
	zone->n = h->times;
	zone->times_s = array_new(zone->n, sizeof *zone->times_s);
	zone->offsets_s = array_new(zone->n, sizeof *zone->offsets_s);
	if (read_times(&times, zone, err) || read_types(&types, h->types, offsets_s, err))
		return -1;
	zone->first_s = offsets_s[0];
	for (size_t i = 0; i < zone->n; i++) {
		if ((uint8_t)indexes.p[i] >= h->types)
			return err_set(err, ERR_POISON, "bad_zone", "a transition to a type that is not there");
		zone->offsets_s[i] = offsets_s[(uint8_t)indexes.p[i]];
	}
	return 0;
}

static int read_footer(struct cursor *c, struct zone *zone, struct err *err)
{
	struct view rest = cursor_bytes(c, cursor_left(c));
	const char *end = rest.n > 1 ? memchr(rest.p + 1, '\n', rest.n - 1) : NULL;

	if (!end || rest.p[0] != '\n' || zone_rule_parse(view_of(rest.p + 1, (size_t)(end - rest.p) - 1), &zone->rule) != 0)
		return err_set(err, ERR_POISON, "bad_zone", "its last line is no rule of POSIX");
	return 0;
}

static int read_file(struct view tzif, struct zone *zone, struct err *err)
{
	struct cursor c = cursor_over(tzif);
	struct header h = {0};

	take_header(&c, &h);
	if (c.bad || h.version < '2')
		return err_set(err, ERR_POISON, "bad_zone", "not a TZif file of version 2 or later");
	skip_first_block(&c, &h);
	take_header(&c, &h);
	if (c.bad)
		return err_set(err, ERR_POISON, "bad_zone", "it is cut off");
	if (h.types == 0 || h.types > TYPES_MAX)
		return err_set(err, ERR_POISON, "bad_zone", "it has %u types of time; 1 to %d is possible", h.types, TYPES_MAX);
	if (h.leaps)
		return err_set(err, ERR_POISON, "bad_zone", "it counts leap seconds, which days of the calendar do not");
	return read_block(&c, &h, zone, err) || read_footer(&c, zone, err) ? -1 : 0;
}

int zone_parse(struct view tzif, struct zone **out, struct err *err)
{
	OWN(zone_free) struct zone *zone = array_new(1, sizeof *zone);

	if (read_file(tzif, zone, err))
		return -1;
	*out = zone;
	zone = NULL;
	return 0;
}

// --- By name ---------------------------------------------------------------------------------------------------------------------------------------

static pthread_mutex_t kept_lock = PTHREAD_MUTEX_INITIALIZER;
static struct zone *kept; // never freed: their number is that of the system's files

// The names of the database begin with a capital and have no dots; its folders `posix` and `right`, and `localtime`, do not.
static bool is_name(struct view name)
{
	static const char good[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_+-/";
	static const size_t letters = 26;
	bool part = true; // a part begins here

	if (!name.n || name.n > NAME_MAX_BYTES || !memchr(good, name.p[0], letters))
		return false;
	for (size_t i = 0; i < name.n; i++) {
		bool slash = name.p[i] == '/';

		if (!memchr(good, name.p[i], sizeof good - 1) || (part && slash))
			return false;
		part = slash;
	}
	return !part;
}

static const struct zone *find(struct view name)
{
	for (const struct zone *z = kept; z; z = z->next) {
		if (view_eq(view_text(z->name), name))
			return z;
	}
	return NULL;
}

static int unknown(struct view name, struct err *err)
{
	struct stat found;

	if (stat(ZONE_FOLDER "Etc/UTC", &found) != 0)
		return err_set(err, ERR_FATAL, "zone_files", "there are no time zones in " ZONE_FOLDER ": install the package tzdata");
	return err_set(err, ERR_POISON, "unknown_zone", "no time zone is called \"%.*s\"", VIEW_ARG(name));
}

static int load(struct view name, const struct zone **out, struct err *err)
{
	char path[sizeof ZONE_FOLDER + NAME_MAX_BYTES];
	OWN(buf_clear) struct buf bytes = {0};
	struct zone *zone = NULL;
	struct stat found;
	struct err why;

	snprintf(path, sizeof path, "%s%.*s", ZONE_FOLDER, VIEW_ARG(name));
	if (stat(path, &found) != 0 || S_ISDIR(found.st_mode))
		return unknown(name, err);
	if (file_read(path, FILE_MAX, &bytes, &why) || zone_parse(buf_view(&bytes), &zone, &why))
		return err_set(err, ERR_FATAL, "zone_files", "the time zone file %s: %.300s: reinstall the package tzdata", path, why.words);
	memcpy(zone->name, name.p, name.n);
	zone->next = kept;
	kept = zone;
	*out = zone;
	return 0;
}

int zone_open(struct view name, const struct zone **out, struct err *err)
{
	if (!is_name(name))
		return err_set(err, ERR_POISON, "unknown_zone",
			"a time zone has a name as in \"America/Lima\", of at most %d letters, digits, _, +, - and /", NAME_MAX_BYTES);
	pthread_mutex_lock(&kept_lock);
	*out = find(name);
	int result = *out ? 0 : load(name, out, err);
	pthread_mutex_unlock(&kept_lock);
	return result;
}

// --- Days ------------------------------------------------------------------------------------------------------------------------------------------

// How many transitions are at or before the instant.
static size_t transitions_until(const struct zone *zone, int64_t at_s)
{
	size_t low = 0, high = zone->n;

	while (low < high) {
		size_t middle = low + (high - low) / 2;

		if (zone->times_s[middle] <= at_s)
			low = middle + 1;
		else
			high = middle;
	}
	return low;
}

static struct zone_stretch stretch_at(const struct zone *zone, int64_t at_s)
{
	size_t after = transitions_until(zone, at_s);
	int64_t from_s = after ? zone->times_s[after - 1] : INT64_MIN;

	if (after == zone->n && zone->rule.present) {
		struct zone_stretch found = zone_rule_stretch(&zone->rule, at_s);

		if (found.from_s < from_s)
			found.from_s = from_s;
		return found;
	}
	return (struct zone_stretch){from_s, after < zone->n ? zone->times_s[after] : INT64_MAX,
		after ? zone->offsets_s[after - 1] : zone->first_s};
}

static int64_t bounded_s(int64_t ms)
{
	return bounded(floor_div(ms, SECOND_MS), AT_LEAST_S, AT_MOST_S);
}

int32_t zone_offset_s(const struct zone *zone, int64_t ms)
{
	return stretch_at(zone, bounded_s(ms)).offset_s;
}

int32_t zone_day(const struct zone *zone, int64_t ms)
{
	int64_t at_s = bounded_s(ms);

	return (int32_t)floor_div(at_s + stretch_at(zone, at_s).offset_s, ZONE_DAY_S);
}

// By the clock of a day earlier, else by the one that it was set to since.
int64_t zone_instant(const struct zone *zone, int64_t local_ms)
{
	int64_t local_s = bounded(floor_div(local_ms, SECOND_MS), AT_LEAST_S + 2 * ZONE_DAY_S, AT_MOST_S - 2 * ZONE_DAY_S);
	int32_t before_s = stretch_at(zone, local_s - 2 * ZONE_DAY_S).offset_s;
	int32_t then_s = stretch_at(zone, local_s - before_s).offset_s;
	int64_t by_then_s = local_s - then_s;

	if (then_s == before_s || stretch_at(zone, by_then_s).offset_s != then_s)
		by_then_s = local_s - before_s;
	return by_then_s * SECOND_MS;
}

bool zone_is_twice(const struct zone *zone, int64_t local_ms)
{
	int64_t first_s = floor_div(zone_instant(zone, local_ms), SECOND_MS);
	struct zone_stretch s = stretch_at(zone, first_s);

	if (s.until_s > AT_MOST_S)
		return false;
	int32_t next_s = stretch_at(zone, s.until_s).offset_s;
	return next_s < s.offset_s && first_s >= s.until_s - (s.offset_s - next_s);
}

int64_t zone_day_start(const struct zone *zone, int32_t day)
{
	// Two days off the ends, so that all that is looked at lies between them.
	int64_t local_s = bounded((int64_t)day * ZONE_DAY_S, AT_LEAST_S + 2 * ZONE_DAY_S, AT_MOST_S - 2 * ZONE_DAY_S);
	int64_t at_s = local_s - OFFSET_MOST_S;

	// Stretch by stretch, since the clock may be set back over midnight: the first instant at which the calendar shows this day or a later one.
	for (;;) {
		struct zone_stretch s = stretch_at(zone, at_s);
		int64_t midnight_s = local_s - s.offset_s;

		if (midnight_s < s.until_s)
			return (midnight_s > at_s ? midnight_s : at_s) * SECOND_MS;
		at_s = s.until_s;
	}
}

struct zone_span zone_span(const struct zone *zone, int64_t ms)
{
	struct zone_stretch s = stretch_at(zone, bounded_s(ms));

	return (struct zone_span){s.from_s == INT64_MIN || s.from_s <= AT_LEAST_S ? INT64_MIN : s.from_s * SECOND_MS,
		s.until_s > AT_MOST_S ? INT64_MAX : s.until_s * SECOND_MS, s.offset_s};
}

bool zone_has_whole_hours(const struct zone *zone, int64_t from_ms, int64_t until_ms)
{
	for (int64_t at_ms = from_ms;;) {
		struct zone_span span = zone_span(zone, at_ms);

		if (span.offset_s % HOUR_S)
			return false;
		if (span.until_ms >= until_ms)
			return true;
		at_ms = span.until_ms;
	}
}
