// SPDX-License-Identifier: Apache-2.0
// The role `roas-orders`: attributed conversions in, what each tenant's day earned by all of them out, attributed or not (docs/roas-command.md).
#pragma once
#include "config/config.h"
#include "runtime/processor.h"

struct registry; // schemas/registry.h
struct roas_orders_role;

const struct processor *roas_orders_processor(void);

// What all its shards share. FATAL unknown_zone, naming the tenant; what wire_header_for says.
int roas_orders_role_new(const struct config *config, struct registry *registry, struct roas_orders_role **out, struct err *err) MUST_USE;
void roas_orders_role_free(struct roas_orders_role **role); // after all shards are closed
