// SPDX-License-Identifier: Apache-2.0
// What became of one event, or of the events of one conversion, step by step: its export results as far as the topic still has them.
#pragma once
#include "runtime/record.h"
#include "schemas/records.h"

struct exports_history;

enum { EXPORTS_HISTORY_MOST = 10000 }; // records; what comes later is counted only

// `id`: an event's or a conversion's. Both must outlive it.
struct exports_history *exports_history_new(struct view tenant, struct view id);
void exports_history_free(struct exports_history **history);

// Could it be one of them? Without decoding: the id stands in it, and its key begins with the tenant.
bool exports_history_wants(const struct exports_history *history, const struct record *record);
// Copies it if it is one of them.
void exports_history_take(struct exports_history *history, const struct record *record, const struct export_result *result);
size_t exports_history_count(const struct exports_history *history);
size_t exports_history_left_out(const struct exports_history *history);

// Event after event, each with its records oldest first: the last one counts. `payload`: with the events as they are sent, in which are IP address and user agent.
void exports_history_print(struct exports_history *history, bool payload, struct buf *out);
void exports_history_print_json(struct exports_history *history, bool payload, struct buf *out);
