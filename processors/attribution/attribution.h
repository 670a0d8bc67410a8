// SPDX-License-Identifier: Apache-2.0
// The role `attribution`: clicks, orders and conversions in, attributed conversions and credit deltas out. README.md beside this file is its page.
#pragma once
#include "config/config.h"
#include "runtime/processor.h"
#include "schemas/registry.h"

enum attribution_topic {
	ATTRIBUTION_CLICKS,
	ATTRIBUTION_ORDERS,
	ATTRIBUTION_CONVERSIONS,
	ATTRIBUTION_OUTPUTS,
	ATTRIBUTION_CREDITS,
	ATTRIBUTION_DEAD_LETTERS,
	ATTRIBUTION_TOPICS,
};

const struct processor *attribution_processor(void);

// What all shards share: compiled goals, wire headers. `registry` NULL: built-in contracts. Both outlive it. FATAL: a goal's path that does not
// exist, a schema that the registry refuses.
int attribution_role_new(const struct config *config, struct registry *registry, void **role_state, struct err *err) MUST_USE;
void attribution_role_free(void **role_state);

// The config's topic names by enum attribution_topic.
const char *const *attribution_topic_names(const void *role_state);
