// SPDX-License-Identifier: Apache-2.0
#include "tests/sim/sim_main.h"

#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/stat.h>

#include "base/log.h"
#include "base/when.h"
#include "schemas/contract.h"
#include "tests/sim/sim_report.h"

struct wish {
	int64_t cases, seed;
	bool verbose;
};

static int usage(const char *name)
{
	fprintf(stderr, "usage: %s [--cases N] [--seed S] [--verbose]\n", name);
	return 2;
}

static bool read_number(const char *text, int64_t *out)
{
	return when_parse_integer(view_text(text), out) == 0 && *out >= 0;
}

static bool read_wish(int argc, char **argv, struct wish *out)
{
	static const struct option options[] = {{"cases", required_argument, NULL, 'c'}, {"seed", required_argument, NULL, 's'},
		{"verbose", no_argument, NULL, 'v'}, {0}};

	for (int c; (c = getopt_long(argc, argv, "", options, NULL)) >= 0;) {
		if (c == 'v')
			out->verbose = true;
		else if (c == '?' || !read_number(optarg, c == 'c' ? &out->cases : &out->seed))
			return false;
	}
	return optind == argc;
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

int sim_main(const struct sim_program *program, int argc, char **argv)
{
	struct wish wish = {.cases = program->cases, .seed = 1};
	char root[64];
	struct err err;

	if (!read_wish(argc, argv, &wish))
		return usage(argv[0]);
	CHECK(contract_setup(&err) == 0 && make_root(root, sizeof root));
	log_setup(LOG_ERROR, LOG_LOGFMT);
	for (int64_t i = 0; i < wish.cases; i++) {
		program->run((uint64_t)(wish.seed + i), wish.verbose, root);
		sim_report_remove_tree(root);
		CHECK(mkdir(root, 0700) == 0);
	}
	sim_report_remove_tree(root);
	program->print((uint64_t)wish.seed, wish.cases);
	return 0;
}
