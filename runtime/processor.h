// SPDX-License-Identifier: Apache-2.0
// The contract of a role that keeps state by shard. The runtime reads, merges inputs by time, commits and recovers; the processor judges, computes
// and emits. One instance per shard, called by one thread at a time (the restore thread until the shard is live, then its worker).
// A processor does no I/O but its store's and reads no clock.
#pragma once
#include "base/arena.h"
#include "runtime/position.h"
#include "runtime/record.h"
#include "state/store.h"

// A record decoded ahead of its turn. Lives in the lane's arena until the lane is refilled.
struct prepared {
	int64_t time;            // where it stands in the merge; INT64_MIN: no time could be read (it goes first)
	void *body;              // the processor's own; NULL if it did not decode
	const struct err *fault; // NULL, or why it did not decode (POISON) or could not be now (RETRY); in the arena
};

struct processor_topic {
	const char *key; // in config `topics`: "clicks"
};

// What `lookback explain` asks.
enum processor_form {
	QUESTION_JSON,  // an object per user and goal, commas between them
	QUESTION_TABLE, // text for a terminal
	QUESTION_KEYS,  // a line per output: partition, tab, the output's key in hexadecimal
};
struct processor_question {
	struct view tenant, conversion;
	struct view user; // absent: any
	enum processor_form form;
};

struct processor {
	const char *role;                     // also the group's and manifest's name: "attribution"
	const struct processor_topic *topics; // inputs first
	int topic_count;
	int input_count;
	unsigned by_shard;       // bits: topics that have as many partitions as the role has shards, beside those of which topics.h knows it
	int restore_topic;       // compacted topic written by shard, from which the shard restores itself; -1: none
	unsigned restore_inputs; // bits: inputs that are read again into the state of a shard that is behind or lost (clicks)
	unsigned outside_inputs; // bits: inputs that the shop writes; what is over `max_record` there is a dead letter
	int dead_letter_topic;
	// The restore topic holds what other roles wrote, too, and an output that is there already is known again: a first start reads them back and goes on,
	// where others refuse (commit_missing).
	bool restore_topic_shared;
	bool
		restore_inputs_compacted; // they hold the latest record of each key for ever: their beginning is all there is, and where a first start begins
	unsigned
		whole_inputs; // bits: inputs of which every record counts; a first start begins with the first one, and refuses a log that has lost some

	// `role_state`: what all shards of the process share (config, plans). `store` and `position` outlive the instance.
	void *(*open)(void *role_state, int32_t partition, struct store *store, struct position *position);
	void (*close)(void *self);

	// Decodes; no side effects but in `arena`.
	void (*prepare)(void *self, const struct record *record, struct arena *arena, struct prepared *out);
	// A record that is some steps ahead: brings what its step will look at into the CPU's cache, changes nothing. It may not come to that step. NULL: nothing
	// worth it.
	void (*expect)(void *self, const struct record *record);
	// Judges and applies one record in merge order; updates position->inputs[i].stream_time. POISON: the runtime writes the dead letter. RETRY, also of flush,
	// costs the transaction: only what prepare says is waited for in place.
	int (*step)(void *self, const struct record *record, const struct prepared *prepared, struct emit *emit, struct err *err);
	// End of a run of steps: what was touched is evaluated and emitted. NULL: nothing is left over.
	int (*flush)(void *self, struct emit *emit, struct err *err);
	// For a role that talks to the outside and keeps what is under way in its state (NULL: none does). Is there something to do at this time (ms since 1970,
	// UTC) without a new record? Asked between records, often. Then tick does it, in the transaction: answers become emissions, what is due is emitted.
	bool (*due)(void *self, int64_t now_ms);
	int (*tick)(void *self, int64_t now_ms, struct emit *emit, struct err *err);
	// True: it holds as much as it may; no record is fetched before something of it has gone. NULL: never.
	bool (*full)(void *self);
	// True: what it could do next waits for a commit, so with nothing else to do one is made before its interval has passed. NULL: never.
	bool (*held_up)(void *self);
	// The process is told to stop: begin nothing new. Then asked, between ticks and for some seconds at most, whether answers are still to come. NULL: none are.
	bool (*leave)(void *self);
	// Every input has been read to its end. Said whenever that is so and there is nothing else to do. NULL: it does not matter.
	void (*at_end)(void *self);
	// The horizon at this commit, given which inputs are read to their end. Never below position->horizon. NULL: time plays no part.
	int64_t (*horizon)(void *self, const bool *at_end);
	// The transaction is committed (store_commit was called) or aborted (store_abort was; `position` is back at the last commit).
	void (*committed)(void *self);
	void (*aborted)(void *self);

	// Recovery. Where a restore input must be read from, as a time, for a lost store: INT64_MIN = from the beginning. NULL: so it is.
	int64_t (*restore_since)(void *self);
	// One record of the restore topic (own output) or of a restore input (record->input), in offset order, input after input; emits nothing. Only `position` of
	// the restore inputs moves.
	int (*restore)(void *self, bool own_output, const struct record *record, const struct prepared *prepared, struct err *err);

	// Does a dead letter with this reason count against the failure budget? NULL: each does.
	bool (*counts_as_failure)(const char *reason);

	// Why a conversion is (not) attributed, for each user and goal that knows it, appended to `out` in the form asked for; between transactions, reads
	// only. `found` false: this shard does not know it. NULL: this role explains nothing.
	int (*explain)(void *self, const struct processor_question *question, struct buf *out, bool *found, struct err *err);

	// What the role as a whole says of itself on the status page, beside its shards: one JSON value. By the admin port's threads while shards are opened, work
	// and are closed: `role_state` guards what they share. NULL: nothing.
	void (*describe)(void *role_state, struct buf *json);
	// Puts the role's own gauges where /metrics finds them. By one thread, every two seconds, as above. NULL: it has none.
	void (*measure)(void *role_state);
};
