// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/at_hand.h"

#include <stdlib.h>

enum { EVENTS_FIRST = 1024 };

static bool has_room(const struct at_hand *h)
{
	return h->arena.used < AT_HAND_BYTES;
}

struct view at_hand_json(struct at_hand *h, struct view json, struct arena *other)
{
	return arena_dup(has_room(h) ? &h->arena : other, json);
}

static void make_room(struct at_hand *h)
{
	if (h->count < h->room)
		return;
	h->room = h->room ? h->room * 2 : EVENTS_FIRST;
	h->events = realloc(h->events, h->room * sizeof *h->events);
	if (!h->events)
		err_out_of_memory();
}

size_t at_hand_add(struct at_hand *h, const struct send_event *event)
{
	if (!has_room(h))
		return 0;
	make_room(h);
	struct send_event *kept = &h->events[h->count++];
	*kept = *event;
	kept->address.source_id = arena_dup(&h->arena, event->address.source_id);
	kept->address.test_event_code = arena_dup(&h->arena, event->address.test_event_code);
	return h->count;
}

const struct send_event *at_hand_find(const struct at_hand *h, size_t place, uint64_t ticket)
{
	// The place may be one of an earlier transaction; its ticket is of one only.
	if (place == 0 || place > h->count || h->events[place - 1].ticket != ticket)
		return NULL;
	return &h->events[place - 1];
}

void at_hand_clear(struct at_hand *h)
{
	arena_clear(&h->arena);
	h->count = 0;
}

void at_hand_free(struct at_hand *h)
{
	at_hand_clear(h);
	free(h->events);
	*h = (struct at_hand){0};
}
