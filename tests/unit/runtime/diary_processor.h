// SPDX-License-Identifier: Apache-2.0
// A role that writes down what the runtime asks of it, in order: "a1" for a step of value 1 of input 0, "b2" of input 1, "|" a flush, "o3" and "c4" for an output
// and a click restored, "." a settled commit, "!" an abort, "t" a tick. A record's value says how it behaves:
//
//   wait      cannot be decoded yet, DIARY.waits times       bad       does not decode
//   poison    decodes, is refused by the step                again     its step fails with RETRY, DIARY.agains times
//
// What it keeps in its store are the clicks.
#pragma once
#include "runtime/processor.h"

enum { DIARY_CLICKS, DIARY_ORDERS, DIARY_OUTPUTS, DIARY_LETTERS, DIARY_TOPICS };

static struct {
	char text[4096];
	int waits, agains, prepared;
	bool flush_fails; // with RETRY
	int64_t horizon;  // what it says; INT64_MIN: none
	int64_t restore_since;
	int64_t due_at; // a tick is due from then on, once; 0: never
	bool tick_fails, tick_refuses;
	bool full;
	int leaves; // how often it says that answers are to come
	int ends;   // how often it was told that all inputs are read to their end
	struct store *store;
	struct position *position;
} DIARY;

static inline void diary_note(char what, struct view text)
{
	size_t n = strlen(DIARY.text);

	CHECK(n + text.n + 2 < sizeof DIARY.text);
	DIARY.text[n] = what;
	if (text.n)
		memcpy(DIARY.text + n + 1, text.p, text.n);
	DIARY.text[n + 1 + text.n] = '\0';
}

static inline void *diary_open(void *role_state, int32_t partition, struct store *store, struct position *position)
{
	(void)role_state, (void)partition;
	DIARY.store = store;
	DIARY.position = position;
	return &DIARY;
}

static inline void diary_close(void *self)
{
	(void)self;
}

static inline bool diary_says(const struct record *r, const char *word)
{
	return view_eq(r->value, view_text(word));
}

static inline void diary_prepare(void *self, const struct record *r, struct arena *arena, struct prepared *out)
{
	struct err *fault = arena_zero(arena, sizeof *fault);

	(void)self;
	DIARY.prepared++;
	*out = (struct prepared){r->timestamp, fault, NULL};
	if (diary_says(r, "wait") && DIARY.waits > 0) {
		DIARY.waits--;
		err_set(fault, ERR_RETRY, "not_yet", "wait");
		*out = (struct prepared){INT64_MIN, NULL, fault};
	} else if (diary_says(r, "bad")) {
		err_set(fault, ERR_POISON, "bad_record", "it does not decode");
		*out = (struct prepared){INT64_MIN, NULL, fault};
	}
}

static inline void diary_keep(const struct record *r)
{
	struct state_click click = {r->timestamp, r->value, VIEW_LIT("")};

	store_add_click(DIARY.store, store_hash(r->key), r->key, &click);
}

static inline int diary_step(void *self, const struct record *r, const struct prepared *prepared, struct emit *emit, struct err *err)
{
	struct position_input *in = &DIARY.position->inputs[r->input];
	struct emission e = {.topic = DIARY_OUTPUTS, .partition = 0, .key = r->key, .value = r->value};

	(void)self;
	if (prepared->time > in->stream_time)
		in->stream_time = prepared->time;
	if (diary_says(r, "poison"))
		return err_set(err, ERR_POISON, "bad_record", "it is refused");
	if (diary_says(r, "again") && DIARY.agains > 0) {
		DIARY.agains--;
		return err_set(err, ERR_RETRY, "store_full", "again");
	}
	diary_note((char)('a' + r->input), r->value);
	if (r->input == DIARY_CLICKS)
		diary_keep(r);
	return emit->send(emit, &e, err);
}

