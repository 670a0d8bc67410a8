// SPDX-License-Identifier: Apache-2.0
// Is the cluster fit for this config? Asked before a run begins, on every assignment, and by `lookback validate --live`.
#pragma once
#include "config/config.h"

struct processor;  // runtime/processor.h: its topics are needed
struct rd_kafka_s; // any client of runtime/kafka.h

// At a worker's start, before it joins its group. Warnings go to the log. FATAL, saying what to set: topic_missing, partitions_differ, output_limit,
// clicks_retention, cleanup_policy. RETRY: no broker answers. `*partitions`: what all topics by shard have. Blocks up to 35 s.
int validate_start(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t *partitions,
	struct err *err) MUST_USE;

// On every assignment: topics can grow under a run. FATAL partitions_differ, partitions_changed; RETRY. One metadata request, up to 15 s.
int validate_assignment(const struct config *config, const struct processor *processor, struct rd_kafka_s *client, int32_t partitions,
	struct err *err) MUST_USE;

// Everything above, and: brokers' limits, the schema registry, and the newest 1,000 keys of each input partition. Appends a line per finding to
// `report`: level (ok, warning, problem), subject, words, separated by tabs, ended by a newline; none of the three holds either. `*differs`: there is a
// problem. -1 only for a client that cannot be made at all (bad property).
int validate_live(const struct config *config, struct buf *report, bool *differs, struct err *err) MUST_USE;
