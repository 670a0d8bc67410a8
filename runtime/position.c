// SPDX-License-Identifier: Apache-2.0
#include "runtime/position.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>

// Kafka's default for offset.metadata.max.bytes is 4,096.
enum { METADATA_MAX = 4096, GOAL_DIGITS = 11 };

static const char digits64[] = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz-_";

static void print_goal(const struct position_goal *g, struct buf *out)
{
	uint64_t both = (uint64_t)g->name << 32 | g->meaning;

	for (int shift = 60; shift >= 0; shift -= 6)
		buf_add_byte(out, (uint8_t)digits64[both >> shift & 63]);
}

void position_print(const struct position *position, int input, int input_count, const struct position_goal *goals, size_t goal_count,
	struct buf *out)
{
	const struct position_input *in = &position->inputs[input];
	size_t begin = out->n;

	buf_addf(out, "%d %" PRId32 " %" PRId64 " %" PRId64 " %" PRId64 " %" PRId64 " %016" PRIx64 " %" PRId64 " %" PRId64 " ", POSITION_FORMAT,
		position->partitions, in->next, in->stream_time, in->last_offset, in->last_timestamp, in->last_hash, position->horizon,
		position->output_next);
	buf_addf(out, "%" PRId32 " ", position->bound_count);
	for (int32_t i = 0; i < position->bound_count; i++)
		buf_addf(out, "%" PRId64 " %" PRId64 " ", position->bounds[i].offset, position->bounds[i].horizon);
	for (size_t i = 0; i < goal_count; i++) {
		if (goals[i].name % (uint32_t)input_count != (uint32_t)input)
			continue;
		if (out->n - begin + GOAL_DIGITS > METADATA_MAX)
			return;
		print_goal(&goals[i], out);
	}
}

static int bad_metadata(const char *text, struct err *err)
{
	return err_set(err, ERR_FATAL, "bad_metadata",
		"the group's committed offset carries metadata that is not ours: \"%.60s\". An operator has reset it, another program commits for this "
		"group, or a newer build did. What was published stands: start a new `run` to process again",
		text);
}

static int digit_of(char c)
{
	const char *at = c ? strchr(digits64, c) : NULL;

	return at ? (int)(at - digits64) : -1;
}

static bool parse_goal(const char *text, struct position_goal *out)
{
	uint64_t both = 0;

	for (int i = 0; i < GOAL_DIGITS; i++) {
		int digit = digit_of(text[i]);

		if (digit < 0)
			return false;
		both = both << 6 | (uint64_t)digit;
	}
	out->name = (uint32_t)(both >> 32);
	out->meaning = (uint32_t)both;
	return true;
}

// Their number, then offset and horizon of each. Gives where they end, NULL if they are not well-formed.
static const char *parse_bounds(const char *text, struct position *position)
{
	int used = 0;

	if (sscanf(text, "%" SCNd32 " %n", &position->bound_count, &used) != 1 || used == 0 || position->bound_count < 0 ||
		position->bound_count > POSITION_BOUNDS)
		return NULL;
	text += used;
	for (int32_t i = 0; i < position->bound_count; i++, text += used) {
		struct position_bound *b = &position->bounds[i];

		used = 0;
		if (sscanf(text, "%" SCNd64 " %" SCNd64 " %n", &b->offset, &b->horizon, &used) != 2 || used == 0)
			return NULL;
	}
	return text;
}

// ceiling: one input of a position and a list of goals that grows
int position_parse(struct view metadata, int input, struct position *position, struct position_goal *goals, size_t room, size_t *goal_count,
	struct err *err)
{
	char text[METADATA_MAX + 1];
	struct position_input *in = &position->inputs[input];
	int format = 0, used = 0;

	if (!metadata.p || metadata.n > METADATA_MAX)
		return bad_metadata("(none or too long)", err);
	memcpy(text, metadata.p, metadata.n);
	text[metadata.n] = '\0';
	int fields = sscanf(text, "%d %" SCNd32 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNd64 " %" SCNx64 " %" SCNd64 " %" SCNd64 " %n",
		&format, &position->partitions, &in->next, &in->stream_time, &in->last_offset, &in->last_timestamp, &in->last_hash,
		&position->horizon, &position->output_next, &used);
	const char *rest = fields == 9 && format == POSITION_FORMAT ? parse_bounds(text + used, position) : NULL;
	if (!rest || strlen(rest) % GOAL_DIGITS != 0)
		return bad_metadata(text, err);
	for (const char *p = rest; *p && *goal_count < room; p += GOAL_DIGITS)
		if (!parse_goal(p, &goals[(*goal_count)++]))
			return bad_metadata(text, err);
	return 0;
}

