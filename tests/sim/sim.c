// SPDX-License-Identifier: Apache-2.0
// sim [--cases N] [--seed S] [--verbose]: the simulator of docs/testing.md. Each case has a seed of its own, S, S + 1, …; the first failure ends it.
#include <getopt.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/when.h"
#include "schemas/contract.h"
#include "tests/sim/sim_case.h"
#include "tests/sim/sim_report.h"

enum { CASES_DEFAULT = 200 };

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s [--cases N] [--seed S] [--verbose]\n", name);
	return 2;
}

static void print(const struct sim_totals *t, uint64_t seed, int64_t cases)
{
	printf("sim: %" PRId64 " cases from seed %" PRIu64 ": %" PRIu64 " records, %" PRIu64 " commits (%" PRIu64 " in doubt), %" PRIu64
		   " aborts, %" PRIu64 " retries, %" PRIu64 " kills, %" PRIu64 " restores of %" PRIu64 " records, %" PRIu64 " lost and %" PRIu64
		   " older disks, %" PRIu64 " rebalances, %" PRIu64 " frozen, %" PRIu64 " other builds, %" PRIu64 " refusals\n",
		cases, seed, t->records, t->commits, t->in_doubt, t->aborts, t->retries, t->kills, t->restores, t->restored_records, t->lost_disks,
		t->older_disks, t->rebalances, t->frozen, t->other_builds, t->refusals);
}

static int64_t number(const char *text)
{
	int64_t value;

	return when_parse_integer(view_text(text), &value) == 0 && value >= 0 ? value : -1;
}

// Memory, if there is any to be had as files: the stores' syncs cost most of the time otherwise.
static bool make_root(char *root, size_t size)
{
	snprintf(root, size, "/dev/shm/lookback-sim-XXXXXX");
	if (mkdtemp(root))
		return true;
	snprintf(root, size, "/tmp/lookback-sim-XXXXXX");
	return mkdtemp(root) != NULL;
}

int main(int argc, char **argv)
{
	static const struct option options[] = {{"cases", required_argument, NULL, 'c'}, {"seed", required_argument, NULL, 's'},
		{"verbose", no_argument, NULL, 'v'}, {0}};
	int64_t cases = CASES_DEFAULT, seed = 1;
	struct sim_totals totals = {0};
	bool verbose = false;
	char root[64];
	struct err err;

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		if (c == 'v')
			verbose = true;
		else if (c == '?' || number(optarg) < 0)
			return usage(argv[0]);
		else if (c == 'c')
			cases = number(optarg);
		else
			seed = number(optarg);
	}
	if (optind != argc || contract_setup(&err) != 0 || !make_root(root, sizeof root))
		return usage(argv[0]);
	log_setup(LOG_ERROR, LOG_LOGFMT);
	for (int64_t i = 0; i < cases; i++) {
		sim_case_run((uint64_t)(seed + i), verbose, root, &totals);
		sim_report_remove_tree(root);
		CHECK(mkdir(root, 0700) == 0);
	}
	sim_report_remove_tree(root);
	print(&totals, (uint64_t)seed, cases);
	return 0;
}
