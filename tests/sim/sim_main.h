// SPDX-License-Identifier: Apache-2.0
// A simulator as a program: PROGRAM [--cases N] [--seed S] [--verbose]. Each case has a seed of its own, S, S + 1, …; the first failure ends it.
#pragma once
#include <stdbool.h>
#include <stdint.h>

struct sim_program {
	int64_t cases;                                              // without --cases
	void (*run)(uint64_t seed, bool verbose, const char *root); // one case; what is below `root` is its own, and removed after it
	void (*print)(uint64_t seed, int64_t cases);                // what happened in all of them: what never happens is not tested
};

// The program's exit code.
int sim_main(const struct sim_program *program, int argc, char **argv);