static inline int diary_flush(void *self, struct emit *emit, struct err *err)
{
	(void)self, (void)emit;
	if (DIARY.flush_fails)
		return err_set(err, ERR_RETRY, "store_full", "again");
	diary_note('|', VIEW_ABSENT);
	return 0;
}

static inline bool diary_due(void *self, int64_t now_ms)
{
	(void)self;
	return DIARY.due_at != 0 && now_ms >= DIARY.due_at;
}

static inline int diary_tick(void *self, int64_t now_ms, struct emit *emit, struct err *err)
{
	const struct record taken = {.input = DIARY_CLICKS, .offset = -1, .key = VIEW_LIT("u"), .value = VIEW_LIT("late")};
	const struct emission e = {.topic = DIARY_OUTPUTS, .partition = 0, .key = VIEW_LIT("u"), .value = VIEW_LIT("tick")};
	struct err why;

	(void)self, (void)now_ms;
	if (DIARY.tick_fails)
		return err_set(err, ERR_RETRY, "store_full", "again");
	DIARY.due_at = 0;
	diary_note('t', VIEW_ABSENT);
	if (!DIARY.tick_refuses)
		return emit->send(emit, &e, err);
	err_set(&why, ERR_POISON, "missing_field", "it turned out to be unusable");
	return emit->refuse(emit, &taken, &why, err);
}

static inline bool diary_full(void *self)
{
	(void)self;
	return DIARY.full;
}

static inline bool diary_leave(void *self)
{
	(void)self;
	return DIARY.leaves-- > 0;
}

static inline void diary_at_end(void *self)
{
	(void)self;
	DIARY.ends++;
}

static inline int64_t diary_horizon(void *self, const bool *at_end)
{
	(void)self, (void)at_end;
	return DIARY.horizon;
}

static inline void diary_committed(void *self)
{
	(void)self;
	diary_note('.', VIEW_ABSENT);
}

static inline void diary_aborted(void *self)
{
	(void)self;
	diary_note('!', VIEW_ABSENT);
}

static inline int64_t diary_restore_since(void *self)
{
	(void)self;
	return DIARY.restore_since;
}

static inline int diary_restore(void *self, bool own_output, const struct record *r, const struct prepared *prepared, struct err *err)
{
	(void)self, (void)prepared;
	if (diary_says(r, "poison"))
		return err_set(err, ERR_POISON, "bad_record", "it is refused");
	diary_note(own_output ? 'o' : 'c', r->value);
	if (!own_output)
		diary_keep(r);
	return 0;
}

static inline bool diary_counts(const char *reason)
{
	(void)reason;
	return true;
}

static inline const struct processor *diary_processor(void)
{
	static const struct processor_topic topics[DIARY_TOPICS] = {{"clicks"}, {"orders"}, {"attributed_conversions"}, {"dead_letters"}};
	static const struct processor processor = {
		.role = "diary",
		.topics = topics,
		.topic_count = DIARY_TOPICS,
		.input_count = 2,
		.restore_topic = DIARY_OUTPUTS,
		.restore_inputs = 1U << DIARY_CLICKS,
		.outside_inputs = 1U << DIARY_CLICKS | 1U << DIARY_ORDERS,
		.dead_letter_topic = DIARY_LETTERS,
		.open = diary_open,
		.close = diary_close,
		.prepare = diary_prepare,
		.step = diary_step,
		.flush = diary_flush,
		.due = diary_due,
		.tick = diary_tick,
		.full = diary_full,
		.leave = diary_leave,
		.at_end = diary_at_end,
		.horizon = diary_horizon,
		.committed = diary_committed,
		.aborted = diary_aborted,
		.restore_since = diary_restore_since,
		.restore = diary_restore,
		.counts_as_failure = diary_counts,
	};

	return &processor;
}

static inline void diary_init(void)
{
	memset(&DIARY, 0, sizeof DIARY);
	DIARY.horizon = DIARY.restore_since = INT64_MIN;
}
