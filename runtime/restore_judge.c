// SPDX-License-Identifier: Apache-2.0
// What a store and the topics must be like for a shard to go on, and what is said where they are not.
#include <inttypes.h>

#include "runtime/restore_private.h"

int restore_judge_published(struct restore_plan *r, bool *has, struct err *err)
{
	struct restore_glimpse first;

	if (restore_read_first(r, r->processor->restore_topic, r->output_low, r->output_high, &first, err) != 0)
		return -1;
	*has = first.found;
	return 0;
}

// The last record applied of each input is fetched and compared; one gone by retention must at least lie before the log's start.
static int input_fits(struct restore_plan *r, int input, bool *fits, struct err *err)
{
	const struct position_input *in = &r->shard->position.inputs[input];
	struct restore_glimpse last;
	int64_t low, high;

	*fits = true;
	if (in->last_offset < 0)
		return 0;
	if (r->bus->ops->bounds(r->bus, input, restore_partition(r), &low, &high, err) != 0)
		return -1;
	if (in->last_offset < low)
		return 0;
	*fits = false;
	if (in->last_offset >= high)
		return 0;
	if (restore_read_first(r, input, in->last_offset, in->last_offset + 1, &last, err) != 0)
		return -1;
	// Compaction may have taken it, if a later record has its key.
	*fits = last.found ? last.offset == in->last_offset && last.hash == in->last_hash
					   : restore_reads_input(r, input) && r->processor->restore_inputs_compacted;
	return 0;
}

static int store_fits(struct restore_plan *r, bool *fits, struct err *err)
{
	*fits = true;
	for (int i = 0; i < r->processor->input_count && *fits; i++)
		if (input_fits(r, i, fits, err) != 0)
			return -1;
	return 0;
}

// An input of which the store has seen more than is committed, or -1.
static int input_ahead(const struct restore_plan *r)
{
	for (int i = 0; i < r->processor->input_count; i++)
		if (r->shard->position.inputs[i].next > r->target.inputs[i].next)
			return i;
	return -1;
}

static int refuse_behind(const struct restore_plan *r, int input, struct err *err)
{
	return err_set(err, ERR_FATAL, "commit_behind_store",
		"%s[%" PRId32 "]: the group's committed offset %" PRId64 " is behind the store's %" PRId64
		": somebody reset it. Outputs of what was read stand in %s; start a new `run` to process again, or commit the old offsets",
		restore_topic(r, input), restore_partition(r), r->target.inputs[input].next, r->shard->position.inputs[input].next,
		restore_topic(r, r->processor->restore_topic));
}

int restore_judge_inputs(struct restore_plan *r, struct err *err)
{
	int64_t low, high;

	for (int i = 0; i < r->processor->input_count; i++) {
		if (r->bus->ops->bounds(r->bus, i, restore_partition(r), &low, &high, err) != 0)
			return -1;
		if (high < r->target.inputs[i].next)
			return err_set(err, ERR_FATAL, "commit_foreign",
				"%s[%" PRId32 "] ends at %" PRId64 ", but this run has read up to %" PRId64
				": the topic was deleted or truncated. The outputs of what it held stand: start a new `run`",
				restore_topic(r, i), restore_partition(r), high, r->target.inputs[i].next);
	}
	return 0;
}

int restore_judge_outputs(const struct restore_plan *r, struct err *err)
{
	int64_t known = r->shard->position.output_next;

	if (r->target.output_next > known)
		known = r->target.output_next;
	if (known <= r->output_high)
		return 0;
	return err_set(err, ERR_FATAL, "output_foreign",
		"%s[%" PRId32 "] ends at %" PRId64 ", but this run has written up to %" PRId64
		": the topic was deleted or truncated. What was published is the baseline of every later output: start a new `run`",
		restore_topic(r, r->processor->restore_topic), restore_partition(r), r->output_high, known);
}

static int check_goals(const struct restore_plan *r, struct err *err)
{
	const struct shard_options *o = &r->shard->options;

	for (size_t i = 0; i < r->goal_count; i++)
		for (size_t k = 0; k < o->goal_count; k++)
			if (o->goals[k].name == r->goals[i].name && o->goals[k].meaning != r->goals[i].meaning)
				return err_set(err, ERR_FATAL, "goals_changed",
					"the state of partition %" PRId32
					" is lost, and a goal's definition differs from that of the last commit (goal %08" PRIx32
					"): restore under the old goals first, then add new ones; a changed goal needs a new name or a new `run`",
					restore_partition(r), r->goals[i].name);
	return 0;
}

