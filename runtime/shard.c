// SPDX-License-Identifier: Apache-2.0
#include "runtime/shard_private.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <unistd.h>
#include <xxhash.h>

#include "base/log.h"
#include "base/now.h"
#include "base/own.h"
#include "runtime/dead_letter.h"

enum { LANE_SLACK_DEFAULT_MS = 10000, ASIDE_MOST = 1000 };

// ---- life

static int open_state(struct shard *s, struct err *err)
{
	if (store_open(&s->options.store, &s->store, err) != 0)
		return -1;
	struct view bytes = store_position(s->store);
	position_clear(&s->position);
	if (bytes.p && position_unpack(bytes, &s->position, err) != 0)
		return -1;
	s->position.partitions = s->options.partitions;
	s->committed = s->position;
	s->self = s->options.processor->open(s->options.role_state, s->options.partition, s->store, &s->position);
	return 0;
}

int shard_open(const struct shard_options *options, struct shard **out, struct err *err)
{
	struct shard *s = calloc(1, sizeof *s);

	if (!s)
		err_out_of_memory();
	CHECK(options->processor->input_count <= POSITION_INPUTS);
	s->options = *options;
	if (s->options.lane_slack_ms == 0)
		s->options.lane_slack_ms = LANE_SLACK_DEFAULT_MS;
	if (!s->options.clock)
		s->options.clock = now_wall_ms;
	s->random = options->interleave_seed;
	s->lanes = calloc((size_t)options->processor->input_count, sizeof *s->lanes);
	if (!s->lanes)
		err_out_of_memory();
	if (open_state(s, err) != 0) {
		shard_close(&s);
		return -1;
	}
	*out = s;
	return 0;
}

static void close_state(struct shard *s)
{
	if (s->self)
		s->options.processor->close(s->self);
	s->self = NULL;
	store_close(&s->store);
}

void shard_close(struct shard **shard)
{
	struct shard *s = *shard;

	if (!s)
		return;
	close_state(s);
	for (int i = 0; i < s->options.processor->input_count; i++) {
		arena_clear(&s->lanes[i].arena);
		buf_clear(&s->metadata[i]);
	}
	free(s->lanes);
	buf_clear(&s->packed);
	free(s);
	*shard = NULL;
}

int shard_replace_store(struct shard *s, const char *why, struct err *err)
{
	OWN(buf_clear) struct buf aside = {0};

	close_state(s);
	for (int n = 1; n < ASIDE_MOST; n++) {
		buf_reset(&aside);
		buf_addf(&aside, "%s.aside-%d", s->options.store.directory, n);
		buf_add_byte(&aside, 0);
		if (access(aside.p, F_OK) != 0)
			break;
	}
	if (rename(s->options.store.directory, aside.p) != 0)
		return err_set(err, ERR_FATAL, "store_io", "%s: cannot be moved to %s: %m", s->options.store.directory, aside.p);
	log_event(LOG_WARN, "store_moved_aside", LOG_I("partition", s->options.partition), LOG_S("why", why), LOG_S("to", aside.p));
	if (open_state(s, err) == 0)
		return 0;
	if (err->class == ERR_RETRY)
		err->class = ERR_FATAL; // without a store there is nothing to try it on again
	return -1;
}

// ---- steps

struct shard_emit {
	struct emit emit;
	struct shard *shard;
	struct bus *bus;
};

static int emit_to_bus(struct emit *emit, const struct emission *emission, struct err *err)
{
	struct bus *bus = ((struct shard_emit *)emit)->bus;

	return bus->ops->send(bus, emission, err);
}

static int judge(struct shard *s, struct bus *bus, const struct record *r, const struct err *fault, struct err *err)
{
	const struct shard_options *o = &s->options;
	struct dead_letter_options letter = {o->processor->dead_letter_topic, o->topic_names[r->input], o->dead_letter_digest};

	if (fault) {
		s->stats.dead_letters++;
		if (dead_letter_send(bus, &letter, r, fault, err) != 0)
			return -1;
	}
	return o->judged ? o->judged(o->judged_context, r->input, fault ? fault->code : NULL, err) : 0;
}

static int refuse(struct emit *emit, const struct record *record, const struct err *reason, struct err *err)
{
	struct shard_emit *e = (struct shard_emit *)emit;

	return judge(e->shard, e->bus, record, reason, err);
}

