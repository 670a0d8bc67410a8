// SPDX-License-Identifier: Apache-2.0
// Attribution over files of JSON lines: the shard, commit and recovery code of `run`, on a log in memory. One shard, no broker.
#pragma once
#include <stdio.h>

#include "config/config.h"

struct try_options {
	const char *clicks, *orders, *conversions; // files; "-" = stdin; NULL: none
	FILE *outputs;                             // attributed conversions, a line each
	FILE *deltas, *dead_letters;               // or NULL
	uint64_t interleave_seed;                  // 0: inputs are merged by time
	size_t commit_every;                       // records; 0 = 1,000
	size_t flush_every, restart_every;         // commits; 0 = never. For tests: the state goes to disk; the shard is recovered
	bool lose_disk;                            // a restart finds no state
};

struct try_summary {
	uint64_t records, outputs, deltas, dead_letters, commits;
};

int try_run(struct config *config, const struct try_options *options, struct try_summary *summary, struct err *err) MUST_USE;
