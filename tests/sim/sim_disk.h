// SPDX-License-Identifier: Apache-2.0
// What happens to a store's directory while nobody has it open.
#pragma once
#include <stdbool.h>

void sim_disk_lose(const char *directory);
// Puts a copy aside, replacing an older one; nothing if there is no directory.
void sim_disk_save(const char *directory);
// The copy takes the directory's place. False: there is none.
bool sim_disk_go_back(const char *directory);
