// SPDX-License-Identifier: Apache-2.0
// Keys of one input topic, looked at one by one: their form, their tenant, and whether they are where Java's default partitioner puts them. Pure.
#pragma once
#include "runtime/validate_rules.h"

// Where the first of a kind was seen.
struct validate_place {
	int32_t partition;
	int64_t offset;
};

struct validate_keys {
	const struct config *config;
	const char *topic;
	int32_t partitions;
	uint64_t seen, without, malformed, unknown_tenant, with_at, misplaced;
	uint64_t crc32; // of the misplaced, how many are where librdkafka's own default puts them
	struct validate_place first_without, first_malformed, first_unknown_tenant, first_misplaced;
};

void validate_key(struct validate_keys *keys, const struct validate_place *place, struct view key);

// What was found, in words; never a key, which names a person.
void validate_keys_report(const struct validate_keys *keys, struct validate_findings *out);

// librdkafka's default partitioner (consistent): CRC-32 as in zlib, modulo partitions.
int32_t validate_crc32_partition(struct view key, int32_t partitions);
