// SPDX-License-Identifier: Apache-2.0
// Disks: what happens to a store's directory while nobody has it open, and calls of the store that fail (the linker puts ours before the store's,
// cmake/rooms.cmake).
#pragma once
#include <stdbool.h>

#include "tests/sim/sim_random.h"

struct sim_disk_faults {
	int full;  // per mille of commits and reads: RETRY
	int crash; // the process is gone, before or after the call was done
};

// Both are read at each call; NULL: nothing fails.
void sim_disk_fail(struct sim_random *random, const struct sim_disk_faults *faults);
#define SIM_DISK_CRASH "sim_disk_crash" // the code of the FATAL error

void sim_disk_lose(const char *directory);
// Puts a copy aside, replacing an older one; nothing if there is no directory.
void sim_disk_save(const char *directory);
// The copy takes the directory's place. False: there is none.
bool sim_disk_go_back(const char *directory);
