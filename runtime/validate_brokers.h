// SPDX-License-Identifier: Apache-2.0
// Brokers' own limits, which no topic can lift.
#pragma once
#include "runtime/kafka.h"
#include "runtime/validate_rules.h"

// Asks one broker (they are meant to agree): requests as large as our largest record, and our offsets' metadata.
void validate_brokers(const struct config *config, rd_kafka_t *client, struct validate_findings *out);
