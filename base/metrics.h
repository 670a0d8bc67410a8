// SPDX-License-Identifier: Apache-2.0
// Numbers for the operator, declared once in metrics.def. A label set is registered once and its slot kept; an update is one relaxed atomic
// add or store from any thread, without a name or a lock. Threads that share a slot share its cache line, so what happens per record is
// counted per batch. Metrics live as long as the process.
//
//   struct metrics_slot *accepted = metrics_slot(METRICS_RECORDS, "clicks", "accepted");
//   metrics_add(accepted, batch->accepted);
#pragma once
#include <stdint.h>

#include "base/bytes.h"

enum metrics_id {
#define METRIC(id, name, kind, labels, help) METRICS_##id,
#include "base/metrics.def"
#undef METRIC
	METRICS_COUNT
};

enum {
	METRICS_LABELS_MAX = 3,
	METRICS_SETS_MAX = 8192, // per metric; what comes later is counted together under the value "other", and logged once
	METRICS_VALUE_MAX = 128, // bytes of a label's value; longer ones are cut
};

struct metrics_slot;

// The slot of these label values, as many as the metric has labels, in their order. Never NULL; same values, same slot. Any thread.
#define metrics_slot(id, ...) metrics_register((id), (const char *const[METRICS_LABELS_MAX + 1]){__VA_ARGS__ __VA_OPT__(, ) NULL})
struct metrics_slot *metrics_register(enum metrics_id id, const char *const *values);

// Leaves it out of the exposition until it is registered again: a partition that went to another worker. It keeps its value.
void metrics_hide(struct metrics_slot *slot);

void metrics_add(struct metrics_slot *slot, uint64_t n);          // a counter
void metrics_set(struct metrics_slot *slot, double value);        // a gauge
void metrics_observe_us(struct metrics_slot *slot, int64_t took); // a histogram of seconds, told in microseconds
double metrics_value(const struct metrics_slot *slot);            // a histogram: how often observed

void metrics_text(struct buf *out);     // Prometheus text exposition, version 0.0.4
void metrics_describe(struct buf *out); // every metric as a row of a Markdown table
