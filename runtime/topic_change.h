// SPDX-License-Identifier: Apache-2.0
// Changes to a compacted topic that follow from what stands in it: read, decide, write, as one step. Kafka has no "write if nothing has changed"; but of one
// transactional id only the last producer that began may commit. All who change a topic this way share the id `TOPIC-changes`, so of several at one time
// all but one find themselves fenced when they commit, write nothing, and begin again with what is there then. Readers see all of a change or nothing.
#pragma once
#include "base/bytes.h"
#include "config/config.h"

struct topic_change_writer;

struct topic_change {
	const struct config *config;
	const char *topic;
	const char *client_id;
	// Reads (runtime/topic_scan.h) and writes what follows (topic_change_put). Called again from the start when somebody else was faster: it must forget what
	// it did before. Nothing put: nothing is written. -1 gives up, and nothing is written.
	int (*attempt)(void *context, struct topic_change_writer *writer, struct err *err);
	void *context;
};

// The record goes where Java's default partitioner puts its key. An absent value is a tombstone. Copies.
int topic_change_put(struct topic_change_writer *writer, struct view key, struct view value, struct err *err) MUST_USE;

// 0: what was put is committed and acknowledged by all replicas in sync. RETRY kafka_…: nothing is known to be written, call again; RETRY topic_contended: others
// were faster ten times in a row; what `attempt` says.
int topic_change(const struct topic_change *change, struct err *err) MUST_USE;
