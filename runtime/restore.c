// SPDX-License-Identifier: Apache-2.0
#include "runtime/restore.h"

#include <inttypes.h>
#include <stdatomic.h>
#include <stdlib.h>

#include "base/log.h"
#include "base/own.h"
#include "runtime/shard_private.h"

enum { BATCH = 1000, SETTLE_EVERY = 100000, GOALS_ROOM = 4096 };

// What is known before anything is read.
struct plan_of_restore {
	struct shard *shard;
	struct bus *bus;
	const struct processor *processor;
	struct restore_progress *progress;
	struct position target; // C
	int commits;            // how many inputs have one
	struct position_goal *goals;
	size_t goal_count;
	int64_t output_low, output_high;
	int64_t unsettled, settle_every; // records restored since the store was last told
};

static int32_t partition_of(const struct plan_of_restore *r)
{
	return r->shard->options.partition;
}

static const char *topic_of(const struct plan_of_restore *r, int topic)
{
	return r->shard->options.topic_names[topic];
}

// The first record in a range.
struct glimpse {
	bool found;
	int64_t offset, timestamp;
	uint64_t hash;
};

static int glimpse(struct plan_of_restore *r, int topic, int64_t from, int64_t to, struct glimpse *out, struct err *err)
{
	struct bus_reader *reader;
	struct record record;
	size_t n = 0;
	bool done = from >= to;
	int failed = 0;

	*out = (struct glimpse){.found = false};
	if (done)
		return 0;
	if (r->bus->ops->reader_open(r->bus, topic, partition_of(r), from, to, &reader, err) != 0)
		return -1;
	while (!failed && !done && n == 0)
		failed = r->bus->ops->reader_next(reader, &record, 1, &n, &done, err);
	if (!failed && n == 1)
		*out = (struct glimpse){true, record.offset, record.timestamp, shard_record_hash(&record)};
	r->bus->ops->reader_close(&reader);
	return failed;
}

static int read_commits(struct plan_of_restore *r, struct arena *arena, struct err *err)
{
	struct bus_offset offsets[POSITION_INPUTS];

	if (r->bus->ops->committed(r->bus, partition_of(r), offsets, arena, err) != 0)
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
				topic_of(r, i), partition_of(r), offsets[i].next, r->target.inputs[i].next);
	}
	return 0;
}

static int read_output_bounds(struct plan_of_restore *r, struct err *err)
{
	if (r->processor->restore_topic < 0)
		return 0;
	return r->bus->ops->bounds(r->bus, r->processor->restore_topic, partition_of(r), &r->output_low, &r->output_high, err);
}

// Offsets alone do not tell: what an aborted transaction wrote takes some, too.
static int has_published(struct plan_of_restore *r, bool *has, struct err *err)
{
	struct glimpse first;

	if (glimpse(r, r->processor->restore_topic, r->output_low, r->output_high, &first, err) != 0)
		return -1;
	*has = first.found;
	return 0;
}

// ---- is the store ours, and is it usable?

// The last record applied of each input is fetched and compared; one gone by retention must at least lie before the log's start.
static int input_fits(struct plan_of_restore *r, int input, bool *fits, struct err *err)
{
	const struct position_input *in = &r->shard->position.inputs[input];
	struct glimpse last;
	int64_t low, high;

	*fits = true;
	if (in->last_offset < 0)
		return 0;
	if (r->bus->ops->bounds(r->bus, input, partition_of(r), &low, &high, err) != 0)
		return -1;
	if (in->last_offset < low)
		return 0;
	*fits = false;
	if (in->last_offset >= high)
		return 0;
	if (glimpse(r, input, in->last_offset, in->last_offset + 1, &last, err) != 0)
		return -1;
	*fits = last.found && last.offset == in->last_offset && last.hash == in->last_hash;
	return 0;
}

static int store_fits(struct plan_of_restore *r, bool *fits, struct err *err)
{
	*fits = true;
	for (int i = 0; i < r->processor->input_count && *fits; i++)
		if (input_fits(r, i, fits, err) != 0)
			return -1;
	return 0;
}

// An input of which the store has seen more than is committed, or -1.
static int input_ahead(const struct plan_of_restore *r)
{
	for (int i = 0; i < r->processor->input_count; i++)
		if (r->shard->position.inputs[i].next > r->target.inputs[i].next)
			return i;
	return -1;
}

