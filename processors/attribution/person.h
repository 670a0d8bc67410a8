// SPDX-License-Identifier: Apache-2.0
// One user in the working set of a run of steps (people.h), with what is known of it. Loaded when an order or conversion must be judged
// against it, or at the flush when only a late click touched it.
#pragma once
#include <uthash.h>

#include "attribution/attribute.h"
#include "processors/attribution/people.h"
#include "processors/attribution/rules.h"
#include "state/store.h"

// One conversion under one goal.
struct known {
	const struct rules_goal *goal;
	struct view id;
	struct view key;     // in the state: goal NUL id
	struct view stored;  // as published (kept_output.h); absent if it is new
	int64_t stored_time; // T as published; INT64_MAX if it is new
	int64_t time;        // T now
	bool loaded;         // `before` and `now` are decoded
	bool touched;        // a record of it was merged in this run
	bool denied;         // consent
	struct attributed_conversion before, now;
};

struct person {
	UT_hash_handle hh;
	uint64_t hash;
	struct view key; // tenant|user
	struct view user;
	const struct rules_tenant *tenant;
	bool loaded;
	int64_t late_from, late_to; // hours in which clicks came late; from > to: none
	struct landing *landings;   // stored ones and those of this run
	size_t landing_count, landing_room;
	struct known **known; // sorted by nothing
	size_t known_count, known_room;
};

// Reads the user's rows, once.
int person_load(struct people *people, struct person *person, struct err *err) MUST_USE;
void person_add_landing(struct people *people, struct person *person, const struct landing *landing);
// Clicks in this hour came late: conversions that may see it are evaluated again.
void person_note_late(struct person *person, int64_t time);
// The known conversion under this goal, or NULL.
struct known *person_known(const struct person *person, const struct rules_goal *goal, struct view id);
struct known *person_add_known(struct people *people, struct person *person, const struct rules_goal *goal, struct view id);
// Decodes what was published, once.
int person_decode(struct people *people, struct known *known, struct err *err) MUST_USE;
// The key under which a conversion stands in the state.
struct view person_known_key(struct view goal, struct view id, struct arena *arena);
