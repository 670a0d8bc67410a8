// SPDX-License-Identifier: Apache-2.0
// Recovery (docs/architecture.md): brings a shard's store from where it is (behind, lost) to the committed offsets C, reading what the shard
// published and its clicks, storing and emitting nothing else. Works on any bus.
#pragma once
#include "runtime/shard.h"

enum restore_start { RESTORE_EARLIEST, RESTORE_LATEST, RESTORE_AT };

struct restore_options {
	enum restore_start start; // first start only
	int64_t start_time;
};

// Read by admin and progress; written by restore. Any thread.
struct restore_progress {
	_Atomic int64_t done, total; // records by offsets
};

// On success the shard is live at C, the committed offsets. FATAL: commit_missing, bad_metadata, commit_foreign, commit_behind_store, output_foreign,
// clicks_expired, partitions_changed, goals_changed. RETRY: the broker does not answer; the same call again goes on.
int restore_shard(struct shard *shard, struct bus *bus, const struct restore_options *options, struct restore_progress *progress,
	struct err *err) MUST_USE;
