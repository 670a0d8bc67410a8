// SPDX-License-Identifier: Apache-2.0
// The role `events-sink`: attributed conversions in, events at TikTok and export results out. README.md beside this file is its page.
#pragma once
#include "processors/events-sink/export_role.h"
#include "runtime/processor.h"

// Its role state is a struct export_role.
const struct processor *events_sink_processor(void);
