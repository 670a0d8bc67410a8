// SPDX-License-Identifier: Apache-2.0
// The latest record of a key in a partition, looked for from the end backwards: what was published last is near.
#pragma once
#include "base/arena.h"
#include "config/config.h"

struct admin_published {
	const struct config *config;
	const char *topic;
	int32_t partition;
	int64_t timeout_ms; // 0 = 10,000
};

// The value in the arena, absent if there is none or it was deleted. `*whole`: everything was looked through; else time was up. RETRY: no broker answers.
int admin_published(const struct admin_published *where, struct view key, struct arena *arena, struct view *value, bool *whole,
	struct err *err) MUST_USE;
