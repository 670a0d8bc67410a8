// SPDX-License-Identifier: Apache-2.0
#include "processors/events-sink/ledger.h"

#include "base/own.h"
#include "processors/events-sink/kept_result.h"

enum { EVENTS_MAX = 100000, EVENT_LEAST = 4, PREFETCH_MOST = 64 };

// ---- keys

struct ledger_key ledger_key(const struct export_result *r, struct arena *arena)
{
	const struct view parts[] = {r->tenant, r->user, r->goal, r->conversion_id};
	char *name = arena_take(arena, r->tenant.n + r->user.n + r->goal.n + r->conversion_id.n + 3), *p = name;

	for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
		if (i > 0)
			*p++ = '|';
		p = mempcpy(p, parts[i].p, parts[i].n);
	}
	return ledger_key_of(view_of(name, (size_t)(p - name)));
}

// ---- bytes

static void pack(const struct ledger_row *row, struct buf *out)
{
	buf_add_varint(out, (uint64_t)row->first_seen);
	buf_add_byte(out, view_is_set(row->record));
	if (view_is_set(row->record))
		buf_add_sized(out, row->record);
	buf_add_varint(out, row->event_count);
	for (size_t i = 0; i < row->event_count; i++)
		kept_result_add(&row->events[i], i > 0 ? &row->events[i - 1] : NULL, out);
}

static int corrupt(struct err *err)
{
	return err_set(err, ERR_FATAL, "store_corrupt", "a row of the ledger cannot be read; remove the shard's state, it restores itself");
}

static void unpack_events(struct cursor *c, struct arena *arena, struct ledger_row *row)
{
	uint64_t count = cursor_varint(c);

	c->bad |= count > EVENTS_MAX || count > cursor_left(c) / EVENT_LEAST;
	if (c->bad)
		return;
	row->events = arena_take(arena, (size_t)count * sizeof *row->events);
	row->event_room = (size_t)count;
	for (; row->event_count < count && !c->bad; row->event_count++)
		kept_result_read(c, row->event_count > 0 ? &row->events[row->event_count - 1] : NULL, &row->events[row->event_count]);
}

int ledger_unpack(struct view bytes, struct arena *arena, struct ledger_row *row, struct err *err)
{
	struct cursor c = cursor_over(bytes);

	*row = (struct ledger_row){.first_seen = (int64_t)cursor_varint(&c), .record = VIEW_ABSENT};
	if (cursor_byte(&c))
		row->record = cursor_sized(&c);
	unpack_events(&c, arena, row);
	return c.bad ? corrupt(err) : 0;
}

// ---- the store

int ledger_read(struct store *store, const struct ledger_key *key, struct arena *arena, struct ledger_row *row, struct err *err)
{
	struct view bytes;

	*row = (struct ledger_row){.first_seen = INT64_MAX, .record = VIEW_ABSENT};
	if (!store_may_have_conversion(store, key->hash, INT64_MIN))
		return 0;
	if (store_read_conversion(store, key->hash, key->name, VIEW_LIT(""), arena, &bytes, err) != 0)
		return -1;
	return view_is_set(bytes) ? ledger_unpack(bytes, arena, row, err) : 0;
}

void ledger_prefetch(struct store *store, const struct ledger_key *keys, size_t n)
{
	uint64_t hashes[PREFETCH_MOST];

	CHECK(n <= PREFETCH_MOST);
	for (size_t i = 0; i < n; i++)
		hashes[i] = keys[i].hash;
	store_prefetch_conversions(store, hashes, n);
}

void ledger_write(struct store *store, const struct ledger_key *key, const struct ledger_row *row, struct buf *spare)
{
	buf_reset(spare);
	pack(row, spare);
	struct state_conversion put = {VIEW_LIT(""), row->first_seen, buf_view(spare)};
	store_put_conversion(store, key->hash, key->name, &put, VIEW_ABSENT);
}

// ---- events

struct export_result *ledger_find(const struct ledger_row *row, struct view event_id)
{
	for (size_t i = 0; i < row->event_count; i++)
		if (view_eq(row->events[i].event_id, event_id))
			return &row->events[i];
	return NULL;
}

bool ledger_any_open(const struct ledger_row *row)
{
	for (size_t i = 0; i < row->event_count; i++)
		if (ledger_is_open(&row->events[i]))
			return true;
	return false;
}

void ledger_close(struct ledger_row *row)
{
	if (!ledger_any_open(row))
		row->record = VIEW_ABSENT;
}

void ledger_put(struct ledger_row *row, const struct export_result *event, struct arena *arena)
{
	struct export_result *known = ledger_find(row, event->event_id);

	if (known) {
		*known = *event;
		return;
	}
	if (row->event_count == row->event_room) {
		size_t room = row->event_room ? row->event_room * 2 : 4;
		struct export_result *more = arena_take(arena, room * sizeof *more);

		if (row->event_count)
			memcpy(more, row->events, row->event_count * sizeof *more);
		row->events = more;
		row->event_room = room;
	}
	row->events[row->event_count++] = *event;
}
