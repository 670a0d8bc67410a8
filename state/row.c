// SPDX-License-Identifier: Apache-2.0
#include "state/row.h"

#include <stdlib.h>

#include "base/own.h"

enum {
	CLICK_LEAST = 3, // bytes of the smallest click, conversion and user: they bound the counts before memory is taken
	CONVERSION_LEAST = 3,
	USER_LEAST = 3,
	SCRATCH_BLOCK = 8192,
};

enum { VARINT_MOST = 10 };

static char *write_varint(char *p, uint64_t value)
{
	for (; value >= 0x80; value >>= 7)
		*p++ = (char)(value | 0x80);
	*p++ = (char)value;
	return p;
}

static char *write_sized(char *p, struct view v)
{
	p = write_varint(p, v.n);
	if (v.n)
		memcpy(p, v.p, v.n);
	return p + v.n;
}

// Bytes that the user's packed rows need at most.
static size_t most_bytes(struct view user, const struct state_user *rows)
{
	size_t n = user.n + 3 * VARINT_MOST + 3 * VARINT_MOST * (rows->click_count + rows->conversion_count);

	for (size_t i = 0; i < rows->click_count; i++)
		n += rows->clicks[i].id.n + rows->clicks[i].attrs.n;
	for (size_t i = 0; i < rows->conversion_count; i++)
		n += rows->conversions[i].key.n + rows->conversions[i].value.n;
	return n;
}

static char *write_clicks(char *p, const struct state_user *rows)
{
	int64_t before = 0;

	p = write_varint(p, rows->click_count);
	for (size_t i = 0; i < rows->click_count; i++) {
		const struct state_click *click = &rows->clicks[i];

		p = write_varint(p, i == 0 ? zigzag(click->time) : (uint64_t)click->time - (uint64_t)before);
		before = click->time;
		p = write_sized(p, click->id);
		p = write_sized(p, click->attrs);
	}
	return p;
}

static char *write_conversions(char *p, const struct state_user *rows)
{
	p = write_varint(p, rows->conversion_count);
	for (size_t i = 0; i < rows->conversion_count; i++) {
		p = write_sized(p, rows->conversions[i].key);
		p = write_varint(p, zigzag(rows->conversions[i].time));
		p = write_sized(p, rows->conversions[i].value);
	}
	return p;
}

void row_add(struct buf *out, struct view user, const struct state_user *rows)
{
	if (rows->click_count + rows->conversion_count == 0)
		return;
	char *start = buf_reserve(out, most_bytes(user, rows)), *p = start;
	if (!p)
		return; // the buffer remembers
	p = write_sized(p, user);
	p = write_clicks(p, rows);
	p = write_conversions(p, rows);
	out->n += (size_t)(p - start);
}

static size_t read_count(struct cursor *c, size_t least)
{
	uint64_t n = cursor_varint(c);

	if (n > cursor_left(c) / least)
		c->bad = true;
	return c->bad ? 0 : (size_t)n;
}

static int64_t read_next_time(struct cursor *c, int64_t before)
{
	int64_t time = (int64_t)((uint64_t)before + cursor_varint(c));

	if (time < before)
		c->bad = true;
	return time;
}

static void read_clicks(struct cursor *c, struct arena *arena, struct state_user *out)
{
	size_t n = read_count(c, CLICK_LEAST);
	struct state_click *clicks = arena_take(arena, n * sizeof *clicks);

	for (size_t i = 0; i < n && !c->bad; i++) {
		clicks[i].time = i == 0 ? unzigzag(cursor_varint(c)) : read_next_time(c, clicks[i - 1].time);
		clicks[i].id = cursor_sized(c);
		clicks[i].attrs = cursor_sized(c);
	}
	out->clicks = clicks;
	out->click_count = n;
}

static void read_conversions(struct cursor *c, struct arena *arena, struct state_user *out)
{
	size_t n = read_count(c, CONVERSION_LEAST);
	struct state_conversion *conversions = arena_take(arena, n * sizeof *conversions);

	for (size_t i = 0; i < n && !c->bad; i++) {
		conversions[i].key = cursor_sized(c);
		conversions[i].time = unzigzag(cursor_varint(c));
		conversions[i].value = cursor_sized(c);
	}
	out->conversions = conversions;
	out->conversion_count = n;
}

static void read_user(struct cursor *c, struct arena *arena, struct row_user *out)
{
	out->user = cursor_sized(c);
	read_clicks(c, arena, &out->rows);
	read_conversions(c, arena, &out->rows);
}

// A growing array in an arena: nearly every row has one user.
static struct row_user *room_for_one(struct row_user *users, size_t n, struct arena *arena)
{
	if (n == 0)
		return arena_take(arena, sizeof *users);
	if ((n & (n - 1)) != 0)
		return users;
	struct row_user *more = arena_take(arena, 2 * n * sizeof *users);
	memcpy(more, users, n * sizeof *users);
	return more;
}

int row_decode(struct view row, struct arena *arena, struct row_user **users, size_t *count)
{
	struct cursor c = cursor_over(row);

	*users = NULL;
	*count = 0;
	while (cursor_left(&c) > 0) {
		if (cursor_left(&c) < USER_LEAST)
			return -1;
		*users = room_for_one(*users, *count, arena);
		read_user(&c, arena, &(*users)[*count]);
		if (c.bad || (*count && view_cmp((*users)[*count - 1].user, (*users)[*count].user) >= 0))
			return -1;
		++*count;
	}
	return 0;
}

