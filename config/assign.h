// SPDX-License-Identifier: Apache-2.0
// Inside config/ only: from a text or a node to the field of a row. What does not fit is added to the problems.
#pragma once
#include "config/loading.h"

// `base` is the struct that the row's scope names. `secret` is set if the value must not be printed. False: a problem was added.
bool assign_text(struct loading *l, const struct setting *row, struct view text, struct origin at, void *base, bool *secret);

// The same from YAML, any type but tenants and goals.
bool assign_node(struct loading *l, const struct setting *row, const struct tree_node *node, void *base, bool *secret);

// Every scalar of the scope gets its default.
void assign_defaults(struct loading *l, enum setting_scope scope, void *base);

// kafka.properties.NAME; a name that is there already gets the new value.
void assign_property(struct loading *l, struct view name, struct view text, struct origin at);

// password, secret, key, token: what is called so is never printed.
bool assign_name_is_secret(struct view name);
