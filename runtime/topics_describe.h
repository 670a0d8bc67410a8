// SPDX-License-Identifier: Apache-2.0
// The settings in force of topics or of a broker, as librdkafka's DescribeConfigs tells them.
#pragma once
#include "runtime/kafka.h"

enum { TOPICS_DESCRIBE_MAX = 32, TOPICS_DESCRIBE_TIMEOUT_MS = 15000 };

// Called for every setting of every resource that may be seen; `value` may be NULL. A resource that may not be seen or does not exist is left out.
typedef void topics_describer(void *context, const char *resource, const char *name, const char *value);

int topics_describe(rd_kafka_t *client, rd_kafka_ResourceType_t type, const char *const *names, size_t count, topics_describer *each,
	void *context, struct err *err) MUST_USE;

// Scope cleaners, and the wait that admin calls share.
void topics_options_free(rd_kafka_AdminOptions_t **options);
void topics_event_free(rd_kafka_event_t **event);
rd_kafka_AdminOptions_t *topics_options_for(rd_kafka_t *client, rd_kafka_admin_op_t op);
int topics_event_wait(rd_kafka_queue_t *queue, const char *what, rd_kafka_event_t **out, struct err *err) MUST_USE;
