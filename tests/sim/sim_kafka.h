// SPDX-License-Identifier: Apache-2.0
// A Kafka cluster in memory, as far as recovery can tell it from a real one: logs by topic and partition, transactions that span them and are open,
// prepared, committed or aborted, markers that take offsets, one group's committed offsets, log starts that move. It never fails by itself: the
// faults are the bus's (sim_bus.h).
#pragma once
#include "base/arena.h"
#include "runtime/bus.h"

enum { SIM_TOPICS = 6, SIM_PARTITIONS = 4 };

enum sim_txn_state {
	SIM_TXN_OPEN,
	SIM_TXN_PREPARED, // decided to commit, markers not yet written: readers wait
	SIM_TXN_COMMITTED,
	SIM_TXN_ABORTED,
};

struct sim_place {
	int topic;
	int32_t partition;
	int64_t offset;
};

struct sim_txn {
	int owner; // whose transactional id
	enum sim_txn_state state;
	struct sim_place *sent; // in order
	size_t sent_count, sent_room;
	struct bus_offset *offsets;
	size_t offset_count, offset_room;
};

struct sim_entry {
	bool marker; // takes an offset, is no record
	int64_t timestamp;
	struct view key, value;
	struct header *headers;
	size_t header_count;
	struct sim_txn *txn; // NULL: of a plain producer
};

struct sim_log {
	struct sim_entry *entries;
	size_t count, room;
	int64_t low;
};

struct sim_commit {
	int64_t next; // -1: none
	struct view metadata;
};

struct sim_kafka {
	int inputs;
	int32_t partitions;
	struct sim_log logs[SIM_TOPICS][SIM_PARTITIONS];
	struct sim_commit commits[SIM_PARTITIONS][POSITION_INPUTS];
	struct sim_txn **txns;
	size_t txn_count, txn_room;
	int64_t generation; // of the group
	struct arena arena;
	// Told of a transaction when its markers are written.
	void (*committed)(void *context, const struct sim_txn *txn);
	void *context;
};

struct sim_kafka *sim_kafka_new(int inputs, int32_t partitions);
void sim_kafka_free(struct sim_kafka **kafka);

void sim_kafka_put(struct sim_kafka *k, int topic, int32_t partition, const struct sim_entry *entry); // copies
struct sim_entry *sim_kafka_at(struct sim_kafka *k, int topic, int32_t partition, int64_t offset);
int64_t sim_kafka_high(const struct sim_kafka *k, int topic, int32_t partition);
// The first offset that an undecided transaction has taken; the end if there is none.
int64_t sim_kafka_stable(const struct sim_kafka *k, int topic, int32_t partition);
// A record, and of no aborted transaction. Below the stable offset only.
bool sim_kafka_is_visible(const struct sim_entry *entry);

struct sim_txn *sim_kafka_begin(struct sim_kafka *k, int owner);
struct sim_place sim_kafka_send(struct sim_kafka *k, struct sim_txn *txn, const struct emission *emission);
void sim_kafka_add_offset(struct sim_kafka *k, struct sim_txn *txn, const struct bus_offset *offset);
void sim_kafka_commit(struct sim_kafka *k, struct sim_txn *txn);
void sim_kafka_abort(struct sim_kafka *k, struct sim_txn *txn);
// What the coordinator does with one left alone: a prepared one is committed, an open one aborted.
void sim_kafka_decide(struct sim_kafka *k, struct sim_txn *txn);
// The same for all of one owner (init_transactions); -1: of everybody.
void sim_kafka_decide_all(struct sim_kafka *k, int owner);
// An undecided transaction that holds offsets of this partition, or NULL.
struct sim_txn *sim_kafka_pending(const struct sim_kafka *k, int32_t partition);
// An undecided transaction that has taken this offset or a lower one, or NULL.
struct sim_txn *sim_kafka_blocking(const struct sim_kafka *k, int topic, int32_t partition, int64_t offset);