static int refuse_behind(const struct plan_of_restore *r, int input, struct err *err)
{
	return err_set(err, ERR_FATAL, "commit_behind_store",
		"%s[%" PRId32 "]: the group's committed offset %" PRId64 " is behind the store's %" PRId64
		": somebody reset it. Outputs of what was read stand in %s; start a new `run` to process again, or commit the old offsets",
		topic_of(r, input), partition_of(r), r->target.inputs[input].next, r->shard->position.inputs[input].next,
		topic_of(r, r->processor->restore_topic));
}

// What was committed was read once, so it was there.
static int check_inputs(struct plan_of_restore *r, struct err *err)
{
	int64_t low, high;

	for (int i = 0; i < r->processor->input_count; i++) {
		if (r->bus->ops->bounds(r->bus, i, partition_of(r), &low, &high, err) != 0)
			return -1;
		if (high < r->target.inputs[i].next)
			return err_set(err, ERR_FATAL, "commit_foreign",
				"%s[%" PRId32 "] ends at %" PRId64 ", but this run has read up to %" PRId64
				": the topic was deleted or truncated. The outputs of what it held stand: start a new `run`",
				topic_of(r, i), partition_of(r), high, r->target.inputs[i].next);
	}
	return 0;
}

static int check_outputs(const struct plan_of_restore *r, struct err *err)
{
	int64_t known = r->shard->position.output_next;

	if (r->target.output_next > known)
		known = r->target.output_next;
	if (known <= r->output_high)
		return 0;
	return err_set(err, ERR_FATAL, "output_foreign",
		"%s[%" PRId32 "] ends at %" PRId64 ", but this run has written up to %" PRId64
		": the topic was deleted or truncated. What was published is the baseline of every later output: start a new `run`",
		topic_of(r, r->processor->restore_topic), partition_of(r), r->output_high, known);
}

static int check_goals(const struct plan_of_restore *r, struct err *err)
{
	const struct shard_options *o = &r->shard->options;

	for (size_t i = 0; i < r->goal_count; i++)
		for (size_t k = 0; k < o->goal_count; k++)
			if (o->goals[k].name == r->goals[i].name && o->goals[k].meaning != r->goals[i].meaning)
				return err_set(err, ERR_FATAL, "goals_changed",
					"the state of partition %" PRId32
					" is lost, and a goal's definition differs from that of the last commit (goal %08" PRIx32
					"): restore under the old goals first, then add new ones; a changed goal needs a new name or a new `run`",
					partition_of(r), r->goals[i].name);
	return 0;
}

// ---- reading back

static int settle(struct plan_of_restore *r, struct err *err)
{
	r->unsettled = 0;
	return shard_settle(r->shard, err);
}

static int apply(struct plan_of_restore *r, bool own_output, const struct record *record, struct arena *arena, struct err *err)
{
	struct shard *s = r->shard;
	struct prepared prepared = {INT64_MIN, NULL, NULL};
	struct err fault = {.class = ERR_NONE};

	if (!own_output && record->key.n + record->value.n > s->options.max_record)
		return 0;
	if (!own_output)
		r->processor->prepare(s->self, record, arena, &prepared);
	if (prepared.fault)
		fault = *prepared.fault;
	else if (r->processor->restore(s->self, own_output, record, &prepared, &fault) == 0)
		return 0;
	if (fault.class == ERR_POISON && !own_output)
		return 0; // its dead letter was written when it was live
	*err = fault;
	return err_prefix(err, "restoring %s[%" PRId32 "]@%" PRId64, topic_of(r, record->input), partition_of(r), record->offset);
}

static void moved(struct plan_of_restore *r, bool own_output, const struct record *record)
{
	struct position *position = &r->shard->position;

	r->unsettled++;
	if (own_output) {
		position->output_next = record->offset + 1;
		return;
	}
	struct position_input *in = &position->inputs[r->processor->restore_input];
	in->next = record->offset + 1;
	in->last_offset = record->offset;
	in->last_timestamp = record->timestamp;
	in->last_hash = shard_record_hash(record);
}

