// SPDX-License-Identifier: Apache-2.0
// After a shard went live, and when a tenant that was parked may go on: the rows say what still waits and what is still open.
#pragma once
#include "processors/events-sink/export_shard.h"

bool reload_is_due(const struct export_shard *s, int64_t now_ms);
// Visits every row of the shard: about a microsecond each. Writes nothing.
int reload_rows(struct export_shard *s, struct err *err) MUST_USE;
