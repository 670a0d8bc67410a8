// SPDX-License-Identifier: Apache-2.0
// What the cluster says of itself and of topics: asked at the start.
#pragma once
#include "runtime/kafka.h"

// The cluster's id. Freed by the caller.
int cluster_id_new(rd_kafka_t *client, char **out, struct err *err) MUST_USE;

// `max.message.bytes` by topic; where it may not be asked for, 1,000,000.
int cluster_message_limits(rd_kafka_t *client, const char *const *topics, int count, uint32_t *limits, struct err *err) MUST_USE;