static void put64(struct buf *out, uint64_t value)
{
	uint8_t bytes[8];

	for (int i = 0; i < 8; i++)
		bytes[i] = (uint8_t)(value >> (8 * i));
	buf_add(out, bytes, sizeof bytes);
}

static int64_t get64(struct cursor *c)
{
	struct view bytes = cursor_bytes(c, 8);
	uint64_t value = 0;

	for (int i = 7; bytes.p && i >= 0; i--)
		value = value << 8 | (uint8_t)bytes.p[i];
	return (int64_t)value;
}

void position_pack(const struct position *position, struct buf *out)
{
	put64(out, POSITION_FORMAT);
	for (int i = 0; i < POSITION_INPUTS; i++) {
		const struct position_input *in = &position->inputs[i];

		put64(out, (uint64_t)in->next);
		put64(out, (uint64_t)in->stream_time);
		put64(out, (uint64_t)in->last_offset);
		put64(out, (uint64_t)in->last_timestamp);
		put64(out, in->last_hash);
	}
	put64(out, (uint64_t)position->horizon);
	put64(out, (uint64_t)position->output_next);
	put64(out, (uint64_t)position->partitions);
	put64(out, (uint64_t)position->bound_count);
	for (int32_t i = 0; i < position->bound_count; i++) {
		put64(out, (uint64_t)position->bounds[i].offset);
		put64(out, (uint64_t)position->bounds[i].horizon);
	}
}

static void unpack_bounds(struct cursor *c, struct position *out)
{
	int64_t count = get64(c);

	if (count < 0 || count > POSITION_BOUNDS)
		c->bad = true;
	out->bound_count = c->bad ? 0 : (int32_t)count;
	for (int32_t i = 0; i < out->bound_count; i++) {
		out->bounds[i].offset = get64(c);
		out->bounds[i].horizon = get64(c);
	}
}

int position_unpack(struct view bytes, struct position *out, struct err *err)
{
	struct cursor c = cursor_over(bytes);
	int64_t format = get64(&c);

	for (int i = 0; i < POSITION_INPUTS; i++) {
		struct position_input *in = &out->inputs[i];

		in->next = get64(&c);
		in->stream_time = get64(&c);
		in->last_offset = get64(&c);
		in->last_timestamp = get64(&c);
		in->last_hash = (uint64_t)get64(&c);
	}
	out->horizon = get64(&c);
	out->output_next = get64(&c);
	out->partitions = (int32_t)get64(&c);
	unpack_bounds(&c, out);
	if (c.bad || cursor_left(&c) != 0 || format != POSITION_FORMAT)
		return err_set(err, ERR_FATAL, "bad_position", "the store's position is not one of ours (%zu bytes)", bytes.n);
	return 0;
}

void position_clear(struct position *out)
{
	for (int i = 0; i < POSITION_INPUTS; i++)
		out->inputs[i] = (struct position_input){-1, POSITION_NO_TIME, -1, -1, 0};
	out->horizon = POSITION_NO_TIME;
	out->output_next = 0;
	out->partitions = 0;
	out->bound_count = 0;
}

static struct position_bound *bound_for(struct position *position, int64_t offset)
{
	struct position_bound *bounds = position->bounds;

	if (position->bound_count > 0 && bounds[position->bound_count - 1].offset == offset)
		return &bounds[position->bound_count - 1];
	if (position->bound_count == POSITION_BOUNDS)
		memmove(bounds, bounds + 1, (size_t)--position->bound_count * sizeof *bounds);
	return &bounds[position->bound_count++];
}

void position_note_bound(struct position *position, int input)
{
	const struct position_input *in = &position->inputs[input];

	if (position->horizon == POSITION_NO_TIME || position->horizon <= in->stream_time)
		return;
	if (position->bound_count > 0 && position->bounds[position->bound_count - 1].horizon == position->horizon)
		return; // it holds already
	*bound_for(position, in->next) = (struct position_bound){in->next, position->horizon};
}

int64_t position_bound_at(const struct position *position, int64_t offset)
{
	int64_t horizon = POSITION_NO_TIME;

	for (int32_t i = 0; i < position->bound_count && position->bounds[i].offset <= offset; i++)
		horizon = position->bounds[i].horizon;
	return horizon;
}
