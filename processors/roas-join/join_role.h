// SPDX-License-Identifier: Apache-2.0
// What all shards of the join share.
#pragma once
#include "config/config.h"
#include "processors/roas-join/rates.h"
#include "schemas/wire.h"

enum join_topic { JOIN_CREDITS, JOIN_REPORTS, JOIN_ENTITIES, JOIN_ROAS, JOIN_DAILY_SUMS, JOIN_DEAD_LETTERS, JOIN_TOPICS };
enum { JOIN_INPUTS = JOIN_ROAS };

struct join_role {
	const struct config *config;
	struct registry *registry;
	const struct rates *rates;
	struct wire_header row_header, sum_header;
	uint64_t settings; // digest of everything outside of the inputs that rows depend on; never 0
};

// `rates` outlive it. FATAL: as wire_header_for, unknown_zone.
int join_role_new(const struct config *config, const struct rates *rates, struct registry *registry, struct join_role **out,
	struct err *err) MUST_USE;
void join_role_free(struct join_role **role);
