// SPDX-License-Identifier: Apache-2.0
// Reads the topic of export results from end to end, decoded.
#pragma once
#include "config/config.h"
#include "runtime/record.h"
#include "schemas/records.h"

struct exports_scan {
	const struct config *config;
	int64_t since_ms; // as in struct topic_scan
	// Is the record worth decoding?
	bool (*wants)(void *context, const struct record *record);
	// `result` NULL: its key was deleted. Views live until it returns. -1 ends the scan.
	int (*hear)(void *context, const struct record *record, const struct export_result *result, struct err *err);
	void (*partition_end)(void *context, int32_t partition); // may be NULL
	void *context;
};

// As topic_scan; and a record that cannot be read is a failure, told by its offset: what is summed up without it would be wrong.
int exports_scan(const struct exports_scan *scan, struct err *err) MUST_USE;
