// SPDX-License-Identifier: Apache-2.0
// Could this user have a conversion at or after a time? Asked for every click, so it is one look into memory of a fixed size: lines of 15 (fingerprint,
// latest time) pairs, found by hash. A line that overflows forgets its oldest pair and from then on says "maybe" up to that pair's time. Times from the base on
// have codes; of what is before it all is maybe, unless there never was any: the case of a store that began empty and is filled from old topics. Never a wrong no.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct recent_line;

struct recent {
	struct recent_line *lines;
	uint64_t mask;
	int64_t base;   // minute that code 1 stands for
	int64_t newest; // largest time told; INT64_MIN = none
	bool older;     // somebody may have one before the base
};

// At most `bytes`, at least a page. Everybody may have a conversion up to `known_up_to` (INT64_MIN: nobody has one).
void recent_init(struct recent *r, size_t bytes, int64_t known_up_to);
void recent_clear(struct recent *r);
void recent_add(struct recent *r, uint64_t hash, int64_t time);
void recent_prefetch(const struct recent *r, uint64_t hash);
bool recent_may_have(const struct recent *r, uint64_t hash, int64_t since);
size_t recent_bytes(const struct recent *r);