static struct shard_emit emit_into(struct shard *s, struct bus *bus)
{
	return (struct shard_emit){{emit_to_bus, refuse}, s, bus};
}

// What is half done cannot be tried again: the transaction is dropped, and all of it is done anew.
static int not_again(struct err *err)
{
	if (err->class == ERR_RETRY)
		err->class = ERR_ABORT;
	return -1;
}

static int step(struct shard *s, struct bus *bus, struct shard_emit *emit, int input, struct err *err)
{
	struct lane *lane = &s->lanes[input];
	const struct record *r = &lane->records[lane->taken];
	struct prepared *p = &lane->prepared[lane->taken];
	struct position_input *at = &s->position.inputs[input];
	struct err fault = {.class = ERR_NONE};

	shard_expect(s, lane->records, lane->count, lane->taken);
	if (p->fault && p->fault->class == ERR_RETRY)
		shard_lane_prepare(s, r, lane, p);
	if (p->fault)
		fault = *p->fault;
	else if (s->options.processor->step(s->self, r, p, &emit->emit, &fault) == 0)
		fault.class = ERR_NONE;
	else
		not_again(&fault);
	if (fault.class != ERR_NONE && fault.class != ERR_POISON) {
		*err = fault;
		return -1;
	}
	if (judge(s, bus, r, fault.class == ERR_POISON ? &fault : NULL, err) != 0)
		return not_again(err);
	at->next = r->offset + 1;
	at->last_offset = r->offset;
	at->last_timestamp = r->timestamp;
	if (p->time > lane->time)
		lane->time = p->time;
	lane->taken++;
	s->stats.records[input]++;
	return 0;
}

uint64_t shard_record_hash(const struct record *r)
{
	uint64_t key = r->key.p ? XXH64(r->key.p, r->key.n, 0) : 1;

	return r->value.p ? XXH64(r->value.p, r->value.n, key) : key;
}

// The mark of the record taken last, while its bytes are still there.
static void note_marks(struct shard *s)
{
	for (int i = 0; i < s->options.processor->input_count; i++) {
		const struct lane *lane = &s->lanes[i];

		if (lane->taken)
			s->position.inputs[i].last_hash = shard_record_hash(&lane->records[lane->taken - 1]);
	}
}

static int refill_empty(struct shard *s, struct bus *bus, struct err *err)
{
	note_marks(s);
	for (int i = 0; i < s->options.processor->input_count; i++)
		if (shard_lane_empty(&s->lanes[i]) && shard_lane_refill(s, bus, i, err) != 0)
			return -1;
	return 0;
}

// Steps until a lane runs empty, nothing may go first, or `most` are done.
static int steps(struct shard *s, struct bus *bus, struct shard_emit *emit, size_t most, size_t *did, struct err *err)
{
	for (int input = shard_lane_pick(s); input >= 0 && *did < most; input = shard_lane_pick(s)) {
		s->dirty = true;
		if (step(s, bus, emit, input, err) != 0)
			return -1;
		++*did;
		if (shard_lane_empty(&s->lanes[input]))
			break;
	}
	return 0;
}

// What the processor holds of the lanes' bytes ends with its flush, so a flush follows the steps, also before a RETRY.
static int run(struct shard *s, struct bus *bus, size_t most, size_t *did, struct err *err)
{
	struct shard_emit emit = emit_into(s, bus);
	struct err retry = {.class = ERR_NONE};

	if (bus->ops->begin(bus, err) != 0)
		return -1;
	if (steps(s, bus, &emit, most, did, &retry) != 0 && retry.class != ERR_RETRY) {
		*err = retry;
		return -1;
	}
	if (s->options.processor->flush && s->options.processor->flush(s->self, &emit.emit, err) != 0)
		return not_again(err);
	*err = retry;
	return retry.class == ERR_NONE ? 0 : -1;
}

static int tick(struct shard *s, struct bus *bus, size_t *did, struct err *err)
{
	const struct processor *p = s->options.processor;
	struct shard_emit emit = emit_into(s, bus);
	int64_t now;

	if (!p->tick || !p->due(s->self, now = s->options.clock()))
		return 0;
	if (bus->ops->begin(bus, err) != 0)
		return -1;
	s->dirty = true;
	++*did;
	return p->tick(s->self, now, &emit.emit, err) == 0 ? 0 : not_again(err);
}

