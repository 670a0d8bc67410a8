// SPDX-License-Identifier: Apache-2.0
// A shard's lanes: records fetched and decoded ahead, one lane per input, and which of them is next.
#include <inttypes.h>

#include "base/prefetch.h"
#include "runtime/shard_private.h"

enum { AHEAD = 4, BROUGHT = 24 * PREFETCH_LINE };

void shard_lane_drop(struct lane *lane, struct bus *bus)
{
	if (lane->count)
		bus->ops->release(bus, lane->records, lane->count);
	lane->count = lane->taken = 0;
	arena_reset(&lane->arena);
}

static struct err *fault_dup(struct arena *arena, const struct err *fault)
{
	return memcpy(arena_take(arena, sizeof *fault), fault, sizeof *fault);
}

void shard_lane_prepare(struct shard *s, const struct record *r, struct lane *lane, struct prepared *out)
{
	struct err fault;

	*out = (struct prepared){INT64_MIN, NULL, NULL};
	if (s->options.processor->outside_inputs >> r->input & 1 && r->key.n + r->value.n > s->options.max_record) {
		err_set(&fault, ERR_POISON, "too_large", "%zu bytes, the limit `max_record` is %" PRIu32, r->key.n + r->value.n,
			s->options.max_record);
		out->fault = fault_dup(&lane->arena, &fault);
		return;
	}
	s->options.processor->prepare(s->self, r, &lane->arena, out);
}

// Fetched and unpacked by another thread a while ago: its bytes are in no cache of this one.
static void bring_bytes(const struct record *r)
{
	prefetch(r->key.p);
	prefetch_bytes(r->value.p, r->value.n < BROUGHT ? r->value.n : BROUGHT);
}

int shard_lane_refill(struct shard *s, struct bus *bus, int input, struct err *err)
{
	struct lane *lane = &s->lanes[input];

	shard_lane_drop(lane, bus);
	if (bus->ops->fetch(bus, input, s->options.partition, lane->records, LANE_RECORDS, &lane->count, &lane->at_end, err) != 0)
		return -1;
	for (size_t i = 0; i < lane->count; i++) {
		if (i + AHEAD < lane->count)
			bring_bytes(&lane->records[i + AHEAD]);
		shard_lane_prepare(s, &lane->records[i], lane, &lane->prepared[i]);
	}
	return 0;
}

// xorshift64*: which lane is next, where tests merge at random.
static uint64_t next_random(struct shard *s)
{
	s->random ^= s->random >> 12;
	s->random ^= s->random << 25;
	s->random ^= s->random >> 27;
	return s->random * 0x2545f4914f6cdd1dULL;
}

static int pick_at_random(struct shard *s)
{
	int inputs = s->options.processor->input_count;
	int begin = (int)(next_random(s) >> 33) % inputs;

	for (int i = 0; i < inputs; i++)
		if (!shard_lane_empty(&s->lanes[(begin + i) % inputs]))
			return (begin + i) % inputs;
	return -1;
}

// May a record of time `time` go before what an empty lane has yet to deliver? Alignment only saves restatements: the result does
// not depend on it (docs/architecture.md).
static bool may_overtake(const struct shard *s, const struct lane *lane, int64_t time)
{
	int64_t ahead;

	if (lane->at_end || lane->time == INT64_MIN)
		return lane->at_end;
	if (__builtin_sub_overflow(time, lane->time, &ahead))
		return time < lane->time;
	return ahead <= s->options.lane_slack_ms;
}

int shard_lane_pick(struct shard *s)
{
	int best = -1;
	int64_t earliest = INT64_MAX;

	if (s->random)
		return pick_at_random(s);
	for (int i = 0; i < s->options.processor->input_count; i++) {
		const struct lane *lane = &s->lanes[i];

		if (!shard_lane_empty(lane) && (best < 0 || lane->prepared[lane->taken].time < earliest)) {
			best = i;
			earliest = lane->prepared[lane->taken].time;
		}
	}
	for (int i = 0; best >= 0 && i < s->options.processor->input_count; i++)
		if (shard_lane_empty(&s->lanes[i]) && !may_overtake(s, &s->lanes[i], earliest))
			return -1;
	return best;
}
