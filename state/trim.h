// SPDX-License-Identifier: Apache-2.0
// Which clicks and conversions of one user exist: the union of what was heard, of equal (time, id) the smallest attributes, of a UTC hour
// the smallest few, nothing before the cutoff's hour. The rules are monotone: what is dropped from a part is dropped from the whole, so they may run
// on any part, any number of times.
#pragma once
#include <stdatomic.h>

#include "state/store.h"

// Shared by the worker, the flusher and RocksDB's threads.
struct trim_rules {
	size_t flood_keep;                  // per user and UTC hour; 0 = all
	_Atomic int64_t expire_before;      // clicks; INT64_MIN = never
	_Atomic int64_t conversions_before; // conversions, where nothing older of the row is left below; INT64_MIN = never
	_Atomic uint64_t flooded;           // clicks kept out by the flood rule
};

enum { TRIM_HOUR_MS = 3600000 };
int64_t trim_hour(int64_t time); // number of the UTC hour, also before 1970

// (time, id, attrs)
int trim_compare(const struct state_click *a, const struct state_click *b);

// Sorts by (time, id, attrs); fast for what is nearly sorted. `spare` has room for n.
void trim_sort(struct state_click *clicks, size_t n, struct state_click *spare);

// Of sorted clicks keeps those that exist, in front; returns how many. `flooded` (may be NULL) grows by what the flood rule dropped.
size_t trim_clicks(struct state_click *clicks, size_t n, size_t flood_keep, int64_t expire_before, uint64_t *flooded);

// Sorts by key and keeps the last put of each; returns how many.
size_t trim_conversions(struct state_conversion *conversions, size_t n, struct state_conversion *spare);

// Layers of one user, the oldest first, into one. Only pointers are copied.
void trim_layers(const struct state_user *layers, size_t n, size_t flood_keep, int64_t expire_before, struct arena *arena,
	struct state_user *out);