static bool is_full(const struct shard *s)
{
	return s->leaving || (s->options.processor->full && s->options.processor->full(s->self));
}

static void tell_end(struct shard *s)
{
	if (s->options.processor->at_end && shard_is_idle(s))
		s->options.processor->at_end(s->self);
}

int shard_work(struct shard *s, struct bus *bus, size_t most, size_t *did, struct err *err)
{
	*did = 0;
	CHECK(s->state == SHARD_LIVE);
	if (tick(s, bus, did, err) != 0)
		return -1;
	while (*did < most && !is_full(s)) {
		size_t before = *did;

		if (refill_empty(s, bus, err) != 0)
			return -1;
		if (shard_lane_pick(s) < 0) {
			tell_end(s);
			return 0;
		}
		if (run(s, bus, most, did, err) != 0)
			return -1;
		if (*did == before)
			return 0;
	}
	return 0;
}

bool shard_is_dirty(const struct shard *s)
{
	return s->dirty;
}

bool shard_is_idle(const struct shard *s)
{
	for (int i = 0; i < s->options.processor->input_count; i++)
		if (!shard_lane_empty(&s->lanes[i]) || !s->lanes[i].at_end)
			return false;
	return true;
}

bool shard_is_held_up(struct shard *s)
{
	return s->options.processor->held_up && s->options.processor->held_up(s->self);
}

bool shard_leaves(struct shard *s)
{
	s->leaving = true;
	return s->options.processor->leave && s->options.processor->leave(s->self);
}

// ---- around the commit

static int64_t horizon_now(struct shard *s)
{
	bool at_end[POSITION_INPUTS] = {false};

	for (int i = 0; i < s->options.processor->input_count; i++)
		at_end[i] = s->lanes[i].at_end && shard_lane_empty(&s->lanes[i]);
	if (!s->options.processor->horizon)
		return s->position.horizon;
	int64_t horizon = s->options.processor->horizon(s->self, at_end);
	return horizon > s->position.horizon ? horizon : s->position.horizon;
}

void shard_offsets(struct shard *s, struct bus_offset *out, size_t *count)
{
	int inputs = s->options.processor->input_count;

	note_marks(s);
	s->position.horizon = horizon_now(s);
	if (s->options.processor->restore_inputs)
		position_note_bound(&s->position, __builtin_ctz(s->options.processor->restore_inputs));
	for (int i = 0; i < inputs; i++) {
		buf_reset(&s->metadata[i]);
		position_print(&s->position, i, inputs, s->options.goals, s->options.goal_count, &s->metadata[i]);
		out[(*count)++] = (struct bus_offset){i, s->options.partition, s->position.inputs[i].next, buf_view(&s->metadata[i])};
	}
}

int shard_settle(struct shard *s, struct err *err)
{
	buf_reset(&s->packed);
	position_pack(&s->position, &s->packed);
	if (store_commit(s->store, buf_view(&s->packed), err) != 0)
		return -1;
	s->committed = s->position;
	s->dirty = false;
	s->options.processor->committed(s->self);
	return 0;
}

int shard_committed(struct shard *s, struct bus *bus, struct err *err)
{
	if (s->options.processor->restore_topic >= 0) {
		int64_t next = bus->ops->output_next(bus, s->options.processor->restore_topic, s->options.partition);

		if (next > s->position.output_next)
			s->position.output_next = next;
	}
	return shard_settle(s, err);
}

int shard_aborted(struct shard *s, struct bus *bus, struct err *err)
{
	store_abort(s->store);
	s->position = s->committed;
	s->dirty = false;
	s->options.processor->aborted(s->self);
	for (int i = 0; i < s->options.processor->input_count; i++) {
		shard_lane_drop(&s->lanes[i], bus);
		s->lanes[i].at_end = false;
		s->lanes[i].time = s->position.inputs[i].stream_time;
		if (bus->ops->seek(bus, i, s->options.partition, s->position.inputs[i].next, err) != 0)
			return -1;
	}
	return 0;
}

// ---- what others may see

const struct position *shard_position(const struct shard *s)
{
	return &s->position;
}

struct store *shard_store(struct shard *s)
{
	return s->store;
}

void *shard_processor(struct shard *s)
{
	return s->self;
}

int32_t shard_partition(const struct shard *s)
{
	return s->options.partition;
}

void shard_stats(const struct shard *s, struct shard_stats *out)
{
	*out = s->stats;
}
