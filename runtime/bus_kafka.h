// SPDX-License-Identifier: Apache-2.0
// The bus on Kafka. Three clients, because each does one thing well:
//   group     is the member: assignment, group metadata for the transaction, committed offsets. It fetches nothing;
//   reader    fetches: one queue per lane, started and sought by hand, so lanes are merged by time and back-pressure is free;
//   producer  is transactional; its id names run, role and worker, so a successor fences us.
// A fourth, read_uncommitted, is made when a high watermark is first asked for.
#pragma once
#include "config/config.h"
#include "runtime/bus.h"
#include "runtime/processor.h"

struct bus_kafka_options {
	const struct config *config;
	const struct processor *processor;
	const char *const *topic_names; // by topic index
	const char *role;               // group and transactional id: <run>-<role>…
	const char *instance;           // of this worker
	const char *client_id;
	uint64_t lane_bytes;          // prefetch of one lane; 0 = 8 MiB
	const uint32_t *topic_limits; // largest message by topic; NULL: 1,000,000
	int wake_fd;                  // eventfd, written when something arrived; -1: none
	// The rebalance callback, inside bus_kafka_poll. `partitions`: those all inputs have.
	void (*assigned)(void *context, const int32_t *partitions, size_t count);
	void (*revoked)(void *context, bool lost);
	void *context;
};

// Makes the clients and settles what an earlier owner of the transactional id left open. RETRY: the broker does not answer.
int bus_kafka_new(const struct bus_kafka_options *options, struct bus **out, struct err *err) MUST_USE;
// Leaves the group (the revoked callback runs once more if there is an assignment) and frees. NULL is fine.
void bus_kafka_free(struct bus **bus);

// For a thread beside the worker's: recovery only. It asks by the worker's clients, so it must be freed first, and reads by one of its own: in the
// worker's, a fetch of live partitions that rest waits at the broker, and what is asked after it waits behind it. Once *cancel is set every
// call ends soon with RETRY cancelled.
struct bus *bus_kafka_beside(struct bus *worker, const _Atomic bool *cancel);
void bus_kafka_beside_rest(struct bus *bus); // there is nothing to read for now: its client goes
void bus_kafka_beside_free(struct bus **bus);

int bus_kafka_subscribe(struct bus *bus, struct err *err) MUST_USE;
// Serves all clients' events without waiting. FATAL: fenced, refused, …
int bus_kafka_poll(struct bus *bus, struct err *err) MUST_USE;
// Stops the lanes of a partition; they are opened by seek.
void bus_kafka_close_lanes(struct bus *bus, int32_t partition);
bool bus_kafka_in_transaction(const struct bus *bus);
// Bytes sent since the transaction began.
uint64_t bus_kafka_unsent(const struct bus *bus);
uint64_t bus_kafka_failed_deliveries(const struct bus *bus);
// End of a lane's partition as last heard; -1: unknown.
int64_t bus_kafka_high(struct bus *bus, int input, int32_t partition);
