// SPDX-License-Identifier: Apache-2.0
// The flood rule: of one user's landings in one UTC hour only the FLOOD_KEEP smallest distinct (time, identity) exist.
#pragma once
#include "attribution/landing.h"

enum { FLOOD_KEEP = 100, FLOOD_HOUR_MS = 3600000 };

// Start of the UTC hour of an instant (also before 1970).
int64_t flood_hour(int64_t time);

// Sorts by (time, identity, attributes as docs/attribution.md 5.2), drops what does not exist and exact repeats of (time, identity).
// Returns how many are left at the front.
size_t flood_trim(struct landing *landings, size_t n);
