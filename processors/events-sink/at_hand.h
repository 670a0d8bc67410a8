// SPDX-License-Identifier: Apache-2.0
// What the running transaction's intents will send, until they are handed over after its commit: most go at once, and their rows need not be read again. A
// copy, and not of everything: what is not found here stands in its row.
#pragma once
#include "base/arena.h"
#include "tiktok/send.h"

// Of JSON; what a transaction writes beyond is read from its rows. All shards of a worker have no more than its transaction (runtime/worker_commit.c).
enum { AT_HAND_BYTES = 16 << 20 };

struct at_hand {
	struct arena arena;
	struct send_event *events;
	size_t count, room;
};

// A copy that stays until at_hand_clear; with no room, in `other`.
struct view at_hand_json(struct at_hand *h, struct view json, struct arena *other);
// `event` with its ticket; `json` by at_hand_json, the address is copied, the other texts stay as long as they are here. Returns its place: 0 if there is no
// room.
size_t at_hand_add(struct at_hand *h, const struct send_event *event);
// NULL: it is not here (any more).
const struct send_event *at_hand_find(const struct at_hand *h, size_t place, uint64_t ticket);
void at_hand_clear(struct at_hand *h); // forgets all and gives the JSON's memory back
void at_hand_free(struct at_hand *h);
