// SPDX-License-Identifier: Apache-2.0
// Is the state directory this run's, and do its goals still mean what they meant? Checked before any shard is opened; the manifest is written
// when the first shard is live, so that a start that is refused leaves no mark.
#pragma once
#include "config/config.h"

struct state_owner {
	const char *directory; // of the role's state
	const struct config *config;
	const char *cluster;
	int32_t partitions;
};

// A stranger's or an older format's directory is moved aside, loudly, and restored from Kafka. FATAL goals_changed, partitions_changed.
int state_owner_check(const struct state_owner *owner, struct err *err) MUST_USE;
// Goals that are gone from the config stay in the manifest: their outputs stand, so their names are taken.
int state_owner_write(const struct state_owner *owner, struct err *err) MUST_USE;
