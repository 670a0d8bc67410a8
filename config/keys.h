// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: keys as people write them, and what to say of those that do not exist.
#pragma once
#include "config/loading.h"

// Adds the problem of an unknown key, with the nearest known one of the scope.
void keys_unknown(struct loading *l, enum setting_scope scope, struct view key, struct origin at);

// True if some key of the scope goes on behind it: "kafka" for "kafka.properties".
bool keys_is_section(enum setting_scope scope, struct view key);

// What a map of a scope holds, sections and all: `take` for each key that there is, a problem for each other one.
struct keys_taker {
	void (*take)(struct loading *l, const struct setting *row, const struct tree_node *key, const struct tree_node *value, void *context);
	void *context;
};
void keys_walk(struct loading *l, enum setting_scope scope, const struct tree_node *map, struct keys_taker taker);

// "LOOKBACK_KAFKA_BOOTSTRAP_SERVERS" for "kafka.bootstrap_servers".
void keys_variable(const char *key, struct buf *out);

// The row that a variable sets; NULL if none.
const struct setting *keys_of_variable(const char *name);
// The nearest variable's name into `out`, nothing if none is near.
void keys_nearest_variable(const char *name, struct buf *out);
