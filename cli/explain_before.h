// SPDX-License-Identifier: Apache-2.0
// What was published last of each conversion, and what that replaced: the state keeps the present alone, the output topic also `previous`.
#pragma once
#include "config/config.h"

// `keys`: lines as in struct admin_ask. JSON: AttributedConversion objects with commas between them; else text.
// What cannot be read is told on stderr.
void explain_before(const struct config *config, struct view keys, bool json, struct buf *out);