static int read_back_batch(struct plan_of_restore *r, struct bus_reader *reader, bool own_output, struct record *records, bool *done,
	struct err *err)
{
	OWN(arena_clear) struct arena arena = {0};
	size_t n = 0;

	if (r->bus->ops->reader_next(reader, records, BATCH, &n, done, err) != 0)
		return -1;
	for (size_t i = 0; i < n; i++) {
		if (apply(r, own_output, &records[i], &arena, err) != 0)
			return -1;
		moved(r, own_output, &records[i]);
		arena_reset(&arena);
	}
	atomic_fetch_add(&r->progress->done, (int64_t)n);
	return r->unsettled >= r->settle_every ? settle(r, err) : 0;
}

static int read_back(struct plan_of_restore *r, bool own_output, int64_t from, int64_t to, struct err *err)
{
	int topic = own_output ? r->processor->restore_topic : r->processor->restore_input;
	struct bus_reader *reader;
	bool done = false;
	int failed = 0;

	if (from >= to)
		return 0;
	OWN(own_free) struct record *records = malloc(BATCH * sizeof *records);
	if (!records)
		err_out_of_memory();
	if (r->bus->ops->reader_open(r->bus, topic, partition_of(r), from, to, &reader, err) != 0)
		return -1;
	while (!failed && !done)
		failed = read_back_batch(r, reader, own_output, records, &done, err);
	r->bus->ops->reader_close(&reader);
	return failed;
}

// ---- a first start

static int first_offset(struct plan_of_restore *r, int input, const struct restore_options *o, int64_t *next, struct err *err)
{
	int64_t low = 0, high = 0;

	if (o->start == RESTORE_AT)
		return r->bus->ops->offset_at(r->bus, input, partition_of(r), o->start_time, next, err);
	if (r->bus->ops->bounds(r->bus, input, partition_of(r), &low, &high, err) != 0)
		return -1;
	*next = o->start == RESTORE_LATEST ? high : low;
	return 0;
}

static int refuse_published(struct plan_of_restore *r, struct err *err)
{
	bool published = false;

	if (!r->processor->restore_topic_shared && has_published(r, &published, err) != 0)
		return -1;
	if (published)
		return err_set(err, ERR_FATAL, "commit_missing",
			"%s[%" PRId32
			"] holds outputs of this run, but the group has no committed offsets for its inputs (expired, or deleted). Where it "
			"stood is not known: start a new `run`, which reads the inputs again into topics of its own",
			topic_of(r, r->processor->restore_topic), partition_of(r));
	return 0;
}

static int start_first(struct plan_of_restore *r, const struct restore_options *o, struct err *err)
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
	if (read_back(r, true, r->output_low, r->output_high, err) != 0)
		return -1;
	s->position.output_next = r->output_high;
	return settle(r, err);
}

static int64_t span(int64_t from, int64_t to)
{
	int64_t out;

	return __builtin_sub_overflow(to, from, &out) ? INT64_MAX : out;
}

// That the log still reaches back to `since`: its first record is needed. Was the one before it needed too?
static int check_reach(struct plan_of_restore *r, int64_t since, int64_t low, struct err *err)
{
	int input = r->processor->restore_input;
	struct glimpse first;

	if (glimpse(r, input, low, r->target.inputs[input].next, &first, err) != 0)
		return -1;
	if (!first.found || first.timestamp <= since)
		return 0;
	return err_set(err, ERR_FATAL, "clicks_expired",
		"the state of partition %" PRId32 " is lost and %s begins at offset %" PRId64 " (%" PRId64 " ms), but records since %" PRId64
		" ms are needed: %" PRId64 " ms of retention are missing. Raise retention.ms of the topic, and start a new `run`",
		partition_of(r), topic_of(r, input), low, first.timestamp, since, span(since, first.timestamp));
}

// Where the restore input of a lost store must be read from; never behind C, though all before it may be too old to be needed.
static int lost_from(struct plan_of_restore *r, int64_t *from, struct err *err)
{
	int input = r->processor->restore_input;
	int64_t since = r->processor->restore_since(r->shard->self), to = r->target.inputs[input].next, low, high;

	if (r->bus->ops->bounds(r->bus, input, partition_of(r), &low, &high, err) != 0)
		return -1;
	*from = low;
	if (since != INT64_MIN && r->bus->ops->offset_at(r->bus, input, partition_of(r), since, from, err) != 0)
		return -1;
	bool begins_the_log = *from <= low && low > 0 && !r->processor->restore_input_compacted;
	if (*from > to)
		*from = to;
	return begins_the_log ? check_reach(r, since, low, err) : 0;
}