static int64_t span(int64_t from, int64_t to)
{
	int64_t out;

	return __builtin_sub_overflow(to, from, &out) ? INT64_MAX : out;
}

// That the log still reaches back to `since`: its first record is needed. Was the one before it needed too?
static int check_reach(struct restore_plan *r, int input, int64_t since, int64_t low, struct err *err)
{
	struct restore_glimpse first;

	if (restore_read_first(r, input, low, r->target.inputs[input].next, &first, err) != 0)
		return -1;
	if (!first.found || first.timestamp <= since)
		return 0;
	return err_set(err, ERR_FATAL, "clicks_expired",
		"the state of partition %" PRId32 " is lost and %s begins at offset %" PRId64 " (%" PRId64 " ms), but records since %" PRId64
		" ms are needed: %" PRId64 " ms of retention are missing. Raise retention.ms of the topic, and start a new `run`",
		restore_partition(r), restore_topic(r, input), low, first.timestamp, since, span(since, first.timestamp));
}

// Where a restore input of a lost store must be read from; never behind C, though all before it may be too old to be needed.
static int lost_from(struct restore_plan *r, int input, int64_t *from, struct err *err)
{
	int64_t since = r->processor->restore_since ? r->processor->restore_since(r->shard->self) : INT64_MIN,
			to = r->target.inputs[input].next, low, high;

	if (r->bus->ops->bounds(r->bus, input, restore_partition(r), &low, &high, err) != 0)
		return -1;
	*from = low;
	if (since != INT64_MIN && r->bus->ops->offset_at(r->bus, input, restore_partition(r), since, from, err) != 0)
		return -1;
	bool begins_the_log = *from <= low && low > 0 && !r->processor->restore_inputs_compacted;
	if (*from > to)
		*from = to;
	return begins_the_log ? check_reach(r, input, since, low, err) : 0;
}

static int prepare_lost(struct restore_plan *r, struct err *err)
{
	struct shard *s = r->shard;

	if (check_goals(r, err) != 0)
		return -1;
	position_clear(&s->position);
	s->position.partitions = s->options.partitions;
	s->position.horizon = r->target.horizon;
	s->position.output_next = r->output_low;
	for (int i = 0; i < r->processor->input_count; i++)
		if (restore_reads_input(r, i) && lost_from(r, i, &s->position.inputs[i].next, err) != 0)
			return -1;
	return 0;
}

// Is all that the store lacks of its restore inputs still in the topics?
static int store_reaches(struct restore_plan *r, bool *reaches, struct err *err)
{
	int64_t low = 0, high = 0;

	*reaches = true;
	for (int i = 0; i < r->processor->input_count && *reaches; i++) {
		int64_t next = r->shard->position.inputs[i].next;

		if (!restore_reads_input(r, i))
			continue;
		if (r->bus->ops->bounds(r->bus, i, restore_partition(r), &low, &high, err) != 0)
			return -1;
		*reaches = next >= low || next == r->target.inputs[i].next;
	}
	return 0;
}

// A store that cannot be brought forward is a lost one.
// NOLINTNEXTLINE(readability-function-cognitive-complexity): each line is a case of recovery, in the order they are told
int restore_judge_store(struct restore_plan *r, struct err *err)
{
	struct shard *s = r->shard;
	bool fits = true, reaches = true;

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

		if (restore_judge_published(r, &published, err) != 0)
			return -1;
		if (published)
			return refuse_behind(r, ahead, err);
		// Nothing contradicts starting over at C.
		if (shard_replace_store(s, "the commits are behind it, and nothing was published", err) != 0)
			return -1;
		return prepare_lost(r, err);
	}
	if (store_reaches(r, &reaches, err) != 0)
		return -1;
	if (reaches)
		return 0;
	if (shard_replace_store(s, "what it lacks is no longer in the topic", err) != 0)
		return -1;
	return prepare_lost(r, err);
}
