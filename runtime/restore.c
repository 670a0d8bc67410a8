// SPDX-License-Identifier: Apache-2.0
#include "runtime/restore.h"

#include <inttypes.h>
#include <stdatomic.h>

#include "base/own.h"
#include "runtime/restore_private.h"

enum { SETTLE_EVERY = 100000, GOALS_ROOM = 4096 };

static int read_commits(struct restore_plan *r, struct arena *arena, struct err *err)
{
	struct bus_offset offsets[POSITION_INPUTS];

	if (r->bus->ops->committed(r->bus, restore_partition(r), offsets, arena, err) != 0)
		return -1;
	position_clear(&r->target);
	for (int i = 0; i < r->processor->input_count; i++) {
		if (offsets[i].next < 0)
			continue;
		r->commits++;
		if (position_parse(offsets[i].metadata, i, &r->target, r->goals, GOALS_ROOM, &r->goal_count, err) != 0)
			return -1;
		if (r->target.inputs[i].next != offsets[i].next)
			return err_set(err, ERR_FATAL, "commit_foreign",
				"%s[%" PRId32 "]: the committed offset is %" PRId64 ", but its metadata says %" PRId64
				": somebody else moved it. Offsets of a run are not to be "
				"reset: its outputs stand. To process again, start a new `run`",
				restore_topic(r, i), restore_partition(r), offsets[i].next, r->target.inputs[i].next);
	}
	return 0;
}

static int read_output_bounds(struct restore_plan *r, struct err *err)
{
	if (r->processor->restore_topic < 0)
		return 0;
	return r->bus->ops->bounds(r->bus, r->processor->restore_topic, restore_partition(r), &r->output_low, &r->output_high, err);
}

// ---- a first start

static int refuse_incomplete(const struct restore_plan *r, int input, int64_t low, struct err *err)
{
	return err_set(err, ERR_FATAL, "input_incomplete",
		"%s[%" PRId32 "] begins at offset %" PRId64
		": its first records are gone, and sums over what is left would be wrong. Set its retention.ms and retention.bytes to -1; "
		"to start again, replay into a new `run`, whose topics are whole",
		restore_topic(r, input), restore_partition(r), low);
}

static int first_offset(struct restore_plan *r, int input, const struct restore_options *o, int64_t *next, struct err *err)
{
	bool whole = r->processor->whole_inputs >> input & 1;
	bool from_start = whole || (restore_reads_input(r, input) && r->processor->restore_inputs_compacted);
	int64_t low = 0, high = 0;

	if (o->start == RESTORE_AT && !from_start)
		return r->bus->ops->offset_at(r->bus, input, restore_partition(r), o->start_time, next, err);
	if (r->bus->ops->bounds(r->bus, input, restore_partition(r), &low, &high, err) != 0)
		return -1;
	if (whole && low > 0)
		return refuse_incomplete(r, input, low, err);
	*next = o->start == RESTORE_LATEST && !from_start ? high : low;
	return 0;
}

static int refuse_published(struct restore_plan *r, struct err *err)
{
	bool published = false;

	if (!r->processor->restore_topic_shared && restore_judge_published(r, &published, err) != 0)
		return -1;
	if (published)
		return err_set(err, ERR_FATAL, "commit_missing",
			"%s[%" PRId32
			"] holds outputs of this run, but the group has no committed offsets for its inputs (expired, or deleted). Where it "
			"stood is not known: start a new `run`, which reads the inputs again into topics of its own",
			restore_topic(r, r->processor->restore_topic), restore_partition(r));
	return 0;
}

