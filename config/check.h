// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: what no setting can say alone.
#pragma once
#include "config/loading.h"

// Goals: windows against max_lookback, what a source or a model needs, names that differ.
void check_tenant(struct problems *problems, const struct tenant *tenant, const struct config_tenant_marks *marks);

// order_lifetime against allowed_lateness, topics that differ, the registry's user and password.
void check_config(struct loading *l);
