// SPDX-License-Identifier: Apache-2.0
// Which shard directories this process holds open. When a partition moves between two workers of one process, the new one waits here until
// the old one has let go, instead of failing on the lock file. Any thread.
#pragma once
#include <stdatomic.h>
#include <stdbool.h>

// Waits until nobody holds `directory` and takes it. False: *cancel was set while waiting.
bool holders_take(const char *directory, const _Atomic bool *cancel);
void holders_release(const char *directory);
