// SPDX-License-Identifier: Apache-2.0
// Sums of export results: how many events, and for how much, by tenant, day, verdict, reason and currency. Hears records in the order of their offsets; of each key the
// latest counts. Keeps 40 bytes for each event of one partition that was asked for (runtime/key_table.h: 53 to 107 with what is free), and the sums.
#pragma once
#include "runtime/key_table.h"
#include "schemas/records.h"

enum { EXPORTS_SUM_ANY = -1 };

// What is asked for; absent texts ask for everything.
struct exports_filter {
	struct view tenant, goal;
	int verdict;            // enum export_verdict, or EXPORTS_SUM_ANY
	int64_t from_ms, to_ms; // [from, to), as exports_sum_time
};

// A sum of 128 bits holds whatever the events of a topic add up to.
struct exports_row {
	struct view tenant, reason, currency;
	int64_t day_ms; // its begin, UTC
	int verdict;
	uint64_t events;
	__int128 value_micros;
	__int128 now_micros; // of sent_then_changed: what the conversions say now
};

struct exports_sum;

struct exports_sum *exports_sum_new(const struct exports_filter *filter); // which must outlive it
void exports_sum_free(struct exports_sum **sum);

// `result` NULL: the key was deleted. FATAL too_many: keys of one partition, or rows.
int exports_sum_take(struct exports_sum *sum, struct view key, const struct export_result *result, struct err *err) MUST_USE;
// No record of the keys so far will come.
void exports_sum_partition_end(struct exports_sum *sum);

// The rows that have events, by tenant, day, verdict, reason and currency; valid until the next call.
const struct exports_row *exports_sum_rows(struct exports_sum *sum, size_t *count);

// By which an event is counted to a day: that of its verdict, or of its intent while there is none.
int64_t exports_sum_time(const struct export_result *result);
