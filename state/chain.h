// SPDX-License-Identifier: Apache-2.0
// One user's clicks or conversions in a table: entries in a region, each pointing to the one that was put before it.
//
// A chain has a boundary: entries from there on were there at the last commit, and an abort must find them. 0 as boundary: all may go.
#pragma once
#include "state/region.h"
#include "state/trim.h"

// Returns the new head, in front of `head`. The bytes are copied.
uint32_t chain_add_click(struct region *r, uint32_t head, const struct state_click *click);
uint32_t chain_add_conversion(struct region *r, uint32_t head, const struct state_conversion *conversion);

// The entries as views into the region, the first put first. `clicks` has room for exactly `n`.
void chain_clicks(const struct region *r, uint32_t head, size_t n, struct state_click *clicks);
void chain_conversions(const struct region *r, uint32_t head, size_t n, struct state_conversion *conversions);
bool chain_newest(const struct region *r, uint32_t head, struct view key, struct view *value); // what was put last under the key
void chain_prefetch(const struct region *r, uint32_t ref); // the beginning of an entry; the CPU fetches on by itself
void chain_prefetch_click(const struct region *r, uint32_t ref);
size_t chain_count_conversions(const struct region *r, uint32_t head);

// Before a put: unlinks older puts of the key but the last committed one.
void chain_unlink_older(struct region *r, uint32_t *head, uint32_t boundary, struct view key);
// At a commit: unlinks what the conversions put since the one before it, those in front of `boundary`, have replaced.
void chain_unlink_replaced(struct region *r, uint32_t head, uint32_t boundary);

struct chain_tidied {
	uint32_t left;         // entries in the whole chain
	uint64_t flooded;      // unlinked by the flood rule
	bool committed_may_go; // entries behind the boundary that the rules drop, too
};

// Unlinks the clicks before the boundary that the rules drop, judged together with those behind it. The chain has `n` entries.
struct chain_tidied chain_tidy(struct region *r, uint32_t *head, uint32_t boundary, size_t n, const struct trim_rules *rules);
