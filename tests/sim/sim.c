// SPDX-License-Identifier: Apache-2.0
// The simulator of docs/testing.md.
#include <inttypes.h>
#include <stdio.h>

#include "tests/sim/sim_case.h"
#include "tests/sim/sim_main.h"

enum { CASES_DEFAULT = 200 };

static struct sim_totals totals;

static void run(uint64_t seed, bool verbose, const char *root)
{
	sim_case_run(seed, verbose, root, &totals);
}

static void print(uint64_t seed, int64_t cases)
{
	const struct sim_totals *t = &totals;

	printf("sim: %" PRId64 " cases from seed %" PRIu64 ": %" PRIu64 " records, %" PRIu64 " commits (%" PRIu64 " in doubt), %" PRIu64
		   " aborts, %" PRIu64 " retries, %" PRIu64 " kills, %" PRIu64 " restores of %" PRIu64 " records, %" PRIu64 " lost and %" PRIu64
		   " older disks, %" PRIu64 " rebalances, %" PRIu64 " frozen, %" PRIu64 " other builds, %" PRIu64 " refusals\n",
		cases, seed, t->records, t->commits, t->in_doubt, t->aborts, t->retries, t->kills, t->restores, t->restored_records, t->lost_disks,
		t->older_disks, t->rebalances, t->frozen, t->other_builds, t->refusals);
}

int main(int argc, char **argv)
{
	return sim_main(&(struct sim_program){CASES_DEFAULT, run, print}, argc, argv);
}
