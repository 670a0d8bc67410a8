// SPDX-License-Identifier: Apache-2.0
// Where `lookback explain` looks when nothing runs: the shards in the state directory, as they were at their last flush.
#pragma once
#include "config/config.h"
#include "runtime/admin_ask.h"

// Only the user's own shard if the question names a user. FATAL no_state: there is no such directory.
int explain_disk(const struct config *config, const struct processor_question *question, struct admin_ask *out, struct err *err) MUST_USE;