static int start_first(struct restore_plan *r, const struct restore_options *o, struct err *err)
{
	struct shard *s = r->shard;

	if (refuse_published(r, err) != 0)
		return -1;
	if (store_position(s->store).p && shard_replace_store(s, "the group has no commits", err) != 0)
		return -1;
	for (int i = 0; i < r->processor->input_count; i++)
		if (first_offset(r, i, o, &s->position.inputs[i].next, err) != 0)
			return -1;
	if (!r->processor->restore_topic_shared)
		return shard_settle(s, err);
	if (restore_read_back(r, RESTORE_OUTPUTS, r->output_low, r->output_high, err) != 0)
		return -1;
	s->position.output_next = r->output_high;
	return restore_read_settle(r, err);
}

// ---- one that goes on

// Records of restore inputs between the store and C.
static int64_t inputs_behind(const struct restore_plan *r)
{
	int64_t behind = 0;

	for (int i = 0; i < r->processor->input_count; i++) {
		int64_t from = r->shard->position.inputs[i].next, to = r->target.inputs[i].next;

		if (restore_reads_input(r, i) && to > from)
			behind += to - from;
	}
	return behind;
}

static int read_inputs_back(struct restore_plan *r, struct err *err)
{
	for (int i = 0; i < r->processor->input_count; i++)
		if (restore_reads_input(r, i) && restore_read_back(r, i, r->shard->position.inputs[i].next, r->target.inputs[i].next, err) != 0)
			return -1;
	return 0;
}

static int bring_forward(struct restore_plan *r, struct err *err)
{
	struct shard *s = r->shard;
	int64_t output = s->position.output_next;

	s->position.bound_count = r->target.bound_count;
	memcpy(s->position.bounds, r->target.bounds, sizeof s->position.bounds);
	atomic_store(&r->progress->total, r->output_high - output + inputs_behind(r));
	if (restore_read_back(r, RESTORE_OUTPUTS, output, r->output_high, err) != 0 || read_inputs_back(r, err) != 0)
		return -1;
	int64_t horizon = s->position.horizon;
	s->position = r->target;
	s->position.output_next = r->output_high;
	if (horizon > s->position.horizon)
		s->position.horizon = horizon;
	return restore_read_settle(r, err);
}

static int restore_known(struct restore_plan *r, struct err *err)
{
	const struct shard *s = r->shard;

	if (r->commits != r->processor->input_count)
		return err_set(err, ERR_FATAL, "commit_missing",
			"partition %" PRId32
			": %d of %d inputs have a committed offset. A run commits all of them at once, so the others have expired or were deleted: "
			"start a new `run`",
			restore_partition(r), r->commits, r->processor->input_count);
	if (r->target.partitions != s->options.partitions)
		return err_set(err, ERR_FATAL, "partitions_changed",
			"this run began with %" PRId32 " partitions, the topics have %" PRId32
			" now: keys have moved. Go back, or start a new `run` and replay",
			r->target.partitions, s->options.partitions);
	if (restore_judge_inputs(r, err) != 0 || restore_judge_store(r, err) != 0 || restore_judge_outputs(r, err) != 0)
		return -1;
	return bring_forward(r, err);
}

static void go_live(struct shard *s)
{
	for (int i = 0; i < s->options.processor->input_count; i++)
		s->lanes[i].time = s->position.inputs[i].stream_time;
	s->state = SHARD_LIVE;
}

int restore_shard(struct shard *shard, struct bus *bus, const struct restore_options *options, struct restore_progress *progress,
	struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	struct restore_plan r = {.shard = shard,
		.bus = bus,
		.processor = shard->options.processor,
		.progress = progress,
		.settle_every = shard->options.settle_every ? shard->options.settle_every : SETTLE_EVERY};

	CHECK(shard->state == SHARD_RESTORING);
	r.goals = arena_take(&arena, GOALS_ROOM * sizeof *r.goals);
	atomic_store(&progress->done, 0);
	if (read_commits(&r, &arena, err) != 0 || read_output_bounds(&r, err) != 0)
		return -1;
	if ((r.commits == 0 ? start_first(&r, options, err) : restore_known(&r, err)) != 0)
		return -1;
	go_live(shard);
	return 0;
}
