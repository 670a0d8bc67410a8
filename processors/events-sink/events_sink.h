// SPDX-License-Identifier: Apache-2.0
// The role `events-sink`: attributed conversions in, events at TikTok and export results out. README.md beside this file is its page.
#pragma once
#include "processors/events-sink/export_role.h"
#include "runtime/processor.h"

// Its role state is a struct export_role.
const struct processor *events_sink_processor(void);
// The same for orders that are told as they are (TikTok's Sync Order Information): a role of its own, so that it reads `orders` only where it is used.
const struct processor *events_sink_orders_processor(void);
