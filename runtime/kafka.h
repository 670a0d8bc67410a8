// SPDX-License-Identifier: Apache-2.0
// librdkafka clients as the runtime uses them: configuration, logs, and its errors translated into ours, once. Settings that
// exactly-once hangs on are ours; every other librdkafka property is passed through (docs: config reference, `kafka.properties`).
#pragma once
#include <librdkafka/rdkafka.h>
#include <stdint.h>

#include "base/err.h"
#include "config/config.h"

enum kafka_kind {
	KAFKA_GROUP,       // member of a group; commits are read by it (stable offsets)
	KAFKA_READER,      // read_committed, no group; partitions are started by hand
	KAFKA_UNCOMMITTED, // read_uncommitted, no group: high watermarks
	KAFKA_PRODUCER,    // transactional if it has a transactional id
};

struct kafka_options {
	const struct config *config;
	enum kafka_kind kind;
	const char *client_id;
	const char *group;              // KAFKA_GROUP
	const char *group_instance;     // KAFKA_GROUP: static membership; NULL: none
	const char *transactional_id;   // KAFKA_PRODUCER; NULL: none
	uint64_t partition_queue_bytes; // KAFKA_READER: prefetch of one partition; 0 = 8 MiB
	int fetch_wait_ms;              // KAFKA_READER: how long a fetch that finds nothing waits at the broker; 0 = the user's, or 100
	uint32_t batch_bytes;           // KAFKA_PRODUCER: largest batch; 0 = librdkafka's
	bool quiet;                     // its own log lines are left out: what matters is told by errors
	void (*rebalance)(rd_kafka_t *client, rd_kafka_resp_err_t code, rd_kafka_topic_partition_list_t *partitions, void *opaque);
	void (*delivered)(rd_kafka_t *client, const rd_kafka_message_t *message, void *opaque);
	void *opaque;
};

// FATAL kafka_property: a property that is unknown, has a bad value or is not the user's to set.
int kafka_new(const struct kafka_options *options, rd_kafka_t **out, struct err *err) MUST_USE;
void kafka_free(rd_kafka_t **client); // not for group members that have not been closed; NULL is fine

// FATAL kafka_property, without connecting anywhere.
int kafka_check_properties(const struct config *config, struct err *err) MUST_USE;

// Consumes `error` (NULL: returns 0). FATAL, ABORT or RETRY by the library's own judgement, in that order; anything else is FATAL.
int kafka_fail(struct err *err, rd_kafka_error_t *error, const char *what);
// For calls that give a bare code. 0 if it is none.
int kafka_fail_code(struct err *err, rd_kafka_resp_err_t code, const char *what);
bool kafka_is_retriable(rd_kafka_resp_err_t code);
// FATAL if the client has met a fatal error of its own (fenced, …), with its cause.
int kafka_check_alive(rd_kafka_t *client, struct err *err) MUST_USE;

// Scope cleaners.
void kafka_list_free(rd_kafka_topic_partition_list_t **list);
void kafka_topic_free(rd_kafka_topic_t **topic);
void kafka_queue_free(rd_kafka_queue_t **queue);
void kafka_metadata_free(const struct rd_kafka_metadata **metadata);
