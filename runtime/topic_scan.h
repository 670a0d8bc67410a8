// SPDX-License-Identifier: Apache-2.0
// Reads a whole topic once, for commands that sum it up: every committed record of every partition, partition after partition, in the order of offsets, from its
// beginning, or a time, to what is its end when it is called. No group, nothing is committed. Two partitions are fetched at a time, 16 MiB of records each: less
// memory would cost speed, since librdkafka lets a queue that was full wait. Some 200 MB, and 150,000 records per second.
#pragma once
#include "config/config.h"
#include "runtime/record.h"

struct topic_scan {
	const struct config *config;
	const char *topic;
	const char *client_id;
	int64_t since_ms;    // begins with the first record that Kafka dates so, or later; INT64_MIN: with the first
	int64_t patience_ms; // how long the brokers may say nothing; 0 = 30 s
	// Hears each record, whose bytes live until it returns; -1 ends the scan.
	int (*hear)(void *context, const struct record *record, struct err *err);
	// All of the partition was heard. A key is in one partition only, so what is kept per key can go. NULL: nobody asks.
	void (*partition_end)(void *context, int32_t partition);
	void *context;
};

// RETRY kafka_…: the brokers do not answer; FATAL topic_missing; what `hear` says.
int topic_scan(const struct topic_scan *scan, struct err *err) MUST_USE;
