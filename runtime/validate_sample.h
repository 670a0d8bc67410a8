// SPDX-License-Identifier: Apache-2.0
// Reads the newest records of each input and looks at their keys.
#pragma once
#include "runtime/kafka.h"
#include "runtime/validate_rules.h"

enum { VALIDATE_SAMPLE = 1000, VALIDATE_SAMPLE_TIMEOUT_MS = 30000 };

// Up to VALIDATE_SAMPLE records of each partition of the topic; what time does not allow is said in a warning.
void validate_sample(const struct config *config, rd_kafka_t *client, const char *topic, int partitions, struct validate_findings *out);
