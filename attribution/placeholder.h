// SPDX-License-Identifier: Apache-2.0
// Text that stands for nothing (docs/attribution.md 1).
#pragma once
#include <stdbool.h>

#include "base/bytes.h"

// Absent, empty, or an unexpanded macro such as __CLICKID__.
bool placeholder_is(struct view text);
