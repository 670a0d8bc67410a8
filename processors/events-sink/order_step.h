// SPDX-License-Identifier: Apache-2.0
// An order of a shop that sells travel: each status that its config maps is told once, as it came, with an intent of its own. Nothing waits, so what was not
// yet committed comes again with the record.
#pragma once
#include "processors/events-sink/export_shard.h"

// POISON missing_field, bad_field: what TikTok needs of it. Orders that came from elsewhere, or whose status is not mapped, are counted `not_exported`.
int order_step(struct export_shard *s, const struct record *record, const struct order *order, struct err *err) MUST_USE;
