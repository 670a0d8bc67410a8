// SPDX-License-Identifier: Apache-2.0
// The working set of one run of steps: the users that it touched. Everything lives in one arena until the flush is over.
#pragma once
#include "base/arena.h"

struct person; // processors/attribution/person.h
struct rules_tenant;
struct store;

struct people {
	struct store *store;
	struct arena *arena;
	struct person *all; // uthash head; iteration in order of insertion
};

struct person *people_find(struct people *people, uint64_t hash, struct view key);
// Finds or adds, not loaded. `tenant` is one of the config's; the key is copied.
struct person *people_add(struct people *people, uint64_t hash, struct view key, const struct rules_tenant *tenant);
// Empties the working set; the arena is the caller's to reset.
void people_forget(struct people *people);
