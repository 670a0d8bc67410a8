// SPDX-License-Identifier: Apache-2.0
// The body of the bus on Kafka, for its own files alone.
#pragma once
#include <pthread.h>
#include <stdatomic.h>

#include "base/own.h"
#include "runtime/bus_kafka.h"
#include "runtime/kafka.h"

enum { BUS_KAFKA_DEADLINE_MS = 30000, BUS_KAFKA_TOPICS = 8, BUS_KAFKA_FETCH = 1000 };

struct bus_kafka_lane {
	rd_kafka_queue_t *queue;   // NULL: not open
	int64_t position;          // offset after the last one handed out, or after the markers behind it
	bool at_eof;               // the broker said so after the last record
	bool heard;                // a record or the end came since the start: the cached high watermark is of this time
	rd_kafka_message_t **held; // handed out and not released: room for BUS_KAFKA_FETCH, kept
	size_t held_count;
};

struct bus_kafka {
	struct bus bus;
	struct bus_kafka_options options;
	struct bus_kafka *owner;    // whose clients these are; self for the worker's
	const _Atomic bool *cancel; // NULL: never
	rd_kafka_t *group, *reader, *producer;
	pthread_mutex_t uncommitted_lock;
	rd_kafka_t *uncommitted; // made at first use
	rd_kafka_topic_t *read_topics[BUS_KAFKA_TOPICS], *write_topics[BUS_KAFKA_TOPICS];
	struct bus_kafka_lane *lanes; // [partition * inputs + input]
	size_t lane_count;
	bool in_transaction, subscribed;
	uint64_t unsent, failed_deliveries;
	int64_t *output_next; // of the restore topic, by partition
	size_t output_count;
	struct err rebalance_error; // of a callback, given out by the next poll
};

static inline struct bus_kafka *bus_kafka_of(struct bus *bus)
{
	return (struct bus_kafka *)bus;
}

static inline const char *bus_kafka_topic(const struct bus_kafka *b, int topic)
{
	return b->options.topic_names[topic];
}

// bus_kafka.c: the client that reads, and its topics.
int bus_kafka_reading_new(struct bus_kafka *b, struct err *err);

// bus_kafka_lanes.c
int bus_kafka_fetch(struct bus *bus, int input, int32_t partition, struct record *out, size_t room, size_t *count, bool *at_end,
	struct err *err);
void bus_kafka_release(struct bus *bus, struct record *records, size_t count);
int bus_kafka_seek(struct bus *bus, int input, int32_t partition, int64_t offset, struct err *err);
size_t bus_kafka_headers(struct bus *bus, const struct record *record, struct header *out, size_t room);
void bus_kafka_record(const rd_kafka_message_t *message, int input, struct record *out);
void bus_kafka_lanes_clear(struct bus_kafka *b);
void bus_kafka_watch(struct bus_kafka *b, rd_kafka_queue_t *queue);

// bus_kafka_txn.c
void bus_kafka_delivered(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);
int bus_kafka_begin(struct bus *bus, struct err *err);
int bus_kafka_send(struct bus *bus, const struct emission *emission, struct err *err);
int bus_kafka_commit(struct bus *bus, const struct bus_offset *offsets, size_t count, struct err *err);
int bus_kafka_abort(struct bus *bus, struct err *err);
int64_t bus_kafka_output_next(struct bus *bus, int topic, int32_t partition);

// bus_kafka_recovery.c
int bus_kafka_committed(struct bus *bus, int32_t partition, struct bus_offset *out, struct arena *arena, struct err *err);
int bus_kafka_bounds(struct bus *bus, int topic, int32_t partition, int64_t *low, int64_t *high, struct err *err);
int bus_kafka_offset_at(struct bus *bus, int topic, int32_t partition, int64_t time, int64_t *offset, struct err *err);
int bus_kafka_reader_open(struct bus *bus, int topic, int32_t partition, int64_t from, int64_t to, struct bus_reader **out,
	struct err *err);
int bus_kafka_reader_next(struct bus_reader *reader, struct record *out, size_t room, size_t *count, bool *done, struct err *err);
void bus_kafka_reader_close(struct bus_reader **reader);
