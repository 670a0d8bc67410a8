// SPDX-License-Identifier: Apache-2.0
// Tickets: the intents of one shard that have no verdict yet, and where each is on its way. A ticket is written with its intent's transaction and ends with
// that of its verdict; what happens to it in between goes back when a transaction is aborted.
#pragma once
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/bytes.h"

enum ticket_state {
	TICKET_FREE,
	TICKET_WRITTEN, // the intent is in the running transaction, for the first time or again after a pause
	TICKET_READY,   // committed; to be put into the sender's box
	TICKET_SENT,    // in the box
	TICKET_PAUSED,  // its tenant is
	TICKET_JUDGED,  // its verdict is in the running transaction
};

struct ticket {
	enum ticket_state state, before; // `before`: of the last commit, if it has moved
	bool moved;                      // in the running transaction
	uint32_t round;                  // how often the place was used
	size_t tenant;                   // index in the config
	struct view name, event_id;      // row and event; one allocation, its own
	int64_t since_ms, since_before;  // TikTok drops repetitions for 48 hours from here; `since_before`: as `before`
	int64_t maybe_ms;                // since when TikTok may have it; 0: it has not, as far as is published
	int attempts;
	size_t at_hand;        // where in struct at_hand its event stood when it was written; 0: nowhere
	uint64_t restated;     // the shard's counter when its intent was written; 0: unknown
	bool probe;            // asks again for its paused tenant
	size_t next, previous; // of the READY ones; places + 1
};

struct outbox {
	struct ticket *tickets;
	size_t count, room; // places
	size_t open;        // not free
	size_t *free;
	size_t free_count;
	size_t *changed; // in the running transaction
	size_t changed_count, changed_room;
	size_t ready, sent, paused;     // tickets that are READY, SENT, PAUSED
	size_t ready_first, ready_last; // in the order in which they became READY; places + 1, 0: none
};

// Tickets that are on their way; those of paused tenants rest, and take no room from others.
static inline size_t outbox_busy(const struct outbox *o)
{
	return o->open - o->paused;
}

// Tickets whose intent or verdict is in the running transaction.
static inline size_t outbox_uncommitted(const struct outbox *o)
{
	return o->open - o->ready - o->sent - o->paused;
}

void outbox_clear(struct outbox *o);

// `state`: TICKET_WRITTEN with the intent's transaction; TICKET_READY or TICKET_PAUSED for one that was committed before. Copies.
uint64_t outbox_add(struct outbox *o, enum ticket_state state, size_t tenant, struct view name, struct view event_id, int64_t since_ms,
	int attempts);
struct ticket *outbox_find(struct outbox *o, uint64_t id); // NULL: it has ended
// The first READY ticket, or the one after `ticket`, which is READY; NULL: no more. The order is that in which intents were written, so that a row's are
// together.
struct ticket *outbox_ready(struct outbox *o, const struct ticket *ticket);
uint64_t outbox_id(const struct outbox *o, const struct ticket *ticket);

// Within the running transaction.
void outbox_move(struct outbox *o, struct ticket *ticket, enum ticket_state state);
// Outside of it, for good: READY and SENT.
void outbox_set(struct outbox *o, struct ticket *ticket, enum ticket_state state);

// The running transaction is committed: WRITTEN becomes READY, JUDGED ends (`ended` is told of each). Aborted: what was added ends, the others are as before.
void outbox_committed(struct outbox *o, void (*ended)(void *context, const struct ticket *ticket), void *context);
void outbox_aborted(struct outbox *o, void (*ended)(void *context, const struct ticket *ticket), void *context);
