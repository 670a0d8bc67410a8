// SPDX-License-Identifier: Apache-2.0
// Where Java's default partitioner puts a key: murmur2 as in org.apache.kafka.common.utils.Utils. Pure.
#pragma once
#include <stdint.h>

#include "base/bytes.h"

uint32_t topics_murmur2(struct view key);

// Of `partitions` (>= 1).
int32_t topics_partition_of(struct view key, int32_t partitions);
