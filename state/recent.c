// SPDX-License-Identifier: Apache-2.0
#include "state/recent.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#include "base/err.h"
#include "base/prefetch.h"

enum {
	PAIRS = 15,
	MINUTE_MS = 60000,
	HUGE_PAGE = 2 * 1024 * 1024,
	CODE_MOST = UINT16_MAX, // 45 days after the base; means "or later"
	CODE_MOVED = 49152,     // where a time that is beyond the end is put by moving the base
};

// Codes are minutes since the base, rounded up when told, down when asked; 0 is before the base, where the answer is maybe.
struct recent_line {
	uint16_t floor; // maybe up to here
	uint16_t code[PAIRS];
	uint16_t spare;
	uint16_t fingerprint[PAIRS]; // 0: free
};
_Static_assert(sizeof(struct recent_line) == 64, "a cache line");

static int64_t minute_down(int64_t time)
{
	return time / MINUTE_MS - (time % MINUTE_MS < 0);
}

static int64_t minute_up(int64_t time)
{
	return time / MINUTE_MS + (time % MINUTE_MS > 0);
}

static uint16_t code_of(const struct recent *r, int64_t minute)
{
	if (minute < r->base)
		return 0;
	int64_t code = minute - r->base + 1;
	return code > CODE_MOST ? CODE_MOST : (uint16_t)code;
}

static size_t line_count(const struct recent *r)
{
	return (size_t)r->mask + 1;
}

void recent_init(struct recent *r, size_t bytes, int64_t known_up_to)
{
	size_t lines = 4096 / sizeof *r->lines;

	while (lines * 2 * sizeof *r->lines <= bytes)
		lines *= 2;
	*r = (struct recent){.mask = lines - 1, .newest = known_up_to, .older = known_up_to != INT64_MIN};
	r->lines = aligned_alloc(lines * sizeof *r->lines < HUGE_PAGE ? sizeof *r->lines : HUGE_PAGE, lines * sizeof *r->lines);
	if (!r->lines)
		err_out_of_memory();
	madvise(r->lines, lines * sizeof *r->lines, MADV_HUGEPAGE); // a wish: looked into at random
	memset(r->lines, 0, lines * sizeof *r->lines);
	if (known_up_to == INT64_MIN)
		return;
	// Before the base all is maybe: no line needs to say so.
	r->base = minute_up(known_up_to) + 1;
}

void recent_clear(struct recent *r)
{
	free(r->lines);
	*r = (struct recent){0};
}

static uint16_t moved(struct recent *r, uint16_t code, int64_t by)
{
	if (code == CODE_MOST)
		return CODE_MOST;
	if (code > by)
		return (uint16_t)(code - by);
	r->older |= code > 0;
	return 0;
}

// What is then before the base needs no pair any more.
static void move_base(struct recent *r, int64_t by)
{
	for (size_t i = 0; i < line_count(r); i++) {
		struct recent_line *line = &r->lines[i];

		line->floor = moved(r, line->floor, by);
		for (int p = 0; p < PAIRS; p++) {
			line->code[p] = moved(r, line->code[p], by);
			if (line->code[p] == 0)
				line->fingerprint[p] = 0;
		}
	}
	r->base += by;
}

static struct recent_line *line_of(const struct recent *r, uint64_t hash)
{
	return &r->lines[hash & r->mask];
}

void recent_prefetch(const struct recent *r, uint64_t hash)
{
	prefetch(line_of(r, hash));
}

static uint16_t fingerprint_of(uint64_t hash)
{
	uint16_t top = (uint16_t)(hash >> 48);

	return top ? top : 1;
}

// The pair of this fingerprint, a free one, or the oldest, which the line's floor then stands for.
static int pair_for(struct recent_line *line, uint16_t fingerprint)
{
	int free_pair = -1, oldest = 0;

	for (int p = 0; p < PAIRS; p++) {
		if (line->fingerprint[p] == fingerprint)
			return p;
		if (line->fingerprint[p] == 0)
			free_pair = p;
		if (line->code[p] < line->code[oldest])
			oldest = p;
	}
	if (free_pair >= 0)
		return free_pair;
	if (line->code[oldest] > line->floor)
		line->floor = line->code[oldest];
	line->code[oldest] = 0;
	return oldest;
}

void recent_add(struct recent *r, uint64_t hash, int64_t time)
{
	int64_t minute = minute_up(time);

	if (r->newest == INT64_MIN)
		r->base = minute - CODE_MOVED / 2;
	if (time > r->newest)
		r->newest = time;
	if (minute - r->base >= CODE_MOST - 1)
		move_base(r, minute - r->base - CODE_MOVED);

	struct recent_line *line = line_of(r, hash);
	uint16_t code = code_of(r, minute), fingerprint = fingerprint_of(hash);
	r->older |= code == 0;
	if (code == 0 || code <= line->floor)
		return;
	int p = pair_for(line, fingerprint);
	line->fingerprint[p] = fingerprint;
	if (line->code[p] < code)
		line->code[p] = code;
}

bool recent_may_have(const struct recent *r, uint64_t hash, int64_t since)
{
	if (since > r->newest)
		return false;
	const struct recent_line *line = line_of(r, hash);
	uint16_t code = code_of(r, minute_down(since)), fingerprint = fingerprint_of(hash);
	if (code <= line->floor && (code > 0 || line->floor > 0 || r->older))
		return true;
	for (int p = 0; p < PAIRS; p++)
		if (line->fingerprint[p] == fingerprint && line->code[p] >= code)
			return true;
	return false;
}

size_t recent_bytes(const struct recent *r)
{
	return line_count(r) * sizeof *r->lines;
}
