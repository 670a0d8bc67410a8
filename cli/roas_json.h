// SPDX-License-Identifier: Apache-2.0
// What `lookback roas` found as one JSON object: exact micros and billionths, null for what is not known.
#pragma once
#include "cli/roas_print.h"

void roas_json_print(const struct roas_found *found, struct buf *out);
