// SPDX-License-Identifier: Apache-2.0
// A binary heap by due time, the first at the top.
#include "processors/events-sink/waiting.h"

#include <stdlib.h>

struct waiting {
	struct waiting_entry *entries;
	size_t count, room;
};

struct waiting *waiting_new(void)
{
	struct waiting *w = calloc(1, sizeof *w);

	if (!w)
		err_out_of_memory();
	return w;
}

void waiting_clear(struct waiting *w)
{
	for (size_t i = 0; i < w->count; i++)
		free((char *)(uintptr_t)w->entries[i].name.p);
	w->count = 0;
}

void waiting_free(struct waiting **w)
{
	if (!*w)
		return;
	waiting_clear(*w);
	free((*w)->entries);
	free(*w);
	*w = NULL;
}

size_t waiting_count(const struct waiting *w)
{
	return w->count;
}

int64_t waiting_due(const struct waiting *w)
{
	return w->count ? w->entries[0].due_ms : INT64_MAX;
}

static void make_room(struct waiting *w)
{
	if (w->count < w->room)
		return;
	w->room = w->room ? w->room * 2 : 64;
	w->entries = realloc(w->entries, w->room * sizeof *w->entries);
	if (!w->entries)
		err_out_of_memory();
}

void waiting_add(struct waiting *w, int64_t due_ms, struct view name)
{
	char *copy = malloc(name.n ? name.n : 1);

	if (!copy)
		err_out_of_memory();
	memcpy(copy, name.p, name.n);
	make_room(w);
	size_t at = w->count++;
	for (size_t up; at > 0 && w->entries[up = (at - 1) / 2].due_ms > due_ms; at = up)
		w->entries[at] = w->entries[up];
	w->entries[at] = (struct waiting_entry){due_ms, view_of(copy, name.n)};
}

struct waiting_entry waiting_take(struct waiting *w)
{
	CHECK(w->count > 0);
	struct waiting_entry first = w->entries[0], last = w->entries[--w->count];
	size_t at = 0, down;

	while ((down = 2 * at + 1) < w->count) {
		if (down + 1 < w->count && w->entries[down + 1].due_ms < w->entries[down].due_ms)
			down++;
		if (w->entries[down].due_ms >= last.due_ms)
			break;
		w->entries[at] = w->entries[down];
		at = down;
	}
	w->entries[at] = last;
	return first;
}