static int prepare_lost(struct plan_of_restore *r, struct err *err)
{
	struct shard *s = r->shard;

	if (check_goals(r, err) != 0)
		return -1;
	position_clear(&s->position);
	s->position.partitions = s->options.partitions;
	s->position.horizon = r->target.horizon;
	s->position.output_next = r->output_low;
	if (r->processor->restore_input < 0)
		return 0;
	return lost_from(r, &s->position.inputs[r->processor->restore_input].next, err);
}

// A store that cannot be brought forward is a lost one.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): each line is a case of recovery, in the order they are told
static int judge_store(struct plan_of_restore *r, struct err *err)
{
	struct shard *s = r->shard;
	int input = r->processor->restore_input;
	int64_t low = 0, high = 0;
	bool fits = true;

	if (!store_position(s->store).p)
		return prepare_lost(r, err);
	if (store_fits(r, &fits, err) != 0)
		return -1;
	if (!fits) {
		if (shard_replace_store(s, "its last records are not in the topics", err) != 0)
			return -1;
		return prepare_lost(r, err);
	}
	int ahead = input_ahead(r);
	if (ahead >= 0) {
		bool published;

		if (has_published(r, &published, err) != 0)
			return -1;
		if (published)
			return refuse_behind(r, ahead, err);
		// Nothing contradicts starting over at C.
		if (shard_replace_store(s, "the commits are behind it, and nothing was published", err) != 0)
			return -1;
		return prepare_lost(r, err);
	}
	if (input >= 0 && r->bus->ops->bounds(r->bus, input, partition_of(r), &low, &high, err) != 0)
		return -1;
	if (input < 0 || s->position.inputs[input].next >= low || s->position.inputs[input].next == r->target.inputs[input].next)
		return 0;
	if (shard_replace_store(s, "what it lacks is no longer in the topic", err) != 0)
		return -1;
	return prepare_lost(r, err);
}

static int64_t click_next(const struct position *position, const struct plan_of_restore *r)
{
	return r->processor->restore_input < 0 ? 0 : position->inputs[r->processor->restore_input].next;
}

static int bring_forward(struct plan_of_restore *r, struct err *err)
{
	struct shard *s = r->shard;
	int64_t output = s->position.output_next, clicks = click_next(&s->position, r), clicks_to = click_next(&r->target, r);

	s->position.bound_count = r->target.bound_count;
	memcpy(s->position.bounds, r->target.bounds, sizeof s->position.bounds);
	atomic_store(&r->progress->total, r->output_high - output + (clicks_to > clicks ? clicks_to - clicks : 0));
	if (read_back(r, true, output, r->output_high, err) != 0 || read_back(r, false, clicks, clicks_to, err) != 0)
		return -1;
	int64_t horizon = s->position.horizon;
	s->position = r->target;
	s->position.output_next = r->output_high;
	if (horizon > s->position.horizon)
		s->position.horizon = horizon;
	return settle(r, err);
}

static int restore_known(struct plan_of_restore *r, struct err *err)
{
	const struct shard *s = r->shard;

	if (r->commits != r->processor->input_count)
		return err_set(err, ERR_FATAL, "commit_missing",
			"partition %" PRId32
			": %d of %d inputs have a committed offset. A run commits all of them at once, so the others have expired or were deleted: "
			"start a new `run`",
			partition_of(r), r->commits, r->processor->input_count);
	if (r->target.partitions != s->options.partitions)
		return err_set(err, ERR_FATAL, "partitions_changed",
			"this run began with %" PRId32 " partitions, the topics have %" PRId32
			" now: keys have moved. Go back, or start a new `run` and replay",
			r->target.partitions, s->options.partitions);
	if (check_inputs(r, err) != 0 || judge_store(r, err) != 0 || check_outputs(r, err) != 0)
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
	struct plan_of_restore r = {.shard = shard,
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
