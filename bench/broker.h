// SPDX-License-Identifier: Apache-2.0
// A benchmark's way to a broker: puts records in as fast as it takes them, reads a topic to its end. Whatever fails ends the program.
#pragma once
#include <stdint.h>

#include "schemas/wire.h"

struct rd_kafka_s;

_Noreturn void broker_die(const char *what, const char *why);
double broker_seconds(void); // steady

struct broker_topic {
	struct rd_kafka_s *producer;
	const char *name;
	const struct contract *contract;
	struct wire_header header;
	struct buf value;
	int64_t sent, bytes;
};

// Properties of librdkafka, the last of a name counts; ends with a NULL name.
struct broker_property {
	const char *name, *value;
};

struct rd_kafka_s *broker_producer(const char *bootstrap);
struct rd_kafka_s *broker_producer_with(const char *bootstrap, const struct broker_property *properties);
struct broker_topic broker_topic(struct rd_kafka_s *producer, const char *name, const struct contract *contract);
// `partition` -1: by the key, as clients in Java do.
void broker_send(struct broker_topic *topic, int32_t partition, struct view key, int64_t timestamp, const void *record);
void broker_flush(struct rd_kafka_s **producer);

// Reads committed records, and tells ends of partitions.
struct rd_kafka_s *broker_consumer_with(const char *bootstrap, const struct broker_property *properties);
// All partitions of up to two topics (NULL: none), from their beginnings. How many.
int broker_assign_all(struct rd_kafka_s *consumer, const char *name, const char *second);

// Calls `each` for every committed value until the end of all partitions.
typedef void broker_each(void *context, struct wire_reader *wire, struct view value, struct arena *arena);
void broker_read_all(const char *bootstrap, const char *name, const struct contract *contract, broker_each *each, void *context);

// Deletes a consumer group with its offsets; waits for its members to be gone. None there: fine.
void broker_forget_group(const char *bootstrap, const char *group);

// Prints both. Are they the same?
bool broker_same(const char *what, int64_t is, int64_t expected);
