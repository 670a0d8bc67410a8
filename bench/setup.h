// SPDX-License-Identifier: Apache-2.0
// What the benchmark programs are told, as NAME=VALUE arguments: a workload, the topics, and how hard to press. bench/workloads/*.yaml use the same names.
#pragma once
#include "bench/workload.h"

struct setup {
	struct workload_options workload;
	const char *clicks, *orders;  // input topics
	const char *outputs, *deltas; // output topics; deltas empty: the program writes none
	const char *group;            // a consumer group
	int64_t restates;             // 0: late clicks change no output, so totals are held to bounds
	int64_t rate;                 // events per second of a paced load
	int64_t warm_up_ms;           // of a paced load, not counted
	int64_t commit_interval_ms;   // of the bare loop
	int64_t partitions;           // of the input topics
	int64_t ends_now;             // 1: the workload's time ends now; 0: yesterday
};

// Ends the program, with words, if an argument is none of these or out of bounds.
void setup_read(char **arguments, int count, struct setup *out);
// Prints every name with its bounds.
void setup_usage(void);
