// SPDX-License-Identifier: Apache-2.0
// Reads a compacted topic of ROAS from end to end, decoded.
#pragma once
#include "config/config.h"
#include "runtime/record.h"
#include "schemas/contract.h"

struct roas_scan {
	const struct config *config;
	const char *topic;
	const struct contract *contract;
	size_t record_bytes; // of its struct
	bool (*wants)(void *context, struct view key);
	// `decoded` NULL: the key was deleted. Views live until it returns. -1 ends the scan.
	int (*hear)(void *context, struct view key, const void *decoded, struct err *err);
	void (*partition_end)(void *context); // may be NULL
	void *context;
};

// As topic_scan; and a record that cannot be read is a failure, told by its offset: what is summed up without it would be wrong.
int roas_scan(const struct roas_scan *scan, struct err *err) MUST_USE;
