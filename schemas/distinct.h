// SPDX-License-Identifier: Apache-2.0
// Maps with one entry per key.
#pragma once
#include "base/arena.h"

// Drops entries of a map whose key comes again later (the last wins, the order stays); gives how many are left. `p` holds n entries of
// `stride` bytes that begin with the key, a struct view. Few keys are compared with each other, many are sorted.
size_t distinct_entries(char *p, size_t n, size_t stride, struct arena *arena);