int row_find(struct view row, struct view user, struct arena *arena, struct state_user *out)
{
	struct cursor c = cursor_over(row);

	*out = (struct state_user){0};
	while (cursor_left(&c) > 0) {
		struct arena_mark mark = arena_mark(arena);
		struct row_user one = {0};

		read_user(&c, arena, &one);
		if (c.bad)
			return -1;
		if (view_eq(one.user, user)) {
			*out = one.rows;
			return 0;
		}
		arena_return(arena, mark);
	}
	return 0;
}

// One operand while it is merged: its users, and which is next.
struct layer {
	struct row_user *users;
	size_t count;
	size_t next;
};

// The smallest user not yet merged; false when there is none.
static bool next_user(const struct layer *layers, size_t n, struct view *user)
{
	*user = VIEW_ABSENT;
	for (size_t i = 0; i < n; i++) {
		if (layers[i].next == layers[i].count)
			continue;
		struct view its = layers[i].users[layers[i].next].user;
		if (!user->p || view_cmp(its, *user) < 0)
			*user = its;
	}
	return user->p != NULL;
}

static int decode_layers(const struct view *operands, size_t n, struct arena *arena, struct layer *layers)
{
	for (size_t i = 0; i < n; i++) {
		layers[i].next = 0;
		if (row_decode(operands[i], arena, &layers[i].users, &layers[i].count) != 0)
			return -1;
	}
	return 0;
}

static void drop_conversions(struct state_user *rows, int64_t before)
{
	size_t kept = 0;

	for (size_t i = 0; i < rows->conversion_count; i++)
		if (rows->conversions[i].time >= before)
			rows->conversions[kept++] = rows->conversions[i];
	rows->conversion_count = kept;
}

static int merge(const struct view *operands, size_t n, size_t flood_keep, struct row_cutoffs cutoffs, struct buf *out)
{
	OWN(arena_clear) struct arena arena = {.block = SCRATCH_BLOCK};
	struct layer *layers = arena_take(&arena, n * sizeof *layers);
	struct state_user *same = arena_take(&arena, n * sizeof *same), merged;
	struct view user;

	if (decode_layers(operands, n, &arena, layers) != 0)
		return -1;
	while (next_user(layers, n, &user)) {
		struct arena_mark mark = arena_mark(&arena);
		size_t found = 0;

		for (size_t i = 0; i < n; i++)
			if (layers[i].next < layers[i].count && view_eq(layers[i].users[layers[i].next].user, user))
				same[found++] = layers[i].users[layers[i].next++].rows;
		trim_layers(same, found, flood_keep, cutoffs.clicks, &arena, &merged);
		drop_conversions(&merged, cutoffs.conversions);
		row_add(out, user, &merged);
		arena_return(&arena, mark);
	}
	return out->full ? -1 : 0;
}

int row_merge(const struct view *operands, size_t n, size_t flood_keep, int64_t expire_before, struct buf *out)
{
	return merge(operands, n, flood_keep, (struct row_cutoffs){expire_before, INT64_MIN}, out);
}

int row_shrink(struct view row, size_t flood_keep, struct row_cutoffs cutoffs, struct buf *out)
{
	return merge(&row, 1, flood_keep, cutoffs, out);
}

static bool user_may_shrink(struct cursor *c, struct row_cutoffs cutoffs)
{
	int64_t first_hour = cutoffs.clicks == INT64_MIN ? INT64_MIN : trim_hour(cutoffs.clicks);

	cursor_sized(c);
	uint64_t clicks = cursor_varint(c);
	for (uint64_t i = 0; i < clicks && !c->bad; i++) {
		uint64_t time = cursor_varint(c);

		if (i == 0 && trim_hour(unzigzag(time)) < first_hour)
			return !c->bad;
		cursor_sized(c);
		cursor_sized(c);
	}
	uint64_t conversions = cursor_varint(c);
	for (uint64_t i = 0; i < conversions && !c->bad; i++) {
		cursor_sized(c);
		if (unzigzag(cursor_varint(c)) < cutoffs.conversions)
			return !c->bad;
		cursor_sized(c);
	}
	return false;
}

bool row_may_shrink(struct view row, struct row_cutoffs cutoffs)
{
	struct cursor c = cursor_over(row);

	if (cutoffs.clicks == INT64_MIN && cutoffs.conversions == INT64_MIN)
		return false;
	while (cursor_left(&c) > 0 && !c.bad)
		if (user_may_shrink(&c, cutoffs))
			return true;
	return false;
}

void row_add_name(struct buf *out, struct view user)
{
	buf_add_sized(out, user);
}

int row_decode_names(struct view row, struct arena *arena, struct view **users, size_t *count)
{
	struct cursor c = cursor_over(row), again = c;

	*count = 0;
	for (; cursor_left(&c) > 0 && !c.bad; ++*count)
		cursor_sized(&c);
	if (c.bad)
		return -1;
	*users = arena_take(arena, *count * sizeof **users);
	for (size_t i = 0; i < *count; i++)
		(*users)[i] = cursor_sized(&again);
	return 0;
}

static int compare_names(const void *a, const void *b)
{
	return view_cmp(*(const struct view *)a, *(const struct view *)b);
}

int row_merge_names(const struct view *operands, size_t n, struct buf *out)
{
	OWN(arena_clear) struct arena arena = {.block = SCRATCH_BLOCK};
	OWN(buf_clear) struct buf joined = {0};
	struct view *users;
	size_t count;

	for (size_t i = 0; i < n; i++)
		buf_add_view(&joined, operands[i]);
	if (joined.full || row_decode_names(buf_view(&joined), &arena, &users, &count) != 0)
		return -1;
	if (count > 1)
		qsort(users, count, sizeof *users, compare_names);
	for (size_t i = 0; i < count; i++)
		if (i == 0 || !view_eq(users[i], users[i - 1]))
			row_add_name(out, users[i]);
	return out->full ? -1 : 0;
}
