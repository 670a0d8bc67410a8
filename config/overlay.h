// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: environment and flags over what the file says.
#pragma once
#include "config/loading.h"

// LOOKBACK_…: a dotted key in capitals, dots as underscores. LOOKBACK_CONFIG is the command line's, and what Kubernetes sets for a
// Service of our name (LOOKBACK_SERVICE_HOST, LOOKBACK_PORT_…) is nobody's.
void overlay_environment(struct loading *l);

void overlay_flags(struct loading *l, const struct config_flag *flags, size_t count);
