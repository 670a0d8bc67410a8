// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/outbox.h"

#include <stdlib.h>

#include "base/prefetch.h"

enum { ROUND_SHIFT = 32 };

static void *grown(void *p, size_t count, size_t size)
{
	void *more = realloc(p, count * size);

	if (!more)
		err_out_of_memory();
	return more;
}

static void drop(struct outbox *o, struct ticket *t)
{
	free((char *)(uintptr_t)t->name.p);
	t->state = TICKET_FREE;
	t->round++;
	o->free[o->free_count++] = (size_t)(t - o->tickets);
	o->open--;
}

void outbox_clear(struct outbox *o)
{
	for (size_t i = 0; i < o->count; i++)
		if (o->tickets[i].state != TICKET_FREE)
			drop(o, &o->tickets[i]);
	free(o->tickets);
	free(o->free);
	free(o->changed);
	*o = (struct outbox){0};
}

// The place after this one is wanted soon, and was last looked at a second ago.
static struct ticket *used_place(struct outbox *o)
{
	struct ticket *t = &o->tickets[o->free[--o->free_count]];

	if (o->free_count)
		prefetch_bytes(&o->tickets[o->free[o->free_count - 1]], sizeof *t);
	return t;
}

static struct ticket *place(struct outbox *o)
{
	if (o->free_count)
		return used_place(o);
	if (o->count == o->room) {
		o->room = o->room ? o->room * 2 : 64;
		o->tickets = grown(o->tickets, o->room, sizeof *o->tickets);
		o->free = grown(o->free, o->room, sizeof *o->free);
	}
	o->tickets[o->count] = (struct ticket){.state = TICKET_FREE};
	return &o->tickets[o->count++];
}

static void note_change(struct outbox *o, struct ticket *t, enum ticket_state before)
{
	if (t->moved)
		return;
	t->moved = true;
	t->before = before;
	t->since_before = t->since_ms;
	if (o->changed_count == o->changed_room) {
		o->changed_room = o->changed_room ? o->changed_room * 2 : 64;
		o->changed = grown(o->changed, o->changed_room, sizeof *o->changed);
	}
	o->changed[o->changed_count++] = (size_t)(t - o->tickets);
}

static void count_states(struct outbox *o, enum ticket_state from, enum ticket_state to)
{
	o->ready += to == TICKET_READY;
	o->ready -= from == TICKET_READY;
	o->sent += to == TICKET_SENT;
	o->sent -= from == TICKET_SENT;
	o->paused += to == TICKET_PAUSED;
	o->paused -= from == TICKET_PAUSED;
}

// ---- the READY ones, in order

static void line_up(struct outbox *o, struct ticket *t)
{
	size_t place = (size_t)(t - o->tickets) + 1;

	t->next = 0;
	t->previous = o->ready_last;
	*(t->previous ? &o->tickets[t->previous - 1].next : &o->ready_first) = place;
	o->ready_last = place;
}

static void leave_line(struct outbox *o, const struct ticket *t)
{
	*(t->previous ? &o->tickets[t->previous - 1].next : &o->ready_first) = t->next;
	*(t->next ? &o->tickets[t->next - 1].previous : &o->ready_last) = t->previous;
}

struct ticket *outbox_ready(struct outbox *o, const struct ticket *t)
{
	size_t place = t ? t->next : o->ready_first;

	return place ? &o->tickets[place - 1] : NULL;
}

static void change(struct outbox *o, struct ticket *t, enum ticket_state to)
{
	if (t->state == TICKET_READY && to != TICKET_READY)
		leave_line(o, t);
	if (t->state != TICKET_READY && to == TICKET_READY)
		line_up(o, t);
	count_states(o, t->state, to);
	t->state = to;
}

// ---- tickets

// ceiling: each is a field of the ticket
uint64_t outbox_add(struct outbox *o, enum ticket_state state, size_t tenant, struct view name, struct view event_id, int64_t since_ms,
	int attempts)
{
	struct ticket *t = place(o);
	char *bytes = malloc(name.n + event_id.n + 1);

	if (!bytes)
		err_out_of_memory();
	memcpy(bytes, name.p, name.n);
	memcpy(bytes + name.n, event_id.p, event_id.n);
	*t = (struct ticket){.state = TICKET_FREE,
		.round = t->round,
		.tenant = tenant,
		.name = view_of(bytes, name.n),
		.event_id = view_of(bytes + name.n, event_id.n),
		.since_ms = since_ms,
		.attempts = attempts};
	o->open++;
	change(o, t, state);
	if (state == TICKET_WRITTEN)
		note_change(o, t, TICKET_FREE);
	return outbox_id(o, t);
}

uint64_t outbox_id(const struct outbox *o, const struct ticket *t)
{
	return (uint64_t)t->round << ROUND_SHIFT | (uint64_t)(t - o->tickets);
}

struct ticket *outbox_find(struct outbox *o, uint64_t id)
{
	size_t at = (uint32_t)id;

	if (at >= o->count || o->tickets[at].round != id >> ROUND_SHIFT || o->tickets[at].state == TICKET_FREE)
		return NULL;
	return &o->tickets[at];
}

void outbox_set(struct outbox *o, struct ticket *t, enum ticket_state state)
{
	change(o, t, state);
}

void outbox_move(struct outbox *o, struct ticket *t, enum ticket_state state)
{
	note_change(o, t, t->state);
	outbox_set(o, t, state);
}

void outbox_committed(struct outbox *o, void (*ended)(void *context, const struct ticket *ticket), void *context)
{
	for (size_t i = 0; i < o->changed_count; i++) {
		struct ticket *t = &o->tickets[o->changed[i]];

		t->moved = false;
		if (t->state == TICKET_WRITTEN) {
			outbox_set(o, t, TICKET_READY);
		} else if (t->state == TICKET_JUDGED) {
			ended(context, t);
			drop(o, t);
		}
	}
	o->changed_count = 0;
}

void outbox_aborted(struct outbox *o, void (*ended)(void *context, const struct ticket *ticket), void *context)
{
	while (o->changed_count > 0) { // the last change first
		struct ticket *t = &o->tickets[o->changed[--o->changed_count]];

		t->moved = false;
		if (t->before == TICKET_FREE) {
			ended(context, t);
			drop(o, t);
		} else {
			t->since_ms = t->since_before;
			outbox_set(o, t, t->before);
		}
	}
}
