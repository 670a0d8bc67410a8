// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_report.h"

#include <ftw.h>
#include <inttypes.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>

enum { NOTES = 40, NOTE_SIZE = 240 };

static struct {
	uint64_t seed;
	bool verbose;
	const char *directory;
	char notes[NOTES][NOTE_SIZE];
	size_t count;
} report;

static int remove_one(const char *path, const struct stat *st, int flag, struct FTW *ftw)
{
	(void)st, (void)flag, (void)ftw;
	return remove(path);
}

void sim_report_remove_tree(const char *path)
{
	nftw(path, remove_one, 16, FTW_DEPTH | FTW_PHYS);
}

void sim_report_begin(uint64_t seed, bool verbose, const char *directory)
{
	report.seed = seed;
	report.verbose = verbose;
	report.directory = directory;
	report.count = 0;
}

void sim_report_note(const char *fmt, ...)
{
	char *note = report.notes[report.count++ % NOTES];
	va_list args;

	va_start(args, fmt);
	vsnprintf(note, NOTE_SIZE, fmt, args);
	va_end(args);
	if (report.verbose)
		fprintf(stderr, "%4zu %s\n", report.count, note);
}

void sim_report_fail(const char *fmt, ...)
{
	size_t first = report.count > NOTES ? report.count - NOTES : 0;
	va_list args;

	for (size_t i = first; i < report.count && !report.verbose; i++)
		fprintf(stderr, "%4zu %s\n", i + 1, report.notes[i % NOTES]);
	fputs("sim: ", stderr);
	va_start(args, fmt);
	vfprintf(stderr, fmt, args);
	va_end(args);
	fprintf(stderr, "\nsim: this case again: sim --seed %" PRIu64 " --cases 1 --verbose\n", report.seed);
	sim_report_remove_tree(report.directory);
	exit(1);
}
