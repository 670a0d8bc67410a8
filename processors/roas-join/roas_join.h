// SPDX-License-Identifier: Apache-2.0
// The role `roas-join`: credits, reports and entities in, rows of ROAS and accounts' daily sums out. README.md beside this file is its page.
#pragma once
#include "processors/roas-join/join_role.h"
#include "runtime/processor.h"

// Its role state is a struct join_role.
const struct processor *roas_join_processor(void);
