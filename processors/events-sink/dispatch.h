// SPDX-License-Identifier: Apache-2.0
// What is due becomes intents, and committed intents go into the sender's box.
#pragma once
#include "processors/events-sink/export_shard.h"

// Is there something due, for a tenant that has room?
bool dispatch_is_due(const struct export_shard *s, int64_t now_ms);
// Up to `most` conversions, tenant by tenant in turn; emits an intent, or a final result, per event.
int dispatch_due(struct export_shard *s, size_t most, struct err *err) MUST_USE;

// Tickets that are READY, as many as the sender takes. Reads rows, writes nothing.
int dispatch_put(struct export_shard *s, struct err *err) MUST_USE;
