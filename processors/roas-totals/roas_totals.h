// SPDX-License-Identifier: Apache-2.0
// The role `roas-totals`: what accounts and shards of orders add to a shop's day in, the shop's day out (docs/roas-command.md).
#pragma once
#include "config/config.h"
#include "processors/roas-join/rates.h"
#include "runtime/processor.h"

struct registry; // schemas/registry.h
struct roas_totals_role;

const struct processor *roas_totals_processor(void);

// What all its shards share. `rates` must outlive it. What wire_header_for says.
int roas_totals_role_new(const struct config *config, const struct rates *rates, struct registry *registry, struct roas_totals_role **out,
	struct err *err) MUST_USE;
void roas_totals_role_free(struct roas_totals_role **role); // after all shards are closed
